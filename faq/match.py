"""Finds what a message asks for: an article, a command, a few of them to choose from, or nothing we know.

Words are repaired against the vocabulary of the known phrasings; a linear model gives the probability of each article,
of each command and of small talk, and of none of them; how sure it is decides what the person sees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faq import language, normalise
from faq.features import Features
from faq.language import Language
from faq.learned import Learned
from faq.lexicon import Lexicon
from faq.phrasing import Kind
from faq.reading import Reader
from faq.training import AROUND

Decision = Literal["answer", "choices", "command", "smalltalk", "unknown"]

# Probabilities. Chosen by what labelled messages, none of them a phrasing, come to: our own and the shared set.
_ANSWER = 0.50
_COMMAND = 0.60  # a command does something, so it must be plainer than a question
_SMALLTALK = 0.50
_OFFER = 0.10  # of all we know together; below it there is nothing worth offering
_OFFERED = 0.05  # of a single choice, unless there would be but one
_MOST_CHOICES = 4
_ENOUGH = 0.90  # of what we know together: no further choices
_BOTH = 0.85  # of each of two questions in one message, in its own part
_ALSO = 0.001  # of each of the two in the whole message, where its part is no sentence that asks
_ONE = 0.97  # of the best in the whole message: it asks for that alone
_PART_WORDS = 2
_SENTENCE_ANSWER = 0.95  # of a sentence that asks, within a message that is not understood
_PART_ANSWER = 0.98  # of any other part
_PART_OFFER = 0.50
_IDLE = 0.50  # that a sentence asks nothing
_OURS = ("article", "command")
_PLAINLY = 2.5  # logarithm of how much likelier a language must be to be told from other words than function words
_CANDIDATES = 5
_JOINS = r"(?:dan|serta|terus|trus|trs|lalu|sama|and|also|plus|&)\s+"
_ENDS = re.compile(rf"((?:[?!;\n]|\.(?=\s|$))+\s*(?:{_JOINS})?|,\s+(?:{_JOINS})?|\s+{_JOINS})")
_SENTENCE_ENDS = ("?", "!", ".", ";", "")  # as the first sign of what stands between; a line break is stripped
_MOST_PARTS = 12

_Probabilities = NDArray[np.float64]
_Heard = dict[tuple[str, ...], _Probabilities]
"""What was found for words of this message already: a message of one sentence is also its only part."""


class Candidate(NamedTuple):
    """An id and how probable it is, 0 to 1; of a question and its finer ones only the best, for all of them."""

    id: str
    score: float


class _Ranking(NamedTuple):
    """The best of what we know, the most probable first, and how probable all we know is together."""

    best: tuple[Candidate, ...]
    together: float


class _Part(NamedTuple):
    """What a sentence or clause asks for, taken alone; `asks` where it is a whole sentence with a question mark."""

    ranked: _Ranking
    asks: bool


@dataclass(frozen=True, slots=True)
class Match:
    """What a message asks for.

    `ids` are one for "answer", "command" and "smalltalk", two for "answer" when two things are asked, two to four for
    "choices" (articles and commands), and none for "unknown". `score` is the probability of what was decided, of the
    less probable of two, and of the best candidate where nothing is known.
    `language` is None when there is no telling. `words` are the words of the message, each with what was understood.
    """

    decision: Decision
    ids: tuple[str, ...]
    score: float
    language: Language | None
    candidates: tuple[Candidate, ...] = ()
    words: tuple[tuple[str, str], ...] = ()


class Matcher:
    """Matches messages by what was learned; the same message always gives the same result."""

    def __init__(
        self, learned: Learned, lexicon: Lexicon, kinds: Mapping[str, Kind], parents: Mapping[str, str]
    ) -> None:
        """`kinds` holds all ids. `parents` leads from a finer question to its broader one: the two are no choice."""
        self._learned = learned
        self._model = learned.model
        self._reader = Reader(lexicon, learned.counts)
        self._features = Features(lexicon.meanings, learned.known)
        self._kinds = kinds
        self._place = {each: place for place, each in enumerate(self._model.ids)}
        self._smalltalk = [each for each, kind in kinds.items() if kind == "smalltalk" and each in self._place]
        self._family = {each: parents.get(each, each) for each in self._model.ids if kinds.get(each) in _OURS}
        self._ours = np.array([self._place[each] for each in self._family], np.intp)
        self._families = sorted(set(self._family.values()))
        number = {family: place for place, family in enumerate(self._families)}
        self._family_of = np.array([number[family] for family in self._family.values()], np.intp)
        self._members: dict[str, list[str]] = {family: [] for family in self._families}
        for each, family in self._family.items():
            self._members[family].append(each)

    @property
    def reader(self) -> Reader:
        """What reads the messages."""
        return self._reader

    def match(self, text: str) -> Match:
        """Return what the message asks for. Very long messages are read at their start and end only."""
        words = tuple(self._reader.repairs(text))
        if not words:
            return Match("unknown", (), 0.0, None)
        heard: _Heard = {}
        probable = self._probable(self._asking(text, heard) or [meant for _, meant in words], heard)
        ranked = self._rank(probable)
        decision, ids = self._decide(ranked, probable)
        score = ranked.best[0].score if ranked.best else 0.0
        if decision == "smalltalk":
            score = round(float(probable[self._place[ids[0]]]), 4)
        elif parts := self._parts(text, heard):
            two = self._two(parts, ranked)
            plainest = max(parts, key=lambda part: part.ranked.best[0].score)
            if two:
                decision, ids, score = "answer", tuple(each.id for each in two), min(each.score for each in two)
            elif decision in ("unknown", "choices"):
                heard_so = self._found(plainest, decision, ids)
                if heard_so != (decision, ids):
                    (decision, ids), score = heard_so, plainest.ranked.best[0].score
        return Match(decision, ids, score, self.language(text), ranked.best, words)

    def language(self, text: str) -> Language | None:
        """Return the language of the message: by its function words, else by where its words stand in phrasings."""
        known = language.detect(text)
        if known is not None:
            return known
        lean = sum(self._learned.english.get(word, 0.0) for word in normalise.words(text))
        return None if abs(lean) < _PLAINLY else "en" if lean > 0 else "id"

    def _asking(self, text: str, heard: _Heard) -> list[str]:
        """Return the words of the sentences that ask something; none when that is the whole message."""
        sentences = normalise.sentences(text)
        around = self._place.get(AROUND)
        if len(sentences) < 2 or around is None:  # noqa: PLR2004
            return []
        read = [words for sentence in sentences if (words := self._reader.read(sentence))]
        asking = [words for words in read if self._probable(words, heard)[around] < _IDLE]
        return [word for words in asking for word in words] if len(asking) < len(read) else []

    def _probable(self, words: Sequence[str], heard: _Heard) -> _Probabilities:
        key = tuple(words)
        found = heard.get(key)
        if found is None:
            found = heard[key] = self._model.probabilities(self._features.of(words)).astype(np.float64)
        return found

    def _rank(self, probable: _Probabilities) -> _Ranking:
        """Return what we know, the most probable first; each family counts together and is named by its best."""
        if not self._families:
            return _Ranking((), 0.0)
        total = np.bincount(self._family_of, probable[self._ours])
        least = np.partition(total, -_CANDIDATES)[-_CANDIDATES] if len(total) > _CANDIDATES else 0.0
        best = np.flatnonzero(total >= least)
        best = best[np.argsort(-total[best], kind="stable")][:_CANDIDATES]
        named = tuple(Candidate(self._best_of(each, probable), round(float(total[each]), 4)) for each in best.tolist())
        return _Ranking(named, float(total.round(4).sum()))

    def _best_of(self, family: int, probable: _Probabilities) -> str:
        return max(self._members[self._families[family]], key=lambda each: float(probable[self._place[each]]))

    def _decide(self, ranked: _Ranking, probable: _Probabilities | None = None) -> tuple[Decision, tuple[str, ...]]:
        """Return what is asked for; small talk only where all the probabilities are given."""
        if probable is not None:
            for each in self._smalltalk:
                if probable[self._place[each]] >= _SMALLTALK:
                    return "smalltalk", (each,)
        if not ranked.best:
            return "unknown", ()
        best = ranked.best[0]
        command = self._kinds[best.id] == "command"
        if best.score >= (_COMMAND if command else _ANSWER):
            return "command" if command else "answer", (best.id,)
        return self._offer(ranked)

    def _offer(self, ranked: _Ranking) -> tuple[Decision, tuple[str, ...]]:
        if ranked.together < _OFFER or len(ranked.best) < 2:  # noqa: PLR2004
            return "unknown", ()
        chosen: list[str] = []
        so_far = 0.0
        for each in ranked.best[:_MOST_CHOICES]:
            if len(chosen) > 1 and (each.score < _OFFERED or so_far >= _ENOUGH * ranked.together):
                break
            chosen.append(each.id)
            so_far += each.score
        return "choices", tuple(chosen)

    def _parts(self, text: str, heard: _Heard) -> list[_Part]:
        """Return what the sentences and clauses of the message ask for; none when there is but one with a meaning."""
        # Texts and what ends them by turns, beginning and ending with a text.
        split = _ENDS.split(normalise.bound(text))[: 2 * _MOST_PARTS + 1]
        ends = ["?", *split[1::2], "?"]  # the message begins like a sentence, and may leave out the last "?"
        parts = []
        for before, part, after in zip(ends, split[::2], ends[1:], strict=False):
            words = self._reader.read(part)
            if len(words) >= _PART_WORDS and self._family:
                whole = before.strip()[:1] in _SENTENCE_ENDS
                parts.append(_Part(self._rank(self._probable(words, heard)), whole and "?" in after))
        return parts if len(parts) > 1 else []

    def _found(self, part: _Part, decision: Decision, ids: tuple[str, ...]) -> tuple[Decision, tuple[str, ...]]:
        """Return what the plainest part asks for, when the whole message was not understood and the part is plain."""
        score = part.ranked.best[0].score
        if score >= (_SENTENCE_ANSWER if part.asks else _PART_ANSWER):
            return self._decide(part.ranked)
        if decision == "unknown" and score >= _PART_OFFER:
            return self._offer(part.ranked)
        return decision, ids

    def _two(self, parts: Sequence[_Part], ranked: _Ranking) -> tuple[Candidate, ...]:
        """Return two articles when the message plainly asks for both, each in a part of its own.

        A clause is believed only where the whole message may mean the same: "kategori pengabdian dan kepeloporan".
        """
        one = ranked.best[0].score >= _ONE
        likely = set() if one else {self._family[each.id] for each in ranked.best if each.score >= _ALSO}
        found: dict[str, Candidate] = {}
        for part in parts:
            best = part.ranked.best[0]
            family = self._family[best.id]
            if best.score >= _BOTH and self._kinds[best.id] == "article" and (part.asks or family in likely):
                found.setdefault(family, best)
        return tuple(found.values())[:2] if len(found) > 1 else ()
