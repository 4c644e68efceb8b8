"""ops/statistics.py: averages, covariances, histograms, and reductions that leave NaN out."""

from __future__ import annotations

import warnings
from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, axes, distinct, full_shapes, seeds, unary

import tinygrad_np as tg
from tinygrad_np.ops import statistics as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
long = npst.array_shapes(min_dims=1, max_dims=2, min_side=3, max_side=5)
with_axes = npst.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)


# Inputs


@st.composite
def leaving_out(draw: Any, array: np.ndarray, ddof: bool = False) -> dict[str, Any]:
    """Draw settings, and which elements are NaN: not so many of a slice that NumPy warns."""
    settings: dict[str, Any] = {}
    if draw(st.booleans()):
        settings["axis"] = draw(axes(array.ndim))
    if draw(st.booleans()):
        settings["keepdims"] = draw(st.booleans())
    rng = np.random.default_rng(draw(seeds))
    missing = rng.uniform(size=array.shape) < 0.3
    if ddof and draw(st.booleans()):
        settings["ddof"] = draw(st.sampled_from([0, 1, 0.5]))
    least = 2 if ddof else 1
    too_few = np.sum(~missing, axis=settings.get("axis"), keepdims=True) < least
    settings["missing"] = missing & ~too_few
    hypothesis.assume(np.all(np.sum(~settings["missing"], axis=settings.get("axis")) >= least))
    return settings


