"""ops/shaping.py: functions that move elements without changing them."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, anything, axes, full_shapes, seeds, unary

import tinygrad_np as tg
from tinygrad_np.ops import shaping as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
orders = st.sampled_from(["C", "F"])
since_2_1 = np.lib.NumpyVersion(np.__version__) >= "2.1.0"


@st.composite
def reshaping(draw: Any, array: np.ndarray) -> dict[str, Any]:
    """Draw another shape of the same size, perhaps with a -1."""
    shape = list(array.shape)
    shape = draw(
        st.sampled_from(
            [[array.size], shape[::-1], [1, *shape], [*shape, 1], [array.size, 1, 1], shape[:1]
             + [int(np.prod(shape[1:]))]]
        )
    )  # fmt: skip
    if shape and array.size and draw(st.booleans()):
        shape[draw(st.integers(0, len(shape) - 1))] = -1
    return {"shape": tuple(shape), "order": draw(orders | st.just("A"))}


@st.composite
def permuting(draw: Any, array: np.ndarray) -> dict[str, Any]:
    order = draw(st.permutations(range(array.ndim)))
    negative = draw(st.lists(st.booleans(), min_size=array.ndim, max_size=array.ndim))
    shifted = tuple(a - array.ndim * n for a, n in zip(order, negative, strict=True))
    return {"axes": draw(st.sampled_from([None, shifted, list(shifted)]))}


@st.composite
def moving(draw: Any, array: np.ndarray) -> dict[str, Any]:
    n = array.ndim
    count = draw(st.integers(0, n))
    pair = [draw(st.permutations(range(n)))[:count] for _ in range(2)]
    if count == 1 and draw(st.booleans()):
        return {"source": pair[0][0], "destination": pair[1][0] - n}
    return {"source": tuple(pair[0]), "destination": tuple(pair[1])}


@st.composite
def rolling(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(axes(array.ndim).filter(lambda axis: axis != ()))
    shifts = st.integers(-4, 4)
    if isinstance(axis, tuple):
        size = len(axis)
        return {"shift": tuple(draw(st.lists(shifts, min_size=size, max_size=size))), "axis": axis}
    return {"shift": draw(shifts), "axis": axis}


@st.composite
def repeating(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = draw(axes(array.ndim, tuples=False))
    length = array.size if axis is None else array.shape[axis]
    counts = st.integers(0, 3)
    each = st.lists(counts, min_size=length, max_size=length)
    repeats = draw(st.one_of(counts, counts.map(lambda n: [n]), each, each.map(np.array)))
    if isinstance(repeats, np.ndarray) or repeats == []:
        repeats = np.asarray(repeats, np.intp)
    return {"repeats": repeats, "axis": axis}


def squeezing(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    single = [i for i, n in enumerate(array.shape) if n == 1]
    options: list[Any] = [None, tuple(single), *single, *[i - array.ndim for i in single]]
    return st.fixed_dictionaries({"axis": st.sampled_from(options)})


@st.composite
def expanding(draw: Any, array: np.ndarray) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"axis": draw(st.integers(-array.ndim - 1, array.ndim))}
    count = draw(st.integers(0, 2))
    ndim = array.ndim + count
    chosen = st.lists(st.integers(0, ndim - 1), min_size=count, max_size=count, unique=True)
    return {"axis": tuple(draw(chosen)) if ndim else ()}


@st.composite
def swapping(draw: Any, array: np.ndarray) -> dict[str, Any]:
    axis = st.integers(-array.ndim, array.ndim - 1)
    return {"axis1": draw(axis), "axis2": draw(axis)}


def broadcasting(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    lengths = [n if n != 1 else 2 for n in array.shape]
    options = [array.shape, tuple(lengths), (2, *lengths), (3, 1, *lengths), (0, *array.shape)]
    return st.fixed_dictionaries({"shape": st.sampled_from(options)})


def tiling(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    counts = st.integers(0, 3)
    return st.fixed_dictionaries({"reps": st.one_of(counts, st.lists(counts, max_size=4))})


def ordering(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"order": st.sampled_from("CFAK")})


def plain_orders(strategy: Any) -> Any:
    """The orders that depend on no memory, which are what the ops are given."""
    return lambda array: strategy(array).filter(lambda settings: settings["order"] in "CF")


def copying(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"order": st.sampled_from("CFAK"), "subok": st.booleans()})


def flipping(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"axis": axes(array.ndim)})


def converting(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    dtypes = st.sampled_from([np.dtype(np.float32), np.dtype(np.float64)])
    return st.fixed_dictionaries({"dtype": dtypes})


def case(
    function: Any, settings: Any = None, shapes: Any = op_cases.shapes, **options: Any
) -> Case:
    options.setdefault("complex", True)
    return Case(function, unary(anything, settings, shapes), **options)


some_axes = npst.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3)


def call_positionally(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """Call reshape, whose keyword has another name in old versions of NumPy."""
    return function(arrays[0], settings["shape"], order=settings["order"])


CASES = op_cases.by_function(
    case(np.reshape, reshaping, call=call_positionally),
    case(ops.reshape, plain_orders(reshaping)),
    # The differences are taken at arrays that may lie otherwise in memory than the one drawn.
    case(np.ravel, plain_orders(ordering)),
    case(ops.ravel, plain_orders(ordering)),
    case(ops.flat),
    case(np.squeeze, squeezing, full_shapes),
    case(np.expand_dims, expanding),
    case(np.transpose, permuting),
    case(np.swapaxes, swapping, some_axes),
    case(np.moveaxis, moving),
    case(np.broadcast_to, broadcasting),
    case(np.flip, flipping),
    case(np.roll, rolling),
    case(np.repeat, repeating),
    case(np.copy, copying),
    case(ops.astype, converting, complex=False),
    case(np.tile, tiling),
)
OF_ONE_DTYPE = {key: c for key, c in CASES.items() if key is not ops.astype}
WITH_JAX = {key: c for key, c in OF_ONE_DTYPE.items() if key is not ops.flat}


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


@op_cases.each(op_cases.methods(OF_ONE_DTYPE))
@few
@hypothesis.given(data=st.data())
def test_method(case: Case, data: st.DataObject) -> None:
    if case.function in (np.reshape, ops.reshape, np.swapaxes):
        positional = lambda function, arrays, s: (
            function(arrays[0], s["axis1"], s["axis2"])
            if "axis1" in s
            else function(arrays[0], s["shape"], order=s["order"])
        )
        case = Case(case.function, case.inputs, positional)
    if case.function is np.copy:
        case = Case(np.copy, case.inputs, lambda f, arrays, s: f(*arrays, s["order"]))
    if case.function is np.transpose:
        case = Case(np.transpose, case.inputs, lambda f, arrays, s: f(arrays[0], s["axes"]))
    op_cases.check_method(case, data)


@op_cases.each(OF_ONE_DTYPE)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(WITH_JAX)
@hypothesis.settings(max_examples=2)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    call = case.draw(data, np.float64)
    hypothesis.assume(case.function is np.copy or call.settings.get("order", "C") in "CF")
    if case.function is np.copy:
        call.settings.clear()
    one = Case(case.function, st.just(call), case.call)
    op_cases.check_against_jax(one, getattr(jax_numpy, case.name), data)


def flat_axes(a: Any, axis: Any) -> list[int]:
    return list(range(a.ndim)) if axis is None else [axis] if isinstance(axis, int) else list(axis)


TORCH: dict[Any, Any] = {
    np.reshape: lambda torch, a, shape, order: torch.reshape(a, shape),
    np.transpose: lambda torch, a, axes: torch.permute(a, axes or tuple(range(a.ndim))[::-1]),
    np.flip: lambda torch, a, axis: torch.flip(a, flat_axes(a, axis)),
    np.roll: lambda torch, a, shift, axis: torch.roll(a, shift, axis),
    np.repeat: lambda torch, a, repeats, axis: torch.repeat_interleave(
        a.ravel() if axis is None else a, torch.as_tensor(repeats), axis or 0),
    np.tile: lambda torch, a, reps: torch.tile(a, reps),
    np.broadcast_to: lambda torch, a, shape: torch.broadcast_to(a, shape),
    np.moveaxis: lambda torch, a, source, destination: torch.moveaxis(a, source, destination),
}  # fmt: skip


@op_cases.each({function: CASES[function] for function in TORCH})
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(case: Case, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    call = case.draw(data, np.float64)
    hypothesis.assume(call.settings.get("order") in (None, "C"))
    hypothesis.assume(call.settings.get("reps") != [])
    hypothesis.assume(not isinstance(call.settings.get("reps"), int))
    one_call = Case(case.function, st.just(call), case.call)
    theirs = lambda a, *args, **settings: TORCH[case.function](torch, a, *args, **settings)
    op_cases.check_against_torch(one_call, theirs, data)


# As methods and properties


@hypothesis.given(call=unary(anything), seed=seeds)
def test_properties_and_methods_of_tensors(call: Call, seed: int) -> None:
    (a,) = call.arrays
    x = tg.Tensor(a, requires_grad=True)
    op_cases.assert_same(x.T, a.T)
    op_cases.assert_same(x.flatten(), a.flatten())
    op_cases.assert_same(x.flatten("F"), a.flatten("F"))
    op_cases.assert_same(x.reshape(-1) if a.size else x.reshape(0), a.reshape(a.size))
    op_cases.assert_same(x.reshape(*a.shape[::-1], 1), a.reshape(*a.shape[::-1], 1))
    op_cases.assert_same(x.transpose(*range(a.ndim)), a.transpose(*range(a.ndim)))
    op_cases.assert_same(x.astype(np.float32), a.astype(np.float32))
    if a.ndim > 1:
        op_cases.assert_same(x.mT, a.mT)
    tg.testing.check_grads(lambda x: (x.T, x.flatten("F"), x.reshape(1, *a.shape)), (a,), order=1)


def test_reshape_takes_its_lengths_in_every_form() -> None:
    a = np.arange(6.0)
    x = tg.Tensor(a, requires_grad=True)
    for found in (x.reshape(2, 3), x.reshape((2, 3)), x.reshape([2, 3]), np.reshape(x, (2, 3)),
                  np.reshape(x, [2, -1]), x.reshape(np.int64(2), -1)):  # fmt: skip
        op_cases.assert_same(found, a.reshape(2, 3))
    op_cases.assert_same(np.reshape(x, 6), a)
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        op_cases.assert_same(np.reshape(x, shape=(2, 3)), a.reshape(2, 3))


@hypothesis.given(data=st.data())
def test_the_order_in_memory_is_that_of_numpys_results(data: st.DataObject) -> None:
    """What is computed from an array lies in memory as what NumPy computes does."""
    call = CASES[np.copy].draw(data, np.float64)
    (a,) = call.arrays
    order = np.random.default_rng(data.draw(seeds)).permutation(a.ndim)
    for fun in (
        lambda x: np.transpose(x, order), lambda x: np.sin(x) * x, lambda x: x.copy(),
        lambda x: np.copy(x), lambda x: x.astype(np.float32), lambda x: x[::-1] if x.ndim else x,
        lambda x: x.T.copy("A") if a.flags.c_contiguous else x,
        lambda x: x.astype(np.float32, order="F"),
    ):  # fmt: skip
        for flatten in ("K", "A", "F"):
            found = fun(tg.Tensor(a, requires_grad=True))
            op_cases.assert_same(found.ravel(flatten), fun(a).ravel(flatten))
            op_cases.assert_same(found.flatten(flatten), fun(a).flatten(flatten))


PARTS = {
    "a transposed part": lambda a: a.T[::2], "every second": lambda a: a[:, :, ::2],
    "backwards": lambda a: a.T[::-1], "one column": lambda a: a.T[:, :1],
    "repeated rows": lambda a: np.broadcast_to(a[:, :1], a.shape),
    "repeated columns": lambda a: np.broadcast_to(a[:, :1], a.shape).T,
    "moved": lambda a: a.transpose(1, 0, 2)[:, ::-1],
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
@pytest.mark.parametrize("length", [6, 600])
def test_the_order_of_what_is_no_piece_of_memory(part: Any, order: str, length: int) -> None:
    a = part(np.arange(4.0 * length * 8).reshape(4, length, 8))
    for fun in (
        lambda x: np.copy(x, order=order), lambda x: x.copy(order), lambda x: x.flatten(order),
        lambda x: x.astype(np.float32, order), lambda x: np.ravel(x, order=order),
        lambda x: np.ravel(np.copy(x, order=order), "K"),
        lambda x: np.reshape(x, (2, -1), order=order) if order != "K" else x.ravel("A"),
    ):  # fmt: skip
        found, expected = tg.vjp(fun, a)[0], fun(a)
        op_cases.assert_same(found, expected)
        if expected.base is None:
            assert found.strides == expected.strides
        op_cases.assert_same(fun(tg.Tensor(a)), expected)


def test_whether_a_reshaped_tensor_is_a_view() -> None:
    def fun(x: Any, copy: Any) -> Any:
        y = x * 1
        reshaped = np.reshape(y, (3, 2), copy=copy) if since_2_1 else y.reshape(3, 2)
        flattened = y.flatten()
        tiled = np.tile(y, (1, 1))
        reshaped[0] = 7.0
        flattened[1] = 8.0
        tiled[1] = 9.0
        return y

    x = np.arange(6.0).reshape(2, 3)
    for copy in (None, True) if since_2_1 else (None,):
        np.testing.assert_array_equal(tg.vjp(lambda x: fun(x, copy), x)[0], fun(x, copy))
    if since_2_1:
        tensor = tg.Tensor(x, requires_grad=True)
        assert tensor.reshape(6, copy=False).shape == (6,)
        with pytest.raises(ValueError, match="copy"):
            tensor.T.reshape(6, copy=False)


# Dtypes


def test_astype_of_a_program_in_two_precisions() -> None:
    x = np.array([0.5, 1.5])

    def fun(x: Any) -> Any:
        return np.sum(np.sin(x.astype(np.float32)) * 2)

    gradient = tg.grad(fun)(x)
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, 2 * np.cos(x), rtol=1e-6)
    assert tg.grad(lambda x: np.sum(x.astype(np.float64) ** 2))(x.astype("f4")).dtype == np.float32


def test_astype_to_complex_and_to_integers() -> None:
    x = np.array([0.5, 1.5])
    tg.testing.check_grads(lambda x: x.astype(complex) * 1j, (x,))
    integers = tg.Tensor(x, requires_grad=True).astype(np.int64)
    assert type(integers) is np.ndarray
    np.testing.assert_array_equal(integers, [0, 1])


def test_every_keyword_of_astype() -> None:
    x = np.array([0.5, 1.5])
    tensor = tg.Tensor(x, requires_grad=True)
    assert tensor.astype(float, copy=False) is tensor
    assert tensor.astype(float) is not tensor
    with pytest.raises(TypeError, match="safe"):
        tensor.astype(np.float32, casting="safe")
    with pytest.raises(TypeError, match="no such type"):
        tensor.astype("no such type")
    if np.lib.NumpyVersion(np.__version__) >= "2.4.0":
        for dtype in (int, np.float32):
            with pytest.raises(ValueError, match="same_value"):
                (tensor + 0.1).astype(dtype, casting="same_value")
            assert (tensor * 2).astype(dtype, casting="same_value").dtype == dtype
    whole = tg.vmap(lambda x: x.astype(int))(np.array([0.5, 1.5]))
    op_cases.assert_same(whole, np.array([0, 1]))


def test_questions_about_shapes_and_dtypes_have_plain_answers() -> None:
    x = tg.Tensor(np.zeros((2, 3), np.float32), requires_grad=True)
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((2, 3), 2, 6)
    assert np.result_type(x, np.float32) == np.float32
    assert len(x) == 2


def test_repeat_of_values_of_very_different_sizes() -> None:
    x = np.array([1.0, 2.0, 3.0], np.float32)
    (gradient,) = tg.vjp(lambda x: np.repeat(x, [1, 2, 1]), x)[1](np.float32([1e9, 1, 2, np.inf]))
    np.testing.assert_array_equal(gradient, np.float32([1e9, 3, np.inf]))


@pytest.mark.parametrize("repeats", [0, 2, [3]])
@pytest.mark.parametrize("axis", [0, -1])
def test_repeat_takes_a_number_to_have_one_axis(repeats: Any, axis: int) -> None:
    tg.testing.check_grads(lambda x: np.repeat(x, repeats, axis), (2.0,))
    batch = np.array([1.0, 2.0])
    expected = [np.repeat(x, repeats, axis) for x in batch]
    np.testing.assert_array_equal(tg.vmap(lambda x: np.repeat(x, repeats, axis))(batch), expected)


# Bad input


@pytest.mark.parametrize("order", ["A", "K"])
def test_orders_that_depend_on_memory_are_refused_in_a_batch(order: Any) -> None:
    message = rf"np\.ravel: order='{order}' .* inside tg\.vmap .* 'C' or 'F'"
    with pytest.raises(tg.GradientError, match=message):
        tg.vmap(lambda x: np.ravel(x, order=order))(np.ones((2, 2, 3)))
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="order"):
        np.reshape(x, 6, order="K")


def test_numpys_own_errors_pass_through() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="cannot reshape array of size 6 into shape"):
        x.reshape(4)
    with pytest.raises(ValueError, match="axis"):
        np.flip(x, 2)
    with pytest.raises(tg.GradientError, match="repeats"):
        np.repeat(x, tg.Tensor([1.0, 2.0], requires_grad=True))
