"""Makes the file in which people take their own data away: JSON with names in plain words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from faq import view
from handlers import dates
from handlers.messages import Attachment
from handlers.wording import Language, Wording
from storage.conversations import State
from storage.own_data import Account, OwnData, Tied

MEDIA_TYPE = "application/json"

Told = Sequence[tuple[str, str]]  # answers of the eligibility check: (question in a few words, answer)


def make(found: OwnData, told: Told, language: Language, wording: Wording, now: datetime) -> Attachment:
    """Return all that is kept of somebody as a file. Times are Jakarta's, with their offset."""
    content = _Content(language, wording)
    document = content.document(found, told, now)
    written = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return Attachment(content.word("filename"), MEDIA_TYPE, written.encode(), content.word("described"))


class _Content:
    """The parts of the file in one language."""

    def __init__(self, language: Language, wording: Wording) -> None:
        self._language = language
        self._wording = wording

    def word(self, key: str) -> str:
        """Return what something of ours is called."""
        return self._wording.say(f"own_data_file.{key}", self._language)

    def document(self, found: OwnData, told: Told, now: datetime) -> dict[str, Any]:
        """Return the whole; a part that holds nothing is there, and empty."""
        moment = dates.moment(now, self._language, self._wording)
        about = self._wording.say("own_data_file.about_text", self._language, moment=moment)
        doors = [{"channel": door.channel, "since": door.since} for door in found.closed_doors]
        receipts = [
            {"channel": each.channel, "message_id": each.message_id, "at": each.received_at} for each in found.receipts
        ]
        return {
            self.word("about"): about,
            **self._named(
                account=None if found.account is None else self._account(found.account),
                closed_doors=[self._named(**each) for each in doors],
                conversation=self._named(changed_at=found.state_at, content=self._state(found.state)),
                check=dict(told),
                receipts=[self._named(**each) for each in receipts],
                messages=self._messages(found),
                lines=self._lines(found),
                ties=[self._tied(tied) for tied in found.ties],
                consents=self._consents(found),
                failed_proofs=self._failed_proofs(found),
                subscriptions=[
                    self._named(topic=self._topic(each.topic), since=each.since) for each in found.subscriptions
                ],
                interests=[self._named(category=each.category, at=each.asked_at) for each in found.interests],
                office=self._office(found),
                talks=self._talks(found),
            ),
        }

    def _state(self, state: State | None) -> dict[str, Any] | None:
        """Return where the conversation stands. Of the buttons the titles only: their ids are ours."""
        if state is None:
            return None
        titled = {**state, "offered": [title for _, title in state.get("offered", ())]}
        words = self._wording.group("own_data_file", self._language)
        return {words.get(f"state_{name}", name): value for name, value in titled.items()}

    def _account(self, account: Account) -> dict[str, Any]:
        return self._named(
            number_of_ours=account.id,
            **account.identity.known(),
            language=account.language,
            language_chosen=account.language_chosen,
            notice_shown_at=account.notice_shown_at,
            created_at=account.created_at,
            last_seen_at=account.last_seen_at,
            whatsapp_seen_at=account.whatsapp_seen_at,
            whatsapp_opened_at=account.whatsapp_opened_at,
        )

    def _messages(self, found: OwnData) -> list[dict[str, Any]]:
        return [
            self._named(
                channel=each.channel,
                at=each.created_at,
                text=each.text,
                choices=list(each.choices),
                files=list(each.files),
                result=self.word(f"status_{each.status}"),
                result_at=each.settled_at,
                delivered_at=each.delivered_at,
                read_at=each.read_at,
                reason=each.reason,
                message_id=each.platform_message_id,
            )
            for each in found.messages
        ]

    def _lines(self, found: OwnData) -> list[dict[str, Any]]:
        return [
            self._named(author=self.word(f"author_{line.author}"), at=line.at, text=line.text) for line in found.lines
        ]

    def _tied(self, tied: Tied) -> dict[str, Any]:
        codes = [{"tag": code.tag, "at": code.created_at, "expires_at": code.expires_at} for code in tied.open_codes]
        return self._named(
            number=tied.number,
            role=self._wording.say(f"own_data.role_{tied.role}", self._language),
            since=tied.since,
            tag=tied.tag,
            channel=tied.channel,
            wants_news=tied.wants_news,
            told=tied.told,
            let_in=[self._named(tag=each.tag, since=each.since) for each in tied.let_in],
            open_codes=[self._named(**each) for each in codes],
        )

    def _consents(self, found: OwnData) -> list[dict[str, Any]]:
        return [
            self._named(
                purpose=self.word(f"purpose_{each.purpose}"),
                version=each.version,
                given_at=each.given_at,
                withdrawn_at=each.withdrawn_at,
            )
            for each in found.consents
        ]

    def _talks(self, found: OwnData) -> list[dict[str, Any]]:
        return [
            self._named(asked_at=each.opened_at, taken_at=each.taken_at, ended_at=each.closed_at)
            for each in found.talks
        ]

    def _failed_proofs(self, found: OwnData) -> dict[str, Any] | None:
        failed = found.failed_proofs
        return None if failed is None else self._named(count=failed.failures, last_at=failed.failed_at)

    def _topic(self, topic: str) -> str:
        return self._wording.say(f"subscriptions.topic_{topic}", self._language)

    def _office(self, found: OwnData) -> dict[str, Any] | None:
        member = found.office
        if member is None:
            return None
        return self._named(
            name=member.name,
            role=self._wording.say(f"staff.role_{member.role}", self._language),
            channel=member.channel,
            on_duty=member.on_duty,
            invited_at=member.invited_at,
            joined_at=member.joined_at,
        )

    def _named(self, **values: object) -> dict[str, Any]:
        """Return the values under their names in plain words, times as people write them down."""
        return {self.word(key): _local(value) for key, value in values.items()}


def _local(value: object) -> object:
    return value.astimezone(view.JAKARTA).isoformat(timespec="seconds") if isinstance(value, datetime) else value
