"""Lets people be told of news, and not any more: announcements, deadlines, and their own proposals. Pure: no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from handlers import consent
from handlers.eligibility.reading import words
from handlers.messages import Choice, Kind, Reply
from handlers.turn import Decided, Errand, Outcome, Turn
from handlers.wording import Wording
from storage import subscriptions
from storage.database import Transaction
from storage.proposals import links

PREFIX = "sub:"
ON = f"{PREFIX}on"
OFF = f"{PREFIX}off"
TOPICS = f"{PREFIX}topics"

_POLITE = r"(?:\s+(?:ya|dong|deh|dulu|kak|min|saja|aja|please|pls|thanks))*"
# What the answers tell people to write is sure to be understood; other words go to the matcher.
_ON = re.compile(rf"(?:(?:tolong|mohon|please)\s+)?(?:kabari (?:saya|aku)|notify me|subscribe){_POLITE}")
_OFF = re.compile(
    r"(?:(?:tolong|mohon|please)\s+)?"
    r"(?:berhenti (?:mengabari|dikabari|kabari|berlangganan|langganan)|jangan kabari|opt out|unsub(?:scribe)?"
    r"|stop (?:notifying|kabari|langganan))"
    rf"(?:\s+(?:saya|aku|me))?{_POLITE}"
)
_STOP = re.compile(
    r"(?:(?:(?:tolong|mohon|please|udah|sudah|saya mau|aku mau)\s+)*"
    r"(?:b(?:er)?henti|br?erenti|brenti|henti(?:kan)?|stop+|setop|stup)(?:\s+(?:semua|semuanya|it|all|now))?"
    rf"{_POLITE}\s*){{1,3}}"
)


class Subscribing:
    """The topic."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def take(self, turn: Turn, otherwise: Callable[[], Decided]) -> Decided:
        """Take what can only be meant so; a "stop" of somebody who is told nothing, or asked something, is none."""
        said = _said(turn)
        if _ON.fullmatch(said):
            return self.start(turn)
        if _OFF.fullmatch(said):
            return self.stop(turn)
        if not _STOP.fullmatch(said) or turn.conversation.status is not None:
            return otherwise()
        return self._stop_if_told(turn, otherwise)

    def in_talk(self, turn: Turn, otherwise: Callable[[], Decided]) -> Decided:
        """Take what ends it although an officer is listening; `otherwise` where none is.

        A bare "stop" too, where the person is told of anything: that is what our news tell people to write.
        """
        said = _said(turn)
        if turn.person.officer_id is None or turn.message.kind is not Kind.TEXT:
            return otherwise()
        if _OFF.fullmatch(said):
            return self.stop(turn)
        return self._stop_if_told(turn, otherwise) if _STOP.fullmatch(said) else otherwise()

    def _stop_if_told(self, turn: Turn, otherwise: Callable[[], Decided]) -> Decided:
        person_id = turn.person.id

        async def is_told(tx: Transaction) -> bool:
            linked = await links.of_person(tx, person_id)
            return bool(await subscriptions.of_person(tx, person_id)) or any(each.link.wants_news for each in linked)

        return Errand(is_told, lambda told: self.stop(turn) if told else otherwise(), nothing=False)

    def start(self, turn: Turn) -> Decided:
        """Tell the person of everything from now on."""
        person_id, now = turn.person.id, turn.message.at

        async def subscribe(tx: Transaction) -> int:
            await subscriptions.subscribe(tx, person_id, subscriptions.TOPICS, consent.NEWS_VERSION, now)
            return await links.want_news(tx, person_id, None, wanted=True)

        def then(proposals: int) -> Outcome:
            topics = (*subscriptions.TOPICS, *(["status"] if proposals else []))
            listed = "\n".join(f"• {self._say(f'topic_{topic}', turn)}" for topic in topics)
            agreed = consent.news(turn.language, self._wording)
            text = self._say("on", turn, topics=listed, consent=agreed)
            return self._outcome(turn, text, (TOPICS, OFF))

        return Errand(subscribe, then, nothing=0)

    def stop(self, turn: Turn) -> Decided:
        """Tell the person nothing any more, not even what waits already."""
        person_id, now = turn.person.id, turn.message.at

        async def unsubscribe(tx: Transaction) -> int:
            await subscriptions.unsubscribe(tx, person_id, subscriptions.TOPICS, now)
            return await links.want_news(tx, person_id, None, wanted=False)

        def then(proposals: int) -> Outcome:
            parts = [self._say("off", turn), *([self._say("off_status", turn)] if proposals else [])]
            return self._outcome(turn, " ".join(parts), (ON,))

        return Errand(unsubscribe, then, nothing=0)

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a pressed button of the topic; None for one that is no longer valid."""
        known = {ON: self.start, OFF: self.stop, TOPICS: self._topics}
        if choice_id in known:
            return known[choice_id](turn)
        verb, _, topic = choice_id.removeprefix(PREFIX).partition(":")
        if topic not in subscriptions.TOPICS or verb not in {"add", "drop"}:
            return None
        return self._topics(turn, topic, wanted=verb == "add")

    def _topics(self, turn: Turn, topic: str | None = None, *, wanted: bool = False) -> Errand:
        """Show what the person is told of, after adding a topic or dropping it, where one is given."""
        person_id, now = turn.person.id, turn.message.at

        async def do(tx: Transaction) -> list[str]:
            if topic is not None and wanted:
                await subscriptions.subscribe(tx, person_id, [topic], consent.NEWS_VERSION, now)
            elif topic is not None:
                await subscriptions.unsubscribe(tx, person_id, [topic], now)
            return [each.topic for each in await subscriptions.of_person(tx, person_id)]

        return Errand(do, lambda told: self._listed(told, turn, agreed=wanted), nothing=[])

    def _listed(self, told: list[str], turn: Turn, *, agreed: bool) -> Outcome:
        lines, buttons = [], []
        for topic in subscriptions.TOPICS:
            key = "topics_wanted" if topic in told else "topics_unwanted"
            lines.append(self._say(key, turn, topic=self._say(f"topic_{topic}", turn)))
            buttons.append(f"{PREFIX}{'drop' if topic in told else 'add'}:{topic}")
        text = self._say("topics", turn, topics="\n".join(lines))
        parts = [text, *([consent.news(turn.language, self._wording)] if agreed else [])]
        return self._outcome(turn, "\n\n".join(parts), buttons)

    def _outcome(self, turn: Turn, text: str, buttons: Iterable[str]) -> Outcome:
        keys = {each: each.removeprefix(PREFIX).replace(":", "_") for each in buttons}
        choices = [Choice(each, self._say(f"button_{key}", turn)) for each, key in keys.items()]
        menu = Choice("menu", self._wording.say("menu.menu", turn.language))
        return Outcome(turn.person, replace(turn.conversation, status=None), (Reply(text, (*choices, menu)),))

    def _say(self, key: str, turn: Turn, **values: str) -> str:
        return self._wording.say(f"subscriptions.{key}", turn.language, **values)


def _said(turn: Turn) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", words.plain(turn.message.text)).split())
