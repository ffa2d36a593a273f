"""Makes a reply fit what one message of a channel can carry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate
from typing import Final

from bot.channels.base import Limits
from handlers.messages import SHARE_PHONE, Attachment, Choice, Reply

# As WhatsApp reads it, so that a text looks alike everywhere: the stars touch the words inside and no word outside.
_BOLD: Final = re.compile(r"(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])")

# Where a text may be cut, best first; a no-break space is no such place.
_SPACE: Final = r"[^\S\u00a0\u202f]"
_PARAGRAPH: Final = re.compile(r"\n\s*\n")
_LINE: Final = re.compile(r"\n")
_SENTENCE: Final = re.compile(rf"[.!?…][\"'”’)*]*{_SPACE}")
_WORD: Final = re.compile(_SPACE)

# A good place that would leave less than this share of a message is passed over for the next best.
_LEAST_SHARE: Final = 1 / 3

# What every channel can carry; for a message whose channel is not known here.
SMALLEST: Final = Limits(
    text=4096, caption=1024, buttons=3, button_title=20, choice_id_bytes=64, pictures=False, shares_phone=False
)

_ZERO_WIDTH_JOINER: Final = "\u200d"
_ELLIPSIS: Final = "…"


class Drawing(StrEnum):
    """How a channel shows choices."""

    BUTTONS = "buttons"
    LIST = "list"
    NUMBERS = "numbers"  # lines of the text


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, as Python counts characters; `end` is the first one outside."""

    start: int
    end: int


def fit(reply: Reply, limits: Limits) -> tuple[Reply, ...]:
    """Return the messages that say the reply, in order; call it once, since it may add numbered lines.

    A message carries at most one attachment, with the text as its caption where the whole text is short enough; else
    illustrations come before the text and other files after it. A channel without pictures gets no illustrations.
    Choices stand on the last message, in the first way that has room for all: buttons, the rows of a list, or numbered
    lines of the text, where they also stay on the reply so that the core can take the number for an answer; see
    `drawing`. Where files cannot have buttons, all files come before the text that has them; one may stand above it.
    Where nobody can share a phone number, the choice to do so is left out.
    Raises ValueError for what only a mistake of ours can cause: nothing to say, or an id too long for a button.
    """
    text = reply.text.strip()
    choices = tuple(choice for choice in reply.choices if limits.shares_phone or choice.id != SHARE_PHONE)
    drawn = _drawing(choices, limits) if text or limits.choices_on_files else Drawing.NUMBERS
    if drawn is Drawing.NUMBERS:
        text = f"{text}\n\n{_numbered(choices)}".strip()
    else:
        room = limits.button_title if drawn is Drawing.BUTTONS else limits.row_title
        choices = tuple(_button(choice, room, limits.choice_id_bytes) for choice in choices)
    files = tuple(file for file in reply.attachments if limits.pictures or not file.illustration)
    whole = replace(reply, text=text, attachments=files)
    parts = _parts(whole, limits) if drawn is Drawing.NUMBERS or not choices else _parts_below(whole, limits)
    if not parts:
        raise ValueError("a reply needs a text or an attachment")
    return (*parts[:-1], replace(parts[-1], choices=choices))


def drawing(reply: Reply, limits: Limits) -> Drawing | None:
    """Return how the channel shows the choices of a fitted reply, if it has any."""
    if not reply.choices:
        return None
    if reply.attachments and not limits.choices_on_files and not _begins_with_file(reply, limits):
        return Drawing.NUMBERS
    return _drawing(reply.choices, limits)


def caption(text: str, attachment: Attachment, limits: Limits) -> str | None:
    """Return the text of a message with a file, and below it what the file shows, for those who can't see it, as far as
    there is room. What an illustration shows the text says already.
    """
    description = attachment.description
    if not text:
        return cut(description, limits.caption) or None
    if not description or description in text or attachment.illustration:
        return text
    both = f"{text}\n\n{description}"
    return both if units(both) <= limits.caption else text


