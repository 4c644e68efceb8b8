"""Rules of one's own, and functions that are recomputed."""

from __future__ import annotations

import math
import operator
import tracemalloc
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg

RNG = np.random.default_rng(0)
W = RNG.standard_normal((3, 3))
X = RNG.standard_normal((2, 3))


def elementwise_sine(x, y, scale=1.0):
    """Use what NumPy's protocols cannot see."""
    return np.array([scale * math.sin(v) for v in np.ravel(x)]).reshape(np.shape(x)) * y


def with_reverse_rules():
    return tg.custom_op(elementwise_sine).defvjp(
        lambda g, out, x, y, scale=1.0: g * np.cos(x) * scale * y,
        lambda g, out, x, y, scale=1.0: g * np.sin(x) * scale,
    )


def with_forward_rules():
    return tg.custom_op(elementwise_sine).defjvp(
        lambda t, out, x, y, scale=1.0: t * np.cos(x) * scale * y,
        lambda t, out, x, y, scale=1.0: np.sin(x) * scale * t,
    )


@pytest.mark.parametrize("make", [with_reverse_rules, with_forward_rules])
def test_rules_of_one_direction_serve_both_at_every_order(make):
    op = make()
    x, y = RNG.standard_normal(3), np.array(2.0)
    tg.testing.check_grads(lambda x, y: op(x, y, scale=2.0) ** 2, (x, y), order=2)
    assert op.__name__ == "elementwise_sine"
    np.testing.assert_array_equal(op(x, y), elementwise_sine(x, y))


def test_a_wrong_rule_is_caught_by_check_grads():
    op = tg.custom_op(np.exp).defvjp(lambda g, out, x: -g * out)
    with pytest.raises(AssertionError):
        tg.testing.check_grads(op, (X,))


def test_an_argument_without_a_rule_is_named():
    op = tg.custom_op(elementwise_sine).defvjp(lambda g, out, x, y: g * np.cos(x) * y)
    tg.grad(lambda x: op(x, 2.0).sum())(X)
    with pytest.raises(tg.GradientError, match=r"elementwise_sine.*argument 1"):
        tg.grad(lambda y: op(X, y).sum())(2.0)
    with pytest.raises(tg.GradientError, match="scale"):
        tg.grad(lambda s: op(X, 2.0, scale=s).sum())(2.0)
    with pytest.raises(TypeError, match="2 rules"):
        tg.custom_op(np.exp).defvjp(lambda g, out, x: g, lambda g, out, x: g)(X)


def block(w, x):
    return np.tanh(np.tanh(x @ w) @ w)


@pytest.mark.parametrize(
    "transform",
    [
        tg.grad,
        tg.hessian,
        lambda f: lambda w: tg.jvp(f, (w,), (np.ones_like(w),)),
        lambda f: lambda w: tg.hvp(f, (w,), (np.ones_like(w),)),
        lambda f: lambda w: tg.vmap(tg.grad(f))(np.stack([w, 2 * w])),
        lambda f: tg.grad(lambda w: np.sum(tg.grad(f)(w) ** 2)),
    ],
)
def test_checkpoint_changes_no_derivative(transform):
    def loss(function):
        return lambda w: np.sum(np.sin(function(w, X) * w[0]))

    nested = tg.checkpoint(lambda w, x: tg.checkpoint(block)(w, x))
    expected = transform(loss(block))(W)
    for function in (tg.checkpoint(block), nested):
        found = transform(loss(function))(W)
        for a, b in zip(tg.tree.leaves(expected), tg.tree.leaves(found), strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-13)


def test_the_gradient_is_exactly_the_same():
    a = tg.grad(lambda w: np.sum(block(w, X)))(W)
    b = tg.grad(lambda w: np.sum(tg.checkpoint(block)(w, X)))(W)
    np.testing.assert_array_equal(a, b)


def test_checkpoint_takes_and_returns_trees():
    split = tg.checkpoint(lambda p: {"a": p["w"] * 2, "b": p["w"].sum()})

    def loss(w):
        out = split({"w": w, "unused": None})
        return np.sum(out["a"] * out["b"])

    tg.testing.check_grads(loss, (W,), order=2)
    assert split({"w": W})["b"] == W.sum()


def test_checkpoint_lowers_the_peak():
    def deep(x):
        for _ in range(50):
            x = np.sin(x)
        return x

    def peak(function):
        def loss(x):
            for _ in range(8):
                x = function(x)
            return x.sum()

        x = np.linspace(0.0, 1.0, 10_000)
        tracemalloc.start()
        tg.grad(loss)(x)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(tg.checkpoint(deep)) < peak(deep) / 4


def test_a_value_that_is_no_argument_is_refused():
    def loss(w):
        return tg.checkpoint(lambda x: x @ w)(w[0]).sum()

    with pytest.raises(tg.GradientError, match="Pass it as an argument"):
        tg.grad(loss)(W)


@pytest.mark.parametrize(
    "derivative",
    [
        tg.grad,
        tg.hessian,
        lambda fun: lambda x: tg.jvp(fun, (x,), (x,)),
        lambda fun: lambda x: tg.vmap(tg.grad(fun))(np.stack([x, x])),
    ],
)
def test_a_checkpoint_that_gives_another_result_is_refused(derivative: Any) -> None:
    rng = np.random.default_rng(0)
    noisy = tg.checkpoint(lambda x: np.sum(x * rng.standard_normal(3)) ** 2)
    with pytest.raises(tg.GradientError, match=r"gave another result.*Generator"):
        derivative(noisy)(np.ones(3))


