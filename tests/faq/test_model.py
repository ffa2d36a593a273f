"""The model learns what tells ids apart, gives probabilities, and stays within its bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from faq import model
from faq.features import Counts
from faq.model import Model


def message(*buckets: int) -> Counts:
    return Counts(np.array(buckets, np.int64), np.ones(len(buckets), np.float32))


# Bucket 1 or 2 says "a", 3 or 4 says "b", 5 or 6 says "c"; 9 stands everywhere.
KINDS = {"a": (1, 2), "b": (3, 4), "c": (5, 6)}
MESSAGES = [message(bucket, 9) for buckets in KINDS.values() for bucket in buckets] * 10
IDS = [name for name, buckets in KINDS.items() for _ in buckets] * 10


@pytest.fixture(scope="module")
def trained() -> Model:
    return model.train(MESSAGES, IDS, len(MESSAGES), epochs=30)


def best(trained: Model, *buckets: int) -> str:
    return trained.ids[int(trained.probabilities(message(*buckets)).argmax())]


@pytest.mark.parametrize(("buckets", "expected"), [((1,), "a"), ((2, 9), "a"), ((4, 9), "b"), ((5, 6), "c")])
def test_what_can_be_told_apart_is_learned(trained: Model, buckets: Sequence[int], expected: str) -> None:
    assert best(trained, *buckets) == expected


@pytest.mark.parametrize("buckets", [(1, 9), (9,), (), (77,)])
def test_probabilities_add_up_to_one(trained: Model, buckets: Sequence[int]) -> None:
    found = trained.probabilities(message(*buckets))

    assert found.shape == (3,)
    assert found.min() >= 0
    assert float(found.sum()) == pytest.approx(1, abs=1e-5)


def test_a_feature_nobody_has_seen_changes_nothing(trained: Model) -> None:
    assert trained.probabilities(message(1, 77)).tolist() == trained.probabilities(message(1)).tolist()


def test_training_twice_gives_the_same_model(trained: Model) -> None:
    again = model.train(MESSAGES, IDS, len(MESSAGES), epochs=30)

    assert np.array_equal(again.weights, trained.weights)
    assert np.array_equal(again.bias, trained.bias)


def test_only_the_first_messages_say_which_features_are_worth_knowing() -> None:
    trained = model.train([message(1), message(2), message(3)], ["a", "b", "b"], 2)

    assert trained.scale.buckets.tolist() == [1, 2]


def test_of_many_messages_rare_features_are_left_out() -> None:
    many = [message(1)] * 600 + [message(2)] * 600 + [message(3)] * 2
    trained = model.train(many, ["a"] * 600 + ["b"] * 602, len(many), epochs=1)

    assert trained.scale.buckets.tolist() == [1, 2]


def test_with_too_many_weights_the_rarest_features_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_MOST_WEIGHTS", 3)
    messages = [message(1, 2), message(1, 2), message(1, 3), message(1, 4)]
    trained = model.train(messages, ["a", "a", "b", "b"], 4)

    assert trained.scale.buckets.tolist() == [1]