def emphasis(text: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text without the stars of `*bold*`, and where its bold stretches are.

    Bold does not cross lines; an unpaired or spaced star ("2 * 3") stays a star.
    """
    plain: list[str] = []
    spans: list[Span] = []
    done = length = 0
    for match in _BOLD.finditer(text):
        before, inside = text[done : match.start()], match[1]
        start = length + len(before)
        length = start + len(inside)
        spans.append(Span(start, length))
        plain += (before, inside)
        done = match.end()
    return "".join((*plain, text[done:])), tuple(spans)


def units(text: str) -> int:
    """Count UTF-16 units, as Telegram and browsers do."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, limit: int) -> str:
    """Return the text, ending in "…" when it had to be cut to `limit` UTF-16 units."""
    if units(text) <= limit:
        return text
    at = _between_characters(text, _fitting(text, limit - 1))
    return text[:at].rstrip() + _ELLIPSIS


def _drawing(choices: tuple[Choice, ...], limits: Limits) -> Drawing:
    if len(choices) <= limits.buttons and not (limits.rows and _needs_rows(choices, limits)):
        return Drawing.BUTTONS
    return Drawing.LIST if len(choices) <= limits.rows else Drawing.NUMBERS


def _needs_rows(choices: tuple[Choice, ...], limits: Limits) -> bool:
    """Tell whether buttons would cut a title, or two would look alike, which a platform with lists refuses."""
    titles = {choice.title.casefold() for choice in choices}
    return len(titles) < len(choices) or any(units(choice.title) > limits.button_title for choice in choices)


def _button(choice: Choice, room: int, id_bytes: int) -> Choice:
    if len(choice.id.encode()) > id_bytes:
        raise ValueError(f"the choice id {choice.id!r} is longer than {id_bytes} bytes")
    return replace(choice, title=cut(choice.title, room))


def _numbered(choices: tuple[Choice, ...]) -> str:
    return "\n".join(f"{number}. {choice.title}" for number, choice in enumerate(choices, start=1))


def _parts(reply: Reply, limits: Limits) -> list[Reply]:
    """Return the text and one message for each attachment; one with both where the caption holds the text."""
    files = [Reply("", attachments=(attachment,)) for attachment in reply.attachments]
    if files and units(reply.text) <= limits.caption:
        return [replace(files[0], text=reply.text), *files[1:]]
    before = [file for file in files if file.attachments[0].illustration]
    after = [file for file in files if not file.attachments[0].illustration]
    return [*before, *(Reply(text) for text in _split(reply.text, limits.text)), *after]


def _parts_below(reply: Reply, limits: Limits) -> list[Reply]:
    """Return the messages of a reply whose last one has buttons or a list."""
    if limits.choices_on_files or _begins_with_file(reply, limits):
        return _parts(reply, limits)
    files = [Reply("", attachments=(attachment,)) for attachment in reply.attachments]
    return [*files, *(Reply(text) for text in _split_above(reply.text, limits.text, limits.choices_text))]


def _begins_with_file(reply: Reply, limits: Limits) -> bool:
    """Tell whether a file can stand above the text of a message with buttons, where files have none of their own."""
    text = reply.text
    return (
        limits.buttons_on_file
        and len(reply.attachments) == 1
        and 0 < units(text) <= min(limits.caption, limits.choices_text)
        and _drawing(reply.choices, limits) is Drawing.BUTTONS
        and not text.endswith(_numbered(reply.choices))  # then they are drawn already
    )


def _split(text: str, limit: int) -> Iterator[str]:
    rest = text.strip()
    while units(rest) > limit:
        part, rest = _split_once(rest, limit)
        yield part
    if rest:
        yield rest


def _split_above(text: str, limit: int, last: int) -> Iterator[str]:
    """Split a text whose last message has less room than the others, and is not to be a crumb either."""
    rest = text.strip()
    while (size := units(rest)) > last:
        longest = min(limit, size - last // 2)
        part, rest = _split_once(rest, longest, max(_LEAST_SHARE, (size - last) / longest))
        yield part
    yield rest


def _split_once(text: str, limit: int, least: float = _LEAST_SHARE) -> tuple[str, str]:
    """Return a first message and the rest, each with its bold stretches whole: kept together, or closed and reopened.

    `text` is longer than `limit` and begins with no space, so that neither can be empty.
    """
    at = _place(text, _fitting(text, limit), least)
    bold = _bold_around(text, at)
    if bold is not None:
        if bold.start >= at * _LEAST_SHARE and bold.start > 0:
            at = bold.start
        elif units(text[: bold.end]) <= limit:
            at = bold.end
        else:  # one unit less: room for the star that closes it
            at = _place(text, _fitting(text, limit - 1), least)
            if bold.start < at < bold.end:
                at = max(at, bold.start + 2)
                return text[:at].rstrip() + "*", "*" + text[at:].lstrip()
    return text[:at].rstrip(), text[at:].lstrip()


def _bold_around(text: str, at: int) -> Span | None:
    """Return the bold stretch, stars included, that a cut at `at` would break."""
    for match in _BOLD.finditer(text):
        if match.start() >= at:
            break
        if at < match.end():
            return Span(match.start(), match.end())
    return None


def _fitting(text: str, limit: int) -> int:
    """Return how many characters of the text fit into `limit` UTF-16 units; at least one, so that work goes on."""
    totals = accumulate(units(character) for character in text[:limit])
    return max(sum(total <= limit for total in totals), 1)


def _place(text: str, longest: int, least: float) -> int:
    """Return the best place to cut at most `longest` characters off, and at least that share of them if it can be."""
    window = text[: longest + 1]
    for pattern, share in ((_PARAGRAPH, least), (_LINE, least), (_SENTENCE, least), (_WORD, 0.0)):
        last = max((match.end() - 1 for match in pattern.finditer(window)), default=0)
        if last > longest * share:
            return last
    return _between_characters(text, longest)


def _between_characters(text: str, longest: int) -> int:
    """Return the last place up to `longest` that tears nothing people see as one character, if there is any."""
    at = longest
    while at > 0 and _joined(text, at):
        at -= 1
    return at or longest


def _joined(text: str, at: int) -> bool:
    """Tell whether the character at `at` belongs to the one before it."""
    before, character = text[at - 1], text[at]
    if _is_flag_letter(character):  # two letters make a flag
        return _flag_letters_before(text, at) % 2 == 1
    return (
        unicodedata.category(character).startswith("M")
        or _ZERO_WIDTH_JOINER in (before, character)
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags, as in the flag of Scotland
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_flag_letter(text[start - 1]):
        start -= 1
    return at - start
