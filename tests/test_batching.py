"""vmap: on a batch what a loop over the examples gives, in every composition."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinygrad_np as tg

RNG = np.random.default_rng(0)
A = RNG.standard_normal((5, 4))
X = RNG.standard_normal((3, 4))

FUNCTIONS = {
    "matmul": lambda x: A @ np.tanh(x),
    "vector times matrix": lambda x: x @ A.T,
    "matrix of the batch": lambda x: np.outer(x, x) @ A.T,
    "two of the batch": lambda x: np.outer(x, x) @ np.outer(x, np.ones(2)),
    "inner": lambda x: x @ x,
    "dot": lambda x: np.dot(A, x) * np.dot(x, x),
    "where": lambda x: np.where(x > 0, np.log(np.abs(x)), x**3),
    "concatenate": lambda x: np.concatenate([x, np.cumsum(x), np.ones(2)])[::2],
    "extremes": lambda x: x.max() * x / x.sum() + np.min(x),
    "stack": lambda x: np.stack([x, x * 2, np.ones(4)]).T @ np.ones(3),
    "advanced index": lambda x: x[[0, 0, 2]] * np.var(x),
    "separated index": lambda x: np.outer(x, x).reshape(2, 2, 4)[[0, 1], :, [1, 1]],
    "roll and repeat": lambda x: np.roll(x, 1) * np.repeat(x[:2], 2),
    "broadcast unbatched": lambda x: (A * x).mean(axis=1),
    "axes": lambda x: (x[:, None] * A.T).reshape(-1)[1:7],
    "negative axis": lambda x: np.sum(np.outer(x, x), axis=-1, keepdims=True)[:, 0],
    "transposes": lambda x: np.moveaxis(
        np.swapaxes(np.outer(x, x).reshape(4, 2, 2), 0, 2), 0, -1
    ).transpose(),
    "range of axes": lambda x: np.moveaxis(np.outer(x, x).reshape(4, 2, 2), range(2), (2, 1)),
    "squeeze": lambda x: np.squeeze(np.expand_dims(x, (0, 2))),
    "flip": lambda x: np.flip(np.outer(x, x), 0),
    "std": lambda x: (x - x.mean()) / x.std(),
    "clip": lambda x: np.clip(x, -0.5, np.sum(x) / 5) + np.maximum(x, 0.1) + np.abs(x) ** x[0],
    "relu and softmax": lambda x: tg.nn.relu(x) + tg.nn.softmax(x),
    "scalar": lambda x: np.sum(np.sin(x)),
}


def by_loop(function, batch):
    return np.stack([function(x) for x in batch])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values(name):
    function = FUNCTIONS[name]
    np.testing.assert_allclose(tg.vmap(function)(X), by_loop(function, X), rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_of_each_example_and_of_the_batch(name):
    def loss(x):
        return np.sum(np.sin(FUNCTIONS[name](x)))

    expected = by_loop(tg.grad(loss), X)
    np.testing.assert_allclose(tg.vmap(tg.grad(loss))(X), expected, rtol=1e-10, atol=1e-12)
    of_batch = tg.grad(lambda batch: tg.vmap(loss)(batch).sum())(X)
    np.testing.assert_allclose(of_batch, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jacobians_of_both_modes_and_of_a_batch(name):
    function = FUNCTIONS[name]
    x = X[0]
    size = np.size(function(x))
    out, pullback = tg.vjp(function, x)
    seeds = np.eye(size).reshape(size, *out.shape)
    rows = np.stack([pullback(seed)[0] for seed in seeds]).reshape(*out.shape, 4)
    for mode in ("reverse", "forward", "auto"):
        np.testing.assert_allclose(
            tg.jacobian(function, mode=mode)(x), rows, rtol=1e-10, atol=1e-12
        )
    np.testing.assert_allclose(
        tg.vmap(tg.jacobian(function))(X), by_loop(tg.jacobian(function), X), rtol=1e-10, atol=1e-12
    )


def test_axes_of_arguments_and_results():
    def function(w, x, y):
        return w @ x + y, {"sum": np.sum(x)}

    y = RNG.standard_normal((5, 3))
    out, aux = tg.vmap(function, in_axes=(None, 0, 1), out_axes=(1, 0))(A, X, y)
    np.testing.assert_allclose(out, A @ X.T + y)
    np.testing.assert_allclose(aux["sum"], X.sum(axis=1))


def test_trees_and_results_that_do_not_depend_on_the_example():
    out = tg.vmap(lambda p: (p["a"] * 2, 7.0))({"a": X})
    np.testing.assert_array_equal(out[0], 2 * X)
    np.testing.assert_array_equal(out[1], [7.0, 7.0, 7.0])


def test_nested():
    pairs = tg.vmap(lambda x: tg.vmap(lambda y: x @ y)(X))(X)
    np.testing.assert_allclose(pairs, X @ X.T)


def test_per_example_gradients_of_a_layer():
    layer = tg.nn.Dense(4, 2, rng=np.random.default_rng(1), dtype=np.float64)

    def loss(layer, x):
        return np.sum(layer(x) ** 2)

    gradients = tg.vmap(tg.grad(loss), (None, 0))(layer, X)
    for i, x in enumerate(X):
        np.testing.assert_allclose(gradients.weights[i], tg.grad(loss)(layer, x).weights)


@pytest.mark.usefixtures("plain_numpy")
def test_choosing_by_value_is_refused_with_the_remedy():
    with pytest.raises(tg.GradientError, match=r"np\.where"):
        tg.vmap(lambda x: x if x.sum() > 0 else -x)(X)
    with pytest.raises(tg.GradientError, match=r"np\.where"):
        tg.vmap(lambda x: x[x > 0])(X)
    with pytest.raises(tg.GradientError, match="vmap"):
        tg.vmap(lambda x: float(x[0]))(X)


@pytest.mark.parametrize(
    "whole",
    [round, math.floor, math.ceil, math.trunc, lambda x: round(x, 1)],
    ids=["round", "floor", "ceil", "trunc", "round to a digit"],
)
def test_rounding_by_python_rounds_each_example(whole):
    x = np.array([-1.55, 0.25, 2.5, 7.0])
    found = tg.vmap(whole)(x)
    expected = np.array([whole(one) for one in x])
    assert found.tolist() == expected.tolist()
    assert found.dtype == expected.dtype
    assert not np.any(tg.grad(lambda x: np.sum(tg.vmap(whole)(x) * 1.0))(x))


def test_a_batch_is_printed_as_what_it_is():
    shown = []
    tg.vmap(lambda x: shown.append(f"{x:.3f} and {x}"))(np.ones(3))
    assert shown == [" and ".join(["Batched(shape=(), dtype=float64, batch of 3)"] * 2)]


@pytest.mark.usefixtures("plain_numpy")
def test_a_list_of_what_is_batched_is_refused_with_the_remedy():
    with pytest.raises(tg.GradientError, match=r"np\.stack.* for a list"):
        tg.vmap(lambda x: np.nanmax([x[0], x[1]]))(X)
    mask = X > 0
    for function in (np.nanmean, np.nanvar, lambda a, where: np.nanmax(a, initial=0, where=where)):
        with pytest.raises(tg.GradientError, match=r"np\.where\(mask, a, np\.nan\)"):
            tg.vmap(lambda m, function=function: function(X[0], where=m))(mask)
    with np.errstate(all="ignore"):
        found = tg.vmap(lambda m: np.nanmean(np.where(m, X[0], np.nan)))(mask)
        np.testing.assert_array_equal(found, [np.nanmean(X[0], where=m) for m in mask])


def test_constant_functions_of_batches_in_keywords_and_lists():
    mask, numbers = X > 0.3, np.argsort(X)
    for call in (
        lambda x, m, n: np.any(x > 0, where=m), lambda x, m, n: np.all(X[0] > 0, where=m),
        lambda x, m, n: np.lexsort((x, m)), lambda x, m, n: np.lexsort((X[0], n)),
        lambda x, m, n: np.searchsorted(X[1], x, sorter=n),
        lambda x, m, n: np.ravel_multi_index((n, [0, 1, 2, 3]), (4, 4)),
        lambda x, m, n: tg.vmap(lambda y, m: np.any(x > y, where=m))(X, mask),
        lambda x, m, n: tg.vmap(lambda y: np.any(y > 0, where=m))(X),
    ):  # fmt: skip
        expected = [call(*example) for example in zip(X, mask, numbers, strict=True)]
        np.testing.assert_array_equal(tg.vmap(call)(X, mask, numbers), expected)


def test_indices_of_several_axes():
    x = np.array([[0.0, 2.0, 0.0, 1.0], [3.0, 0.0, 0.0, 4.0]])
    (places,) = tg.vmap(np.nonzero)(x)
    np.testing.assert_array_equal(places, [[1, 3], [0, 3]])
    rows, columns = tg.vmap(lambda x: np.unravel_index(np.argmax(x), (2, 2)))(x)
    np.testing.assert_array_equal([rows, columns], [[0, 1], [1, 1]])
    with pytest.raises(tg.GradientError, match="index of several axes"):
        tg.vmap(lambda x: x[np.nonzero(x)])(x)
    for function in (np.nonzero, np.flatnonzero, np.argwhere):
        with pytest.raises(tg.GradientError, match=r"(nonzero|argwhere).*another shape"):
            tg.vmap(function)(x[:, :2] - [[0, 0], [3, 0]])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(x, axis=0),
        lambda x: np.prod(x, axis=-1, keepdims=True),
        lambda x: np.max(x, axis=0) * np.argmax(x, axis=0),
        lambda x: np.cumsum(x, axis=0),
        lambda x: np.squeeze(x, 0),
    ],
)
def test_an_axis_of_numbers_that_have_none_is_one_where_numpy_takes_it_for_one(function):
    numbers = np.array([1.5, -2.0])
    np.testing.assert_array_equal(tg.vmap(function)(numbers), by_loop(function, numbers))
    with pytest.raises(np.exceptions.AxisError):
        tg.vmap(lambda x: np.mean(x, axis=0))(numbers)
    with pytest.raises(np.exceptions.AxisError):
        tg.vmap(lambda x: np.sum(x, axis=1))(numbers)


def test_batch_axes_that_do_not_fit():
    with pytest.raises(ValueError, match="different lengths"):
        tg.vmap(lambda x, y: x + y)(X, X[:2])
    with pytest.raises(ValueError, match="no axis"):
        tg.vmap(lambda x: x)(3.0)
    with pytest.raises(ValueError, match="no argument"):
        tg.vmap(lambda x: x, in_axes=None)(X)
    with pytest.raises(ValueError, match="in_axes"):
        tg.vmap(lambda x: x, in_axes=(0, 0))(X)
    with pytest.raises(ValueError, match="out_axes"):
        tg.vmap(lambda x: x, out_axes=(0, 0))(X)


@pytest.mark.parametrize("axis", [0.0, True, "0", (0,), {"w": 0}, np.zeros(1)])
def test_what_is_no_axis_is_refused_before_anything_runs(axis):
    with pytest.raises(TypeError, match=r"in_axes=.*integers and None, one for all or a tuple"):
        tg.vmap(np.sin, in_axes=(0, axis))
    with pytest.raises(TypeError, match=r"out_axes=.*integers, one for all or a tuple"):
        tg.vmap(np.sin, out_axes=(axis,))
    with pytest.raises(TypeError, match="out_axes=None"):
        tg.vmap(np.sin, out_axes=None)


def test_arguments_by_keyword_are_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"tg\.vmap: y given by keyword.*in_axes=None"):
        tg.vmap(lambda x, y: x * y)(X, y=A)


def test_numpys_integers_are_axes():
    np.testing.assert_array_equal(tg.vmap(np.sin, np.int64(1), np.int64(1))(X), np.sin(X))


def test_float32_stays_float32():
    x = X.astype(np.float32)
    a = A.astype(np.float32)
    assert tg.vmap(lambda x: tg.nn.softmax(a @ np.tanh(x)))(x).dtype == np.float32
    assert tg.jacobian(lambda x: np.tanh(x) * 2)(x[0]).dtype == np.float32
