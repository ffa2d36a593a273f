"""Finds the sentences that are not articles: handlers/phrases/*.toml, Indonesian and English side by side."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")
PHRASES = Path(__file__).parent / "phrases"


class WordingError(Exception):
    """The phrase files are wrong; each line of the message names a file and says what."""


class Wording:
    """All phrases, by "file.key" and language, with `{placeholders}` filled in."""

    def __init__(self, phrases: Mapping[str, Mapping[str, str]]) -> None:
        self._phrases = phrases

    @classmethod
    def load(cls, folder: Path = PHRASES) -> Wording:
        """Read and check all files: both languages present, not empty, and with the same placeholders."""
        phrases: dict[str, Mapping[str, str]] = {}
        mistakes: list[str] = []
        for path in sorted(folder.glob("*.toml")):
            try:
                document = tomllib.loads(path.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                mistakes.append(f"{path}: {error}")
                continue
            for key, texts in document.items():
                mistakes += (f"{path}: [{key}] {problem}" for problem in _problems(texts))
                phrases[f"{path.stem}.{key}"] = texts
        if mistakes:
            raise WordingError("\n".join(mistakes))
        return cls(phrases)

    def say(self, key: str, language: Language, **values: str | int) -> str:
        """Return the phrase; KeyError for one that does not exist is a programming error."""
        return self._phrases[key][language].strip().format_map(values)

    def group(self, stem: str, language: Language) -> dict[str, str]:
        """Return all phrases of one file, by key."""
        prefix = f"{stem}."
        return {
            key.removeprefix(prefix): texts[language] for key, texts in self._phrases.items() if key.startswith(prefix)
        }


def _problems(texts: object) -> list[str]:
    if not isinstance(texts, dict) or set(texts) != set(LANGUAGES):
        return ["needs exactly the languages id and en"]
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        return ["has an empty text"]
    try:
        placeholders = {language: _placeholders(text) for language, text in texts.items()}
    except ValueError as error:
        return [f"has a broken placeholder: {error}"]
    if placeholders["id"] != placeholders["en"]:
        return ["has different placeholders in id and en"]
    return []


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
