"""Says in plain words what is kept of somebody, line by line, with real numbers and days."""

from __future__ import annotations

from datetime import datetime

from handlers import dates
from handlers.eligibility.state import Check
from handlers.wording import Language, Wording
from storage import consents
from storage.consents import Consent
from storage.own_data import OwnData, Tied

_LISTED = 5  # proposals; the file has all


def lines(found: OwnData, check: Check | None, language: Language, wording: Wording) -> list[str]:
    """Return the lines of the page."""
    page = _Lines(language, wording)
    return [
        *page.account(found),
        *page.talk(found),
        *page.officers(found),
        page.check(check),
        *page.ties(found),
        *page.consents(found),
        *page.subscriptions(found),
        *page.interests(found),
        *page.failed_proofs(found),
        *page.office(found),
    ]


class _Lines:
    def __init__(self, language: Language, wording: Wording) -> None:
        self._language = language
        self._wording = wording

    def account(self, found: OwnData) -> list[str]:
        if found.account is None:
            return []
        names = [self._say(f"account_{name}") for name in found.account.identity.known()]
        spoken = self._wording.say(f"menu.language_{self._language}", self._language)
        since = self._day(found.account.created_at)
        return [self._say("account", account=", ".join(names), since=since, spoken=spoken)]

    def talk(self, found: OwnData) -> list[str]:
        talk = self._say("talk", receipts=len(found.receipts), messages=len(found.messages))
        return [talk, self._say("lines", count=len(found.lines))] if found.lines else [talk]

    def officers(self, found: OwnData) -> list[str]:
        recent = len((found.state or {}).get("recent", ()))
        kept = [self._say("recent", count=recent)] if recent else []
        return [*kept, self._say("talks", count=len(found.talks))] if found.talks else kept

    def check(self, check: Check | None) -> str:
        if check is None or not check.answers:
            return self._say("check_none")
        return self._say("check", count=len(check.answers), day=self._day(check.at))

    def ties(self, found: OwnData) -> list[str]:
        if not found.ties:
            return [self._say("ties_none")]
        listed = [self._tie(tied) for tied in found.ties[:_LISTED]]
        if len(found.ties) > _LISTED:
            listed.append(self._say("more", count=len(found.ties) - _LISTED))
        delegates = [self._say("delegates", count=found.delegates)] if found.delegates else []
        return [self._say("ties", listed="; ".join(listed)), *delegates]

    def consents(self, found: OwnData) -> list[str]:
        purposes = (consents.STATUS, consents.NEWS)
        known = [each for purpose in purposes if (each := found.consent(purpose)) is not None]
        return [self._consent(each) for each in known] or [self._say("consent_none")]

    def _consent(self, consent: Consent) -> str:
        key = "consent" if consent.withdrawn_at is None else "consent_withdrawn"
        day = self._day(consent.withdrawn_at or consent.given_at)
        purpose = self._say(f"purpose_{consent.purpose}")
        return self._say(key, purpose=purpose, day=day, version=consent.version)

    def subscriptions(self, found: OwnData) -> list[str]:
        topics = [
            self._wording.say(f"subscriptions.topic_{each.topic}", self._language) for each in found.subscriptions
        ]
        return [self._say("subscriptions", topics="; ".join(topics))] if topics else []

    def interests(self, found: OwnData) -> list[str]:
        asked = [f"{each.category} ({self._day(each.asked_at)})" for each in found.interests]
        return [self._say("interests", asked="; ".join(asked))] if asked else []

    def failed_proofs(self, found: OwnData) -> list[str]:
        failed = found.failed_proofs
        if failed is None or failed.failed_at is None:
            return []
        moment = dates.moment(failed.failed_at, self._language, self._wording)
        return [self._say("failed_proofs", count=failed.failures, moment=moment)]

    def office(self, found: OwnData) -> list[str]:
        if found.office is None:
            return []
        role = self._wording.say(f"staff.role_{found.office.role}", self._language)
        since = self._day(found.office.joined_at or found.office.invited_at)
        return [self._say("office", name=found.office.name, role=role, since=since)]

    def _tie(self, tied: Tied) -> str:
        return self._say("tie", number=tied.number, role=self._say(f"role_{tied.role}"), day=self._day(tied.since))

    def _day(self, at: datetime) -> str:
        return dates.day(at, self._language, self._wording)

    def _say(self, key: str, **values: str | int) -> str:
        return self._wording.say(f"own_data.{key}", self._language, **values)
