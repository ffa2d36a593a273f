"""Lets a second officer decide on an announcement: asked for, approved and started, or sent back."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.messages import Choice, Reply
from handlers.staff import speaking
from handlers.staff.composing import Writing
from handlers.staff.preview import Preview, promises
from handlers.staff.sheet import Sheet
from handlers.staff.speaking import Speaker, answer, language_of
from handlers.staff.state import Composing
from handlers.turn import Decided, Errand, Notice, Turn
from handlers.wording import Language
from storage.broadcasts import drafts, steering
from storage.broadcasts.steering import Approval
from storage.database import Transaction
from storage.office import staff
from storage.office.staff import Colleague


@dataclass(frozen=True, slots=True)
class _Found:
    """An announcement, those who work here, and what became of an act on it."""

    sheet: Sheet | None
    working: list[Colleague]
    result: str = ""

    def others(self, turn: Turn) -> list[Colleague]:
        return [each for each in self.working if each.id != turn.person.staff_id]

    def author(self) -> Colleague | None:
        author_id = None if self.sheet is None else self.sheet.broadcast.author_id
        return next((each for each in self.working if each.id == author_id), None)


class Deciding:
    """The topic."""

    def __init__(self, speaker: Speaker, writing: Writing) -> None:
        self._speaker = speaker
        self._writing = writing
        self._preview = Preview(speaker)

    def ask(self, turn: Turn, broadcast_id: int, version: int, *, sure: bool) -> Decided:
        """Ask all others for approval; `sure` once the author stands for what the words promise."""

        async def request(tx: Transaction) -> _Found:
            found = await self._speaker.read(turn, broadcast_id)(tx)
            problem = "expired" if found is None else self._unready(found, turn, version, sure=sure)
            if found is not None and problem in {None, "promises_ask"} and await _earlier_goes(tx, found):
                problem = "earlier_goes"
            working = await staff.active(tx)
            if problem is None:
                problem = "" if await drafts.ask(tx, broadcast_id, version) else "changed"
            if problem == "":
                await speaking.note(tx, turn, "ask_sure" if sure else "ask", broadcast_id)
            return _Found(found, working, problem)

        return Errand(request, lambda found: self._asked(turn, found))

    def _unready(self, found: Sheet, turn: Turn, version: int, *, sure: bool) -> str | None:
        """Return the phrase that says why approval cannot be asked for, or None."""
        draft = found.broadcast
        if draft.author_id != turn.person.staff_id:
            return "not_yours"
        if draft.status != "draft":
            return "no_draft"
        if draft.version != version:
            return "changed"
        if "id" not in draft.texts and draft.kind != "withdrawal":
            return "says_nothing"
        if draft.starts_at is not None and draft.starts_at <= turn.message.at:
            return "time_past"
        return "promises_ask" if promises(found) and not sure else None

    def _asked(self, turn: Turn, found: _Found) -> Decided:
        sheet, problem = found.sheet, found.result
        if sheet is None or problem in {"not_yours", "no_draft"}:
            return self._writing.say(turn, problem or "expired")
        draft = sheet.broadcast
        if problem == "promises_ask":
            stands = Choice(f"{speaking.PREFIX}ask:{draft.id}:{draft.version}:sure", self._say("button_sure", turn))
            change = self._speaker.button("text", turn.language, draft.id)
            return self._writing.say(turn, problem, stands, change, words=", ".join(promises(sheet)))
        if problem:
            return self._writing.shown(turn, sheet, self._say(problem, turn))
        others = found.others(turn)
        alone = self._speaker.outlets.single_officer
        of = (draft.id, draft.version)
        buttons = [self._speaker.button("approve", turn.language, *of, title="approve_alone")] if alone else []
        key = "asked" if others else "asked_alone" if alone else "no_second"
        back = self._speaker.button("show", turn.language, draft.id)
        names = ", ".join(each.name for each in others)
        reply = Reply(self._say(key, turn, names=names), (*buttons, back))
        return answer(turn, reply, notices=[notice for each in others for notice in self._shown_to(each, sheet)])

    def _shown_to(self, colleague: Colleague, sheet: Sheet) -> list[Notice]:
        """Return the preview for whoever may approve it."""
        language = language_of(colleague)
        of = (sheet.broadcast.id, sheet.broadcast.version)
        choices = [self._speaker.button(verb, language, *of) for verb in ("approve", "reject")]
        author = sheet.name(sheet.broadcast.author_id) or ""
        lead = Reply(self._speaker.say("please_approve", language, author=author))
        pages = self._preview.pages(sheet, colleague.channel, language, choices)
        return speaking.notices(colleague, (lead, *pages))

    def approve(self, turn: Turn, broadcast_id: int, version: int) -> Decided:
        """Approve what was shown, and start it at its time."""
        staff_id, now = turn.person.staff_id or 0, turn.message.at

        async def approve(tx: Transaction) -> _Found:
            found = await self._speaker.read(turn, broadcast_id)(tx)
            draft = None if found is None else found.broadcast
            result = Approval.CHANGED
            if draft is not None and draft.asked_version == version:
                alone = self._speaker.outlets.single_officer
                result = await steering.approve(tx, broadcast_id, version, staff_id, now, alone=alone)
            if draft is not None and result is Approval.DONE:
                await steering.start(tx, broadcast_id, staff_id, max(draft.starts_at or now, now), now)
                found = await self._speaker.read(turn, broadcast_id)(tx)
            return _Found(found, await staff.active(tx), result)

        return Errand(approve, lambda found: self._approved(turn, found))

    def _approved(self, turn: Turn, found: _Found) -> Decided:
        sheet = found.sheet
        if sheet is None:
            return self._writing.say(turn, "expired")
        broadcast = sheet.broadcast
        if found.result != Approval.DONE:
            key = f"approval_{found.result}"
            if found.result == Approval.CHANGED and broadcast.status != "draft":
                return self._writing.say(turn, "approved_already", *self._page(turn, broadcast.id))
            if found.result == Approval.CHANGED:
                return self._writing.shown(turn, sheet, self._say(key, turn))
            return self._writing.say(turn, key, *self._page(turn, broadcast.id))
        approver = sheet.name(turn.person.staff_id) or ""
        told = []
        author = found.author()
        if author is not None and author.id != turn.person.staff_id:
            language = language_of(author)
            when = self._when(sheet, turn, language)
            text = self._speaker.say("was_approved", language, id=broadcast.id, name=approver, when=when)
            told = speaking.notices(author, [Reply(text, (self._speaker.button("status", language, broadcast.id),))])
        when = self._when(sheet, turn, turn.language)
        text = self._say("approved_alone" if broadcast.alone else "approved", turn, when=when)
        return answer(turn, Reply(text, self._page(turn, broadcast.id)), notices=told)

    def _when(self, sheet: Sheet, turn: Turn, language: Language) -> str:
        at = sheet.broadcast.starts_at
        if at is None or at <= turn.message.at:
            return self._speaker.say("at_once", language)
        return self._speaker.moment(at, language)

    def _page(self, turn: Turn, broadcast_id: int) -> tuple[Choice, ...]:
        return (self._speaker.button("status", turn.language, broadcast_id),)

    def reject(self, turn: Turn, broadcast_id: int, version: int) -> Decided:
        """Ask for the reason of a refusal."""

        def asked(found: Sheet | None) -> Decided:
            draft = None if found is None else found.broadcast
            if draft is None or (draft.status, draft.version, draft.asked_version) != ("draft", version, version):
                return self._writing.shown(turn, found, self._say("approval_changed", turn))
            if draft.author_id == turn.person.staff_id:
                return self._writing.say(turn, "approval_own", *self._page(turn, broadcast_id))
            waits = Composing("reason", turn.message.at, broadcast_id, version=version)
            return self._writing.ask(turn, waits)

        return Errand(self._speaker.read(turn, broadcast_id), asked)

    def take_reason(self, waited: Composing, turn: Turn) -> Decided:
        """Send what was shown back to its author, with the reason that was typed."""
        broadcast_id = waited.broadcast_id or 0
        if not turn.message.text:
            return self._writing.say(turn, "ask_reason", waits=waited)

        async def reject(tx: Transaction) -> _Found:
            found = await self._speaker.read(turn, broadcast_id)(tx)
            by, version = turn.person.staff_id or 0, waited.version or 0
            done = await steering.reject(tx, broadcast_id, version, by, turn.message.at)
            return _Found(found, await staff.active(tx), "" if done else "changed")

        return Errand(reject, lambda found: self._rejected(turn, found))

    def _rejected(self, turn: Turn, found: _Found) -> Decided:
        if found.sheet is None or found.result:
            return self._writing.shown(turn, found.sheet, self._say("approval_changed", turn))
        author, broadcast_id = found.author(), found.sheet.broadcast.id
        told: list[Notice] = []
        if author is not None:
            language = language_of(author)
            name = found.sheet.name(turn.person.staff_id) or ""
            text = self._speaker.say("was_rejected", language, id=broadcast_id, name=name, reason=turn.message.text)
            told = speaking.notices(author, [Reply(text, (self._speaker.button("show", language, broadcast_id),))])
        return answer(turn, Reply(self._say("rejected", turn)), notices=told)

    def drop(self, turn: Turn, broadcast_id: int) -> Decided:
        """Throw a draft away: one's own, or one whose author does not work here any more."""

        async def drop(tx: Transaction) -> str:
            found = await self._speaker.read(turn, broadcast_id)(tx)
            if found is None:
                return "expired"
            draft = found.broadcast
            if draft.author_id != turn.person.staff_id and found.name(draft.author_id) is not None:
                return "not_yours"
            if draft.status != "draft" or not await drafts.discard(tx, broadcast_id, turn.message.at):
                return "no_draft"
            await speaking.note(tx, turn, "discard", broadcast_id)
            return "dropped"

        listed = self._speaker.button("list", turn.language)
        return Errand(drop, lambda key: self._writing.say(turn, key, listed))

    def _say(self, key: str, turn: Turn, **values: str | int) -> str:
        return self._speaker.say(key, turn.language, **values)


async def _earlier_goes(tx: Transaction, found: Sheet) -> bool:
    """Tell whether what is to be changed is on its way again: who gets it last would miss the change."""
    earlier = None if found.broadcast.of_id is None else await drafts.find(tx, found.broadcast.of_id)
    return earlier is not None and earlier.status in {"preparing", "running", "paused"}
