"""What is known of words is read from its files, and every mistake in them is told with its place."""

from __future__ import annotations

import pytest

from faq import lexicon
from faq.document import Document
from faq.lexicon import Lexicon, Practice

ABBREVIATIONS = '[expand]\nkpn = "kapan"\n[fillers]\nwords = ["kak"]\n'
WORDS = '[meanings]\nwhen = ["kapan", "when"]\nwho = ["siapa"]\n[common]\nwords = ["rumah"]\n'
PRACTICE = '[around]\nid = ["Saya perajin."]\nen = ["I weave."]\n[subjects]\nnames = ["CPNS"]\n'
OUT_OF_SCOPE = '[chitchat]\nmessages = ["di mana kamu"]\n[noise]\nmessages = ["xqz", "???"]\n'


def read_lexicon(abbreviations: str = ABBREVIATIONS, words: str = WORDS) -> tuple[Lexicon, list[str]]:
    mistakes: list[str] = []
    found = lexicon.read_lexicon(Document(abbreviations, "a.toml", mistakes), Document(words, "w.toml", mistakes))
    return found, mistakes


def read_practice(practice: str = PRACTICE, out_of_scope: str = OUT_OF_SCOPE) -> tuple[Practice, list[str]]:
    mistakes: list[str] = []
    found = lexicon.read_practice(Document(practice, "p.toml", mistakes), Document(out_of_scope, "o.toml", mistakes))
    return found, mistakes


def test_a_lexicon_is_read() -> None:
    expected = Lexicon(
        {"kpn": "kapan"},
        frozenset({"kak"}),
        {"kapan": "when", "when": "when", "siapa": "who"},
        frozenset({"rumah"}),
    )

    assert read_lexicon() == (expected, [])


def test_practice_is_read_in_both_languages_and_of_every_kind() -> None:
    expected = Practice(("Saya perajin.", "I weave."), ("CPNS",), ("di mana kamu", "xqz", "???"))

    assert read_practice() == (expected, [])


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('"kapan"', "1", 'a.toml:2: "expand.kpn" must be a text.'),
        ("[fillers]", "[filler]", 'a.toml:3: "filler" is not a known key.'),
        ('words = ["kak"]', 'words = ["kak"]\nmore = []', 'a.toml:5: "fillers.more" is not a known key.'),
        ('["kak"]', '"kak"', 'a.toml:4: "fillers.words" must be a list of texts.'),
    ],
)
def test_a_mistake_in_the_abbreviations_is_told_with_its_place(old: str, new: str, mistake: str) -> None:
    assert mistake in read_lexicon(abbreviations=ABBREVIATIONS.replace(old, new))[1]


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('["siapa"]', '[\n"siapa",\n"kapan"]', 'w.toml:5: "kapan" stands under "when" too.'),
        ('["siapa"]', '"siapa"', 'w.toml:3: "meanings.who" must be a list of texts.'),
        ('"rumah"', "2", 'w.toml:5: "common.words.1" must be a text.'),
        ("[common]", "[commons]", 'w.toml:4: "commons" is not a known key.'),
    ],
)
def test_a_mistake_in_the_words_is_told_with_its_place(old: str, new: str, mistake: str) -> None:
    assert mistake in read_lexicon(words=WORDS.replace(old, new))[1]


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("en =", "fr =", 'p.toml:3: "around.fr" is not a known key.'),
        ("names =", "name =", 'p.toml:5: "subjects.name" is not a known key.'),
        ("[subjects]", "[subject]", 'p.toml:4: "subject" is not a known key.'),
    ],
)
def test_a_mistake_in_the_practice_is_told_with_its_place(old: str, new: str, mistake: str) -> None:
    assert mistake in read_practice(practice=PRACTICE.replace(old, new))[1]


def test_a_mistake_among_the_foreign_messages_is_told_with_its_place() -> None:
    told = read_practice(out_of_scope=OUT_OF_SCOPE.replace('"xqz"', "3"))[1]

    assert told == ['o.toml:4: "noise.messages.1" must be a text.']
