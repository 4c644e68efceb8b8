"""debugging.py: the first NaN or infinity is reported with its op and the line that called it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
import tinygrad_np.numpy as tnp
from tinygrad_np import nn

DERIVATIVES = {
    "grad": lambda fun, x: tg.grad(fun)(x),
    "vjp": lambda fun, x: tg.vjp(fun, x)[1](1.0),
    "jvp": lambda fun, x: tg.jvp(fun, (x,), (np.ones_like(x),)),
    "hessian": lambda fun, x: tg.hessian(fun)(x),
    "hvp": lambda fun, x: tg.hvp(fun, (x,), (np.ones_like(x),)),
    "grad of grad": lambda fun, x: tg.grad(lambda x: np.sum(tg.grad(fun)(x)))(x),
    "grad of checkpoint": lambda fun, x: tg.grad(tg.checkpoint(fun))(x),
    "jacobian": lambda fun, x: tg.jacobian(fun)(x),
    "backward": lambda fun, x: fun(tg.Tensor(x, requires_grad=True)).backward(),
}
every_derivative = pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES)


def distance(x: Any) -> Any:
    shifted = x - 1
    return np.sum(np.sqrt(shifted))  # the line that is called


def report(fun: Callable[..., Any], *args: Any) -> str:
    with np.errstate(all="ignore"), tg.debug(), pytest.raises(FloatingPointError) as caught:
        fun(*args)
    return str(caught.value)


@every_derivative
def test_a_result_that_is_nan(derivative: Any) -> None:
    message = report(derivative, distance, np.array([2.0, 0.5]))
    assert message.startswith("sqrt: the result is nan at [1]; called at ")
    assert re.search(
        r"test_debugging\.py:\d+ in distance: return np\.sum\(np\.sqrt\(shifted\)\)", message
    )


@every_derivative
def test_a_derivative_that_is_infinite(derivative: Any) -> None:
    message = report(derivative, distance, np.array([2.0, 1.0]))
    assert re.match(
        r"sqrt: the (cotangent of its argument 0|tangent of its result) is inf at \[.*1\]"
        r"(, where the result is 0\.0)?; called at .* in distance: ",
        message,
    )


def test_the_values_it_was_computed_from() -> None:
    message = report(tg.grad(lambda x: np.sum((x + 1) / x)), np.array([[1.0, 2.0], [0.0, 1.0]]))
    assert message.startswith(
        "divide: the result is inf at [1, 0], computed from 0.0; called"
    )


def test_scalars() -> None:
    assert report(tg.grad(np.log), 0.0).startswith("log: the result is -inf, computed from 0.0;")


def test_an_input_that_is_nan() -> None:
    message = report(tg.grad(np.sum), np.array([1.0, np.nan]))
    assert message.startswith("an input holds nan at [1]; it was given at ")
    assert "in report: fun(*args)" in message


def test_the_first_of_several_is_told() -> None:
    def fun(x: Any) -> Any:
        return np.sum(np.log(np.exp(x * 1000)) - np.exp(x * 1000))

    assert report(tg.grad(fun), np.array([0.0, 1.0])).startswith("exp: the result is inf at [1]")


def test_infinities_can_be_allowed() -> None:
    scores = np.array([0.3, 0.2, 0.9])

    def attention(scores: Any) -> Any:
        return nn.softmax(np.where(np.array([True, False, True]), scores, -np.inf))[0]

    with tg.debug(infinities=False):
        gradient = tg.grad(attention)(scores)
    np.testing.assert_array_equal(gradient, tg.grad(attention)(scores))
    assert "where: the result is -inf at [1]" in report(tg.grad(attention), scores)
    with tg.debug(infinities=False), pytest.raises(FloatingPointError, match=r"multiply: .* nan"):
        tg.grad(lambda x: x * np.nan)(2.0)


def test_finite_programs_are_left_alone() -> None:
    x = np.linspace(0.1, 1, 5)
    fun = lambda x: np.sum(np.sin(x) * np.cumsum(x)) / np.max(x)
    expected = [derivative(fun, x) for derivative in DERIVATIVES.values()]
    with tg.debug():
        found = [derivative(fun, x) for derivative in DERIVATIVES.values()]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_equal(one, other)


def test_integers_and_batches_and_assignments() -> None:
    def fun(x: Any) -> Any:
        y = tnp.zeros(3)
        y[1] = x[1] * 2
        return np.sum(y[np.array([2, 1, 0])])

    x = np.array([[1.0, 2.0, 3.0]])
    with tg.debug():
        np.testing.assert_array_equal(tg.vmap(tg.grad(fun))(x), [[0.0, 2.0, 0.0]])


@pytest.mark.parametrize("direction", ["vjp", "jvp"])
def test_errors_in_a_sweep_carry_the_forward_line(direction: str) -> None:
    @tg.custom_op
    def wrong(x: Any) -> Any:
        return x * 2

    getattr(wrong, f"def{direction}")(lambda t, out, x: t[5])

    def fun(x: Any) -> Any:
        return np.sum(wrong(x))

    derivative = DERIVATIVES["grad" if direction == "vjp" else "jvp"]
    with tg.debug(), pytest.raises(IndexError) as caught:
        derivative(fun, np.ones(2))
    (note,) = caught.value.__notes__
    assert re.fullmatch(
        r"in the derivative of wrong, called at .*:\d+ in fun: return np.sum\(wrong\(x\)\)", note
    )


def test_what_was_recorded_before() -> None:
    _, pullback = tg.vjp(np.sqrt, np.array([0.0, 1.0]))
    assert "called before tg.debug() was entered" in report(pullback, np.ones(2))


def test_the_context_ends() -> None:
    with pytest.raises(ZeroDivisionError), tg.debug():
        raise ZeroDivisionError
    with np.errstate(all="ignore"):
        assert np.isnan(tg.grad(np.sqrt)(-1.0))
        with tg.debug(), tg.debug(infinities=False):
            tg.grad(lambda x: np.exp(x * 1e4) * 0 if x < 0 else x)(1.0)
        assert np.isnan(tg.grad(np.sqrt)(-1.0))


def test_other_threads_are_not_watched() -> None:
    found: list[Any] = []

    def work() -> None:
        with np.errstate(all="ignore"):
            found.append(tg.grad(np.sqrt)(-1.0))

    with tg.debug():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert np.isnan(found[0])


def test_layers_are_called_from_user_code() -> None:
    layer = nn.Dense(2, 2, rng=np.random.default_rng(0), dtype=np.float64)

    def loss(layer: Any) -> Any:
        return np.sum(layer(np.array([[np.inf, 1.0]])))

    message = report(tg.grad(loss), layer)
    assert message.startswith("dense: the result is ")
    assert "in loss: return np.sum(layer(" in message
