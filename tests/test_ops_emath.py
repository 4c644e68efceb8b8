"""ops/emath.py: functions that answer outside of their real domain with complex numbers."""

from __future__ import annotations

import itertools

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Case, between, broadcast, either, nonzero, unary

import tinygrad_np as tg
from tinygrad_np.ops import emath as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)

around_one = either(between(-3, -1.3), between(-0.7, 0.7), between(1.3, 3))

CASES = op_cases.by_function(
    *[
        Case(getattr(np.emath, name), unary(nonzero), complex=True, ulps=4)
        for name in ("sqrt", "log", "log2", "log10")
    ],
    *[
        Case(getattr(np.emath, name), unary(around_one), complex=True, ulps=4)
        for name in ("arccos", "arcsin", "arctanh")
    ],
    Case(np.emath.logn, broadcast(between(1.5, 3), nonzero), ulps=8),
    Case(np.emath.power, broadcast(nonzero, nonzero), ulps=8),
)


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


def test_inside_the_real_domain_numbers_stay_real() -> None:
    x = np.array([0.5, 0.25])
    for name in ("sqrt", "log", "arcsin", "arctanh"):
        value = tg.vjp(getattr(np.emath, name), x)[0]
        assert value.dtype == np.float64
        np.testing.assert_array_equal(value, getattr(np, name)(x))


@pytest.mark.parametrize("power", [2, -2, 0.5, np.array([1, -1])])
def test_powers_of_numbers_on_both_sides_of_zero(power: object) -> None:
    x = np.array([0.5, -0.25])
    for dtype in (np.float32, np.float64):
        value = tg.vjp(lambda x: np.emath.power(x, power), x.astype(dtype))[0]
        assert value.dtype == np.emath.power(x.astype(dtype), power).dtype
    np.testing.assert_allclose(value, np.emath.power(x, power))
    assert value.dtype == np.emath.power(x, power).dtype
    tg.testing.check_grads(lambda x: np.emath.power(x, power), (x,), order=2)


def test_numbers_to_the_power_of_a_tensor() -> None:
    for number, dtype in itertools.product((2, 2.0, -2), (np.int8, np.float32, np.float64)):
        p = np.array([1, 0, 3]).astype(dtype)
        op_cases.assert_same(np.emath.power(number, tg.Tensor(p)), np.emath.power(number, p))


def test_float32_becomes_complex64() -> None:
    x = np.array([0.5, -0.25], np.float32)
    value, pullback = tg.vjp(np.emath.sqrt, x)
    assert value.dtype == np.complex64
    assert pullback(value)[0].dtype == np.float32


@pytest.mark.parametrize(
    "name", ["arcsin", "arccos", "arcsinh", "arccosh", "arctanh", "sqrt", "log"]
)
def test_derivatives_on_every_branch_and_on_the_cuts(name: str) -> None:
    function = getattr(np, name)
    step = 1e-6
    for z in (-2 + 0.1j, 2 - 0.1j, -0.1 + 2j, 0.1 - 2j, -0.3 + 0.2j, -0.3 - 0.2j, 0.4 + 0.3j):
        difference = (function(z + step) - function(z - step)) / (2 * step)
        slope = tg.jvp(function, (np.array(z),), (np.array(1 + 0j),))[1]
        np.testing.assert_allclose(slope, difference, rtol=1e-6)
    for along, zero in itertools.product((1.3, -1.3), (0.0, -0.0)):
        for imaginary in (False, True):
            at = lambda x, i=imaginary, o=zero: complex(o, x) if i else complex(x, o)
            ends = function(np.array([at(along + step), at(along - step)]))
            difference = (ends[0] - ends[1]) / (2 * step)
            tangent = np.array(1j if imaginary else 1 + 0j)
            slope = tg.jvp(function, (np.array(at(along)),), (tangent,))[1]
            np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-6)
