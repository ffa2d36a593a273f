"""Messages with the right answer noted beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from faq.document import ContentError

HEADER: Final = "text\tintent\tlang\tstyle"
FOREIGN: Final = "oos"
OWN: Final = Path(__file__).parents[1] / "tests" / "questions" / "own.tsv"
"""The project's own labelled messages, where they are: not beside an installed program."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message, the ids that are right, and whether it takes all of them ("a+b") or any ("a|b")."""

    text: str
    ids: frozenset[str]
    all_of: bool
    language: str
    style: str

    @property
    def in_scope(self) -> bool:
        """Tell whether there is anything to answer; "a|oos" leaves it open, and is asked no answer."""
        return FOREIGN not in self.ids


def read(path: Path) -> list[Labelled]:
    """Return the messages of a file of tab-separated lines under the header "text intent lang style".

    Raises ContentError with every mistake.
    """
    try:
        # A spreadsheet begins with a mark; a message may hold signs that Python takes for the end of a line.
        lines = path.read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise ContentError([f"{path}:1: the file cannot be read: {exc}."]) from None
    if lines[0] != HEADER:
        raise ContentError([f'{path}:1: the first line must be "{HEADER}", with tabs.'])
    wrong = [
        f"{path}:{number}: {sentence}" for number, line in enumerate(lines, 1) if (sentence := _wrong(line.split("\t")))
    ]
    if wrong:
        raise ContentError(wrong)
    return [_labelled(line) for line in lines[1:]]


def _wrong(fields: list[str]) -> str | None:
    if len(fields) != HEADER.count("\t") + 1:
        return "a line has four fields with tabs between."
    if "+" in fields[1] and "|" in fields[1]:
        return 'an intent has "+" or "|" between its ids, not both.'
    return None


def _labelled(line: str) -> Labelled:
    text, intent, spoken, style = line.split("\t")
    return Labelled(text, frozenset(intent.replace("+", "|").split("|")), "+" in intent, spoken, style)
