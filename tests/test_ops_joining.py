"""ops/joining.py: functions that put arrays together, and those that take them apart."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, anything, seeds, shapes, unary

import tinygrad_np as tg
from tinygrad_np.ops import joining as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


@st.composite
def several(draw: Any, stretched: str | None, axis: bool = True, none: bool = False) -> Call:
    """Draw arrays of one shape, except along the axis that ``stretched`` says."""
    ndim = draw(st.integers(0 if stretched is None else 1, 3))
    shape = draw(st.lists(st.integers(0, 3), min_size=ndim, max_size=ndim))
    count = draw(st.integers(1, 4))
    most = ndim if stretched is None else ndim - 1
    chosen = draw(st.integers(-most - 1, most))
    along = {"axis": chosen, "vstack": 0, "hstack": min(1, ndim - 1)}
    rng = np.random.default_rng(draw(seeds))
    arrays = []
    for _ in range(count):
        own = list(shape)
        if stretched is not None and (ndim > 1 or stretched != "vstack"):
            own[along[stretched]] = draw(st.integers(0, 3))
        arrays.append(np.asarray(anything(rng, tuple(own))))
    settings: dict[str, Any] = {"axis": chosen} if axis and draw(st.booleans()) else {}
    if axis and not settings and stretched is not None:
        hypothesis.assume(chosen % ndim == 0)
    if none and draw(st.integers(0, 3)) == 0:
        settings = {"axis": None}
    return Call(tuple(arrays), settings)


@st.composite
def mixed(draw: Any, count: int = 3) -> Call:
    """Draw arrays of unrelated shapes."""
    rng = np.random.default_rng(draw(seeds))
    found = draw(st.lists(shapes, min_size=1, max_size=count))
    return Call(tuple(np.asarray(anything(rng, shape)) for shape in found))


@st.composite
def columns(draw: Any) -> Call:
    length = draw(st.integers(0, 3))
    widths = draw(st.lists(st.sampled_from([None, 0, 1, 2]), min_size=1, max_size=4))
    rng = np.random.default_rng(draw(seeds))
    shapes = [(length,) if width is None else (length, width) for width in widths]
    return Call(tuple(anything(rng, shape) for shape in shapes))


some_axes = shapes.filter(len)


@st.composite
def cutting(draw: Any, array: np.ndarray) -> dict[str, Any]:
    """Draw a number of parts, or the indices to cut at, for np.array_split."""
    settings: dict[str, Any] = {}
    if draw(st.booleans()):
        settings["axis"] = draw(st.integers(-array.ndim, array.ndim - 1))
    cuts = st.lists(st.integers(0, 4), max_size=3).map(sorted)
    parts = st.integers(1, 4)
    settings["indices_or_sections"] = draw(
        st.one_of(parts, parts.map(np.int64), cuts, cuts.map(np.array), cuts.map(tuple))
    )
    return settings


@st.composite
def dividing(draw: Any, array: np.ndarray) -> dict[str, Any]:
    """Draw the same for np.split, which wants parts of equal length."""
    settings = draw(cutting(array))
    parts = settings["indices_or_sections"]
    if np.ndim(parts) == 0:
        hypothesis.assume(array.shape[settings.get("axis", 0)] % parts == 0)
    return settings


def of_sequence(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    return function(arrays, **settings)


def case(function: Any, inputs: Any, call: Any = None) -> Case:
    return (
        Case(function, inputs, call, complex=True) if call else Case(function, inputs, complex=True)
    )


CASES = op_cases.by_function(
    case(np.concatenate, several("axis", none=True), of_sequence),
    case(np.stack, several(None), of_sequence),
    case(ops.join, several("axis", none=True)),
    case(ops.pile, several(None)),
    case(np.vstack, several("vstack", axis=False), of_sequence),
    case(np.hstack, several("hstack", axis=False), of_sequence),
    case(np.column_stack, columns(), of_sequence),
    case(np.atleast_1d, mixed()),
    case(np.atleast_2d, mixed()),
    case(np.array_split, unary(anything, cutting, some_axes)),
    case(np.split, unary(anything, dividing, some_axes)),
)
PUBLIC = {key: c for key, c in CASES.items() if key not in (ops.join, ops.pile)}


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


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(PUBLIC)
@hypothesis.settings(max_examples=2)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    call = case.draw(data, np.float64)
    if "indices_or_sections" in call.settings:
        parts = call.settings["indices_or_sections"]
        call.settings["indices_or_sections"] = np.asarray(parts) if np.ndim(parts) else int(parts)
    one = Case(case.function, st.just(call), case.call)
    op_cases.check_against_jax(one, getattr(jax_numpy, case.name), data)


@op_cases.each({f: CASES[f] for f in (np.concatenate, np.stack, np.vstack, np.hstack)})
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(case: Case, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    call = case.draw(data, np.float64)
    hypothesis.assume(call.settings.get("axis", 0) is not None)
    one = Case(case.function, st.just(call), case.call)
    op_cases.check_against_torch(one, getattr(torch, case.name), data)


# Dtypes and constants


def test_each_array_keeps_its_dtype() -> None:
    arrays = (np.ones(2, np.float32), np.ones(1), np.ones(2, np.complex64))
    for function in (np.concatenate, np.hstack, lambda arrays: np.stack([a[:1] for a in arrays])):
        out, pullback = tg.vjp(lambda *arrays: function(arrays), *arrays)
        assert out.dtype == np.complex128
        for gradient, array in zip(pullback(out), arrays, strict=True):
            assert gradient.dtype == array.dtype


@pytest.mark.parametrize("constant", [[1, 2], np.array([1, 2]), (1.0, 2.0)])
def test_constants_of_any_kind_beside(constant: Any) -> None:
    x = np.array([0.5, 1.5], np.float32)
    for function in (np.concatenate, np.stack, np.vstack, np.hstack, np.column_stack):
        tg.testing.check_grads(lambda x: function([x, constant, x]), (x,))
        op_cases.assert_same(
            function([tg.Tensor(x, requires_grad=True), constant]), function([x, constant])
        )
    tensor = tg.Tensor(x, requires_grad=True)
    for function in (np.atleast_1d, np.atleast_2d):
        found = function(tensor, constant)
        assert isinstance(found, tuple)
        op_cases.assert_same([tg.stop_gradient(a) for a in found], function(x, constant))


def test_numbers_are_stacked() -> None:
    x = np.array([0.5, 1.5])
    tg.testing.check_grads(lambda x: np.stack([x[0], 2.0, x[1] * x[0], 3]), (x,))
    tg.testing.check_grads(lambda x: np.hstack([x[0], 2.0, x]), (x,))


def test_the_rows_of_one_tensor() -> None:
    x = np.arange(6.0).reshape(3, 2)
    tg.testing.check_grads(lambda x: np.concatenate(x) ** 2, (x,))
    tg.testing.check_grads(lambda x: np.stack(x, axis=1) ** 2, (x,))


JOINING = (np.concatenate, np.stack, np.vstack, np.hstack)


@pytest.mark.parametrize("function", JOINING)
def test_the_dtype_that_is_asked_for(function: Any) -> None:
    x, y = np.array([0.5, 1.7]), np.array([2.5, 3.5], np.float32)
    for dtype in (np.float32, np.float64, np.complex64):
        fun = lambda x, y: function([x, y], dtype=dtype)
        out, pullback = tg.vjp(fun, x, y)
        op_cases.assert_same(out, fun(x, y))
        assert [gradient.dtype for gradient in pullback(out)] == [np.float64, np.float32]
        tg.testing.check_grads(fun, (x, y))
        compare = tg.vmap(fun)(np.stack([x, 2 * x]), np.stack([y, y]))
        op_cases.assert_same(compare, np.stack([fun(x, y), fun(2 * x, y)]))
    tensor = tg.Tensor(x, requires_grad=True)
    with pytest.raises(TypeError, match="'same_kind'"):
        function([tensor, y], dtype=int)
    with pytest.raises(TypeError, match="'safe'"):
        function([tensor, y], dtype=np.float32, casting="safe")
    integers = function([tensor, y], dtype=int, casting="unsafe")
    op_cases.assert_same(integers, function([x, y], dtype=int, casting="unsafe"))
    assert not isinstance(integers, tg.Tensor)


# Bad input


def test_out_is_refused_by_name() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    for function in (np.concatenate, np.stack):
        name = function.__name__
        with pytest.raises(tg.GradientError, match=rf"np\.{name}.* out="):
            function([x, x], out=np.zeros(4))


def test_parts_of_unequal_length() -> None:
    x = tg.Tensor(np.ones(5), requires_grad=True)
    with pytest.raises(ValueError, match=r"np\.split: axis 0 of length 5 .* 2 equal.*array_split"):
        np.split(x, 2)
    for sections in (0, -1):
        with pytest.raises(ValueError, match="at least one"):
            np.array_split(x, sections)


def test_numpys_own_errors_pass_through() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match="all input arrays must have the same shape"):
        np.stack([x, x[:1]])
    with pytest.raises(ValueError, match="must match exactly"):
        np.concatenate([x[None], np.ones((1, 3))])
    with pytest.raises(ValueError, match="need at least one array to concatenate"):
        tg.grad(lambda x: np.sum(np.concatenate([]) * x))(1.0)
