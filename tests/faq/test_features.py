"""Words become features: their letters, themselves, their neighbours, and what they mean."""

from __future__ import annotations

import pytest

from faq import features
from faq.features import BUCKETS, Features

MEANINGS = {"kapan": "when", "when": "when", "tutup": "close", "closed": "close"}
KNOWN = {"hadiah": 5, "juri": 1}


@pytest.fixture
def finder() -> Features:
    return Features(MEANINGS, KNOWN)


def buckets(finder: Features, *words: str, own: bool = False) -> set[int]:
    return set(finder.of(words, own=own).buckets.tolist())


def test_every_bucket_has_a_weight_and_lies_within_the_bound(finder: Features) -> None:
    found = finder.of(["kapan", "tutup"])

    assert len(found.buckets) == len(found.weights) > 0
    assert 0 <= found.buckets.min() <= found.buckets.max() < BUCKETS
    assert found.weights.min() > 0


def test_no_words_have_features_too(finder: Features) -> None:
    assert len(finder.of([]).buckets) > 0


def test_the_same_words_have_the_same_features(finder: Features) -> None:
    first = finder.of(["hadiah", "kapan"])
    again = finder.of(["hadiah", "kapan"])

    assert first.buckets.tolist() == again.buckets.tolist()
    assert first.weights.tolist() == again.weights.tolist()


def test_the_order_of_words_matters(finder: Features) -> None:
    assert buckets(finder, "hadiah", "juri") != buckets(finder, "juri", "hadiah")


def test_misspelt_words_share_their_letters(finder: Features) -> None:
    near = buckets(finder, "hadiah") & buckets(finder, "hadiahh")
    far = buckets(finder, "hadiah") & buckets(finder, "xylem")

    assert len(near) > len(far)


def test_words_of_one_meaning_share_it(finder: Features) -> None:
    without = Features({}, KNOWN)
    shared = buckets(finder, "kapan") & buckets(finder, "when")

    assert len(shared) > len(buckets(without, "kapan") & buckets(without, "when"))


def test_two_meanings_together_are_a_feature_whatever_their_order_and_language(finder: Features) -> None:
    alone = buckets(finder, "kapan") | buckets(finder, "tutup")
    together = buckets(finder, "kapan", "tutup") - alone

    assert together & (buckets(finder, "closed", "when") - buckets(finder, "closed") - buckets(finder, "when"))


def test_a_meaning_said_twice_running_counts_once(finder: Features) -> None:
    three = Features({"kapan": "when", "when": "other", "tutup": "close"}, KNOWN)
    words = ["kapan", "when", "tutup"]

    assert len(three.of(words).buckets) - len(finder.of(words).buckets) == 2  # three pairs against one


def test_a_strange_word_is_told_from_a_known_one(finder: Features) -> None:
    known = Features(MEANINGS, {"hadiah": 5, "wayang": 5})

    assert buckets(finder, "wayang") != buckets(known, "wayang")


def test_in_a_question_of_ours_a_word_that_only_it_uses_is_strange(finder: Features) -> None:
    assert buckets(finder, "juri", own=True) != buckets(finder, "juri")
    assert buckets(finder, "hadiah", own=True) == buckets(finder, "hadiah")


def test_numbers_are_not_strange(finder: Features) -> None:
    assert buckets(finder, "2024") & buckets(finder, "hadiah")


def test_noise_does_not_fill_the_memory(finder: Features, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "_CACHED_WORDS", 2)
    first = [finder.of([word]).buckets.tolist() for word in ("aaaa", "bbbb", "cccc")]

    assert len(finder._words) == 2
    assert [finder.of([word]).buckets.tolist() for word in ("aaaa", "bbbb", "cccc")] == first
