"""overwriting.py: arrays written into between a recording and its sweep are handled or refused."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg

SIZES = {"tiny": 3, "small": 5000, "large": 300_000}
every_size = pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.complex64])


def of(size: int, dtype: Any = np.float64) -> np.ndarray:
    return (np.random.default_rng(0).standard_normal(size) + 2).astype(dtype)


def right_or_refused(expected: Any, derivative: Callable[[], Any], size: int) -> None:
    """An array is copied, so the derivative is right; and a large one noticed."""
    if size < SIZES["large"]:
        np.testing.assert_allclose(derivative(), expected, rtol=1e-12)
    else:
        with pytest.raises(tg.GradientError, match=r"overwritten.*copy\(\)"):
            derivative()


def fill(buffer: np.ndarray, i: int) -> None:
    buffer[:] = i


def through_an_older_view(buffer: np.ndarray, i: int) -> None:
    buffer[::2][...] += 1


def one_element(buffer: np.ndarray, i: int) -> None:
    buffer[-1] = i + 7


def shuffled(buffer: np.ndarray, i: int) -> None:
    np.random.default_rng(i).shuffle(buffer)


def doubled(buffer: np.ndarray, i: int) -> None:
    buffer *= 2


@pytest.mark.usefixtures("plain_numpy")
@every_size
@pytest.mark.parametrize("write", [fill, through_an_older_view, one_element, shuffled, doubled])
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_constant_that_a_loop_writes_again(size: int, write: Any, mode: str) -> None:
    x = of(size)
    states = []

    def reuses(x: Any) -> Any:
        buffer = np.arange(1.0, size + 1)
        states.clear()
        total = 0.0
        for i in range(3):
            write(buffer, i)
            states.append(buffer.copy())
            total = total + np.sum(x * buffer)
        return total

    if mode == "reverse":
        derivative: Callable[[], Any] = lambda: tg.grad(reuses)(x)
    else:
        derivative = lambda: tg.jvp(reuses, (x,), (np.ones(size),))[1]
    reuses(x)
    expected = sum(states) if mode == "reverse" else sum(np.sum(state) for state in states)
    right_or_refused(expected, derivative, size)


@every_size
@dtypes
def test_a_leaf_that_is_stepped_before_its_pullback(size: int, dtype: Any) -> None:
    w = of(size, dtype)
    expected = 2 * w
    _, pullback = tg.vjp(lambda w: w * w, w)
    w *= 3
    right_or_refused(expected, lambda: pullback(np.ones_like(w))[0], size)


@every_size
@pytest.mark.parametrize(
    "view",
    [
        lambda w: w[1:],
        lambda w: w.reshape(1, -1),
        lambda w: w.reshape(-1, 1).T,
        lambda w: np.flip(w)[::2][1:],
        lambda w: np.broadcast_to(w, (2, w.size)),
        lambda w: np.real(w),
        lambda w: np.swapaxes(np.diagonal(w.reshape(1, 1, -1)), 0, 1),
    ],
)
def test_views_of_a_leaf(size: int, view: Any) -> None:
    w = of(size)
    fun = lambda w: np.sum(np.sin(view(w)) * view(w))
    expected = tg.grad(fun)(w)
    _, pullback = tg.vjp(fun, w)
    np.testing.assert_array_equal(pullback(1.0)[0], expected)
    w += 1
    right_or_refused(expected, lambda: pullback(1.0)[0], size)


@every_size
@pytest.mark.parametrize("step", [1, 2], ids=["in one piece", "with gaps"])
def test_a_leaf_that_its_function_overwrites_between_calls(size: int, step: int) -> None:
    w = of(size * step)[::step]
    seen = []

    def fun(x: Any) -> Any:
        total = 0.0
        for turn in range(3):
            seen.append(x.numpy())
            total = total + np.sum(x * x) * (turn + 1)
            w[:] = w + 1
        return total

    def derivative() -> Any:
        seen.clear()
        return tg.grad(fun)(w)

    if size < SIZES["large"]:
        gradient = derivative()
        expected = sum(2 * (turn + 1) * values for turn, values in enumerate(seen))
        np.testing.assert_allclose(gradient, expected, rtol=1e-12)
    else:
        with pytest.raises(tg.GradientError, match="overwritten"):
            derivative()


def test_a_leaf_that_is_used_often_is_copied_once() -> None:
    w = of(SIZES["small"])

    def uses(times: int) -> int:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        _, pullback = tg.vjp(lambda w: sum(np.dot(w, w) for _ in range(times)), w)
        held = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        w[:] = 0
        del pullback
        return held

    uses(1)
    assert uses(50) < uses(1) + w.nbytes


def test_nobody_writes_into_the_copy_that_a_leaf_holds() -> None:
    w = of(SIZES["small"])

    def fun(x: Any) -> Any:
        total = np.sum(x * x)
        for array in (x.data, x.data.base):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
        x[0] = 5.0
        return total + np.sum(x)

    np.testing.assert_allclose(tg.grad(fun)(w), 2 * w + (np.arange(w.size) > 0), rtol=1e-12)
    assert w.flags.writeable


@every_size
def test_a_tensor_of_the_users(size: int) -> None:
    array = of(size)
    w = tg.Tensor(array, requires_grad=True)
    loss = np.sum(w * w)
    array += 1

    def derivative() -> Any:
        loss.backward()
        return w.grad

    right_or_refused(2 * of(size), derivative, size)


@every_size
def test_a_parameter_stepped_under_no_grad(size: int) -> None:
    w = tg.Tensor(of(size), requires_grad=True)
    loss = np.sum(w * w)
    with tg.no_grad():
        w -= 0.1 * w

    def derivative() -> Any:
        loss.backward()
        return w.grad

    right_or_refused(2 * of(size), derivative, size)


@every_size
def test_results_handed_out_are_the_callers(size: int) -> None:
    x = of(size)
    expected = np.exp(x)
    out, pullback = tg.vjp(lambda x: (np.exp(x), x, x[1:]), x)
    for value in out:
        value[...] = 0
    (gradient,) = pullback((np.ones(size), np.zeros(size), np.zeros(size - 1)))
    np.testing.assert_array_equal(gradient, expected)
    np.testing.assert_array_equal(x, of(size))


@every_size
@pytest.mark.parametrize(
    "hand_out",
    [tg.stop_gradient, lambda t: t.numpy(), lambda t: t.detach(), lambda t: t.detach().numpy()],
)
def test_values_taken_out_of_a_recording_are_copies(size: int, hand_out: Any) -> None:
    def fun(x: Any) -> Any:
        y = np.exp(x)
        z = np.sum(np.sin(y))
        hand_out(y)[...] = 0
        return z

    x = of(size) / 4
    np.testing.assert_allclose(tg.grad(fun)(x), np.cos(np.exp(x)) * np.exp(x), rtol=1e-14)


def test_aux_may_be_written_into() -> None:
    x = of(3)
    _, aux = tg.grad(lambda x: (np.sum(x), (x, x[:2], np.broadcast_to(x, (2, 3)))), has_aux=True)(x)
    for value in aux:
        value[...] = 0
    np.testing.assert_array_equal(x, of(3))


def test_aux_that_is_no_result_is_passed_on() -> None:
    array = of(3)
    assert tg.grad(lambda x: (np.sum(x), array), has_aux=True)(of(3))[1] is array


@every_size
def test_an_index_that_is_reused(size: int) -> None:
    x = of(size)

    def fun(x: Any) -> Any:
        index = np.zeros(size, np.intp)
        total = 0.0
        for i in range(3):
            index[:] = i
            total = total + np.sum(x[index]) * (i + 1) + np.sum(x[(index[:2],)])
        return total

    expected = np.zeros(size)
    expected[:3] = size * np.arange(1, 4) + 2
    np.testing.assert_array_equal(tg.grad(fun)(x), expected)


@every_size
def test_a_mask_that_is_reused(size: int) -> None:
    x = of(size)
    mask = np.zeros((size, 8), bool)

    def fun(x: Any) -> Any:
        mask[:] = True
        kept = np.sum(np.where(mask, x[:, np.newaxis], 0))
        mask[:] = False
        return kept

    right_or_refused(np.full(size, 8.0), lambda: tg.grad(fun)(x), size)


@every_size
def test_higher_orders(size: int) -> None:
    x = of(size)
    buffer = np.ones(size)

    def fun(x: Any) -> Any:
        buffer[:] = 2
        y = np.sum(x**3 * buffer)
        buffer[:] = 5
        return y

    def second(x: Any) -> Any:
        return np.sum(tg.grad(fun)(x))

    right_or_refused(12 * x, lambda: tg.grad(second)(x), size)


def test_what_no_rule_reads_may_be_overwritten() -> None:
    x = of(300_000)

    def fun(x: Any) -> Any:
        buffer = np.ones(300_000)
        y = x + buffer
        buffer[:] = 2
        return np.sum(y - buffer)

    np.testing.assert_array_equal(tg.grad(fun)(x), np.ones(300_000))


def test_arrays_that_change_in_every_word_the_same_way() -> None:
    # Sums of words would not see it if their differences added up to a multiple of 2⁶⁴.
    for size in (2**16, 2**17, 256 * 509, 4 * 64 * 509):
        for old, new in [(0.0, 2.0), (0.0, -0.0), (1.0, 2.0), (1.0, -1.0), (0.0, np.nan)]:
            buffer = np.full(size, old)
            _, pullback = tg.vjp(lambda x, b=buffer: x * b, np.ones(size))
            pullback(np.ones(size))
            buffer[:] = new
            with pytest.raises(tg.GradientError, match="overwritten"):
                pullback(np.ones(size))


@pytest.mark.parametrize("order", ["C", "F", "strided", "reversed"])
def test_memory_layouts(order: str) -> None:
    buffer = np.arange(4e6).reshape(2000, 2000)
    views = {"C": buffer, "F": buffer.T, "strided": buffer[::2, ::3], "reversed": buffer[::-1]}
    part = views[order]
    _, pullback = tg.vjp(lambda x: x * part, np.ones(part.shape))
    np.testing.assert_array_equal(pullback(np.ones(part.shape))[0], part)
    part[1, 1] += 1e-9
    with pytest.raises(tg.GradientError, match="multiply"):
        pullback(np.ones(part.shape))


def test_a_constant_is_copied_once_while_it_does_not_change() -> None:
    constant = of(5000)

    def uses(times: int) -> int:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        _, pullback = tg.vjp(lambda x: sum(np.dot(constant, x) for _ in range(times)), of(5000))
        held = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        del pullback
        return held

    uses(1)
    assert uses(50) < uses(1) + 2 * constant.nbytes


@pytest.mark.parametrize("size", [SIZES["small"], SIZES["large"]])
def test_a_constant_that_changes_and_changes_back(size: int) -> None:
    x, buffer = of(size), np.zeros(size)

    def fun(x: Any) -> Any:
        total = 0.0
        for turn in range(4):
            buffer[:] = turn % 2
            total = total + np.dot(buffer, x) * (turn + 1)
        buffer[:] = 0
        return total

    right_or_refused(np.full(size, 6.0), lambda: tg.grad(fun)(x), size)


@every_size
def test_copies_keep_the_order_in_memory(size: int) -> None:
    matrix = of(2 * size).reshape(2, size)
    for array in (matrix, matrix.T):
        orders = []

        def fun(x: Any, array: Any = array, orders: list[Any] = orders) -> Any:
            orders.append([tg.stop_gradient(y).flags.c_contiguous for y in (x, x.T, 1 * x)])
            return np.sum(x * array) + np.sum(x.T)

        tg.grad(fun)(array)
        fun(array)
        assert orders[0][:2] == orders[1][:2]


def test_the_data_of_a_parameter_are_its_array() -> None:
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    array = w.data
    w.data -= 0.5
    assert w.data is array
    np.testing.assert_array_equal(w.numpy(), [0.5, 1.5])
    w.data = np.array([3.0, 4.0])
    np.sum(w * w).backward()
    np.testing.assert_array_equal(w.grad, [6.0, 8.0])
    with pytest.raises(ValueError, match=r"data has shape \(3,\) .* its Tensor \(2,\)"):
        w.data = np.zeros(3)


def test_the_data_of_other_tensors_cannot_be_written() -> None:
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    product = w * w
    with tg.no_grad():
        transposed = product.T
    for other in (product, transposed, tg.Tensor([1.0]), product.detach()):
        with pytest.raises(ValueError, match="read-only"):
            other.data[0] = 7
        with pytest.raises(tg.GradientError, match="requires_grad=True has data that can be set"):
            other.data = np.zeros(2)
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(transposed)[0] = 7

    def fun(x: Any) -> Any:
        with pytest.raises(ValueError, match="read-only"):
            x.data[0] = 7
        return np.sum(x)

    tg.grad(fun)(np.ones(300_000))


def test_threads_share_constants() -> None:
    constant, x = of(SIZES["small"]), of(SIZES["small"])
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(200):
                gradient = tg.grad(lambda x: np.dot(constant, x) + np.dot(constant, x))(x)
                np.testing.assert_array_equal(gradient, 2 * constant)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
