"""tinygrad_np.numpy: NumPy itself, in which creation functions are recorded too."""

from __future__ import annotations

import numpy
import pytest

import tinygrad_np as tg
import tinygrad_np.numpy as np

X = numpy.array([0.7, -1.3, 0.4])


def fill_zeros(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] ** 2
    return y


def nested_lists(x):
    return np.array([[x[0], 1.0], [x[1] * x[2], x[2]]])


def matrix_of_angles(x):
    c, s = np.cos(x[0]), np.sin(x[0])
    return np.array([[c, -s], [s, c]]) @ x[1:]


def asarray_keeps(x):
    return np.asarray(x) * 2 + np.asarray([x[0], x[0], 1])


def filled(x):
    y = np.full((2, 3), x[0])
    z = np.ones((2, 3))
    z[1] = x
    return y * z + np.eye(3)[:2]


def spaced(x):
    return np.linspace(x[0], x[1], 5) ** 2


def at_least_two_axes(x):
    return np.array([x[0], x[1]], ndmin=2) * np.array(x[:2])[:, None]


PROGRAMS = [
    fill_zeros, nested_lists, matrix_of_angles, asarray_keeps, filled, spaced, at_least_two_axes,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_values_and_derivatives(program):
    plain = program(X.copy())
    assert type(plain) is numpy.ndarray
    numpy.testing.assert_allclose(tg.vjp(program, X)[0], plain, rtol=1e-15)
    tg.testing.check_grads(program, (X,), order=2)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_batch(program):
    batch = numpy.stack([X, 2 * X])
    expected = numpy.stack([program(x) for x in batch])
    numpy.testing.assert_allclose(tg.vmap(program)(batch), expected, rtol=1e-14)


def test_every_name_of_numpys():
    assert set(dir(numpy)) <= set(dir(np))
    for name in numpy.__all__:
        getattr(np, name)
    assert np.newaxis is None
    assert np.float32 is numpy.float32
    assert np.polynomial is numpy.polynomial
    with pytest.raises(AttributeError):
        np.no_such_name  # noqa: B018 - the access is what is tested


def test_outside_of_a_transform_arrays_are_plain():
    for made in (np.zeros(2), np.ones((2, 2)), np.full(2, 1.5), np.eye(2), np.array([1, 2])):
        assert type(made) is numpy.ndarray
    numpy.testing.assert_array_equal(np.linspace(0, 1, 5), numpy.linspace(0, 1, 5))


def test_integers_stay_plain_indices():
    def program(x):
        order = np.zeros(3, dtype=int)
        order[0] = 2
        return x[order].sum()

    numpy.testing.assert_array_equal(tg.grad(program)(X), [2.0, 0.0, 1.0])


def test_float32_stays_float32():
    x = X.astype(numpy.float32)
    assert tg.grad(lambda x: np.array([x[0], x[1]]).sum())(x).dtype == numpy.float32
    assert tg.vjp(nested_lists, x)[0].dtype == nested_lists(x).dtype
