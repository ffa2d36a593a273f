"""What a cell means as a text, a year, a category, a state or a time; CellError says why it means nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from bot.clock import JAKARTA
from bot.proposals.columns import plain
from bot.proposals.sheet import EXACT, Cell, Fault
from handlers.wording import LANGUAGES, Wording
from storage.proposals import states
from storage.proposals.records import Category

EDITIONS = range(1985, 3000)  # the award is held since 1985 (F5)
TITLE_LIMIT = 300  # characters
SHOWN = 40  # characters of a wrong value that are repeated to whoever wrote it

CATEGORIES: Mapping[str, Category] = {
    **dict.fromkeys(("pengabdian", "jasa pengabdian", "dedication"), "pengabdian"),
    **dict.fromkeys(("kepeloporan", "jasa kepeloporan", "pioneering"), "kepeloporan"),
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb peb",
            "maret march mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agt agu ags aug",
            "september sep sept",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    "WIB": JAKARTA,
    "WITA": timezone(timedelta(hours=8)),
    "WIT": timezone(timedelta(hours=9)),
}
_MOMENT = re.compile(
    r"(?:(?P<day>\d{1,2})(?P<sign>[/.-])(?P<month>\d{1,2})(?P=sign)(?P<year>\d{4})"
    r"|(?P<of>\d{1,2})[ -](?P<name>[a-z]{3,10})\.?,?[ -](?P<in>\d{4}))"
    r"(?:,? +(?:(?:pukul|jam|at) +)?(?P<hour>\d{1,2})[.:](?P<minute>\d{2})(?:[.:](?P<second>\d{2}))?)?"
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}[:.]\d{2}.*)?")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)


class CellError(Exception):
    """A cell does not hold what its column should; the message is half a sentence after the column's name."""


def text(cell: Cell) -> str | None:
    """Return what is written in a cell, without what cannot be seen and with single spaces; None for nothing."""
    match cell:
        case None:
            return None
        case Fault():
            raise CellError(cell.reason)
        case bool():
            raise CellError("holds TRUE or FALSE")
        case datetime():
            raise CellError("was made a date by Excel: format the column as Text and type it again")
        case int() if abs(cell) < EXACT:
            return str(cell)
        case int() | float():
            raise CellError(
                "holds a number of which digits are lost: Excel keeps 15, and no fractions are expected here;"
                " format the column as Text and type it again"
            )
    visible = cell if cell.isprintable() else "".join(filter(_is_seen, cell))
    found = " ".join(unicodedata.normalize("NFC", visible).split())
    if not found.isprintable():
        raise CellError("holds characters that cannot be printed")
    return found or None


def _is_seen(letter: str) -> bool:
    """Tell whether a character is more than a hint to whoever sets the text, as phones put around numbers."""
    return unicodedata.category(letter) != "Cf"


def identifier(cell: Cell) -> str | None:
    """Return a text that stands for a number or a code: one that a spreadsheet has spoilt is refused."""
    found = text(cell)
    if found is not None and _SCIENTIFIC.fullmatch(found):
        raise CellError(f"holds {found}, a number of which digits are lost: format the column as Text before saving")
    return None if found is None else found.removeprefix("'").strip() or None


def title(cell: Cell) -> str | None:
    """Return a title that is not too long."""
    found = text(cell)
    if found is not None and len(found) > TITLE_LIMIT:
        raise CellError(f"has {len(found):,} characters; {TITLE_LIMIT} are allowed")
    return found


def edition(cell: Cell) -> int | None:
    """Return a year of the award, also where it is written with a word."""
    found = text(cell)
    if found is None:
        return None
    written = re.fullmatch(r"(?:(?:edisi|tahun|upakarti|edition|year) ?)*([0-9]{4})", found.casefold())
    if written is None or int(written[1]) not in EDITIONS:
        raise CellError(f"holds {shown(found)!r}, which is no year like 2026")
    return int(written[1])


def category(cell: Cell) -> Category | None:
    """Return one of the two categories."""
    found = text(cell)
    if found is None:
        return None
    if (meant := CATEGORIES.get(plain(found))) is None:
        raise CellError(f"holds {shown(found)!r}; there are pengabdian and kepeloporan")
    return meant


def state_names(wording: Wording) -> dict[str, str]:
    """Return each state's id by its id and its names, as `plain` writes them."""
    names = {plain(state): state for state in states.known()}
    for language in LANGUAGES:
        called = wording.group("status_states", language)
        names |= {plain(name.partition(",")[0]): state for state, name in called.items()}
        names |= {plain(name): state for state, name in called.items()}
    return names


def state(cell: Cell, names: Mapping[str, str]) -> str | None:
    """Return the id of the state that a cell names; what follows a stroke only explains it."""
    found = text(cell)
    if found is None:
        return None
    meant = names.get(plain(found)) or names.get(plain(found.partition("/")[0]))
    if meant is None:
        raise CellError(f"holds {shown(found)!r}, which is no status; there are {', '.join(states.known())}")
    return meant


def moment(cell: Cell, *, ends: bool = False) -> datetime | None:
    """Return a time in UTC; without an offset it is Jakarta's. A day alone is its beginning, or its end."""
    if isinstance(cell, datetime):
        found, whole_day = cell, cell.time() == datetime.min.time() and cell.tzinfo is None
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        raise CellError(f"holds the number {cell}: format the column as a date")
    else:
        written = text(cell)
        if written is None:
            return None
        found, whole_day = _written(written)
    if found.year not in EDITIONS:
        raise CellError(f"holds the year {found.year}")
    aware = found if found.tzinfo else found.replace(tzinfo=JAKARTA)
    return (aware + timedelta(days=1) if ends and whole_day else aware).astimezone(UTC)


def _written(found: str) -> tuple[datetime, bool]:
    """Return the time that a text tells, and whether it is a day alone."""
    bare, _, zone = found.upper().rpartition(" ")
    if zone not in _ZONES:
        bare, zone = found.upper(), ""
    try:
        if _ISO.fullmatch(bare):
            time = datetime.fromisoformat(bare.replace(".", ":", 1))
            return time.replace(tzinfo=_ZONES[zone]) if zone else time, len(bare) == len("2026-10-12")
        if (parts := _MOMENT.fullmatch(bare.lower())) is not None:
            return _day_first(parts).replace(tzinfo=_ZONES[zone or "WIB"]), parts["hour"] is None
    except (ValueError, KeyError):
        raise CellError(f"holds {shown(found)!r}, a date that there is none of; the day comes first") from None
    raise CellError(
        f"holds {shown(found)!r}, which is no date like 2026-10-12, 12/10/2026 or 12 Oktober 2026, perhaps with 09:30"
    )


def _day_first(parts: re.Match[str]) -> datetime:
    return datetime(
        int(parts["year"] or parts["in"]),
        _MONTHS[parts["name"]] if parts["name"] else int(parts["month"]),
        int(parts["day"] or parts["of"]),
        int(parts["hour"] or 0),
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        tzinfo=JAKARTA,
    )


def shown(written: str) -> str:
    """Return what somebody wrote so that it can be repeated to them: printable, and not long."""
    seen = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in written)
    return seen if len(seen) <= SHOWN else f"{seen[: SHOWN - 1]}…"
