"""ops/reductions.py: sums, means, extremes, variances, and sums along the way."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, anything, axes, distinct, full_shapes, unary

import tinygrad_np as tg
from tinygrad_np.ops import reductions as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


@st.composite
def reducing(draw: Any, array: np.ndarray) -> dict[str, Any]:
    """Draw axis and keepdims, or leave them out."""
    settings = {}
    if draw(st.booleans()):
        settings["axis"] = draw(axes(array.ndim))
    if draw(st.booleans()):
        settings["keepdims"] = draw(st.booleans())
    return settings


@st.composite
def with_ddof(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings = draw(reducing(array))
    hypothesis.assume(ops.count_reduced(array.shape, settings.get("axis")) > 1)
    if draw(st.booleans()):
        settings["ddof"] = draw(st.sampled_from([0, 1, 0.5]))
    return settings


def along(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"axis": axes(array.ndim, tuples=False)})


CASES = op_cases.by_function(
    Case(np.sum, unary(anything, reducing), complex=True),
    Case(np.mean, unary(anything, reducing, full_shapes), complex=True),
    Case(np.max, unary(distinct, reducing, full_shapes)),
    Case(np.min, unary(distinct, reducing, full_shapes)),
    Case(np.var, unary(anything, with_ddof, full_shapes), complex=True),
    Case(np.std, unary(distinct, with_ddof, full_shapes), complex=True),
    Case(np.cumsum, unary(anything, along), complex=True),
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


@op_cases.each(op_cases.methods(CASES))
@few
@hypothesis.given(data=st.data())
def test_method(case: Case, data: st.DataObject) -> None:
    op_cases.check_method(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@hypothesis.settings(max_examples=2)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


def torch_axes(a: Any, axis: Any) -> Any:
    return tuple(range(a.ndim)) if axis is None else axis


TORCH: dict[Any, Any] = {
    np.sum: lambda torch, a, axis, keepdims, ddof: torch.sum(a, axis, keepdims),
    np.mean: lambda torch, a, axis, keepdims, ddof: torch.mean(a, axis, keepdims),
    np.max: lambda torch, a, axis, keepdims, ddof: torch.amax(a, axis, keepdims),
    np.min: lambda torch, a, axis, keepdims, ddof: torch.amin(a, axis, keepdims),
    np.var: lambda torch, a, axis, keepdims, ddof: torch.var(
        a, axis, correction=ddof, keepdim=keepdims
    ),
    np.std: lambda torch, a, axis, keepdims, ddof: torch.std(
        a, axis, correction=ddof, keepdim=keepdims
    ),
    np.cumsum: lambda torch, a, axis, keepdims, ddof: (
        torch.cumsum(a.ravel(), 0) if isinstance(axis, tuple) else torch.cumsum(a, axis)
    ),
}


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(case: Case, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    call = case.draw(data, np.float64)
    # PyTorch takes axis=() for all axes.
    hypothesis.assume(call.settings.get("axis") != () and call.arrays[0].ndim)

    def theirs(a: Any, axis: Any = None, keepdims: bool = False, ddof: float = 0) -> Any:
        return TORCH[case.function](torch, a, torch_axes(a, axis), keepdims, ddof)

    op_cases.check_against_torch(Case(case.function, st.just(call)), theirs, data)


@pytest.mark.parametrize(
    ("ufunc", "function"), [(np.add, np.sum), (np.maximum, np.max), (np.minimum, np.min)]
)
@hypothesis.given(call=unary(distinct, reducing, full_shapes))
def test_reduce_of_a_ufunc_is_the_reduction(ufunc: Any, function: Any, call: Call) -> None:
    settings = {"axis": 0, **call.settings}
    (a,) = call.arrays
    hypothesis.assume(a.ndim)
    op_cases.assert_same(
        ufunc.reduce(tg.Tensor(a, requires_grad=True), **call.settings),
        ufunc.reduce(a, **call.settings),
    )
    x = tg.Tensor(a, requires_grad=True)
    y = tg.Tensor(a, requires_grad=True)
    np.sum(ufunc.reduce(x, **call.settings) ** 2).backward()
    np.sum(function(y, **settings) ** 2).backward()
    np.testing.assert_array_equal(x.grad, y.grad)


# Conventions where there is no derivative


@pytest.mark.parametrize("function", [np.max, np.min])
@pytest.mark.parametrize("keepdims", [False, True])
def test_elements_that_tie_share_the_slope(function: Any, keepdims: bool) -> None:
    a = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    a[:, 2] += {np.max: -1, np.min: 1}[function]
    fun = lambda x: function(x, axis=1, keepdims=keepdims).reshape(2)
    (gradient,) = tg.vjp(fun, a)[1](np.array([1.0, 10.0]))
    np.testing.assert_array_equal(gradient, [[0.5, 0.5, 0], [5, 5, 0]])
    t = np.array([[1.0, 2.0, 4.0], [10.0, 20.0, 40.0]])
    np.testing.assert_array_equal(tg.jvp(fun, (a,), (t,))[1], [1.5, 15])


def test_the_standard_deviation_of_equal_elements_has_slope_0() -> None:
    a = np.array([[2.0, 2.0], [1.0, 3.0]])
    with np.errstate(all="raise"):
        for settings in ({}, {"keepdims": True}, {"ddof": 1}):
            fun = lambda x, s=settings: np.sum(np.std(x, axis=1, **s))
            np.testing.assert_array_equal(tg.grad(fun)(a)[0], 0)
            assert np.all(np.isfinite(tg.grad(fun)(a)))
            assert np.isfinite(tg.jvp(fun, (a,), (a,))[1])


@pytest.mark.parametrize("function", [np.std, np.max, np.min])
def test_zero_cotangents_have_zero_gradients(function: Any) -> None:
    a = np.array([[2.0, 2.0], [1.0, 3.0], [np.nan, 0.0]])

    def masked(x: Any) -> Any:
        return np.sum(np.where([False, True, False], function(x, axis=1), 0))

    with np.errstate(all="raise"):
        gradient = tg.grad(masked)(a)
        second = tg.grad(lambda x: np.sum(tg.grad(masked)(x) * [1.0, 2.0]))(a)
    np.testing.assert_array_equal(gradient[[0, 2]], 0)
    np.testing.assert_array_equal(second[[0, 2]], 0)
    assert np.any(gradient[1])


def test_the_extreme_of_a_nan_has_no_slope() -> None:
    a = np.array([[1.0, np.nan], [1.0, 2.0]])
    gradient = tg.grad(lambda x: np.sum(np.max(x, axis=1)))(a)
    assert np.all(np.isnan(gradient[0]))
    np.testing.assert_array_equal(gradient[1], [0, 1])


def test_too_few_elements_for_a_variance() -> None:
    a = np.array([[1.0], [2.0]])
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"), np.errstate(invalid="ignore"):
        gradient = tg.grad(lambda x: np.sum(np.var(x, axis=1, ddof=1)))(a)
    assert np.all(np.isnan(gradient))
    with pytest.warns(RuntimeWarning, match="empty slice"), np.errstate(invalid="ignore"):
        _, pullback = tg.vjp(lambda x: np.mean(x, axis=1), np.zeros((2, 0)))
    assert pullback(np.ones(2))[0].shape == (2, 0)


def test_what_is_counted_or_found_is_constant() -> None:
    a = np.array([[1.0, 3.0, 2.0], [0.0, 5.0, 4.0]])
    x = tg.Tensor(a, requires_grad=True)
    for function in (np.argmax, np.argmin, np.argsort, np.any, np.all, np.count_nonzero,
                     np.flatnonzero, np.argwhere):  # fmt: skip
        found = function(x)
        assert not isinstance(found, tg.Tensor)
        np.testing.assert_array_equal(found, function(a))
    for name in ("argmax", "argmin", "argsort", "any", "all"):
        np.testing.assert_array_equal(getattr(x, name)(), getattr(a, name)())
    for found, expected in zip(x.nonzero(), a.nonzero(), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(x.argmax(axis=1), a.argmax(axis=1))


# Bad input


@pytest.mark.parametrize("function", [np.sum, np.mean, np.max, np.var, np.std])
def test_settings_that_are_not_recorded_are_refused_by_name(function: Any) -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    name = function.__name__
    for keyword, value in (("where", [True, False]), ("dtype", np.float32), ("out", np.zeros(()))):
        if keyword == "dtype" and function is np.max:
            continue
        with pytest.raises(
            tg.GradientError, match=rf"np\.{name}: the keyword '{keyword}'.*supported: axis"
        ):
            function(x, **{keyword: value})
    assert float(tg.stop_gradient(np.sum(x, None, None, None))) == 3


def test_axis_errors_are_numpys() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(np.exceptions.AxisError, match="axis 2 is out of bounds"):
        np.sum(x, axis=2)
    with pytest.raises(ValueError, match="duplicate value in 'axis'"):
        x.mean(axis=(0, 0))
    with pytest.raises(ValueError, match="zero-size array"):
        np.max(x[:0])


def test_other_reductions_of_ufuncs_are_refused() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"np\.add\.accumulate has no derivative rule"):
        np.add.accumulate(x)
    with pytest.raises(tg.GradientError, match=r"np\.add\.reduceat"):
        np.add.reduceat(x, [0])
    with pytest.raises(tg.GradientError, match=r"np\.add\.at.*would write|np\.add\.at"):
        np.add.at(x, [0], 1.0)
