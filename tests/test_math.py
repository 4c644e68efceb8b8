"""tinygrad_np.math: on numbers as Python's ``math``, on Tensors with derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
import tinygrad_np.math as drop_in

POINTS = {
    "acosh": (1.7,), "atan2": (0.4, -1.3), "cbrt": (-0.6,), "copysign": (0.7, -2.0),
    "dist": ([0.3, 1.2], [1.5, -0.4]), "fmod": (-2.7, 1.1), "fsum": ([0.3, -1.2, 2.0],),
    "hypot": (0.3, -1.2, 0.5), "log": (1.7, 2.5), "modf": (-1.7,), "pow": (1.7, -0.6),
    "prod": ([0.3, -1.2, 2.0],), "remainder": (2.7, 1.1), "sumprod": ([0.3, 1.2], [1.5, -0.4]),
}  # fmt: skip
PREDICATES = ("isclose", "isfinite", "isinf", "isnan")
DIFFERENTIABLE = [
    name for name in drop_in.OF_TENSORS if name not in PREDICATES and hasattr(math, name)
]


def arguments(name: str) -> tuple[Any, ...]:
    return POINTS.get(name, (0.6,))


def first(result: Any) -> Any:
    """Of the two parts of a number, that which has a derivative."""
    return result[0] if isinstance(result, tuple) else result


def moved(value: Any, step: float) -> Any:
    return (
        [item + (i + 1) * step for i, item in enumerate(value)]
        if type(value) is list
        else value + step
    )


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_derivatives(name: str) -> None:
    args = arguments(name)
    original: Callable[..., Any] = getattr(math, name)
    function = getattr(drop_in, name)
    step = 1e-6
    near = [original(*[moved(arg, s) for arg in args]) for s in (step, -step)]
    expected = (first(near[0]) - first(near[1])) / (2 * step)

    def along(s: Any) -> Any:
        return first(function(*[moved(arg, s) for arg in args]))

    assert tg.grad(along)(0.0) == pytest.approx(expected, rel=1e-6, abs=1e-8)
    assert tg.jvp(along, (0.0,), (1.0,))[1] == pytest.approx(expected, rel=1e-6, abs=1e-8)
    assert tg.vjp(along, 0.0)[0] == pytest.approx(first(original(*args)), rel=1e-14)
    tg.testing.check_grads(along, (0.0,), order=2)
    many = tg.vmap(along)(np.array([0.0, 0.01]))
    np.testing.assert_allclose(many, [along(0.0), along(0.01)], rtol=1e-13)
    assert tg.grad(along)(np.float32(0)).dtype == np.float32


@pytest.mark.parametrize("name", drop_in.__all__)
def test_plain_numbers_are_left_to_python(name: str) -> None:
    function, original = getattr(drop_in, name), getattr(math, name)
    if not callable(original):
        assert function is original
    elif name in drop_in.OF_TENSORS:
        args = arguments(name) * (2 if name == "isclose" else 1)
        assert function(*args) == original(*args)
        assert type(function(*args)) is type(original(*args))
        constants = [arg if type(arg) is list else tg.Tensor(arg) for arg in args]
        assert type(function(*constants)) is type(original(*args))
    else:
        assert function is original


@pytest.mark.parametrize("x", [0.3, 1.0, 7.7, 40.0, 150.0, -0.5, -3.3])
@pytest.mark.parametrize("order", range(4))
def test_the_gamma_function_to_high_order(x: float, order: int) -> None:
    special = pytest.importorskip("scipy.special")
    derivative: Callable[..., Any] = drop_in.lgamma
    for _ in range(order):
        derivative = tg.grad(derivative)
    if order < 2:
        expected = [special.gammaln, special.digamma][order](x)
    elif x > 0:
        expected = special.polygamma(order - 1, x)
    else:
        # By reflection, as SciPy has no such derivatives there.
        cotangent = tg.grad(lambda x: -np.pi / np.tan(np.pi * x))
        for _ in range(order - 2):
            cotangent = tg.grad(cotangent)
        expected = cotangent(x) + (-1) ** (order - 1) * special.polygamma(order - 1, 1 - x)
    np.testing.assert_allclose(derivative(x), expected, rtol=1e-11, atol=1e-13)


def test_iterators_are_gone_through_once() -> None:
    assert drop_in.fsum(x for x in (1.0, 2.0)) == 3.0
    assert tg.grad(lambda x: drop_in.prod(x for _ in range(3)))(2.0) == 12.0
    assert drop_in.prod([], start=2.5) == 2.5


def test_questions_are_answered_of_the_value() -> None:
    def fun(x: Any) -> Any:
        assert drop_in.isfinite(x) is True
        assert drop_in.isnan(x) is False
        assert drop_in.isclose(x, 2.0 + 1e-12) is True
        assert drop_in.floor(x * 1.3) == 2
        return x

    assert tg.grad(fun)(2.0) == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda x: drop_in.sqrt(x - 3), lambda x: drop_in.log(-x), lambda x: drop_in.acos(x + 7),
        lambda x: drop_in.fmod(x, 0.0), lambda x: drop_in.pow(-x, 0.5),
    ],
)  # fmt: skip
def test_outside_of_the_domain_it_raises_as_python_does(call: Any) -> None:
    with pytest.raises(ValueError, match=r"domain|positive|expected"):
        tg.grad(call)(1.0)
    with pytest.raises(ValueError, match=r"domain|positive|expected"):
        call(1.0)


def test_an_overflow_is_raised_as_python_does() -> None:
    with pytest.raises(OverflowError):
        tg.grad(drop_in.exp)(1e3)


def test_arrays_and_strings_are_refused() -> None:
    with pytest.raises(TypeError):
        tg.grad(lambda x: drop_in.sin(x))(np.ones(3))
    with pytest.raises(TypeError):
        drop_in.sin("1")
    with pytest.raises(tg.GradientError, match="custom_op"):
        tg.grad(drop_in.ulp)(1.5)


def test_all_of_math_is_there() -> None:
    assert set(dir(math)) == set(dir(drop_in))
    with pytest.raises(AttributeError):
        drop_in.cosine  # noqa: B018 - what is tested


def test_sums_and_remainders_are_exact() -> None:
    for numbers in ([0.1] * 10, [1e100, 1.0, -1e100], [0.3, 1e30, 1.7, -1e30]):
        value, pullback = tg.vjp(lambda x: drop_in.fsum(list(x)), np.array(numbers))
        assert value == math.fsum(numbers)
        np.testing.assert_array_equal(pullback(2.0)[0], np.full(len(numbers), 2.0))
    for x, y in ((3.0, -0.4), (3.0, 0.3), (-2.5, math.inf), (7.0, 2.0)):
        value, pullback = tg.vjp(drop_in.remainder, x, y)
        assert value == math.remainder(x, y)
        assert pullback(1.0) == (1.0, -round((x - math.remainder(x, y)) / y))
    assert tg.vjp(lambda x: drop_in.fsum([x, 0.5, 1]), np.float32(2.7))[0].dtype == np.float32
    assert tg.grad(lambda x: drop_in.remainder(x, 2))(np.float32(2.7)).dtype == np.float32


@pytest.mark.parametrize("keywords", [{}, {"rel_tol": 0.2}, {"abs_tol": 0.3}])
def test_isclose_in_a_batch(keywords: dict[str, float]) -> None:
    numbers = np.array([1.0, 1.0 + 1e-6, 1.0 + 1e-12, 1.15, math.inf, -math.inf, math.nan])
    for other in (1.0, math.inf):
        found = tg.vmap(lambda x: np.where(drop_in.isclose(x, other, **keywords), 1, 0))(numbers)
        assert found.tolist() == [math.isclose(x, other, **keywords) for x in numbers]
