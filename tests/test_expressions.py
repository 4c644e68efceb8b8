"""Programs as people write them: right as they stand, or refused with a remedy, and so on."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any

import expressions
import numpy as np
import pytest
from expressions import Program

import tinygrad_np as tg
from tinygrad_np import recording


def through_the_drop_in() -> list[Program]:
    """The same programs, with one line exchanged."""
    path = Path(expressions.__file__)
    source = path.read_text(encoding="utf-8")
    changed = source.replace("\nimport numpy as np\n", "\nimport tinygrad_np.numpy as np\n")
    assert changed != source
    module = types.ModuleType("expressions_through_the_drop_in")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, module.__name__, module)
        exec(compile(changed, str(path), "exec"), vars(module))
    return module.PROGRAMS


PLAIN = expressions.PROGRAMS
DROP_IN = through_the_drop_in()


def each(programs: list[Any]) -> Any:
    return pytest.mark.parametrize("program", programs, ids=[p.name for p in programs])


def weighted(program: Program) -> Any:
    """The program followed by the sum of its results with random weights."""

    def total(*inputs: Any) -> Any:
        rng = np.random.default_rng(0)
        result = 0.0
        for out in tg.tree.leaves(program.fun(*inputs)):
            real = np.real(out)
            weights = rng.uniform(0.5, 1.5, np.shape(real)).astype(np.result_type(real))
            result = result + np.sum(real * weights)
        return result

    return total


def copies(inputs: Any) -> list[Any]:
    return [np.array(value) for value in inputs]


def finite_differences(total: Any, inputs: Any) -> list[Any]:
    """The gradient, by central differences of fourth order."""
    step = 1e-4
    gradients = []
    for k, value in enumerate(inputs):
        gradient = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            moved = []
            for shift in (-2, -1, 1, 2):
                near = copies(inputs)
                near[k][index] += shift * step
                moved.append(total(*near))
            gradient[index] = (moved[0] - 8 * moved[1] + 8 * moved[2] - moved[3]) / (12 * step)
        gradients.append(gradient)
    return gradients


REFERENCES: dict[str, list[Any]] = {}


def reference(program: Program) -> list[Any]:
    """Finite differences of the plain program, computed once."""
    if program.name not in REFERENCES:
        plain = next(p for p in PLAIN if p.name == program.name)
        REFERENCES[program.name] = finite_differences(weighted(plain), plain.inputs)
    return REFERENCES[program.name]


def check(program: Program) -> None:
    total = weighted(program)
    argnums = tuple(range(len(program.inputs)))
    inputs = copies(program.inputs)
    value, gradients = tg.value_and_grad(total, argnums)(*inputs)
    plain = weighted(next(p for p in PLAIN if p.name == program.name))(*copies(inputs))
    np.testing.assert_allclose(value, plain, rtol=1e-10)
    for gradient, expected in zip(gradients, reference(program), strict=True):
        assert type(gradient) in (np.ndarray, np.float64)
        assert gradient.dtype == np.float64
        scale = np.max(np.abs(expected), initial=1.0)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-7 * scale)
    rng = np.random.default_rng(1)
    tangents = [rng.standard_normal(np.shape(x)) for x in inputs]
    _, slope = tg.jvp(total, tuple(inputs), tuple(tangents))
    forward = sum(np.sum(g * t) for g, t in zip(gradients, tangents, strict=True))
    np.testing.assert_allclose(slope, forward, rtol=1e-8, atol=1e-8)


def check_refused(program: Program, remedy: str) -> None:
    argnums = tuple(range(len(program.inputs)))
    with pytest.raises((tg.GradientError, TypeError, ValueError)) as caught:
        tg.grad(weighted(program), argnums)(*copies(program.inputs))
    assert re.search(remedy, str(caught.value)), f"not in the message: {remedy}"


@each(PLAIN)
def test_as_it_stands(program: Program) -> None:
    if program.unchanged is not None:
        check_refused(program, program.unchanged)
    else:
        check(program)


@pytest.mark.usefixtures("plain_numpy")
@each(PLAIN)
def test_through_plain_numpy(program: Program) -> None:
    if program.plain is not None:
        check_refused(program, program.plain)
    else:
        check(program)


@pytest.mark.usefixtures("plain_numpy")
@each(DROP_IN)
def test_through_the_drop_in(program: Program) -> None:
    if program.dropin is not None:
        check_refused(program, program.dropin)
    else:
        check(program)


@each([program for program in PLAIN if program.unchanged is None])
def test_in_float32(program: Program) -> None:
    total = weighted(program)
    argnums = tuple(range(len(program.inputs)))
    inputs = [x.astype(np.float32) for x in program.inputs]
    gradients = tg.grad(total, argnums)(*inputs)
    for gradient, expected in zip(gradients, reference(program), strict=True):
        assert gradient.dtype == np.float32
        scale = np.max(np.abs(expected), initial=1.0)
        np.testing.assert_allclose(gradient, expected, rtol=1e-2, atol=1e-2 * scale)
    plain = next(p for p in PLAIN if p.name == program.name)
    out = tg.tree.leaves(plain.fun(*[np.array(x) for x in inputs]))
    if all(np.result_type(value) in (np.float32, np.complex64) for value in out):
        assert_no_float64(total, inputs)


def assert_no_float64(total: Any, inputs: list[Any]) -> None:
    """Assert it of the program and of its gradient, both recorded by a gradient around them."""
    tensors = [tg.Tensor(x, requires_grad=True) for x in inputs]
    gradients = tg.grad(total, tuple(range(len(inputs))))(*tensors)
    nodes = recording.reachable([g.node for g in gradients if getattr(g, "node", None)])
    wide = [str(node.op) for node in nodes if node.dtype in (np.float64, np.complex128)]
    assert not wide, f"computed in float64: {wide}"
