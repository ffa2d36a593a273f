"""What is known of words and messages beside the phrasings: short forms, meanings, and material to practise with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from faq.document import Document
from faq.language import LANGUAGES


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of single words, all in plain form (`normalise.plain`)."""

    abbreviations: Mapping[str, str] = field(default_factory=dict)  # short form -> the words it stands for
    fillers: frozenset[str] = frozenset()  # words that say nothing about what is asked
    meanings: Mapping[str, str] = field(default_factory=dict)  # word -> name of what it means in any language
    common: frozenset[str] = frozenset()  # everyday words: neither misspellings nor signs of a foreign subject


@dataclass(frozen=True, slots=True)
class Practice:
    """What the model practises with, so that it looks past a story and hears when a question is somebody else's."""

    around: tuple[str, ...] = ()  # sentences that stand before or after a question and ask nothing
    subjects: tuple[str, ...] = ()  # names that turn a question of ours into a foreign one
    foreign: tuple[str, ...] = ()  # whole messages that nothing here answers


def read_lexicon(abbreviations: Document, words: Document) -> Lexicon:
    """Return what the two files say; mistakes are noted in them."""
    abbreviations.table(("expand", "fillers"))
    abbreviations.table(("words",), "fillers")
    expand = {short: abbreviations.text("expand", short) for short in abbreviations.table(None, "expand")}
    words.table(("meanings", "common"))
    words.table(("words",), "common")
    meanings: dict[str, str] = {}
    for name in words.table(None, "meanings"):
        for index, word in enumerate(words.strings("meanings", name)):
            if meanings.setdefault(word, name) != name:
                words.wrong(f'"{word}" stands under "{meanings[word]}" too.', "meanings", name, index)
    return Lexicon(
        expand,
        frozenset(abbreviations.strings("fillers", "words")),
        meanings,
        frozenset(words.strings("common", "words")),
    )


def read_practice(practice: Document, out_of_scope: Document) -> Practice:
    """Return what the two files say; mistakes are noted in them."""
    practice.table(("around", "subjects"))
    practice.table(LANGUAGES, "around")
    practice.table(("names",), "subjects")
    foreign: list[str] = []
    for kind in out_of_scope.table(None):
        out_of_scope.table(("messages",), kind)
        foreign += out_of_scope.strings(kind, "messages")
    around = [text for language in LANGUAGES for text in practice.strings("around", language)]
    return Practice(tuple(around), practice.strings("subjects", "names"), tuple(foreign))
