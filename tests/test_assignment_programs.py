"""Programs of assignments that nobody wrote: recorded = NumPy, in every transform.

A program is a list of steps on a list of arrays, of which some are views of others; a step reads,
makes a view, or writes into one, in one of all the ways that NumPy has.
"""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import tinygrad_np as tg

MANY = hypothesis.settings.default.max_examples
X = np.array([0.7, -1.3, 0.4, 1.9, -0.2, 0.9, 1.1, -0.6, 0.3, -1.7, 0.8, 1.4])

VIEWS: dict[str, Any] = {
    "T": lambda a: a.T,
    "mT": lambda a: a.mT if a.ndim > 1 else a,
    "swapaxes": lambda a: np.swapaxes(a, 0, -1),
    "moveaxis": lambda a: np.moveaxis(a, 0, -1),
    "rot90": lambda a: np.rot90(a) if a.ndim > 1 else a,
    "flip": np.flip,
    "reshape": lambda a: a.reshape(-1),
    "reshape to rows": lambda a: a.reshape(2, -1) if a.size and a.size % 2 == 0 else a,
    "ravel": lambda a: a.ravel(),
    "ravel F": lambda a: a.ravel("F"),
    "ravel K": lambda a: a.ravel("K"),
    "flatten": lambda a: a.flatten(),
    "copy": lambda a: a.copy(),
    "tile": lambda a: np.tile(a, 1),
    "squeeze": np.squeeze,
    "expand_dims": lambda a: np.expand_dims(a, 0),
    "atleast_2d": np.atleast_2d,
    "broadcast_arrays": lambda a: np.broadcast_arrays(a, a)[0],
    "the last row": lambda a: list(a)[-1],
    "real": lambda a: a.real,
    "einsum": lambda a: np.einsum("...i->i...", a),
    # NumPy reads beyond an array of shape (0, 2).
    "diagonal": lambda a: np.einsum("ii->i", a[:2, :2]) if a.ndim == 2 and a.size else a,
    "array_split": lambda a: np.array_split(a, 2)[1],
    "sin": np.sin,
}
slices = st.sampled_from([
    slice(None), slice(1, 3), slice(None, None, -1), slice(0, 4, 2), slice(1, None),
    slice(None, -1), slice(2, 2),
])  # fmt: skip
places = st.integers(-2, 1)
INDICES = st.one_of(
    slices, places, st.none(), st.just(...), st.tuples(slices, slices), st.tuples(places, slices),
    st.tuples(slices, places), st.tuples(st.just(...), places), st.tuples(st.none(), slices),
    st.sampled_from([[0, 1], [1, 1, 0], [], ([0, 1], [1, 0]), (slice(None), [1, 0, 1]),
                     (np.array([1, 0]), 0)]),
)  # fmt: skip


def fitting(value: Any, shape: tuple[int, ...]) -> Any:
    """The value, or as much of it as makes the shape."""
    try:
        if np.broadcast_shapes(value.shape, shape) == shape:
            return value
    except ValueError:
        pass
    size = int(np.prod(shape))
    if value.size >= size > 0:
        return value.reshape(-1)[:size].reshape(shape)
    return np.sum(value) * 0.3


def every(step: int, a: Any) -> Any:
    return np.arange(a.size).reshape(a.shape) % step == 0


def assign(a: Any, v: Any, i: Any) -> None:
    # What overlaps in one axis, NumPy reads while it is being written.
    a[i] = fitting(v * 1.0 if a[i].ndim == 1 else v, a[i].shape)


def add(a: Any, v: Any, i: Any) -> None:
    a[i] += fitting(v, a[i].shape)


def multiply(a: Any, v: Any, i: Any) -> None:
    a[i] *= 1 + 0.1 * np.sin(fitting(v, a[i].shape))


def add_everywhere(a: Any, v: Any, i: Any) -> None:
    a += fitting(v, a.shape)


def swap(a: Any, v: Any, i: Any) -> None:
    a[0], a[-1] = a[-1], a[0]


def add_neighbours(a: Any, v: Any, i: Any) -> None:
    a[1:] += a[:-1]


