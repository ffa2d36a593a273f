"""The picture of the stages reads on every phone, says no more than it is told, and is small and always the same."""

from __future__ import annotations

import hashlib
import io
import itertools
import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PIL import Image, ImageFont

from handlers.status import picture
from handlers.wording import LANGUAGES, Language
from storage.proposals import states

Colour = tuple[int, int, int]

LABELS: dict[Language, tuple[str, ...]] = {
    "id": (
        "Usulan diterima",
        "Seleksi administrasi",
        "Penilaian substansi",
        "Peninjauan lapangan / fact finding",
        "Penjurian",
        "Calon penerima (menunggu penetapan Menteri)",
        "Ditetapkan sebagai penerima",
        "Penghargaan diserahkan",
    ),
    "en": (
        "Proposal received",
        "Administrative selection",
        "Substantive assessment",
        "Field review / fact finding",
        "Jury",
        "Prospective recipient (awaiting the Minister's determination)",
        "Determined as recipient",
        "Award presented",
    ),
}
LAST = len(LABELS["id"]) - 1
EVERY = [(language, present, ended) for language in LANGUAGES for present in range(LAST + 1) for ended in (False, True)]
BESIDE = 110  # pixels from the left: right of it stands text, left of it the marks


def opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB")


def chunks(content: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        found.append(content[at + 4 : at + 8])
        at += 12 + length
    return found


def colours(image: Image.Image) -> list[Colour]:
    """Return the colours of a picture, the most frequent first."""
    counted = image.getcolors()
    assert counted is not None
    return [colour for _, colour in sorted(counted, reverse=True) if isinstance(colour, tuple)]


def luminance(colour: Colour) -> float:
    parts = (part / 255 for part in colour)
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of WCAG 2.2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def bands(image: Image.Image) -> Iterator[Image.Image]:
    """Yield what is written, from top to bottom: each line outside the box, and the box."""
    right = image.crop((BESIDE, 0, image.width, image.height))
    rows = (right.crop((0, y, right.width, y + 1)).tobytes() for y in range(image.height))
    paper = image.crop((BESIDE, 0, image.width, 1)).tobytes()
    empty = [row == paper for row in rows]
    start = 0
    for is_empty, run in itertools.groupby(empty):
        height = len(list(run))
        if not is_empty:
            yield right.crop((0, start, right.width - 40, start + height))
        start += height


@pytest.mark.parametrize(("language", "present", "ended"), EVERY)
def test_everything_written_stands_out_from_what_it_is_written_on(
    language: Language, present: int, *, ended: bool
) -> None:
    image = opened(picture.draw(LABELS[language], present, ended, language))

    contrasts = []
    for band in bands(image):
        ground, *inks = colours(band)
        contrasts.append(max(contrast(ground, ink) for ink in inks))

    assert len(contrasts) > LAST
    assert min(contrasts) >= 4.5  # WCAG 2.2, 1.4.3


def test_letters_are_large_enough_for_a_phone() -> None:
    image = opened(picture.draw(("HHH",) * 8, 0, False, "id"))

    heights = [band.height for band in bands(image)][1:]

    assert len(heights) == LAST
    assert min(heights) >= 20  # capitals of letters of 28 pixels


@pytest.mark.parametrize(("language", "present", "ended"), EVERY)
def test_it_is_small_opaque_and_as_wide_as_a_phone_wants_it(language: Language, present: int, *, ended: bool) -> None:
    content = picture.draw(LABELS[language], present, ended, language)

    assert len(content) < 15_000
    assert chunks(content) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]  # no transparency, no date, no name of a program
    assert opened(content).width == picture.WIDTH


def test_every_stage_has_a_picture_of_its_own() -> None:
    drawn = {picture.draw(LABELS[language], present, ended, language) for language, present, ended in EVERY}

    assert len(drawn) == len(EVERY)


def test_the_labels_are_as_many_as_the_stages_of_the_way() -> None:
    assert len(states.way()) == LAST + 1


def mark(stages: int, present: int, top: int, *, ended: bool = False) -> list[bool]:
    """Return the shape of a mark, whatever its colours: False is what it stands on."""
    image = opened(picture.draw(("x",) * stages, present, ended, "id")).convert("L")
    shades = image.crop((48, top, 88, top + 40)).tobytes()
    return [abs(shade - shades[0]) > 100 for shade in shades]


def test_a_stage_shows_where_it_stands_without_colours() -> None:
    first, second = 38, 156  # where their marks are, when the first one is present and has a word below its label

    dot, square, ring = mark(3, 0, first), mark(3, 0, first, ended=True), mark(3, 0, second)
    passed, done = mark(3, 1, first), mark(1, 0, first)
    unlike = [
        sum(a != b for a, b in zip(one, other, strict=True))
        for one, other in itertools.combinations((dot, square, ring, passed), 2)
    ]

    assert min(unlike) > 250  # of 1600 pixels
    assert sum(a != b for a, b in zip(passed, done, strict=True)) < 50  # their edges


def test_the_same_stages_give_the_same_bytes_in_every_process() -> None:
    code = (
        "import hashlib; from handlers.status import picture;"
        f"print(hashlib.sha256(picture.draw({LABELS['id']!r}, 3, False, 'id')).hexdigest())"
    )

    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout

    assert other.strip() == hashlib.sha256(picture.draw(LABELS["id"], 3, False, "id")).hexdigest()


def test_labels_may_come_as_a_list() -> None:
    assert picture.draw(list(LABELS["id"]), 3, False, "id") == picture.draw(LABELS["id"], 3, False, "id")


@pytest.mark.parametrize("long", ["panjang " * 30, "a" * 200, "a" * 200 + " b", "b " + "W" * 80])
@pytest.mark.parametrize("present", [0, 1])
def test_a_long_label_goes_on_in_the_next_line(long: str, present: int) -> None:
    short, image = (opened(picture.draw(("Usulan", label, "Penjurian"), present, False, "id")) for label in ("b", long))
    edge = image.crop((image.width - 20 + 1, 0, image.width, image.height))

    assert image.height > short.height + 100
    assert colours(edge) == [image.getpixel((0, 0))]
    assert all(colours(band.crop((band.width - 10, 0, band.width, band.height)))[1:] == [] for band in bands(image))


def test_an_empty_label_leaves_its_line_empty() -> None:
    assert (
        opened(picture.draw(("Usulan", ""), 0, False, "id")).height
        == opened(picture.draw(("Usulan", "b"), 0, False, "id")).height
    )


@pytest.mark.parametrize(("odd", "plain"), [("é–’“ñ…", "e-'\"n..."), ("a\u00a0b", "a b"), ("日", "?")])
def test_letters_that_the_font_has_not_are_written_otherwise(odd: str, plain: str) -> None:
    assert picture.draw((odd, "b"), 0, False, "id") == picture.draw((plain, "b"), 0, False, "id")


def test_the_font_has_every_letter_we_write() -> None:
    font = ImageFont.load_default(32)
    missing = bytes(font.getmask("日"))

    assert [letter for letter in map(chr, range(0x21, 0x7F)) if bytes(font.getmask(letter)) == missing] == []


@pytest.mark.parametrize("present", [-1, 8])
def test_a_stage_that_is_none_is_a_mistake(present: int) -> None:
    with pytest.raises(ValueError, match="no stage"):
        picture.draw(LABELS["id"], present, False, "id")


def test_who_draws_nothing_loads_no_library_for_it() -> None:
    code = "import sys; from handlers.status import picture; print('PIL' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "False\n"
