"""ops/reductions.py: sums, means, extremes, variances, and sums along the way."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
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


def masks(array: np.ndarray) -> st.SearchStrategy[Any]:
    """Draw a mask of the shape of an array, or one that broadcasts to it; none of it is False."""
    parity = np.arange(array.size).reshape(array.shape) % 3 != 1
    options = [True, parity, np.True_]
    if array.ndim:
        row = np.ones(array.shape[-1:], bool)
        row[1::2] = False
        options += [row, row.tolist()]
    return st.sampled_from(options)


@st.composite
def totalling(draw: Any, array: np.ndarray) -> dict[str, Any]:
    """Draw every keyword of a sum."""
    settings = draw(reducing(array))
    for name, values in (
        ("initial", st.sampled_from([0.7, 2, np.float64(1.3)])), ("where", masks(array)),
        ("dtype", st.sampled_from([None, np.complex128])),
    ):  # fmt: skip
        if draw(st.booleans()):
            settings[name] = draw(values)
    return settings


@st.composite
def averaging(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings = draw(totalling(array))
    settings.pop("initial", None)
    # NumPy warns of a mean of nothing even where there is no such mean.
    hypothesis.assume(array.size and np.all(counted(array, settings)))
    return settings


@st.composite
def comparing(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings = draw(totalling(array))
    settings.pop("dtype", None)
    if "initial" not in settings:
        settings.pop("where", None)
        hypothesis.assume(array.size)
    return settings


@st.composite
def varying(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings = draw(totalling(array))
    settings.pop("initial", None)
    if np.any(counted(array, settings) < 2):
        settings.pop("where", None)
    if np.any(counted(array, settings) < 2):
        settings.pop("axis", None)
    if draw(st.booleans()):
        settings["ddof"] = draw(st.sampled_from([0, 1, 0.5]))
    return settings


def counted(array: np.ndarray, settings: dict[str, Any]) -> Any:
    mask = np.broadcast_to(settings.get("where", True), array.shape)
    return np.sum(mask, axis=settings.get("axis"))


def accumulating(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    dtypes = st.sampled_from([None, np.complex128])
    return st.fixed_dictionaries({"axis": axes(array.ndim, tuples=False), "dtype": dtypes})


CASES = op_cases.by_function(
    Case(ops.sum_, unary(anything, reducing), complex=True),
    Case(ops.mean, unary(anything, reducing, full_shapes), complex=True),
    Case(ops.max_, unary(distinct, reducing, full_shapes), complex=True),
    Case(ops.min_, unary(distinct, reducing, full_shapes), complex=True),
    Case(ops.var, unary(anything, with_ddof, full_shapes), complex=True),
    Case(ops.std, unary(distinct, with_ddof, full_shapes), complex=True),
    Case(ops.cumsum, unary(anything, along), complex=True),
)
solid_shapes = npst.array_shapes(min_dims=1, max_dims=3, min_side=2, max_side=3)
FULL = op_cases.by_function(
    Case(np.sum, unary(anything, totalling), complex=True, ulps=8),
    Case(np.mean, unary(anything, averaging), complex=True, ulps=8),
    Case(np.max, unary(distinct, comparing)),
    Case(np.amax, unary(distinct, comparing)),
    Case(np.min, unary(distinct, comparing)),
    Case(np.amin, unary(distinct, comparing)),
    Case(np.var, unary(anything, varying, solid_shapes), complex=True, ulps=64),
    Case(np.std, unary(distinct, varying, solid_shapes), complex=True, ulps=64),
    Case(np.cumsum, unary(anything, accumulating), complex=True, ulps=8),
)
EVERY = CASES | FULL


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, EVERY)


@op_cases.each(EVERY)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(EVERY)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(op_cases.methods(FULL))
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


@op_cases.each(EVERY)
@few
@hypothesis.given(data=st.data())
def test_batches_are_loops(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


@op_cases.each(CASES)
@hypothesis.settings(max_examples=2)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


def torch_axes(a: Any, axis: Any) -> Any:
    return tuple(range(a.ndim)) if axis is None else axis


TORCH: dict[Any, Any] = {
    ops.sum_: lambda torch, a, axis, keepdims, ddof: torch.sum(a, axis, keepdims),
    ops.mean: lambda torch, a, axis, keepdims, ddof: torch.mean(a, axis, keepdims),
    ops.max_: lambda torch, a, axis, keepdims, ddof: torch.amax(a, axis, keepdims),
    ops.min_: lambda torch, a, axis, keepdims, ddof: torch.amin(a, axis, keepdims),
    ops.var: lambda torch, a, axis, keepdims, ddof: torch.var(
        a, axis, correction=ddof, keepdim=keepdims
    ),
    ops.std: lambda torch, a, axis, keepdims, ddof: torch.std(
        a, axis, correction=ddof, keepdim=keepdims
    ),
    ops.cumsum: lambda torch, a, axis, keepdims, ddof: (
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


@pytest.mark.parametrize("dtype", "?ilefdFD")
@pytest.mark.parametrize("mean_dtype", "efd")
@pytest.mark.parametrize("function", [np.var, np.std])
def test_the_mean_alone_is_recorded(function: Any, dtype: str, mean_dtype: str) -> None:
    a = np.array([[1, 2], [3, 5]]).astype(dtype)
    mean = np.array([[2.0], [3.5]]).astype(mean_dtype)
    fun = lambda mean: function(a, axis=1, mean=mean)
    out, pullback = tg.vjp(fun, mean)
    assert out.dtype == fun(mean).dtype
    np.testing.assert_allclose(out, fun(mean), rtol=1e-3)
    assert np.any(pullback(np.ones_like(out))[0])


@pytest.mark.parametrize("function", [np.sum, np.mean, np.prod, np.max, np.var])
@pytest.mark.parametrize("data", [[1.0, 2.0, 4.0], np.array([1, 2, 4])])
def test_the_mask_alone_is_of_a_batch(function: Any, data: Any) -> None:
    settings: Any = {"initial": -1} if function is np.max else {}
    masks = np.array([[0.0, 2, 2], [2, 2, 0]])
    found = tg.vmap(lambda mask: function(data, where=mask > 1, **settings))(masks)
    expected = np.stack([function(data, where=mask > 1, **settings) for mask in masks])
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected)


def test_the_masked_mean_of_integers_is_no_integer() -> None:
    a = np.array([1, 2, 4])
    found = np.mean(tg.Tensor(a), where=[True, True, False])
    assert found.dtype == np.float64
    assert found.item() == 1.5


def test_the_mean_of_a_list_is_recorded() -> None:
    tg.testing.check_grads(lambda mean: np.var([1.0, 2.0], mean=mean), (1.2,))
    tg.testing.check_grads(lambda mean: np.std([1, 4], mean=mean), (1.2,))


def test_more_ties_than_half_precision_can_count() -> None:
    a = np.ones(70_000, np.float16)
    gradient = tg.grad(np.max)(a)
    assert gradient.dtype == np.float16
    np.testing.assert_allclose(gradient, 1 / 70_000, rtol=1e-2)
    moved = tg.jvp(np.max, (a,), (a,))[1]
    assert moved.dtype == np.float16
    np.testing.assert_allclose(moved, 1, rtol=1e-2)


def test_the_standard_deviation_of_equal_elements_has_slope_0() -> None:
    a = np.array([[2.0, 2.0], [1.0, 3.0]])
    with np.errstate(all="raise"):
        for settings in ({}, {"keepdims": True}, {"ddof": 1}):
            fun = lambda x, s=settings: np.sum(np.std(x, axis=1, **s))
            np.testing.assert_array_equal(tg.grad(fun)(a)[0], 0)
            assert np.all(np.isfinite(tg.grad(fun)(a)))
            assert np.isfinite(tg.jvp(fun, (a,), (a,))[1])
            assert np.all(tg.hessian(fun)(a)[0] == 0)
            assert np.all(np.isfinite(tg.hessian(fun)(a)))


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


# Settings


@pytest.mark.parametrize("function", [np.var, np.std])
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_a_mean_that_is_given_is_an_argument(function: Any, dtype: type) -> None:
    a = np.array([[1.0, 2.5, 0.5], [3.0, 1.0, 7.0]], dtype) * (1 + 0.1j if dtype is complex else 1)
    center = np.array([[1.2], [2.0]], dtype)
    for settings in ({}, {"correction": 1}, {"where": np.array([True, False, True])}):
        fun = lambda x, m, s=settings: function(x, axis=1, keepdims=True, mean=m, **s)
        x, m = tg.Tensor(a, requires_grad=True), tg.Tensor(center, requires_grad=True)
        op_cases.assert_same(fun(x, m), fun(a, center), ulps=8)
        tg.testing.check_grads(fun, (a, center))
    usual = tg.grad(lambda x: np.sum(function(x, axis=1) * [1, 10]))
    given = tg.grad(
        lambda x: np.sum(function(x, axis=1, mean=np.mean(x, axis=1, keepdims=True)) * [1, 10])
    )
    np.testing.assert_allclose(given(a.real), usual(a.real), rtol=1e-12)


def test_an_initial_value_is_an_argument() -> None:
    a, initial = np.array([1.0, 3.0]), np.array(2.0)
    for function, expected in ((np.sum, (1, 1, 1)), (np.max, (0, 1, 0)), (np.min, (1, 0, 0))):
        fun = lambda x, v: function(x, initial=v)
        gradient, by_initial = tg.grad(fun, (0, 1))(a, initial)
        np.testing.assert_array_equal([*gradient, by_initial], expected)
    tied = tg.grad(lambda x, v: np.max(x, initial=v), (0, 1))(np.array([2.0, 2.0]), initial)
    np.testing.assert_array_equal([*tied[0], tied[1]], [0.25, 0.25, 0.5])


def test_extremes_of_nothing_are_what_they_start_with() -> None:
    x = tg.Tensor(np.zeros((0, 2)), requires_grad=True)
    op_cases.assert_same(np.max(x, axis=0, initial=3.0), np.full(2, 3.0))
    op_cases.assert_same(np.min(x, initial=3.0, keepdims=True), np.full((1, 1), 3.0))
    y = tg.Tensor([1.0, 2.0], requires_grad=True)
    assert np.max(y, initial=-7.0, where=[False, False]).item() == -7


def test_a_sum_of_integers_is_constant() -> None:
    a = np.array([1.5, 2.5])
    x = tg.Tensor(a, requires_grad=True)
    for dtype in (int, np.int8, bool):
        found = np.sum(x, dtype=dtype)
        assert not isinstance(found, tg.Tensor)
        assert found == np.sum(a, dtype=dtype)
        assert found.dtype == dtype


@pytest.mark.parametrize("function", [np.sum, np.mean, np.var, np.std, np.max, np.cumsum])
def test_half_precision(function: Any) -> None:
    a = np.linspace(0.5, 2, 8, dtype=np.float16)
    mask = {"where": np.arange(8) % 3 > 0}
    every: list[dict[str, Any]] = [{}] if function is np.cumsum else [
        {}, mask | ({"initial": 0.0} if function is np.max else {})
    ]  # fmt: skip
    for settings in every:
        fun = lambda x, s=settings: function(x, **s)
        out, pullback = tg.vjp(fun, a)
        wide, wide_pullback = tg.vjp(fun, a.astype(float))
        assert out.dtype == np.float16
        np.testing.assert_allclose(out, wide, rtol=3e-3)
        np.testing.assert_allclose(out, fun(a), rtol=2e-3)
        (gradient,) = pullback(np.ones_like(out))
        assert gradient.dtype == np.float16
        expected = wide_pullback(np.ones_like(wide))[0]
        np.testing.assert_allclose(gradient, expected, rtol=5e-3, atol=1e-3)
    many = np.ones(70_000, np.float16)
    assert np.all(tg.grad(np.mean)(many) > 0)


@pytest.mark.parametrize("function", [np.sum, np.mean, np.var, np.std])
def test_equal_elements_and_masks_of_none(function: Any) -> None:
    a = np.array([[2.0, 2.0], [1.0, 3.0]])

    def masked(x: Any) -> Any:
        with np.errstate(all="ignore"):
            y = function(x, axis=1, where=np.array([[False, False], [True, True]]))
        return np.sum(np.where([False, True], y, 0))

    gradient = tg.grad(masked)(a)
    np.testing.assert_array_equal(gradient[0], 0)
    np.testing.assert_allclose(gradient[1], tg.grad(lambda x: function(x))(a[1]), rtol=1e-14)
    if function is np.std:
        given = tg.grad(lambda x: np.sum(np.std(x, axis=1, mean=np.full((2, 1), 2.0))))(a)
        np.testing.assert_allclose(given, [[0, 0], [-0.5, 0.5]], rtol=1e-14)


# Bad input


@pytest.mark.parametrize("function", [np.sum, np.mean, np.max, np.var, np.std, np.cumsum])
def test_out_is_a_tensor_or_refused_by_name(function: Any) -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    name = function.__name__
    out = np.zeros(2 if function is np.cumsum else ())
    position = {"max": 1, "cumsum": 2}.get(name, 2)
    for call in (
        lambda out: function(x, out=out),
        lambda out: function(x, *[None] * position, out),
        lambda out: getattr(x, name)(out=out),
    ):
        with pytest.raises(tg.GradientError, match=rf"np\.{name} would write .*y = np\.{name}"):
            call(out)
        written = tg.Tensor(out)
        assert call(written) is written
        np.testing.assert_array_equal(written.numpy(), function(x.numpy()))
    constant = tg.Tensor([1.0, 2.0])
    assert function(constant, out=out) is out
    np.testing.assert_array_equal(out, function(constant.numpy()))
    assert float(tg.stop_gradient(np.sum(x, None, None, None))) == 3


def test_keywords_that_are_unknown_are_refused_by_name() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(
        tg.GradientError, match=r"np\.sum: the keyword 'mask'.*: a, axis, dtype, ke"
    ):
        x.sum(mask=[True, False])
    with pytest.raises(ValueError, match=r"np\.max: with where=, give initial="):
        np.max(x, where=[True, False])
    with pytest.raises(ValueError, match=r"np\.std: ddof and correction"):
        np.std(x, ddof=1, correction=1)
    with pytest.raises(ValueError, match="more dimensions"):
        np.sum(x, where=np.ones((2, 2), bool))


def test_axis_errors_are_numpys() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(np.exceptions.AxisError, match="axis 2 is out of bounds"):
        np.sum(x, axis=2)
    with pytest.raises(ValueError, match="duplicate value in 'axis'"):
        x.mean(axis=(0, 0))
    with pytest.raises(ValueError, match="zero-size array"):
        np.max(x[:0])


@pytest.mark.parametrize("rows", [3, 500])
@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
@pytest.mark.parametrize("axis", [(0, 1, 2), -1, (0, -1), ()])
def test_the_cotangent_of_a_sum_goes_to_each_of_few_and_of_many_elements(
    rows: int, dtype: Any, axis: Any
) -> None:
    a = np.zeros((rows, 2, 3), dtype)
    total, pullback = tg.vjp(lambda a: np.sum(a, axis=axis), a)
    weights = np.arange(total.size, dtype=dtype).reshape(total.shape) + 2
    (pulled,) = pullback(weights)
    expected = np.broadcast_to(np.expand_dims(weights, axis), a.shape)
    np.testing.assert_array_equal(pulled, expected)
    assert pulled.dtype == dtype


def test_the_maximum_beside_a_pole_has_the_same_slope_both_ways() -> None:
    x = np.array([0.0, 2.0, 1.0])
    for function in (
        lambda x: np.max(np.log(x)), lambda x: -np.min(-np.log(x)),
        lambda x: np.maximum(np.log(x[0]), np.log(x[1])),
        lambda x: np.fmax(np.log(x[0]), np.log(x[1])),
        lambda x: -np.minimum(-np.log(x[0]), -np.log(x[1])),
        lambda x: -np.fmin(-np.log(x[0]), -np.log(x[1])),
    ):  # fmt: skip
        with np.errstate(divide="ignore"):
            assert list(tg.grad(function)(x)) == [0, 0.5, 0]
            assert tg.jvp(function, (x,), (np.ones(3),))[1] == 0.5
