"""What the doctor finds out about the portal's view, and what to do about it, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from bot.clock import JAKARTA, Clock
from bot.findings import Finding
from bot.settings import PREFIX, Settings
from storage import alarms
from storage.database import Database
from storage.proposals import freshness, mirror, portal
from storage.proposals.view import NAME, Examination, PortalError, Reason, View

_SETTING = f"{PREFIX}STATUS_DATABASE_URL"
_EXAMPLE = 'docs/operations.md has an example under "The portal\'s view".'
_CANONICAL = r"upper(regexp_replace(btrim(number), '[\s./_-]+', '-', 'g'))"
# What was found, and what to do.
_TROUBLES: dict[Reason, tuple[str, str]] = {
    "unreachable": (
        "its PostgreSQL cannot be reached",
        f"Is the server up, does this machine reach it, does it speak TLS as {_SETTING} asks?",
    ),
    "timed_out": (
        "its PostgreSQL did not answer within 5 seconds",
        "Look at the load of the portal's server, locks on its tables, and indexes on number and changed_at.",
    ),
    "login_refused": (
        "its PostgreSQL refuses the login",
        f"Check user and password in {_SETTING}, and pg_hba.conf of the portal's server.",
    ),
    "no_database": ("there is no such database", f"Check the name at the end of {_SETTING}."),
    "not_allowed": (
        f"the user may not read {NAME}",
        f"Let the portal's administrator run GRANT SELECT ON {NAME} TO that user.",
    ),
    "no_view": (
        f"there is no view {NAME}",
        f"Let the portal's administrator make it, in a schema on the user's search_path. {_EXAMPLE}",
    ),
    "wrong_columns": ("its columns are not as agreed", _EXAMPLE),
    "too_many_rows": ("it has too many rows", "The view joins wrongly: one row for each event of a proposal is meant."),
    "failed": ("it cannot be read", f"Read {NAME} in psql as that user: it says what is wrong."),
}


async def examine(settings: Settings, database: Database, clock: Clock) -> list[Finding]:
    """Look at the portal's view and at how far it was read; nothing where there is none."""
    if settings.status_database_url is None:
        return []
    view = View(settings.status_database_url.get_secret_value())
    try:
        examination = await view.examine()
    except PortalError as error:
        found, advice = _TROUBLES[error.reason]
        return [Finding("portal", found, advice), await _reading(database, clock)]
    finally:
        await view.close()
    if examination.wrong_columns:
        return [*_columns(examination), await _reading(database, clock)]
    return [*_contents(examination), *_rights(examination), await _reading(database, clock)]


def _columns(examination: Examination) -> Iterator[Finding]:
    for column in examination.wrong_columns:
        if column.found is None:
            found, advice = f"{NAME} has no column {column.name}", f"Add it, as {column.wanted}. {_EXAMPLE}"
        else:
            found = f"{NAME}.{column.name} is {column.found}"
            advice = f"It must be {column.wanted}: write {column.name}::{column.wanted} in the view."
            if column.wanted.startswith("timestamp"):
                advice = f"It must be {column.wanted}: write ... AT TIME ZONE 'Asia/Jakarta' in the view."
        yield Finding("portal", found, advice)


def _contents(examination: Examination) -> Iterator[Finding]:
    yield Finding("portal", f"{examination.proposals} proposals with {examination.events} events can be read")
    if examination.unknown_states:
        found = f"states that nobody knows: {_quoted(examination.unknown_states)}"
        yield Finding("portal", found, "Translate them in the view, or add them to storage/proposals/states.toml.")
    if examination.wrong_numbers:
        found = f"numbers in another form than agreed: {_quoted(examination.wrong_numbers)}"
        advice = f"3 to 40 capitals and digits, with single hyphens between: write {_CANONICAL} in the view."
        yield Finding("portal", found, advice)
    if examination.wrong_codes:
        found = f"{examination.wrong_codes} values in code_sha256 are no SHA-256"
        yield Finding("portal", found, "Write 64 hexadecimal digits, or NULL. Nobody gets in with these codes.")


def _quoted(examples: tuple[str, ...]) -> str:
    return ", ".join(repr(example[:40]) for example in examples)


def _rights(examination: Examination) -> Iterator[Finding]:
    if examination.superuser:
        advice = f"Use a user of its own that may SELECT from {NAME} and nothing else. {_EXAMPLE}"
        yield Finding("portal user", "is a superuser", advice, serious=False)
    elif examination.may_write:
        advice = f"It needs SELECT on {NAME} only: revoke the rest. {_EXAMPLE}"
        yield Finding("portal user", "may write to tables beside the view", advice, serious=False)
    else:
        yield Finding("portal user", "can only read")


async def _reading(database: Database, clock: Clock) -> Finding:
    now = clock.now()
    async with database.reading() as tx:
        read_at = (await portal.reading(tx)).read_at
        recent = await alarms.since(tx, now - alarms.DAY, limit=100_000)
    refused = sum(alarm.kind == mirror.REFUSED for alarm in recent)
    if read_at is None:
        return Finding("portal reading", "never yet", "Start the service: it reads every 15 seconds.", serious=False)
    found = f"last at {read_at.astimezone(JAKARTA):%Y-%m-%d %H:%M:%S} in Jakarta"
    if not freshness.is_fresh(read_at, now):
        advice = "People are told that what they see is as of then, and get no news. Does the service run?"
        return Finding("portal reading", found, advice)
    if refused:
        advice = "Their last good state is shown. The alarms say which they are, the audit says why."
        return Finding("portal reading", f"{found}; {refused} proposals refused within a day", advice, serious=False)
    return Finding("portal reading", found)
