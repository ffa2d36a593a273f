"""Lets an officer write an announcement, part by part: each is written down at once, and only its author changes it."""

from __future__ import annotations

import bisect
from collections.abc import Awaitable, Callable
from datetime import datetime

from handlers.messages import Choice, Inbound, Kind, Reply
from handlers.staff import moments, outlets, speaking
from handlers.staff.audience_page import AudiencePages
from handlers.staff.preview import Preview
from handlers.staff.sheet import Sheet
from handlers.staff.speaking import Speaker, answer
from handlers.staff.state import Composing
from handlers.staff.targeting import UnclearError
from handlers.turn import Decided, Errand, Turn
from handlers.wording import LANGUAGES, Language
from storage.broadcasts import drafts
from storage.broadcasts.drafts import Draft, Text
from storage.database import Transaction
from storage.outbox import File

STOP = "sub:off"  # the button below every announcement by which people unsubscribe
LONGEST = 5_000  # characters; no platform takes as many

# Changes a draft; returns the phrase that says why it was not changed, or None.
Change = Callable[[Transaction, Sheet], Awaitable[str | None]]


class Writing:
    """The topic: from an empty page to a draft that approval can be asked for."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._preview = Preview(speaker)
        self._pages = AudiencePages(speaker)
        self._targeting = self._pages.targeting

    # What is pressed

    def new(self, turn: Turn) -> Decided:
        """Ask for the words of a new announcement."""
        return self.ask(turn, Composing("text", turn.message.at, first=True))

    def ask_part(self, step: str, turn: Turn, broadcast_id: int) -> Decided:
        """Ask for one part of a draft anew."""
        return self._with_own(
            turn, broadcast_id, lambda found: self.ask(turn, Composing(step, turn.message.at, broadcast_id), found)
        )

    def without_english(self, turn: Turn, broadcast_id: int) -> Decided:
        """Leave the English version out."""
        waited = turn.conversation.composing

        async def drop(tx: Transaction, _found: Sheet) -> str | None:
            await drafts.set_text(tx, broadcast_id, "en", None)
            return None

        return self._change(turn, broadcast_id, drop, first=waited is not None and waited.first)

    def narrow(self, turn: Turn, broadcast_id: int, key: str, value: str) -> Decided:
        """Turn one part of the audience on or off."""

        async def toggle(tx: Transaction, found: Sheet) -> str | None:
            audience = self._targeting.toggled(found.broadcast.audience, key, value)
            if audience is None:
                return "expired"
            await drafts.set_audience(tx, broadcast_id, audience)
            return None

        waits = Composing("audience", turn.message.at, broadcast_id)
        return self._change(turn, broadcast_id, toggle, then=lambda found: self.ask(turn, waits, found))

    def at_once(self, turn: Turn, broadcast_id: int) -> Decided:
        """Let it be sent as soon as it is approved."""

        async def clear(tx: Transaction, _found: Sheet) -> str | None:
            await drafts.set_start(tx, broadcast_id, None)
            return None

        return self._change(turn, broadcast_id, clear)

    def test(self, turn: Turn, broadcast_id: int) -> Decided:
        """Send it to the officer alone, just as it will be."""

        async def look(tx: Transaction) -> Sheet | None:
            await speaking.note(tx, turn, "test", broadcast_id)
            return await self._speaker.read(turn, broadcast_id)(tx)

        def sent(found: Sheet | None) -> Decided:
            if found is None:
                return self.say(turn, "expired")
            last = Reply(self._say("tested", turn), (self._button("show", turn, broadcast_id),))
            return answer(turn, *self._preview.messages(found, turn.message.channel), last)

        return Errand(look, sent)

    def correct(self, turn: Turn, earlier_id: int, kind: drafts.Kind) -> Decided:
        """Begin to correct, or to take back, what was sent."""

        async def begin(tx: Transaction) -> int | None:
            earlier = await drafts.find(tx, earlier_id)
            if earlier is None or earlier.status not in {"stopped", "finished"} or earlier.kind == "withdrawal":
                return None
            draft = Draft(turn.person.staff_id, kind, earlier_id, earlier.topic)
            if kind == "withdrawal":
                began = earlier.started_at or earlier.created_at
                draft = Draft(turn.person.staff_id, kind, earlier_id, earlier.topic, texts=self._taken_back(began))
            broadcast_id = await drafts.create(tx, draft, turn.message.at)
            await speaking.note(tx, turn, "draft", broadcast_id)
            return broadcast_id

        def asked(broadcast_id: int | None) -> Decided:
            if broadcast_id is None:
                return self.say(turn, "not_ended")
            if kind == "withdrawal":
                return self.show(turn, broadcast_id)
            return self.ask(turn, Composing("correction", turn.message.at, broadcast_id, first=True))

        return Errand(begin, asked)

    # What is typed

    def take(self, waited: Composing, turn: Turn) -> Decided:
        """Take the part that was asked for."""
        problem = _unusable(waited, turn.message)
        if problem is not None:
            return self.say(turn, problem, waits=waited)
        if waited.step == "audience":
            return self._target(waited, turn)
        if waited.step == "time":
            return self._schedule(waited, turn)
        return self._begin(waited, turn) if waited.broadcast_id is None else self._write(waited, turn)

    def _begin(self, waited: Composing, turn: Turn) -> Decided:
        """Write the first part of a new announcement down."""

        async def begin(tx: Transaction) -> tuple[int, str | None]:
            text, file = self._written(turn, "id", ""), _file(turn)
            if not self._fits(text, file):
                return 0, "too_long_file" if file else "too_long"
            texts: dict[str, Text] = {"id": text} if turn.message.text else {}
            draft = Draft(turn.person.staff_id, texts=texts, file=file)
            broadcast_id = await drafts.create(tx, draft, turn.message.at)
            await speaking.note(tx, turn, "draft", broadcast_id)
            return broadcast_id, None

        def begun(result: tuple[int, str | None]) -> Decided:
            broadcast_id, problem = result
            if problem is not None:
                return self._too_long(turn, problem, waited)
            return Errand(self._speaker.read(turn, broadcast_id), lambda found: self._next(turn, found, first=True))

        return Errand(begin, begun)

    def _write(self, waited: Composing, turn: Turn) -> Decided:
        language: Language = "en" if waited.step == "english" else "id"

        async def write(tx: Transaction, found: Sheet) -> str | None:
            new_file = _file(turn)
            if new_file is not None and found.broadcast.kind != "announcement":
                return "no_file_here"
            file = new_file or found.carried
            text = self._written(turn, language, found.broadcast.kind)
            said = [text] if turn.message.text else []
            kept = [other for spoken, other in found.broadcast.texts.items() if spoken != language or not said]
            if not all(self._fits(each, file) for each in (*said, *kept)):
                return "too_long_file" if file else "too_long"
            if new_file is not None:
                await drafts.set_file(tx, found.broadcast.id, new_file)
            if said:
                await drafts.set_text(tx, found.broadcast.id, language, text)
            return None

        return self._change(turn, waited.broadcast_id or 0, write, first=waited.first, waited=waited)

    def _target(self, waited: Composing, turn: Turn) -> Decided:
        try:
            audience = self._targeting.read(turn.message.text)
        except UnclearError as unclear:
            return self.say(turn, "unclear_audience", waits=waited, said=str(unclear), known=self._pages.known())

        async def target(tx: Transaction, found: Sheet) -> str | None:
            await drafts.set_audience(tx, found.broadcast.id, audience)
            return None

        return self._change(turn, waited.broadcast_id or 0, target)

    def _schedule(self, waited: Composing, turn: Turn) -> Decided:
        at = moments.read(turn.message.text, turn.message.at)
        if at is None or at == "past":
            return self.say(turn, "time_past" if at == "past" else "time_unclear", waits=waited)

        async def schedule(tx: Transaction, found: Sheet) -> str | None:
            await drafts.set_start(tx, found.broadcast.id, at if isinstance(at, datetime) else None)
            return None

        return self._change(turn, waited.broadcast_id or 0, schedule)

    # What is shown

    def ask(self, turn: Turn, waits: Composing, found: Sheet | None = None) -> Decided:
        """Ask for a part, and wait for it."""
        broadcast_id = waits.broadcast_id
        if waits.step == "audience" and found is not None:
            return answer(turn, self._pages.page(found, turn.language), waits=waits)
        choices: tuple[Choice, ...] = ()
        if broadcast_id is not None:
            buttons = {"english": ("noen",), "time": ("now", "show")}.get(waits.step, ())
            choices = tuple(self._button(verb, turn, broadcast_id) for verb in buttons)
        return answer(turn, Reply(self._say(f"ask_{waits.step}", turn), choices), waits=waits)

    def show(self, turn: Turn, broadcast_id: int, lead: str = "") -> Decided:
        """Show a draft as it will be, to whom, and what can be done with it."""
        return Errand(self._speaker.read(turn, broadcast_id), lambda found: self.shown(turn, found, lead))

    def shown(self, turn: Turn, found: Sheet | None, lead: str = "") -> Decided:
        """Show what was read of a draft."""
        if found is None:
            return self.say(turn, "expired")
        leading = (Reply(lead),) if lead else ()
        choices = self.choices(found, turn)
        return answer(turn, *leading, *self._preview.pages(found, turn.message.channel, turn.language, choices))

    def choices(self, found: Sheet, turn: Turn) -> tuple[Choice, ...]:
        """Return the buttons below the preview of a draft, for whom it is shown to."""
        draft = found.broadcast
        if draft.author_id != turn.person.staff_id:
            mine = draft.asked_version == draft.version
            verbs = ["approve", "reject"] if mine else []
            of = (draft.id, draft.version)
            drop = [] if found.name(draft.author_id) else [self._button("drop", turn, draft.id)]
            return (*(self._button(verb, turn, *of) for verb in verbs), *drop, self._button("list", turn))
        only_announcement = ("audience",) if draft.kind == "announcement" else ()
        verbs = ["test", "text", "english", *only_announcement, "time"]
        asks = self._button("ask", turn, draft.id, draft.version)
        return (
            asks,
            *(self._button(verb, turn, draft.id) for verb in verbs),
            self._button("drop", turn, draft.id),
            self._button("list", turn),
        )

    def say(
        self, turn: Turn, key: str, *choices: Choice, waits: Composing | None = None, **values: str | int
    ) -> Decided:
        """Answer with one phrase."""
        return answer(turn, Reply(self._say(key, turn, **values), choices), waits=waits)

    # How it is done

    def _with_own(self, turn: Turn, broadcast_id: int, then: Callable[[Sheet], Decided]) -> Decided:
        """Go on with a draft of the officer's own; say why not with any other."""

        def judged(found: Sheet | None) -> Decided:
            problem = _not_changeable(found, turn)
            return then(found) if found is not None and problem is None else self.say(turn, problem or "expired")

        return Errand(self._speaker.read(turn, broadcast_id), judged)

    def _change(
        self,
        turn: Turn,
        broadcast_id: int,
        change: Change,
        *,
        first: bool = False,
        waited: Composing | None = None,
        then: Callable[[Sheet], Decided] | None = None,
    ) -> Decided:
        """Change a draft of the officer's own, and go on with what it now is."""

        async def do(tx: Transaction) -> tuple[str | None, Sheet | None]:
            found = await self._speaker.read(turn, broadcast_id)(tx)
            problem = _not_changeable(found, turn)
            if found is None or problem is not None:
                return problem or "expired", None
            refused = await change(tx, found)
            if refused is not None:
                return refused, None
            await speaking.note(tx, turn, "change", broadcast_id)
            return None, await self._speaker.read(turn, broadcast_id)(tx)

        def done(result: tuple[str | None, Sheet | None]) -> Decided:
            problem, found = result
            if problem in {"too_long", "too_long_file"}:
                return self._too_long(turn, problem, waited)
            if problem is not None or found is None:
                return self.say(turn, problem or "expired", waits=waited if problem == "no_file_here" else None)
            return then(found) if then is not None else self._next(turn, found, first=first)

        return Errand(do, done)

    def _next(self, turn: Turn, found: Sheet | None, *, first: bool) -> Decided:
        """Ask for what is still to be said of a new one; show any other."""
        if found is None or not first:
            return self.shown(turn, found)
        draft, waited = found.broadcast, turn.conversation.composing
        step = None
        if "id" not in draft.texts:
            step = "words"
        elif waited is not None and waited.step in {"text", "words", "correction"} and "en" not in draft.texts:
            step = "english"
        elif draft.kind == "announcement":
            step = "audience"
        if step is None:
            return self.shown(turn, found)
        return self.ask(turn, Composing(step, turn.message.at, draft.id, first=step != "audience"), found)

    def stages(self, turn: Turn, broadcast_id: int) -> Decided:
        """Offer the stages of a proposal to narrow an audience by."""
        waits = Composing("audience", turn.message.at, broadcast_id)
        return self._with_own(
            turn, broadcast_id, lambda found: answer(turn, self._pages.stages(found, turn.language), waits=waits)
        )

    def _written(self, turn: Turn, language: Language, kind: str) -> Text:
        """Return what was typed as the words of an announcement, with the button to stop them below."""
        text = turn.message.text
        prefix = self._speaker.say("correction", language)
        if kind == "correction" and not text.startswith(prefix):
            text = f"{prefix} {text}"
        return with_stop(self._speaker, text, language)

    def _taken_back(self, began: datetime) -> dict[str, Text]:
        return {
            language: with_stop(
                self._speaker,
                self._speaker.say("taken_back", language, day=self._speaker.moment(began, language)),
                language,
            )
            for language in LANGUAGES
        }

    def _fits(self, text: Text, file: File | None) -> bool:
        reply = outlets.message(text, file)
        return not (reply.text or reply.attachments) or self._speaker.outlets.fits(reply)

    def _too_long(self, turn: Turn, problem: str, waited: Composing | None) -> Decided:
        """Say how much room there is for words, on the channel that has the least."""
        file = File("x.jpg", "image/jpeg", "", b"") if problem == "too_long_file" else None
        lengths = range(1, LONGEST + 1)
        most = bisect.bisect_left(
            lengths,
            True,
            key=lambda length: not self._fits(with_stop(self._speaker, "x" * length, turn.language), file),
        )
        return self.say(turn, problem, waits=waited, most=self._speaker.number(most, turn.language))

    def _button(self, verb: str, turn: Turn, *of: int, title: str | None = None) -> Choice:
        return self._speaker.button(verb, turn.language, *of, title=title)

    def _say(self, key: str, turn: Turn, **values: str | int) -> str:
        return self._speaker.say(key, turn.language, **values)


def with_stop(speaker: Speaker, text: str, language: Language) -> Text:
    """Return the words of an announcement with the button to stop them below."""
    return Text(text, ((STOP, speaker.say("button_unsubscribe", language)),))


def _not_changeable(found: Sheet | None, turn: Turn) -> str | None:
    """Return the phrase that says why an officer may not change something, or None."""
    if found is None:
        return "expired"
    if found.broadcast.author_id != turn.person.staff_id:
        return "not_yours"
    return None if found.broadcast.status == "draft" else "no_draft"


def _file(turn: Turn) -> File | None:
    sent = turn.message.attachment
    return None if sent is None else File(sent.filename, sent.media_type, sent.description, sent.content)


def _unusable(waited: Composing, message: Inbound) -> str | None:
    """Return the phrase that says why a message is not what was asked for, or None."""
    if message.unfetched is not None:
        return f"file_{message.unfetched}"
    if waited.step == "english" and message.attachment is not None:
        return "one_file"
    usable = message.kind in {Kind.TEXT, Kind.IMAGE, Kind.DOCUMENT} and (message.text or message.attachment)
    return None if usable else "no_such_kind"
