"""What was learned is written down and read back as it was, and reading it runs nothing."""

from __future__ import annotations

import io

import numpy as np
import pytest

from faq import learned, training
from faq.features import Features
from faq.learned import Learned
from faq.lexicon import Lexicon, Practice
from faq.phrasing import Phrasing

PHRASINGS = [
    Phrasing("closing", "article", "id", "kapan ditutup"),
    Phrasing("closing", "article", "en", "when does it close"),
    Phrasing("jury", "article", "id", "siapa jurinya"),
    Phrasing("jury", "article", "id", "dewan juri – siapa é"),
]


@pytest.fixture(scope="module")
def taught() -> Learned:
    return training.learn(PHRASINGS, Lexicon(), Practice())


def test_what_was_written_is_read_back(taught: Learned) -> None:
    again = learned.from_bytes(learned.to_bytes(taught))

    assert again.model.ids == taught.model.ids
    assert (again.counts, again.known, again.english) == (taught.counts, taught.known, taught.english)
    for name in ("weights", "bias"):
        assert np.array_equal(getattr(again.model, name), getattr(taught.model, name))
    for ours, theirs in zip(again.model.scale, taught.model.scale, strict=True):
        assert np.array_equal(ours, theirs)


def test_the_model_read_back_thinks_alike(taught: Learned) -> None:
    again = learned.from_bytes(learned.to_bytes(taught))
    counts = Features({}, taught.known).of(["siapa", "juri"])

    assert again.model.probabilities(counts).tolist() == taught.model.probabilities(counts).tolist()


def test_the_same_is_written_as_the_same_bytes(taught: Learned) -> None:
    assert learned.to_bytes(taught) == learned.to_bytes(learned.from_bytes(learned.to_bytes(taught)))


def test_an_array_that_would_run_something_is_refused() -> None:
    file = io.BytesIO()
    np.savez(file, words=np.array([{"a": 1}], object))

    with pytest.raises(ValueError, match="allow_pickle"):
        learned.from_bytes(file.getvalue())
