"""testing.check_grads: it passes what is right, and catches every way of being wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import recording, transforms
from tinygrad_np.ops import table
from tinygrad_np.testing import check_grads

BOTH = ("forward", "reverse")
POINT = np.array([0.5, -1.5, 2.0])
OTHER = np.array([1.5, 0.25, -0.5])


@pytest.fixture(autouse=True)
def throwaway_ops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test register ops in a copy of the table."""
    monkeypatch.setattr(table, "TABLE", dict(table.TABLE))


def elementwise(forward: Callable[..., Any], *rules: Any) -> Any:
    """Register a function of this test's own with the given rules."""
    return table.elementwise(forward, *rules, name="throwaway")


def differentiable(forward: Callable[..., Any], vjp: Any, jvp: Any) -> Any:
    return table.differentiable(forward, [vjp], [jvp], name="throwaway")


def failure(fun: Callable[..., Any], *args: Any, **options: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        check_grads(fun, args, **options)
    return str(caught.value)


# What is right passes


class Pair(NamedTuple):
    first: Any
    second: Any


SMOOTH: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "one array": (np.sin, (POINT,)),
    "two arrays": (np.multiply, (POINT, OTHER)),
    "broadcast": (np.multiply, (POINT, np.ones((2, 1)))),
    "a Python float": (lambda x: x**3, (2.0,)),
    "a NumPy scalar": (lambda x: x**3, (np.float32(2.0),)),
    "a 0-d array": (lambda x: x**3, (np.array(2.0),)),
    "an empty array": (np.sin, (np.zeros((0, 3)),)),
    "float32": (np.sin, (POINT.astype(np.float32),)),
    "float16": (np.sin, (POINT.astype(np.float16),)),
    "long double": (np.sin, (POINT.astype(np.longdouble),)),
    "complex": (lambda z: z * np.exp(z) * np.conjugate(z), (POINT + 1j * OTHER,)),
    "real to complex": (lambda x: np.exp(x * 1j), (POINT,)),
    "complex to real": (lambda z: np.abs(z) + z.imag, (POINT + 1j * OTHER,)),
    "mixed dtypes": (lambda x, y: x * y, (POINT, OTHER.astype(np.float32))),
    "float32 inside": (lambda x: np.sin(x.astype(np.float32)), (POINT,)),
    "a large value": (lambda x: 1e9 + x**2, (POINT,)),
    "constant": (lambda x: 2.0, (POINT,)),
    "an unused argument": (lambda x, y: np.sin(x), (POINT, OTHER)),
    "integers beside": (lambda x: (x**2, np.arange(3), [None]), (POINT,)),
    "not contiguous": (np.sin, (np.linspace(1, 2, 12).reshape(3, 4)[::-1, ::2].T,)),
    "read-only": (np.sin, (np.broadcast_to(1.5, (2, 3)),)),
    "trees": (
        lambda p, q: {"a": p.first * q["w"][0], "b": (np.sum(p.second), q["none"])},
        (Pair(POINT, OTHER), {"w": [POINT], "none": None}),
    ),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_passes_what_is_right(name: str) -> None:
    fun, args = SMOOTH[name]
    check_grads(fun, args)
    check_grads(fun, list(args), order=1, modes=["reverse"])


def test_checks_the_orders_and_modes_that_are_asked_for() -> None:
    calls: list[str] = []

    def count(mode: str) -> Callable[..., Any]:
        def rule(t: Any, out: Any, a: Any) -> Any:
            calls.append(mode)
            return t * np.cos(a)

        return rule

    sine = differentiable(np.sin, count("reverse"), count("forward"))
    check_grads(sine, (POINT,), order=1, modes=["forward"])
    assert set(calls) == {"forward"}
    calls.clear()
    check_grads(sine, (POINT,), order=1, modes=["reverse"])
    assert set(calls) == {"reverse"}
    first_order = len(calls)
    check_grads(sine, (POINT,), order=3, modes=["reverse"])
    assert len(calls) > 3 * first_order


def test_tangents_are_drawn_from_the_generator_given() -> None:
    seen: list[Any] = []
    spied = elementwise(lambda a: a + 0, lambda t, out, a: seen.append(t) or t)
    drawn = []
    for seed in (0, 0, 1):
        seen.clear()
        check_grads(spied, (POINT,), order=1, rng=np.random.default_rng(seed))
        drawn.append(seen[0])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert np.all(drawn[0] != drawn[2])
    assert np.all(drawn[0] != 1)


# What is wrong is caught: values

right = lambda t, out, a: t * np.cos(a)
WRONG_SLOPES: dict[str, Any] = {
    "sign": lambda t, out, a: -t * np.cos(a),
    "factor": lambda t, out, a: 1.001 * t * np.cos(a),
    "zero": lambda t, out, a: 0 * t,
    "forgets t": lambda t, out, a: np.cos(a) + 0 * t,
    "NaN": lambda t, out, a: t * np.nan,
    "one element": lambda t, out, a: t * np.cos(a) + 0.1 * t * (np.arange(3) == 1),
    "mixes elements": lambda t, out, a: (t * np.cos(a))[::-1],
}


@pytest.mark.parametrize("wrong", WRONG_SLOPES)
@pytest.mark.parametrize("mode", BOTH)
def test_a_wrong_rule_is_caught_in_its_mode(wrong: str, mode: str) -> None:
    rules = {"forward": right, "reverse": right, mode: WRONG_SLOPES[wrong]}
    sine = differentiable(lambda a: np.sin(a), rules["reverse"], rules["forward"])
    (other,) = set(BOTH) - {mode}
    check_grads(sine, (POINT,), order=1, modes=[other])
    for options in ({}, {"order": 1}, {"modes": [mode]}):
        message = failure(sine, POINT, **options)
        assert message.startswith(f"check_grads: order 1, {mode}, argument 0")
        assert "kink" not in message


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64])
def test_a_wrong_rule_is_caught_in_single_precision(dtype: type) -> None:
    sine = elementwise(lambda a: np.sin(a), lambda t, out, a: t * np.cos(a) * 1.2)
    assert "derivative" in failure(sine, POINT.astype(dtype))


