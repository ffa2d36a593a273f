"""Reads a TOML file of ours and remembers the line of every value, so that a mistake can be pointed at."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

from faq.language import LANGUAGES, Language

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<multiline>\"{3}(?:[^\\]|\\.)*?\"{3,5}|'{3}.*?'{3,5})
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    |(?P<mark>[\[\]{}=,])
    |(?P<word>[^\s\[\]{}=,\#"'.]+|\.)""",
    re.VERBOSE | re.DOTALL,
)
_AT_LINE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")


class ContentError(ValueError):
    """What we know is written wrongly; `mistakes` holds every mistake as "path:line: sentence"."""

    def __init__(self, mistakes: Collection[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class _Lines:
    """Walks the tokens of a TOML text that tomllib accepted, and notes where each key and value stands."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {}
        self.strings: dict[Path, tuple[int, str]] = {}
        self._tokens = list(_tokens(text))
        self._at = 0
        table: Path = ()
        while self._skip(newlines=True) != "end":
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _peek(self) -> str:
        return self._tokens[self._at][1]

    def _next(self) -> tuple[str, str, int]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _skip(self, *, newlines: bool) -> str:
        """Step over spaces, and new lines when asked; return the kind of what comes."""
        passed = ("space", "newline") if newlines else ("space",)
        while self._tokens[self._at][0] in passed:
            self._at += 1
        return self._tokens[self._at][0]

    def _key(self, end: str) -> tuple[Path, int]:
        line = self._tokens[self._at][2]
        parts: list[str] = []
        while self._peek() != end:
            kind, text, _ = self._next()
            if kind in ("word", "string") and text != ".":
                parts.append(text[1:-1] if kind == "string" else text)
        self._next()
        return tuple(parts), line

    def _header(self) -> Path:
        while self._peek() == "[":
            self._next()
        table, line = self._key("]")
        if self._peek() == "]":
            self._next()
        self.found[table] = line
        return table

    def _pair(self, table: Path) -> None:
        key, line = self._key("=")
        self.found[table + key] = line
        self._skip(newlines=False)
        self._value(table + key)

    def _value(self, path: Path) -> None:
        kind, text, line = self._next()
        self.found.setdefault(path, line)
        if text == "[":
            self._items(path)
        elif text == "{":
            while self._skip(newlines=True) and self._peek() != "}":
                self._next() if self._peek() == "," else self._pair(path)
            self._next()
        elif kind in ("multiline", "string"):
            self.strings[path] = (line, text)
        else:
            while self._tokens[self._at][0] == "word":  # a date or a number with dots and colons
                self._next()

    def _items(self, path: Path) -> None:
        index = 0
        while self._skip(newlines=True) and self._peek() != "]":
            if self._peek() == ",":
                self._next()
                continue
            self._value((*path, index))
            index += 1
        self._next()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        yield str(found.lastgroup), found.group(), line
        line += found.group().count("\n")
    yield "end", "", line


class Document:
    """A parsed TOML text: its values, the line of each, and the mistakes found so far by those who read it."""

    def __init__(self, text: str, origin: str, mistakes: list[str]) -> None:
        self.origin = origin
        self._mistakes = mistakes
        self.data: dict[str, Any] = {}
        self._text = ""
        try:
            self.data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as exc:
            found = _AT_LINE.search(str(exc))
            line = int(found.group(1)) if found and found.group(1) else text.count("\n") + 1
            mistakes.append(f"{origin}:{line}: this is not valid TOML: {_AT_LINE.sub('', str(exc)).strip()}.")
        else:
            self._text = text.replace("\r\n", "\n")

    @cached_property
    def _lines(self) -> _Lines:
        return _Lines(self._text)  # only when there is a mistake: this takes longer than tomllib itself

    def __bool__(self) -> bool:
        """Say whether there is anything to read."""
        return bool(self.data)

    def line(self, *path: str | int) -> int:
        """Return the line where the value stands, or its nearest table, or the first line."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines.found:
                return self._lines.found[path[:length]]
        return 1

    def line_in(self, line: int, *path: str | int) -> int:
        """Return the line of the file that holds the given line (from 1) of a text value."""
        first, raw = self._lines.strings.get(path, (self.line(*path), ""))
        if not raw.startswith(('"""', "'''")):
            return first
        shown, in_file = 1, first
        rows = raw[3:].split("\n")
        if not rows[0].strip("\r"):
            in_file, rows = in_file + 1, rows[1:]
        for row in rows:
            if shown == line and not row.endswith("\\"):
                break
            shown += 0 if row.endswith("\\") else 1
            in_file += 1
        return min(in_file, first + raw.count("\n"))

    def wrong(self, sentence: str, *path: str | int) -> None:
        """Note a mistake at the value."""
        self.wrong_at(self.line(*path), sentence)

    def wrong_at(self, line: int, sentence: str) -> None:
        """Note a mistake at the line."""
        mistake = f"{self.origin}:{line}: {sentence}"
        if mistake not in self._mistakes:
            self._mistakes.append(mistake)

    def get(self, *path: str | int) -> Any:  # noqa: ANN401 - TOML holds anything; the readers below narrow it
        """Return the value, or None."""
        value: Any = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def table(self, allowed: Collection[str] | None, *path: str | int) -> dict[str, Any]:
        """Return the table ({} when it is absent); keys other than the allowed ones are mistakes."""
        value = self.get(*path) if path else self.data
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(f"{_name(path)} must be a table.", *path)
            return {}
        for key in value:
            if allowed is not None and key not in allowed:
                self.wrong(f"{_name((*path, key))} is not a known key.", *path, key)
        return value

    def text(self, *path: str | int) -> str:
        """Return the text; an absent, empty or different value is a mistake and gives ""."""
        value = self.get(*path)
        if isinstance(value, str) and value.strip():
            return value
        told = "is missing" if value is None else "is empty" if isinstance(value, str) else "must be a text"
        self.wrong(f"{_name(path)} {told}.", *path)
        return ""

    def texts(self, *path: str | int) -> dict[Language, str]:
        """Return the text in each language."""
        self.table(LANGUAGES, *path)
        return {language: self.text(*path, language) for language in LANGUAGES}

    def strings(self, *path: str | int) -> tuple[str, ...]:
        """Return the list of texts (() when it is absent); anything but texts in it is a mistake."""
        value = self.get(*path)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong(f"{_name(path)} must be a list of texts.", *path)
            return ()
        return tuple(text for index in range(len(value)) if (text := self.text(*path, index)))


def _name(path: Path) -> str:
    return '"' + ".".join(str(step + 1) if isinstance(step, int) else step for step in path) + '"'
