"""Says whom an announcement is for, in words, and reads it from a typed line such as "bahasa=en tahap=penjurian"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from handlers.wording import LANGUAGES, Language, Wording
from storage.broadcasts.audience import Audience, Base
from storage.proposals import states

CATEGORIES = ("pengabdian", "kepeloporan")
NARROWED = ("languages", "channels", "categories", "stages")
# What each part is called in a typed line and in the ids of buttons.
_KEYS = {
    "languages": ("bahasa", "language", "lang"),
    "channels": ("kanal", "channel"),
    "categories": ("kategori", "category"),
    "stages": ("tahap", "stage"),
    "base": ("kepada", "to"),
}
_PAIR = re.compile(r"([a-z]+)\s*=\s*([^=]*?)(?=\s+[a-z]+\s*=|$)")
_EVERYBODY = re.compile(r"(?:semua(?:nya)?(?: pelanggan)?|all|everybody|everyone)")
_BASES: dict[str, Base] = {
    "pelanggan": "subscribers",
    "subscribers": "subscribers",
    "semua": "subscribers",
    "all": "subscribers",
    "pengusul": "proposers",
    "proposers": "proposers",
}


class UnclearError(ValueError):
    """A typed line names what there is not; the message is that word."""


@dataclass(frozen=True, slots=True)
class Targeting:
    """What an audience may be narrowed by, in this service."""

    wording: Wording
    channels: tuple[str, ...]

    def values(self, part: str) -> Sequence[str]:
        """Return all values of a part, those that people choose between most first."""
        known: dict[str, Sequence[str]] = {
            "languages": LANGUAGES,
            "channels": self.channels,
            "categories": CATEGORIES,
            "stages": tuple(states.known()),
            "base": ("subscribers", "proposers"),
        }
        return known[part]

    def name(self, part: str, value: str, language: Language) -> str:
        """Return what people call a value."""
        key = {
            "languages": f"menu.language_{value}",
            "channels": f"news.channel_{value}",
            "categories": f"news.category_{value}",
            "stages": f"status_states.{value}",
            "base": f"news.base_{value}",
        }[part]
        return self.wording.say(key, language)

    def describe(self, audience: Audience, language: Language) -> str:
        """Say whom it is for: "pelanggan; bahasa English; kanal Telegram"."""
        parts = [self.name("base", audience.base, language)]
        for part in NARROWED:
            chosen: tuple[str, ...] = getattr(audience, part)
            if chosen:
                names = ", ".join(self.name(part, value, language) for value in chosen)
                parts.append(self.wording.say(f"news.by_{part}", language, names=names))
        return "; ".join(parts)

    def toggled(self, audience: Audience, key: str, value: str) -> Audience | None:
        """Return the audience after a button was pressed; None for a button that is none."""
        part = _part(key)
        if part is None or value not in self.values(part):
            return None
        if part == "base":
            return replace(audience, base="proposers" if value == "proposers" else "subscribers")
        chosen: tuple[str, ...] = getattr(audience, part)
        changed = [each for each in chosen if each != value] if value in chosen else [*chosen, value]
        return _with(audience, part, changed)

    def read(self, text: str) -> Audience:
        """Return the audience that a typed line names. Raises UnclearError."""
        said = " ".join(text.casefold().split())
        if _EVERYBODY.fullmatch(said):
            return Audience()
        audience = Audience()
        pairs = list(_PAIR.finditer(said))
        rest = _PAIR.sub(" ", said).strip(" ,;.")
        if rest or not pairs:
            raise UnclearError(rest or said)
        for pair in pairs:
            part = _part(pair[1])
            values = [value.strip() for value in re.split(r"[,;]", pair[2]) if value.strip()]
            if part is None or not values:
                raise UnclearError(pair[0].strip())
            if part == "base":
                audience = replace(audience, base=self._base(values))
            else:
                chosen = list(dict.fromkeys(self._value(part, value) for value in values))
                audience = _with(audience, part, chosen)
        return audience

    def _base(self, values: Sequence[str]) -> Base:
        base = _BASES.get(values[0]) if len(values) == 1 else None
        if base is None:
            raise UnclearError(", ".join(values))
        return base

    def _value(self, part: str, said: str) -> str:
        """Return the value that a word means: its id, or its name in either language."""
        for value in self.values(part):
            if said in {value, *_names(self, part, value)} or said.replace(" ", "_") == value:
                return value
        raise UnclearError(said)


def _with(audience: Audience, part: str, values: Sequence[str]) -> Audience:
    return Audience.from_json({**audience.to_json(), part: values})


def key_of(part: str) -> str:
    """Return what a part is called in the ids of buttons."""
    return _KEYS[part][0]


def _part(key: str) -> str | None:
    return next((part for part, keys in _KEYS.items() if key in keys), None)


_SPOKEN = {"id": ("indonesia", "bahasa indonesia", "indonesian"), "en": ("inggris", "bahasa inggris", "english")}


def _names(targeting: Targeting, part: str, value: str) -> Iterable[str]:
    shown = {targeting.name(part, value, language).casefold() for language in LANGUAGES}
    return shown | set(_SPOKEN.get(value, ())) if part == "languages" else shown
