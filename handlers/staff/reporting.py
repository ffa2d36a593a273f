"""Says how an announcement goes and how it went, in words and as a list."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from faq import view
from handlers.messages import Choice, Reply
from handlers.staff.sheet import Sheet
from handlers.staff.speaking import Speaker
from handlers.wording import LANGUAGES, Language, Wording
from storage.broadcasts.drafts import Broadcast
from storage.broadcasts.reporting import Counts, Recipient
from storage.broadcasts.spreading import NO_ROOM, Waiting

ROWS_LIMIT = 60_000  # recipients of a list in chat: some seconds of reading, and a third of what a message may hold
BYTES_LIMIT = 10_000_000

_FAILED = ("refused", "failed")
_OPEN = ("queued", "claimed", "sending")
_LISTED = ("failed", "skipped", "unsure")


@dataclass(frozen=True, slots=True)
class Reports:
    """The pages."""

    speaker: Speaker

    def page(self, sheet: Sheet, language: Language) -> Reply:
        """Return the page of an announcement that was approved: its time, its progress, or its report."""
        status = sheet.broadcast.status
        if status == "approved":
            return self._scheduled(sheet, language)
        ended = status in {"stopped", "finished"}
        text = self._report(sheet, language) if ended else self._progress(sheet, language)
        return Reply(text, self._buttons(sheet, language))

    def _scheduled(self, sheet: Sheet, language: Language) -> Reply:
        broadcast = sheet.broadcast
        at = broadcast.starts_at or broadcast.created_at
        texts = _said(broadcast)
        say = self.speaker.say
        text = say("scheduled", language, id=broadcast.id, when=self.speaker.moment(at, language), text=texts)
        return Reply(text, (self.speaker.button("stop", language, broadcast.id), self.speaker.button("list", language)))

    def warning(self, sheet: Sheet, language: Language) -> Reply:
        """Return the reminder of what will be sent soon, with a button to stop it."""
        broadcast = sheet.broadcast
        texts = _said(broadcast)
        when = self.speaker.moment(broadcast.starts_at or broadcast.created_at, language)
        count = self.speaker.number(sum(sheet.people.values()), language)
        text = self.speaker.say("warning", language, id=broadcast.id, when=when, count=count, text=texts)
        return Reply(text, (self.speaker.button("stop", language, broadcast.id),))

    def _progress(self, sheet: Sheet, language: Language) -> str:
        say, counts = self.speaker.say, sheet.counts
        total = max(counts.total, 1)
        left = counts.of(*_OPEN)
        done = counts.total - left
        lines = [
            say(f"going_{sheet.broadcast.status}", language, id=sheet.broadcast.id),
            say("progress", language, done=self._n(done, language), total=self._n(counts.total, language))
            + f" ({done * 100 // total}%)",
            *self._ends(counts, language),
        ]
        if left and sheet.broadcast.status == "running":
            waiting: Counter[str] = Counter()
            for end, count in counts.ends.items():
                waiting[end.channel] += count if end.status in _OPEN and end.reason != NO_ROOM else 0
            if waiting.total():
                lasting = self.speaker.lasting(self.speaker.outlets.duration(waiting), language)
                lines.append(say("left", language, count=self._n(waiting.total(), language), lasting=lasting))
        if sheet.waiting is not None:
            lines.append(self._waiting(sheet.waiting, language))
        return "\n".join(lines)

    def _waiting(self, waiting: Waiting, language: Language) -> str:
        first, last = (self.speaker.moment(at, language) for at in (waiting.first, waiting.last))
        return self.speaker.say("no_room", language, count=self._n(waiting.count, language), first=first, last=last)

    def _report(self, sheet: Sheet, language: Language) -> str:
        say, counts, broadcast = self.speaker.say, sheet.counts, sheet.broadcast
        ended = broadcast.ended_at or broadcast.created_at
        if broadcast.started_at is None:
            return say("never_began", language, id=broadcast.id, when=self.speaker.moment(ended, language))
        lines = [say(f"ended_{broadcast.status}", language, id=broadcast.id, when=self.speaker.moment(ended, language))]
        lines += self._ends(counts, language)
        never = counts.of("queued")
        if never:
            lines.append(say("end_queued", language, count=self._n(never, language)))
        lines.append(say("end_total", language, count=self._n(counts.total, language)))
        return "\n".join(lines)

    def _ends(self, counts: Counts, language: Language) -> list[str]:
        say = self.speaker.say
        lines = [say("end_sent", language, count=self._n(counts.of("sent"), language))]
        if counts.delivered:
            lines.append(say("end_delivered", language, count=self._n(counts.delivered, language)))
        if counts.read:
            lines.append(say("end_read", language, count=self._n(counts.read, language)))
        for kind in _LISTED:
            statuses = _FAILED if kind == "failed" else (kind,)
            why: Counter[str] = Counter()
            for end, count in counts.ends.items():
                if end.status in statuses:
                    why[reason(self.speaker.wording, end.reason, language)] += count
            if why:
                lines.append(say(f"end_{kind}", language, count=self._n(sum(why.values()), language)))
                lines += [f"  • {self._n(count, language)}: {words}" for words, count in why.most_common()]
        return lines

    def _buttons(self, sheet: Sheet, language: Language) -> tuple[Choice, ...]:
        broadcast, counts = sheet.broadcast, sheet.counts
        verbs = {"running": ["pause", "stop"], "paused": ["resume", "stop"], "preparing": ["stop"]}.get(
            broadcast.status, []
        )
        if broadcast.status in {"running", "paused", "preparing"}:
            verbs.append("status")
        elif broadcast.started_at is not None:
            verbs += ["rest"] if counts.of("queued", "failed") else []
            verbs += ["leave", "again"] if undecided(counts) else []
            verbs += ["csv"]
            if counts.of("sent") and broadcast.kind != "withdrawal":
                verbs += ["correct", "withdraw"]
        buttons = [self.speaker.button(verb, language, broadcast.id) for verb in verbs]
        return (*buttons, self.speaker.button("list", language))

    def _n(self, count: int, language: Language) -> str:
        return self.speaker.number(count, language)


def _said(broadcast: Broadcast) -> str:
    return "\n\n".join(broadcast.texts[language].text for language in LANGUAGES if language in broadcast.texts)


def progress_pause(total: int) -> timedelta:
    """Return how long a progress message stands, for so many recipients."""
    return timedelta(seconds=max(3.0, total / 20_000))


def undecided(counts: Counts) -> int:
    """Return how many may or may not have got it and wait for staff to decide."""
    return sum(count for end, count in counts.ends.items() if end.status == "unsure" and end.reason != "left")


def reason(wording: Wording, word: str, language: Language) -> str:
    """Return a reason in plain words; one that has none of its own stands as it is."""
    known = wording.group("news_reasons", language)
    return known[word] if word in known else known["other"].format(reason=word)


async def listed(speaker: Speaker, recipients: AsyncIterator[Recipient], language: Language) -> bytes | None:
    """Return the list of recipients as CSV, without names and phone numbers; None when it is too large to be sent."""
    heads = ("person", "channel", "language", "ended", "reason", "settled", "delivered", "read")
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerow([speaker.say(f"csv_{head}", language) for head in heads])
    async for each in recipients:
        writer.writerow(
            (
                each.person_id,
                each.channel,
                each.language,
                speaker.say(f"csv_{each.status}", language),
                reason(speaker.wording, each.reason, language) if each.reason else "",
                *(_local(at) for at in (each.settled_at, each.delivered_at, each.read_at)),
            )
        )
        if content.tell() > BYTES_LIMIT:
            return None
    return b"\xef\xbb\xbf" + content.getvalue().encode()  # the mark by which spreadsheets know UTF-8


def _local(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(view.JAKARTA).strftime("%Y-%m-%d %H:%M:%S")