def test_a_checkpoint_notices_an_overwritten_array() -> None:
    buffer = np.ones(3)

    def loss(x: Any) -> Any:
        total = 0.0
        for i in range(2):
            buffer[:] = i
            total = total + tg.checkpoint(lambda x: np.sum(np.sin(x) * buffer))(x)
        return total

    with pytest.raises(tg.GradientError, match="checkpoint of <lambda>: computed again"):
        tg.grad(loss)(np.ones(3))


def handed_on_in_a_list(x: Any) -> Any:
    means = []

    def block(x: Any) -> Any:
        means.append(np.mean(x))
        return np.sin(x)

    return np.sum(tg.checkpoint(block)(x)) + means[0]


def written_into_a_tensor(x: Any) -> Any:
    outside = np.zeros_like(x)

    def block(x: Any) -> Any:
        outside[0] = x[1] * x[2]
        return np.sin(x)

    return np.sum(tg.checkpoint(block)(x)) + np.sum(outside)


def written_into_a_plain_array(x: Any) -> Any:
    outside = np.zeros(3)

    def block(x: Any) -> Any:
        outside[0] = x[1] * x[2]
        return np.sin(x)

    return np.sum(tg.checkpoint(block)(x)) + np.sum(outside)


@pytest.mark.parametrize(
    "fun", [handed_on_in_a_list, written_into_a_tensor, written_into_a_plain_array]
)
def test_what_a_checkpoint_hands_on_beside_its_result_is_refused(fun: Any) -> None:
    x = np.array([1.0, 2.0, 3.0])
    recorded = tg.Tensor(x, requires_grad=True)
    for differentiate in (
        lambda: tg.grad(fun)(x),
        lambda: tg.jvp(fun, (x,), (x,)),
        lambda: fun(recorded).backward(),
    ):
        with pytest.raises(tg.GradientError):
            differentiate()
    assert recorded.grad is None


def test_a_checkpoint_may_fill_arrays_of_its_own() -> None:
    def block(x: Any) -> Any:
        out = np.zeros_like(x)
        out[1] = x[0] * x[2]
        out += x
        return np.sin(out)

    x = np.array([1.0, 2.0, 3.0])
    tg.testing.check_grads(tg.checkpoint(block), (x,), order=2)


def test_a_checkpoint_may_give_nan() -> None:
    block = tg.checkpoint(lambda x: np.where(x > 0, x, np.nan))
    assert np.isnan(block(-1.0))
    assert tg.grad(lambda x: np.nansum(block(x)))(np.array([1.0, -1.0])).tolist() == [1.0, 0.0]


def test_arguments_are_not_to_be_written():
    def overwrite(x):
        x[0] = 7.0
        return x * 2

    scale = tg.custom_op(overwrite).defvjp(lambda g, out, x: 2 * g)
    for fun in (scale, tg.checkpoint(overwrite)):
        for differentiate in (tg.grad, lambda f: tg.hessian(f)):
            with pytest.raises(ValueError, match="read-only"):
                differentiate(lambda x: np.sum(fun(x * 1.0)))(np.ones(3))


def add_in_place(x):
    x += 1.0


WRITES = {
    "x[0] = 7": lambda x: operator.setitem(x, 0, 7.0),
    "x += 1": add_in_place,
    "x[1:][0] = 7": lambda x: operator.setitem(x[1:], 0, 7.0),
    "x.fill(7)": lambda x: x.fill(7.0),
    "x.sort()": lambda x: x.sort(),
    "np.add(out=x)": lambda x: np.add(x, 1.0, out=x),
    "np.put(x)": lambda x: np.put(x, [0], 7.0),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("over", [1.0, np.ones(3)], ids=["the argument", "a part of a batch"])
def test_writing_into_an_argument_of_a_checkpoint_says_what_to_write(write, over):
    def overwrite(x):
        write(x)
        return np.sum(x**2)

    def on_copy(x):
        return overwrite(x.copy())

    def differentiated(fun, x):
        gradient = tg.grad(tg.checkpoint(fun))
        return gradient(x) if x.ndim == 1 else tg.vmap(gradient)(x)

    x = np.multiply.outer(over, np.array([3.0, 1.0, 2.0]))
    with pytest.raises(ValueError, match=r"argument of a function given to tg.checkpoint.*x.copy"):
        differentiated(overwrite, x)
    expected = tg.grad(on_copy)(np.array([3.0, 1.0, 2.0]))
    assert np.array_equal(differentiated(on_copy, x), np.broadcast_to(expected, x.shape))


def test_a_checkpoint_keeps_the_dtype_of_each_result():
    def fun(x, y):
        return x * y, np.argmax(y), x**2, y > 0.5

    x, y = np.array([1.0, 2.0], np.float32), np.array([0.1, 0.9, 0.2])[:2]
    dtypes = []

    def recorded(x, y):
        results = tg.checkpoint(fun)(x, y)
        dtypes.extend(np.result_type(result) for result in results)
        return np.sum(results[0]) + np.sum(results[2])

    gradients = tg.grad(recorded, argnums=(0, 1))(x, y)
    assert dtypes == [np.result_type(result) for result in fun(x, y)]
    assert [gradient.dtype for gradient in gradients] == [np.float32, np.float64]
    np.testing.assert_allclose(gradients[0], y + 2 * x, rtol=1e-6)
