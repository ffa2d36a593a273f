"""Finds what a message asks for: an article, a command, a few articles to choose from, or nothing we know.

A first matcher without learning: words are repaired against the vocabulary of the known phrasings, weighed by how few
answers they belong to, and compared with every phrasing that shares one. The result type is what the others rely on.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rapidfuzz import fuzz

from faq import language, normalise
from faq.language import Language
from faq.repair import Vocabulary

Decision = Literal["answer", "choices", "command", "smalltalk", "unknown"]
Kind = Literal["article", "command", "smalltalk"]

# Scores run from 0 to 1. The thresholds were chosen on labelled messages that are no phrasings: at these, few foreign
# questions are answered, at the price of asking back or giving up on more of our own.
_PLAIN = 0.93  # the message is a phrasing, give or take a letter
_ANSWER = 0.58
_COMMAND = 0.68  # a command does something, so it must be plainer than a question
_SMALLTALK = 0.55
_CHOICES = 0.48  # below it we know nothing worth offering
_MARGIN = 0.06  # articles this near to the best are as good
_WIDE_MARGIN = 0.15  # the same, when even the best is no answer
_MOST_CHOICES = 4
_CANDIDATES = 5
_REREAD = 24  # phrasings that are compared letter by letter after the words chose them
_PRECISION = 0.6  # beta: that the phrasing explains the message matters more than the reverse
_LETTERS = 0.2  # share of the comparison by letters in a score
_STRANGE = 0.85  # weight of a word that no phrasing knows, against the rarest known word
_SENTENCES = 6


class Phrasing(NamedTuple):
    """One known way to ask for the id."""

    id: str
    kind: Kind
    language: Language
    text: str


class Candidate(NamedTuple):
    """An id and how well its best phrasing fits, 0 to 1."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """What a message asks for.

    `ids` are one for "answer", "command" and "smalltalk", two to four articles for "choices", and none for "unknown".
    `score` is that of the best candidate, from 0 to 1. `language` is None when there is no telling.
    """

    decision: Decision
    ids: tuple[str, ...]
    score: float
    language: Language | None
    candidates: tuple[Candidate, ...] = ()


class _Known(NamedTuple):
    phrasing: Phrasing
    words: frozenset[str]
    sorted: str
    weight: float


class Matcher:
    """Matches messages with the phrasings it was made with; the same message always gives the same result."""

    def __init__(
        self,
        phrasings: Sequence[Phrasing],
        parents: Mapping[str, str],
        abbreviations: Mapping[str, str],
        fillers: Collection[str],
    ) -> None:
        """Make the index. `parents` leads from a finer question to its broader one: the two are no choice."""
        self._parents = parents
        self._abbreviations = abbreviations
        self._fillers = frozenset(fillers)
        prepared = [(phrasing, self._prepare(phrasing.text)) for phrasing in phrasings]
        self._vocabulary = Vocabulary(Counter(word for _, words in prepared for word in words))
        self._weights = _weights((phrasing.id, words) for phrasing, words in prepared)
        self._strange = _STRANGE * max(self._weights.values(), default=1.0)
        self._known = [
            _Known(phrasing, frozenset(words), " ".join(sorted(words)), self._weigh(words))
            for phrasing, words in prepared
        ]
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, known in enumerate(self._known):
            for word in known.words:
                self._places[word].append(place)

    def match(self, text: str) -> Match:
        """Return what the message asks for. Very long messages are read at their start and end only."""
        best: dict[str, tuple[float, Phrasing]] = {}
        for number, words in enumerate(self._readings(text)):
            for score, phrasing in self._compare(words):
                if number and phrasing.kind == "smalltalk":
                    continue  # a greeting before a question is not what the message is about
                if score > best.get(phrasing.id, (0.0, phrasing))[0]:
                    best[phrasing.id] = (score, phrasing)
        ranked = sorted(best.values(), key=lambda found: (-found[0], found[1].id))
        return self._decide(ranked, language.detect(text))

    def _readings(self, text: str) -> list[list[str]]:
        """Return the words of the whole message, and of each sentence when the question may be buried among others."""
        sentences = [part for part in normalise.sentences(text) if part.strip()]
        parts = [text, *(sentences[-_SENTENCES:] if len(sentences) > 1 else ())]
        return [words for part in parts if (words := self._repair(self._prepare(part)))]

    def _prepare(self, text: str) -> list[str]:
        words = normalise.expand(normalise.words(text), self._abbreviations)
        words = normalise.expand((normalise.uncliticise(word) for word in words), self._abbreviations)
        meant = [word for word in words if word not in self._fillers]
        return list(dict.fromkeys(meant or words))

    def _repair(self, words: Iterable[str]) -> list[str]:
        repaired = list(dict.fromkeys(self._vocabulary.repair(word) for word in words))
        return [word for word in repaired if word not in self._fillers] or repaired

    def _weigh(self, words: Iterable[str]) -> float:
        return sum(self._weights.get(word, self._strange) for word in sorted(set(words)))

    def _compare(self, words: Sequence[str]) -> list[tuple[float, Phrasing]]:
        shared: dict[int, float] = defaultdict(float)
        for word in words:
            for place in self._places.get(word, ()):
                shared[place] += self._weights[word]
        asked = self._weigh(words)
        fits = ((_fit(both / asked, both / self._known[place].weight), place) for place, both in shared.items())
        letters = " ".join(sorted(words))
        return [
            (fit * (1 - _LETTERS) + _LETTERS * fuzz.ratio(letters, self._known[place].sorted) / 100, known.phrasing)
            for fit, place in sorted(fits, key=lambda found: (-found[0], found[1]))[:_REREAD]
            for known in (self._known[place],)
        ]

    def _decide(self, ranked: Sequence[tuple[float, Phrasing]], detected: Language | None) -> Match:
        candidates = tuple(Candidate(phrasing.id, round(score, 4)) for score, phrasing in ranked[:_CANDIDATES])
        if not ranked:
            return Match("unknown", (), 0.0, detected)
        score, first = ranked[0]
        spoken = detected or first.language
        if first.kind != "article" and score >= (_COMMAND if first.kind == "command" else _SMALLTALK):
            return Match(first.kind, (first.id,), candidates[0].score, spoken, candidates)
        articles = [(fit, phrasing.id) for fit, phrasing in ranked if phrasing.kind == "article"]
        near = self._near(articles)
        if len(near) > 1:
            return Match("choices", near, candidates[0].score, spoken, candidates)
        if near and articles[0][0] >= _ANSWER:
            return Match("answer", near, candidates[0].score, spoken, candidates)
        return Match("unknown", (), candidates[0].score, detected, candidates)

    def _near(self, articles: Sequence[tuple[float, str]]) -> tuple[str, ...]:
        """Return the best article and those as good; of a question and its finer ones only the best."""
        best = articles[0][0] if articles else 0.0
        if best < _CHOICES:
            return ()
        least = best - (_WIDE_MARGIN if best < _ANSWER else 0.0 if best >= _PLAIN else _MARGIN)
        families: dict[str, str] = {}
        for score, article_id in articles:
            if score >= least:
                families.setdefault(self._parents.get(article_id, article_id), article_id)
        return tuple(families.values())[:_MOST_CHOICES]


def _weights(uses: Iterable[tuple[str, Iterable[str]]]) -> dict[str, float]:
    """Return the weight of each word: the fewer ids it is used for, the more it tells."""
    ids_of: dict[str, set[str]] = defaultdict(set)
    ids: set[str] = set()
    for used_for, words in uses:
        ids.add(used_for)
        for word in words:
            ids_of[word].add(used_for)
    return {word: math.log((len(ids) + 1) / (len(used) + 0.5)) + 0.1 for word, used in ids_of.items()}


def _fit(precision: float, recall: float) -> float:
    """Return the F score of the share of the message and the share of the phrasing that the common words make up."""
    squared = _PRECISION * _PRECISION
    return (1 + squared) * precision * recall / (squared * precision + recall)
