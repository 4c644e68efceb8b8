"""Tensor, no_grad and stop_gradient: construction, attributes, protocols, conversions, backward."""

from __future__ import annotations

import copy
import math
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import op_cases
import pytest

import tinygrad_np as tg
from tinygrad_np.ops import TABLE


def recorded(data: Any) -> tg.Tensor:
    return tg.Tensor(data, requires_grad=True)


# What it is


@pytest.mark.parametrize(
    "data",
    [1.5, 2, True, 1j, [1.0, 2.0], [[1, 2], [3, 4]], [], (1.0, 2), np.float32(1), np.arange(3),
     np.zeros((2, 0)), np.array(2.0), np.ones(2, np.float16), range(3)],
    ids=repr,
)  # fmt: skip
def test_attributes_are_those_of_the_array(data: Any) -> None:
    array, x = np.asarray(data), tg.Tensor(data)
    op_cases.assert_same(x, array)
    assert (x.ndim, x.size, x.nbytes) == (array.ndim, array.size, array.nbytes)
    assert x.tolist() == array.tolist()
    assert not x.requires_grad
    assert x.grad is None
    np.testing.assert_array_equal(x.numpy(), array)
    assert type(x.numpy()) is np.ndarray
    if array.ndim:
        assert len(x) == len(array)
    if array.size == 1:
        assert x.item() == array.item()
        assert type(x.item()) is type(array.item())


def test_the_array_is_used_as_it_is() -> None:
    array = np.array([1.0, 2.0])
    assert tg.Tensor(array).data is array or np.shares_memory(tg.Tensor(array).data, array)
    np.testing.assert_array_equal(tg.Tensor(tg.Tensor(array)).data, array)


def test_items_by_index() -> None:
    x = recorded([[1.0, 2.0], [3.0, 4.0]])
    assert x.item(1, 0) == 3
    assert x.item(3) == 4


def test_complex_parts() -> None:
    z = np.array([1 + 2j, 3 - 1j])
    op_cases.assert_same(recorded(z).real, z.real)
    op_cases.assert_same(recorded(z).imag, z.imag)
    op_cases.assert_same(recorded(z).conj(), z.conj())
    tg.testing.check_grads(lambda z: z.real * z.imag + z.conjugate() * z, (z,))


def test_every_method_of_ndarrays_that_is_in_the_table_is_there() -> None:
    names = {f.__name__ for f in TABLE if getattr(np, f.__name__, None) is f}
    missing = {name for name in names if hasattr(np.ndarray, name)} - set(dir(tg.Tensor))
    assert not missing


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (tg.Tensor([1.0, 2.0]), "Tensor([1., 2.])"),
        (recorded(1.5), "Tensor(1.5, requires_grad=True)"),
        (tg.Tensor(np.float32([1])), "Tensor([1.], dtype=float32)"),
        (tg.Tensor([[1], [2]]), "Tensor([[1],\n        [2]])"),
        (recorded([1.0]) * 2, "Tensor([2.], requires_grad=True)"),
    ],
)
def test_representation(data: tg.Tensor, text: str) -> None:
    assert repr(data) == text
    assert f"{data}" == text


def test_formatting_needs_no_conversion() -> None:
    assert f"{recorded(1.23456):.2f}" == "1.23"
    assert f"{recorded(np.float32(0.5)):g}" == "0.5"


@pytest.mark.parametrize("data", ["text", None, [None], object(), np.array(["a"]), {1: 2}, b"b"])
def test_a_tensor_holds_numbers(data: Any) -> None:
    with pytest.raises(tg.GradientError, match="Tensor holds numbers, not dtype"):
        tg.Tensor(data)


@pytest.mark.parametrize("data", [1, [1, 2], True, np.arange(3, dtype=np.uint8)])
def test_integers_have_no_gradient(data: Any) -> None:
    with pytest.raises(tg.GradientError, match=r"requires_grad=True.*(int|bool).*astype\(float\)"):
        recorded(data)


