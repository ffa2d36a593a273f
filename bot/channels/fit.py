"""Makes a reply fit what one message of a channel can carry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from bot.channels.base import Limits
from handlers.messages import SHARE_PHONE, Choice, Reply

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


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, as Python counts characters; `end` is the first one outside."""

    start: int
    end: int


def fit(reply: Reply, limits: Limits) -> tuple[Reply, ...]:
    """Return the messages that say the reply, in order; call it once, since it may add numbered lines.

    A message carries at most one attachment, with the text as its caption where the whole text is short enough; else
    illustrations come before the text and other files after it. A channel without pictures gets no illustrations.
    Choices stand on the last message. Where there are more than the channel has buttons, they are also numbered
    lines of the text, and stay on the reply so that the core can take the number for an answer; see `draws_buttons`.
    Where nobody can share a phone number, the choice to do so is left out.
    Raises ValueError for what only a mistake of ours can cause: nothing to say, or an id too long for a button.
    """
    text = reply.text.strip()
    choices = tuple(choice for choice in reply.choices if limits.shares_phone or choice.id != SHARE_PHONE)
    if draws_buttons(replace(reply, choices=choices), limits):
        choices = tuple(_button(choice, limits) for choice in choices)
    elif choices:
        text = f"{text}\n\n{_numbered(choices)}".strip()
    files = tuple(file for file in reply.attachments if limits.pictures or not file.illustration)
    parts = _parts(replace(reply, text=text, attachments=files), limits)
    if not parts:
        raise ValueError("a reply needs a text or an attachment")
    return (*parts[:-1], replace(parts[-1], choices=choices))


def draws_buttons(reply: Reply, limits: Limits) -> bool:
    """Tell whether the channel shows the reply's choices as buttons, not as numbered lines in its text."""
    return 0 < len(reply.choices) <= limits.buttons


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


def _button(choice: Choice, limits: Limits) -> Choice:
    if len(choice.id.encode()) > limits.choice_id_bytes:
        raise ValueError(f"the choice id {choice.id!r} is longer than {limits.choice_id_bytes} bytes")
    return replace(choice, title=cut(choice.title, limits.button_title))


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


def _split(text: str, limit: int) -> Iterator[str]:
    rest = text.strip()
    while units(rest) > limit:
        part, rest = _split_once(rest, limit)
        yield part
    if rest:
        yield rest


def _split_once(text: str, limit: int) -> tuple[str, str]:
    """Return a first message and the rest, each with its bold stretches whole: kept together, or closed and reopened.

    `text` is longer than `limit` and begins with no space, so that neither can be empty.
    """
    at = _place(text, _fitting(text, limit))
    bold = _bold_around(text, at)
    if bold is not None:
        if bold.start >= at * _LEAST_SHARE and bold.start > 0:
            at = bold.start
        elif units(text[: bold.end]) <= limit:
            at = bold.end
        else:  # one unit less: room for the star that closes it
            at = _place(text, _fitting(text, limit - 1))
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


def _place(text: str, longest: int) -> int:
    """Return the best place to cut at most `longest` characters off."""
    window = text[: longest + 1]
    for pattern, share in ((_PARAGRAPH, _LEAST_SHARE), (_LINE, _LEAST_SHARE), (_SENTENCE, _LEAST_SHARE), (_WORD, 0)):
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
