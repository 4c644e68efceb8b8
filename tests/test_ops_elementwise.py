"""ops/elementwise.py: functions of each element."""

from __future__ import annotations

import math
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


def part(i: int, *names: str) -> Any:
    """A call that returns one of a function's results, and takes some arguments as constants."""

    def call(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        out = function(*arrays, *[settings[name] for name in names])
        return out[i] if isinstance(out, tuple) else out

    return call


def exponents(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"exponents": st.sampled_from([2, -1, np.int8(3)])})


def sided(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    signs = np.arange(array.size, dtype=np.int8).reshape(array.shape) % 3 - 1
    return st.fixed_dictionaries({"x1": st.sampled_from([0.0, -2.0, signs])})


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
    smooth(np.maximum, even, odd),
    smooth(np.minimum, even, odd),
    smooth(np.fmax, even, odd),
    smooth(np.fmin, even, odd),
    Case(np.where, conditional(), call_where, complex=True),
    Case(ops.choose, conditional(), call_where, complex=True),
    smooth(np.nan_to_num, anything),
    smooth(ops.replace_nonfinite, anything),
    real(ops.fraction, nonzero),
    real(ops.mantissa, between(1.1, 1.9)),
    real(np.modf, nonzero, call=part(0)),
    real(np.frexp, between(1.1, 1.9), call=part(0)),
    real(np.divmod, multiples(2.0, 0.5, jitter=0.3), divisor, call=part(1)),
    Case(np.ldexp, unary(anything, exponents), part(0, "exponents")),
    real(np.nextafter, even, odd),
    smooth(np.sign, nonzero, dtypes=(np.complex128,), ulps=4),
    Case(np.heaviside, unary(anything, sided),
         lambda function, arrays, settings: function(settings["x1"], *arrays)),
    smooth(np.conjugate, anything),
    smooth(np.real, anything),
    smooth(np.imag, anything),
    Case(np.clip, clipping(), call_clip),
    Case(ops.clip, broadcast(even, multiples(0.2, 0.33, jitter=0.02),
                             multiples(0.2, 0.67, jitter=0.02))),
)  # fmt: skip
UFUNCS = op_cases.by_function(*[c for c in CASES.values() if isinstance(c.function, np.ufunc)])
BINARY = op_cases.by_function(
    *[c for c in UFUNCS.values() if c.function.nin == 2 and c.call is CASES[np.add].call]
)


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
    if not hasattr(jax_numpy, case.name) or case.name == "nextafter":
        pytest.skip(f"jax.numpy has no derivative of {case.name}")
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(case: Case, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    # PyTorch has no imag of real numbers, and its clip fails to undo the broadcasting of bounds;
    # others take no numbers.
    if not hasattr(torch, case.name) or case.name in ("imag", "clip", "heaviside", "ldexp"):
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


def test_the_direction_of_infinity_is_numpys() -> None:
    parts = [(np.inf, 0), (-np.inf, 0), (0, np.inf), (3, -np.inf), (-np.inf, 1)]
    z = np.array([complex(*pair) for pair in [*parts, (np.inf, np.inf), (0, 0)]])
    with np.errstate(all="ignore"):
        for dtype in (np.complex128, np.complex64):
            x = z.astype(dtype)
            op_cases.assert_same(np.sign(tg.Tensor(x, requires_grad=True)), np.sign(x))
            gradient = tg.grad(lambda x: np.sum(np.abs(x)))(x)
            op_cases.assert_same(gradient, np.conjugate(np.sign(x)))
            assert tg.jvp(np.abs, (x[:1],), (np.ones(1, dtype),))[1] == 1
            second = tg.hvp(lambda x: np.sum(np.abs(x)), (x[:5],), (np.ones(5, dtype),))
            op_cases.assert_same(second, np.zeros(5, dtype))


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


@pytest.mark.parametrize("low", [1, 1.5, np.array([1000, 1]), np.array([1000.0, 1.0])])
@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.bool_, np.float32])
def test_a_bound_that_is_left_out_is_no_bound(low: Any, dtype: Any) -> None:
    a = np.array([1, 20]).astype(dtype)
    for bounds in ({"a_min": low, "a_max": None}, {"a_min": None, "a_max": low}):
        op_cases.assert_same(np.clip(tg.Tensor(a), **bounds), np.clip(a, **bounds))
        if isinstance(low, np.ndarray):
            recorded = {name: None if b is None else tg.Tensor(b) for name, b in bounds.items()}
            op_cases.assert_same(np.clip(a, **recorded), np.clip(a, **bounds))


