"""data.train_validation_split."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from tinygrad_np import data


def examples(labels: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(labels), dtype=np.float32)[:, np.newaxis], np.array(labels)


@hypothesis.given(
    labels=st.lists(st.integers(0, 4), min_size=2, max_size=40),
    seed=st.none() | st.integers(0, 9),
    stratify=st.booleans(),
    draw=st.data(),
)
def test_every_example_lands_in_one_part(
    labels: list[int], seed: int | None, stratify: bool, draw: st.DataObject
) -> None:
    count = draw.draw(st.integers(1, len(labels) - 1))
    x, y = examples(labels)
    rng = None if seed is None else np.random.default_rng(seed)
    (x_train, y_train), (x_validation, y_validation) = data.train_validation_split(
        x, y, count, rng, stratify=stratify
    )

    assert len(x_validation) == count
    assert sorted([*x_train[:, 0], *x_validation[:, 0]]) == list(range(len(labels)))
    for x_part, y_part in ((x_train, y_train), (x_validation, y_validation)):
        assert x_part.dtype == np.float32
        assert np.all(np.diff(x_part[:, 0]) > 0)
        np.testing.assert_array_equal(y_part, y[x_part[:, 0].astype(int)])
        assert not np.shares_memory(x_part, x)
        assert not np.shares_memory(y_part, y)
    if stratify:
        for label in set(labels):
            exact = count * labels.count(label) / len(labels)
            assert abs(np.count_nonzero(y_validation == label) - exact) < 1


@pytest.mark.parametrize(
    ("validation", "count"), [(0.1, 10), (0.25, 25), (np.float32(0.5), 50), (1, 1), (99, 99)]
)
def test_a_share_or_a_number(validation: float, count: int) -> None:
    (x_train, _), (x_validation, _) = data.train_validation_split(*examples([0] * 100), validation)
    assert (len(x_train), len(x_validation)) == (100 - count, count)


def test_without_rng_the_last_examples_are_held_out() -> None:
    _, (x, _) = data.train_validation_split(*examples([0] * 10), 3)
    assert x[:, 0].tolist() == [7, 8, 9]


def test_without_rng_stratified_the_last_of_each_class_are_held_out() -> None:
    _, (x, y) = data.train_validation_split(*examples([0, 0, 1, 1, 1, 1]), 3, stratify=True)
    assert x[:, 0].tolist() == [1, 4, 5]
    assert y.tolist() == [0, 1, 1]


@pytest.mark.parametrize("stratify", [False, True])
def test_the_seed_decides(stratify: bool) -> None:
    def held_out(seed: int) -> list[float]:
        rng = np.random.default_rng(seed)
        _, (x, _) = data.train_validation_split(*examples([0, 1] * 50), 20, rng, stratify=stratify)
        return x[:, 0].tolist()

    assert held_out(1) == held_out(1)
    assert held_out(1) != held_out(2)


def test_labels_may_be_words() -> None:
    _, (_, y) = data.train_validation_split(np.arange(4), ["a", "b", "b", "a"], 2, stratify=True)
    assert y.tolist() == ["b", "a"]


X, Y = examples([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((X, Y[:3]), ValueError, r"x has 4 examples and y has 3 \(shapes \(4, 1\) and \(3,\)\)"),
        ((X[:0], Y[:0]), ValueError, r"x has shape \(0, 1\): no examples"),
        ((X, Y, 0.1), ValueError, "validation=0.1 means 0 of 4 examples"),
        ((X, Y, 0.9), ValueError, "validation=0.9 means 4 of 4 examples"),
        ((X, Y, 4), ValueError, "validation=4 means 4 of 4 examples"),
        ((X, Y, 0), ValueError, "validation=0 means 0 of 4 examples"),
        ((X, Y, -1), ValueError, "validation=-1 means -1 of 4 examples"),
        ((X, Y, 2.0), ValueError, "validation=2.0: a share must lie between 0 and 1"),
        ((X, Y, 0.0), ValueError, "validation=0.0: a share must lie between 0 and 1"),
        ((X, Y, float("nan")), ValueError, "validation=nan: a share must lie"),
        ((X, Y, True), TypeError, "validation=True must be a share of the examples"),
        ((X, Y, "half"), TypeError, "validation='half' must be a share of the examples"),
        ((X, Y, 0.5, 7), TypeError, r"rng=7 must be a numpy.random.Generator.*default_rng\(seed\)"),
    ],
)
def test_bad_arguments(arguments: tuple[object, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"train_validation_split: {message}"):
        data.train_validation_split(*arguments)


@pytest.mark.parametrize("y", [np.eye(4), np.array([0.5, 1.5, 2.5, 3.5])])
def test_only_labels_can_be_stratified(y: np.ndarray) -> None:
    with pytest.raises(TypeError, match=r"one label an example.*argmax"):
        data.train_validation_split(X, y, 2, stratify=True)