# Use as an array


def test_detach() -> None:
    x = recorded([1.0, 2.0])
    y = (x * 3).detach()
    assert not y.requires_grad
    np.sum(x * y).backward()
    np.testing.assert_array_equal(x.grad, [3, 6])


def test_copies() -> None:
    for copied in (copy.copy, copy.deepcopy, lambda x: x.copy(), np.copy):
        x = recorded([1.0, 2.0])
        y = copied(x)
        assert y is not x
        assert not np.shares_memory(y.numpy(), x.numpy())
        np.sum(y**2).backward()
        np.testing.assert_array_equal(x.grad, [2, 4])


def test_what_is_recorded_is_not_hashed_nor_pickled() -> None:
    with pytest.raises(TypeError, match="looked up in a dictionary"):
        hash(recorded(1.0))
    with pytest.raises(TypeError, match="looked up in a dictionary"):
        hash(tg.Tensor([1.0]))
    with pytest.raises(TypeError, match=r"not pickled: save x\.numpy\(\)"):
        pickle.dumps(recorded(1.0))


def test_constants_are_hashed_and_pickled() -> None:
    assert hash(tg.Tensor(np.float32(0.5))) == hash(0.5)
    loaded = pickle.loads(pickle.dumps(tg.Tensor([1.0, 2.0])))
    assert type(loaded) is tg.Tensor
    op_cases.assert_same(loaded, np.array([1.0, 2.0]))


