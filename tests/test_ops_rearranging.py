"""ops/rearranging.py: padding, rotating, inserting, deleting, resizing, blocks, grids."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, axes, broadcast, distinct, seeds, shapes, unary

import tinygrad_np as tg
from tinygrad_np.ops import rearranging as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
is_new = np.lib.NumpyVersion(np.__version__) >= "2.2.0"
some_axes = shapes.filter(len)
two_axes = shapes.filter(lambda shape: len(shape) > 1)
three_axes = st.tuples(*[st.integers(0, 3)] * 3)


@st.composite
def widths(draw: Any, ndim: int, most: int = 4) -> Any:
    """Draw what NumPy takes as pad_width, in every form."""
    one = st.integers(0, most)
    pair = st.tuples(one, one)
    forms = [one, pair, pair.map(list), pair.map(lambda pair: [pair]), one.map(lambda n: [n])]
    if ndim:
        forms.append(st.lists(pair, min_size=ndim, max_size=ndim).map(np.array))
        forms.append(st.lists(one, min_size=ndim, max_size=ndim).map(lambda w: [[n] for n in w]))
        forms.append(st.lists(pair, min_size=ndim, max_size=ndim).map(tuple))
    if is_new and ndim:
        forms.append(st.dictionaries(st.integers(-ndim, -1), one | pair))
    return draw(st.one_of(forms))


@st.composite
def padding(draw: Any, *modes: str, domain: Any = anything) -> Call:
    mode = draw(st.sampled_from(modes))
    drawn = shapes if mode == "constant" else op_cases.full_shapes
    array = np.asarray(domain(np.random.default_rng(draw(seeds)), draw(drawn)))
    settings: dict[str, Any] = {"pad_width": draw(widths(array.ndim)), "mode": mode}
    number = st.integers(-2, 2)
    if mode in ("maximum", "mean", "median", "minimum") and draw(st.booleans()):
        settings["stat_length"] = draw(st.integers(1, 4) | st.tuples(*[st.integers(1, 4)] * 2))
    if mode == "constant" and draw(st.booleans()):
        settings["constant_values"] = draw(number | st.tuples(number, number))
    if mode == "linear_ramp" and draw(st.booleans()):
        settings["end_values"] = draw(number | st.tuples(number, number))
    if mode in ("reflect", "symmetric"):
        settings["reflect_type"] = draw(st.sampled_from(["even", "odd"]))
    return Call((array,), settings)


@st.composite
def turning(draw: Any, array: np.ndarray) -> dict[str, Any]:
    plane = tuple(draw(st.permutations(range(-array.ndim, 0)))[:2])
    return {"k": draw(st.integers(-4, 5)), "axes": draw(st.sampled_from([(0, 1), plane]))}


@st.composite
def rolling(draw: Any, array: np.ndarray) -> dict[str, Any]:
    n = array.ndim
    return {"axis": draw(st.integers(-n, n - 1)), "start": draw(st.integers(-n, n))}


def resizing(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    length = st.integers(0, 5)
    forms = st.one_of(length, st.tuples(length), st.lists(length, max_size=3))
    return st.fixed_dictionaries({"new_shape": forms})


@st.composite
def places(draw: Any, length: int, end: int) -> Any:
    """Draw what np.delete and np.insert take as obj, in every form."""
    one = st.integers(-length, length - 1 + end)
    forms: list[Any] = [st.slices(length), st.just([]), st.just(np.array([], np.intp))]
    if length + end:
        several = st.lists(one, min_size=1, max_size=4)
        forms += [one, one.map(np.int64), several, several.map(np.array)]
    if length and (is_new or not end):  # old versions insert at the integers that masks are
        forms.append(st.lists(st.booleans(), min_size=length, max_size=length).map(np.array))
    return draw(st.one_of(forms))


@st.composite
def deleting(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(axes(array.ndim, tuples=False))
    length = array.size if axis is None else array.shape[axis]
    return {"obj": draw(places(length, 0)), "axis": axis}


@st.composite
def inserting(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    array = np.asarray(anything(rng, draw(shapes)))
    axis = draw(axes(array.ndim, tuples=False))
    flat = array.ravel() if axis is None else array
    along = 0 if axis is None else axis
    obj = draw(places(flat.shape[along], 1))
    rest = list(flat.shape)
    if isinstance(obj, int) and draw(st.booleans()):
        # At one place, the inserted axis comes first.
        del rest[along]
        rest = [draw(st.integers(0, 3)), *rest] if draw(st.booleans()) else rest
    else:
        count = np.insert(np.zeros(flat.shape[along], bool), obj, True).size - flat.shape[along]
        rest[along] = draw(st.sampled_from([1, count]))
    rest = rest[draw(st.integers(0, len(rest))) :]
    values = np.asarray(anything(rng, tuple(rest)))
    try:
        np.insert(array, obj, values, axis)
    except ValueError:
        hypothesis.reject()
    return Call((array, values), {"obj": obj, "axis": axis})


@st.composite
def appending(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = draw(some_axes)
    if draw(st.booleans()):
        others = draw(shapes)
        return Call((np.asarray(anything(rng, shape)), np.asarray(anything(rng, others))))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    other = list(shape)
    other[axis] = draw(st.integers(0, 3))
    return Call((anything(rng, shape), anything(rng, tuple(other))), {"axis": axis})


@st.composite
def blocks(draw: Any) -> Call:
    """Draw a matrix in rows of parts: a column, a row and a corner may be numbers or vectors."""
    rng = np.random.default_rng(draw(seeds))
    n, m = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    corner = draw(st.sampled_from([(), (1,), (1, 1)]))
    row = draw(st.sampled_from([(m,), (1, m)]))
    parts = [(n, m), (n, 1), row, corner]
    if draw(st.booleans()):
        parts = [(2, *([1] * (2 - len(part))), *part) for part in parts]
    return Call(tuple(np.asarray(anything(rng, part)) for part in parts))


@st.composite
def grids(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    found = draw(st.lists(shapes.filter(lambda shape: len(shape) < 3), min_size=1, max_size=3))
    flags = {name: draw(st.booleans()) for name in ("copy", "sparse")}
    settings = {**flags, "indexing": draw(st.sampled_from(["xy", "ij"]))}
    return Call(tuple(np.asarray(anything(rng, shape)) for shape in found), settings)


vectors = st.integers(0, 3).map(lambda length: (length,))


@st.composite
def mixed(draw: Any, shapes: Any = shapes) -> Call:
    rng = np.random.default_rng(draw(seeds))
    found = draw(st.lists(shapes, min_size=1, max_size=3))
    return Call(tuple(np.asarray(anything(rng, shape)) for shape in found))


@st.composite
def stacked(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = draw(shapes)
    found = [list(shape) for _ in range(draw(st.integers(1, 3)))]
    for one in found:
        if len(shape) == 3:
            one[2] = draw(st.integers(0, 3))
    return Call(tuple(np.asarray(anything(rng, tuple(one))) for one in found))


@st.composite
def dividing(draw: Any, axis: int, array: np.ndarray) -> dict[str, Any]:
    length = array.shape[min(axis, array.ndim - 1)]
    parts = st.sampled_from([n for n in (1, 2, 3) if length % n == 0])
    cuts = st.lists(st.integers(0, 4), max_size=3).map(sorted)
    return {"indices_or_sections": draw(parts | cuts)}


@st.composite
def unstacking(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(st.integers(-array.ndim, array.ndim - 1))
    hypothesis.assume(array.shape[axis])
    return {"axis": axis}


def of_sequence(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    return function(arrays, **settings)


def of_rows(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    return function([list(arrays[:2]), list(arrays[2:])])


def with_places(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    return function(arrays[0], settings["obj"], arrays[1], settings["axis"])


def case(function: Any, settings: Any = None, shapes: Any = shapes, **options: Any) -> Case:
    return Case(function, unary(anything, settings, shapes), complex=True, **options)


MOVING = ("constant", "edge", "wrap", "reflect", "symmetric")
# 2 of the edge less the element, over and over: NumPy rounds each time.
PADDING = Case(np.pad, padding(*MOVING, "linear_ramp", "mean"), complex=True, ulps=64)
EXTREMES = Case(np.pad, padding("maximum", "median", "minimum", domain=distinct))
CASES = op_cases.by_function(
    PADDING,
    case(np.rot90, turning, two_axes),
    case(np.fliplr, shapes=two_axes),
    case(np.flipud, shapes=some_axes),
    case(np.rollaxis, rolling, some_axes),
    case(np.matrix_transpose, shapes=two_axes),
    case(np.resize, resizing, op_cases.full_shapes),
    case(np.delete, deleting),
    Case(np.insert, inserting(), with_places, complex=True),
    Case(np.append, appending(), complex=True),
    Case(np.block, blocks(), of_rows, complex=True),
    Case(np.meshgrid, grids(), complex=True),
    Case(np.ix_, mixed(vectors), complex=True),
    Case(np.broadcast_arrays, broadcast(anything, anything, anything), complex=True),
    Case(np.atleast_3d, mixed(), complex=True),
    Case(np.dstack, stacked(), of_sequence, complex=True),
    case(np.vsplit, lambda a: dividing(0, a), two_axes),
    case(np.hsplit, lambda a: dividing(1, a), some_axes),
    case(np.dsplit, lambda a: dividing(2, a), three_axes),
    *([case(np.unstack, unstacking, some_axes)] if hasattr(np, "unstack") else []),
)
WITH_EXTREMES = {**CASES, "extremes": EXTREMES}


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(WITH_EXTREMES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(WITH_EXTREMES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


SEVERAL = (np.insert, np.append, np.block, np.meshgrid, np.ix_, np.broadcast_arrays, np.dstack)


@op_cases.each({function: CASES[function] for function in SEVERAL})
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(WITH_EXTREMES)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(WITH_EXTREMES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


MATRIX = np.arange(6.0).reshape(2, 3) ** 1.5
WITH_JAX = [
    *[(np.pad, (MATRIX,), {"pad_width": ((1, 5), (0, 4)), "mode": mode})
      for mode in (*MOVING, "linear_ramp", "mean", "median", "maximum", "minimum")],
    (np.pad, (MATRIX,), {"pad_width": 7, "mode": "reflect", "reflect_type": "odd"}),
    (np.pad, (MATRIX,), {"pad_width": 2, "mode": "mean", "stat_length": 1}),
    (np.rot90, (MATRIX,), {"k": 3, "axes": (1, 0)}),
    (np.rollaxis, (MATRIX,), {"axis": 1}),
    (np.resize, (MATRIX,), {"new_shape": (3, 5)}),
    (np.delete, (MATRIX,), {"obj": np.array([0, 2]), "axis": 1}),
    (np.insert, (MATRIX, np.array([1.0, 2.0])), {"obj": np.array([2, 0]), "axis": 1}),
    (np.append, (MATRIX, MATRIX[:1]), {"axis": 0}),
    (np.meshgrid, (MATRIX[0], MATRIX[1, :2]), {"indexing": "ij"}),
    (np.atleast_3d, (MATRIX, MATRIX[0]), {}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arrays", "settings"), WITH_JAX)
@hypothesis.settings(max_examples=1)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(
    function: Any, arrays: Any, settings: Any, data: st.DataObject, jax_numpy: Any
) -> None:
    def call(function: Any, arrays: Any, settings: Any) -> Any:
        if function.__name__ in ("insert", "append"):
            return function(arrays[0], values=arrays[1], **settings)
        return function(*arrays, **settings)

    case = Case(function, st.just(Call(arrays, settings)), call)
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


# Padding, as PyTorch does it, and what else there is to it

TORCH_MODES = {"edge": "replicate", "wrap": "circular", "reflect": "reflect"}


@pytest.mark.parametrize("mode", ["constant", *TORCH_MODES])
def test_padding_agrees_with_torch(mode: Any) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 4, 5))
    out, pullback = tg.vjp(lambda x: np.pad(x, ((0, 0), (0, 0), (2, 1), (0, 3)), mode), x)
    theirs = torch.tensor(x, requires_grad=True)
    padded = torch.nn.functional.pad(theirs, (0, 3, 2, 1), mode=TORCH_MODES.get(mode, mode))
    np.testing.assert_array_equal(out, padded.detach())
    cotangent = rng.standard_normal(out.shape)
    padded.backward(torch.tensor(cotangent))
    np.testing.assert_allclose(pullback(cotangent)[0], theirs.grad, rtol=1e-14)


@pytest.mark.parametrize("form", ["number", "pair", "sides", "array"])
def test_what_is_padded_with_is_differentiated(form: str) -> None:
    forms: dict[str, Any] = {
        "number": lambda c: c[0],
        "pair": lambda c: (c[0], c[1]),
        "sides": lambda c: ((c[0], 1.0), (c[1], c[2])),
        "array": lambda c: np.reshape(c, (2, 2)),
    }
    x, c = np.arange(6.0).reshape(2, 3), np.array([10.0, 20.0, 30.0, 40.0])
    for mode, name in (("constant", "constant_values"), ("linear_ramp", "end_values")):

        def fun(x: Any, c: Any) -> Any:
            return np.pad(x, ((1, 2), (3, 0)), mode, **{name: forms[form](c)})

        np.testing.assert_allclose(tg.vjp(fun, x, c)[0], fun(x, c), rtol=1e-14)
        tg.testing.check_grads(fun, (x, c))


def test_padding_with_nothing_in_particular() -> None:
    x = np.arange(3.0)
    out, pullback = tg.vjp(lambda x: np.pad(x, 2, "empty")[2:-2], x)
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(pullback(x)[0], x)


def test_a_mirrored_infinity_stays_on_its_side() -> None:
    x = np.array([1.0, 2.0, 3.0, np.inf])
    fun = lambda x: np.pad(x, (2, 0), "reflect", reflect_type="odd")
    np.testing.assert_array_equal(tg.vjp(fun, x)[0], fun(x))


def test_integers_are_padded_as_constants() -> None:
    for mode in ("mean", "linear_ramp", "maximum", "reflect"):
        x = np.array([1, 2, 6])
        op_cases.assert_same(np.pad(tg.Tensor(x), 2, mode), np.pad(x, 2, mode))


def test_padding_that_numpy_refuses() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)

    def write(vector: Any, *others: Any) -> None:
        vector[:] = 0

    with pytest.raises(tg.GradientError, match=r"the function 'write' as mode .* np\.conc"):
        np.pad(x, 1, write)
    with pytest.raises(ValueError, match="mode 'mirror' is not supported"):
        np.pad(x, 1, "mirror")
    with pytest.raises(ValueError, match="unsupported keyword arguments for mode 'edge'"):
        np.pad(x, 1, "edge", constant_values=1)
    with pytest.raises(ValueError, match="can't contain negative values"):
        np.pad(x, -1)
    with pytest.raises(TypeError, match="integral type"):
        np.pad(x, 0.5)
    with pytest.raises(ValueError, match="stat_length of 0"):
        np.pad(x, 1, "maximum", stat_length=0)
    with pytest.raises(ValueError, match="can't extend empty axis 0"):
        np.pad(x[:0], 1, "edge")


# Insertion and deletion


def test_numbers_and_lists_are_inserted_and_appended() -> None:
    x = np.array([0.5, 1.5, 2.5])
    tg.testing.check_grads(lambda x: np.insert(x, 1, 2.0) ** 2, (x,))
    tg.testing.check_grads(lambda x: np.insert(x, [0, 2], [x[0] * x[1], 3.0]), (x,))
    tg.testing.check_grads(lambda x: np.insert([1.0, 2.0], 1, x), (x,))
    tg.testing.check_grads(lambda x: np.append(x, [x[0], 2.0]) ** 2, (x,))
    tg.testing.check_grads(lambda x: np.append([1.0, 2.0], x[0]), (x,))
    op_cases.assert_same(
        np.append(tg.Tensor(x.astype("f4"), True), 1.0), np.append(x.astype("f4"), 1.0)
    )


def test_what_is_inserted_has_the_dtype_of_the_array() -> None:
    x, c = np.ones(2, np.float32), np.array([2.0, 3.0])
    out, pullback = tg.vjp(lambda x, c: np.insert(x, 1, c), x, c)
    assert out.dtype == np.float32
    assert [gradient.dtype for gradient in pullback(out)] == [np.float32, np.float64]
    whole = np.insert(np.array([1, 2]), 1, tg.Tensor(c, requires_grad=True))
    op_cases.assert_same(whole, np.insert([1, 2], 1, c))


def test_places_may_be_tensors() -> None:
    x = tg.Tensor(np.arange(4.0), requires_grad=True)
    place = tg.Tensor(np.array([0, 2]))
    op_cases.assert_same(np.delete(x, place), np.array([1.0, 3.0]))
    op_cases.assert_same(np.insert(x, place, 9.0), np.insert(np.arange(4.0), [0, 2], 9.0))


# Blocks and grids


def test_blocks_of_numbers_and_of_one_array() -> None:
    x = np.array([0.5, 1.5])
    tg.testing.check_grads(lambda x: np.block([[x[0], 1.0], [2, x[1] ** 2]]), (x,))
    tg.testing.check_grads(lambda x: np.block([x, [3.0], x[0]]) if 0 else np.block([x, x[0]]), (x,))
    out = np.block(tg.Tensor(x, requires_grad=True))
    op_cases.assert_same(out, np.block(x))
    tensor = tg.Tensor(x, requires_grad=True) * 1
    np.block([tensor])[0] = 7.0
    np.block(tensor)[0] = 7.0
    np.testing.assert_array_equal(tensor.numpy(), x)


def test_blocks_that_numpy_refuses() -> None:
    x = tg.Tensor(np.ones(2), requires_grad=True)
    with pytest.raises(ValueError, match="List depths are mismatched"):
        np.block([[x], x])
    with pytest.raises(ValueError, match="cannot be empty"):
        np.block([[x], []])
    with pytest.raises(TypeError, match="tuple"):
        np.block([(x, x)])
    with pytest.raises(ValueError, match="must match exactly"):
        np.block([[x, x], [x]])


def test_a_grid_over_constants_and_tensors() -> None:
    x = np.array([0.5, 1.5])

    def fun(x: Any) -> Any:
        a, b = np.meshgrid(x, [1.0, 2.0, 3.0])
        return a**2 * b

    assert fun(x).shape == (3, 2)
    tg.testing.check_grads(fun, (x,))
    with pytest.raises(ValueError, match="indexing"):
        np.meshgrid(tg.Tensor(x, requires_grad=True), indexing="yx")


def test_indices_of_a_tensor_are_plain_arrays() -> None:
    x = np.arange(9.0).reshape(3, 3)
    tensor = tg.Tensor(x, requires_grad=True)
    for function in (np.diag_indices_from, np.tril_indices_from, np.triu_indices_from):
        for found, expected in zip(function(tensor), function(x), strict=True):
            assert type(found) is np.ndarray
            np.testing.assert_array_equal(found, expected)
        tg.testing.check_grads(lambda x: x[function(x)] ** 2, (x,))
        batch = np.stack([x, 2 * x])
        expected = np.stack([x[function(x)] for x in batch])
        np.testing.assert_array_equal(tg.vmap(lambda x: x[function(x)])(batch), expected)
    rows = tg.Tensor(np.array([0, 2]))
    np.testing.assert_array_equal(np.ix_(rows, rows)[0], [[0], [2]])


# Bad input


def test_numpys_own_errors_pass_through() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    for call in (
        lambda a: np.fliplr(a[0]), lambda a: np.flipud(a[0, 0]), lambda a: np.rot90(a, axes=(0, 0)),
        lambda a: np.rot90(a, axes=(0, 1, 2)), lambda a: np.rollaxis(a, 2),
        lambda a: np.matrix_transpose(a[0]), lambda a: np.resize(a, -1),
        lambda a: np.delete(a, 3, axis=1), lambda a: np.delete(a, 0, axis=2),
        lambda a: np.insert(a, 4, 0.0, axis=1), lambda a: np.insert(a, [0, 1], np.ones(3), axis=0)
        and np.insert(a, [0, 1], np.ones(4), axis=0), lambda a: np.append(a, a[0], axis=0),
        lambda a: np.hsplit(a[0, 0], 1), lambda a: np.vsplit(a[0], 1), lambda a: np.dsplit(a, 1),
        lambda a: np.vsplit(a, 3),
    ):  # fmt: skip
        with pytest.raises((ValueError, IndexError)):
            call(x.numpy())
        with pytest.raises((ValueError, IndexError)):
            call(x)


def test_a_grid_of_floats_is_differentiated() -> None:
    x, y = np.array([1.0, 2.0]), np.array([0.5, 1.5, 3.0])
    for call in (
        lambda x, y: np.multiply(*np.ix_(x, y)), lambda x, y: np.ix_(x, [1, 2])[0] * 2,
        lambda x, y: np.ix_([True, False], y, [2])[1] * y,
    ):  # fmt: skip
        op_cases.assert_same(call(tg.Tensor(x), tg.Tensor(y)), call(x, y))
        tg.testing.check_grads(call, (x, y))
        np.testing.assert_array_equal(tg.vmap(call)(x[None], y[None])[0], call(x, y))
    assert np.ix_(tg.Tensor(x), [])[1].dtype == int
    assert type(np.ix_(tg.Tensor([1, 0]), tg.Tensor([True, False]))[1]) is np.ndarray


@pytest.mark.parametrize("length", [5, np.int8(5), tg.Tensor(5), tg.Tensor([5]), [tg.Tensor(5)]])
def test_a_new_length_may_be_a_tensor(length: Any) -> None:
    x = np.arange(3.0)
    op_cases.assert_same(np.resize(tg.Tensor(x), length), np.resize(x, 5))


@pytest.mark.parametrize("function", [np.hsplit, np.vsplit, np.dsplit, np.split, np.array_split])
def test_where_to_cut_may_be_a_tensor(function: Any) -> None:
    x = np.arange(48.0).reshape(2, 4, 6)
    cuts = tg.Tensor(np.array([1]))
    for array in (x, tg.Tensor(x, requires_grad=True)):
        parts = function(array, cuts)
        assert [part.shape for part in parts] == [part.shape for part in function(x, [1])]
