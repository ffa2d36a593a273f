"""The conversation about a status: which proposal, the proof that it is theirs, and what they then see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from handlers import consent
from handlers.messages import SHARE_PHONE, Choice, Kind, Reply
from handlers.status import reading
from handlers.status.delegates import DelegatesTopic
from handlers.status.pages import PREFIX, Pages
from handlers.status.state import Asking
from handlers.turn import Decided, Errand, Outcome, Turn
from handlers.wording import Wording
from storage.database import Transaction
from storage.proposals import claims, freshness, links, proof
from storage.proposals.claims import Claim, Proof, Proved
from storage.proposals.links import Linked


class Status:
    """The topic. A button carries the proposal it is about, and is good only for somebody who may know of it."""

    def __init__(self, wording: Wording, contact: str) -> None:
        self._contact = contact
        self._pages = Pages(wording, contact)
        self._say = self._pages.say
        self._delegates = DelegatesTopic(self._pages)

    def take(self, turn: Turn) -> Decided | None:
        """Take a message while we wait for a number or a proof, or one that holds both; None for all others."""
        asking, message = _asking(turn), turn.message
        if message.kind is Kind.CONTACT and (asking is not None or message.phone is not None):
            return self._contact_shared(asking, turn)
        if (
            message.kind is Kind.TEXT
            and message.text
            and not message.text.startswith("/")
            and not _names_a_choice(turn)
        ):
            return self._typed(asking, turn)
        return None

    def _typed(self, asking: Asking | None, turn: Turn) -> Decided | None:
        if asking is not None and asking.number is not None:
            agreed = self._agreed(turn) if reading.agrees(turn.message.text) else None
            return agreed or self._proof_typed(asking.number, turn)
        said = reading.read(turn.message.text)
        if said.both:
            return self._both(said.number or "", said.code or "", asking, turn)
        if reading.is_code(turn.message.text):  # not said back: it may still be good
            return replace(self._ask_number(turn), conceal=True)
        if said.number is not None and (asking is not None or reading.is_number(turn.message.text)):
            return self._numbered(said.number, turn)
        return None

    def start(self, turn: Turn) -> Decided:
        """Show what the person may know of, or ask for the number; a number in the text is taken."""
        said = reading.read(turn.message.text) if turn.message.kind is Kind.TEXT else reading.Said(None, None)
        if said.both:
            return self._both(said.number or "", said.code or "", _asking(turn), turn)
        if said.number is not None:
            return self._numbered(said.number, turn)
        return self._mine(turn, lambda found: self._shown_all(found, turn) if found else self._ask_number(turn))

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a pressed button of the topic; None for one that is no longer valid."""
        verb, _, detail = choice_id.removeprefix(PREFIX).partition(":")
        match verb:
            case "add" | "other_number":
                return self._ask_number(turn)
            case "stop":
                return self._stopped(turn)
            case "agree":
                return self._agreed(turn)
            case "show" | "leave" | "left" | "quiet" | "loud":
                number = proof.number(detail)
                return None if number is None else self._about(number, verb, turn)
        return self._delegates.press(verb, detail, turn)

    def _about(self, number: str, verb: str, turn: Turn) -> Decided:
        """Do what a button says with one proposal."""
        match verb:
            case "left":
                return self._leave(number, turn)
            case "quiet" | "loud":
                return self._news(number, turn, wanted=verb == "loud")
        return self._one(number, turn, verb)

    def _agreed(self, turn: Turn) -> Decided | None:
        asking = _asking(turn)
        if asking is None or asking.number is None:
            return None
        shown = Proof(code_sha256=asking.code_sha256) if asking.code_sha256 else _vouched(turn)
        return None if shown is None else self._claim(asking.number, shown, turn)

    def share_asked(self, turn: Turn) -> Outcome | None:
        """Say how to share the own number, to somebody who named the button instead of pressing it."""
        asking = _asking(turn)
        if asking is None or asking.number is None:
            return None
        text = self._say("share_how", turn.language)
        waiting = replace(asking, at=turn.message.at)
        return self._waiting(turn, waiting, Reply(text, self._proof_choices(turn)))

    def cancel(self, turn: Turn) -> Outcome | None:
        """Stop asking; None when nothing is asked."""
        return None if _asking(turn) is None else self._stopped(turn)

    @staticmethod
    def _mine(turn: Turn, then: Callable[[Sequence[Linked]], Decided]) -> Errand:
        """Decide by what the person may know of."""
        return Errand(lambda tx: links.of_person(tx, turn.person.id), then, nothing=[])

    def _ask_number(self, turn: Turn) -> Outcome:
        agreed = consent.text(turn.language, self._pages.wording)
        text = self._say("ask_number", turn.language, consent=agreed)
        return self._waiting(turn, Asking(turn.message.at), Reply(text, self._pages.buttons(turn.language, "stop")))

    def _numbered(self, number: str, turn: Turn) -> Decided:
        """Show the proposal with that number if it is tied to the account, else ask for the proof.

        Where the platform vouches for everybody's phone number, that is tried first, once they know what they agree to.
        """

        def then(found: Sequence[Linked]) -> Decided:
            known = next((linked for linked in found if linked.link.number == number), None)
            if known is not None:
                return self._shown(known, turn)
            vouched = _vouched(turn)
            if vouched is None:
                return self._ask_proof(number, turn)
            told = _asking(turn) is not None
            return self._claim(number, vouched, turn) if told else self._ask_consent(number, vouched, turn)

        return self._mine(turn, then)

    def _ask_proof(self, number: str, turn: Turn) -> Outcome:
        parts = [self._say("ask_proof", turn.language, number=number)]
        if turn.message.can_share_phone:
            parts.append(self._say("or_share", turn.language))
        if _asking(turn) is None:  # they come with the number, and were not told before
            parts.append(consent.text(turn.language, self._pages.wording))
        reply = Reply("\n\n".join(parts), self._proof_choices(turn))
        return self._waiting(turn, Asking(turn.message.at, number), reply)

    def _proof_choices(self, turn: Turn) -> tuple[Choice, ...]:
        share = Choice(SHARE_PHONE, self._say("button_share", turn.language))
        asked = (share,) if turn.message.can_share_phone else ()
        return (*asked, *self._pages.buttons(turn.language, "other_number", "stop"))

    def _proof_typed(self, number: str, turn: Turn) -> Decided | None:
        """Take what somebody types whom we asked for a code: the code, or another number."""
        text = turn.message.text
        if reading.is_phone(text):  # typed, it proves nothing, and is no guess either
            return self.share_asked(turn) if turn.message.can_share_phone else self._about_code(number, turn)
        code = reading.only_code(text)
        said = reading.read(text)
        if said.number == number and not said.both:
            if reading.asks_about_code(text):
                return self._about_code(number, turn)
            return self._ask_proof(number, turn)  # they say their number once more
        if code is None and said.number is not None and said.number != number:
            return self._numbered(said.number, turn)
        if code is None:
            return self._about_code(number, turn) if reading.asks_about_code(text) else None
        if said.both and said.number is not None:
            number = said.number
        return self._claim(number, Proof(code_sha256=proof.code_hash(number, code)), turn)

    def _about_code(self, number: str, turn: Turn) -> Outcome:
        """Say where codes come from, and go on waiting for one."""
        text = self._say("about_code", turn.language, contact=self._contact)
        return self._waiting(turn, Asking(turn.message.at, number), Reply(text, self._proof_choices(turn)))

    def _both(self, number: str, code: str, asking: Asking | None, turn: Turn) -> Decided:
        """Take a number and a code in one text; who was not told yet what they agree to is told first."""
        shown = Proof(code_sha256=proof.code_hash(number, code))
        if asking is not None:
            return self._claim(number, shown, turn)

        def then(found: Sequence[Linked]) -> Decided:
            known = next((linked for linked in found if linked.link.number == number), None)
            return self._ask_consent(number, shown, turn) if known is None else self._shown(known, turn)

        return self._mine(turn, then)

    def _ask_consent(self, number: str, shown: Proof, turn: Turn) -> Outcome:
        agreed = consent.text(turn.language, self._pages.wording)
        key = "agree" if shown.code_sha256 else "agree_phone"
        text = self._say(key, turn.language, number=number, consent=agreed)
        reply = Reply(text, self._pages.buttons(turn.language, "agree", "stop"))
        waiting = Asking(turn.message.at, number, shown.code_sha256)
        return replace(self._waiting(turn, waiting, reply), conceal=True)

    def _contact_shared(self, asking: Asking | None, turn: Turn) -> Decided:
        """Take a shared contact: one's own proves, another's does not, and before a number it is of no use."""
        if asking is None or asking.number is None:
            asked = self._ask_number(turn)
            (reply,) = asked.replies
            return replace(
                asked, replies=(replace(reply, text=f"{self._say('number_first', turn.language)}\n\n{reply.text}"),)
            )
        shown = _vouched(turn)
        if shown is None:
            text = self._say("not_own_contact", turn.language)
            return self._waiting(turn, replace(asking, at=turn.message.at), Reply(text, self._proof_choices(turn)))
        return self._claim(asking.number, shown, turn)

    def _claim(self, number: str, shown: Proof, turn: Turn) -> Decided:
        claim = Claim(turn.person.id, turn.message.channel, number, shown, consent.VERSION)

        async def do(tx: Transaction) -> tuple[Proved, list[Linked]]:
            proved = await claims.prove(tx, claim, turn.message.at)
            return proved, await links.of_person(tx, turn.person.id)

        return Errand(do, lambda ended: self._claimed(number, ended, turn), nothing=(Proved(accepted=False), []))

    def _claimed(self, number: str, ended: tuple[Proved, Sequence[Linked]], turn: Turn) -> Decided:
        (proved, found), language = ended, turn.language
        if proved.accepted:
            linked = next(linked for linked in found if linked.link.number == number)
            return self._shown(linked, turn, self._say("proved", language, number=number))
        if proved.blocked_until is not None:
            until = self._pages.until(proved.blocked_until, language)
            text = self._say("blocked", language, until=until, contact=self._contact)
        else:
            text = self._say("refused", language, contact=self._contact)
        waiting = Asking(turn.message.at, number)
        return replace(self._waiting(turn, waiting, Reply(text, self._proof_choices(turn))), conceal=True)

    def _shown_all(self, found: Sequence[Linked], turn: Turn) -> Decided:
        if len(found) == 1:
            return self._shown(found[0], turn)
        return self._outcome(turn, self._pages.listed(found, turn.language, turn.message.at))

    def _shown(self, linked: Linked, turn: Turn, lead: str = "") -> Decided:
        """Show a proposal, and remember what of it the person knows now."""
        now = turn.message.at
        reply = self._pages.status(linked, turn.language, now, lead)
        released = linked.proposal.released(freshness.known_at(linked.read_at, now))
        position = released[-1].position if released else 0
        outcome = replace(self._outcome(turn, reply), conceal=bool(lead))
        return Errand(
            lambda tx: links.seen(tx, linked.link, turn.message.channel, position), lambda _: outcome, nothing=None
        )

    def _one(self, number: str, turn: Turn, verb: str) -> Decided:
        """Show one proposal, or ask whether it shall be taken off."""

        def then(found: Sequence[Linked]) -> Decided:
            linked = next((linked for linked in found if linked.link.number == number), None)
            if linked is None:
                return self._outcome(turn, self._gone(turn))
            if verb == "show":
                return self._shown(linked, turn)
            text = self._say("leave_sure", turn.language, number=number)
            choices = self._pages.buttons(turn.language, "left", "show", number=number)
            return self._outcome(turn, Reply(text, choices))

        return self._mine(turn, then)

    def _leave(self, number: str, turn: Turn) -> Decided:
        return self._done(turn, "left", number, lambda tx: links.leave(tx, turn.person.id, number))

    def _news(self, number: str, turn: Turn, *, wanted: bool) -> Decided:
        key = "loud_set" if wanted else "quiet_set"
        return self._done(turn, key, number, lambda tx: links.want_news(tx, turn.person.id, number, wanted=wanted))

    def _done(self, turn: Turn, key: str, number: str, do: Callable[[Transaction], Awaitable[int]]) -> Errand:
        """Do something to a link of the person's, and say so, or that there is none."""
        menu = self._pages.menu(turn.language)

        def then(done: int) -> Outcome:
            if not done:
                return self._outcome(turn, self._gone(turn))
            again = self._pages.buttons(turn.language, *([] if key == "left" else ["show"]), number=number)
            return self._outcome(turn, Reply(self._say(key, turn.language, number=number), (*again, *menu)))

        return Errand(do, then, nothing=0)

    def _gone(self, turn: Turn) -> Reply:
        return Reply(self._say("gone", turn.language), self._pages.menu(turn.language))

    def _stopped(self, turn: Turn) -> Outcome:
        return self._outcome(turn, Reply(self._say("stopped", turn.language), self._pages.menu(turn.language)))

    @staticmethod
    def _waiting(turn: Turn, asking: Asking, reply: Reply) -> Outcome:
        return Outcome(turn.person, replace(turn.conversation, status=asking), (reply,))

    @staticmethod
    def _outcome(turn: Turn, reply: Reply) -> Outcome:
        return Outcome(turn.person, replace(turn.conversation, status=None), (reply,))


def _asking(turn: Turn) -> Asking | None:
    asking = turn.conversation.status
    return None if asking is None or asking.is_over(turn.message.at) else asking


def _vouched(turn: Turn) -> Proof | None:
    """Return the sender's own phone number as a proof, where the platform vouches for one."""
    phone = None if turn.message.phone is None else proof.phone(turn.message.phone)
    return None if phone is None else Proof(phone_sha256=proof.phone_hash(phone))


def _names_a_choice(turn: Turn) -> bool:
    """Tell whether a text is the title of a button of ours, which some channels send as text."""
    wanted = turn.message.text.casefold()
    return any(choice.title.casefold() == wanted for choice in turn.conversation.offered)
