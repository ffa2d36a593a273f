"""Shows an announcement before it goes: exactly as each channel will show it, to whom it goes, and for how long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.messages import Choice, Reply
from handlers.staff import outlets
from handlers.staff.sheet import Sheet
from handlers.staff.speaking import Speaker
from handlers.staff.targeting import Targeting
from handlers.wording import LANGUAGES, Language
from storage.broadcasts.drafts import Text

# What no announcement should promise: it costs nothing to say it, and much to have said it.
_PROMISES = {
    "gratis": re.compile(r"\bgratis\b"),
    "pasti lolos": re.compile(r"\bpasti\s+(?:akan\s+)?lolos\b"),
    "Anda memenuhi syarat": re.compile(r"\banda\s+(?:sudah\s+|telah\s+)?memenuhi\s+syarat\b"),
}


def promises(sheet: Sheet) -> list[str]:
    """Return the words of an announcement that officers have to stand for."""
    said = " ".join(text.text.casefold() for text in sheet.broadcast.texts.values())
    return [words for words, pattern in _PROMISES.items() if pattern.search(said)]


@dataclass(frozen=True, slots=True)
class Preview:
    """What officers are shown of a draft, or of what waits for its time."""

    speaker: Speaker

    def messages(self, sheet: Sheet, channel: str) -> list[Reply]:
        """Return what recipients on this channel get, exactly; nothing where it only takes back."""
        if sheet.broadcast.kind == "withdrawal":
            return []
        fit, texts = self.speaker.outlets.fit, sheet.broadcast.texts
        shown = [outlets.message(texts[language], sheet.file) for language in LANGUAGES if language in texts]
        return [part for reply in shown for part in fit(channel, reply)]

    def pages(self, sheet: Sheet, channel: str, language: Language, choices: Sequence[Choice]) -> tuple[Reply, ...]:
        """Return the message itself, how it reads on the other channels, and a summary with these buttons."""
        elsewhere = [*self._elsewhere(sheet, channel, language), *self._outside(sheet, language)]
        summary = Reply("\n\n".join(self._summary(sheet, language)), tuple(choices))
        return (*self.messages(sheet, channel), *elsewhere, summary)

    def _elsewhere(self, sheet: Sheet, channel: str, language: Language) -> list[Reply]:
        texts = sheet.broadcast.texts
        same: dict[str, list[str]] = {}  # what is read, and by which channels
        for other in self.speaker.outlets.channels:
            if other == channel and sheet.broadcast.kind != "withdrawal":
                continue
            for spoken in LANGUAGES:
                if spoken in texts:
                    named = self.speaker.say(f"channel_{other}", language)
                    same.setdefault(self._read_there(texts[spoken], sheet, other, language), []).append(named)
        say = self.speaker.say
        return [
            Reply(say("elsewhere", language, channels=", ".join(dict.fromkeys(channels)), text=read))
            for read, channels in same.items()
        ]

    def _outside(self, sheet: Sheet, language: Language) -> list[Reply]:
        """Return what those read who did not write for a while, on channels where that makes a difference."""
        shown = []
        for channel in self.speaker.outlets.outside:
            named = self.speaker.say(f"channel_{channel}", language)
            read = self.outside(sheet, channel)
            shown += [
                Reply(self.speaker.say("outside", language, channel=named, text=each)) for _, each in read if each
            ]
            if read and not any(each for _, each in read):
                shown.append(Reply(self.speaker.say("outside_none", language, channel=named)))
        return shown

    def outside(self, sheet: Sheet, channel: str) -> list[tuple[Language, str | None]]:
        """Return by language what those read on a channel with a window who did not write for a while."""
        read, texts = self.speaker.outlets.outside[channel], sheet.broadcast.texts
        messages = {spoken: outlets.message(texts[spoken], sheet.file) for spoken in LANGUAGES if spoken in texts}
        return [(spoken, read(sheet.broadcast, spoken, reply)) for spoken, reply in messages.items()]

    def _read_there(self, text: Text, sheet: Sheet, channel: str, language: Language) -> str:
        lines = []
        for part in self.speaker.outlets.fit(channel, outlets.message(text, sheet.file)):
            lines += [f"[{file.filename}]" for file in part.attachments]
            lines += [part.text]
            # Numbered where the channel draws no buttons: then the text has them already.
            lines += [f"[{choice.title}]" for choice in part.choices if f". {choice.title}" not in part.text]
        return "\n".join(filter(None, lines)) or self.speaker.say("nothing_to_read", language)

    def _summary(self, sheet: Sheet, language: Language) -> list[str]:
        say, broadcast = self.speaker.say, sheet.broadcast
        author = sheet.name(broadcast.author_id) or say("somebody_gone", language)
        parts = [say(f"title_{broadcast.kind}", language, id=broadcast.id, of_id=broadcast.of_id or 0, author=author)]
        if broadcast.kind == "announcement":
            parts.append("\n".join(self._audience(sheet, language)))
        else:
            parts.append(self._changes(sheet, language))
        parts += [self.speaker.spread(spread, language) for spread in sheet.spreads if spread.outside]
        parts.append(self._time(sheet, language))
        if "en" not in broadcast.texts and broadcast.texts:
            parts.append(say("no_english", language))
        said = promises(sheet)
        if said:
            parts.append(say("promises", language, words=", ".join(said)))
        if self.speaker.outlets.single_officer:
            parts.append(say("single_officer", language))
        return parts

    def _audience(self, sheet: Sheet, language: Language) -> list[str]:
        say, forecast = self.speaker.say, sheet.forecast
        targeting = Targeting(self.speaker.wording, self.speaker.outlets.channels)
        lines = [say("for", language, audience=targeting.describe(sheet.broadcast.audience, language))]
        lines.append(say("people", language, count=self.speaker.number(forecast.total, language)))
        for (channel, spoken), count in sorted(forecast.counts.items()):
            named, tongue = say(f"channel_{channel}", language), targeting.name("languages", spoken, language)
            number = self.speaker.number(count, language)
            lines.append(say("people_line", language, channel=named, spoken=tongue, count=number))
        left_out = {
            "filtered": forecast.filtered,
            "unsubscribed": forecast.unsubscribed,
            "unreachable": forecast.unreachable,
        }
        lines += [
            say(f"left_out_{why}", language, count=self.speaker.number(count, language))
            for why, count in left_out.items()
            if count
        ]
        return lines

    def _changes(self, sheet: Sheet, language: Language) -> str:
        told = sum(sheet.people.values()) - sheet.changed
        changed, others = (self.speaker.number(count, language) for count in (sheet.changed, told))
        return self.speaker.say(f"changes_{sheet.broadcast.kind}", language, changed=changed, told=others)

    def _time(self, sheet: Sheet, language: Language) -> str:
        say, at = self.speaker.say, sheet.broadcast.starts_at
        lasting = self.speaker.lasting(self.speaker.outlets.duration(sheet.people), language)
        when = say("at_once", language) if at is None else self.speaker.moment(at, language)
        return say("when", language, when=when, lasting=lasting)