def test_the_message_names_the_argument_the_leaf_the_index_and_both_numbers() -> None:
    def wrong_at_one_place(t: Any, out: Any, a: Any) -> Any:
        return t * np.where(np.arange(6).reshape(2, 3) == 5, 3.0, 2.0)

    twice = elementwise(lambda a: 2.0 * a, wrong_at_one_place)

    def fun(x: Any, params: Any) -> Any:
        return np.sum(x) + twice(params["w"][1])

    for mode in BOTH:
        message = failure(fun, 1.0, {"b": POINT, "w": [OTHER, np.ones((2, 3))]}, modes=[mode])
        assert f"order 1, {mode}, argument 1, leaf 'w.1'" in message
        assert "index (1, 2)" in message
        numbers = message.partition("finite differences ")[2]
        difference, derivative = map(float, numbers.split(", derivative "))
        assert derivative / difference == pytest.approx(1.5)


def test_the_message_names_the_output() -> None:
    wrong = elementwise(lambda a: np.sin(a), lambda t, out, a: t)
    assert "argument 0, output 1," in failure(lambda x: (x, wrong(x)), POINT)


@pytest.mark.parametrize("outer", BOTH)
@pytest.mark.parametrize("mode", BOTH)
def test_a_wrong_second_derivative_is_caught(outer: str, mode: str) -> None:
    # The first derivatives are right, but the slope is hidden from the recording.
    hidden = lambda t, out, a: t * np.cos(tg.stop_gradient(a))
    rules = {"forward": right, "reverse": right, outer: hidden}
    sine = differentiable(lambda a: np.sin(a), rules["reverse"], rules["forward"])
    check_grads(sine, (POINT,), order=1)
    message = failure(sine, POINT, modes=[outer] if outer == mode else ["reverse", "forward"])
    assert message.startswith("check_grads: order 2, ")
    assert f" over {outer}, argument 0" in message


