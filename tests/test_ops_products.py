"""ops/products.py: products of matrices and vectors of every dimensionality."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, anything, seeds, shapes

import tinygrad_np as tg
from tinygrad_np.ops import products as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


def filled(draw: Any, shapes: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    return Call(tuple(np.asarray(anything(rng, shape)) for shape in shapes))


@st.composite
def matrices(draw: Any) -> Call:
    """Draw what np.matmul takes: vectors, matrices and broadcast stacks of them."""
    drawn = draw(
        npst.mutually_broadcastable_shapes(
            signature=np.matmul.signature, max_dims=2, min_side=0, max_side=3
        )
    )
    return filled(draw, drawn.input_shapes)


@st.composite
def contracting(draw: Any, second_to_last: bool, shapes: Any = shapes) -> Call:
    """Draw arrays that fit along the last axis of the first, or numbers."""
    a, b = (list(draw(shapes)) for _ in range(2))
    if a and b:
        b[-2 if second_to_last and len(b) > 1 else -1] = a[-1]
    return filled(draw, (a, b))


@st.composite
def pairs(draw: Any) -> Call:
    return filled(draw, (draw(shapes), draw(shapes)))


@st.composite
def same_size(draw: Any) -> Call:
    shape = draw(shapes)
    return filled(draw, (shape, shape if draw(st.booleans()) else (int(np.prod(shape)),)))


CASES = op_cases.by_function(
    Case(np.matmul, matrices(), complex=True),
    Case(np.dot, contracting(second_to_last=True), complex=True),
    Case(np.inner, contracting(second_to_last=False), complex=True),
    Case(np.outer, pairs(), complex=True),
    Case(np.vdot, same_size(), complex=True),
)


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    call = case.draw(data, np.float32, np.float64, np.complex128)
    expected = np.asarray(case.function(*call.arrays))
    found = case.function(*[tg.Tensor(array, requires_grad=True) for array in call.arrays])
    assert found.requires_grad
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    # A product of the same numbers in another memory layout may be summed in another order.
    digits = 1e-5 if call.arrays[0].dtype == np.float32 else 1e-13
    np.testing.assert_allclose(found.numpy(), expected, rtol=digits, atol=digits)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@few
@hypothesis.given(data=st.data())
def test_method_dot(data: st.DataObject) -> None:
    op_cases.check_method(CASES[np.dot], data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@hypothesis.settings(max_examples=3)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


@hypothesis.given(data=st.data())
def test_matmul_agrees_with_torch(data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    op_cases.check_against_torch(CASES[np.matmul], torch.matmul, data)


@pytest.mark.parametrize("function", [np.dot, np.inner])
@hypothesis.given(data=st.data())
def test_dot_and_inner_agree_with_tensordot_of_torch(function: Any, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    solid = npst.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3)

    def theirs(a: Any, b: Any) -> Any:
        second_to_last = function is np.dot and b.ndim > 1
        return torch.tensordot(a, b, ([a.ndim - 1], [b.ndim - 1 - second_to_last]))

    case = Case(function, contracting(function is np.dot, solid))
    op_cases.check_against_torch(case, theirs, data)


@hypothesis.given(call=matrices())
def test_the_operator_is_matmul(call: Call) -> None:
    a, b = call.arrays
    expected = np.asarray(a @ b)[()]
    x, y = (tg.Tensor(array, requires_grad=True) for array in call.arrays)
    for found in (x @ y, x @ b, a @ y, a.tolist() @ y if a.size else a @ y):
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-13, atol=1e-13)
    tg.testing.check_grads(lambda a, b: a @ b, (a, b), order=1)


# Dtypes and constants


@op_cases.each(CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_integers_and_lists_as_constants(case: Case, dtype: type) -> None:
    x = np.array([[1.5, 0.4], [2.7, 0.3]], dtype)
    for constant in ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), np.eye(2, dtype=np.int8)):
        plain = np.array(constant)
        for fun, other in (
            (lambda x: case.function(x, constant), lambda x: case.function(x, plain)),
            (lambda x: case.function(constant, x), lambda x: case.function(plain, x)),
        ):
            found = fun(tg.Tensor(x, requires_grad=True))
            assert found.dtype == other(x).dtype
            np.testing.assert_allclose(found.numpy(), other(x), rtol=1e-6)
            tg.testing.check_grads(fun, (x,), order=1)


@pytest.mark.parametrize("function", [np.dot, np.inner, np.outer, np.vdot])
@pytest.mark.parametrize("number", [2, 2.0, np.float32(2)])
def test_numbers_as_constants(function: Any, number: Any) -> None:
    for x in (np.float32(1.5), np.array([1.5, 0.5], np.float32)):
        if function is np.vdot and np.ndim(x):
            continue
        for fun in (lambda x: function(x, number), lambda x: function(number, x)):
            expected = np.asarray(fun(x))[()]
            op_cases.assert_same(fun(tg.Tensor(x, requires_grad=True)), expected)
            tg.testing.check_grads(fun, (x,))


@pytest.mark.parametrize("function", [np.dot, np.inner, np.outer, np.vdot, np.matmul])
@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16])
def test_products_of_integers(function: Any, dtype: type) -> None:
    x = np.array([1, 0, 3, 1]).astype(dtype)
    op_cases.assert_same(function(tg.Tensor(x), x), function(x, x))


# Bad input


def test_shapes_that_do_not_fit_are_numpys_errors() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        x @ np.ones((2, 2))
    with pytest.raises(ValueError, match="not aligned"):
        np.dot(x, np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"np\.inner: shapes \(2, 3\) and \(2, 2\) do not fit"):
        np.inner(x, np.ones((2, 2)))
    with pytest.raises(ValueError, match="does not have enough dimensions"):
        x @ 2.0


def test_keywords_are_refused_by_name() -> None:
    x = tg.Tensor(np.ones((2, 2)), requires_grad=True)
    for function in (np.dot, np.outer, np.matmul):
        with pytest.raises(tg.GradientError, match=rf"np\.{function.__name__} would write.* y = "):
            function(x, x, out=np.zeros((2, 2)))
        with pytest.raises(tg.GradientError, match=rf"np\.{function.__name__} would write.* y = "):
            function(x, x, np.zeros((2, 2)))
