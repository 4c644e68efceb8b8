"""The engine: what it keeps, what it frees, how deep it goes, and that threads do not meet."""

from __future__ import annotations

import gc
import threading
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np.ops import elementwise
from tinygrad_np.recording import Node, Recorded, record, record_several


def recorded(data: Any) -> tg.Tensor:
    return tg.Tensor(data, requires_grad=True)


@pytest.fixture
def no_cyclic_collector(nothing_old_to_collect: None) -> Iterator[None]:
    """What is freed in this test is freed by reference counts."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def nothing_old_to_collect() -> Iterator[None]:
    """Let the collector pass over what thousands of tests before have left: it takes seconds."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


# Calls of two arguments, which are recorded in fewer steps


class OtherTensor(tg.Tensor):
    __slots__ = ()


class OtherArray(np.ndarray[Any, Any]):
    pass


NUMBERS = np.array([4.0, 5.0, 6.0])
OTHERS: dict[str, Callable[[], Any]] = {
    "leaf": lambda: recorded(NUMBERS),
    "result": lambda: recorded(NUMBERS) * 1.0,
    "large leaf": lambda: recorded(np.ones((5000, 3))),
    "Tensor that is constant": lambda: tg.Tensor(NUMBERS),
    "Tensor of another class": lambda: OtherTensor(NUMBERS, requires_grad=True),
    "array": NUMBERS.copy,
    "large array": lambda: np.ones((50000, 3)),
    "array of another class": lambda: NUMBERS.view(OtherArray),
    "array of integers": lambda: np.array([4, 5, 6]),
    "list": NUMBERS.tolist,
    "float": lambda: 4.0,
    "NumPy's number": lambda: np.float32(4.0),
    "bool": lambda: True,
}


def is_same(a: Any, b: Any) -> bool:
    """Whether two results, or two values that a node saved, are the same."""
    if isinstance(a, Recorded) and isinstance(b, Recorded) and a.level == b.level:
        return type(a) is type(b) and is_same(a.value, b.value) and is_same(a.node, b.node)
    if isinstance(a, Node) and isinstance(b, Node) and a.op is b.op is not None:
        assert a.saved is not None
        assert b.saved is not None
        return (
            list(a.parents) == list(b.parents)
            and type(a.saved) is type(b.saved)
            and all(map(is_same, a.saved, b.saved))
            and (a.kind, a.shape, a.dtype) == (b.kind, b.shape, b.dtype)
        )
    if isinstance(a, np.ndarray):
        return type(a) is type(b) and np.array_equal(a, b)
    return a is b or (type(a) is type(b) and isinstance(a, (float, np.generic)) and a == b)


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "quotient"])
@pytest.mark.parametrize("other", OTHERS)
def test_a_call_of_two_arguments_is_recorded_like_one_of_many(name: str, other: str) -> None:
    op = getattr(elementwise, name)
    given = OTHERS[other]()
    pairs = 0

    def check(*tensors: Any) -> None:
        nonlocal pairs
        for x in tensors:
            for args in ((x, given), (given, x), *((x, y) for y in tensors)):
                assert is_same(record(op, args, {}), record_several(op, args, {}))
                pairs += 1

    def outer(x: Any) -> Any:
        def inner(y: Any) -> Any:
            check(x, y, x * y, tg.Tensor(NUMBERS), recorded(NUMBERS) * 1.0)
            with tg.no_grad():
                check(x, y, x * y)
            return np.sum(x * y)

        return np.sum(tg.grad(inner)(x * 1.0))

    tg.grad(outer)(np.array([1.0, 2.0, 3.0]))
    assert pairs == 5 * 7 + 3 * 5


@pytest.mark.parametrize("length", [2, 3000])
def test_a_call_of_two_arguments_keeps_copies_of_what_is_not_its_own(length: int) -> None:
    x, c = recorded(np.full(length, 2.0)), np.full(length, 3.0)
    w = recorded(np.full(length, 5.0))
    y = np.multiply(x, c) + np.multiply(c, x) + np.multiply(x, w) + np.multiply(x * 1.0, w)
    c[:] = 0
    w.data[:] = 0
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad, np.full(length, 16.0))


# Depth


def chain(length: int) -> Callable[[Any], Any]:
    def fun(x: Any) -> Any:
        for _ in range(length):
            x = x * 0.999999
        return x

    return fun