def test_comparisons_are_arrays() -> None:
    x = recorded([1.0, 2.0, 3.0])
    y = np.array([3.0, 2.0, 1.0])
    for found, expected in (
        (x < y, [1, 0, 0]), (x <= y, [1, 1, 0]), (x > y, [0, 0, 1]), (x >= y, [0, 1, 1]),
        (x == y, [0, 1, 0]), (x != y, [1, 0, 1]), (y < x, [0, 0, 1]), (x < 2, [1, 0, 0]),
        (x == recorded(y), [0, 1, 0]),
    ):  # fmt: skip
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, np.array(expected, bool))
    np.testing.assert_array_equal(x // 2, [0, 1, 1])
    np.testing.assert_array_equal(7 // x, [7, 3, 2])
    assert type(x // 2) is np.ndarray


def test_control_flow() -> None:
    def fun(x: Any) -> Any:
        while x < 100:
            x = x * x if x > 2 else x + 1
        return x if x else x * 0

    assert tg.grad(fun)(1.5) == 2 * 2.5 * 2 * 2.5**2 * 2 * 2.5**4
    assert int(recorded(2.7)) == 2
    np.testing.assert_array_equal(np.int64(recorded([2.7, -1.2])), [2, -1])
    assert np.asarray(recorded([2.7]), dtype=int).dtype == int
    assert [10, 20, 30][tg.Tensor(1)] == 20
    assert round(recorded(2.71828), 2) == pytest.approx(2.72)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(recorded([1.0, 2.0]))


def test_0d_tensors_have_no_length() -> None:
    with pytest.raises(TypeError, match=r"len\(\) of a 0-d Tensor"):
        len(recorded(1.0))
    with pytest.raises(TypeError, match="iteration over a 0-d Tensor"):
        iter(recorded(1.0))


def test_constants_convert_silently() -> None:
    x = tg.Tensor([1.5])
    assert float(x[0]) == 1.5
    assert complex(x[0]) == 1.5
    assert math.sqrt(tg.Tensor(4.0)) == 2
    np.testing.assert_array_equal(np.asarray(x), [1.5])
    np.testing.assert_array_equal(np.asarray(x, np.float32), np.float32([1.5]))
    assert not np.shares_memory(np.array(x), x.data)
    plain = np.zeros(1)
    plain[0] = x[0]
    assert plain[0] == 1.5


def test_operators_with_what_is_not_a_number() -> None:
    x = recorded(1.0)
    for other in ("text", None, object(), {}):
        with pytest.raises(TypeError, match=r"unsupported operand|can only concatenate"):
            x + other
        with pytest.raises(TypeError, match=r"unsupported operand|can only concatenate"):
            other - x


@pytest.mark.parametrize(
    "other", [np.float64(2), np.float32(2), np.int64(2), np.array(2.0), np.array([2.0, 3.0]), 2]
)
def test_numpy_on_the_left(other: Any) -> None:
    x = recorded(np.array([1.5, 2.5], np.float32))
    for found, expected in (
        (other + x, other + x.numpy()), (other * x, other * x.numpy()),
        (other - x, other - x.numpy()), (other / x, other / x.numpy()),
        (other**x, other ** x.numpy()), (other % x, other % x.numpy()),
    ):  # fmt: skip
        assert type(found) is tg.Tensor
        op_cases.assert_same(found, expected)


# Silent conversions that would lose a gradient


CONVERSIONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "np.asarray": (np.asarray, r"(?s)plain ndarray.*np\.stack"),
    "np.array": (np.array, r"(?s)plain ndarray.*np\.stack"),
    "np.array of a list": (lambda x: np.array([x, x]), r"(?s)np\.stack.*import tinygrad_np\.numpy"),
    "np.array of numbers": (lambda x: np.array([x[0], 2.0]), r"(?s)np\.zeros_like.*np\.stack"),
    "np.array of rows": (lambda x: np.array([[x[0], 1.0], [2.0, x[1]]]), r"np\.block"),
    "np.float64": (lambda x: np.float64(x[0]), r"np\.float64\(x\).*x\.astype"),
    "float": (lambda x: float(x[0]), r"(?s)float\(.*float\(x\).*stop_gradient"),
    "complex": (lambda x: complex(x[0]), r"complex\("),
    "math.sin": (lambda x: math.sin(x[0]), r"math\.sin\(x\) .*np\.sin\(x\)"),
    "math.fsum": (math.fsum, r"math\.sin\(x\) .*np\.sin\(x\)"),
    "math.erf": (lambda x: math.erf(x[0]), r"compiled code .*tg\.custom_op"),
    "np.c_": (lambda x: np.c_[x, x], r"np\.column_stack"),
    "a sample": (lambda x: np.random.default_rng(0).choice(x, 2), r"x\[rng\.choice\(len\(x\)"),
    "an element into a plain array": (lambda x: assign(x, 0), r"np\.zeros_like\(x, shape="),
    "a slice into a plain array": (lambda x: assign(x, slice(None)), r"np\.zeros_like\(x, shape="),
    "np.put": (lambda x: np.put(np.zeros(2), [0], x[0]), r"np\.put|np\.stack"),
    "fill": (lambda x: np.zeros(2).fill(x[0]), r"np\.stack|np\.zeros_like"),
    "a plain array += a Tensor": (lambda x: add_to_plain(x), r"np\.add .*y = y \+ x.*np\.array"),
    "out=": (lambda x: np.exp(x, out=np.zeros(2)), r"np\.exp would write.*use the result instead"),
    "np.add.at": (lambda x: np.add.at(np.zeros(2), [0], x[0]), r"np\.add\.at"),
    "np.copyto": (lambda x: np.copyto(np.zeros(2), x), r"np\.copyto would write .*zeros_like"),
}


def assign(x: Any, index: Any) -> None:
    plain = np.zeros(2)
    plain[index] = x[index]


def add_to_plain(x: Any) -> None:
    plain = np.zeros(2)
    plain += x


@pytest.mark.usefixtures("plain_numpy")
@pytest.mark.parametrize("name", CONVERSIONS)
def test_conversions_that_would_lose_a_gradient_say_what_to_write(name: str) -> None:
    convert, message = CONVERSIONS[name]
    with pytest.raises(tg.GradientError, match=message):
        tg.grad(lambda x: np.sum(x) + (convert(x) is None))(np.array([0.5, 1.5]))
    # NumPy may wrap it outside of a transform, but shows it as the cause.
    with pytest.raises((tg.GradientError, ValueError)) as caught:
        convert(recorded([0.5, 1.5]))
    errors = [caught.value, caught.value.__cause__]
    assert any(isinstance(error, tg.GradientError) for error in errors)


def test_messages_do_not_show_large_arrays() -> None:
    with pytest.raises(tg.GradientError, match=r"^Tensor\(shape=\(30, 30\), dtype=float64\) would"):
        np.asarray(recorded(np.ones((30, 30))))


def test_an_error_of_numpys_own_is_not_replaced() -> None:
    def fun(x: Any) -> Any:
        np.zeros(2)[0] = [1, 2]

    with pytest.raises(ValueError, match="sequence"):
        tg.grad(fun)(1.0)


# backward and grad


def test_backward_of_a_scalar() -> None:
    x, y = recorded([1.0, 2.0]), recorded(3.0)
    z = np.sum(x**2 * y)
    z.backward()
    np.testing.assert_array_equal(x.grad, [6, 12])
    np.testing.assert_array_equal(y.grad, 5)
    assert type(x.grad) is type(y.grad) is np.ndarray
    assert z.grad is None


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_backward_of_one_element(shape: tuple[int, ...]) -> None:
    x = recorded(np.full(shape, 3.0))
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, np.full(shape, 6.0))


def test_gradients_add_up_until_they_are_reset() -> None:
    for data in ([1.0, 2.0], 1.0):
        x = recorded(data)
        np.sum(x * 2).backward()
        first = x.grad
        np.sum(x * 3).backward()
        np.testing.assert_array_equal(first, np.full(x.shape, 2.0))
        np.testing.assert_array_equal(x.grad, np.full(x.shape, 5.0))
        assert type(x.grad) is np.ndarray
        x.grad = None
        np.sum(x * 3).backward()
        np.testing.assert_array_equal(x.grad, np.full(x.shape, 3.0))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_gradients_have_the_shape_and_dtype_of_the_data(dtype: type) -> None:
    x = recorded(np.ones((2, 1), dtype))
    np.sum(x * np.ones((2, 3))).backward(1.0)
    assert x.grad.dtype == dtype
    assert x.grad.shape == (2, 1)


@pytest.mark.parametrize("cotangent", [[1.0, 10.0], np.array([1, 10]), tg.Tensor([1.0, 10.0])])
def test_backward_with_a_cotangent(cotangent: Any) -> None:
    x = recorded([1.0, 2.0])
    (x * x).backward(cotangent)
    np.testing.assert_array_equal(x.grad, [2, 40])


def test_gradients_share_no_memory() -> None:
    x, y = recorded([1.0, 2.0]), recorded([1.0, 2.0])
    cotangent = np.ones(2)
    (x + y).backward(cotangent)
    arrays = [x.grad, y.grad, cotangent, x.data, y.data]
    for i, one in enumerate(arrays):
        assert not any(np.shares_memory(one, other) for other in arrays[:i])


def test_a_leaf_itself() -> None:
    x = recorded(2.0)
    x.backward()
    assert x.grad == 1


def test_gradient_descent_on_tensors() -> None:
    x = recorded([4.0, -2.0])
    for _ in range(100):
        np.sum((x - 1.0) ** 2).backward()
        with tg.no_grad():
            x -= 0.1 * x.grad
        x.grad = None
    np.testing.assert_allclose(x.numpy(), [1, 1], atol=1e-8)
    assert x.requires_grad


def test_grad_can_be_set() -> None:
    x = recorded(np.float32([1, 2]))
    x.grad = [3.0, 4.0]
    assert x.grad.dtype == np.float32
    np.sum(x).backward()
    np.testing.assert_array_equal(x.grad, [4, 5])


def test_bad_gradients_are_refused() -> None:
    x = recorded([1.0, 2.0])
    with pytest.raises(ValueError, match=r"grad has shape \(3,\), its Tensor \(2,\)"):
        x.grad = np.ones(3)
    for tensor in (tg.Tensor([1.0, 2.0]), x * 2):
        with pytest.raises(tg.GradientError, match="only a Tensor made with requires_grad=True"):
            tensor.grad = np.ones(2)
    assert x.grad is None


def test_backward_of_what_is_no_scalar() -> None:
    x = recorded([1.0, 2.0])
    with pytest.raises(tg.GradientError, match=r"shape \(2,\).*y\.sum\(\)\.backward\(\)"):
        (x * 2).backward()
    with pytest.raises(tg.GradientError, match=r"complex.*cotangent"):
        np.sum(x * 1j).backward()
    with pytest.raises(
        ValueError, match=r"cotangent has shape \(3,\), the Tensor has shape \(2,\)"
    ):
        (x * 2).backward(np.ones(3))
    assert x.grad is None


def test_backward_without_a_recording() -> None:
    x = recorded([1.0, 2.0])
    with tg.no_grad():
        y = np.sum(x)
    for tensor in (tg.Tensor(1.0), y, np.sum(x).detach()):
        with pytest.raises(tg.GradientError, match=r"nothing was recorded.*requires_grad=True"):
            tensor.backward()


def test_backward_twice_through_a_freed_graph() -> None:
    x = recorded([1.0, 2.0])
    y = x * x
    z = np.sum(y)
    z.backward()
    for again in (z, np.sum(y), np.sum(y * 3)):
        with pytest.raises(tg.GradientError, match=r"already swept and freed.*compute.*again"):
            again.backward()
    np.testing.assert_array_equal(x.grad, [2, 4])


def test_backward_inside_a_transform() -> None:
    def fun(x: Any) -> Any:
        y = np.sum(x * x)
        y.backward()
        return y

    with pytest.raises(tg.GradientError, match=r"inside a function given to tg\.grad"):
        tg.grad(fun)(np.ones(2))


# no_grad and stop_gradient


def test_no_grad_records_nothing() -> None:
    x = recorded([1.0, 2.0])
    with tg.no_grad():
        results = [x * 2, np.exp(x), x @ x, np.concatenate([x, x]), x[0], x.sum(), -x, 1 / x]
    assert not any(result.requires_grad for result in results)
    assert (x * 2).requires_grad


def test_no_grad_nests_and_survives_errors() -> None:
    x = recorded(1.0)
    with tg.no_grad():
        with tg.no_grad():
            assert not (x * 2).requires_grad
        assert not (x * 2).requires_grad
        with pytest.raises(RuntimeError, match="inside"), tg.no_grad():
            raise RuntimeError("inside")
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_one_no_grad_object_can_be_entered_twice() -> None:
    x, context = recorded([1.0]), tg.no_grad()
    with context, context:
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    with pytest.raises(tg.GradientError, match="no_grad"):
        x += 1.0


def test_stop_gradient() -> None:
    x = np.array([2.0, 3.0])
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(x * tg.stop_gradient(x)))(x), x)
    tree = tg.stop_gradient({"a": recorded(x), "b": [recorded(1.0), None, x]})
    assert type(tree["a"]) is np.ndarray
    assert not isinstance(tree["b"][0], tg.Tensor)
    assert tree["b"][1] is None
    assert tree["b"][2] is x
    second = tg.grad(tg.grad(lambda x: x * tg.stop_gradient(x**2)))
    assert second(3.0) == 0
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(tg.stop_gradient(x)) + 0 * x[0])(x), 0)


