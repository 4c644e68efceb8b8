"""protocols.py: keywords of ufuncs, generalized ufuncs, and what is written into."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import op_cases
import pytest

import tinygrad_np as tg
from tinygrad_np.ops import TABLE

UFUNCS = [
    ufunc for ufunc in TABLE
    if isinstance(ufunc, np.ufunc) and ufunc.signature is None and ufunc.nout == 1
    and ufunc is not np.ldexp
]  # fmt: skip


def recorded(*arrays: Any) -> list[tg.Tensor]:
    return [tg.Tensor(array, requires_grad=True) for array in arrays]


# A dtype, or a loop


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda ufunc: ufunc.__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_ufunc_in_another_dtype(ufunc: Any, dtype: type) -> None:
    a = np.array([1.25, 1.5, 1.75], np.float32 if dtype is np.float64 else np.float64)
    arrays = [a, a * np.float16(0.7)][: ufunc.nin]
    if ufunc in (np.arcsin, np.arccos, np.arctanh):
        arrays = [a - 1]
    fun = lambda *x: ufunc(*x, dtype=dtype)
    try:
        expected = fun(*arrays)
    except TypeError:  # float_power has no loop in single precision
        with pytest.raises(TypeError):
            fun(*recorded(*arrays))
        return
    found = fun(*recorded(*arrays))
    assert found.dtype == dtype
    op_cases.assert_same(found, expected, rtol=0)
    if isinstance(found, tg.Tensor):
        tg.testing.check_grads(fun, tuple(arrays), order=1)


@pytest.mark.parametrize(
    "keywords",
    [
        {"dtype": "f8"}, {"dtype": np.complex128}, {"signature": "ff->f"},
        {"sig": (None, None, "f")}, {"casting": "same_kind", "dtype": "f2"}, {"order": "F"},
        {"subok": False}, {"casting": "safe"}, {"where": True},
    ],
)  # fmt: skip
@pytest.mark.parametrize("other", [2.5, 2, [1.0, 2.0], np.float64(0.3), np.array([1, 2], np.int8)])
def test_keywords_choose_numpys_loop(keywords: dict[str, Any], other: Any) -> None:
    a = np.array([1.25, 1.5], np.float32)
    for fun in (lambda x: np.multiply(x, other, **keywords),
                lambda x: np.multiply(other, x, **keywords)):  # fmt: skip
        try:
            expected = fun(a)
        except TypeError as error:
            with pytest.raises(type(error)):
                fun(*recorded(a))
            continue
        op_cases.assert_same(fun(*recorded(a)), expected)
        if expected.dtype != np.float16:
            tg.testing.check_grads(fun, (a,), order=1)


@pytest.mark.parametrize("call", [
    lambda a, out: np.round(a, 0, out), lambda a, out: np.round(a, 0, out=out),
    lambda a, out: np.fix(a, out), lambda a, out: np.isposinf(a, out),
    lambda a, out: np.any(a[None], 0, out),
])  # fmt: skip
@pytest.mark.parametrize("size", [3, 3000])
def test_what_a_constant_overwrites_has_no_gradient(call: Any, size: int) -> None:
    a = np.linspace(-1.2, 1.7, size)

    def overwritten(x: Any) -> Any:
        out = x * 2
        call(a, out)
        return np.sum(out)

    np.testing.assert_array_equal(tg.grad(overwritten)(np.ones(size)), 0)


def test_constants_are_written_into_plain_arrays_by_position() -> None:
    x = tg.Tensor([1.4, 2.6])
    out = np.zeros(2)
    assert np.round(x, 0, out) is out
    np.testing.assert_array_equal(out, [1, 3])
    np.cumsum(x, 0, None, out)
    np.testing.assert_array_equal(out, [1.4, 4.0])
    total = np.zeros(1)
    assert np.sum(x, 0, None, total, True) is total
    assert total[0] == 4
    recorded = np.zeros_like(x, shape=(1,))
    np.sum(x, 0, None, recorded, True)
    assert recorded[0].item() == 4
    product = np.zeros(())
    np.dot(x, x, product)
    assert product == np.dot(x.numpy(), x.numpy())


def test_casts_that_numpy_refuses() -> None:
    (x,) = recorded(np.array([1.5, 2.0]))
    with pytest.raises(
        TypeError, match=r"Cannot cast ufunc 'add' input 0 .* to dtype\('float32'\)"
    ):
        np.add(x, 1.0, dtype=np.float32, casting="safe")
    with pytest.raises(TypeError, match="Cannot cast ufunc 'add' input 0"):
        np.add(x, x, dtype=int)
    found = np.add(x, x, dtype=int, casting="unsafe")
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, [2, 4])


def test_conditions_take_keywords_too() -> None:
    (x,) = recorded(np.array([1.5, -2.0]))
    np.testing.assert_array_equal(np.greater(x, 0, dtype=bool), [True, False])
    np.testing.assert_array_equal(np.floor(x, dtype=np.float32), [1, -2])
    mask = np.zeros(2, bool)
    assert np.greater(x, 0, out=mask) is mask
    np.testing.assert_array_equal(mask, [True, False])
    np.testing.assert_array_equal(
        tg.vmap(lambda x: np.floor(x, dtype=np.float32))(x.numpy()), [1, -2]
    )


def test_where_is_refused_with_its_remedy() -> None:
    (x,) = recorded(np.array([1.5, -2.0]))
    for call in (
        lambda: np.sqrt(x, where=[True, False]),
        lambda: np.less(x, 0, where=[True, False]),
    ):
        with pytest.raises(
            tg.GradientError, match=r"undefined: write np\.where\(mask, np\.(sqrt|less)\("
        ):
            call()


def test_unknown_keywords_are_pythons_error() -> None:
    (x,) = recorded(np.array([1.5, -2.0]))
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        np.add(x, 1.0, axis=0)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        np.add(x, 1.0, mask=True)


# Generalized ufuncs

rng = np.random.default_rng(0)
GENERALIZED = [
    ("matmul", [(2, 3), (3, 4)], {"axes": [(-2, -1), (-2, -1), (-2, -1)]}),
    ("matmul", [(3, 2), (4, 3)], {"axes": [(1, 0), (1, 0), (1, 0)]}),
    ("matmul", [(2, 5, 3), (3, 5, 4)], {"axes": [(0, 2), (0, 2), (0, 1)]}),
    ("matmul", [(3,), (2, 3)], {"axes": [(0,), (1, 0), (0,)]}),
    ("matmul", [(3,), (2, 3)], {"axes": [0, (1, 0), 0]}),
    ("matmul", [(2, 3), (3, 4)], {"dtype": np.float64}),
    ("vecdot", [(3, 2), (3, 2)], {"axis": 0}),
    ("vecdot", [(3, 2), (3, 2)], {"axis": -2, "keepdims": True}),
    ("vecdot", [(2, 3), (2, 3)], {"keepdims": True}),
    ("vecdot", [(2, 3, 4), (3, 2, 4)], {"axes": [1, 0]}),
    ("vecdot", [(2, 3, 4), (3, 2, 4)], {"axes": [1, 0, 0], "keepdims": True}),
    ("vecdot", [(2, 3, 4), (3, 2, 4)], {"axes": [(1,), (0,)], "keepdims": True}),
    ("matvec", [(3, 2), (3,)], {"axes": [(1, 0), 0, 0]}),
    ("vecmat", [(3,), (2, 3)], {"axes": [0, (1, 0), 0], "dtype": np.float64}),
]


@pytest.mark.parametrize(("name", "shapes", "keywords"), GENERALIZED)
@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_core_axes_may_be_elsewhere(
    name: str, shapes: Any, keywords: dict[str, Any], dtype: type
) -> None:
    if not hasattr(np, name):
        pytest.skip(f"this NumPy has no {name}")
    if dtype is np.complex128:
        keywords = {key: value for key, value in keywords.items() if key != "dtype"}
    fun = lambda a, b: getattr(np, name)(a, b, **keywords)
    arrays = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    op_cases.assert_same(fun(*recorded(*arrays)), fun(*arrays), ulps=8)
    tg.testing.check_grads(fun, tuple(arrays), order=1)


def test_axes_that_numpy_refuses() -> None:
    (x,) = recorded(np.ones((2, 2)))
    with pytest.raises(TypeError, match="axis can only be used with a single shared core dim"):
        np.matmul(x, x, axis=0)
    with pytest.raises(TypeError, match="does not support keepdims"):
        np.matmul(x, x, keepdims=True)
    with pytest.raises(ValueError, match="axes should be a list with an entry for all 3"):
        np.matmul(x, x, axes=[(0, 1), (0, 1)])
    with pytest.raises(np.exceptions.AxisError):
        np.vecdot(x, x, axis=2)


# What is written into


@pytest.mark.parametrize(
    "call",
    [
        lambda x, out: np.add(x, 1.0, out=out),
        lambda x, out: np.add(x, 1.0, out),
        lambda x, out: np.add(1.0, x, out=(out,)),
        lambda x, out: np.cumsum(x, out=out),
        lambda x, out: np.cumsum(x, None, None, out),
        lambda x, out: np.concatenate([x[:1], x[1:]], out=out),
        lambda x, out: np.clip(x, 0, 1, out),
        lambda x, out: x.clip(0, 1, out=out),
        lambda x, out: np.sqrt(x, out=out, where=[True, False]),
        lambda x, out: np.add.accumulate(x, out=out),
    ],
)  # fmt: skip
def test_out_is_a_tensor_or_refused(call: Any) -> None:
    (x,) = recorded(np.array([1.0, 2.0]))
    out = np.zeros(2)
    with pytest.raises(tg.GradientError, match=r"np\.[\w.]+ would write .*, as in y = np\.\w+"):
        call(x, out)
    np.testing.assert_array_equal(out, 0)
    written, expected = tg.Tensor(out), np.zeros(2)
    found = call(x, written)
    call(x.numpy(), expected)
    assert found is written
    np.testing.assert_array_equal(written.numpy(), expected)


def test_what_is_written_into_a_tensor_is_differentiated() -> None:
    def fun(x: Any, y: Any) -> Any:
        out = np.zeros_like(x, shape=(2, 3))
        np.multiply(x, y, out=out)
        np.add(out, x, out)
        row = out[0]
        np.exp(row, out=row)
        total = np.sum(out, axis=1, out=np.zeros_like(x, shape=2))
        part, whole = np.modf(total, out=(np.zeros_like(x, shape=2), None))
        np.cumsum(total, out=total)
        return out * 1.5, total * whole, part, np.matmul(out, x, out=total)

    a, b = np.array([0.3, 1.2, 2.1]), np.array([[1.0, 2.0, 0.5], [2.0, 1.0, 0.25]])
    for found, expected in zip(fun(*recorded(a, b)), fun(a, b), strict=True):
        op_cases.assert_same(found, expected, ulps=8)
    tg.testing.check_grads(fun, (a, b))
    vmapped = tg.vmap(fun, (0, None))(np.stack([a, 2 * a]), b)
    for found, expected in zip(vmapped, fun(2 * a, b), strict=True):
        np.testing.assert_allclose(found[1], expected)


def test_a_quotient_where_there_is_one() -> None:
    def fun(x: Any, y: Any) -> Any:
        quotient = np.divide(x, y, out=np.zeros_like(x), where=y != 0)
        return quotient + np.log(x, where=x > 0, out=x * 3)

    a, b = np.array([1.0, -2.0, 3.0]), np.array([2.0, 0.0, -1.5])
    with np.errstate(all="raise"):
        op_cases.assert_same(fun(*recorded(a, b)), fun(a, b), ulps=4)
        by_a, by_b = tg.grad(lambda x, y: np.sum(fun(x, y)), (0, 1))(a, b)
    np.testing.assert_allclose(by_a, [1 / 2 + 1, 3, -1 / 1.5 + 1 / 3])
    np.testing.assert_allclose(by_b, [-1 / 4, 0, -3 / 1.5**2])
    with pytest.raises(tg.GradientError, match=r"as in y = np\.where\(mask, np\.divide\("):
        np.divide(*recorded(a, b), out=np.zeros(3), where=b != 0)


def test_what_does_not_fit_is_not_written() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match="broadcast"):
        np.add(x, 1.0, out=tg.Tensor(np.zeros(3)))
    with pytest.raises(tg.GradientError, match="cannot be assigned into a Tensor of dtype int"):
        np.add(x, 1.0, out=tg.Tensor([1, 2]))
    with pytest.raises(tg.GradientError, match="requires_grad=True cannot be overwritten"):
        np.add(x, 1.0, out=x)


@pytest.mark.parametrize("function", [np.modf, np.frexp, lambda x, out: np.divmod(x, 0.7, out=out)])
@pytest.mark.parametrize("place", [0, 1])
def test_an_output_without_place_takes_the_shape_of_the_others(function: Any, place: int) -> None:
    (x,) = recorded(np.array([1.5, -2.25]))
    plain = function(x.numpy(), out=(None, None))[place]
    out = np.zeros((3, 2), plain.dtype)
    found = function(x, out=(tg.Tensor(out), None)[:: 1 - 2 * place])
    expected = function(x.numpy(), out=(out, None)[:: 1 - 2 * place])
    for one, other in zip(found, expected, strict=True):
        op_cases.assert_same(one, other)


def test_outputs_have_the_shape_of_the_result() -> None:
    (x,) = recorded(np.array([1.5, -2.25]))
    for call in (np.sum, np.cumsum, np.argmax, np.median, np.add.accumulate):
        dtype = call(x.numpy()).dtype
        with pytest.raises(ValueError, match=r"out= has shape \(3, 2\), the result \(2?,?\)"):
            call(x, out=tg.Tensor(np.zeros((3, 2), dtype)))
    with pytest.raises(ValueError, match=r"np\.modf: out= has shape"):
        np.modf(x, out=(tg.Tensor(np.zeros((3, 2))), tg.Tensor(np.zeros(2))))
    for call in (lambda x, out: np.clip(x, -1, 1, out), np.negative, np.fix, np.isposinf):
        expected = np.zeros((3, 2), call(x.numpy(), np.zeros((3, 2))).dtype)
        found = call(x, tg.Tensor(expected))
        op_cases.assert_same(found, call(x.numpy(), expected))


def test_what_numpy_does_not_cast_is_not_written() -> None:
    for call in (
        lambda x: x.__iadd__(1.5), lambda x: x.__itruediv__(2), lambda x: np.add(x, 1.5, out=x),
        lambda x: np.modf(x, out=(x, None)), lambda x: x[:1].__imul__(0.5),
    ):  # fmt: skip
        plain, tensor = np.array([1, 2]), tg.Tensor([1, 2])
        with pytest.raises(TypeError, match="Cannot cast ufunc"):
            call(plain)
        with pytest.raises(TypeError, match=r"dtype float64 is not written into .* dtype int64"):
            call(tensor)
        np.testing.assert_array_equal(tensor.numpy(), plain)
    for call in (
        lambda x: np.add(x, 1.5, out=x, casting="unsafe"), lambda x: np.sum([[1.5, 2.5]], 0, out=x),
        lambda x: x.__ipow__(2), lambda x: np.cumsum([1.5, 2], out=x),
    ):  # fmt: skip
        op_cases.assert_same(call(tg.Tensor([1, 2])), call(np.array([1, 2])))


def test_constants_may_be_written_into_arrays() -> None:
    constant = tg.Tensor([1.0, 2.0])
    out = np.zeros(2)
    assert np.add(constant, 1.0, out=out) is out
    np.testing.assert_array_equal(out, [2, 3])
    assert np.cumsum(constant, out=out) is out
    np.testing.assert_array_equal(out, [1, 3])
    out += constant
    np.testing.assert_array_equal(out, [2, 5])
    with tg.no_grad():
        out += tg.Tensor([1.0, 1.0], requires_grad=True) * 2
    np.testing.assert_array_equal(out, [4, 7])
    places = np.zeros((), int)
    np.argmax(tg.Tensor([1.0, 3.0], requires_grad=True), out=places)
    assert places == 1
    found = tg.Tensor(0)
    assert np.argmax(constant, out=found) is found
    assert found.item() == 1


def test_in_place_operators_of_plain_arrays_are_refused() -> None:
    (x,) = recorded(np.array([1.0, 2.0]))
    buffer = np.zeros(2)
    with pytest.raises(tg.GradientError, match=r"y = y \+ x instead of y \+= x"):
        buffer += x
    with pytest.raises(tg.GradientError, match="plain array"):
        buffer @= recorded(np.eye(2))[0]


def test_none_and_no_value_say_nothing() -> None:
    (x,) = recorded(np.array([1.0, 2.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.add(x, 1.0, out=None).shape == (2,)
        assert np.sum(x, keepdims=np._NoValue, initial=np._NoValue, where=np._NoValue).item() == 3
        assert np.roll(x, 1, axis=None).tolist() == [2, 1]


def test_numpy_computes_with_constants_what_has_no_derivative() -> None:
    def pad_with(row: Any, width: Any, axis: Any, keywords: Any) -> None:
        row[: width[0]] = 7

    a = np.arange(6.0).reshape(3, 2)
    for call in (
        lambda x: np.linalg.svd(x)[0], lambda x: np.pad(x, 1, pad_with),
        lambda x: np.concatenate([x, np.full((1, 2), 0.5, object)]),
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=0, subok=True),
    ):  # fmt: skip
        np.testing.assert_array_equal(call(tg.Tensor(a)), call(a))
        with pytest.raises(tg.GradientError):
            call(*recorded(a))
    with pytest.raises(tg.GradientError):
        tg.vmap(np.linalg.svd)(a[None])


# Integers that are Tensors

MATRIX = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("call", [
    lambda x, n: np.split(x, 1, n), lambda x, n: np.array_split(x, 2, n),
    lambda x, n: np.delete(x, n, n), lambda x, n: np.insert(x, n, 9.0, n),
    lambda x, n: np.diff(x, n, n), lambda x, n: np.trapezoid(x, axis=n),
    lambda x, n: np.cumsum(x, n), lambda x, n: np.median(x, n), lambda x, n: np.take(x, n, n),
    lambda x, n: np.roll(x, n, n), lambda x, n: np.concatenate([x, x], n),
    lambda x, n: np.repeat(x, n + n, n), lambda x, n: np.pad(x, n), lambda x, n: np.rot90(x, n),
    lambda x, n: np.moveaxis(x, n, 0), lambda x, n: np.fft.fft(x, n + n, n),
    lambda x, n: np.tensordot(tg.Tensor(1.0) * x, x, ((0, n), (0, n))),
    lambda x, n: np.einsum(tg.Tensor(1.0) * x, [n, 0], [0]),
    lambda x, n: np.einsum(x, n * [0, 1]), lambda x, n: np.linalg.norm(x, n, axis=n),
    lambda x, n: np.add.reduceat(x, [0, n], n), lambda x, n: np.maximum.reduceat(x[0], [n, 0]),
    lambda x, n: np.add.reduceat(x[0], np.stack([n, 0])), lambda x, n: np.reshape(x, (n, 6)),
    lambda x, n: x[n], lambda x, n: x[n:], lambda x, n: np.apply_along_axis(np.sum, n, x),
    lambda x, n: np.logaddexp.reduce(x, n), lambda x, n: np.quantile(x, 0.5, axis=n),
])  # fmt: skip
def test_an_integer_may_be_a_tensor(call: Any) -> None:
    expected = call(MATRIX, np.int64(1))
    for x in (MATRIX, tg.Tensor(MATRIX), *recorded(MATRIX)):
        op_cases.assert_same(call(x, tg.Tensor(1)), expected)


def test_sequences_times_an_integer_are_repeated() -> None:
    for n in (np.int64(3), np.uint8(2)):
        assert [0.5, 1] * tg.Tensor(n) == [0.5, 1] * int(n)
        assert tg.Tensor(n) * (0.5, 1) == (0.5, 1) * int(n)
    for number in (2.0, np.array([3]), np.array([True])):
        op_cases.assert_same(tg.Tensor(number) * [0.5], np.array([0.5]) * number)
        op_cases.assert_same([0.5] * tg.Tensor(number), np.array([0.5]) * number)


def test_constants_are_added_at_places_of_a_plain_array() -> None:
    counts = np.zeros(3)
    np.add.at(counts, tg.Tensor([0, 2, 2]), tg.Tensor([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(counts, [1, 0, 5])
    np.negative.at(counts, tg.Tensor([0]))
    np.testing.assert_array_equal(counts, [-1, 0, 5])
    with pytest.raises(tg.GradientError, match=r"np\.add\.at would write"):
        np.add.at(counts, [0], *recorded(np.array([1.0])))


# Errors


def test_ufuncs_from_elsewhere_are_named_as_they_are() -> None:
    (x,) = recorded(np.array([1.0, 2.0]))
    special = pytest.importorskip("scipy.special")
    with pytest.raises(tg.GradientError, match=r"^expit has no derivative rule here"):
        special.expit(x)
