"""The fields of what is sent and answered: each checked and described by the same pattern, and brought to one form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StrictStr, WithJsonSchema
from pydantic_core import PydanticCustomError

from storage.proposals import proof, states

TITLE_LIMIT: Final = 300
REASON_LIMIT: Final = 300

# What storage/proposals/proof.py can bring to a form, in ASCII and separated as people do: as patterns that the
# description can carry. None matches in two ways, which would take for ever with a long text.
NUMBER_PATTERN: Final = (
    r"^(?=[^0-9]*[0-9]) {0,3}[0-9A-Za-z](?:[0-9A-Za-z]|[ ./_-]{1,3}(?![ ./_-])){1,38}[0-9A-Za-z] {0,3}$"
)
CODE_PATTERN: Final = r"^[ -]{0,3}(?:[0-9A-TV-Za-tv-z][ -]{0,3}){8,32}$"
_SIGNS = "[ ().-]{0,4}"
_DIGIT = f"[0-9]{_SIGNS}"
# With "+" or "00" and the country's code, or as it is dialled in Indonesia, or with the code and nothing before it.
PHONE_PATTERN: Final = (
    f"^{_SIGNS}(?:(?:\\+{_SIGNS}|0{_SIGNS}0{_SIGNS})(?:[1-79]{_SIGNS}(?:{_DIGIT}){{8,14}}|8{_SIGNS}(?:{_DIGIT}){{8,12}})"
    f"|0{_SIGNS}[1-9]{_SIGNS}(?:{_DIGIT}){{5,12}}|8{_SIGNS}(?:{_DIGIT}){{5,12}}|[1-79]{_SIGNS}(?:{_DIGIT}){{8,14}})$"
)
MOMENT_PATTERN: Final = (
    r"^(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$"
)
# Control characters, ends of lines, and signs that turn the direction of what follows; all in the first plane.
_INVISIBLE = r"\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069"
LINE_PATTERN: Final = f"^[^{_INVISIBLE}]*$"


def wrong(sentence: str) -> PydanticCustomError:
    """Return a mistake that is told by this sentence, and by nothing of what was sent."""
    return PydanticCustomError("upakarti", "{sentence}", {"sentence": sentence})


def _fitting(pattern: str, sentence: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise wrong(sentence)
        return text

    return check


def _described(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


def _formed(form: Callable[[str], str | None], pattern: str, sentence: str) -> Callable[[str], str]:
    """Return what brings a text to one form, and refuses what has none."""
    check = _fitting(pattern, sentence)

    def bring(text: str) -> str:
        found = form(check(text))
        if found is None:
            raise wrong(sentence)
        return found

    return bring


def _moment(value: object) -> datetime:
    text = value if isinstance(value, str) else ""
    try:
        return datetime.fromisoformat(_like_a_moment(text)).astimezone(UTC)
    except ValueError:  # also for 30 February
        raise wrong(_MOMENT_WRONG) from None


def _line(text: str) -> str:
    return unicodedata.normalize("NFC", _like_a_line(text))  # the same title is the same, however its "é" was typed


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value  # to JSON 2026.0 is 2026


def _state(text: str) -> str:
    if text not in states.known():
        raise wrong(f"Must be one of: {', '.join(states.known())}.")
    return text


_MOMENT_WRONG = "Must be a time with its offset, such as 2026-11-24T10:00:00+07:00."
_like_a_moment = _fitting(MOMENT_PATTERN, _MOMENT_WRONG)
_like_a_line = _fitting(LINE_PATTERN, "Must be one line without control characters.")
_NUMBER_WRONG = (
    f"Must be a registration number: {proof.NUMBER_LENGTHS.start} to {proof.NUMBER_LENGTHS.stop - 1} letters, digits"
    " and dashes, with a digit among them, and a letter or digit at both ends."
)
_CODE_WRONG = f"Must be an access code: {proof.CODE_LENGTHS.start} to {proof.CODE_LENGTHS.stop - 1} letters and digits."
_PHONE_WRONG = "Must be a phone number, such as 0812-0000-0000 or +62 812 0000 0000."

Number = Annotated[
    StrictStr,
    AfterValidator(_formed(proof.number, NUMBER_PATTERN, _NUMBER_WRONG)),
    _described(NUMBER_PATTERN, "UPK-2026-0001"),
]
Phone = Annotated[
    StrictStr,
    AfterValidator(_formed(proof.phone, PHONE_PATTERN, _PHONE_WRONG)),
    _described(PHONE_PATTERN, "+62 812-0000-0000"),
]
Code = Annotated[
    StrictStr,
    AfterValidator(_formed(proof.code, CODE_PATTERN, _CODE_WRONG)),
    _described(CODE_PATTERN, "7KQM-2B9T-XW4C"),
]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment, json_schema_input_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": MOMENT_PATTERN,
            "examples": ["2026-11-24T10:00:00+07:00"],
        },
        mode="validation",
    ),
]
State = Annotated[StrictStr, AfterValidator(_state), WithJsonSchema({"type": "string", "enum": list(states.known())})]
Edition = Annotated[StrictInt, Field(ge=1985, le=2999, examples=[2026]), BeforeValidator(_whole)]
EditionAsked = Annotated[int, Field(ge=1985, le=2999, examples=[2026])]
Title = Annotated[
    StrictStr,
    Field(min_length=1, max_length=TITLE_LIMIT),
    AfterValidator(_line),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": TITLE_LIMIT, "pattern": LINE_PATTERN}),
]
Reason = Annotated[
    StrictStr,
    Field(min_length=1, max_length=REASON_LIMIT),
    AfterValidator(_line),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": REASON_LIMIT, "pattern": LINE_PATTERN}),
]
Category = Literal["pengabdian", "kepeloporan"]
