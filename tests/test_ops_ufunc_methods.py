"""ops/ufunc_methods.py: reduce, accumulate, reduceat, outer and at."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, distinct, positive, seeds

import tinygrad_np as tg
from tinygrad_np.ops import ufunc_methods as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)

SMOOTH = [np.add, np.multiply, np.subtract, np.divide, np.logaddexp, np.logaddexp2, np.hypot,
          np.maximum, np.minimum, np.fmax, np.fmin]  # fmt: skip
SEVERAL_AXES = [np.add, np.multiply, np.logaddexp, np.logaddexp2, np.hypot, np.maximum, np.fmin]
ufuncs = st.sampled_from(SMOOTH)


def names(function: Any) -> Any:
    return getattr(function, "__name__", None)


@st.composite
def arrays(draw: Any, ufunc: Any, shape: Any = None) -> np.ndarray:
    sides = st.lists(st.integers(1, 3), min_size=1, max_size=3)
    domain = positive if ufunc is np.divide else distinct
    rng = np.random.default_rng(draw(seeds))
    return np.asarray(domain(rng, tuple(draw(sides) if shape is None else shape)))


@st.composite
def reductions(draw: Any) -> Call:
    """Draw a ufunc and every keyword of reduce."""
    ufunc = draw(ufuncs)
    array = draw(arrays(ufunc))
    settings: dict[str, Any] = {"ufunc": ufunc}
    if draw(st.booleans()):
        tuples = ufunc in SEVERAL_AXES
        settings["axis"] = draw(op_cases.axes(array.ndim, none=tuples, tuples=tuples))
    if draw(st.booleans()):
        settings["keepdims"] = draw(st.booleans())
    if draw(st.booleans()):
        settings["initial"] = draw(st.sampled_from([0.71, 2, np.float64(1.13)]))
        if draw(st.booleans()):
            mask = np.arange(array.size).reshape(array.shape) % 3 != 0
            settings["where"] = draw(st.sampled_from([mask, mask[:1], True]))
    return Call((array,), settings)


@st.composite
def accumulations(draw: Any) -> Call:
    ufunc = draw(ufuncs)
    array = draw(arrays(ufunc))
    settings = {"axis": draw(st.integers(-array.ndim, array.ndim - 1))} if array.ndim > 1 else {}
    return Call((array,), {"ufunc": ufunc, **settings})


@st.composite
def segments(draw: Any) -> Call:
    call = draw(accumulations())
    length = call.arrays[0].shape[call.settings.get("axis", 0)]
    indices = draw(st.lists(st.integers(0, length - 1), max_size=4))
    return Call(call.arrays, {**call.settings, "indices": np.array(indices, int)})


@st.composite
def pairs(draw: Any) -> Call:
    shapes = st.lists(st.integers(0, 2), max_size=2)
    ufunc = draw(ufuncs)
    a, b = draw(arrays(ufunc, draw(shapes))), draw(arrays(ufunc, draw(shapes)))
    return Call((a, b + 0.037), {"ufunc": ufunc})


def method(name: str) -> Any:
    def call(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
        others = {key: value for key, value in settings.items() if key != "ufunc"}
        return getattr(settings["ufunc"], name)(*arrays, **others)

    return call


def add_between(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return function(*arrays, indices=settings["indices"], axis=settings.get("axis", 0))


METHODS = {
    name: Case(getattr(ops, name), inputs, method(name), ulps=16, dtypes=(np.float64,))
    for name, inputs in (
        ("reduce", reductions()), ("accumulate", accumulations()), ("reduceat", segments()),
        ("outer", pairs()),
    )
}  # fmt: skip
SEGMENTS = segments().filter(lambda call: call.settings["indices"].size)
CASES = METHODS | {
    "between": Case(ops.sums_between, SEGMENTS, add_between, complex=True),
}


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, {ops.sums_between: CASES["between"]})


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches_are_loops(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


@pytest.mark.parametrize("ufunc", [np.power, np.arctan2], ids=names)
def test_other_functions_are_reduced_from_the_left(ufunc: Any) -> None:
    # NumPy itself loses elements here, on processors on which these two run eight at a time.
    x = np.array([1.3, 0.8, 0.6, 1.1])
    expected = ufunc(ufunc(ufunc(x[0], x[1]), x[2]), x[3])
    assert ufunc.reduce(tg.Tensor(x, requires_grad=True)).item() == pytest.approx(expected)
    one_by_one = lambda x: ufunc(ufunc(ufunc(x[0], x[1]), x[2]), x[3])
    np.testing.assert_allclose(tg.grad(ufunc.reduce)(x), tg.grad(one_by_one)(x), rtol=1e-14)


def test_logsumexp_of_many_is_of_few_ops() -> None:
    x = np.linspace(-1, 1, 1000)
    gradient = tg.grad(np.logaddexp.reduce)(x)
    np.testing.assert_allclose(gradient, np.exp(x) / np.sum(np.exp(x)), rtol=1e-12)
    y = np.logaddexp.reduce(tg.Tensor(x, requires_grad=True))
    assert len(tg.recording.reachable([y.node])) < 100


# Conventions, corners


@pytest.mark.parametrize("ufunc", [np.maximum, np.minimum, np.fmax, np.fmin], ids=names)
def test_the_latest_of_equal_elements_is_the_extreme_so_far(ufunc: Any) -> None:
    sign = 1 if ufunc in (np.maximum, np.fmax) else -1
    x = sign * np.array([1.0, 1.0, 0.0, 2.0, 1.0])
    gradient = tg.vjp(ufunc.accumulate, x)[1](np.array([1.0, 10.0, 100.0, 1e3, 1e4]))[0]
    np.testing.assert_array_equal(gradient, [1, 110, 0, 11000, 0])
    moved = tg.jvp(ufunc.accumulate, (x,), (np.arange(5.0),))[1]
    np.testing.assert_array_equal(moved, [0, 1, 1, 3, 3])


@pytest.mark.parametrize("ufunc", [np.maximum, np.fmax], ids=names)
def test_a_running_extreme_meets_nan(ufunc: Any) -> None:
    x = np.array([np.nan, 1.0, np.nan, 3.0])
    found = ufunc.accumulate(tg.Tensor(x, requires_grad=True))
    np.testing.assert_array_equal(found.numpy(), ufunc.accumulate(x))
    gradient = tg.vjp(ufunc.accumulate, x)[1](np.ones(4))[0]
    np.testing.assert_array_equal(gradient, [1, 2, 0, 1] if ufunc is np.fmax else [2, 0, 2, 0])


def test_elements_that_tie_share_a_reduction() -> None:
    x = np.array([2.0, 2.0, 1.0])
    np.testing.assert_array_equal(tg.grad(np.maximum.reduce)(x), [0.5, 0.5, 0])
    np.testing.assert_array_equal(
        tg.grad(lambda x: np.maximum.reduce(x, initial=2.0))(x), [0.25, 0.25, 0]
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64])
def test_a_reduction_may_be_of_another_dtype(dtype: type) -> None:
    x = np.linspace(1, 2, 6).reshape(2, 3).astype(dtype)
    wide = np.complex128 if dtype is np.complex64 else np.float64
    for ufunc in (np.add, np.multiply, np.subtract):
        for function in (ufunc.reduce, ufunc.accumulate):
            found = function(tg.Tensor(x, requires_grad=True), dtype=wide)
            op_cases.assert_same(found, function(x, dtype=wide), ulps=4)
    assert tg.vjp(lambda x: np.add.reduce(x, 0, wide), x)[1](np.ones(3, wide))[0].dtype == dtype
    assert type(np.add.reduce(tg.Tensor(x.real, requires_grad=True), dtype=int)) is np.ndarray


def test_reductions_of_nothing() -> None:
    x = tg.Tensor(np.zeros((0, 2)), requires_grad=True)
    for ufunc in (np.add, np.multiply, np.logaddexp, np.hypot):
        op_cases.assert_same(ufunc.reduce(x), ufunc.reduce(x.numpy()))
        op_cases.assert_same(ufunc.accumulate(x), x.numpy())
    op_cases.assert_same(np.power.reduce(x, initial=2.0), np.full(2, 2.0))
    assert np.maximum.reduceat(x, [], axis=1).shape == (0, 0)
    with pytest.raises(ValueError, match="no identity"):
        np.subtract.reduce(x)


def test_conditions_are_reduced_on_their_values() -> None:
    a = np.array([[1.0, 0.0], [3.0, 4.0]])
    x = tg.Tensor(a, requires_grad=True)
    for ufunc in (np.logical_and, np.logical_or, np.logical_xor):
        assert type(ufunc.reduce(x)) is np.ndarray
        np.testing.assert_array_equal(ufunc.reduce(x), ufunc.reduce(a))
        np.testing.assert_array_equal(ufunc.outer(x, a), ufunc.outer(a, a))
        np.testing.assert_array_equal(ufunc.accumulate(x), ufunc.accumulate(a))
        np.testing.assert_array_equal(tg.vmap(ufunc.reduce)(a), [ufunc.reduce(r) for r in a])


# at: an assignment


@st.composite
def updates(draw: Any) -> Call:
    """Draw an array, an index that may name elements twice, and what is combined with them."""
    ufunc = draw(ufuncs)
    array = draw(arrays(ufunc, (3, 2)))
    index = draw(
        st.sampled_from([
            0, -1, ..., (slice(None), 1), [0, 2, 0, 0], ([1, 1, 2], [0, 0, 1]),
            np.array([True, False, True]), (slice(0, 2), [0, 0]), [],
        ])
    )  # fmt: skip
    shape = array[index].shape
    value = draw(arrays(ufunc, draw(st.sampled_from([shape, shape[-1:], ()])))) + 0.037
    return Call((array, value), {"ufunc": ufunc, "index": index})


def update(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    copy = arrays[0].copy()
    settings["ufunc"].at(copy, settings["index"], arrays[1])
    return copy


AT = Case(np.add, updates(), update, ulps=16, dtypes=(np.float64,))


@hypothesis.given(data=st.data())
def test_at_assigns_what_numpy_does(data: st.DataObject) -> None:
    call = AT.draw(data)
    fun = AT.bind(call.settings)
    a, value = call.arrays
    found = fun(tg.Tensor(a, requires_grad=True), tg.Tensor(value, requires_grad=True))
    op_cases.assert_same(found, fun(a, value), ulps=16)


@hypothesis.given(data=st.data())
def test_derivatives_of_at(data: st.DataObject) -> None:
    op_cases.check_derivatives(AT, data)


@few
@hypothesis.given(data=st.data())
def test_at_of_batches(data: st.DataObject) -> None:
    def call(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
        # A value that differs from example to example cannot be written into what does not.
        return update(function, (arrays[0] + 0 * np.sum(arrays[1]), arrays[1]), settings)

    check_batches(Case(np.add, updates(), call), data)


def test_at_of_a_view_is_seen_in_its_base() -> None:
    def fun(x: Any, v: Any) -> Any:
        y = x * 1.0
        np.multiply.at(y[1], [0, 0, 1], v)
        np.negative.at(y, 0)
        return y

    a, v = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0, 7.0])
    np.testing.assert_array_equal(fun(a, v), [[-1, -2], [90, 28]])
    np.testing.assert_array_equal(fun(tg.Tensor(a, requires_grad=True), v).numpy(), fun(a, v))
    tg.testing.check_grads(fun, (a, v))


# Bad input


def test_what_numpy_refuses_is_refused_by_numpy() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="not reorderable"):
        np.subtract.reduce(x, axis=(0, 1))
    with pytest.raises(ValueError, match="where mask one has to specify 'initial'"):
        np.power.reduce(x, where=np.ones((2, 3), bool))
    with pytest.raises(np.exceptions.AxisError):
        np.hypot.accumulate(x, axis=2)
    with pytest.raises(IndexError, match=r"out-of-bounds in add\.reduceat"):
        np.add.reduceat(x, [5])
    with pytest.raises(ValueError, match="reduce only supported for binary functions"):
        np.exp.reduce(x)
    with pytest.raises(TypeError, match="not allowed in ufunc with"):
        np.matmul.outer(x, x)
    with pytest.raises(IndexError):
        np.add.at(x.copy(), 7, 1.0)
    with pytest.raises(TypeError, match="must be array"):
        np.add.at(tg.Tensor(1.0), (), 1.0)


def test_what_would_lose_a_gradient_is_refused_by_name() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"np\.add\.reduce would write"):
        np.add.reduce(x, out=np.zeros(()))
    with pytest.raises(tg.GradientError, match=r"np\.add\.at would write.*np\.zeros_like\(x, sh"):
        np.add.at(np.zeros(2), [0, 0], x)
    with pytest.raises(tg.GradientError, match=r"^<lambda>.*\.reduce has no derivative rule"):
        np.frompyfunc(lambda a, b: a, 2, 1).reduce(x)
