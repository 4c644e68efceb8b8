"""data.batches: what is in the batches, in which order, and whose memory it is."""

from __future__ import annotations

import itertools

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from tinygrad_np import data


def examples(count: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(count)
    return np.stack([y, -y], axis=1).astype(np.float32), y


@hypothesis.given(
    count=st.integers(1, 40),
    batch_size=st.integers(1, 50),
    shuffled=st.booleans(),
    drop_last=st.booleans(),
)
def test_a_pass_has_every_example_once(
    count: int, batch_size: int, shuffled: bool, drop_last: bool
) -> None:
    hypothesis.assume(not drop_last or batch_size <= count)
    x, y = examples(count)
    rng = np.random.default_rng(0) if shuffled else None
    one_pass = data.batches(x, y, batch_size, rng, drop_last=drop_last)
    batches = list(one_pass)

    assert len(one_pass) == len(batches)
    sizes = [len(y_batch) for _, y_batch in batches]
    assert all(size == batch_size for size in sizes[:-1])
    for x_batch, y_batch in batches:
        assert x_batch.dtype == np.float32
        np.testing.assert_array_equal(x_batch, np.stack([y_batch, -y_batch], axis=1))
    seen = np.concatenate([y_batch for _, y_batch in batches])
    kept = count - count % batch_size if drop_last else count
    assert len(seen) == kept
    if shuffled:
        assert len(set(seen.tolist())) == kept
        assert set(seen.tolist()) <= set(range(count))
    else:
        np.testing.assert_array_equal(seen, y[:kept])


def order(one_pass: data.Batches[tuple[np.ndarray, np.ndarray]]) -> list[int]:
    return np.concatenate([y_batch for _, y_batch in one_pass]).tolist()


def test_each_pass_draws_a_new_permutation() -> None:
    one_pass = data.batches(*examples(50), 8, np.random.default_rng(0))
    first, second = order(one_pass), order(one_pass)
    assert first != second
    assert first != sorted(first)


def test_without_rng_each_pass_has_the_order_of_the_data() -> None:
    one_pass = data.batches(*examples(50), 8)
    assert order(one_pass) == order(one_pass) == list(range(50))


def test_the_same_seed_gives_the_same_batches() -> None:
    first = data.batches(*examples(50), 8, np.random.default_rng(3))
    second = data.batches(*examples(50), 8, np.random.default_rng(3))
    assert [order(first), order(first)] == [order(second), order(second)]


def test_two_passes_at_once_do_not_disturb_each_other() -> None:
    one_pass = data.batches(*examples(20), 4, np.random.default_rng(0))
    pairs = list(zip(one_pass, one_pass, strict=True))
    for side in (0, 1):
        seen = np.concatenate([pair[side][1] for pair in pairs])
        assert sorted(seen.tolist()) == list(range(20))


@pytest.mark.parametrize("seed", [None, 0])
def test_x_alone(seed: int | None) -> None:
    x, _ = examples(5)
    rng = None if seed is None else np.random.default_rng(seed)
    batches = list(data.batches(x, None, 2, rng))
    assert [batch.shape for batch in batches] == [(2, 2), (2, 2), (1, 2)]
    assert sorted(np.concatenate(batches)[:, 0].tolist()) == [0, 1, 2, 3, 4]


def test_shuffled_batches_are_fresh_arrays() -> None:
    x, y = examples(20)
    arrays = [array for batch in data.batches(x, y, 6, np.random.default_rng(0)) for array in batch]
    for one, other in itertools.combinations([x, y, *arrays], 2):
        assert not np.shares_memory(one, other)
    arrays[0][...] = 7  # may be written to
    np.testing.assert_array_equal(x, examples(20)[0])


def test_batches_in_order_are_views_that_cannot_change_the_data() -> None:
    x, y = examples(20)
    for x_batch, y_batch in data.batches(x, y, 6):
        assert np.shares_memory(x_batch, x)
        assert np.shares_memory(y_batch, y)
        with pytest.raises(ValueError, match="read-only"):
            x_batch -= 1
        with pytest.raises(ValueError, match="read-only"):
            y_batch -= 1
    x[0] = y[0] = 5  # the data themselves stay writable


@pytest.mark.parametrize("seed", [None, 0])
def test_lists_and_arrays_that_are_not_contiguous(seed: int | None) -> None:
    x = np.arange(24).reshape(2, 3, 4).T
    rng = None if seed is None else np.random.default_rng(seed)
    seen = {
        label: row
        for x_batch, y_batch in data.batches(x, [0, 1, 2, 3], 3, rng)
        for label, row in zip(y_batch.tolist(), x_batch, strict=True)
    }
    for label, row in enumerate(x):
        np.testing.assert_array_equal(seen[label], row)


X, Y = examples(5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X, Y[:4], 2), r"x has 5 examples and y has 4 \(shapes \(5, 2\) and \(4,\)\)"),
        ((X, Y, 0), "batch_size=0 must be 1 or more"),
        ((X, Y, -3), "batch_size=-3 must be 1 or more"),
        ((X[:0], Y[:0], 2), r"x has shape \(0, 2\): no examples"),
        ((X, Y[:0], 2), r"y has shape \(0,\): no examples"),
        ((X[:0], None, 2), r"x has shape \(0, 2\): no examples"),
        ((np.float32(1), None, 2), r"x has shape \(\): no examples"),
    ],
)
def test_bad_values(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=f"batches: {message}"):
        data.batches(*arguments)


def test_dropping_the_only_batch() -> None:
    with pytest.raises(ValueError, match=r"drop_last=True leaves no batch.*size=6.*5 examples"):
        data.batches(X, Y, 6, drop_last=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X, Y, 2.0), "batch_size=2.0 must be an integer"),
        ((X, Y, "2"), "batch_size='2' must be an integer"),
        ((X, Y, True), "batch_size=True must be an integer"),
        ((X, Y, None), "batch_size=None must be an integer"),
        ((X, Y, 2, 0), r"rng=0 must be a numpy.random.Generator.*default_rng\(seed\)"),
        ((X, Y, 2, np.random.RandomState(0)), "rng=.* must be a numpy.random.Generator"),
    ],
)
def test_bad_types(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(TypeError, match=f"batches: {message}"):
        data.batches(*arguments)


def test_a_numpy_integer_is_a_batch_size() -> None:
    assert len(data.batches(X, Y, np.int64(2))) == 3
