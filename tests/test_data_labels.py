"""data.one_hot."""

from __future__ import annotations

import hypothesis
import hypothesis.extra.numpy
import hypothesis.strategies as st
import numpy as np
import pytest

from tinygrad_np import data

labels_of_any_shape = hypothesis.extra.numpy.arrays(
    st.sampled_from([np.int64, np.uint8, np.int16, np.uint64]),
    hypothesis.extra.numpy.array_shapes(min_dims=0, max_dims=3, min_side=0),
    elements=st.integers(0, 6),
)


@hypothesis.given(labels=labels_of_any_shape, extra=st.integers(0, 3))
def test_agrees_with_the_definition(labels: np.ndarray, extra: int) -> None:
    out = data.one_hot(labels, classes=7 + extra)
    assert out.shape == (*labels.shape, 7 + extra)
    np.testing.assert_array_equal(out, labels[..., np.newaxis] == np.arange(7 + extra))


def test_the_number_of_classes_is_counted_from_the_labels() -> None:
    assert data.one_hot([1, 4, 0]).shape == (3, 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, bool])
def test_dtype(dtype: type) -> None:
    assert data.one_hot([0, 1], dtype=dtype).dtype == dtype


def test_the_default_dtype_is_float32() -> None:
    assert data.one_hot([0, 1]).dtype == np.float32


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, 3, 10, 11], 10, r"labels\[2\] is 10, and the labels of 10 classes are 0 … 9"),
        ([0, -1], 10, r"labels\[1\] is -1"),
        ([0, -1], None, r"labels\[1\] is -1"),
        ([-2], None, r"labels\[0\] is -2"),
        ([[0, 1], [5, 1]], 3, r"labels\[1, 0\] is 5"),
        (4, 3, "labels is 4"),
        (np.array([2**64 - 1], np.uint64), 3, r"labels\[0\] is 18446744073709551615"),
        (np.array([], int), None, "pass classes="),
        ([0], 0, "classes=0 must be 1 or more"),
    ],
)
def test_labels_out_of_range(labels: object, classes: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        data.one_hot(labels, classes)


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0.0, 1.0], 2, "labels must be integers, and are float64"),
        ([True, False], 2, "labels must be integers, and are bool"),
        (["a"], 2, "labels must be integers"),
        ([0, 1], 2.0, "classes=2.0 must be an integer"),
        ([0, 1], True, "classes=True must be an integer"),
    ],
)
def test_what_is_not_an_integer(labels: object, classes: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        data.one_hot(labels, classes)
