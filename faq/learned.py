"""What was learned from the phrasings, and how it is written down as plain bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from faq.model import Model, Scale


@dataclass(frozen=True, slots=True)
class Learned:
    """A trained model with what was learned of single words."""

    model: Model
    counts: Mapping[str, int]  # of all phrasings: what a misspelt word may mean
    known: Mapping[str, int]  # of our own questions: what is not strange
    english: Mapping[str, float]  # of a word: above 0 where it stands in English, below in Indonesian


def to_bytes(learned: Learned) -> bytes:
    """Return arrays and words as bytes that run nothing when they are read."""
    model = learned.model
    words = [model.ids, learned.counts, learned.known, learned.english]
    file = io.BytesIO()
    np.savez(
        file,
        words=np.frombuffer(json.dumps(words, ensure_ascii=False).encode(), np.uint8),
        buckets=model.scale.buckets,
        rarity=model.scale.rarity,
        weights=model.weights,
        bias=model.bias,
    )
    return file.getvalue()


def from_bytes(content: bytes) -> Learned:
    """Return what `to_bytes` was given; the bytes must come from it."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        ids, counts, known, english = json.loads(arrays["words"].tobytes())
        model = Model(ids, Scale(arrays["buckets"], arrays["rarity"]), arrays["weights"], arrays["bias"])
    return Learned(model, counts, known, english)
