"""What a selection leaves out has a gradient of 0, whatever its value: infinite, NaN or undefined.

np.where(x > 0, x * np.log(x), 0) is 0 for x <= 0, and so are its derivatives of every order.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_cases import outputs

import tinygrad_np as tg
from tinygrad_np.ops import TABLE
from tinygrad_np.recording import reachable

LEFT_OUT = np.array([0.0, -1.0, np.inf, -np.inf, np.nan, 1000.0])
"""Where one or another of the functions here, or a slope of it, is infinite or undefined."""
KEPT = np.array([2.0, 0.5, 0.25])
X = np.concatenate([LEFT_OUT, KEPT])
IS_KEPT = np.arange(len(X)) >= len(LEFT_OUT)


@pytest.fixture(autouse=True)
def _silent() -> Any:
    with np.errstate(all="ignore"):
        yield


def weighted(gradient: Callable[[Any], Any], weights: Any) -> Callable[[Any], Any]:
    """A number that all of a gradient goes into, to be differentiated again."""
    return lambda x: np.sum(gradient(x) * weights.astype(x.dtype))


def check(selected: Callable[[Any, Any], Any], x: Any = X, is_kept: Any = IS_KEPT) -> None:
    """Compare with the function of the kept elements alone, to third order and in both modes."""
    weights = np.linspace(1, 2, len(x))
    for dtype in (np.float64, np.float32):
        point, tangent = x.astype(dtype), weights.astype(dtype)
        fun: Any = lambda x: selected(x, is_kept)
        alone: Any = lambda x: selected(x, np.ones(x.shape, bool))
        for order in (1, 2, 3):
            gradient = tg.grad(fun)(point)
            assert gradient.dtype == dtype
            np.testing.assert_array_equal(gradient[~is_kept], 0, err_msg=f"order {order}")
            expected = tg.grad(alone)(point[is_kept])
            near = {"rtol": 1e-4, "atol": 1e-5 * np.max(np.abs(expected))}
            np.testing.assert_allclose(gradient[is_kept], expected, **near)
            moved = tg.jvp(fun, (point,), (tangent,))[1]
            np.testing.assert_allclose(moved, np.sum(gradient * tangent), **near)
            fun = weighted(tg.grad(fun), weights)
            alone = weighted(tg.grad(alone), weights[is_kept])


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "x log x": lambda x: x * np.log(x),
    "x sqrt x": lambda x: x * np.sqrt(x),
    "x exp(1000 x)": lambda x: x * np.exp(1000 * (x - 2)),
    "x / x x": lambda x: 3 / x * x * (2 / x),
    "x (x - x)": lambda x: x * (x - x) * (x + 1),
    "x^x x": lambda x: x**x * x,
    "tanh(x) x": lambda x: np.tanh(x * x) * x,
    "arctan2(x, x x) x": lambda x: np.arctan2(x, x * x) * x,
    "arctan(x) arcsinh(x)": lambda x: np.arctan(x) * np.arcsinh(x),
    "arcsin(x / 3)": lambda x: np.arcsin(x / 3) * np.arccos(x / 3) * np.arctanh(x / 3),
    "exp(x log x)": lambda x: np.exp(x * np.log(x)),
    "tanh(x log x)": lambda x: np.tanh(x * np.log(x)),
    "square(x log x)": lambda x: np.square(x * np.log(x)) + (x * np.log(x)) ** 3,
    "sinc(x) x": lambda x: np.sinc(x) * x,
    "x max(x log x, 0)": lambda x: x * np.maximum(x * np.log(x), -x),
    "x / norm": lambda x: x / np.sqrt(x * x + (x - x) ** 2),
    "norm of rows": lambda x: np.linalg.norm(np.stack([x, np.log(x)]), axis=0) * x,
    "var of rows": lambda x: np.var(np.stack([x, np.log(x)]), axis=0) * x,
    "std of rows": lambda x: np.std(np.stack([x, np.log(x)]), axis=0) * x,
    "mean of rows": lambda x: np.mean(np.stack([x, np.log(x)]), axis=0) * x,
    "product of rows": lambda x: np.prod(np.stack([x, np.log(x)]), axis=0) * x,
    "sum of products": lambda x: np.sum(np.stack([x, x]) * np.log(np.stack([x, x])), axis=0),
    "in a checkpoint": tg.checkpoint(lambda x: x * np.log(x)),
    "in vmap": tg.vmap(lambda x: x * np.log(x)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_where_leaves_out_has_no_gradient(name: str) -> None:
    function = FUNCTIONS[name]
    check(lambda x, is_kept: np.sum(np.where(is_kept, function(x), 0)))


def assigned(y: Any, is_kept: Any) -> Any:
    out = np.zeros(y.shape, y.dtype)
    out[is_kept] = y[is_kept]
    return out


def written_over(y: Any, is_kept: Any) -> Any:
    y[~is_kept] = 0
    return y


def put_over(y: Any, is_kept: Any) -> Any:
    np.putmask(y, ~is_kept, 0)
    return y


SELECTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "where": lambda y, m: np.where(m, y, 0),
    "y[m]": lambda y, m: y[m],
    "y[places]": lambda y, m: y[np.flatnonzero(m)],
    "y[-3:]": lambda y, m: y[-3:],
    "y[-1]": lambda y, m: y[-1] + y[-2] + y[-3],
    "take": lambda y, m: np.take(y, np.flatnonzero(m)),
    "take_along_axis": lambda y, m: np.take_along_axis(y, np.flatnonzero(m), 0),
    "compress": lambda y, m: np.compress(m, y),
    "extract": lambda y, m: np.extract(m, y),
    "delete": lambda y, m: np.delete(y, np.flatnonzero(~m)),
    "split": lambda y, m: np.split(y, [len(y) - 3])[1],
    "select": lambda y, m: np.select([m], [y], 0.0),
    "choose": lambda y, m: np.choose(m * 1, [np.zeros(y.shape, y.dtype), y]),
    "piecewise": lambda y, m: np.piecewise(y, [m], [lambda y: y * y, 0.0]),
    "y[~m] = 0": written_over,
    "putmask": put_over,
    "out[m] = y[m]": assigned,
    "sum(where=)": lambda y, m: np.sum(y, where=m),
    "mean(where=)": lambda y, m: np.mean(y, where=m),
    "max(where=)": lambda y, m: np.max(y, where=m, initial=-9.0),
    "diagonal": lambda y, m: np.diagonal(y[:, None] * np.ones_like(y))[m],
    "tril": lambda y, m: np.tril(np.stack([y[::-1]] * len(y)))[:3, :3],
    "sort": lambda y, m: np.sort(np.where(m, y, np.inf))[:3],
    "add.reduceat": lambda y, m: np.add.reduceat(y, [len(y) - 3]),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_selections_of_every_kind(name: str) -> None:
    selection = SELECTIONS[name]
    check(lambda x, is_kept: np.sum(selection(x * np.log(x), is_kept)))


REPLACEMENTS: dict[str, Callable[[Any], Any]] = {
    "nan_to_num": lambda y: np.nan_to_num(y, posinf=0.0),
    "nansum": lambda y: np.nansum(y),
    "nanmax": lambda y: np.nanmax(y),
    "fmax": lambda y: np.fmax(y, -0.3),
    "fmin": lambda y: np.fmin(y, 5.0),
    "where isfinite": lambda y: np.where(np.isfinite(y), y, 0),
    "median": lambda y: np.nanmedian(y),
}


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_what_is_left_out_because_it_is_nan(name: str) -> None:
    x = np.array([0.0, -1.0, np.nan, *KEPT])
    is_kept = x > 0
    check(lambda x, is_kept: np.sum(REPLACEMENTS[name](x * np.log(x))), x, is_kept)


@pytest.mark.parametrize("bounded", [
    lambda y: np.clip(y, -8, 8), lambda y: np.minimum(y, 8), lambda y: np.fmin(y, 8),
    lambda y: np.min(np.stack([y, np.full(y.shape, 8, y.dtype)]), axis=0),
])  # fmt: skip
def test_what_overflows_beyond_a_bound_has_no_gradient(bounded: Any) -> None:
    x = np.array([1000.0, 900.0, *KEPT])
    check(lambda x, is_kept: np.sum(bounded(x * np.exp(x))), x, x < 10)


def test_entropy_with_zeros() -> None:
    entropy = lambda p: -np.sum(np.where(p > 0, p * np.log(p), 0))
    p = np.array([0.0, 0.25, 0.0, 0.75])
    slopes, curvatures = np.zeros(4), np.zeros((4, 4))
    slopes[[1, 3]] = -np.log([0.25, 0.75]) - 1
    curvatures[[1, 3], [1, 3]] = -1 / np.array([0.25, 0.75])
    np.testing.assert_allclose(tg.grad(entropy)(p), slopes)
    np.testing.assert_allclose(tg.hessian(entropy)(p), curvatures)
    for outer, inner in itertools.product(("forward", "reverse"), repeat=2):
        found = tg.jacobian(tg.jacobian(entropy, mode=inner), mode=outer)(p)
        np.testing.assert_allclose(found, curvatures)
    np.testing.assert_allclose(tg.hvp(entropy, (p,), (np.ones(4),)), curvatures.sum(axis=1))


def test_of_each_example() -> None:
    xlogx = lambda x: np.where(x > 0, x * np.log(x), 0.0)
    x = np.array([0.0, -1.0, 2.0, 0.5])
    np.testing.assert_allclose(tg.vmap(tg.grad(xlogx))(x), [0, 0, 1 + np.log(2), 1 - np.log(2)])
    np.testing.assert_allclose(tg.vmap(tg.grad(tg.grad(xlogx)))(x), [0, 0, 0.5, 2])
    entropy = lambda p: -np.sum(xlogx(p))
    np.testing.assert_allclose(
        tg.vmap(tg.hessian(entropy))(np.stack([x, x[::-1]]))[1], np.diag([-2, -0.5, 0, 0])
    )


def test_where_only_the_other_argument_is_differentiated() -> None:
    def fun(x: Any, w: Any) -> Any:
        return np.sum(np.where(w > 0, np.exp(x + w * np.log(w)), 0))

    w = np.array([0.0, -1.0, 2.0, 0.5])
    mixed = tg.jacobian(tg.grad(fun), argnums=1)(w, w)
    np.testing.assert_allclose(mixed, np.diag([0, 0, *(np.exp(w) * w**w * (np.log(w) + 1))[2:]]))


def test_a_cotangent_of_zero_leaves_out_as_well() -> None:
    xlogx = lambda x: x * np.log(x)
    x = np.array([0.0, -1.0, 2.0, 0.5])
    (gradient,) = tg.vjp(xlogx, x)[1](np.array([0.0, 0.0, 3.0, 1.0]))
    np.testing.assert_allclose(gradient, [0, 0, 3 + 3 * np.log(2), 1 - np.log(2)])
    y = tg.Tensor(x, requires_grad=True)
    xlogx(y).backward(np.array([0.0, 0.0, 3.0, 1.0]))
    np.testing.assert_array_equal(y.grad, gradient)
    expected = np.diag([-np.inf, np.nan, 1 + np.log(2), 1 - np.log(2)])
    np.testing.assert_allclose(tg.jacobian(xlogx, mode="reverse")(x), expected)


def test_what_is_selected_and_infinite_stays_infinite() -> None:
    slope = lambda fun: tg.grad(fun)(np.array([0.0, 2.0]))
    assert slope(lambda x: np.sum(np.where([True, False], x * np.log(x), 0)))[0] == -np.inf
    assert np.isnan(slope(lambda x: np.sum((x * np.log(-x))[1:]))[1])
    first = tg.grad(lambda x: np.sum((x * np.log(x))[1:]))
    np.testing.assert_allclose(first(np.array([0.0, 2.0])), [0, 1 + np.log(2)])


def test_debug_finds_nothing_behind_a_selection() -> None:
    fun = lambda x: np.sum(np.where(x > 0, x * np.sqrt(x + 1), 0))
    x = tg.Tensor([-1.0, 4.0], requires_grad=True)
    infinite = lambda x: np.sum(np.where(x > 0, x * w, 0))
    w = np.array([np.inf, 2.0])
    product = infinite(x)
    with tg.debug():
        tg.grad(fun)(np.array([-1.0, 4.0]))
        product.backward()
    np.testing.assert_array_equal(x.grad, [0, 2])


def test_ufuncs_of_values_where_they_have_no_slope() -> None:
    values = [np.nan, np.inf, -np.inf, 0.0, -1.0, 1.0, 2.0, 1e200, -1e4, 0.5]
    a, b = (np.array(column) for column in zip(*itertools.product(values, values), strict=True))
    left_out = np.arange(len(a)) >= 0
    skipped = {np.matmul, getattr(np, "matvec", None), getattr(np, "vecmat", None), np.vecdot}
    ufuncs = [key for key in TABLE if isinstance(key, np.ufunc) and key not in skipped]
    assert len(ufuncs) > 40
    for ufunc in ufuncs:
        args = (a, b)[: ufunc.nin]
        numbers = (0,) if ufunc in (np.ldexp, np.heaviside) else tuple(range(ufunc.nin))
        if ufunc is np.ldexp:
            args = a, np.arange(len(a))

        def hidden(*args: Any, ufunc: Any = ufunc) -> Any:
            return np.sum(np.where(left_out, 0, outputs(ufunc(*args))[0]))

        fun: Any = hidden
        for order in (1, 2, 3):
            for gradient in tg.grad(fun, numbers)(*args):
                np.testing.assert_array_equal(gradient, 0, err_msg=f"{ufunc} at order {order}")
            tangents = tuple(np.ones(arg.shape, arg.dtype) for arg in args[: len(numbers)])
            constants = args[len(numbers) :]
            moving = lambda *x, fun=fun, constants=constants: fun(*x, *constants)
            assert tg.jvp(moving, args[: len(numbers)], tangents)[1] == 0
            inner = tg.grad(fun, numbers)
            fun = lambda *args, inner=inner: sum(np.sum(g * 3 + g * g) for g in inner(*args))


def test_ops_that_leave_zeros_in_cotangents_say_so() -> None:
    rng = np.random.default_rng(0)
    missing = set()
    for function, call in {
        np.where: lambda x: np.where([True, False, True], x, 1.0),
        np.maximum: lambda x: np.maximum(x, [1.0, 9.0, 0.0]),
        np.minimum: lambda x: np.minimum(x, [1.0, 9.0, 0.0]),
        np.max: np.max, np.min: np.min, np.ptp: np.ptp, np.median: np.median,
        np.quantile: lambda x: np.quantile(x, 0.9),
        np.interp: lambda x: np.interp(0.5, [0.0, 1.0, 2.0], x),
        np.triu: lambda x: np.triu(x * np.ones((3, 1))),
        np.trace: lambda x: np.trace(x * np.ones((3, 1))),
    }.items():
        x = tg.Tensor(rng.normal(size=3) + 2, requires_grad=True)
        y = call(x)
        if not any(node.op is not None and node.op.selects for node in reachable([y.node])):
            missing.add(function.__name__)
    assert not missing
