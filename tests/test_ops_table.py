"""ops/table.py: what an op keeps, how calls are sorted into arrays and settings."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import ops
from tinygrad_np.ops import CONSTANT, TABLE, Op, table

MODULES = [
    module.name for module in pkgutil.iter_modules(ops.__path__) if module.name != "__main__"
]


@pytest.fixture(autouse=True)
def throwaway_ops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test register ops in a copy of the table."""
    monkeypatch.setattr(table, "TABLE", dict(table.TABLE))


@pytest.mark.parametrize("name", MODULES)
def test_every_module_of_tables_has_tests(name: str) -> None:
    assert Path(__file__).with_name(f"test_ops_{name}.py").is_file()


def test_no_function_is_both_recorded_and_constant() -> None:
    both = {function.__name__ for function in CONSTANT & set(TABLE)}
    assert not both


# What an op keeps


def kept(op: Any, *active: bool) -> str:
    """The names of what is kept: r for the residual, then a letter for each argument."""
    names = "rabc"
    return "".join(name for name, keep in zip(names, op.kept[active]) if keep)


def register(*rules: Any, jvps: Any = None) -> Op:
    forward = lambda *args: sum(args)
    if jvps is None:
        return table.elementwise(forward, *rules, name="throwaway")
    return table.differentiable(forward, rules, jvps, name="throwaway")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (lambda t, out, a, b: t, ""),
        (lambda t, out, a, b: t * out, "r"),
        (lambda t, out, a, b: t * a, "a"),
        (lambda t, out, a, b: t * b + a, "ab"),
        (lambda t, out, a, b: t.reshape(a.shape), ""),
        (lambda t, out, a, b: t.astype(a.dtype) * a.ndim * a.size, ""),
        (lambda t, out, a, b: t * b.shape[0], "b"),
        (lambda t, out, a, b: t * a.shape[0] * a, "a"),
        (lambda t, out, a, b: t * out.shape[0], "r"),
        (lambda t, out, a, b: t * a.T, "a"),
        (lambda t, out, a, b: sum([t * x for x in (a, 1)]), "a"),
        (lambda t, out, a, b: (lambda: t * a)(), "a"),
        (lambda t, out, a, b, axis=None: t * np.sum(a, axis=axis), "a"),
        (lambda *args: args[0], "rab"),
        (np.multiply, "rab"),
    ],
)
def test_what_a_rule_reads_is_what_is_kept(rule: Any, expected: str) -> None:
    # b is a constant: it has no node, so it is kept where only its shape is read.
    assert kept(register(rule, None), True, False) == expected


def test_what_either_rule_reads_is_kept() -> None:
    op = register(
        lambda t, out, a, b: t * b, lambda t, out, a, b: t,
        jvps=[lambda t, out, a, b: t * out, lambda t, out, a, b: t * a],
    )  # fmt: skip
    assert kept(op, True, False) == "rb"
    assert kept(op, False, True) == "a"
    assert kept(op, True, True) == "rab"


def test_a_linear_op_keeps_the_other_arguments_for_its_forward_rule() -> None:
    op = table.linear(lambda a, b: a * b, lambda g, out, a, b: g, lambda g, out, a, b: g)
    assert kept(op, True, False) == "b"
    assert kept(op, True, True) == "ab"


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (np.add, ("", "", "")), (np.subtract, ("", "", "")), (np.multiply, ("b", "a", "ab")),
        (np.divide, ("b", "rb", "rb")), (np.matmul, ("b", "a", "ab")),
        (np.maximum, ("ab", "ab", "ab")), (np.hypot, ("ra", "rb", "rab")),
    ],
)  # fmt: skip
def test_what_binary_functions_keep(function: Any, expected: tuple[str, ...]) -> None:
    op = TABLE[function]
    found = kept(op, True, False), kept(op, False, True), kept(op, True, True)
    assert found == expected


def test_no_derivative_by_an_argument() -> None:
    op = register(lambda t, out, a, b: t, None)
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(op(x, 2.0)))(x), [1, 1])
    with pytest.raises(
        tg.GradientError,
        match=r"throwaway has no derivative with respect to its argument 1.*stop_gradient",
    ):
        tg.grad(lambda x: np.sum(op(2.0, x)))(x)


# Rules and registration


def test_a_function_of_ones_own_is_an_op() -> None:
    cube = table.elementwise(lambda a: a**3, lambda t, out, a: 3 * t * a**2, name="cube")
    assert repr(cube) == "<op cube>"
    assert cube(2.0) == 8
    tg.testing.check_grads(cube, (np.array([0.5, -1.5]),), order=3)


def test_what_a_function_hands_on_is_given_to_its_rules() -> None:
    def forward(a: Any) -> Any:
        slope = np.cos(a)
        return np.sin(a), slope

    handed = table.differentiable(
        forward, [lambda t, slope, a: t * slope], [lambda t, slope, a: t * slope], hands_on=True
    )
    assert handed(0.0) == 0
    tg.testing.check_grads(handed, (np.array([0.5, -1.5]),), order=3)


def test_a_composition_is_differentiated_through_what_it_calls() -> None:
    def function(a: Any) -> Any:
        raise NotImplementedError

    table.composed(function)(lambda a: np.sin(a) * a)
    assert table.TABLE[function](0.0) == 0
    tg.testing.check_grads(table.TABLE[function], (np.array([0.5, -1.5]),))


# Calls in every form


def test_arguments_by_position_and_by_keyword() -> None:
    a = np.arange(6.0).reshape(2, 3)
    x = tg.Tensor(a, requires_grad=True)
    for found, expected in (
        (np.sum(x, 1), a.sum(1)), (np.sum(a=x, axis=1), a.sum(1)),
        (np.sum(x, 1, None, None, True), a.sum(1, keepdims=True)),
        (np.dot(a=x, b=a.T), a @ a.T), (np.dot(a, b=tg.stop_gradient(x).T), a @ a.T),
        (np.transpose(a=x), a.T), (np.swapaxes(x, axis1=0, axis2=1), a.T),
        (np.concatenate([x, a], 1), np.concatenate([a, a], 1)),
        (np.clip(x, a_min=1, a_max=2), a.clip(1, 2)),
        (np.clip(a=x, a_min=1, a_max=2), a.clip(1, 2)),
    ):  # fmt: skip
        np.testing.assert_array_equal(tg.stop_gradient(found), expected)


def test_a_setting_that_is_differentiated_is_refused() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"np\.roll has no derivative .* 'shift'"):
        np.roll(x, x[0])
