"""ops/signals.py: convolution and the functions of signal processing."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, between, either, seeds, unary

import tinygrad_np as tg
from tinygrad_np.ops import signals as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
modes = st.sampled_from(["full", "same", "valid"])


@st.composite
def two_signals(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    lengths = draw(st.lists(st.integers(1, 6), min_size=2, max_size=2))
    settings = {"mode": draw(modes)} if draw(st.booleans()) else {}
    return Call(tuple(anything(rng, (n,)) for n in lengths), settings)


orders = st.fixed_dictionaries({"order": st.integers(0, 7)})
positive_orders = st.fixed_dictionaries({"order": st.integers(1, 7)})
degrees = st.fixed_dictionaries({"deg": st.booleans()})
around_0 = either(between(-3, 3), between(-1e-3, 1e-3), lambda rng, shape: np.zeros(shape))

CASES = op_cases.by_function(
    Case(np.convolve, two_signals(), complex=True),
    Case(np.correlate, two_signals(), complex=True),
    Case(ops.convolution, two_signals(), complex=True),
    Case(np.sinc, unary(around_0), complex=True),
    Case(ops.sinc_slope, unary(around_0, lambda array: positive_orders), complex=True),
    Case(np.i0, unary(either(around_0, between(-12, 12)))),
    Case(ops.bessel_function, unary(around_0, lambda array: orders)),
    Case(np.angle, unary(op_cases.nonzero, lambda array: degrees), complex=True),
    Case(np.real_if_close, unary(anything), complex=True),
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


@op_cases.each({key: CASES[key] for key in (np.convolve, np.correlate)})
@few
@hypothesis.given(data=st.data())
def test_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


# Independent implementations


@op_cases.each({key: CASES[key] for key in (np.convolve, np.correlate, np.sinc, np.i0, np.angle)})
@hypothesis.settings(max_examples=3)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


@op_cases.each({np.sinc: Case(np.sinc, unary(op_cases.nonzero)), np.i0: CASES[np.i0]})
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(case: Case, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    op_cases.check_against_torch(case, getattr(torch, case.name), data)


def test_complex_gradients_are_those_of_jax(jax_numpy: Any) -> None:
    import jax

    rng = np.random.default_rng(0)
    a, v, g = rng.standard_normal((3, 5)) + 1j * rng.standard_normal((3, 5))
    for name in ("convolve", "correlate"):
        ours = tg.vjp(lambda a, v, name=name: getattr(np, name)(a, v, "same"), a, v)[1](g)
        theirs = jax.vjp(lambda a, v, name=name: getattr(jax_numpy, name)(a, v, "same"), a, v)[1]
        for gradient, other in zip(ours, theirs(g), strict=True):
            np.testing.assert_allclose(gradient, other, rtol=1e-12, atol=1e-12)


# Every order


def derivative_of_sinc(x: float, order: int) -> float:
    """The sum of the series of sin(πx) / (πx), differentiated term by term, in exact fractions."""
    u, total, n = Fraction(math.pi * x), Fraction(0), (order + 1) // 2
    while True:
        power = 2 * n - order
        term = (-1) ** n * u**power / ((2 * n + 1) * math.factorial(power))
        total, n = total + term, n + 1
        if abs(term) < Fraction(1, 10**30) and power > abs(u):
            return float(total) * math.pi**order


@pytest.mark.parametrize("order", range(1, 10))
def test_derivatives_of_sinc_of_every_order(order: int) -> None:
    border = (1 + order / 2) / math.pi
    x = np.array([0, 1e-9, 1e-3, 0.1, 0.7, border * 0.9999, border * 1.0001, 1, 1.5, 3, -0.3, -2.2])
    expected = np.array([derivative_of_sinc(float(value), order) for value in x])
    found = ops.sinc_derivative(x, order)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=3e-15 * math.pi**order)


def test_derivatives_of_sinc_at_0() -> None:
    derivative, found = np.sinc, []
    for _ in range(7):
        derivative = tg.grad(derivative)
        found.append(derivative(0.0))
    expected = [0, -(math.pi**2) / 3, 0, math.pi**4 / 5, 0, -(math.pi**6) / 7, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_derivatives_of_i0_at_0() -> None:
    derivative, found = np.i0, []
    for _ in range(6):
        derivative = tg.grad(derivative)
        found.append(derivative(0.0))
    np.testing.assert_allclose(found, [0, 1 / 2, 0, 3 / 8, 0, 5 / 16], rtol=1e-15)


def test_bessel_functions_agree_with_scipy() -> None:
    special = pytest.importorskip("scipy.special")
    x = np.concatenate([np.linspace(-700, 700, 201), np.linspace(-1, 1, 21)])
    for order in range(6):
        expected = special.iv(order, x)
        np.testing.assert_allclose(ops.bessel(x, order), expected, rtol=5e-14)
        single = ops.bessel(x[np.abs(x) < 80].astype(np.float32), order)
        np.testing.assert_allclose(single, expected[np.abs(x) < 80], rtol=1e-5)


def test_what_is_not_finite() -> None:
    x = np.array([np.inf, -np.inf, np.nan, 1.0])
    with np.errstate(all="ignore"):
        assert np.isfinite(tg.grad(lambda x: np.sum(np.i0(x)))(x)).tolist() == [False] * 3 + [True]
        masked = tg.grad(lambda x: np.sum(np.where(np.abs(x) < 2, np.i0(x), 0)))(x)
    np.testing.assert_array_equal(masked[:3], 0)


# Complex signals


def test_the_angle_of_real_numbers_is_constant() -> None:
    x = np.array([-2.0, 3.0, 0.0])
    op_cases.assert_same(np.angle(tg.Tensor(x, requires_grad=True)), np.angle(x))
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(np.angle(x)))(x), 0)
    np.testing.assert_array_equal(tg.grad(lambda z: np.sum(np.angle(z)))(np.zeros(2, complex)), 0)


def test_imaginary_parts_that_are_close_to_0_are_dropped() -> None:
    z = np.array([1.0 + 1e-15j, 2.0])
    for tol in (100, 1e-3):
        recorded = np.real_if_close(tg.Tensor(z, requires_grad=True), tol=tol)
        op_cases.assert_same(recorded, np.real_if_close(z, tol=tol))
        tg.testing.check_grads(lambda z, tol=tol: np.real_if_close(z, tol=tol).real, (z + 1j,))
    (gradient,) = tg.vjp(np.real_if_close, z)[1](np.array([1.0, 2.0]))
    np.testing.assert_array_equal(gradient, [1, 2])
    batch = np.stack([z, z])
    op_cases.assert_same(tg.vmap(np.real_if_close)(batch), batch.real)
    batch[1] += 1j
    op_cases.assert_same(tg.vmap(np.real_if_close)(batch), batch)


# Bad input and corners


def test_a_number_is_a_signal_of_length_1() -> None:
    for fun in (lambda x: np.convolve(x, [1.0, 2.0]), lambda x: np.convolve([1.0, 2.0], x)):
        tg.testing.check_grads(fun, (3.0,))
        op_cases.assert_same(fun(tg.Tensor(3.0, requires_grad=True)), fun(3.0))


def test_numpys_own_errors_pass_through() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="v cannot be empty"):
        np.convolve(x[0], x[0, :0])
    with pytest.raises(ValueError, match="object too deep"):
        np.convolve(x, x[0])
    with pytest.raises(ValueError, match="mode"):
        np.correlate(x[0], x[0], mode="xyz")
    with pytest.raises(TypeError, match="i0 not supported for complex"):
        np.i0(x * 1j)


def test_the_shape_of_a_window_is_not_differentiated() -> None:
    beta = tg.Tensor(2.0, requires_grad=True)
    with pytest.raises(tg.GradientError, match="gradient"):
        np.kaiser(5, beta)
    np.testing.assert_array_equal(np.kaiser(5, beta.item()), np.kaiser(5, 2.0))