def add_to_some(a: Any, v: Any, i: Any) -> None:
    a[every(3, a)] += fitting(v, (len(range(0, a.size, 3)),))


def assign_flat(a: Any, v: Any, i: Any) -> None:
    a.flat[1:3] = fitting(v * 1.0, a.flat[1:3].shape)


def put_along(a: Any, v: Any, i: Any) -> None:
    one = (1,) * a.ndim
    np.put_along_axis(a, np.zeros(one, int), fitting(v, one), -1)


WRITES: dict[str, Any] = {
    "a[i] = v": assign,
    "a[i] += v": add,
    "a[i] *= v": multiply,
    "a += v": add_everywhere,
    "a[0], a[-1] = a[-1], a[0]": swap,
    "a[1:] += a[:-1]": add_neighbours,
    "a[mask] += v": add_to_some,
    "a[a > 0.05] = s": lambda a, v, i: a.__setitem__(a > 0.05, np.sum(v) * 0.1),
    "a.flat[i] = v": assign_flat,
    "a.fill": lambda a, v, i: a.fill(np.sum(v) * 0.1),
    "a.sort": lambda a, v, i: a.sort(axis=0),
    "put": lambda a, v, i: np.put(a, [0, -1, 0], v) if v.size else None,
    "put_along_axis": put_along,
    "putmask": lambda a, v, i: np.putmask(a, every(2, a), v),
    "place": lambda a, v, i: np.place(a, every(2, a), np.sin(v)) if v.size else None,
    "copyto": lambda a, v, i: np.copyto(a, fitting(v, a.shape), where=every(2, a)),
    "fill_diagonal": lambda a, v, i: np.fill_diagonal(a, np.sin(v.ravel()[:2])) if v.size else None,
    "add.at": lambda a, v, i: np.add.at(a, [0, 0, -1], fitting(v, (3, *a.shape[1:]))),
}
KINKED = {"a[a > 0.05] = s", "a.sort"}
STEPS = st.tuples(
    st.sampled_from([*WRITES, *VIEWS, *["index"] * 5]),
    st.integers(0, 7), st.integers(0, 7), INDICES,
)  # fmt: skip


def run(steps: Any, x: Any) -> tuple[Any, list[Any], list[int]]:
    """Run a program; return a number that depends on all arrays, these, and what NumPy refuses."""
    arrays = [x.reshape(3, 4) * 1.0, np.zeros_like(x, shape=(2, 2)), x, x[:4] * 2.0]
    refused = []
    for turn, (kind, target, value, index) in enumerate(steps):
        a, v = arrays[target % len(arrays)], arrays[value % len(arrays)]
        v = v.real if a.dtype.kind == "f" and v.dtype.kind == "c" else v
        try:
            if kind == "index":
                made = a[index]
            elif kind in VIEWS:
                made = VIEWS[kind](a)
            else:
                made = WRITES[kind](a, v, index)
            if np.ndim(made):
                arrays.append(made)
        except (IndexError, ValueError):
            refused.append(turn)
    total = sum(np.sum(np.sin(a + number)) for number, a in enumerate(arrays))
    return total, [a * 1.0 for a in arrays], refused


def is_moderate(steps: Any) -> bool:
    with np.errstate(all="ignore"):
        arrays = run(steps, X.copy())[1]
    return bool(max(np.max(np.abs(a), initial=0) for a in arrays) < 30)


def programs(*without: str) -> Any:
    steps = STEPS.filter(lambda step: step[0] not in without)
    return st.lists(steps, min_size=1, max_size=8).filter(is_moderate)


def number(steps: Any) -> Any:
    return lambda x: np.sin(run(steps, x * 1.0)[0])


@hypothesis.settings(max_examples=6 * MANY)
@hypothesis.given(steps=programs())
def test_values_are_numpys(steps: Any) -> None:
    _, plain, refused = run(steps, X.copy())
    before = X.copy()
    found: list[int] = []

    def recorded(x: Any) -> Any:
        _, arrays, found[:] = run(steps, x)
        return arrays

    for expected, a in zip(plain, tg.vjp(recorded, X)[0], strict=True):
        assert a.shape == expected.shape
        np.testing.assert_allclose(a, expected, rtol=1e-12, atol=1e-12)
    assert found == refused
    np.testing.assert_array_equal(X, before)