def where_too(array: np.ndarray, ddof: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """The same with a mask, which may be smaller."""

    @st.composite
    def settings(draw: Any) -> dict[str, Any]:
        found = draw(leaving_out(array, ddof))
        rng = np.random.default_rng(draw(seeds))
        shape = draw(st.sampled_from([array.shape, array.shape[1:], (1,) * array.ndim]))
        where = rng.uniform(size=shape) < 0.8
        left = np.sum(where & ~found["missing"], axis=found.get("axis"))
        hypothesis.assume(np.all(left > (1 if ddof else 0)))
        return {**found, "where": where}

    return st.one_of(leaving_out(array, ddof), settings())


def cumulating(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    missing = npst.arrays(bool, array.shape)
    return st.fixed_dictionaries({"axis": axes(array.ndim, tuples=False), "missing": missing})


@st.composite
def with_initial(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings = draw(where_too(array))
    if "where" in settings or draw(st.booleans()):
        settings["initial"] = draw(st.sampled_from([0.05, 1.5]))
    return settings


def call_with_nan(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    settings = dict(settings)
    missing = np.where(settings.pop("missing"), np.nan, 0).astype(arrays[0].dtype)
    return function(arrays[0] + missing, **settings)


@st.composite
def weighing(draw: Any) -> Call:
    (a,) = draw(unary(anything, shapes=with_axes)).arrays
    axis = draw(axes(a.ndim).filter(lambda axis: axis != ()))
    shape = a.shape
    if axis is not None and draw(st.booleans()):
        shape = tuple(a.shape[i] for i in (axis if isinstance(axis, tuple) else [axis]))
    weights = np.random.default_rng(draw(seeds)).uniform(0.2, 1, shape)
    settings: dict[str, Any] = {"axis": axis}
    for name in ("returned", "keepdims"):
        if draw(st.booleans()):
            settings[name] = draw(st.booleans())
    return Call((a, weights), settings)


@st.composite
def covarying(draw: Any) -> Call:
    """Draw variables, others of them, and weights of their samples."""
    variables, samples = draw(st.integers(1, 3)), draw(st.integers(4, 6))
    rng = np.random.default_rng(draw(seeds))
    shape = draw(st.sampled_from([(variables, samples), (samples,)]))
    m, y = rng.standard_normal(shape), rng.standard_normal(shape)
    settings: dict[str, Any] = {}
    if draw(st.booleans()):
        settings = {"rowvar": False}
        m, y = m.T, y.T
    for name, values in (
        ("bias", [True, False]), ("ddof", [0, 1, 2]), ("fweights", [rng.integers(1, 4, samples)]),
        ("with_y", [True]), ("with_weights", [True]),
    ):  # fmt: skip
        if draw(st.booleans()):
            settings[name] = draw(st.sampled_from(values))
    return Call((m, y, rng.uniform(0.3, 1, samples)), settings)


def call_cov(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    m, y, weights = arrays
    settings = dict(settings)
    if settings.pop("with_weights", False):
        settings["aweights"] = np.real(weights)
    # What is not used is added times 0, so that it counts as an argument.
    y = y if settings.pop("with_y", False) else None
    return function(m, y, **settings)


def call_corrcoef(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    names = [name for name in ("rowvar",) if name in settings]
    y = arrays[1] if settings.get("with_y") else None
    return function(arrays[0], y, **{name: settings[name] for name in names})


@st.composite
def counting(draw: Any) -> Call:
    size = draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(seeds))
    settings = {"x": rng.integers(0, 5, size), "minlength": draw(st.sampled_from([0, 3, 8]))}
    return Call((rng.standard_normal(size),), settings)


def call_bincount(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return function(settings["x"], weights=arrays[0], minlength=settings["minlength"])


def assume_inside(a: np.ndarray, edges: np.ndarray) -> None:
    """Draw again where a sample is so close to an edge that it could change its bin."""
    others = a[(a > np.min(a)) & (a < np.max(a))]
    hypothesis.assume(not np.any(np.abs(others[..., None] - edges) < 0.003))


@st.composite
def filling(draw: Any, names: tuple[str, ...] = ("density",)) -> Call:
    """Draw samples and weights, and bins or how many."""
    (a,) = draw(unary(distinct, shapes=full_shapes)).arrays
    hypothesis.assume(a.size > 1)
    weights = np.random.default_rng(draw(seeds)).uniform(0.2, 1, a.shape)
    settings: dict[str, Any] = {}
    if draw(st.booleans()):
        settings["bins"] = draw(st.sampled_from([1, 3, [-0.53, 0.11, 0.37], np.array([-9.0, 9])]))
    if draw(st.booleans()) and not np.ndim(settings.get("bins")):
        settings["range"] = draw(st.sampled_from([(-0.31, 0.47), (-9, 9)]))
    counts, edges = np.histogram(a, **settings)
    assume_inside(a, edges)
    # With no weight in any bin, a density is 0 / 0.
    if "density" in names and np.any(counts) and draw(st.booleans()):
        settings["density"] = draw(st.booleans())
    return Call((a, weights), settings)


def call_histogram(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    counts, edges = function(arrays[0], weights=arrays[1], **settings)
    return counts + 0 * np.sum(edges)


def call_edges(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return function(arrays[0], bins=settings.get("bins", 10)) + 0 * np.sum(arrays[1])


@st.composite
def filling_more(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    a = distinct(rng, (draw(st.integers(2, 8)), 2))
    settings: dict[str, Any] = {}
    if draw(st.booleans()):
        bins = [2, (3, 1), [np.array([-9.0, 0.13, 9]), 2], [[-9.0, 9], np.array([-8.0, 8, 9])]]
        settings["bins"] = draw(st.sampled_from(bins))
    if draw(st.booleans()):
        settings["range"] = draw(st.sampled_from([[(-9, 9), (-9, 9)], [None, (-7, 7)]]))
    for column, edges in zip(a.T, np.histogramdd(a, **settings)[1], strict=True):
        assume_inside(column, edges)
    if draw(st.booleans()):
        settings["density"] = draw(st.booleans())
    return Call((a, rng.uniform(0.2, 1, len(a))), settings)


def call_histogramdd(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    counts, edges = function(arrays[0], weights=arrays[1], **settings)
    return counts + 0 * np.sum(edges[0])


def call_histogram2d(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    a, weights = arrays
    counts, edges, _ = function(a[:, 0], a[:, 1], weights=weights, **settings)
    return counts + 0 * np.sum(edges)


def nan_case(
    function: Any, settings: Any, domain: Any = anything, shapes: Any = full_shapes, **options: Any
) -> Case:
    return Case(function, unary(domain, settings, shapes), call_with_nan, **options)


NAN = op_cases.by_function(
    nan_case(np.nansum, where_too, complex=True, ulps=4),
    nan_case(np.nanprod, where_too, complex=True, ulps=8),
    nan_case(np.nancumsum, cumulating, complex=True),
    nan_case(np.nancumprod, cumulating, complex=True),
    nan_case(np.nanmean, where_too, complex=True, ulps=4),
    nan_case(np.nanvar, lambda a: where_too(a, ddof=True), distinct, long, complex=True, ulps=8),
    nan_case(np.nanstd, lambda a: where_too(a, ddof=True), distinct, long, complex=True, ulps=8),
    nan_case(np.nanmax, with_initial, distinct),
    nan_case(np.nanmin, with_initial, distinct),
)
HISTOGRAMS = op_cases.by_function(
    Case(np.histogram, filling(), call_histogram, ulps=8),
    Case(np.histogram_bin_edges, filling(names=()), call_edges, ulps=4),
    Case(np.histogramdd, filling_more(), call_histogramdd, ulps=8),
    Case(np.histogram2d, filling_more(), call_histogram2d, ulps=8),
)
CASES = {
    **NAN,
    **HISTOGRAMS,
    **op_cases.by_function(
        Case(np.average, weighing(), ulps=4,
             call=lambda f, arrays, settings: f(arrays[0], weights=arrays[1], **settings)),
        Case(np.cov, covarying(), call_cov, complex=True, ulps=8),
        Case(np.corrcoef, covarying(), call_corrcoef, complex=True, ulps=16),
        Case(np.bincount, counting(), call_bincount),
    ),
}  # fmt: skip


def test_every_entry_has_inputs() -> None:
    of_module = {
        **CASES,
        ops.bin_weights: CASES[np.bincount],
        ops.weighted_histogram: CASES[np.histogram],
        ops.even_edges: CASES[np.histogram_bin_edges],
    }
    op_cases.check_every_entry_has_inputs(ops, of_module)


@op_cases.each(CASES)
@hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 2)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 2)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(NAN | {np.average: CASES[np.average]})
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each({key: case for key, case in CASES.items() if key not in HISTOGRAMS})
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


JAX = [np.average, np.cov, np.corrcoef, np.nanstd, np.nanmax, np.histogram]


@op_cases.each({function: CASES[function] for function in JAX})
@hypothesis.settings(max_examples=1)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


@pytest.mark.parametrize("function", [np.cov, np.corrcoef, np.nansum, np.nanmean])
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(function: Any, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(data.draw(seeds))
    a = rng.standard_normal((3, 5))
    if function in (np.cov, np.corrcoef):
        theirs = getattr(torch, function.__name__)
        ours = function
    else:
        missing = np.where(rng.uniform(size=a.shape) < 0.3, np.nan, 0.0)
        missing[:, 0] = 0
        of_torch = getattr(torch, function.__name__)
        theirs = lambda a: of_torch(a + torch.tensor(missing), dim=1)
        ours = lambda a: function(a + missing, axis=1)
    call = lambda f, arrays, settings: ours(*arrays) if f is function else theirs(*arrays)
    one_call = Case(function, st.just(Call((a,))), call)
    op_cases.check_against_torch(one_call, torch, data)


# What is left out


NAMES = ["nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nancumsum",
         "nancumprod"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_out_has_slope_0_at_every_order(name: str) -> None:
    function = getattr(np, name)
    a = np.array([[1.0, np.nan, 2.0, 5.0], [np.nan] * 4, [np.nan, 3.0, np.nan, 4.0]])

    def fun(x: Any) -> Any:
        return np.nansum(np.sin(function(x, axis=1)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gradient = tg.grad(fun)(a)
        second = tg.grad(lambda x: np.sum(tg.grad(fun)(x) * [[1.0, 2.0, 4.0, 8.0]]))(a)
        tangent = tg.jvp(lambda x: function(x, axis=1), (a,), (np.ones_like(a),))[1]
    for found in (gradient, second, tangent):
        assert np.all(np.isfinite(found))
    np.testing.assert_array_equal(gradient[np.isnan(a)], 0)
    np.testing.assert_array_equal(second[np.isnan(a)], 0)
    assert np.any(gradient[0])
    assert np.any(second[0])


@pytest.mark.parametrize(
    ("name", "message"),
    [("nanmax", "All-NaN slice"), ("nanmin", "All-NaN slice"), ("nanmean", "Mean of empty slice"),
     ("nanvar", "Degrees of freedom <= 0"), ("nanstd", "Degrees of freedom <= 0")],
)  # fmt: skip
def test_nothing_but_nan_warns_as_numpy_does(name: str, message: str) -> None:
    function = getattr(np, name)
    a = np.array([[1.0, 2.0], [np.nan, np.nan]])
    with pytest.warns(RuntimeWarning, match=message):
        expected = function(a, axis=1)
    with pytest.warns(RuntimeWarning, match=message) as caught:
        found = function(tg.Tensor(a, requires_grad=True), axis=1)
    assert caught[0].filename == __file__
    op_cases.assert_same(found, expected)
    in_batch = tg.vmap(function)(a)
    op_cases.assert_same(in_batch, expected)


def test_more_degrees_of_freedom_than_elements() -> None:
    a = np.array([[1.0, 2.0, np.nan], [1.0, np.nan, np.nan]])
    for settings in ({"ddof": 1}, {"ddof": 3}, {"correction": 1}):
        with pytest.warns(RuntimeWarning, match="Degrees of freedom"):
            expected = np.nanvar(a, axis=1, **settings)
        with pytest.warns(RuntimeWarning, match="Degrees of freedom"):
            op_cases.assert_same(np.nanvar(tg.Tensor(a), axis=1, **settings), expected, ulps=2)


def test_a_mean_that_is_given_is_an_argument() -> None:
    a = np.array([[1.0, 2.0, np.nan], [4.0, np.nan, 7.0]])
    mean = np.array([[1.2], [5.0]])
    for function in (np.nanvar, np.nanstd):
        fun = lambda x, m, f=function: f(x, axis=1, mean=m)
        op_cases.assert_same(fun(tg.Tensor(a), tg.Tensor(mean)), fun(a, mean), ulps=2)
        known = np.isnan(a)
        tg.testing.check_grads(lambda x, m: fun(np.where(known, np.nan, x), m), (np.ones((2, 3)) * [
            1.0, 2.0, 4.0], mean))  # fmt: skip


def test_ties_and_equal_elements_without_nan() -> None:
    a = np.array([2.0, np.nan, 2.0, 1.0])
    np.testing.assert_array_equal(tg.grad(np.nanmax)(a), [0.5, 0, 0.5, 0])
    np.testing.assert_array_equal(tg.grad(np.nanstd)(np.array([2.0, np.nan, 2.0])), [0, 0, 0])
    np.testing.assert_array_equal(tg.grad(np.nanprod)(np.array([0.0, np.nan, 0.0])), [0, 0, 0])


def test_integers_are_left_as_they_are() -> None:
    x = tg.Tensor(np.array([3, 1, 2]))
    for name in NAMES:
        op_cases.assert_same(getattr(np, name)(x), getattr(np, name)(x.numpy()), ulps=0)


@pytest.mark.parametrize("name", NAMES[:5])
def test_the_dtype_that_is_computed_in(name: str) -> None:
    function = getattr(np, name)
    a = np.array([1.0, np.nan, 3.0], np.float32)
    x = tg.Tensor(a, requires_grad=True)
    op_cases.assert_same(function(x, dtype=np.float64), function(a, dtype=np.float64), ulps=2)
    assert tg.grad(lambda x: function(x, dtype=np.float64))(a).dtype == np.float32
    half = function(tg.Tensor(a.astype(np.float16)))
    op_cases.assert_same(half, function(a.astype(np.float16)), ulps=2)
    if name in ("nanmean", "nanvar", "nanstd"):
        with pytest.raises(TypeError, match="dtype"):
            function(x, dtype=int)


# Averages and covariances


def test_weights_that_cannot_be_averaged_with() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ZeroDivisionError, match="sum to zero"):
        np.average(x, weights=np.zeros((2, 3)))
    with pytest.raises(TypeError, match="need the axis"):
        np.average(x, weights=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="do not fit axis 0"):
        np.average(x, axis=0, weights=[1.0, 2.0, 3.0])
    with pytest.raises(np.exceptions.AxisError):
        np.average(x, axis=2)


@pytest.mark.parametrize("dtype", [np.int64, np.int8, bool, np.float32])
def test_average_of_one_dtype_with_weights_of_another(dtype: Any) -> None:
    a = np.array([[1, 0, 1], [0, 1, 0]], dtype)
    weights = np.array([0.5, 0.25, 1.0], np.float16)
    average = lambda w: np.average(a, axis=1, weights=w, returned=True)
    op_cases.assert_same(average(tg.Tensor(weights, requires_grad=True)), average(weights), ulps=2)
    assert tg.grad(lambda w: np.sum(average(w)[0]))(weights).dtype == np.float16


def test_an_average_without_weights_returns_how_many() -> None:
    a = np.arange(6.0).reshape(2, 3)
    found = np.average(tg.Tensor(a, requires_grad=True), axis=1, returned=True)
    expected = np.average(a, axis=1, returned=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(tg.stop_gradient(one), other)


@pytest.mark.parametrize(
    ("shape", "settings"),
    [((1, 4), {"rowvar": False, "bias": True}), ((4, 1), {"rowvar": False}), ((4, 1), {"ddof": 0}),
     ((), {"ddof": 0}), ((0, 3), {}), ((3,), {"rowvar": False})],
)  # fmt: skip
def test_covariances_of_odd_shapes(shape: Any, settings: dict[str, Any]) -> None:
    a = np.random.default_rng(0).standard_normal(shape)
    found = np.cov(tg.Tensor(a, requires_grad=True), **settings)
    op_cases.assert_same(found, np.cov(a, **settings), ulps=4)


def test_covariances_in_other_dtypes() -> None:
    a = np.random.default_rng(0).standard_normal((2, 5)).astype(np.float32)
    x = tg.Tensor(a, requires_grad=True)
    op_cases.assert_same(np.cov(x), np.cov(a), ulps=8)
    op_cases.assert_same(np.cov(x, dtype=np.float32), np.cov(a, dtype=np.float32), ulps=8)
    assert tg.grad(lambda x: np.sum(np.corrcoef(x)))(a).dtype == np.float32


def test_covariances_that_numpy_refuses_or_warns_of() -> None:
    x = tg.Tensor(np.random.default_rng(0).standard_normal((2, 3)), requires_grad=True)
    for error, match, settings in (
        (ValueError, "ddof must be integer", {"ddof": 0.5}),
        (TypeError, "fweights must be integer", {"fweights": [0.5, 1, 1]}),
        (ValueError, "aweights cannot be negative", {"aweights": [-1.0, 1, 1]}),
        (RuntimeError, "incompatible numbers", {"aweights": [1.0, 1]}),
    ):
        with pytest.raises(error, match=match):
            np.cov(x, **settings)
    with pytest.raises(ValueError, match="more than 2 dim"):
        np.cov(x[None])
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"), np.errstate(all="ignore"):
        found = np.cov(x, ddof=3)
    assert not np.any(np.isfinite(tg.stop_gradient(found)))


@pytest.mark.parametrize("x", [
    [[1.0, 2.0, 4.0], [np.nan, 1.0, 3.0]], [[1.0], [2.0]], [[np.nan, 1.0, 3.0], [np.nan, 2.0, 0.0]],
    [1.0, np.nan, 2.0], [2.0, 2.0, 2.0], [1.0, 2.0, 4.0],
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:Degrees of freedom")
def test_where_there_is_no_correlation_both_modes_say_so(x: Any) -> None:
    x = np.array(x)
    with np.errstate(all="ignore"):
        modes = [tg.jacobian(np.corrcoef, mode=mode)(x) for mode in ("reverse", "forward")]
        correlation = np.corrcoef(x)
    if x.ndim == 1:
        expected = [[0 * np.sum(x)] * 3] * 2
        np.testing.assert_array_equal(modes, expected)
        return
    for jacobian in modes:
        assert np.isnan(jacobian[np.isnan(correlation)]).any(axis=(-1, -2)).all()


def test_a_variable_correlates_with_itself() -> None:
    a = np.array([1.0, 3.0, 2.0])
    assert tg.grad(np.corrcoef)(a).tolist() == [0, 0, 0]
    np.testing.assert_allclose(tg.jacobian(lambda x: np.corrcoef(x, 2 * x))(a), 0, atol=1e-15)


# Counts


def test_counts_without_weights_are_constant() -> None:
    n = tg.Tensor(np.array([1, 2, 2]))
    op_cases.assert_same(np.bincount(n, minlength=4), np.array([0, 1, 2, 0]))
    a = np.array([0.1, 0.5, 0.4])
    x = tg.Tensor(a, requires_grad=True)
    for found, expected in (
        (np.digitize(x, [0.2, 0.45]), np.array([0, 2, 1])),
        (np.histogram(x)[0], np.histogram(a)[0]),
        (np.histogram2d(x, x, 3)[0], np.histogram2d(a, a, 3)[0]),
        (np.histogram(x, [0, 1], range=(0, 1))[1], np.array([0, 1])),
    ):
        assert type(found) is np.ndarray
        op_cases.assert_same(found, expected)
    op_cases.assert_same(np.bincount(np.zeros(0, int), tg.Tensor([])), np.bincount([], []))


@pytest.mark.parametrize("bins", ["auto", "fd", "doane", "scott", "stone", "rice", "sturges"])
def test_bins_whose_number_is_estimated(bins: Any) -> None:
    a = np.random.default_rng(0).standard_normal(30)
    x = tg.Tensor(a, requires_grad=True)
    found, expected = np.histogram_bin_edges(x, bins), np.histogram_bin_edges(a, bins)
    op_cases.assert_same(found, expected)
    jacobian = tg.jacobian(lambda x: np.histogram_bin_edges(x, bins))(a)
    share = np.linspace(0, 1, len(expected))
    np.testing.assert_allclose(jacobian[:, np.argmax(a)], share)
    np.testing.assert_allclose(jacobian[:, np.argmin(a)], 1 - share)
    with pytest.raises(TypeError, match="weighted"):
        np.histogram(a, bins, weights=x)


def test_samples_at_edges_and_outside() -> None:
    a = np.array([0.0, 1.0, 2.0, 3.0, -1.0, np.nan])
    fun = lambda w: np.histogram(a, [0, 1, 2], weights=w)[0]
    pulled = tg.vjp(fun, np.ones(6))[1](np.array([1.0, 10.0]))[0]
    np.testing.assert_array_equal(pulled, [1, 10, 10, 0, 0, 0])
    equal = np.full(3, 2.0)
    op_cases.assert_same(np.histogram_bin_edges(tg.Tensor(equal), 2), np.array([1.5, 2, 2.5]))


def test_histograms_of_points_in_other_forms() -> None:
    rng = np.random.default_rng(0)
    a, w = rng.standard_normal((6, 3)), rng.uniform(size=6)
    x = tg.Tensor(a, requires_grad=True)
    expected = np.histogramdd(a, 2, weights=w)
    for found in (
        np.histogramdd(x, 2, weights=w), np.histogramdd([*x.T], 2, weights=w),
        np.histogramdd(a, 2, weights=tg.Tensor(w)),
    ):  # fmt: skip
        op_cases.assert_same(found[0], expected[0])
        op_cases.assert_same(found[1], expected[1])
    op_cases.assert_same(np.histogramdd(x[:, 0], 2)[1], np.histogramdd(a[:, 0], 2)[1])
    edges = [-3.0, 0.0, 3.0]
    found = np.histogram2d(a[:, 0], a[:, 1], edges, weights=tg.Tensor(w))
    op_cases.assert_same(list(found), list(np.histogram2d(a[:, 0], a[:, 1], edges, weights=w)))
    of_single = np.histogram2d(tg.Tensor(np.float32(a[:, 0])), a[:, 1], 2)
    op_cases.assert_same(list(of_single), list(np.histogram2d(np.float32(a[:, 0]), a[:, 1], 2)))
    found = np.histogramdd([1.0, 2.0, 3.0], 2, weights=tg.Tensor(w[:3]))
    op_cases.assert_same(found[0], np.histogramdd([1.0, 2.0, 3.0], 2, weights=w[:3])[0])
    with pytest.raises(ValueError, match="6 values of x, 5 of y"):
        np.histogram2d(x[:, 0], x[:5, 1])


def test_a_density_depends_on_edges_that_are_given() -> None:
    a = np.array([0.1, 0.5, 0.4, 0.8])
    edges = np.array([0.0, 0.3, 1.0])
    density = lambda edges: np.histogram(a, edges, density=True)[0]
    tg.testing.check_grads(density, (edges,))


def test_histograms_are_refused_in_a_batch_of_samples() -> None:
    a = np.ones((2, 3))
    for function in (np.histogram, np.histogram_bin_edges, np.histogramdd):
        with pytest.raises(tg.GradientError, match=r"inside tg\.vmap.*call it outside"):
            tg.vmap(function)(a)
    weigh = lambda w: np.histogram([0.1, 0.7, 0.9], 2, weights=w)[0]
    np.testing.assert_array_equal(tg.vmap(weigh)(a), [[1, 2], [1, 2]])
