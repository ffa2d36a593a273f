"""A linear model over sparse features: multinomial logistic regression, trained with AdaGrad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faq.features import BUCKETS, Counts

_FEW: Final = 1000  # messages; of fewer no feature can be spared
_RARE: Final = 3  # a feature of fewer messages teaches more about them than about their kind
_RARITY: Final = 0.5  # power of the inverse document frequency
_RATE: Final = 0.7  # learning rate, falling to nothing
_BIAS_RATE: Final = 0.02
_BATCH: Final = 128
_EPOCHS: Final = 6
_AVERAGED: Final = 3  # last epochs whose weights are averaged: one more message then changes less elsewhere
_MOST_WEIGHTS: Final = 50_000_000  # 200 MB; with thousands of ids the rarest features are left out
_SEED: Final = 1985

Vector = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Places of features the model knows, and their weights, of length 1 together."""


class Scale(NamedTuple):
    """Which features the model knows, and what each is worth."""

    buckets: NDArray[np.int64]  # sorted
    rarity: NDArray[np.float32]


class Model:
    """Gives the probability of each id; made by `train`, or from the arrays of an earlier one."""

    def __init__(
        self, ids: Sequence[str], scale: Scale, weights: NDArray[np.float16], bias: NDArray[np.float32]
    ) -> None:
        self.ids = tuple(ids)
        self.scale = scale
        self.weights = weights  # features x ids
        self.bias = bias
        self._place = _places(scale)

    def probabilities(self, counts: Counts) -> NDArray[np.float32]:
        """Return one probability an id, in the order of `ids`; they add up to 1."""
        places, values = _vector(counts, self._place, self.scale)
        # Not "@": that shares even this little work among threads, and waits for them where cores are busy.
        logits = np.einsum("i,ij->j", values, self.weights.take(places, axis=0).astype(np.float32))
        return _softmax(logits + self.bias)


def train(messages: Sequence[Counts], ids: Sequence[str], known: int, *, epochs: int = _EPOCHS) -> Model:
    """Learn which id each message has. Only the first `known` messages decide which features are worth knowing."""
    names = tuple(sorted(set(ids)))
    number = {name: place for place, name in enumerate(names)}
    scale = _scale(messages[:known], len(names))
    place = _places(scale)
    vectors = [_once(_vector(each, place, scale)) for each in messages]
    weights, bias = _descend(
        vectors, np.array([number[each] for each in ids]), (len(scale.buckets), len(names)), epochs
    )
    # Half the memory; what is lost is far below what decides anything.
    return Model(names, scale, weights.astype(np.float16), bias)


def _scale(messages: Sequence[Counts], ids: int) -> Scale:
    uses = np.zeros(BUCKETS, np.int32)
    for each in messages:
        uses[np.unique(each.buckets)] += 1
    rare = _RARE if len(messages) > _FEW else 1
    while np.count_nonzero(uses >= rare) * ids > _MOST_WEIGHTS:
        rare += 1
    buckets = np.flatnonzero(uses >= rare)
    rarity = np.log((1 + len(messages)) / (1 + uses[buckets])) ** _RARITY
    return Scale(buckets, rarity.astype(np.float32))


def _places(scale: Scale) -> NDArray[np.int32]:
    place = np.full(BUCKETS, -1, np.int32)
    place[scale.buckets] = np.arange(len(scale.buckets))
    return place


def _vector(counts: Counts, place: NDArray[np.int32], scale: Scale) -> Vector:
    places = place[counts.buckets]
    known = places >= 0
    places = places[known]
    values = counts.weights[known] * scale.rarity[places]
    length = float(np.sqrt(values @ values)) or 1.0
    return places, values / np.float32(length)


def _once(vector: Vector) -> Vector:
    """Return the vector with each place once."""
    places, where = np.unique(vector[0], return_inverse=True)
    return places, np.bincount(where, vector[1], len(places)).astype(np.float32)


def _descend(
    vectors: Sequence[Vector], wanted: NDArray[np.int64], shape: tuple[int, int], epochs: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights and bias, averaged over the last of that many passes over the vectors in random order."""
    averaged = min(_AVERAGED, epochs)
    weights_sum, bias_sum = np.zeros(shape, np.float32), np.zeros(shape[1], np.float32)
    random = np.random.default_rng(_SEED)
    weights = np.zeros(shape, np.float32)
    squares = np.full(shape, 1e-4, np.float32)  # of the gradients so far
    bias = np.zeros(shape[1], np.float32)
    steps = epochs * -(-len(vectors) // _BATCH)
    step = 0
    for epoch in range(epochs):
        order = random.permutation(len(vectors))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            columns, dense = _dense([vectors[each] for each in batch])
            part = weights[columns]
            errors = _softmax(dense @ part + bias)
            errors[np.arange(len(batch)), wanted[batch]] -= 1
            gradient = dense.T @ errors
            summed = squares[columns] + gradient * gradient
            squares[columns] = summed
            weights[columns] = part - np.float32(_RATE * (1 - step / steps)) * gradient / np.sqrt(summed)
            bias -= np.float32(_BIAS_RATE) * errors.sum(axis=0)
            step += 1
        if epoch >= epochs - averaged:
            weights_sum += weights
            bias_sum += bias
    return weights_sum / np.float32(averaged), bias_sum / np.float32(averaged)


def _dense(vectors: Sequence[Vector]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the places that occur in the vectors, and a matrix of the vectors over just these."""
    columns, where = np.unique(np.concatenate([places for places, _ in vectors]), return_inverse=True)
    dense = np.zeros((len(vectors), len(columns)), np.float32)
    rows = np.repeat(np.arange(len(vectors)), [len(places) for places, _ in vectors])
    dense[rows, where] = np.concatenate([values for _, values in vectors])
    return columns, dense


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers: NDArray[np.float32] = np.exp(logits - logits.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers
