"""Draws the stages of a proposal, with the one where it stands marked, as a picture for a phone."""

from __future__ import annotations

import functools
import io
import itertools
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from handlers.wording import PHRASES, Language

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

MEDIA_TYPE: Final = "image/png"

# All lengths are in pixels; a phone shows the picture about half as large.
WIDTH: Final = 720
_EDGE: Final = 20  # from the picture's edge to the box of the present stage
_AXIS: Final = 68  # the middle of the marks
_TEXT: Final = 120  # where labels begin
_ROOM: Final = WIDTH - _TEXT - 2 * _EDGE  # for a line of a label
_LABEL_SIZE, _LABEL_LINE = 32, 42  # letters, and from line to line
_WORD_SIZE, _WORD_LINE = 28, 38
_ABOVE: Final = 17  # and below the text of a stage
_GAP: Final = 4  # between stages
_RADIUS: Final = 20  # of a mark
_WAY: Final = 6  # the width of the way from mark to mark
_DASH: Final = 7  # and the space between dashes, where it was not gone
_BOLD: Final = 0.6  # the font has one weight; letters drawn with a stroke of this width are another
_FINER: Final = 4  # marks are drawn so many times as large and made small again, for smooth edges

# Everything is a shade between two colours, 0 the dark one and 255 the light one. So the picture stays small and its
# contrasts are known. Where a proposal ended, the box has another dark colour.
_PAPER, _INK, _GREY = (255, 253, 247), (11, 79, 82), (74, 66, 58)
_DARK, _LIGHT, _FAINT = 0, 255, 51  # faint is what was not reached
_SHADES: Final = 6  # _FAINT is one of them

Colour = tuple[int, int, int]

# Letters that the font has not, and what stands for them.
_INSTEAD: Final = str.maketrans({"–": "-", "—": "-", "‑": "-", "’": "'", "‘": "'", "“": '"', "”": '"'})


@dataclass(frozen=True, slots=True)
class _Stage:
    """One stage: what is written there, and where, from top to bottom."""

    lines: tuple[str, ...]
    word: str
    top: int
    bottom: int

    @property
    def middle(self) -> int:
        """Where its mark is: beside the first line."""
        return self.top + _ABOVE + _LABEL_LINE // 2


def draw(labels: Sequence[str], present: int, ended: bool, language: Language) -> bytes:
    """Return a PNG of the stages in their order, with `labels[present]` marked.

    A passed stage has a tick; the present one a box and a dot, or a square where the proposal `ended`, or a tick if it
    is the last; a stage not reached has a ring. The same stages give the same bytes. It takes some milliseconds, and
    only the first time. Raises ValueError for a stage that is none.
    """
    if not 0 <= present < len(labels):
        raise ValueError(f"there is no stage {present} among {len(labels)}")
    return _drawn(tuple(labels), present, ended, language)


@functools.lru_cache(maxsize=128)
def _drawn(labels: tuple[str, ...], present: int, ended: bool, language: Language) -> bytes:
    kind = "ended" if ended else "done" if present == len(labels) - 1 else "now"
    stages = _laid_out(labels, present, _words(language)[kind])
    page = _Page(stages[-1].bottom + _EDGE)
    for number, (stage, later) in enumerate(itertools.pairwise(stages)):
        if number < present:
            page.way(stage, later, _DARK, 0)
        elif not ended:
            page.way(stage, later, _FAINT, _DASH)
    page.box(stages[present])
    for number, stage in enumerate(stages):
        if number == present:
            page.text(stage, _LIGHT, _BOLD)
            page.mark(stage, kind, _LIGHT, _DARK)
        else:
            shade, mark = (_DARK, "tick") if number < present else (_FAINT, "ring")
            page.text(stage, shade, 0)
            page.mark(stage, mark, shade, _LIGHT)
    return page.png(stages[present], _GREY if ended else _INK)


@functools.cache
def _words(language: Language) -> dict[str, str]:
    phrases = tomllib.loads((PHRASES / "status_picture.toml").read_text(encoding="utf-8"))
    return {name: _writable(texts[language]) for name, texts in phrases.items()}


def _laid_out(labels: Sequence[str], present: int, word: str) -> list[_Stage]:
    stages: list[_Stage] = []
    top = _EDGE
    for number, label in enumerate(labels):
        lines = tuple(_wrapped(_writable(label)))
        said = word if number == present else ""
        bottom = top + len(lines) * _LABEL_LINE + bool(said) * _WORD_LINE + 2 * _ABOVE
        stages.append(_Stage(lines, said, top, bottom))
        top = bottom + _GAP
    return stages


