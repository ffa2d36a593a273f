"""Examines an installation: what is checked, what was found, and what to do about it, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from bot import portal_examination, whatsapp_commands
from bot.channels.base import SendError
from bot.channels.telegram import channel as telegram
from bot.channels.whatsapp.client import CloudApi
from bot.clock import Clock, SystemClock
from bot.errors import PlainError
from bot.findings import Finding
from bot.service import open_database
from bot.settings import PREFIX, Settings
from bot.telegram_line import TELEGRAM_PATH
from bot.whatsapp_line import WHATSAPP_PATH
from faq import loading
from faq.document import ContentError
from faq.library import CONTENT
from faq.loading import Content
from handlers.wording import Wording, WordingError
from storage import alarms, migrate, outbox
from storage.proposals import tallies

CLOCK_TOLERANCE = timedelta(seconds=30)
ALARMS_LOOKED_AT = timedelta(days=7)


async def examine(
    settings: Settings, unknown: Sequence[str], tell: Callable[[str], object], clock: Clock | None = None
) -> bool:
    """Check everything, tell each finding as it comes, and return whether nothing serious was found."""
    healthy = True
    clock = clock or SystemClock()
    for finding in [
        *_settings(settings, unknown),
        _content(),
        *await _database(settings, clock),
        *await _telegram(settings, clock),
        *await _whatsapp(settings),
    ]:
        mark = "ok " if not finding.advice else "BAD" if finding.serious else "?  "
        tell(f"{mark} {finding.subject}: {finding.found}" + (f"\n      -> {finding.advice}" if finding.advice else ""))
        healthy = healthy and not (finding.advice and finding.serious)
    return healthy


def _settings(settings: Settings, unknown: Sequence[str]) -> list[Finding]:
    findings = [
        Finding("settings", f"{name} is not a setting", "Check its spelling in the README's table.", serious=False)
        for name in unknown
    ]
    if settings.contact == Settings.model_fields["contact"].default:
        advice = f"Set {PREFIX}CONTACT to the secretariat's phone or e-mail, so that people reach a person."
        findings.append(Finding("contact", "only the registration site is known", advice, serious=False))
    else:
        findings.append(Finding("contact", "set"))
    return findings


def _content() -> Finding:
    try:
        content = loading.read(CONTENT)  # here everything is looked at, whatever passed before
        Wording.load()
    except (ContentError, WordingError) as error:
        return Finding("content", "has mistakes", str(error))
    return Finding("content", f"{len(content.articles)} articles, editions {_years(content)}")


def _years(content: Content) -> str:
    return ", ".join(str(edition.year) for edition in sorted(content.editions, key=lambda each: each.year))


async def _database(settings: Settings, clock: Clock) -> list[Finding]:
    try:
        database = await open_database(settings)
    except PlainError as error:
        return [Finding("database", "cannot be used", str(error))]
    try:
        async with database.transaction() as tx:
            revision = await migrate.revision(tx)
            counts = await outbox.counts(tx)
            raised = await alarms.counts(tx, clock.now() - ALARMS_LOOKED_AT)
            waiting = await tallies.waiting(tx)
        of_portal = await portal_examination.examine(settings, database, clock)
    finally:
        await database.close()
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    findings = [Finding("database", f"{kind}, schema {revision}, can be written to")]
    unsure = sum(count for (_, status), count in counts.items() if status == "unsure")
    if unsure:
        advice = "Their answers were lost on the way; they are not sent again by themselves."
        findings.append(Finding("outbox", f"{unsure} messages may or may not have arrived", advice, serious=False))
    return [*findings, *_proposals(raised, waiting), *of_portal]


def _proposals(raised: Mapping[str, int], waiting: int) -> list[Finding]:
    days = f"in the last {ALARMS_LOOKED_AT.days} days"
    findings = [Finding("alarms", f"none {days}")]
    if raised:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(raised.items()))
        findings = [Finding("alarms", f"{kinds} {days}", "See: upakarti proposals alarms --days 7", serious=False)]
    if waiting:
        advice = "If people should know by now, see: upakarti proposals count"
        findings.append(Finding("releases", f"{waiting} results wait for their release", advice, serious=False))
    return findings


async def _telegram(settings: Settings, clock: Clock) -> list[Finding]:
    if settings.telegram_token is None:
        advice = f"To use Telegram, get a token from @BotFather and set {PREFIX}TELEGRAM_TOKEN."
        return [Finding("telegram", "no token is set", advice, serious=False)]
    channel = telegram.connect(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
    try:
        standing = await channel.standing()
    except SendError as error:
        return [_not_reached(error)]
    finally:
        await channel.close()
    return [
        Finding("telegram", f"the token belongs to @{standing.username}"),
        _webhook(settings, standing),
        *await _clock(settings, clock),
    ]


def _not_reached(error: SendError) -> Finding:
    if error.reason == "token_rejected":
        return Finding("telegram", "the token is refused", "Get a new one from @BotFather with /token.")
    advice = "Check that this machine reaches the address in the settings, by its firewall and proxy."
    return Finding("telegram", f"cannot be reached ({error.reason})", advice)


def _webhook(settings: Settings, standing: telegram.Standing) -> Finding:
    wanted = f"{settings.public_url}{TELEGRAM_PATH}" if settings.telegram_mode == "webhook" else ""
    if standing.webhook_url != wanted:
        advice = "Start the service once: it sets this itself. If it comes back, another program uses the same token."
        here = "another address" if standing.webhook_url else "no address"
        return Finding("webhook", f"Telegram has {here} for it", advice, serious=False)
    if standing.delivery_failed:
        advice = f"Check that Telegram reaches {settings.public_url} over HTTPS with a valid certificate."
        return Finding("webhook", f"{standing.pending} updates wait; the last delivery failed", advice)
    return Finding("webhook", f"as the settings say ({settings.telegram_mode}), {standing.pending} updates wait")


async def _clock(settings: Settings, clock: Clock) -> list[Finding]:
    """Compare this machine's clock with the Date header of Telegram's server."""
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.head(settings.telegram_api_url) as answer:
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return []
    difference = abs(theirs - clock.now())
    if difference > CLOCK_TOLERANCE:
        advice = "Let the machine set its clock by NTP: deadlines and pauses depend on it."
        return [Finding("clock", f"differs from Telegram's by {difference.total_seconds():.0f} s", advice)]
    return [Finding("clock", "agrees with Telegram's")]


async def _whatsapp(settings: Settings) -> list[Finding]:
    token, phone_number_id = settings.whatsapp_token, settings.whatsapp_phone_number_id
    if token is None or phone_number_id is None:
        return [Finding("whatsapp", "off, since none of its settings is set")]
    api = CloudApi(settings.whatsapp_api_url, phone_number_id, token.get_secret_value())
    try:
        standing = await api.standing()
    except SendError as error:
        return [_meta_not_reached(error)]
    finally:
        await api.close()
    findings = [Finding("whatsapp", f"the number is {standing.number}")]
    if standing.quality in {"YELLOW", "RED"}:
        advice = "Too many people complain: see the number's quality in the WhatsApp Manager, and send less."
        findings.append(Finding("quality", f"Meta rates the number {standing.quality}", advice, serious=False))
    findings.append(await _templates(settings))
    if settings.public_url is None:
        advice = f"Set {PREFIX}PUBLIC_URL, and at Meta the callback URL: that address and {WHATSAPP_PATH} behind it."
        findings.append(Finding("callback", "the service has no public address", advice, serious=False))
    return findings


async def _templates(settings: Settings) -> Finding:
    see = "See: upakarti whatsapp templates"
    if settings.whatsapp_business_id is None:
        found = "none are used, so nobody is written to who was quiet for a day"
        return Finding("templates", found, f"Let Meta approve them. {see}", serious=False)
    try:
        compared = await whatsapp_commands.compare(settings)
    except PlainError as error:
        return Finding("templates", "cannot be compared", str(error), serious=False)
    waiting = [each for each in compared if not each.is_ok]
    if waiting:
        return Finding("templates", f"{len(waiting)} of {len(compared)} cannot be sent", see, serious=False)
    return Finding("templates", f"all {len(compared)} are approved")


def _meta_not_reached(error: SendError) -> Finding:
    match error.reason:
        case "token_rejected":
            return Finding("whatsapp", "the token is refused", "Make a new one for a system user, without an end.")
        case "bad_request" | "not_permitted":
            advice = f"Check {PREFIX}WHATSAPP_PHONE_NUMBER_ID, and that the token's user may send by that number."
            return Finding("whatsapp", f"the number cannot be used ({error.reason})", advice)
    advice = "Check that this machine reaches the address in the settings, by its firewall and proxy."
    return Finding("whatsapp", f"cannot be reached ({error.reason})", advice)