def test_stop_gradient_of_what_is_no_tensor() -> None:
    x = np.ones(2)
    assert tg.stop_gradient(x) is x
    assert tg.stop_gradient(1.5) == 1.5


# What an ndarray has


def test_what_a_tensor_has_not_says_what_to_write() -> None:
    x = recorded([0.5, 1.5])
    for name in set(dir(np.ndarray)) - set(dir(tg.Tensor)):
        assert name.startswith("_"), name
    for name, remedy in [
        ("tobytes", r"x\.numpy\(\)\.tobytes"), ("tofile", r"x\.numpy\(\)\.tofile"),
        ("byteswap", r"x\.numpy\(\)\.byteswap"), ("flags", r"x\.numpy\(\)\.flags"),
        ("view", r"x\.astype\(dtype\)"), ("resize", r"np\.resize\(x, shape\)"),
        ("strides", "sliding_window_view"),
    ]:  # fmt: skip
        assert not hasattr(x, name)
        with pytest.raises(AttributeError, match=f"a Tensor has no '{name}': .*{remedy}"):
            getattr(x, name)
        with pytest.raises(AttributeError, match=remedy):
            setattr(x, name, 1)
    with pytest.raises(AttributeError, match="no_such_name"):
        x.no_such_name  # noqa: B018 - the access is what is tested


