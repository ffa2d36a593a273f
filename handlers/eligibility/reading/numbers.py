"""Reads numbers as people type them: digits and words, Indonesian and English, "5-6", "belasan", "hampir 10", "8 M"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from handlers.eligibility.reading import words

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+|[-+<>/=%]")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")

_ONES = {
    word: value
    for value, same in enumerate(
        (
            "nol zero",
            "satu atu one siji hiji",
            "dua two loro duwa",
            "tiga three telu tilu",
            "empat four papat opat",
            "lima five",
            "enam six nem genep",
            "tujuh seven pitu tuju",
            "delapan eight wolu dlapan",
            "sembilan nine sanga sembilan",
        )
    )
    for word in same.split()
}
_TEENS = {"sepuluh": 10, "sebelas": 11} | {
    word: value
    for value, word in enumerate(
        ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
        start=10,
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_WORDS = _ONES | _TEENS | _TENS | {"seratus": 100, "selusin": 12, "sepuluhan": 10}
_MULTIPLIERS = {
    word: 10.0**power
    for power, same in (
        (2, "ratus hundred"),
        (3, "ribu rb k thousand"),
        (6, "juta jt jeti million mio mn"),
        (9, "miliar milyar miliard milyard milliar m billion bn b"),  # "M" is miliar, as rupiah are written
        (12, "triliun trilyun t trillion"),
    )
    for word in same.split()
} | {"lusin": 12.0, "dozen": 12.0, "dekade": 10.0, "decade": 10.0, "decades": 10.0, "dasawarsa": 10.0}
_ALONE = {
    "seribu": 1e3,
    "sejuta": 1e6,
    "semiliar": 1e9,
    "lusin": 12.0,
    "dozen": 12.0,
    "dekade": 10.0,
    "decade": 10.0,
    "couple": 2.0,
    "setengah": 0.5,
    "half": 0.5,
}
_ROUGH = {
    "belasan": (11.0, 19.0),
    "puluhan": (20.0, 99.0),
    "ratusan": (100.0, 999.0),
    "ribuan": (1000.0, 9999.0),
    "lusinan": (24.0, 99.0),
    "dozens": (24.0, 99.0),
    "hundreds": (100.0, 999.0),
    "beberapa": (2.0, 9.0),
    "several": (2.0, 9.0),
    "few": (2.0, 9.0),
}
_BETWEEN = {"-", "sampai", "sampe", "hingga", "sd", "to", "atau", "or", "until"}
_ALMOST = {"hampir", "nyaris", "almost", "nearly"}
_MORE = re.compile(r"(?<!kurang )(?:lebih dari|lbh dr|lebih|di ?atas|>|more than|over|above)$")
_AT_LEAST = re.compile(
    rf"(?:{words.NEGATION} (?:kurang dari|less than|fewer than)"
    r"|minimal|min|paling sedikit|sedikitnya|setidaknya|> =|at least)$"
)
_LESS = re.compile(
    r"(?:kurang dari|krg dr|di ?bawah|<|less than|fewer than|under|below|not yet|not even|belum|blm"
    rf"|{words.NEGATION} (?:sampai|sampe|nyampe|nyampai|ada|genap))$"
)
_AT_MOST = re.compile(
    rf"(?:maksimal|maks|max|paling banyak|at most|up to|< =|{words.NEGATION} (?:lebih dari|lebih|more than))$"
)
_NO_NUMBER = (("-",), ("minus",), ("bukan",), ("bkn",), ("not",))
_TEN, _TWENTY, _HUNDRED = 10, 20, 100
_LITTLE = 0.01  # what is missing to a whole: "less than 5" are 4 IKM, and 4 full years


@dataclass(frozen=True, slots=True)
class Number:
    """A number or a range as typed, with the words right before and after it."""

    low: float
    high: float
    before: tuple[str, ...] = field(default=(), compare=False)
    after: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class _Piece:
    low: float
    high: float
    start: int
    end: int
    factor: float = 1.0  # that "juta" and the like gave it


def find(text: str) -> list[Number]:
    """Return the numbers of the text, in order."""
    tokens = _TOKEN.findall(words.plain(text).replace("s/d", "sd").replace("'", ""))
    pieces = list(_joined(list(_pieces(tokens)), tokens))
    found = []
    for index, piece in enumerate(pieces):
        start = pieces[index - 1].end if index else 0
        end = pieces[index + 1].start if index + 1 < len(pieces) else len(tokens)
        before, after = tuple(tokens[start : piece.start]), tuple(tokens[piece.end : end])
        if not math.isfinite(piece.low) or before[-1:] in _NO_NUMBER or after[:1] == ("%",):
            continue  # hundreds of digits, something below nothing or denied ("bukan 5"), or a share
        low, high = _bounded(piece, before, after)
        found.append(Number(low, high, before, after))
    return found


def _pieces(tokens: Sequence[str]) -> Iterator[_Piece]:
    at = 0
    while at < len(tokens):
        piece = _piece(tokens, at)
        if piece is None:
            at += 1
        else:
            yield piece
            at = piece.end


def _piece(tokens: Sequence[str], start: int) -> _Piece | None:
    """Return the number that begins at this token, if one does."""
    token = tokens[start]
    if token in _ROUGH:
        return _Piece(*_ROUGH[token], start, start + 1)
    read = _plain(tokens, start)
    if read is None:
        return None
    value, at = read
    for half in (["setengah"], ["and", "a", "half"]):  # "satu setengah", "three and a half"
        if tokens[at : at + len(half)] == half:
            value, at = value + 0.5, at + len(half)
    factor = 1.0
    while at < len(tokens) and tokens[at] in _MULTIPLIERS:
        factor, at = factor * _MULTIPLIERS[tokens[at]], at + 1
    value *= factor
    if tokens[at : at + 1] == ["puluhan"]:  # "dua puluhan" are twenty and some
        return _Piece(value * 10, value * 10 + 9, start, at + 1)
    about = next((size for size, end in ((1, ["an"]), (2, ["-", "an"])) if tokens[at : at + size] == end), 0)
    spread = 9 if about and value >= _TWENTY and value % _TEN == 0 else 0  # so are "20an", but "5an" is about five
    return _Piece(value, value + spread, start, at + about, factor)


def _plain(tokens: Sequence[str], start: int) -> tuple[float, int] | None:
    """Return the number of this token and those that belong to its spelling, and where it ends."""
    token = tokens[start]
    if token[0].isdecimal():
        return _digits(token), start + 1
    if token in _WORDS:
        return _spelt(tokens, start)
    value = _ALONE.get(token)
    return None if value is None else (value, start + 1)


def _digits(token: str) -> float:
    if _GROUPED.fullmatch(token):
        return float(re.sub(r"[.,]", "", token))
    first, *rest = re.split(r"[.,]", token)
    return float(f"{first}.{''.join(rest) or 0}")


def _spelt(tokens: Sequence[str], start: int) -> tuple[float, int]:
    """Return the number below a thousand spelt from here, and where it ends."""
    value, at = _WORDS[tokens[start]], start + 1
    while at < len(tokens):
        token = tokens[at]
        if token == "belas" and value % _HUNDRED < _TEN:  # noqa: S105 - a number, not a password
            value += _TEN
        elif token == "puluh" and value % _HUNDRED < _TEN:  # noqa: S105
            value += value % _HUNDRED * 9
        elif token in {"ratus", "hundred"} and value < _TEN:
            value *= _HUNDRED
        else:
            dash = token in {"and", "-"} and at + 1 < len(tokens)  # "twenty-five"
            following = tokens[at + dash]
            if not _completes(value, following):
                break
            value, at = value + _WORDS[following], at + dash
        at += 1
    return value, at


def _completes(value: float, token: str) -> bool:
    """Tell whether the word fills the zeros of "dua puluh" or "two hundred"."""
    if token in _ONES:
        return value >= _TWENTY and value % _TEN == 0
    return token in (_TEENS | _TENS) and value >= _HUNDRED and value % _HUNDRED == 0


def _joined(pieces: Sequence[_Piece], tokens: Sequence[str]) -> Iterator[_Piece]:
    """Make ranges of "5-6", "lima sampai enam" and "lima enam"."""
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        following = pieces[at + 1] if at + 1 < len(pieces) else None
        if following and _is_range(piece, following, tokens):
            # "5-6 juta": the unit at the end is meant for both.
            factor = following.factor if piece.factor == 1 else 1.0
            high = max(piece.high * factor, following.high)
            yield _Piece(piece.low * factor, high, piece.start, following.end, following.factor)
            at += 2
        else:
            yield piece
            at += 1


def _is_range(first: _Piece, second: _Piece, tokens: Sequence[str]) -> bool:
    between = tokens[first.end : second.start]
    if len(between) == 1:
        return between[0] in _BETWEEN
    spelt = tokens[first.start] in _ONES and tokens[second.start] in _ONES
    return not between and spelt and first.low < second.low


def _bounded(piece: _Piece, before: tuple[str, ...], after: tuple[str, ...]) -> tuple[float, float]:
    """Return the bounds after "lebih dari", "hampir", "5+" and the like."""
    said = " ".join(before)
    if before and before[-1] in _ALMOST:
        return max(piece.low - 1, 0), piece.low - _LITTLE
    # What holds a "lebih" itself comes first: "tidak lebih dari 4".
    if _AT_MOST.search(said):
        return 0, piece.high
    at_least = _AT_LEAST.search(said) is not None
    if (_LESS.search(said) and not at_least) or "kurang" in after[:2]:
        return 0, max(piece.low - _LITTLE, 0)
    if at_least or after[:1] in (("+",), ("lebih",), ("plus",)):
        return piece.low, math.inf
    if _MORE.search(said):
        return piece.low + _LITTLE, math.inf
    return piece.low, piece.high
