"""Whole programs that nobody wrote: recorded value = NumPy, reverse = forward = differences.

A program is a list of instructions, drawn one by one among those that fit the shapes of what has
been computed so far. The `ci` profile draws a few hundred, `nightly` ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np

import tinygrad_np as tg
from tinygrad_np.testing import check_grads

MANY = 300 if hypothesis.settings.default.max_examples <= 50 else 10_000
MOST_ELEMENTS = 60


@dataclass(frozen=True)
class Instruction:
    """``source`` computes a value from ``operands``, which are numbers of earlier values."""

    source: str
    operands: tuple[int, ...]
    run: Callable[..., Any]

    def __repr__(self) -> str:
        return f"{self.source}({', '.join(f'v{number}' for number in self.operands)})"


@dataclass(frozen=True)
class Program:
    """Values, of which the first are arguments, and the instructions that compute the others."""

    shapes: list[tuple[int, ...]]
    instructions: list[Instruction]

    def __call__(self, *args: Any) -> Any:
        values = list(args)
        for instruction in self.instructions:
            operands = [values[number] for number in instruction.operands]
            values.append(instruction.run(*operands))
        # The last alone would leave most of what was computed unused.
        total = 0.0
        for number, value in enumerate(values):
            total = total + np.sum(np.sin(value + number))
        return total, values[-1]

    def __repr__(self) -> str:
        lines = [f"v{i} = array of shape {shape}" for i, shape in enumerate(self.shapes)]
        lines += [
            f"v{number} = {instruction}"
            for number, instruction in enumerate(self.instructions, len(self.shapes))
        ]
        return "\n".join(lines)


# What a program is made of. Values stay of moderate size, however often an instruction is applied.

UNARY: dict[str, Callable[[Any], Any]] = {
    "np.sin": np.sin,
    "np.tanh": np.tanh,
    "np.arctan": np.arctan,
    "exp(-x²)": lambda x: np.exp(-x * x),
    "log(1 + x²)": lambda x: np.log1p(x**2),
    "sqrt(1 + x²)": lambda x: np.sqrt(1 + np.square(x)),
    "1 / (1 + x²)": lambda x: 1 / (1 + x * x),
    "abs": abs,
    "-x": lambda x: -x,
    "relu": lambda x: np.maximum(x, 0),
    "where x > 0.1": lambda x: np.where(x > 0.1, x, 0.3 * x),
    "clip": lambda x: np.clip(x, -0.7, 0.8),
    "ravel": np.ravel,
    "x.T": lambda x: x.T,
    "flip": np.flip,
    "expand": lambda x: x[..., np.newaxis],
    "sum": np.sum,
    "mean": lambda x: x.mean(),
    "std + 1": lambda x: np.sqrt(1 + np.var(x)),
    "logsumexp": lambda x: np.log(np.sum(np.exp(np.tanh(x)))),
}
WITH_AXES: dict[str, Callable[[Any], Any]] = {
    "sum of the last axis": lambda x: x.sum(axis=-1),
    "mean of axis 0": lambda x: np.mean(x, axis=0, keepdims=True),
    "max of the last axis": lambda x: np.max(x, axis=-1),
    "sort": lambda x: np.sort(x, axis=-1),
    "cumsum": lambda x: np.cumsum(x, axis=0) / x.shape[0],
    "x[0]": lambda x: x[0],
    "x[..., ::-1]": lambda x: x[..., ::-1],
    "x[1:]": lambda x: x[1:] if len(x) > 1 else x,
    "x[[0, -1, 0]]": lambda x: x[[0, -1, 0]],
    "x[x > 0]": lambda x: np.concatenate([x[x > 0], x.ravel()[:1]]),
    "roll": lambda x: np.roll(x, 1, axis=0),
    "argmax": lambda x: x[np.argmax(x) % len(x)],
    "softmax": lambda x: np.exp(x - x.max()) / np.sum(np.exp(x - x.max())),
    "diff": lambda x: np.diff(x, axis=0, prepend=0.5),
    "pad": lambda x: np.pad(x, [(1, 0)] + [(0, 0)] * (x.ndim - 1), mode="edge"),
    "tril": lambda x: np.tril(x) if x.ndim == 2 else x,
    "einsum": lambda x: np.einsum("i...,i...->...", x, x) / len(x),
    "a filled array": lambda x: filled(x),
    "a loop in place": lambda x: scanned(x),
    "assigned by a mask": lambda x: masked(x),
    "a view that is written": lambda x: written_through_a_view(x),
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": np.add,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: np.tanh(a) * np.tanh(b),
    "divide": lambda a, b: a / (1.5 + np.cos(b)),
    "maximum": np.maximum,
    "hypot": lambda a, b: np.hypot(a, b + 3),
    "where": lambda a, b: np.where(a < b, a, 2 * b),
    "logaddexp": np.logaddexp,
    "power": lambda a, b: (1.2 + np.sin(a)) ** np.tanh(b),
    "outer": lambda a, b: np.tanh(np.multiply.outer(a.ravel()[:4], b.ravel()[:4])),
    "concatenate": lambda a, b: np.concatenate([np.ravel(a), np.ravel(b)]),
    "dot": lambda a, b: np.dot(np.tanh(a).ravel()[:3], np.resize(np.tanh(b), 3)[: a.size]),
    "matmul": lambda a, b: np.tanh(a.reshape(-1, 1)) @ np.tanh(b.reshape(1, -1)),
    "interp": lambda a, b: np.interp(np.tanh(a), [-1.0, 0.1, 1.0], np.resize(b, 3)),
    "added in place": lambda a, b: added_in_place(a, b),
}


def filled(x: Any) -> Any:
    y = np.zeros_like(x, shape=(len(x) + 1, *x.shape[1:]))
    for i in range(len(x)):
        y[i] = x[i] * (i + 1)
    y[-1] = y[0] - y[1]
    return y


def scanned(x: Any) -> Any:
    y = x.copy()
    for i in range(1, len(y)):
        y[i] += 0.5 * np.sin(y[i - 1])
    return y


def masked(x: Any) -> Any:
    y = 1.0 * x
    y[x < 0.2] = 0.1
    y[0] *= 2
    return y


def written_through_a_view(x: Any) -> Any:
    y = x.copy()
    last = y[-1:]
    last += y[0]
    y[0] = last[0] * y[0]
    return y + 0 * np.sum(last)


def added_in_place(a: Any, b: Any) -> Any:
    y = a + np.zeros(np.broadcast_shapes(np.shape(a), np.shape(b)))
    y += b
    y *= np.tanh(a)
    return y


def broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        return bool(np.prod(np.broadcast_shapes(a, b)) <= MOST_ELEMENTS)
    except ValueError:
        return False


@st.composite
def programs(draw: Any) -> tuple[Program, list[np.ndarray]]:
    """Draw a program and its arguments, running it as it grows to know the shapes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = st.sampled_from([(), (3,), (1,), (2, 3), (3, 1), (2, 2, 2)])
    args = [rng.uniform(-1.5, 1.5, draw(shape)) for _ in range(draw(st.integers(1, 3)))]
    values: list[Any] = list(args)
    instructions: list[Instruction] = []
    for _ in range(draw(st.integers(1, 12))):
        # What was computed last is used more often: programs get deep, not only broad.
        numbers = st.sampled_from([*range(len(values)), *[len(values) - 1] * 3])
        first = draw(numbers)
        choices = [("unary", name) for name in UNARY]
        if np.ndim(values[first]):
            choices += [("axes", name) for name in WITH_AXES]
        choices += [("binary", name) for name in BINARY] * 2
        kind, name = draw(st.sampled_from(choices))
        if kind == "binary":
            second = draw(numbers)
            if not broadcasts(np.shape(values[first]), np.shape(values[second])):
                second = first
            instruction = Instruction(name, (first, second), BINARY[name])
        else:
            instruction = Instruction(name, (first,), (UNARY | WITH_AXES)[name])
        value = instruction.run(*[values[number] for number in instruction.operands])
        if np.size(value) > MOST_ELEMENTS or not np.all(np.abs(value) < 100):
            continue
        values.append(value)
        instructions.append(instruction)
    return Program([arg.shape for arg in args], instructions), args