@hypothesis.settings(max_examples=2 * MANY)
@hypothesis.given(steps=programs(*KINKED))
def test_derivatives(steps: Any) -> None:
    tg.testing.check_grads(number(steps), (X,), order=1)


@hypothesis.given(steps=programs())
def test_backward_of_a_tensor(steps: Any) -> None:
    x = tg.Tensor(X, requires_grad=True)
    number(steps)(x).backward()
    np.testing.assert_allclose(x.grad, tg.grad(number(steps))(X), rtol=1e-12, atol=1e-12)


@hypothesis.given(steps=programs())
def test_both_modes_and_second_order(steps: Any) -> None:
    fun, v = number(steps), np.cos(X)
    expected = tg.hvp(fun, (X,), (v,))
    of_gradient = tg.grad(lambda x: np.sum(tg.grad(fun)(x) * v))(X)
    of_tangent = tg.grad(lambda x: tg.jvp(fun, (x,), (v,))[1])(X)
    size = 1 + np.max(np.abs(expected))
    np.testing.assert_allclose(of_gradient / size, expected / size, atol=1e-9)
    np.testing.assert_allclose(of_tangent / size, expected / size, atol=1e-9)


# A mask that depends on the example, and memory order, are refused under vmap, by name.
@hypothesis.given(steps=programs("a.sort", "ravel K"))
def test_a_batch_is_written_as_each_example_is(steps: Any) -> None:
    fun, batch = number(steps), np.stack([X, 1.1 * X, X + 0.2])
    np.testing.assert_allclose(tg.vmap(fun)(batch), [fun(x) for x in batch], rtol=1e-9, atol=1e-9)
    gradients = [tg.grad(fun)(x) for x in batch]
    np.testing.assert_allclose(tg.vmap(tg.grad(fun))(batch), gradients, rtol=1e-8, atol=1e-8)
    of_batch = tg.grad(lambda batch: np.sum(tg.vmap(fun)(batch)))(batch)
    np.testing.assert_allclose(of_batch, gradients, rtol=1e-8, atol=1e-8)


@hypothesis.given(steps=programs())
def test_a_checkpoint_of_assignments(steps: Any) -> None:
    fun, v = number(steps), np.cos(X)
    again = tg.checkpoint(fun)
    np.testing.assert_array_equal(tg.grad(again)(X), tg.grad(fun)(X))
    expected = tg.hvp(fun, (X,), (v,))
    np.testing.assert_allclose(tg.hvp(again, (X,), (v,)), expected, rtol=1e-9, atol=1e-9)


@hypothesis.given(steps=programs("a[a > 0.05] = s", "a.sort"))
def test_complex_numbers(steps: Any) -> None:
    fun = lambda z: run(steps, z)[1]
    z = X + 0.3j * np.cos(7 * X)
    plain = fun(z.copy())
    hypothesis.assume(max(np.max(np.abs(a), initial=0) for a in plain) < 30)
    out, pullback = tg.vjp(fun, z)
    for a, expected in zip(out, plain, strict=True):
        np.testing.assert_allclose(a, expected, rtol=1e-12, atol=1e-12)
    tangent = np.sin(z)
    moved = tg.jvp(fun, (z,), (tangent,))[1]
    cotangents = [np.cos(a) for a in moved]
    forward = sum(np.sum(g * t) for g, t in zip(cotangents, moved, strict=True))
    reverse = np.sum(pullback(cotangents)[0] * tangent)
    np.testing.assert_allclose(np.real(reverse), np.real(forward), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
@hypothesis.settings(max_examples=MANY // 5)
@hypothesis.given(steps=programs(*KINKED))
def test_the_dtype_stays(dtype: Any, steps: Any) -> None:
    x = X.astype(dtype)
    out, pullback = tg.vjp(lambda x: run(steps, x * 1)[1], x)
    assert {a.dtype for a in out} <= {np.dtype(dtype), np.dtype(np.float32)}
    assert pullback(out)[0].dtype == dtype