@pytest.mark.parametrize("bounds", [([1.0, 2, 2], 2.5), (0, (1, 2, 2)), ((1, 2, 2), [2, 2, 2.5])])
def test_bounds_may_be_lists(bounds: Any) -> None:
    for a in (np.array([1.0, 2.5, 3.0]), np.array([1, 2, 3], np.float32), np.array([1, 2, 3])):
        expected = np.clip(a, *bounds)
        op_cases.assert_same(np.clip(tg.Tensor(a), *bounds), expected)
        op_cases.assert_same(tg.Tensor(a).clip(*bounds), expected)


def test_a_list_is_clipped_at_recorded_bounds() -> None:
    low = np.array([0.0, 3.0])
    np.testing.assert_array_equal(slope(lambda x: np.clip([1.0, 2.0], x, 9.0), low), [0, 1])
    np.testing.assert_array_equal(slope(lambda x: np.clip([1, 2], x, None), low), [0, 1])


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


@pytest.mark.parametrize("function", [
    np.square, lambda x: x**2, lambda x: x**2.0, np.abs, np.fabs, np.sin, np.cos, np.tan,
])  # fmt: skip
def test_missing_data_leave_the_gradients_of_others_alone(function: Any) -> None:
    data = np.array([1.0, np.nan, np.inf, -np.inf, 2.0])
    known = np.isfinite(data)

    def loss(w: Any, data: Any = data) -> Any:
        with np.errstate(invalid="ignore"):
            return np.sum(np.where(np.isfinite(data), function(w - data), 0))

    def alone(w: Any) -> Any:
        return loss(w, data[known])

    for fun, expected in ((loss, alone), (tg.grad(loss), tg.grad(alone))):
        with np.errstate(all="raise"):
            np.testing.assert_allclose(tg.grad(fun)(0.3), tg.grad(expected)(0.3))
            moved = tg.jvp(fun, (0.3,), (1.0,))[1]
        np.testing.assert_allclose(moved, tg.grad(expected)(0.3))
    some_nan = np.array([1.0, np.nan, 3.0])
    np.testing.assert_array_equal(tg.grad(lambda x: np.nanmean(x**2))(some_nan), [1, 0, 3])


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
def test_no_angle_changes_at_infinity(dtype: type) -> None:
    infinite = [(y, x) for y in (-np.inf, -2, 0, np.inf) for x in (-np.inf, 0, 3, np.inf)]
    y, x = np.array([point for point in infinite if np.inf in np.abs(point)], dtype).T

    def weighted(y: Any, x: Any, weight: Any) -> Any:
        return np.sum(weight * np.arctan2(y, x))

    gradients = tg.grad(weighted, argnums=(0, 1))(y, x, np.ones_like(y))
    assert [gradient.dtype for gradient in gradients] == [dtype, dtype]
    assert not np.any(gradients)
    ones = np.ones_like(y)
    assert not np.any(tg.jvp(np.arctan2, (y, x), (ones, -ones))[1])
    second = tg.hvp(weighted, (y, x, ones), (ones, ones, ones))
    assert not np.any(second[:2])
    np.testing.assert_array_equal(second[2], np.zeros_like(y))
    assert np.isnan(tg.grad(np.arctan2)(np.nan, 1.0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_and_large_arguments_neither_underflow_nor_overflow(dtype: type) -> None:
    tiny, huge = (np.array([x], dtype) for x in (1e-25, 1e25))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        for scale in (tiny, huge):
            (by_a, by_b) = tg.vjp(np.arctan2, scale, scale)[1](scale)
            np.testing.assert_allclose([by_a[0], by_b[0]], [0.5, -0.5], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_slopes_of_large_arguments_are_small_and_not_0(dtype: type) -> None:
    x = np.sqrt(np.finfo(dtype).max) * dtype(2)
    for function in (np.arcsinh, np.arccosh):
        for found in (tg.grad(function)(x), tg.jvp(function, (x,), (dtype(1),))[1]):
            assert found.dtype == dtype
            np.testing.assert_allclose(found * x, 1, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("function", [np.logaddexp, np.logaddexp2])
def test_shares_of_a_sum_of_large_exponentials_add_up_to_1(function: Any, dtype: type) -> None:
    for size in (1 / np.finfo(dtype).eps, np.finfo(dtype).max):
        for x in (dtype(size), -dtype(size)):
            assert tg.grad(function, (0, 1))(x, x) == (0.5, 0.5)
            assert tg.jvp(function, (x, x), (dtype(1), dtype(0)))[1] == 0.5


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_expm1_rises_where_it_is_minus_1_to_all_digits(dtype: type) -> None:
    x = dtype(np.log(np.finfo(dtype).eps) - 2)
    assert np.expm1(x) == -1
    assert tg.grad(np.expm1)(x) == np.exp(x)
    assert tg.jvp(np.expm1, (x,), (dtype(2),))[1] == 2 * np.exp(x)


def test_both_tails_of_the_logistic_function_have_curvature() -> None:
    loss = lambda x: np.logaddexp(0, -x)
    for x in (-40.0, 0.0, 40.0):
        expected = np.exp(-abs(x)) / (1 + np.exp(-abs(x))) ** 2
        np.testing.assert_allclose(tg.hessian(loss)(x), expected, rtol=1e-14)


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


# Keywords, operators and functions of numbers


def test_nan_to_num_replaces_by_what_it_is_given() -> None:
    a = np.array([np.nan, np.inf, -np.inf, 1.5])
    turned = np.full(4, 2, complex)
    turned.imag = a
    for array in (a, a + 1j, turned):
        for settings in ({"nan": 5.0}, {"posinf": 1.0, "neginf": -1.0}, {"copy": True}):
            found = np.nan_to_num(tg.Tensor(array, requires_grad=True), **settings)
            op_cases.assert_same(found, np.nan_to_num(array, **settings))
    assert list(slope(lambda x: np.nan_to_num(x, nan=2.0), a)) == [0, 0, 0, 1]
    gradient = tg.grad(lambda z: np.sum(np.imag(np.nan_to_num(z))))(turned)
    assert list(gradient) == [0, 0, 0, -1j]


def test_what_is_filled_in_for_nan_is_constant() -> None:
    x, nan = tg.Tensor([1.0, np.nan], requires_grad=True), tg.Tensor(2.0, requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"np\.where\(np\.isnan\(x\), nan, x\)"):
        np.nan_to_num(x, nan=nan)
    op_cases.assert_same(np.nan_to_num(x, nan=tg.Tensor(2.0)), np.array([1.0, 2.0]))


def test_nan_to_num_in_place() -> None:
    def replaced(x: Any) -> Any:
        y = x * 2
        found = np.nan_to_num(y[0], copy=False, nan=3.0)
        return np.sum(found) + np.sum(y**2)

    x = np.array([[np.nan, 1.5], [2.0, -1.0]])
    value, gradient = tg.value_and_grad(replaced)(x)
    assert value == replaced(x)
    np.testing.assert_array_equal(gradient, [[0, 2 + 8 * 1.5], [16, -8]])
    t = tg.Tensor(x)
    assert np.nan_to_num(t, copy=False) is t
    assert t[0, 0] == 0


@pytest.mark.parametrize("value", [-2.5, -0.0, 0.3, 7.75, np.inf, np.nan])
def test_parts_of_numbers_are_numpys(value: float) -> None:
    x = tg.Tensor(value, requires_grad=True)
    for function in (np.modf, np.frexp, lambda x: np.divmod(x, 2.0)):
        with np.errstate(invalid="ignore"):
            found, expected = function(x), function(np.float64(value))
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(tg.stop_gradient(one), other)
            assert tg.stop_gradient(one).dtype == other.dtype


@pytest.mark.parametrize("dtype", [int, np.uint8, bool, np.float32])
@pytest.mark.parametrize("function", [np.modf, np.frexp, lambda x: np.divmod(x, x[-1:])])
def test_parts_of_numbers_of_every_dtype(function: Any, dtype: type) -> None:
    x = np.array([0, 1, 3]).astype(dtype)
    for found, expected in zip(function(tg.Tensor(x)), function(x), strict=True):
        op_cases.assert_same(found, expected)


def test_divmod_is_the_quotient_and_the_remainder() -> None:
    a, b = np.array([7.5, -7.5]), np.array([2.0, 2.6])
    for x, y in ((a, b), (a, 2.0), (9.0, b)):
        for wrap_x, wrap_y in ((True, False), (False, True)):
            left = tg.Tensor(x, requires_grad=True) if wrap_x else x
            right = tg.Tensor(y, requires_grad=True) if wrap_y else y
            quotient, remainder = divmod(left, right)
            expected = np.divmod(x, y)
            np.testing.assert_array_equal(quotient, expected[0])
            np.testing.assert_array_equal(tg.stop_gradient(remainder), expected[1])
    tg.testing.check_grads(lambda a, b: divmod(a, b)[1] * (a // b), (a, b))


def test_conversions_of_python_see_the_value() -> None:
    x = tg.Tensor(-2.5, requires_grad=True)
    assert (math.trunc(x), math.floor(x), math.ceil(x)) == (-2, -3, -2)
    for digits in ((), (0,), (1,)):
        found, expected = round(x, *digits), round(np.float64(-2.5), *digits)
        assert found == expected
        assert type(found) is type(expected)
    np.testing.assert_array_equal(np.round(tg.Tensor([1.26, 2.0]), 1), [1.3, 2.0])
    np.testing.assert_array_equal(np.around(tg.Tensor([126.0]), decimals=-1), [130.0])


def test_membership_compares_values() -> None:
    x = tg.Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert 3 in x
    assert 5.0 not in x
    assert tg.Tensor(2.0) in x
    assert [1.0, 2.0] in x


def test_integers_are_constants() -> None:
    a = np.array([12, 18])
    t = tg.Tensor(a)
    for function in (np.gcd, np.lcm, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift,
                     np.right_shift):  # fmt: skip
        np.testing.assert_array_equal(function(t, 4), function(a, 4))
        np.testing.assert_array_equal(function(4, t), function(4, a))
    for found, expected in (
        (t & 4, a & 4), (4 & t, 4 & a), (t | 1, a | 1), (1 | t, 1 | a), (t ^ t, a ^ a),
        (1 ^ t, 1 ^ a), (t << 1, a << 1), (1 << t, 1 << a), (t >> 1, a >> 1), (99 >> t, 99 >> a),
        (~t, ~a),
    ):  # fmt: skip
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.bitwise_count(t), np.bitwise_count(a))
    with pytest.raises(TypeError, match="not supported for the input types"):
        tg.Tensor([1.5]) & 1


def test_masks_combine_in_a_batch() -> None:
    def fun(x: Any) -> Any:
        mask = (x > 0) & ~(x > 2) | (x < -5)
        return np.where(mask ^ False, x * np.sign(x), np.heaviside(x, 0.5))

    x = np.array([[-6.0, 1.0], [3.0, 0.0]])
    np.testing.assert_array_equal(tg.vmap(fun)(x), fun(x))
    np.testing.assert_array_equal(tg.vmap(lambda x: np.frexp(x)[1])(x), np.frexp(x)[1])
    mixed = tg.vmap(lambda h: np.heaviside(np.zeros(2), h))(x)
    np.testing.assert_array_equal(mixed, x)


def test_floor_division_in_place() -> None:
    def fun(x: Any) -> Any:
        y = same = x * 1.0
        y //= 2.0
        assert same is y
        return x * y

    out, pullback = tg.vjp(fun, np.array([7.0, 8.0]))
    np.testing.assert_array_equal(out, [21, 32])
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [3, 4])


# Half precision, and complex numbers


@op_cases.each({key: c for key, c in CASES.items() if np.float32 in c.dtypes})
@few
@hypothesis.given(data=st.data())
def test_half_precision(case: Case, data: st.DataObject) -> None:
    """The derivatives are those in double precision, as far as half precision can say."""
    call = case.draw(data, np.float16)
    fun = case.bind(call.settings)
    wide = [array.astype(np.float64) for array in call.arrays]
    out, pullback = tg.vjp(fun, *call.arrays)
    _, wide_pullback = tg.vjp(fun, *wide)
    assert np.asarray(out).dtype == np.asarray(fun(*call.arrays)).dtype
    g = np.random.default_rng(0).uniform(0.5, 1, np.shape(out))
    tangents = [np.ones_like(array) for array in call.arrays]
    found = pullback(g.astype(np.asarray(out).dtype))
    moved = tg.jvp(fun, tuple(call.arrays), tuple(tangents))[1]
    assert moved.dtype == np.asarray(out).dtype
    wide_moved = tg.jvp(fun, tuple(wide), tuple(np.ones_like(a) for a in wide))[1]
    pairs = zip((*found, moved), (*wide_pullback(g), wide_moved), strict=True)
    for narrow, expected in pairs:
        assert narrow.dtype == np.float16
        np.testing.assert_allclose(narrow, expected, rtol=0.03, atol=0.03)


OF_COMPLEX = {key: case for key, case in CASES.items() if case.complex}


def test_every_function_of_complex_numbers_is_known_to_be_one() -> None:
    for function in UFUNCS:
        takes_complex = any("D" in types.split("->")[0] for types in function.types)
        assert takes_complex == CASES[function].complex, function.__name__


@op_cases.each(OF_COMPLEX)
@hypothesis.settings(max_examples=1)  # JAX compiles for each shape
@hypothesis.given(data=st.data())
def test_complex_gradients_follow_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    # JAX takes the sign of complex numbers, too, for piecewise constant.
    if not hasattr(jax_numpy, case.name) or case.name == "sign":
        pytest.skip(f"jax.numpy has no {case.name} to compare with")
    import jax

    call = case.draw(data, np.complex128)
    out, pullback = tg.vjp(case.bind(call.settings), *call.arrays)
    theirs = case.bind(call.settings, getattr(jax_numpy, case.name))
    expected, their_pullback = jax.vjp(theirs, *call.arrays)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)
    rng = np.random.default_rng(0)
    cotangent = rng.standard_normal(np.shape(out)).astype(np.asarray(out).dtype)
    if cotangent.dtype.kind == "c":
        cotangent = cotangent + 1j * rng.standard_normal(np.shape(out))
    for gradient, other in zip(pullback(cotangent), their_pullback(cotangent), strict=True):
        np.testing.assert_allclose(gradient, other, rtol=1e-10, atol=1e-10)


# Corners


def both_ways(fun: Any, *arrays: Any) -> list[list[float]]:
    """The slopes of a function of each element by each argument, which both modes agree on."""
    arrays = tuple(np.asarray(array, float) for array in arrays)
    found = []
    with np.errstate(all="ignore"):
        gradients = tg.vjp(fun, *arrays)[1](np.ones_like(fun(*arrays)))
        for i, gradient in enumerate(gradients):
            tangents = [np.full_like(a, j == i) for j, a in enumerate(arrays)]
            forward = tg.jvp(fun, arrays, tuple(tangents))[1]
            np.testing.assert_array_equal(forward, gradient)
            found.append(gradient.tolist())
    return found


ZEROS = [0.0, -0.0]


@pytest.mark.parametrize(
    ("fun", "arrays", "expected"),
    [
        (np.power, (ZEROS, [0.0, 0.0]), [[0, 0], [0, 0]]),
        (np.power, (ZEROS, [1.0, 1.0]), [[1, 1], [0, 0]]),
        (np.power, (ZEROS, [2.0, 3.0]), [[0, 0], [0, 0]]),
        (np.power, ([0.0, 2.0, -2.0], [0.0, 0.0, 0.0]), [[0, 0, 0], [0, np.log(2), np.nan]]),
        (lambda x: x**0, (ZEROS,), [[0, 0]]),
        (lambda x: x**0.0, (ZEROS,), [[0, 0]]),
        (lambda x: x**1.0, (ZEROS,), [[1, 1]]),
        (lambda x: x ** np.array([2.0, 3.0]), ([-2.0, -2.0],), [[-4, 12]]),
        (lambda x: x**-1.0, ([-2.0],), [[-0.25]]),
        (lambda y: 0.0**y, ([0.0, 1.0, 2.5],), [[0, 0, 0]]),
        (np.float_power, (ZEROS, [0.0, 1.0]), [[0, 1], [0, 0]]),
        (np.arctan2, (ZEROS, [0.0, -0.0]), [[0, 0], [0, 0]]),
        (np.hypot, (ZEROS, [0.0, -0.0]), [[0, 0], [0, 0]]),
        (np.maximum, ([1.0, np.nan], [1.0, 0.0]), [[0.5, 0], [0.5, 0]]),
        (np.minimum, (ZEROS, [0.0, 0.0]), [[0.5, 0.5], [0.5, 0.5]]),
        (np.abs, (ZEROS,), [[0, 0]]),
        (np.fabs, (ZEROS,), [[0, 0]]),
        (np.sign, (ZEROS,), [[0, 0]]),
        (np.heaviside, ([0.0, 1.0, -1.0], [0.5, 0.5, 0.5]), [[0, 0, 0], [1, 0, 0]]),
        (np.copysign, ([1.0, 1.0], [-0.0, 0.0]), [[-1, 1], [0, 0]]),
        (lambda x: np.clip(x, 0, 0), ([-1.0, 0.0, 1.0],), [[0, 1, 0]]),
        (lambda x: np.where(x > 0, np.log(x), 0.0), ([0.0, -1.0, 2.0],), [[0, 0, 0.5]]),
        (lambda x: np.where(x > 0, np.sqrt(x), 0.0), ([0.0, 4.0],), [[0, 0.25]]),
        (np.sqrt, ([0.0, 4.0],), [[np.inf, 0.25]]),
        (np.modf, ([1.5],), [[1]]),
    ],
)
def test_corners(fun: Any, arrays: Any, expected: Any) -> None:
    if fun is np.modf:
        fun = lambda x: np.modf(x)[0]
    np.testing.assert_allclose(both_ways(fun, *arrays), expected, rtol=1e-15)


# Bad input


def test_out_is_refused_by_name() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"np\.clip would write.*y = np\.clip\("):
        np.clip(x, 0, 1, np.zeros(2))
    with pytest.raises(tg.GradientError, match=r"np\.clip: the keyword 'casting'.*a_min, a_max"):
        np.clip(x, 0, 1, casting="safe")


def test_functions_without_a_rule_are_refused_by_name() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    twice = np.frompyfunc(lambda x: 2 * x, 1, 1)
    with pytest.raises(tg.GradientError, match=r"<lambda>.* has no derivative rule.*stop_gradient"):
        twice(x)