def test_a_wrong_third_derivative_is_caught_by_order_3() -> None:
    cosine = elementwise(lambda a: np.cos(a), lambda t, out, a: -t * np.sin(tg.stop_gradient(a)))
    sine = elementwise(lambda a: np.sin(a), lambda t, out, a: t * cosine(a))
    check_grads(sine, (POINT,), order=2)
    assert "order 3, forward over forward over forward" in failure(sine, POINT, order=3)


def test_modes_that_agree_with_differences_must_agree_with_each_other_more_closely() -> None:
    rounded = lambda t, out, a: t * np.cos(a) * (1 + 3e-7)
    sine = differentiable(lambda a: np.sin(a), right, rounded)
    check_grads(sine, (POINT,), order=1, modes=["forward"])
    assert "forward and reverse" in failure(sine, POINT, order=1)


def test_a_wrong_rule_for_one_of_two_arguments_is_caught() -> None:
    quotient = elementwise(
        lambda a, b: a / b, lambda t, out, a, b: t / b, lambda t, out, a, b: t * out / b
    )
    assert "argument 1" in failure(quotient, POINT, OTHER)


def test_a_recorded_value_that_differs_from_the_plain_one_is_caught() -> None:
    def fun(x: Any) -> Any:
        return x * 2 if isinstance(x, tg.Tensor) else x * 3

    assert "value of output 0: recorded" in failure(fun, POINT)


def test_a_function_that_differs_from_call_to_call_is_caught() -> None:
    rng = np.random.default_rng(0)
    assert "check_grads" in failure(lambda x: x * rng.random(3), POINT)


# What is wrong is caught: shapes, dtypes, memory. The engine mends or refuses most of these by
# itself, so it is broken first.


def test_a_missing_sum_over_broadcast_axes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "unbroadcast", lambda cotangent, shape: cotangent)
    message = failure(np.add, POINT, np.ones((2, 3)), modes=["reverse"])
    assert "argument 0" in message
    assert "shape (2, 3), expected float64 of shape (3,)" in message


def test_a_float64_gradient_of_float32_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "cast", lambda value, dtype: value)
    double = lambda t, out, a: np.asarray(t, np.float64) * 2
    twice = elementwise(lambda a: a * 2, double)
    for mode in BOTH:
        message = failure(twice, POINT.astype(np.float32), order=1, modes=[mode])
        assert "dtype float64 of shape (3,), expected float32" in message


@pytest.mark.parametrize("fun", [np.positive, lambda x: x, lambda x: x.reshape(3, 1)])
def test_a_gradient_that_shares_memory_with_the_cotangent_is_caught(
    fun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transforms, "own", lambda gradient, *rest: gradient)
    assert "memory" in failure(fun, POINT, modes=["reverse"])
    assert "memory" in failure(fun, POINT, modes=["forward"])


def test_two_gradients_that_share_memory_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transforms, "own", lambda gradient, *rest: gradient)
    message = failure(lambda x, y: np.exp(x + y), POINT, OTHER, modes=["reverse"])
    assert "gradient of argument 0: shares memory with gradient of argument 1" in message


def test_a_gradient_that_shares_memory_with_the_input_is_caught() -> None:
    class Ones:
        standard_normal = staticmethod(np.ones)

    half_square = elementwise(lambda a: 0.5 * np.sum(a * a), lambda t, out, a: a)
    message = failure(half_square, POINT, order=1, modes=["reverse"], rng=Ones())
    assert "memory" in message


