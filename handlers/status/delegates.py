"""Whom a proposer lets in to a proposal: making a code, seeing who came, putting them out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from handlers.messages import Choice, Reply
from handlers.status.pages import PREFIX, Pages
from handlers.turn import Decided, Errand, Outcome, Turn
from storage.database import Transaction
from storage.proposals import links, proof
from storage.proposals.links import DELEGATE_CODE_LIFE, Delegates

_LINK_ID = re.compile("[0-9]{1,18}")  # what both databases take for one


class DelegatesTopic:
    """The part of the status topic that only proposers see."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._say = pages.say

    def press(self, verb: str, detail: str, turn: Turn) -> Decided | None:
        """Take a pressed button about delegates: `detail` is the proposal, with the delegate's link before it."""
        link_id, _, named = detail.rpartition(":")
        number = proof.number(named)
        if number is None:
            return None
        match verb:
            case "invite":
                return self._invite(number, turn)
            case "revoke" if _LINK_ID.fullmatch(link_id):
                return self._revoke(int(link_id), number, turn)
            case "cancel_codes":
                return self._cancel_codes(number, turn)
            case "delegates":
                return self._look(number, turn)
        return None

    def _look(self, number: str, turn: Turn, lead: str = "") -> Errand:
        now = turn.message.at
        return Errand(
            lambda tx: links.delegates(tx, turn.person.id, number, now),
            lambda found: self._shown(found, turn, lead),
        )

    def _shown(self, found: Delegates | None, turn: Turn, lead: str) -> Outcome:
        if found is None:
            return self._outcome(turn, Reply(self._say("not_proposer", turn.language), self._pages.menu(turn.language)))
        number, language = found.link.number, turn.language
        lines = self._lines(found, turn)
        key = "delegates" if lines else "delegates_none"
        text = "\n".join([self._say(key, language, number=number), *lines])
        revoking = (
            Choice(f"{PREFIX}revoke:{each.id}:{number}", self._say("button_revoke", language, tag=each.tag or ""))
            for each in found.people
        )
        verbs = ["invite", *(["cancel_codes"] if found.open_codes else [])]
        back = Choice(f"{PREFIX}show:{number}", self._say("button_back", language))
        choices = (*self._pages.buttons(language, *verbs, number=number), *revoking, back)
        return self._outcome(turn, Reply("\n\n".join(filter(None, [lead, text])), choices))

    def _lines(self, found: Delegates, turn: Turn) -> list[str]:
        language = turn.language
        came = [
            self._say("delegate_line", language, tag=each.tag or "", day=self._pages.day(each.created_at, language))
            for each in found.people
        ]
        waiting = [
            self._say("delegate_open", language, tag=tag, day=self._pages.day(until, language))
            for tag, until in found.open_codes
        ]
        return came + waiting

    def _invite(self, number: str, turn: Turn) -> Errand:
        now = turn.message.at

        async def do(tx: Transaction) -> tuple[str, Delegates | None]:
            code = proof.new_code()
            return code, await links.invite(tx, turn.person.id, number, code, now)

        return Errand(do, lambda made: self._invited(made, turn, now), nothing=("", None))

    def _invited(self, made: tuple[str, Delegates | None], turn: Turn, now: datetime) -> Outcome:
        code, found = made
        if found is None or code[-proof.TAG_LENGTH :] not in {tag for tag, _ in found.open_codes}:
            lead = self._say("delegate_limit", turn.language, limit=links.DELEGATES)
            return self._shown(found, turn, lead)
        language, number = turn.language, found.link.number
        until = self._pages.day(now + DELEGATE_CODE_LIFE, language)
        text = self._say("delegate_code", language, code=proof.grouped(code), number=number, day=until)
        choices = self._pages.buttons(language, "delegates", "show", number=number)
        return self._outcome(turn, Reply(text, choices, secret=True))

    def _revoke(self, link_id: int, number: str, turn: Turn) -> Errand:
        lead = self._say("delegate_revoked", turn.language)
        return self._then_look(lambda tx: links.revoke(tx, turn.person.id, link_id), number, turn, lead)

    def _cancel_codes(self, number: str, turn: Turn) -> Errand:
        lead = self._say("delegate_codes_cancelled", turn.language)
        return self._then_look(lambda tx: links.cancel_codes(tx, turn.person.id, number), number, turn, lead)

    def _then_look(self, do: Callable[[Transaction], Awaitable[int]], number: str, turn: Turn, lead: str) -> Errand:
        return Errand(do, lambda done: self._look(number, turn, lead if done else ""))

    @staticmethod
    def _outcome(turn: Turn, reply: Reply) -> Outcome:
        return Outcome(turn.person, replace(turn.conversation, status=None), (reply,))