def test_the_shape_and_dtype_are_not_set() -> None:
    x = recorded([0.5, 1.5])
    with pytest.raises(AttributeError, match=r"shape of a Tensor .* x = x\.reshape\(shape\)"):
        x.shape = (2, 1)
    with pytest.raises(AttributeError, match=r"dtype of a Tensor .* x\.astype\(dtype\)"):
        x.dtype = np.float32


def test_methods_that_take_and_put() -> None:
    a = np.arange(6.0).reshape(2, 3)
    x = recorded(a) * 1.0
    for call in (
        lambda x: x.take([0, 5]), lambda x: x.take([2], 1), lambda x: x.compress([True], 0),
        lambda x: x[0].compress([0, 1, 1]), lambda x: x.searchsorted(2.5) if x.ndim == 1 else 3,
        lambda x: list(x.flat)[4], lambda x: x.flat[1:3], lambda x: len(x.flat),
    ):  # fmt: skip
        np.testing.assert_array_equal(tg.stop_gradient(call(x)), call(a))
    index = tg.Tensor([1, 0, 1])
    np.testing.assert_array_equal(
        tg.stop_gradient(index.choose(x)), np.array([1, 0, 1]).choose(a)
    )
    assert index.searchsorted(0) == 0
    for y in (x, a):
        y.put([0, 5], [7.0, 8.0])
        y[1].fill(3)
        y.flat = y.flat[1:3] * 2
    np.testing.assert_array_equal(x.numpy(), a)


