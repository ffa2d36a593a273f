"""Makes messages to learn from out of the phrasings: as they are, within a story, and turned into foreign ones."""

from __future__ import annotations

import hashlib
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import rapidfuzz

from faq import features, learned, model, normalise, reading, repair, slips
from faq import lexicon as lexicons
from faq.features import Features
from faq.learned import Learned
from faq.lexicon import Lexicon, Practice
from faq.phrasing import FOREIGN, Phrasing
from faq.reading import Reader

AROUND: Final = "around"
"""The id of sentences that ask nothing."""

_TURNED_FOREIGN = 0.5  # share of the questions that are learned once more as somebody else's
_IN_STORY = 0.4  # share of the messages that are learned once more within a story
_MISSPELT = 2  # how often each message is learned with slips; it is learned once without vowels
_NAMELESS = 0.15  # share of the foreign subjects that are made-up words
_STORY_BEHIND = 0.3  # share of the stories that are not told before the question
_LONGEST_TURNED = 10  # words; a longer question stays ours with a foreign name in it
_STORIES = 200
_REPEATED = 2  # how often each sentence around is learned
_OURS = frozenset(("upakarti", "penghargaan", "award"))
_SEED = 1985


class _Lesson(NamedTuple):
    words: list[str]
    id: str
    own: bool  # one of our own questions, as it stands


def key(phrasings: Sequence[Phrasing], lexicon: Lexicon, practice: Practice) -> str:
    """Return what stands for all that `learn` depends on: its input, and the code and the libraries it runs on."""
    given = (phrasings, sorted(lexicon.abbreviations.items()), sorted(lexicon.fillers), lexicon.meanings)
    libraries = (np.__version__, rapidfuzz.__version__)
    total = hashlib.sha256(repr((given, sorted(lexicon.common), practice, libraries)).encode())
    for each in (features, learned, lexicons, model, normalise, reading, repair, slips, sys.modules[__name__]):
        total.update(Path(each.__file__ or "").read_bytes())
    return total.hexdigest()


def learn(phrasings: Sequence[Phrasing], lexicon: Lexicon, practice: Practice) -> Learned:
    """Train on the phrasings. The same input always gives the same model."""
    plain = [reading.plain_words(each.text, lexicon) for each in phrasings]
    around = [reading.plain_words(text, lexicon) for text in practice.around]
    counts, known = _counts(phrasings, plain, around)
    # Everyday words are known too, and those around a question, whatever the question is.
    known |= dict.fromkeys((*(word for words in around for word in words), *lexicon.common), 2)
    finder = Features(lexicon.meanings, known)
    reader = Reader(lexicon, counts)
    lessons = [_Lesson(reader.read(each.text), each.id, each.kind != "foreign") for each in phrasings]
    subjects = [reading.plain_words(text, lexicon) for text in practice.subjects]
    more = [*_practised(phrasings, lessons, around, subjects), *_misspelt(phrasings, reader)]
    taught = [finder.of(each.words, own=each.own) for each in (*lessons, *more)]
    trained = model.train(taught, [each.id for each in (*lessons, *more)], len(lessons))
    return Learned(trained, counts, known, _english(phrasings))


def _counts(
    phrasings: Sequence[Phrasing], plain: Sequence[list[str]], around: Sequence[list[str]]
) -> tuple[dict[str, int], dict[str, int]]:
    counts = Counter(word for words in (*plain, *around) for word in words)
    known = Counter(
        word for each, words in zip(phrasings, plain, strict=True) if each.kind != "foreign" for word in set(words)
    )
    return dict(counts), dict(known)


def _english(phrasings: Sequence[Phrasing]) -> dict[str, float]:
    """Return for each word how much likelier it is in an English phrasing, as a logarithm."""
    spoken = {"id": Counter[str](), "en": Counter[str]()}
    for each in phrasings:
        if each.language:
            spoken[each.language].update(set(normalise.words(each.text)))
    total = {name: sum(words.values()) + 1 for name, words in spoken.items()}
    return {
        word: math.log((spoken["en"][word] + 0.5) / total["en"]) - math.log((spoken["id"][word] + 0.5) / total["id"])
        for word in (spoken["id"] | spoken["en"])
    }


def _practised(
    phrasings: Sequence[Phrasing],
    lessons: Sequence[_Lesson],
    around: Sequence[list[str]],
    subjects: Sequence[list[str]],
) -> Iterator[_Lesson]:
    chance = random.Random(_SEED)  # noqa: S311 - nobody is to be surprised by it
    for each, lesson in zip(phrasings, lessons, strict=True):
        if subjects and each.kind in ("article", "command") and chance.random() < _TURNED_FOREIGN:
            yield from _turned(lesson.words, subjects, chance)
        if around and each.kind != "smalltalk" and chance.random() < _IN_STORY:
            story = [chance.choice(around) for _ in range(chance.randint(1, 2))]
            parts = [*story, lesson.words]
            if chance.random() < _STORY_BEHIND:
                chance.shuffle(parts)
            yield _Lesson([word for part in parts for word in part], lesson.id, lesson.own)
    for words in around:
        yield from [_Lesson(words, AROUND, own=True)] * _REPEATED
    for _ in range(_STORIES if around else 0):
        yield _Lesson([*chance.choice(around), *chance.choice(around)], AROUND, own=True)


def _misspelt(phrasings: Sequence[Phrasing], reader: Reader) -> Iterator[_Lesson]:
    """Misspell messages, and read them as messages are read: what repair cannot mend, letters must tell."""
    chance = random.Random(_SEED)  # noqa: S311
    for each in phrasings:
        worse = [slips.misspell(each.text, chance) for _ in range(_MISSPELT)]
        yield from [_Lesson(reader.read(text), each.id, own=False) for text in (*worse, slips.drop_vowels(each.text))]


def _turned(words: Sequence[str], subjects: Sequence[list[str]], chance: random.Random) -> Iterator[_Lesson]:
    """Turn a question of ours into one of somebody else's by putting a foreign subject into it."""
    rest = [word for word in words if word not in _OURS]
    if not 1 <= len(rest) <= _LONGEST_TURNED:
        return
    subject = chance.choice(subjects)
    if chance.random() < _NAMELESS:
        subject = ["".join(_syllable(chance) for _ in range(chance.randint(2, 4)))]
    place = chance.choice((len(rest), len(rest), chance.randint(0, len(rest))))
    yield _Lesson([*rest[:place], *subject, *rest[place:]], FOREIGN, own=False)


def _syllable(chance: random.Random) -> str:
    return chance.choice("bcdfghjklmnprstw") + chance.choice("aiueo")
