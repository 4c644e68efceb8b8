"""ops/indexing.py: reading elements by any index, and adding them back where they came from."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, seeds

import tinygrad_np as tg
from tinygrad_np.ops import indexing as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


@st.composite
def any_index(draw: Any, shape: tuple[int, ...]) -> Any:
    """Draw a basic index, a mask, or a mixture of everything that NumPy takes."""
    kind = draw(st.sampled_from(["basic", "mask", "arrays", "mixed"]))
    if kind == "basic":
        return draw(npst.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    if kind == "mask":
        axes = draw(st.integers(0, len(shape)))
        return draw(npst.arrays(bool, shape[:axes]))
    hypothesis.assume(0 not in shape)
    common = draw(npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3))
    items: list[Any] = []
    for length in draw(st.just(shape[: draw(st.integers(0, len(shape)))])):
        positions = st.integers(-length, length - 1)
        array = draw(npst.arrays(np.intp, common, elements=positions))
        options = [st.just(array), st.just(array.tolist())]
        if array.ndim == 1:
            options.append(st.just(tuple(array.tolist())))
        if kind == "mixed":
            options += [
                positions, positions.map(np.int64), st.just(slice(None)),
                st.just(slice(None, None, -1)), positions.map(lambda i: [i]),
            ]  # fmt: skip
        items.append(draw(st.one_of(options)))
        if kind == "mixed" and draw(st.integers(0, 3)) == 0:
            items.append(None)
    if kind == "mixed" and draw(st.integers(0, 3)) == 0:
        items.append(...)
    index = tuple(items)
    # NumPy reads an empty list as one of floats.
    hypothesis.assume(
        not any(isinstance(item, (list, tuple)) and np.size(item) == 0 for item in index)
    )
    return index


@st.composite
def reading(draw: Any) -> Call:
    shape = draw(npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    array = np.asarray(anything(np.random.default_rng(draw(seeds)), shape))
    index = draw(any_index(shape))
    try:
        array[index]
    except IndexError:
        hypothesis.reject()
    return Call((array,), {"index": index})


@st.composite
def scattering(draw: Any) -> Call:
    call = draw(reading())
    shape, index = call.arrays[0].shape, call.settings["index"]
    values = anything(np.random.default_rng(draw(seeds)), np.zeros(shape)[index].shape)
    return Call((np.asarray(values),), {"index": index, "shape": shape})


@st.composite
def writing(draw: Any) -> Call:
    """Draw an array, and values that broadcast to what an index names of it."""
    call = draw(reading())
    array, index = call.arrays[0], call.settings["index"]
    shape = list(array[index].shape)
    shape = [draw(st.sampled_from([n, 1])) for n in shape[draw(st.integers(0, len(shape))) :]]
    shape = [1] * draw(st.integers(0, 1)) + shape if len(shape) == array[index].ndim else shape
    values = np.asarray(anything(np.random.default_rng(draw(seeds)), tuple(shape)))
    try:
        array.copy()[index] = values
    except (ValueError, TypeError):
        hypothesis.reject()
    return Call((array, values), {"index": index})


@st.composite
def taking(draw: Any, along: bool, back: bool) -> Call:
    shape = draw(npst.array_shapes(min_dims=1, max_dims=3, max_side=3))
    axis = draw(st.integers(0, len(shape) - 1))
    places = draw(npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3))
    if along:
        places = tuple(draw(st.sampled_from([1, n])) for n in shape[:axis]) + places[:1]
        places += tuple(draw(st.sampled_from([1, n])) for n in shape[len(places) :])
        hypothesis.assume(len(places) == len(shape))
    positions = st.integers(-shape[axis], shape[axis] - 1)
    indices = draw(npst.arrays(np.intp, places, elements=positions))
    settings: dict[str, Any] = {"indices": indices, "axis": axis}
    take = np.take_along_axis if along else np.take
    if back:
        settings["shape"] = shape
        shape = take(np.zeros(shape), indices, axis).shape
    return Call((np.asarray(anything(np.random.default_rng(draw(seeds)), shape)),), settings)


def with_indices(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    settings = dict(settings)
    return function(*arrays, settings.pop("indices"), **settings)


CASES = op_cases.by_function(
    Case(ops.getitem, reading(), complex=True),
    Case(ops.scatter_add, scattering(), complex=True),
    Case(ops.setitem, writing(), complex=True),
    Case(ops.taken, taking(False, False), with_indices, complex=True),
    Case(ops.put_taken_back, taking(False, True), with_indices, complex=True),
    Case(ops.taken_along, taking(True, False), with_indices, complex=True),
    Case(ops.put_back_along_axis, taking(True, True), with_indices, complex=True),
)


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.settings(max_examples=3 * hypothesis.settings.default.max_examples)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each({ops.setitem: CASES[ops.setitem]})
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@hypothesis.given(call=reading())
def test_brackets_are_the_op(call: Call) -> None:
    (array,), index = call.arrays, call.settings["index"]
    x = tg.Tensor(array, requires_grad=True)
    op_cases.assert_same(x[index], np.asarray(array[index])[()])
    tg.testing.check_grads(lambda x: x[index], (array,), order=1)


@pytest.mark.parametrize("many", [0, 4096])
@hypothesis.given(call=scattering())
def test_scatter_add_adds_one_value_after_the_other(many: int, call: Call) -> None:
    (values,), settings = call.arrays, call.settings
    expected = np.zeros(settings["shape"])
    places = np.arange(expected.size).reshape(settings["shape"])[settings["index"]]
    for place, value in zip(np.ravel(places), np.ravel(values), strict=True):
        expected.reshape(-1)[place] += value
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ops, "MANY", many)
        np.testing.assert_allclose(ops.scatter_add(values, **settings), expected, atol=1e-15)


@few
@hypothesis.given(call=reading(), seed=seeds)
def test_agrees_with_torch(call: Call, seed: int) -> None:
    torch = pytest.importorskip("torch")
    (array,), index = call.arrays, call.settings["index"]
    items = index if isinstance(index, tuple) else (index,)
    hypothesis.assume(not any(isinstance(i, slice) and (i.step or 1) < 0 for i in items))
    x = torch.tensor(array, requires_grad=True)
    items = tuple(torch.tensor(i) if isinstance(i, (list, tuple, np.ndarray)) else i for i in items)
    theirs = x[items]
    out, pullback = tg.vjp(lambda x: x[index], array)
    np.testing.assert_array_equal(out, theirs.detach())
    cotangent = np.random.default_rng(seed).standard_normal(out.shape)
    theirs.backward(torch.tensor(cotangent))
    np.testing.assert_allclose(pullback(cotangent)[0], x.grad, rtol=1e-14)


@pytest.mark.parametrize(
    "index",
    [[0, 0, 2], np.array([0, 0, 2]), ((0, 0, 2),), (range(1),), np.array(1), [[0, 0], [2, 2]]],
    ids=repr,
)
def test_an_element_that_is_named_twice_counts_twice(index: Any) -> None:
    x = np.array([1.0, 2.0, 3.0])
    expected = np.bincount(np.ravel(np.arange(3)[index]), minlength=3)
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(x[index]))(x), expected)


def test_tensors_are_indices_too() -> None:
    x = np.array([1.0, 2.0, 3.0])
    order = tg.Tensor([2, 0, 0])
    np.testing.assert_array_equal(
        tg.grad(lambda x: np.sum(x[order] * [1, 10, 100]))(x), [110, 0, 1]
    )
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(x[x > 1.5]))(x), [0, 1, 1])
    np.testing.assert_array_equal(tg.grad(lambda x: x[np.argmax(x)])(x), [0, 0, 1])


def test_iteration_and_unpacking() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    tg.testing.check_grads(lambda x: sum(row[0] * row[1] for row in x), (x,))

    def fun(x: Any) -> Any:
        (a, b), (c, d) = x
        return a * d - b * c

    np.testing.assert_array_equal(tg.grad(fun)(x), [[4, -3], [-2, 1]])
    with pytest.raises(TypeError, match="iteration over a 0-d Tensor"):
        list(tg.Tensor(1.0))


def test_index_errors_are_numpys() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(IndexError, match="index 2 is out of bounds for axis 0 with size 2"):
        x[2]
    with pytest.raises(IndexError, match="too many indices"):
        x[0, 0, 0]
    with pytest.raises(IndexError, match="only integers, slices"):
        x["name"]
