"""ops/elementwise.py: functions of each element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import (
    Call,
    Case,
    anything,
    between,
    broadcast,
    either,
    multiples,
    nonzero,
    positive,
    unary,
)

import tinygrad_np as tg
from tinygrad_np.ops import elementwise as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


@st.composite
def conditional(draw: Any) -> Call:
    call = draw(broadcast(anything, anything, anything))
    condition, *arrays = call.arrays
    return Call(tuple(arrays), {"condition": condition > 0})


@st.composite
def clipping(draw: Any) -> Call:
    """Bounds as arrays or left out, some of them in the wrong order."""
    call = draw(broadcast(multiples(0.6, 0.0), multiples(0.6, 0.33), multiples(0.6, 0.67)))
    array, low, high = call.arrays
    bounds = draw(st.sampled_from(["both", "low", "high"]))
    if bounds == "both":
        return call
    return Call((array, low if bounds == "low" else high), {"bounds": bounds})


def call_clip(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    if settings.get("bounds") == "low":
        return function(arrays[0], arrays[1], None)
    if settings.get("bounds") == "high":
        return function(arrays[0], None, arrays[1])
    return function(*arrays)


def call_where(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    return function(settings["condition"], *arrays)


def smooth(function: Any, *domains: Any, **options: Any) -> Case:
    inputs = broadcast(*domains) if len(domains) > 1 else unary(*domains)
    return Case(function, inputs, complex=True, **options)


def real(function: Any, *domains: Any, **options: Any) -> Case:
    inputs = broadcast(*domains) if len(domains) > 1 else unary(*domains)
    return Case(function, inputs, **options)


even, odd = multiples(0.2, 0.0), multiples(0.2, 0.5)
divisor = either(between(1.9, 2.1), between(-2.1, -1.9))
inside = between(-0.9, 0.9)

CASES = op_cases.by_function(
    smooth(ops.quotient, anything, nonzero),
    smooth(ops.product, anything, anything),
    smooth(np.add, anything, anything),
    smooth(np.subtract, anything, anything),
    smooth(np.multiply, anything, anything),
    smooth(np.divide, anything, nonzero),
    smooth(np.power, positive, anything),
    smooth(np.float_power, positive, anything, dtypes=(np.float64,)),
    smooth(np.negative, anything),
    smooth(np.positive, anything),
    real(np.remainder, multiples(2.0, 0.5, jitter=0.3), divisor),
    real(np.fmod, multiples(2.0, 0.5, jitter=0.3), divisor),
    smooth(np.exp, anything),
    smooth(np.exp2, anything),
    smooth(np.expm1, anything),
    smooth(np.log, positive),
    smooth(np.log2, positive),
    smooth(np.log10, positive),
    smooth(np.log1p, between(-0.8, 3)),
    real(np.logaddexp, anything, anything),
    real(np.logaddexp2, anything, anything),
    smooth(np.sqrt, positive),
    real(np.cbrt, nonzero),
    smooth(np.square, anything),
    smooth(np.reciprocal, nonzero),
    real(np.hypot, nonzero, anything),
    smooth(np.sin, anything),
    smooth(np.cos, anything),
    smooth(np.tan, between(-1.2, 1.2)),
    smooth(np.arcsin, inside),
    smooth(np.arccos, inside),
    smooth(np.arctan, anything),
    real(np.arctan2, nonzero, positive),
    smooth(np.sinh, anything),
    smooth(np.cosh, anything),
    smooth(np.tanh, anything),
    smooth(np.arcsinh, anything),
    smooth(np.arccosh, between(1.2, 3)),
    smooth(np.arctanh, inside),
    real(np.deg2rad, anything),
    real(np.radians, anything),
    real(np.rad2deg, anything),
    real(np.degrees, anything),
    smooth(np.absolute, nonzero),
    real(np.fabs, nonzero),
    real(np.copysign, nonzero, nonzero),
    real(np.maximum, even, odd),
    real(np.minimum, even, odd),
    real(np.fmax, even, odd),
    real(np.fmin, even, odd),
    Case(np.where, conditional(), call_where, complex=True),
    Case(ops.choose, conditional(), call_where, complex=True),
    real(np.nan_to_num, anything),
    smooth(np.conjugate, anything),
    smooth(np.real, anything),
    smooth(np.imag, anything),
    Case(np.clip, clipping(), call_clip),
    Case(ops.clip, broadcast(even, multiples(0.2, 0.33, jitter=0.02),
                             multiples(0.2, 0.67, jitter=0.02))),
)  # fmt: skip
UFUNCS = op_cases.by_function(*[c for c in CASES.values() if isinstance(c.function, np.ufunc)])
BINARY = op_cases.by_function(*[c for c in UFUNCS.values() if c.function.nin == 2])


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(BINARY | {np.where: CASES[np.where], np.clip: CASES[np.clip]})
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(op_cases.methods(CASES))
@few
@hypothesis.given(data=st.data())
def test_method(case: Case, data: st.DataObject) -> None:
    op_cases.check_method(case, data)


@op_cases.each({key: c for key, c in CASES.items() if np.float32 in c.dtypes})
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@hypothesis.settings(max_examples=2)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    if not hasattr(jax_numpy, case.name):
        pytest.skip(f"jax.numpy has no {case.name}")
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(case: Case, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    # PyTorch has no imag of real numbers, and its clip fails to undo the broadcasting of bounds.
    if not hasattr(torch, case.name) or case.name in ("imag", "clip"):
        pytest.skip(f"torch has no {case.name} to compare with")
    op_cases.check_against_torch(case, getattr(torch, case.name), data)


# Dtypes


NUMBERS = [2, 2.0, np.float32(2), np.int8(2), True]
INTEGERS = [3, True, np.int8(3), np.int64(3), np.arange(1, 4), np.arange(1, 4, dtype=np.int8)]


@op_cases.each(BINARY)
@pytest.mark.parametrize("constant", INTEGERS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_integer_constants(case: Case, constant: Any, dtype: type) -> None:
    if constant is True and case.function is np.subtract:
        pytest.skip("NumPy does not subtract booleans")
    array = np.array([1.3, 0.43, 2.6], dtype)
    function = case.function
    for fun in (lambda x: function(x, constant), lambda x: function(constant, x)):
        expected = fun(array)
        op_cases.assert_same(fun(tg.Tensor(array, requires_grad=True)), expected)
        tg.testing.check_grads(fun, (array,), order=1 if dtype == np.float32 else 2)


@op_cases.each({key: c for key, c in BINARY.items() if np.float32 in c.dtypes})
@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_numbers_keep_float32(case: Case, number: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for array in (np.array([1.5, 0.4, 2.7], np.float32), np.array(1.5, np.float32)):
        arrays = (array,)
        op_cases.assert_float32_stays(lambda x: case.function(x, number), arrays, monkeypatch)
        op_cases.assert_float32_stays(lambda x: case.function(number, x), arrays, monkeypatch)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
    "%": lambda x, y: x % y,
}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("number", [*NUMBERS, 0.5, 3, 1, 0, -1, -2.0], ids=repr)
def test_operators_with_numbers_keep_float32(
    name: str, number: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = OPERATORS[name]
    for array in (np.array([1.3, 0.43, 2.6], np.float32), np.array(1.3, np.float32)):
        for fun in (lambda x: operator(x, number), lambda x: operator(number, x)):
            with np.errstate(all="ignore"):
                expected = fun(array)
            if not np.all(np.isfinite(expected)) or expected.dtype != np.float32:
                continue
            assert fun(tg.Tensor(array, requires_grad=True)).dtype == expected.dtype
            op_cases.assert_float32_stays(fun, (array,), monkeypatch)
            tg.testing.check_grads(fun, (array,), order=1)


@pytest.mark.parametrize("name", OPERATORS)
@hypothesis.given(data=st.data())
def test_operators_are_the_functions(name: str, data: st.DataObject) -> None:
    function = {
        "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power,
        "%": np.remainder,
    }[name]  # fmt: skip
    call = CASES[function].draw(data)
    a, b = call.arrays
    operator = OPERATORS[name]
    for x, y in (
        (tg.Tensor(a, requires_grad=True), tg.Tensor(b, requires_grad=True)),
        (tg.Tensor(a, requires_grad=True), b),
        (a, tg.Tensor(b, requires_grad=True)),
        (a.tolist() if a.ndim and a.size else a, tg.Tensor(b, requires_grad=True)),
        (tg.Tensor(a, requires_grad=True), b.tolist() if b.ndim and b.size else b),
    ):
        plain = [tg.stop_gradient(z) if isinstance(z, tg.Tensor) else z for z in (x, y)]
        expected = np.asarray(operator(*map(np.asarray, plain)))
        # On scalars Python's operator is not NumPy's loop, and may differ in the last digit.
        op_cases.assert_same(operator(x, y), expected, rtol=4 * np.finfo(expected.dtype).eps)
    if a.dtype == np.float64:
        tg.testing.check_grads(operator, (a, b), order=1)


def test_unary_operators() -> None:
    x = np.array([1.5, -0.4])
    tg.testing.check_grads(lambda x: -x + abs(x) - (+x) ** 2, (x,))


@op_cases.each(BINARY)
def test_lists_as_constants(case: Case) -> None:
    array, numbers = np.array([1.5, 0.4, 2.7]), [2.0, 1.1, 0.7]
    for fun, plain in (
        (lambda x: case.function(x, numbers), lambda x: case.function(x, np.array(numbers))),
        (lambda x: case.function(numbers, x), lambda x: case.function(np.array(numbers), x)),
    ):
        (gradient,) = tg.vjp(fun, array)[1](np.ones(3))
        np.testing.assert_array_equal(gradient, tg.vjp(plain, array)[1](np.ones(3))[0])
        moved = tg.jvp(fun, (array,), (np.ones(3),))[1]
        np.testing.assert_array_equal(moved, tg.jvp(plain, (array,), (np.ones(3),))[1])


# Conventions where there is no derivative


def slope(fun: Callable[[Any], Any], x: Any) -> Any:
    """The derivative of a function of each element, by both modes, which must agree."""
    x = np.asarray(x)
    t = np.linspace(1, 2, x.size).reshape(x.shape)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        (reverse,) = tg.vjp(fun, x)[1](t)
        forward = tg.jvp(fun, (x,), (t,))[1]
    np.testing.assert_array_equal(reverse, forward)
    return reverse / t


def test_absolute_value_has_slope_0_at_0() -> None:
    for function in (np.abs, np.fabs):
        np.testing.assert_array_equal(slope(function, [-2.0, -0.0, 0.0, 3.0]), [-1, 0, 0, 1])
    np.testing.assert_array_equal(slope(lambda x: np.abs(x + 0j), [-2.0, 0.0, 3.0]), [-1, 0, 1])


@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_arguments_that_tie_share_the_slope(function: Any) -> None:
    a = np.array([1.0, 2.0, 3.0])
    assert list(slope(lambda x: function(x, a), a)) == [0.5, 0.5, 0.5]
    assert list(slope(lambda x: function(a, x), a)) == [0.5, 0.5, 0.5]
    assert list(slope(lambda x: function(x, x), a)) == [1, 1, 1]
    assert float(slope(lambda x: function(x, 0.0), np.array(0.0))) == 0.5


def test_the_relu_has_slope_one_half_at_0() -> None:
    assert list(slope(lambda x: np.maximum(x, 0), [-1.0, 0.0, 1.0])) == [0, 0.5, 1]


def test_fmax_and_fmin_pass_over_nan() -> None:
    nan = np.array([np.nan, 1.0, np.nan])
    x = np.array([2.0, np.nan, np.nan])
    for function in (np.fmax, np.fmin):
        assert list(slope(lambda x: function(x, nan), x)[:2]) == [1, 0]
        assert list(slope(lambda x: function(nan, x), x)[:2]) == [1, 0]


def test_clip_passes_the_slope_on_at_its_bounds() -> None:
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    assert list(slope(lambda x: np.clip(x, 0, 1), x)) == [0, 1, 1, 1, 0]
    assert list(slope(lambda x: np.clip(x, None, 1), x)) == [1, 1, 1, 1, 0]
    assert list(slope(lambda x: np.clip(x, 0, None), x)) == [0, 1, 1, 1, 1]
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        assert list(slope(lambda x: np.clip(x, min=0), x)) == [0, 1, 1, 1, 1]
    assert list(slope(lambda x: x.clip(max=1), x)) == [1, 1, 1, 1, 0]
    assert list(slope(lambda x: np.clip(x, a_min=0, a_max=1), x)) == [0, 1, 1, 1, 0]
    assert list(slope(lambda low: np.clip(0.5, low, 1.0), x)) == [0, 0, 0, 1, 0]
    assert list(slope(lambda high: np.clip(0.5, 0.0, high), x)) == [1, 1, 0, 0, 0]


def test_piecewise_constant_functions_are_constants() -> None:
    x = tg.Tensor([0.4, -1.6], requires_grad=True)
    for function in (np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.isfinite):
        assert type(function(x)) is np.ndarray
        np.testing.assert_array_equal(function(x), function(x.numpy()))
    for compare in (np.equal, np.less, np.greater_equal, np.logical_and, np.floor_divide):
        np.testing.assert_array_equal(compare(x, 0.4), compare(x.numpy(), 0.4))
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(x * np.floor(x)))(x.numpy()), [0, -2])


def test_where_takes_any_condition() -> None:
    x = np.array([1.0, 0.0, -2.0])
    assert list(slope(lambda x: np.where(x, 2 * x, 3 * x), x)) == [2, 3, 2]
    assert list(slope(lambda x: np.where(True, x, 5.0), x)) == [1, 1, 1]
    assert list(slope(lambda x: np.where([True, False, True], x, 5.0), x)) == [1, 0, 1]
    (found,) = np.where(tg.Tensor(x, requires_grad=True))
    np.testing.assert_array_equal(found, [0, 2])


def test_complex_functions_of_real_arguments() -> None:
    x = np.array([0.3, -0.7])
    tg.testing.check_grads(lambda x: np.abs(np.exp(1j * x) + x), (x,))
    tg.testing.check_grads(lambda x: np.real(x * (1 + 2j)) * np.imag(x * 1j), (x,))
    tg.testing.check_grads(lambda x: np.imag(x) + x, (x,))


# Poles: where the cotangent is 0, so is the gradient


def overflowing(function: Any) -> tuple[Any, list[float], list[float]]:
    return function, [1e4, -1e4], [0.3, -0.2]


POLES: dict[str, tuple[Any, list[float], list[float]]] = {
    "log": (np.log, [0.0, -1.0], [1.0, 2.0]),
    "log2": (np.log2, [0.0, -1.0], [1.0, 2.0]),
    "log10": (np.log10, [0.0, -1.0], [1.0, 2.0]),
    "log1p": (np.log1p, [-1.0, -2.0], [1.0, 2.0]),
    "sqrt": (np.sqrt, [0.0, -1.0], [1.0, 2.0]),
    "cbrt": (np.cbrt, [0.0], [1.0, -2.0]),
    "reciprocal": (np.reciprocal, [0.0], [1.0, -2.0]),
    "1 / x": (lambda x: 1 / x, [0.0], [1.0, -2.0]),
    "x / x": (lambda x: x / x, [0.0], [1.0, -2.0]),
    "x / 0.0": (lambda x: x / 0.0, [1.0, 0.0], []),
    "x / zeros(x.shape)": (lambda x: x / np.zeros(x.shape), [1.0, 0.0], []),
    "x**-1.0": (lambda x: x**-1.0, [0.0], [1.0, 2.0]),
    "x**-2": (lambda x: x**-2, [0.0], [1.0, -2.0]),
    "x**0.5": (lambda x: x**0.5, [0.0, -1.0], [1.0, 2.0]),
    "x**1.5": (lambda x: x**1.5, [0.0, -1.0], [1.0, 2.0]),
    "x**x": (lambda x: x**x, [0.0, -1.5], [1.0, 2.0]),
    "2.0**x": (lambda x: 2.0**x, [1e4], [1.0, 2.0]),
    "0.0**x": (lambda x: 0.0**x, [-1.0], [1.0, 2.0]),
    "(-2.0) ** x": (lambda x: (-2.0) ** x, [0.5], []),
    "float_power(x, 0.5)": (lambda x: np.float_power(x, 0.5), [0.0, -1.0], [1.0, 2.0]),
    "arcsin": (np.arcsin, [1.0, -1.0, 2.0], [0.3, -0.2]),
    "arccos": (np.arccos, [1.0, -1.0, 2.0], [0.3, -0.2]),
    "arctanh": (np.arctanh, [1.0, -1.0, 2.0], [0.3, -0.2]),
    "arccosh": (np.arccosh, [1.0, 0.0], [1.5, 2.0]),
    "hypot(x, 0.0 * x)": (lambda x: np.hypot(x, 0.0 * x), [0.0], [1.0, -2.0]),
    "arctan2(x, 0.0 * x)": (lambda x: np.arctan2(x, 0.0 * x), [0.0], [1.0, -2.0]),
    "remainder(1.0, x)": (lambda x: np.remainder(1.0, x), [0.0], [0.7, 3.0]),
    "fmod(1.0, x)": (lambda x: np.fmod(1.0, x), [0.0], [0.7, 3.0]),
    "abs(x + 0j)": (lambda x: np.abs(x + 0j), [0.0], [1.0, -2.0]),
    "exp": overflowing(np.exp),
    "exp2": overflowing(np.exp2),
    "expm1": overflowing(np.expm1),
    "sinh": overflowing(np.sinh),
    "cosh": overflowing(np.cosh),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", POLES)
def test_zero_cotangents_have_zero_gradients_even_at_poles(name: str, dtype: type) -> None:
    function, bad, good = POLES[name]
    x = np.array([*bad, *good], dtype)
    is_good = np.arange(len(x)) >= len(bad)

    def masked(x: Any, is_good: Any = is_good) -> Any:
        with np.errstate(all="ignore"):
            y = function(x)
        return np.sum(np.where(is_good, y, 0))

    def along(gradient: Any) -> Any:
        return lambda x, *args: np.sum(gradient(x, *args)[::-1] * x)

    fun: Any = masked
    for order in (1, 2, 3):
        # What the sweeps compute is outside of the function's own errstate.
        with np.errstate(divide="raise", over="raise", invalid="raise"):
            gradient = tg.grad(fun)(x)
            forward = tg.jvp(fun, (x,), (np.ones_like(x),))[1]
        assert gradient.dtype == dtype
        assert np.all(np.isfinite(gradient)), order
        np.testing.assert_allclose(forward, np.sum(gradient), rtol=1e-4)
        if order == 1:
            np.testing.assert_array_equal(gradient[: len(bad)], 0)
            alone = tg.grad(masked)(x[len(bad) :], True)
            np.testing.assert_array_equal(gradient[len(bad) :], alone)
        fun = along(tg.grad(fun))


def test_poles_of_the_second_argument() -> None:
    b = np.array([0.0, 2.0])
    a = np.array([1.0, 3.0])
    for function in (np.divide, np.remainder, np.fmod, np.power, np.arctan2):

        def masked(a: Any, b: Any) -> Any:
            with np.errstate(all="ignore"):
                return np.sum(np.where([False, True], function(a * [0, 1], b - [1, 0] * b), 0))

        with np.errstate(divide="raise", over="raise", invalid="raise"):
            for gradient in tg.grad(masked, (0, 1))(a, b):
                assert gradient[0] == 0
                assert np.all(np.isfinite(gradient))


def test_the_textbook_sigmoid_has_a_gradient_where_exp_overflows() -> None:
    def sigmoid(x: Any) -> Any:
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-x))

    x = np.array([-1e4, 0.0, 1e4])
    (gradient,) = tg.vjp(sigmoid, x)[1](np.ones(3))
    np.testing.assert_array_equal(gradient, [0, 0.25, 0])


@pytest.mark.parametrize("function", [np.logaddexp, np.logaddexp2])
def test_logaddexp_of_infinities(function: Any) -> None:
    a = np.array([-np.inf, -np.inf, np.inf, 1.0, 0.0, 0.0])
    b = np.array([-np.inf, 1.0, 1.0, np.inf, -1e4, 1e4])
    assert list(slope(lambda x: function(x, b), a)) == [0, 0, 1, 0, 1, 0]
    assert list(slope(lambda x: function(a, x), b)) == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_and_large_arguments_neither_underflow_nor_overflow(dtype: type) -> None:
    tiny, huge = (np.array([x], dtype) for x in (1e-25, 1e25))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        for scale in (tiny, huge):
            (by_a, by_b) = tg.vjp(np.arctan2, scale, scale)[1](scale)
            np.testing.assert_allclose([by_a[0], by_b[0]], [0.5, -0.5], rtol=1e-6)


def test_slopes_near_a_pole_keep_their_digits() -> None:
    gap = 2.0**-40
    x = np.array([1 - gap])
    np.testing.assert_allclose(
        [tg.grad(lambda x: f(x)[0])(x)[0] for f in (np.arcsin, np.arctanh)],
        [1 / np.sqrt(gap * (2 - gap)), 1 / (gap * (2 - gap))],
        rtol=1e-15,
    )
    above = np.array([1 + gap])
    found = tg.grad(lambda x: np.arccosh(x)[0])(above)
    np.testing.assert_allclose(found, 1 / np.sqrt(gap * (2 + gap)), rtol=1e-15)


# Bad input


def test_keywords_of_ufuncs_are_refused_by_name() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"np\.exp: the keyword 'where'.*np\.where"):
        np.exp(x, where=[True, False])
    with pytest.raises(tg.GradientError, match=r"np\.add: the keyword 'dtype'.*astype"):
        np.add(x, 1.0, dtype=np.float32)
    with pytest.raises(tg.GradientError, match=r"np\.nan_to_num: the keyword 'nan'"):
        np.nan_to_num(x, nan=1.0)


def test_functions_without_a_rule_are_refused_by_name() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    for function in (np.frexp, np.modf, np.divmod, np.nextafter, np.ldexp):
        with pytest.raises(tg.GradientError, match=rf"np\.{function.__name__}\b.*stop_gradient"):
            function(x, *[1] * (function.nin - 1))