# Elements as numbers


@pytest.mark.parametrize(
    ("element", "place"),
    [
        (lambda x: x[1:, :1].item(), (1, 0)),
        (lambda x: x.item(3), (1, 1)),
        (lambda x: x.item(-1), (1, 1)),
        (lambda x: x.item(1, 0), (1, 0)),
        (lambda x: x.item((0, 1)), (0, 1)),
        (lambda x: x[0].item(1), (0, 1)),
        (lambda x: x.tolist()[1][0], (1, 0)),
    ],
)
def test_an_element_keeps_its_derivative_in_a_transform(element: Any, place: Any) -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = np.zeros((2, 2))
    expected[place] = 2 * x[place]
    np.testing.assert_array_equal(tg.grad(lambda x: element(x) ** 2)(x), expected)
    batch = tg.vmap(element)(np.stack([x, 2 * x]))
    np.testing.assert_array_equal(batch, [x[place], 2 * x[place]])
    assert element(recorded(x)) == element(x)
    assert type(element(recorded(x))) is float


@pytest.mark.parametrize(
    "element", [lambda x: x.item(), lambda x: x.item(7), lambda x: x.item(0, 0, 0)]
)
def test_an_element_that_is_not_there(element: Any) -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises((ValueError, IndexError)) as expected:
        element(x)
    with pytest.raises(expected.type, match=re.escape(str(expected.value))):
        tg.grad(element)(x)