@hypothesis.settings(max_examples=MANY)
@hypothesis.given(programs())
def test_random_programs(drawn: tuple[Program, list[np.ndarray]]) -> None:
    program, args = drawn
    expected = program(*args)
    recorded = program(*[tg.Tensor(arg, requires_grad=True) for arg in args])
    for one, other in zip(recorded, expected, strict=True):
        np.testing.assert_array_equal(tg.stop_gradient(one), other)
    try:
        check_grads(program, args, order=1, rtol=1e-5, atol=1e-5)
    except AssertionError as error:
        # A kink or a jump happens to be within reach of the differences.
        if "there is a kink" not in str(error):
            raise
        hypothesis.reject()


@hypothesis.settings(max_examples=MANY // 3)
@hypothesis.given(programs())
def test_random_programs_at_second_order(drawn: tuple[Program, list[np.ndarray]]) -> None:
    """The Hessian times a vector, by each of the three ways to nest two sweeps."""
    program, args = drawn
    rng = np.random.default_rng(0)
    tangents = tuple(rng.standard_normal(arg.shape) for arg in args)
    loss = lambda *args: program(*args)[0]
    gradient = tg.grad(loss, range(len(args)))
    forward = tg.jvp(lambda *args: gradient(*args), tuple(args), tangents)[1]
    _, pullback = tg.vjp(lambda *args: gradient(*args), *args)
    slope = tg.grad(lambda *args: tg.jvp(loss, args, tangents)[1], range(len(args)))(*args)
    for one, other, third in zip(forward, pullback(tangents), slope, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(one, third, rtol=1e-9, atol=1e-9)