def test_a_pullback_that_changes_from_call_to_call_is_caught() -> None:
    calls = iter(range(1000))
    sine = differentiable(
        lambda a: np.sin(a), lambda t, out, a: t * np.cos(a) * (1 + 1e-12 * next(calls)), right
    )
    assert "called twice" in failure(sine, POINT, order=1)


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("victim", ["t", "a"])
def test_a_rule_that_modifies_what_it_is_given_is_caught(mode: str, victim: str) -> None:
    def greedy(t: Any, out: Any, a: Any) -> Any:
        result = t * np.cos(a)
        array = {"t": t, "a": a}[victim]
        if isinstance(array, np.ndarray):
            array *= 1 + 1e-15
        return result

    rules = {"forward": right, "reverse": right, mode: greedy}
    sine = differentiable(lambda a: np.sin(a), rules["reverse"], rules["forward"])
    if victim == "a":
        # What a recording holds of an argument cannot be written at all.
        with pytest.raises(ValueError, match="read-only"):
            check_grads(sine, (POINT.copy(),), order=1, modes=[mode])
    else:
        message = failure(sine, POINT.copy(), order=1, modes=[mode])
        assert "was modified" in message or "called twice" in message


def test_a_function_that_modifies_its_input_is_caught() -> None:
    def fun(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            x[0] += 1e-9
        return np.sin(x)

    failure(fun, POINT.copy())


# Where the function is not smooth


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize(
    ("fun", "point"),
    [
        (lambda x: np.clip(x, 0, 1), 1.0),
        (np.abs, 1e-5),
        (lambda x: np.where(x > 1, 5.0, x), 1.0),
        (lambda x: np.where(x > 1, 5.0, x), 1.0 - 1e-5),
        (np.sqrt, 1e-5),
        (np.log, 1e-5),
    ],
)
def test_near_a_kink_a_jump_or_a_pole_the_message_says_so(
    fun: Any, point: float, mode: str
) -> None:
    assert "kink" in failure(fun, np.array([2.5, point]), modes=[mode])


@pytest.mark.parametrize("fun", [lambda x: np.exp(8 * x), lambda x: 1e4 * np.sin(10 * x)])
def test_a_strongly_curved_function_is_smooth(fun: Any) -> None:
    check_grads(fun, (POINT,))
    twisted = elementwise(lambda a: fun(a), lambda t, out, a: 1.01 * tg.jvp(fun, (a,), (t,))[1])
    assert "kink" not in failure(lambda x: twisted(x), POINT, order=1)


# Tolerances


def test_tolerances_can_be_set() -> None:
    nearly = elementwise(lambda a: np.sin(a), lambda t, out, a: 1.01 * t * np.cos(a))
    failure(nearly, POINT, order=1)
    check_grads(nearly, (POINT,), order=1, rtol=0.1)
    check_grads(nearly, (POINT,), order=1, atol=0.1)
    hardly = elementwise(lambda a: np.sin(a), lambda t, out, a: (1 + 1e-8) * t * np.cos(a))
    check_grads(hardly, (POINT,), order=1)
    failure(hardly, POINT, order=1, rtol=0, atol=0)


@hypothesis.given(seed=st.integers(0, 2**32 - 1), factor=st.floats(1e-4, 1e4))
def test_catches_a_wrong_factor_in_whatever_direction(seed: int, factor: float) -> None:
    hypothesis.assume(abs(factor - 1) > 1e-3)
    wrong = elementwise(lambda a: np.sin(a), lambda t, out, a: factor * t * np.cos(a))
    failure(wrong, POINT, rng=np.random.default_rng(seed))


# Bad input


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        (POINT, {}, "args is a tuple"),
        ((np.arange(3),), {}, "argument 0 is of dtype int64.*Close over it"),
        (({"labels": True},), {}, "argument 0, leaf 'labels' is of dtype bool"),
        (("text",), {}, "argument 0 is of type str"),
        ((), {}, "hold no arrays"),
        ((None, []), {}, "hold no arrays"),
        ((POINT,), {"order": 0}, "order=0"),
        ((POINT,), {"modes": ()}, r"modes=\(\)"),
        ((POINT,), {"modes": "forwards"}, "modes='forwards'"),
        ((POINT,), {"modes": ["backward"]}, "'forward' and 'reverse'"),
    ],
)
def test_bad_input(args: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        check_grads(lambda *args: args, args, **options)


def test_a_function_that_returns_nothing_to_differentiate() -> None:
    with pytest.raises(TypeError, match="no floating-point number"):
        check_grads(np.argmax, (POINT,))