def test_a_chain_of_a_million_ops() -> None:
    length = 1_000_000
    value, slope = tg.value_and_grad(chain(length))(2.0)
    np.testing.assert_allclose(value, 2.0 * 0.999999**length)
    np.testing.assert_allclose(slope, 0.999999**length)
    moved = tg.jvp(chain(length // 4), (2.0,), (1.0,))[1]
    np.testing.assert_allclose(moved, 0.999999 ** (length // 4))


def test_a_long_chain_is_dropped_without_a_sweep() -> None:
    y = chain(300_000)(recorded(np.ones(2)))
    kept = weakref.ref(y)
    del y
    assert kept() is None


def test_a_long_chain_of_second_derivatives() -> None:
    second = tg.grad(tg.grad(lambda x: chain(20_000)(x) * x))(3.0)
    np.testing.assert_allclose(second, 2 * 0.999999**20_000)


def test_a_value_used_by_every_later_one_is_swept_once() -> None:
    x = recorded(1.5)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_many_uses_of_one_value() -> None:
    x = np.array([1.0, 2.0])
    gradient = tg.grad(lambda x: np.sum(sum(x * i for i in range(5000))))(x)
    np.testing.assert_array_equal(gradient, np.full(2, 5000 * 4999 / 2))
    gradient = tg.grad(lambda x: np.sum(np.stack([x[i % 2] for i in range(2000)])))(x)
    np.testing.assert_array_equal(gradient, [1000, 1000])


def test_memory_is_linear_in_the_length_of_a_chain() -> None:
    def peak(length: int) -> int:
        tracemalloc.start()
        tg.grad(chain(length))(1.0)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(20_000) < 2.5 * peak(10_000)


# What is kept


@pytest.mark.parametrize(
    ("function", "is_kept"),
    [
        (np.exp, False),
        (np.tanh, False),
        (np.sqrt, False),
        (np.sum, False),
        (np.mean, False),
        (lambda x: np.sum(x, axis=0, keepdims=True), False),
        (np.cumsum, False),
        (lambda x: np.repeat(x, 2), False),
        (lambda x: np.repeat(x, [1, 2, 0, 1, 3]), False),
        (np.transpose, False),
        (np.negative, False),
        (lambda x: x[1:], False),
        (lambda x: x[[0, 0, 1]], False),
        (lambda x: x.reshape(5, 1), False),
        (lambda x: np.broadcast_to(x, (2, 5)), False),
        (lambda x: np.concatenate([x, np.ones(2)]), False),
        (lambda x: np.stack([x, np.ones(5)]), False),
        (lambda x: np.where(np.arange(5) > 2, x, 0), False),
        (lambda x: x.astype(np.float32), False),
        (lambda x: np.tile(x, 3), False),
        (lambda x: x + 1.0, False),
        (lambda x: x - np.ones(5), False),
        (lambda x: x * 2.0, False),
        (lambda x: x / np.full(5, 2.0), False),
        (lambda x: x @ np.ones((5, 3)), False),
        (lambda x: x**1, True),
        (np.sin, True),
        (np.log, True),
        (np.square, True),
        (np.max, True),
        (lambda x: x * x, True),
        (lambda x: np.maximum(x, 0), True),
    ],
)
@pytest.mark.usefixtures("no_cyclic_collector")
def test_an_argument_is_kept_only_if_a_rule_reads_it(function: Any, is_kept: bool) -> None:
    argument = recorded(np.ones(5)) + 1.0
    kept = weakref.ref(argument.value)
    result = function(argument) * 1.0
    del argument
    assert (kept() is not None) == is_kept
    np.sum(result).backward()
    assert kept() is None


@pytest.mark.usefixtures("no_cyclic_collector")
def test_adding_a_bias_does_not_keep_the_product_alive() -> None:
    x, w, b = recorded(np.ones((3, 3))), recorded(np.ones((3, 3))), recorded(np.ones(3))
    product = x @ w
    kept = weakref.ref(product.value)
    result = product + b
    del product
    assert kept() is None
    np.sum(result).backward()
    np.testing.assert_array_equal(b.grad, [3, 3, 3])


@pytest.mark.usefixtures("no_cyclic_collector")
def test_constants_that_no_rule_reads_are_not_kept() -> None:
    constant = np.ones(5)
    kept = weakref.ref(constant)
    result = recorded(np.ones(5)) + constant
    del constant
    assert kept() is None
    assert result.requires_grad


@pytest.mark.usefixtures("no_cyclic_collector")
def test_nothing_is_kept_under_no_grad() -> None:
    x = recorded(np.ones(5))
    with tg.no_grad():
        middle = np.sin(x)
        kept = weakref.ref(middle.value)
        result = np.cos(middle)
    del middle
    assert kept() is None
    assert not result.requires_grad


# What is freed


@pytest.mark.usefixtures("no_cyclic_collector")
def test_a_graph_is_freed_with_its_result() -> None:
    middle = np.exp(recorded(np.ones(10)))
    kept = weakref.ref(middle.value)
    result = np.sum(middle * 2)
    del middle
    assert kept() is not None
    del result
    assert kept() is None


@pytest.mark.usefixtures("no_cyclic_collector")
def test_a_sweep_frees_what_it_has_passed() -> None:
    middle = np.exp(recorded(np.ones(10)))
    kept = weakref.ref(middle.value)
    result = np.sum(middle)
    del middle
    result.backward()
    assert kept() is None


@pytest.mark.usefixtures("no_cyclic_collector")
def test_a_pullback_keeps_its_recording_as_long_as_it_lives() -> None:
    kept: list[Any] = []

    def fun(x: Any) -> Any:
        y = np.exp(x)
        kept.append(weakref.ref(y.value))
        return np.sum(y)

    _, pullback = tg.vjp(fun, np.ones(4))
    pullback(1.0)
    assert kept[0]() is not None
    pullback(1.0)
    del pullback
    assert kept[0]() is None


TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "grad": lambda fun: tg.grad(fun)(np.ones(4)),
    "vjp": lambda fun: tg.vjp(fun, np.ones(4))[1](1.0),
    "jvp": lambda fun: tg.jvp(fun, (np.ones(4),), (np.ones(4),)),
    "jacobian": lambda fun: tg.jacobian(fun)(np.ones(4)),
    "hessian": lambda fun: tg.hessian(fun)(np.ones(4)),
    "hvp": lambda fun: tg.hvp(fun, (np.ones(4),), (np.ones(4),)),
    "backward": lambda fun: fun(recorded(np.ones(4))).backward(),
}


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.usefixtures("no_cyclic_collector")
def test_a_transform_leaves_nothing_and_makes_no_cycles(name: str) -> None:
    kept: list[Any] = []

    def fun(x: Any) -> Any:
        y = np.exp(x) * np.concatenate([x[:2], x[2:]])
        kept.append(weakref.ref(y.value))
        return np.sum(y * y / np.sum(y))

    # What is imported when it is first needed leaves garbage of its own, once.
    TRANSFORMS[name](fun)
    gc.collect()
    TRANSFORMS[name](fun)
    assert kept
    assert all(reference() is None for reference in kept)
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_cyclic_collector")
def test_an_error_leaves_nothing() -> None:
    kept: list[Any] = []

    def fun(x: Any) -> Any:
        y = np.exp(x)
        kept.append(weakref.ref(y.value))
        raise KeyError("on purpose")

    with pytest.raises(KeyError, match="on purpose") as caught:
        tg.grad(fun)(np.ones(4))
    caught.value.__traceback__ = None
    del caught
    assert kept[0]() is None


# State


@pytest.mark.parametrize("call", [
    lambda x, objects: x * objects, lambda x, objects: objects + x, lambda x, objects: x @ objects,
    lambda x, objects: np.concatenate([x, objects]), lambda x, objects: np.where(x > 0, x, objects),
    lambda x, objects: x.__iadd__(objects), lambda x, objects: np.convolve(x, objects),
])  # fmt: skip
def test_arrays_of_objects_are_refused(call: Any) -> None:
    data, remedy = [1.5, 2.5], r"dtype object.*astype\(float\).*np\.stack"
    for objects in (np.array([1, 2.0], object), np.array([3, 4], object)):
        with pytest.raises(tg.GradientError, match=rf"np\.\w+ was given .*{remedy}"):
            call(recorded(data), objects)
        with pytest.raises(tg.GradientError, match=remedy):
            tg.grad(lambda x, objects=objects: np.sum(call(x, objects)))(np.array(data))


def test_an_exception_leaves_the_state_clean() -> None:
    def fails(x: Any) -> Any:
        with tg.no_grad():
            raise KeyError("on purpose")

    for _ in range(2):
        with pytest.raises(KeyError):
            tg.grad(fails)(1.0)
    assert tg.grad(lambda x: x * x)(3.0) == 6.0
    assert (recorded(1.0) * 2).requires_grad


def test_a_sweep_that_fails_changes_no_gradient() -> None:
    x, y = recorded(np.ones(2)), recorded(np.ones(2))
    middle = np.exp(x)
    np.sum(middle).backward()
    before = x.grad.copy()
    with pytest.raises(tg.GradientError, match="already swept"):
        np.sum(middle * y).backward()
    np.testing.assert_array_equal(x.grad, before)
    assert y.grad is None


def test_the_sweep_does_not_warn_about_poles_that_do_not_count() -> None:
    gradient = tg.grad(lambda x: np.sum(x[1:] * np.sqrt(x[1:])))(np.array([0.0, 1.0, 4.0]))
    np.testing.assert_allclose(gradient, [0.0, 1.5, 3.0])


# Threads


def in_threads(*functions: Callable[[], Any]) -> list[Any]:
    """Run functions at once; return what they returned, or raise what one raised."""
    results: list[Any] = [None] * len(functions)

    def run(i: int) -> None:
        try:
            results[i] = functions[i]()
        except BaseException as error:
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def test_threads_that_record_at_once_do_not_meet() -> None:
    def work(seed: int) -> list[Any]:
        x = np.random.default_rng(seed).standard_normal(20)

        def fun(x: Any) -> Any:
            for _ in range(50):
                x = np.tanh(x * 1.1)
            return np.sum(x)

        return [tg.grad(fun)(x) for _ in range(20)] + [tg.hvp(fun, (x,), (x,))]

    expected = [work(seed) for seed in range(4)]
    found = in_threads(*[lambda seed=seed: work(seed) for seed in range(4)])
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_grad_in_one_thread_leaves_the_others_recording() -> None:
    inside, done = threading.Event(), threading.Event()
    x = recorded([1.0, 2.0])

    def pausing() -> bool:
        with tg.no_grad():
            inside.set()
            assert done.wait(10)
            return (x * 2).requires_grad

    def recording() -> bool:
        assert inside.wait(10)
        try:
            return (x * 2).requires_grad
        finally:
            done.set()

    assert in_threads(pausing, recording) == [False, True]
    assert (x * 2).requires_grad


# Broadcasting


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex128])
@pytest.mark.parametrize("shape", [(9000, 3), (60, 50, 2, 4), (9000, 1), (1, 9000), (2, 3)])
@pytest.mark.parametrize("axes", [1, 2])
def test_the_gradient_of_what_is_broadcast_is_a_sum(dtype: Any, shape: Any, axes: int) -> None:
    rng = np.random.default_rng(0)
    cotangent = rng.integers(-8, 8, shape).astype(dtype)  # so that sums are exact
    kept = cotangent.copy()
    small = np.ones(shape[axes:], dtype)
    for g in (cotangent, np.asfortranarray(cotangent), np.flip(cotangent, 0)):
        (found,) = tg.vjp(lambda small: small + np.zeros(shape, dtype), small)[1](g)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, g.sum(axis=tuple(range(axes)), dtype=dtype))
    np.testing.assert_array_equal(cotangent, kept)


def test_what_is_infinite_stays_so_in_a_sum() -> None:
    for dtype in (np.float32, np.float64, np.complex128):
        cotangent = np.ones((5000, 2), dtype)
        cotangent[3, 0] = np.inf
        pullback = tg.vjp(lambda small: small + np.zeros((5000, 2), dtype), np.ones(2, dtype))[1]
        np.testing.assert_array_equal(pullback(cotangent)[0], [np.inf, 5000])


def test_a_forward_sweep_lets_go_of_tangents() -> None:
    x = np.ones(100_000)

    def chain(x: Any) -> Any:
        for _ in range(50):
            x = x * 2.0
        return x

    _, pushed = tg.jvp(chain, (x,), (x,))  # whatever is made once
    tracemalloc.start()
    _, pushed = tg.jvp(chain, (x,), (x,))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(pushed, 2.0**50 * x)
    assert peak < 10 * x.nbytes
