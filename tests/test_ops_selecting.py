"""ops/selecting.py: elements by places and conditions, one of several arrays, and slices."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, axes, full_shapes, seeds, shapes, unary

import tinygrad_np as tg
from tinygrad_np.ops import selecting as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
is_new = np.lib.NumpyVersion(np.__version__) >= "2.3.0"
some_shapes = npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)


@st.composite
def taking(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(axes(array.ndim, tuples=False))
    length = array.size if axis is None else array.shape[axis]
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    one = st.integers(-length, length - 1) if mode == "raise" else st.integers(-9, 9)
    places = draw(npst.arrays(np.intp, draw(some_shapes), elements=one))
    places = draw(st.sampled_from([places, places.tolist(), places.astype(np.int8)]))
    if np.size(places) == 0:
        places = np.asarray(places, np.intp)
    return {"indices": places, "axis": axis, "mode": mode}


@st.composite
def taking_along(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(axes(array.ndim, tuples=False))
    length = array.size if axis is None else array.shape[axis]
    shape = [draw(st.integers(0, 3))]
    if axis is not None:
        shape = [draw(st.sampled_from([n, 1])) for n in array.shape]
        shape[axis] = draw(st.integers(0, 3))
    one = st.integers(-length, length - 1)
    return {"indices": draw(npst.arrays(np.intp, tuple(shape), elements=one)), "axis": axis}


@st.composite
def compressing(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(axes(array.ndim, tuples=False))
    length = array.size if axis is None else array.shape[axis]
    condition = draw(st.lists(st.booleans(), min_size=0, max_size=length))
    return {
        "condition": draw(st.sampled_from([condition, np.array(condition, bool)])),
        "axis": axis,
    }


@st.composite
def extracting(draw: Any, array: np.ndarray) -> dict[str, Any]:
    return {"condition": draw(npst.arrays(bool, array.shape))}


@st.composite
def choosing(draw: Any) -> Call:
    count = draw(st.integers(1, 4))
    found = draw(npst.mutually_broadcastable_shapes(num_shapes=count + 1, max_dims=2, max_side=3))
    rng = np.random.default_rng(draw(seeds))
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    low, high = (0, count - 1) if mode == "raise" else (-7, 7)
    index, *shapes = found.input_shapes
    places = draw(npst.arrays(np.intp, index, elements=st.integers(low, high)))
    return Call(tuple(np.asarray(anything(rng, s)) for s in shapes), {"a": places, "mode": mode})


@st.composite
def selecting(draw: Any) -> Call:
    count = draw(st.integers(1, 3))
    found = draw(npst.mutually_broadcastable_shapes(num_shapes=2 * count, max_dims=2, max_side=3))
    rng = np.random.default_rng(draw(seeds))
    conditions = [draw(npst.arrays(bool, shape)) for shape in found.input_shapes[:count]]
    arrays = [np.asarray(anything(rng, shape)) for shape in found.input_shapes[count:]]
    return Call(tuple(arrays), {"condlist": conditions, "default": draw(st.integers(-1, 1))})


@st.composite
def cutting(draw: Any, array: np.ndarray) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    conditions = [draw(npst.arrays(bool, array.shape)) for _ in range(count)]
    functions = st.sampled_from([np.sin, lambda x: x * x, 2, -0.5, lambda x: 3 * x - 1])
    size = draw(st.sampled_from([count, count + 1]))
    return {
        "condlist": conditions,
        "funclist": draw(st.lists(functions, min_size=size, max_size=size)),
    }


SLICES = [
    np.sum, lambda v: v * v[::-1], lambda v: np.stack([v, v * v]), lambda v: v[:1] * np.sum(v),
    lambda v: np.outer(v, v)[:, :, None],
]  # fmt: skip


@st.composite
def slicing(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(st.integers(-array.ndim, array.ndim - 1))
    return {"func1d": draw(st.sampled_from(SLICES)), "axis": axis}


@st.composite
def folding(draw: Any, array: np.ndarray) -> dict[str, Any]:
    function = draw(st.sampled_from([np.sum, lambda a, axis: np.sum(a * a, axis, keepdims=True)]))
    axis = st.integers(-array.ndim, array.ndim - 1)
    return {"func": function, "axes": draw(axis | st.lists(axis, max_size=3))}


def with_settings(*names: str) -> Any:
    """Call with some settings before the array."""

    def call(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        others = {name: value for name, value in settings.items() if name not in names}
        return function(*[settings[name] for name in names], *arrays, **others)

    return call


def of_choices(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    return function(settings["a"], list(arrays), mode=settings["mode"])


def of_conditions(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    return function(settings["condlist"], list(arrays), settings["default"])


def case(function: Any, settings: Any, shapes: Any = shapes, call: Any = None) -> Case:
    options = {"call": call} if call else {}
    return Case(function, unary(anything, settings, shapes), complex=True, **options)


some_axes = full_shapes.filter(len)
CASES = op_cases.by_function(
    case(np.take, taking, full_shapes),
    case(np.take_along_axis, taking_along, full_shapes),
    case(np.compress, compressing, call=with_settings("condition")),
    case(np.extract, extracting, call=with_settings("condition")),
    Case(np.choose, choosing(), of_choices, complex=True),
    Case(np.select, selecting(), of_conditions, complex=True),
    case(np.piecewise, cutting, call=lambda f, arrays, s: f(*arrays, **s) + arrays[0]),
    case(np.apply_along_axis, slicing, some_axes, with_settings("func1d", "axis")),
    case(np.apply_over_axes, folding, some_axes, lambda f, arrays, s: (
        f(s["func"], arrays[0], s["axes"]))),
)  # fmt: skip


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


@op_cases.each({function: CASES[function] for function in (np.choose, np.select)})
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


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


# Independent implementations

MATRIX = np.arange(6.0).reshape(2, 3) ** 1.5
PLACES = np.array([[2, 0, 2], [1, 1, 0]])
WITH_JAX: Any = [
    (np.take, MATRIX, lambda f, x: f(x, PLACES, axis=1)),
    (np.take, MATRIX, lambda f, x: f(x, PLACES + 9, mode="wrap")),
    (np.take_along_axis, MATRIX, lambda f, x: f(x, PLACES, axis=1)),
    (np.take_along_axis, MATRIX, lambda f, x: f(x, np.array([5, 0, 0]), axis=None)),
    (np.compress, MATRIX, lambda f, x: f(np.array([True, False, True]), x, axis=1)),
    (np.extract, MATRIX, lambda f, x: f(MATRIX > 2, x)),
    (np.choose, MATRIX, lambda f, x: f(np.array([0, 1, 0]), [x[0], x[1]])),
    (np.select, MATRIX, lambda f, x: f([MATRIX > 5, MATRIX > 1], [x * x, x], 7.0)),
    (np.piecewise, MATRIX, lambda f, x: (
        f(x, [MATRIX < 1, MATRIX > 5], [lambda x: x * x, 2.0, 3.0]))),
    (np.apply_along_axis, MATRIX, lambda f, x: f(lambda v: v * v[0], 0, x)),
    (np.apply_over_axes, MATRIX, lambda f, x: f(lambda a, axis: (a * a).sum(axis), x, [0, 1])),
]  # fmt: skip


@pytest.mark.parametrize(("function", "array", "call"), WITH_JAX)
@hypothesis.settings(max_examples=1)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(
    function: Any, array: Any, call: Any, data: st.DataObject, jax_numpy: Any
) -> None:
    case = Case(function, st.just(Call((array,))), lambda f, arrays, settings: call(f, *arrays))
    op_cases.check_against_jax(case, getattr(jax_numpy, case.name), data)


WITH_TORCH: Any = [
    (np.take, lambda f, x: f(x, PLACES), lambda torch, x: torch.take(x, torch.tensor(PLACES))),
    (np.take_along_axis, lambda f, x: f(x, PLACES, axis=1),
     lambda torch, x: torch.take_along_dim(x, torch.tensor(PLACES), 1)),
    (np.compress, lambda f, x: f([False, True, True], x, axis=1),
     lambda torch, x: torch.index_select(x, 1, torch.tensor([1, 2]))),
    (np.extract, lambda f, x: f(MATRIX > 2, x),
     lambda torch, x: torch.masked_select(x, torch.tensor(MATRIX > 2))),
]  # fmt: skip


@pytest.mark.parametrize(("function", "call", "theirs"), WITH_TORCH)
@hypothesis.settings(max_examples=1)
@hypothesis.given(data=st.data())
def test_agrees_with_torch(function: Any, call: Any, theirs: Any, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")

    def either(f: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        return call(f, *arrays) if f is function else theirs(f, *arrays)

    case = Case(function, st.just(Call((MATRIX,))), either)
    op_cases.check_against_torch(case, torch, data)


# Each example its own index


@pytest.mark.parametrize("batched", [(0, 0), (0, None), (None, 0)])
def test_examples_have_their_own_indices(batched: Any) -> None:
    rng = np.random.default_rng(0)
    x, order = rng.standard_normal((4, 3, 5)), rng.integers(0, 3, (4, 2, 5))
    arguments = [a if axis == 0 else a[0] for a, axis in zip((x, order), batched, strict=True)]
    for fun in (
        lambda x, i: np.take_along_axis(x, i, axis=0) ** 2,
        lambda x, i: np.take_along_axis(x, i[0], axis=None) ** 2,
        lambda x, i: np.take(x, i[:, 1], axis=1) ** 2,
        lambda x, i: np.take(x, i, axis=-2, mode="wrap") ** 2,
        lambda x, i: x.take(i, mode="clip") ** 3,
        lambda x, i: x[i] * x[i[0, 0]] + x.T[0][i[1, 1]],
        lambda x, i: np.choose(i[0], x[:, :, None] * x[0]),
        lambda x, i: np.choose(i - 7, x, mode="wrap"),
        lambda x, i: np.select([i[0] > 1, i[0] > 0], [x[0] ** 2, x[1]], 1.0),
        lambda x, i: np.piecewise(x[0], [i[0] > 1, i[0] == 1], [np.sin, 0.5, np.square]),
        lambda x, i: np.apply_along_axis(np.cumsum, 0, x) * i[0],
    ):
        pairs = [[a if axis is None else a[k] for a, axis in zip(arguments, batched, strict=True)]
                 for k in range(4)]  # fmt: skip
        expected = np.stack([fun(*pair) for pair in pairs])
        # What NumPy's functions find a Tensor in is the array, not the indices.
        mapped = tg.vmap(lambda x, i: tg.vjp(lambda x: fun(x, i), x)[0], batched)
        np.testing.assert_allclose(mapped(*arguments), expected, rtol=1e-14)
        slope = lambda x, i: tg.grad(lambda x: np.sum(fun(x, i) ** 2))(x)
        expected = np.stack([slope(*pair) for pair in pairs])
        np.testing.assert_allclose(tg.vmap(slope, batched)(*arguments), expected, rtol=1e-13)


def test_a_result_of_another_shape_for_each_example_is_refused() -> None:
    x = np.ones((2, 3))
    for function in (np.compress, np.extract):
        name = function.__name__
        with pytest.raises(tg.GradientError, match=rf"np\.{name}: inside tg\.vmap .* np\.where"):
            tg.vmap(lambda x: function(x > 0, x))(x)


# Constants, numbers and dtypes


def test_numbers_give_way_to_the_dtype_of_tensors() -> None:
    x = np.array([0.5, 1.5, 2.5], np.float32)
    tensor = tg.Tensor(x, requires_grad=True)
    index = np.array([0, 1, 0])
    for call in (
        lambda x: np.choose(index, [x, 1.0]), lambda x: np.choose(index, [x, np.float64(1)]),
        lambda x: np.select([x > 1], [x], 2.0), lambda x: np.select([x > 1], [x], np.float64(2)),
        lambda x: np.select([x > 1, x > 2], [x, 3]),
        lambda x: np.piecewise(x, [x > 1], [np.exp, 2]),
        lambda x: np.piecewise(x, [x > 1], [np.float64(1), lambda x: x.astype(float)]),
    ):  # fmt: skip
        op_cases.assert_same(call(tensor), call(x))


def test_the_default_is_differentiated_too() -> None:
    x = np.array([0.5, 1.5, 2.5])
    tg.testing.check_grads(lambda x: np.select([x > 1], [x**2], x[0] * x[1]), (x,))
    tg.testing.check_grads(lambda x: np.select([x > 1, x > 2], [1.0, x**2], x), (x,))


def test_what_functions_are_given_and_return() -> None:
    x = np.array([0.5, 1.5, 2.5])

    def power(v: Any, exponent: Any, scale: Any = 1.0) -> Any:
        return scale * v**exponent

    def fun(x: Any) -> Any:
        cut = np.piecewise(
            x, [x < 1, x > 2], [power, 3.0 * x[1], lambda v, *_, **__: 0.5], 2, scale=3
        )
        return cut + np.apply_along_axis(power, 0, x, 2, scale=x[0])

    tg.testing.check_grads(fun, (x,))
    np.testing.assert_array_equal(
        tg.vjp(fun, x)[0], [3 * 0.25 + 0.125, 0.5 + 0.5 * 2.25, 4.5 + 0.5 * 6.25]
    )


def test_piecewise_takes_one_condition_and_numbers() -> None:
    x = np.array([-0.5, 1.5])
    tg.testing.check_grads(lambda x: np.piecewise(x, x > 0, [np.square, np.sin]), (x,))
    for number in (-0.5, 1.5):
        fun = lambda x: np.piecewise(x, [x < 0, x >= 0], [np.sin, np.square])
        op_cases.assert_same(tg.vjp(fun, number)[0], fun(number))
        tg.testing.check_grads(fun, (number,))
    whole = np.piecewise(tg.Tensor([1, 2]), [np.array([True, False])], [tg.Tensor(2.7, True)])
    op_cases.assert_same(whole, np.array([2, 0]))
    assert not whole.requires_grad


def test_a_number_has_one_axis() -> None:
    for axis in (0, -1):
        tg.testing.check_grads(lambda x: np.take(x, [0, 0], axis=axis), (2.0,))
        tg.testing.check_grads(lambda x: np.take(x, 0, axis=axis), (2.0,))
        tg.testing.check_grads(lambda x: np.compress([True], x, axis=axis), (2.0,))
    with pytest.raises(np.exceptions.AxisError):
        np.take(tg.Tensor(2.0, requires_grad=True), [0], axis=1)


def test_functions_of_slices_may_return_constants() -> None:
    x = tg.Tensor(MATRIX, requires_grad=True)
    op_cases.assert_same(np.apply_along_axis(np.argmax, 1, x), np.array([2, 2]))


def test_indices_and_conditions_may_be_tensors() -> None:
    x = tg.Tensor(MATRIX, requires_grad=True)
    op_cases.assert_same(np.take(x, tg.Tensor([1, 0])), MATRIX.take([1, 0]))
    op_cases.assert_same(np.take(MATRIX, tg.Tensor([1, 0])), MATRIX.take([1, 0]))
    op_cases.assert_same(np.compress(tg.Tensor([True, False]), x), MATRIX[0, :1])
    op_cases.assert_same(np.choose(tg.Tensor([1, 0, 0]), x), MATRIX[[1, 0, 0], [0, 1, 2]])
    op_cases.assert_same(np.take_along_axis(x, tg.Tensor(PLACES), 1),
                         np.take_along_axis(MATRIX, PLACES, 1))  # fmt: skip


# Bad input


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.take(x, 6), lambda x: np.take(x, np.array([0.5])),
        lambda x: np.take(x, 0, axis=2),
        lambda x: np.take(x, 0, mode="mirror"), lambda x: np.take(x[:, :0], 0, mode="wrap"),
        lambda x: np.take_along_axis(x, np.zeros(1, int), 0),
        lambda x: np.take_along_axis(x, np.full((1, 1), 7), 0),
        lambda x: np.take_along_axis(x, np.zeros((2, 3)), 0),
        lambda x: np.compress([0, 0, 1], x, axis=0), lambda x: np.compress([[True]], x),
        lambda x: np.choose([2], [x, x]), lambda x: np.choose([0.5], [x]),
        lambda x: np.choose([0], [x], mode="mirror"), lambda x: np.choose(x, [x, x]),
        lambda x: np.select([x > 0], [x, x]), lambda x: np.select([x.astype(int)], [x]),
        lambda x: np.piecewise(x, [x > 0], [1, 2, 3]),
        lambda x: np.apply_along_axis(np.sum, 0, x[:, :0]),
        lambda x: np.apply_along_axis(np.sum, 2, x),
        lambda x: np.apply_over_axes(lambda a, axis: a.sum(), x, 0),
        lambda x: np.apply_over_axes(np.sum, x, 2),
    ],
)  # fmt: skip
def test_what_numpy_refuses_is_refused(call: Any) -> None:
    for x in (MATRIX.copy(), tg.Tensor(MATRIX, requires_grad=True)):
        with pytest.raises((ValueError, IndexError, TypeError)):
            call(x)


def test_the_choice_is_written_where_it_is_asked_for() -> None:
    x = np.array([1.0, 2.0, 3.0])
    t = tg.Tensor(x, requires_grad=True)
    out = np.zeros_like(t)
    assert np.choose([1, 0, 1], [t, t * 2], out) is out
    op_cases.assert_same(out, np.choose([1, 0, 1], [x, x * 2]))
    assert np.choose([1, 0, 1], [t, t * 2], out=out, mode="clip") is out
    with pytest.raises(tg.GradientError, match=r"np\.choose would write"):
        np.choose([1, 0, 1], [t, t * 2], np.zeros(3))


def test_out_is_refused_by_name() -> None:
    x = tg.Tensor(MATRIX, requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"np\.take .*out="):
        np.take(x, [0], out=np.zeros(1))
    with pytest.raises(tg.GradientError, match=r"np\.choose .*out="):
        np.choose(np.array([0]), [x], out=np.zeros((2, 3)))