def _wrapped(text: str) -> Iterator[str]:
    """Yield the lines of a label; a word that is longer than a line is cut."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if _fits(longer):
            line = longer
            continue
        if line:
            yield line
        line = word
        while not _fits(line):
            end = next(end for end in range(len(line), 0, -1) if _fits(line[:end]))
            yield line[:end]
            line = line[end:]
    yield line


def _fits(text: str) -> bool:
    return _font(_LABEL_SIZE).getlength(text) <= _ROOM


def _writable(text: str) -> str:
    """Return the text in the letters that the font has."""
    plain = unicodedata.normalize("NFKD", text.translate(_INSTEAD))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return letters.encode("ascii", "replace").decode("ascii")


@functools.cache
def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont  # noqa: PLC0415 - takes a part of the start, and not everybody asks for a status

    return ImageFont.load_default(size)


class _Page:
    """The picture while it is drawn, in shades."""

    def __init__(self, height: int) -> None:
        from PIL import Image, ImageDraw  # noqa: PLC0415 - see above

        self._image = Image.new("L", (WIDTH, height), _LIGHT)
        self._pen = ImageDraw.Draw(self._image)

    def box(self, stage: _Stage) -> None:
        """Draw the box of the present stage."""
        self._pen.rounded_rectangle((_EDGE, stage.top, WIDTH - _EDGE, stage.bottom), _RADIUS, fill=_DARK)

    def way(self, start: _Stage, end: _Stage, shade: int, dash: int) -> None:
        """Draw the way from one mark to the next, in dashes unless `dash` is 0."""
        top, bottom = start.middle + _RADIUS, end.middle - _RADIUS
        step = 2 * dash or bottom - top
        for y in range(top + dash, bottom, step):
            self._pen.rectangle((_AXIS - _WAY // 2, y, _AXIS + _WAY // 2 - 1, y + (dash or step) - 1), fill=shade)

    def text(self, stage: _Stage, shade: int, stroke: float) -> None:
        """Write the label and the word below it."""
        y = stage.top + _ABOVE
        for line in stage.lines:
            self._pen.text((_TEXT, y), line, shade, _font(_LABEL_SIZE), stroke_width=stroke)
            y += _LABEL_LINE
        self._pen.text((_TEXT, y), stage.word, shade, _font(_WORD_SIZE))

    def mark(self, stage: _Stage, kind: str, shade: int, behind: int) -> None:
        """Draw a mark of this kind; `behind` is the shade it stands on."""
        from PIL import Image, ImageDraw  # noqa: PLC0415 - see above

        size = 2 * _RADIUS * _FINER
        large = Image.new("L", (size, size), behind)
        _MARKS[kind](ImageDraw.Draw(large), size - 1, shade, behind)
        self._image.paste(large.reduce(_FINER), (_AXIS - _RADIUS, stage.middle - _RADIUS))

    def png(self, stage: _Stage, dark: Colour) -> bytes:
        """Return the picture as a file, with the box of this stage in shades of `dark`."""
        indexes = [round(shade * (_SHADES - 1) / 255) for shade in range(256)]
        page = self._image.point(indexes)
        palette = _shades(_INK)
        if dark != _INK:
            box = (_EDGE, stage.top, WIDTH - _EDGE + 1, stage.bottom + 1)
            page.paste(self._image.crop(box).point([index + _SHADES for index in indexes]), box)
            palette += _shades(dark)
        page.putpalette(palette)
        file = io.BytesIO()
        page.save(file, "PNG", compress_level=6)
        return file.getvalue()


def _shades(dark: Colour) -> bytes:
    steps = [step / (_SHADES - 1) for step in range(_SHADES)]
    return bytes(round(a + (b - a) * step) for step in steps for a, b in zip(dark, _PAPER, strict=True))


# Marks, in a square from 0 to `end`.


def _draw_ring(pen: ImageDraw, end: int, shade: int, behind: int) -> None:
    inset = end // 12
    pen.ellipse((inset, inset, end - inset, end - inset), fill=behind, outline=shade, width=end // 10)


def _draw_dot(pen: ImageDraw, end: int, shade: int, behind: int) -> None:
    pen.ellipse((0, 0, end, end), fill=behind, outline=shade, width=end // 10)
    inset = end // 4
    pen.ellipse((inset, inset, end - inset, end - inset), fill=shade)


def _draw_tick(pen: ImageDraw, end: int, shade: int, behind: int) -> None:
    pen.ellipse((0, 0, end, end), fill=shade)
    points = [(round(x * end), round(y * end)) for x, y in ((0.27, 0.52), (0.44, 0.69), (0.74, 0.35))]
    pen.line(points, fill=behind, width=end // 9, joint="curve")


def _draw_square(pen: ImageDraw, end: int, shade: int, _behind: int) -> None:
    inset = end // 8
    pen.rectangle((inset, inset, end - inset, end - inset), fill=shade)


_MARKS: Final = {"ring": _draw_ring, "now": _draw_dot, "tick": _draw_tick, "done": _draw_tick, "ended": _draw_square}
