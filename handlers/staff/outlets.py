"""The channels an announcement leaves by: how each will show it, and how fast it goes there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from handlers.messages import Attachment, Choice, Reply
from storage.broadcasts.drafts import Broadcast, Text
from storage.openings import Cap
from storage.outbox import File


def _as_it_is(_channel: str, reply: Reply) -> Sequence[Reply]:
    return (reply,)


# (broadcast, language, message) -> what is read of it by those who were quiet for a while; None where they get nothing
Outside = Callable[[Broadcast, str, Reply], str | None]


@dataclass(frozen=True, slots=True)
class Outlets:
    """`fit` returns the messages that a reply becomes on a channel; `rates` are messages a second, where a pace is set;
    `outside` tells for channels with a window what those read whose window is closed, and `caps` how many of those may
    be written to in a day.

    `single_officer` is set where an officer may approve alone.
    """

    channels: tuple[str, ...] = ()
    fit: Callable[[str, Reply], Sequence[Reply]] = _as_it_is
    rates: Mapping[str, float] = field(default_factory=dict)
    single_officer: bool = False
    outside: Mapping[str, Outside] = field(default_factory=dict)
    caps: Mapping[str, Cap] = field(default_factory=dict)

    def fits(self, reply: Reply) -> bool:
        """Tell whether it is one message on every channel."""
        return all(len(self.fit(channel, reply)) == 1 for channel in self.channels)

    def duration(self, people: Mapping[str, int]) -> timedelta:
        """Return how long it takes to send to so many people by channel; the channels send at the same time."""
        seconds = [count / self.rates[channel] for channel, count in people.items() if channel in self.rates]
        return timedelta(seconds=max(seconds, default=0.0))


def message(text: Text, file: File | None) -> Reply:
    """Return what a recipient gets, in no channel's format."""
    files = () if file is None else (attachment(file),)
    return Reply(text.text, tuple(Choice(choice_id, title) for choice_id, title in text.choices), files)


def attachment(file: File) -> Attachment:
    """Return a stored file as one that goes with a reply."""
    return Attachment(file.filename, file.media_type, file.content, file.description, file.illustration)
