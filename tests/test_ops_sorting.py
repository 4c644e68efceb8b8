"""ops/sorting.py: sorting, sets and quantiles."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, axes, distinct, full_shapes, seeds, unary

import tinygrad_np as tg
from tinygrad_np.ops import sorting as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
with_axes = npst.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)
vectors = npst.array_shapes(min_dims=1, max_dims=1, min_side=2, max_side=8)
METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
    "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher",
    "midpoint", "nearest",
]  # fmt: skip


# Inputs


@st.composite
def in_order(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if draw(st.booleans()):
        settings["axis"] = draw(axes(array.ndim, tuples=False))
    if draw(st.booleans()):
        settings["kind"] = draw(st.sampled_from(["quicksort", "heapsort", "mergesort", "stable"]))
    elif draw(st.booleans()):
        settings["stable"] = draw(st.booleans())
    return settings


@st.composite
def partitioning(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(axes(array.ndim, tuples=False))
    length = array.size if axis is None else array.shape[axis]
    place = st.integers(-length, length - 1)
    kth = draw(st.one_of(place, st.lists(place, min_size=1, max_size=3)))
    return {"axis": axis, "kth": kth}


def call_partition(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    """Partition, and sort each part: NumPy leaves their order open."""
    found = function(*arrays, **settings)
    axis = 0 if settings["axis"] is None else settings["axis"]
    length = found.shape[axis]
    cuts = sorted({k % length for k in np.atleast_1d(settings["kth"]).tolist()})
    moved = np.moveaxis(found, axis, 0)
    bounds = [0, *[cut for k in cuts for cut in (k, k + 1)], length]
    parts = [np.sort(moved[i:j], axis=0) for i, j in pairwise(bounds)]
    return np.concatenate(parts, axis=0)


def some_axis(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={"axis": axes(array.ndim, tuples=False)})


def assuming_unique(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={"assume_unique": st.booleans()})


def with_others(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    """Call a set function on an array, and a constant with some of its elements and others."""
    values = np.asarray(tg.stop_gradient(arrays[0]))
    others = np.concatenate(
        [values[::2], np.full(2, 70, values.dtype) + [0, 1]], dtype=values.dtype
    )
    return function(arrays[0], others, **settings)


def of_halves(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return function(arrays[0][:2], arrays[0][2:], **settings)


@st.composite
def trimming(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings: dict[str, Any] = {"kept": np.ones(array.shape, bool)}
    for axis in range(array.ndim):
        length = array.shape[axis]
        start, stop = draw(st.integers(0, length)), draw(st.integers(0, length))
        np.moveaxis(settings["kept"], axis, 0)[:start] = False
        np.moveaxis(settings["kept"], axis, 0)[stop:] = False
    if draw(st.booleans()):
        settings["trim"] = draw(st.sampled_from(["fb", "f", "b", "bf"]))
    return settings


def call_trim(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    settings = dict(settings)
    return function(arrays[0] * settings.pop("kept").astype(arrays[0].dtype), **settings)


@st.composite
def reducing(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if draw(st.booleans()):
        settings["axis"] = draw(axes(array.ndim))
    if draw(st.booleans()):
        settings["keepdims"] = draw(st.booleans())
    return settings


@st.composite
def leaving_out(draw: Any, array: np.ndarray) -> dict[str, Any]:
    """Draw settings, and which elements are NaN: not all of a slice, of which NumPy warns."""
    settings = draw(reducing(array))
    rng = np.random.default_rng(draw(seeds))
    missing = rng.uniform(size=array.shape) < 0.3
    hypothesis.assume(not np.any(np.all(missing, axis=settings.get("axis"))))
    return {**settings, "missing": missing}


def call_with_nan(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    settings = dict(settings)
    missing = np.where(settings.pop("missing"), np.nan, 0).astype(arrays[0].dtype)
    return function(arrays[0] + missing, *arrays[1:], **settings)


@st.composite
def quantiles(draw: Any, with_nan: bool = False, percent: float = 1) -> Call:
    (a,) = draw(unary(distinct, shapes=full_shapes)).arrays
    settings = draw(leaving_out(a) if with_nan else reducing(a))
    rng = np.random.default_rng(draw(seeds))
    q = rng.uniform(0.01, 0.99, draw(st.sampled_from([(), (1,), (3,)])))
    # Not where the quantile is an element: there is a kink, or a jump.
    if draw(st.booleans()):
        settings["method"] = draw(st.sampled_from(METHODS))
    return Call((a, np.asarray(q * percent)), settings)


def case(function: Any, settings: Any = None, shapes: Any = with_axes, **options: Any) -> Case:
    domain = options.pop("domain", distinct)
    return Case(function, unary(domain, settings, shapes), **options)


SETS = op_cases.by_function(
    case(np.unique, some_axis),
    # NumPy leaves the order open, and for complex numbers it is that of a hash table.
    case(np.unique_values, call=lambda f, arrays, settings: np.sort(f(*arrays))),
    *[case(function, call=lambda f, arrays, settings: f(*arrays).values)
      for function in (np.unique_all, np.unique_counts, np.unique_inverse)],
    *[case(function, assuming_unique, vectors, call=with_others)
      for function in (np.intersect1d, np.setdiff1d, np.setxor1d)],
    case(np.union1d, None, vectors, call=of_halves),
    case(np.trim_zeros, trimming, vectors, call=call_trim),
)  # fmt: skip
CASES = {
    **SETS,
    **op_cases.by_function(
        case(np.sort, in_order, complex=True),
        case(np.partition, partitioning, call=call_partition, complex=True),
        case(np.sort_complex, complex=True),
        case(np.median, reducing, complex=True),
        case(np.nanmedian, leaving_out, call=call_with_nan),
        case(np.ptp, reducing, full_shapes),
        Case(np.quantile, quantiles()),
        Case(np.percentile, quantiles(percent=100)),
        Case(np.nanquantile, quantiles(with_nan=True), call_with_nan),
        Case(np.nanpercentile, quantiles(with_nan=True, percent=100), call_with_nan),
    ),
}


def test_every_entry_has_inputs() -> None:
    of_module = {**CASES, ops.quantile_of: CASES[np.quantile]}
    op_cases.check_every_entry_has_inputs(ops, of_module)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 2)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


OF_ONE_DTYPE = {key: case for key, case in CASES.items() if key is not np.sort_complex}


@op_cases.each(OF_ONE_DTYPE)
@few
@hypothesis.given(data=st.data())
def test_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(OF_ONE_DTYPE)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each({key: case for key, case in CASES.items() if key not in SETS})
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


JAX = [np.sort, np.median, np.nanmedian, np.ptp, np.quantile, np.nanquantile, np.nanpercentile]


@op_cases.each({function: CASES[function] for function in JAX})
@hypothesis.settings(max_examples=2)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    call = case.draw(data, np.float64)
    settings = {key: value for key, value in call.settings.items() if key != "kind"}
    if "method" in settings:
        settings["method"] = data.draw(st.sampled_from(["linear", "midpoint", "lower", "higher"]))
    one_call = Case(case.function, st.just(Call(call.arrays, settings)), case.call)
    op_cases.check_against_jax(one_call, getattr(jax_numpy, case.name), data)


@pytest.mark.parametrize("function", [np.sort, np.quantile, np.nanquantile])
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(function: Any, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    (a,) = data.draw(unary(distinct, shapes=with_axes)).arrays
    axis = data.draw(axes(a.ndim, none=False, tuples=False))
    if function is np.sort:
        theirs = lambda a: torch.sort(a, axis).values
        ours = lambda a: np.sort(a, axis)
    else:
        q = data.draw(st.floats(0.01, 0.99))
        method = data.draw(st.sampled_from(["linear", "lower", "higher", "midpoint"]))
        missing = np.zeros(a.shape)
        if function is np.nanquantile:
            np.moveaxis(missing, axis, 0)[: a.shape[axis] // 2] = np.nan
        of_torch = getattr(torch, function.__name__)
        theirs = lambda a: of_torch(
            a + torch.tensor(missing), q, dim=axis, keepdim=True, interpolation=method
        )
        ours = lambda a: function(a + missing, q, axis=axis, keepdims=True, method=method)
    call = lambda f, arrays, settings: ours(*arrays) if f is function else theirs(*arrays)
    one_call = Case(function, st.just(Call((a,))), call)
    op_cases.check_against_torch(one_call, torch, data)


# In place


@pytest.mark.parametrize("name", ["sort", "partition"])
@few
@hypothesis.given(data=st.data())
def test_methods_work_in_place(name: str, data: st.DataObject) -> None:
    (a,) = data.draw(unary(distinct, shapes=with_axes)).arrays
    axis = data.draw(axes(a.ndim, none=False, tuples=False))
    kth = () if name == "sort" else (data.draw(st.integers(0, a.shape[axis] - 1)),)
    weights = np.random.default_rng(data.draw(seeds)).standard_normal(a.shape)

    def in_place(x: Any) -> Any:
        y = x * 1
        row = y[:1]
        assert getattr(y, name)(*kth, axis=axis) is None
        return y * weights, row  # a view sees what happens to its base

    function = getattr(np, name)
    expected = function(a, *kth, axis=axis)
    value, row = in_place(tg.Tensor(a, requires_grad=True))
    np.testing.assert_allclose(tg.stop_gradient(row), tg.stop_gradient(value)[:1] / weights[:1])
    if name == "sort":
        np.testing.assert_array_equal(tg.stop_gradient(value), expected * weights)
    tg.testing.check_grads(in_place, (a,), order=2)
    compare = lambda x: np.sum(function(x, *kth, axis=axis) * weights)
    found = tg.grad(lambda x: np.sum(in_place(x)[0]))(a)
    np.testing.assert_array_equal(found, tg.grad(compare)(a))


def test_a_parameter_is_not_sorted_in_place() -> None:
    x = tg.Tensor([2.0, 1.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match="requires_grad=True cannot be overwritten"):
        x.sort()
    with tg.no_grad():
        x.sort()
    assert x.tolist() == [1, 2]
    assert x.requires_grad


# Conventions


def test_elements_that_tie_keep_their_order_in_a_stable_sort() -> None:
    a, w = np.array([2.0, 1.0, 2.0, 1.0]), np.array([1.0, 10.0, 100.0, 1000.0])
    for settings in ({"kind": "stable"}, {"stable": True}, {"kind": "mergesort"}):
        sort = lambda x, s=settings: np.sort(x, **s)
        np.testing.assert_array_equal(tg.vjp(sort, a)[1](w)[0], [100, 1, 1000, 10])
        np.testing.assert_array_equal(tg.jvp(sort, (a,), (w,))[1], [10, 1000, 1, 100])


@pytest.mark.parametrize("function", [np.median, lambda x: np.quantile(x, [0.3, 0.6])])
def test_a_quantile_of_ties_has_the_whole_slope(function: Any) -> None:
    a = np.ones(5)
    gradient = tg.grad(lambda x: np.sum(function(x)))(a)
    np.testing.assert_allclose(np.sum(gradient), np.size(function(a)))
    np.testing.assert_allclose(tg.jvp(function, (a,), (a,))[1], np.ones(np.shape(function(a))))


def test_the_range_of_ties_shares_equally() -> None:
    gradient = tg.grad(np.ptp)(np.array([1.0, 3.0, 3.0, 1.0, 2.0]))
    np.testing.assert_array_equal(gradient, [-0.5, 0.5, 0.5, -0.5, 0])


def test_the_first_of_equal_elements_is_the_unique_one() -> None:
    a = np.array([3.0, 1.0, 3.0, 1.0])
    np.testing.assert_array_equal(tg.vjp(np.unique, a)[1](np.array([1.0, 10]))[0], [10, 1, 0, 0])
    b = np.array([3.0, 0.0, 1.0])
    pullback = tg.vjp(np.intersect1d, a, b)[1]
    for gradient, expected in zip(pullback(np.array([1.0, 10])), ([10, 1, 0, 0], [0, 0, 0])):
        np.testing.assert_array_equal(gradient, expected)


@pytest.mark.parametrize("method", METHODS)
def test_the_slope_by_q_of_every_method(method: str) -> None:
    a = np.array([1.0, 3.0, 4.0, 8.0, 9.0])
    # In turn: below the first element, in the middle, above the last.
    for q in (0.02, 0.33, 0.55, 0.98):
        function = lambda q: np.quantile(a, q, method=method)
        expected = (function(q + 1e-7) - function(q - 1e-7)) / 2e-7
        slope = tg.grad(function)(q)
        np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(tg.jvp(function, (q,), (2.0,))[1], 2 * expected, atol=1e-5)
        pushed = tg.grad(lambda p: np.percentile(a, p, method=method))(100 * q)
        np.testing.assert_allclose(pushed, slope / 100)


def test_quantiles_are_linear_in_the_elements_and_bilinear_with_q() -> None:
    a = np.array([1.0, 3.0, 4.0, 8.0])
    np.testing.assert_array_equal(tg.hessian(lambda x: np.quantile(x, 0.4))(a), np.zeros((4, 4)))
    mixed = tg.jacobian(lambda q: tg.grad(lambda x: np.quantile(x, q))(a))(0.4)
    np.testing.assert_allclose(mixed, [0, -3, 3, 0])
    mixed = tg.grad(lambda a: tg.grad(lambda q: np.quantile(a, q))(0.4))(a)
    np.testing.assert_allclose(mixed, [0, -3, 3, 0])


# NaN


def test_a_quantile_of_a_slice_with_a_nan_is_that_nan() -> None:
    a = np.array([[1.0, np.nan, 2.0], [3.0, 1.0, 2.0]])
    for function in (np.median, lambda x, axis: np.quantile(x, 0.4, axis=axis)):
        assert np.isnan(tg.stop_gradient(function(tg.Tensor(a, requires_grad=True), axis=1))[0])
        gradient = tg.grad(lambda x: np.sum(function(x, axis=1)))(a)
        np.testing.assert_array_equal(gradient[0], [0, 1, 0])
        np.testing.assert_allclose(np.sum(gradient[1]), 1)
    a[0, 0] = np.nan
    np.testing.assert_array_equal(tg.grad(lambda x: np.sort(x, axis=1)[0, 0])(a)[0], [0, 0, 1])


@pytest.mark.parametrize(
    "function", [np.nanmedian, lambda x, **s: np.nanquantile(x, [0.2, 0.7], **s)]
)
def test_what_is_left_out_has_slope_0_at_every_order(function: Any) -> None:
    a = np.array([[1.0, np.nan, 2.0, 5.0], [np.nan] * 4, [np.nan, 3.0, np.nan, np.nan]])

    def fun(x: Any) -> Any:
        return np.nansum(function(x, axis=1) ** 2)

    with pytest.warns(RuntimeWarning, match="All-NaN slice"):  # noqa: PT031 - each of the three sweeps warns
        gradient = tg.grad(fun)(a)
        second = tg.grad(lambda x: np.sum(tg.grad(fun)(x) * [[1.0, 2.0, 3.0, 4.0]]))(a)
        tangent = tg.jvp(lambda x: function(x, axis=1), (a,), (np.ones_like(a),))[1]
    for found in (gradient, second):
        np.testing.assert_array_equal(found[np.isnan(a)], 0)
        assert np.all(np.isfinite(found))
        assert np.all(found[[0, 2], [2, 1]])
    np.testing.assert_allclose(tangent[..., 1], 0)
    np.testing.assert_allclose(tangent[..., 2], 1)


# Keywords


@pytest.mark.parametrize("function", [np.quantile, np.percentile, np.nanquantile])
@pytest.mark.parametrize("axis", [None, 1, (0, 1), -1])
def test_weights_choose_the_element(function: Any, axis: Any) -> None:
    rng = np.random.default_rng(3)
    a = distinct(rng, (3, 4, 2))
    weights = rng.uniform(0.1, 1, a.shape)
    scale = 100 if function is np.percentile else 1
    q = np.array([0.1, 0.6]) * scale
    settings = {"axis": axis, "method": "inverted_cdf", "keepdims": True}
    fun = lambda x, w=weights: function(x, q, weights=w, **settings)
    if function is np.nanquantile and axis == (0, 1) and np.__version__ < "2.1":
        pytest.skip("NumPy 2.0 mistakes these weights")
    op_cases.assert_same(fun(tg.Tensor(a, requires_grad=True)), fun(a))
    tg.testing.check_grads(fun, (a,), order=2)
    constant = tg.grad(lambda x, w: np.sum(fun(x, w)), (0, 1))(a, weights)[1]
    np.testing.assert_array_equal(constant, 0)
    batch = np.stack([a, -a])
    op_cases.assert_same(tg.vmap(fun)(batch), np.stack([fun(a), fun(-a)]))
    gradient = lambda x, w: tg.grad(lambda x: np.sum(np.sin(fun(x, w))))(x)
    each = np.stack([weights, weights[::-1]])
    expected = np.stack([gradient(x, w) for x, w in zip(batch, each, strict=True)])
    op_cases.assert_same(tg.vmap(gradient)(batch, each), expected)


def test_weights_along_an_axis() -> None:
    a = np.array([[1.0, 2.0, 3.0], [6.0, 5.0, 4.0], [np.nan, 0.0, 1.0]])
    fun = lambda x: np.quantile(x, 0.5, axis=1, method="inverted_cdf", weights=[1.0, 0.0, 3.0])
    gradient = tg.grad(lambda x: np.sum(fun(x)))(a)
    np.testing.assert_array_equal(gradient, [[0, 0, 1], [0, 0, 1], [1, 0, 0]])


def test_overwrite_input_leaves_the_input() -> None:
    a = np.array([3.0, 1.0, 2.0])
    gradient = tg.grad(lambda x: np.median(x, overwrite_input=True))(a)
    np.testing.assert_array_equal(gradient, [0, 0, 1])
    np.testing.assert_array_equal(a, [3, 1, 2])
    tg.grad(lambda x: np.quantile(x, 0.1, None, None, True))(a)
    np.testing.assert_array_equal(a, [3, 1, 2])


@pytest.mark.parametrize("keywords", [{"return_index": True}, {"return_inverse": True},
    {"return_counts": True}, {"return_index": True, "return_inverse": True, "return_counts": True},
    {"equal_nan": False}, {"axis": -1, "return_index": True}])  # fmt: skip
def test_what_unique_returns_besides(keywords: dict[str, Any]) -> None:
    a = np.array([[2.0, 1.0, 2.0, np.nan], [2.0, 3.0, 2.0, np.nan]])
    x = tg.Tensor(a, requires_grad=True)
    found, expected = np.unique(x, **keywords), np.unique(a, **keywords)
    if not isinstance(expected, tuple):
        found, expected = (found,), (expected,)
    assert type(found) is tuple
    assert found[0].requires_grad
    np.testing.assert_array_equal(tg.stop_gradient(found[0]), expected[0])
    for one, other in zip(found[1:], expected[1:], strict=True):
        assert type(one) is np.ndarray
        np.testing.assert_array_equal(one, other)


def test_sets_in_named_tuples_and_with_indices() -> None:
    a, b = np.array([[2.0, 1.0], [2.0, 5.0]]), np.array([5, 2], np.int8)
    x = tg.Tensor(a, requires_grad=True)
    for function in (np.unique_all, np.unique_counts, np.unique_inverse):
        found, expected = function(x), function(a)
        assert type(found) is type(expected)
        assert found.values.requires_grad
        for one, other in zip(tg.stop_gradient(found), expected, strict=True):
            np.testing.assert_array_equal(one, other)
    found, expected = (np.intersect1d(one, b, return_indices=True) for one in (x, a))
    assert found[0].requires_grad
    for one, other in zip(tg.stop_gradient(found), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.intersect1d(b, x).dtype == np.float64


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.2.0", reason="vectors only")
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
@pytest.mark.parametrize("trim", ["fb", "f", "b"])
def test_zeros_are_trimmed_along_axes(axis: Any, trim: str) -> None:
    a = np.array([[0.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0]])
    fun = lambda x: np.trim_zeros(x, trim, axis=axis)
    np.testing.assert_array_equal(tg.stop_gradient(fun(tg.Tensor(a, requires_grad=True))), fun(a))
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(fun(x) ** 2))(a), 2 * a)


def test_what_is_found_is_constant() -> None:
    a = np.array([3.0, 1.0, 2.0])
    x = tg.Tensor(a, requires_grad=True)
    for found, expected in (
        (np.argpartition(x, 1), np.argpartition(a, 1)), (x.argpartition(1), a.argpartition(1)),
        (np.isin(x, [1, 2]), np.isin(a, [1, 2])), (np.argsort(x), np.argsort(a)),
    ):  # fmt: skip
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, expected)


# Shapes and dtypes


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_the_precision_is_kept(dtype: Any) -> None:
    a = distinct(np.random.default_rng(0), (7,)).astype(dtype)
    for function in (np.sort, np.median, np.ptp, np.unique, lambda x: np.quantile(x, 0.3)):
        assert function(tg.Tensor(a, requires_grad=True)).dtype == function(a).dtype
        assert tg.grad(lambda x, f=function: np.sum(f(x)))(a).dtype == dtype


def test_a_quantile_of_many_elements_in_single_precision() -> None:
    n = 100_001
    a = np.random.default_rng(0).permutation(n).astype(np.float32)
    gradient = tg.grad(lambda x: np.quantile(x, 0.123456))(a)
    where = np.argsort(a)[[12345, 12346]]
    np.testing.assert_allclose(gradient[where], [0.4, 0.6], atol=1e-6)
    assert np.count_nonzero(gradient) == 2


def test_numbers_and_empty_arrays() -> None:
    assert tg.grad(np.median)(3.0) == 1
    assert tg.grad(lambda x: np.quantile(x, 0.2))(3.0) == 1
    assert tg.stop_gradient(np.median(tg.Tensor(3.0, requires_grad=True))) == 3
    x = tg.Tensor(np.zeros((0, 2)), requires_grad=True)
    assert np.sort(x, axis=0).shape == np.partition(x, 1).shape == (0, 2)
    assert np.unique(x).shape == (0,)
    assert np.median(x, axis=1).shape == (0,)
    with pytest.warns(RuntimeWarning, match="empty slice|invalid"):
        assert np.all(np.isnan(np.median(x, axis=0)))


def test_batches_of_quantiles() -> None:
    rng = np.random.default_rng(0)
    a, q = distinct(rng, (4, 3, 5)), rng.uniform(size=(4, 2))
    expected = np.stack([np.quantile(x, p, axis=0) for x, p in zip(a, q, strict=True)])
    op_cases.assert_same(tg.vmap(lambda x, p: np.quantile(x, p, axis=0))(a, q), expected)
    a[0, 0, 0] = np.nan

    def inner(x: Any) -> Any:
        return np.sum(np.sin(np.nanquantile(x, 0.3, axis=0)))

    outer = tg.grad(lambda a: np.sum(np.cos(tg.vmap(tg.grad(inner))(a))))(a)
    looped = tg.grad(lambda a: sum(np.sum(np.cos(tg.grad(inner)(x))) for x in a))(a)
    np.testing.assert_allclose(outer, looped, atol=1e-12)


# Bad input


@pytest.mark.parametrize(
    "function",
    [np.unique, np.unique_counts, lambda x: np.setdiff1d([1.0], x), np.trim_zeros],
)
def test_sets_are_refused_in_a_batch(function: Any) -> None:
    with pytest.raises(tg.GradientError, match=r"np\.\w+: inside tg\.vmap.*call it outside"):
        tg.vmap(function)(np.ones((2, 3)))


def test_numpys_own_errors_pass_through() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    for error, match, call in (
        (np.exceptions.AxisError, "axis 2", lambda: np.sort(x, axis=2)),
        (np.exceptions.AxisError, "axis", lambda: np.sort(x[0, 0])),
        (ValueError, "kind", lambda: np.sort(x, kind="stable", stable=True)),
        (ValueError, "kth", lambda: np.partition(x, 5)),
        (ValueError, "order", lambda: np.sort(x, order="a")),
        (ValueError, "range", lambda: np.quantile(x, 1.5)),
        (ValueError, "method", lambda: np.quantile(x, 0.5, method="best")),
        (ValueError, "weights", lambda: np.quantile(x, 0.5, weights=np.ones((2, 3)))),
        (TypeError, "real numbers", lambda: np.quantile(x.astype(complex), 0.5)),
        (TypeError, "keyword", lambda: np.unique(x, return_everything=True)),
    ):  # fmt: skip
        with pytest.raises(error, match=match):
            call()


@pytest.mark.parametrize("function", [np.median, np.ptp, lambda x, **s: np.quantile(x, 0.5, **s)])
def test_out_is_refused(function: Any) -> None:
    with pytest.raises(tg.GradientError, match="out"):
        function(tg.Tensor([1.0, 2.0], requires_grad=True), out=np.zeros(()))


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) >= "2.4.0", reason="no such keyword")
def test_the_former_name_of_method_is_refused() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"'interpolation'.*supported: .*method"):
        np.quantile(x, 0.5, interpolation="lower")  # type: ignore[call-overload]
