"""Programs of several functions, classes and files: each is differentiated as it stands.

People who knew nothing of this package wrote them: as scripts, homework and small research codes
(`user_projects/programs`), as modules that have been around for years (`modules`), and as a mixture
of both (`mixture`). A folder is a program or a few; ``PROGRAMS`` in its ``main.py`` are what is
called, where it is smooth.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg

FOLDER = Path(__file__).parent / "user_projects"

# What nothing reaches: ndarray.dot, np.matrix, and a module that the function itself imports, at
# its first call.
REFUSED = {
    "modules/control_lqr-0": r"a plain ndarray",
    "modules/control_lqr-1": r"a plain ndarray",
    "programs/beam_fem-1": r"y = y \+ x",
    "programs/truss-1": r"a\.dot\(x\).*np\.dot\(a, x\)",
}

# These compute nothing in float32 themselves.
FLOAT64 = {
    "modules/nbody-0": "has intermediate results above the largest float32",
    "programs/orbit_elements-0": "iterates until a difference is below 1e-12",
    "programs/simple_formulas-1": "has intermediate results below the smallest float32",
}


def is_differentiable(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"


class Project:
    """A program, as a function of those of its inputs that are floats."""

    def __init__(self, fun: Callable[..., Any], inputs: Any) -> None:
        self.fun, self.inputs = fun, inputs
        self.places = [i for i, value in enumerate(inputs) if is_differentiable(value)]

    def given(self, dtype: Any = np.float64) -> list[Any]:
        return [np.array(self.inputs[i], dtype)[()] for i in self.places]

    def total(self, *floats: Any) -> Any:
        """The sum of all results with random weights."""
        args = list(self.inputs)
        for i, value in zip(self.places, floats):
            args[i] = value
        rng = np.random.default_rng(0)
        result = 0.0
        for out in tg.tree.leaves(self.fun(*args)):
            weights = rng.uniform(0.5, 1.5, np.shape(out)).astype(np.result_type(out))
            result = result + np.sum(out * weights)
        return result

    def tangents(self) -> list[Any]:
        """A change of each input, in proportion to it."""
        rng = np.random.default_rng(1)
        changes = []
        for x in self.given():
            scale = np.maximum(np.abs(x), 0.01 * np.max(np.abs(x)))
            changes.append((rng.uniform(0.5, 1.5, x.shape) * scale)[()])
        return changes

    def slope(self, step: float) -> Any:
        """The slope along the tangents, by central differences of fourth order."""

        def moved(shift: float) -> Any:
            return self.total(*[x + shift * t for x, t in zip(self.given(), self.tangents())])

        difference = moved(-2 * step) - 8 * moved(-step) + 8 * moved(step) - moved(2 * step)
        return difference / (12 * step)

    def check(self, dtype: Any, rtol: float) -> None:
        """Check value, gradient and forward mode."""
        inputs, tangents = self.given(dtype), [t.astype(dtype) for t in self.tangents()]
        value, gradients = tg.value_and_grad(self.total, range(len(inputs)))(*inputs)
        expected = self.total(*self.given())
        np.testing.assert_allclose(value, expected, rtol=5 * rtol)
        parts = [np.sum(np.float64(g) * t) for g, t in zip(gradients, tangents)]
        size = max(float(np.sum(np.abs(parts))), 1e-4 * abs(float(expected)))
        # The best step is another one for each program.
        error = min(abs(np.sum(parts) - self.slope(step)) for step in (1e-3, 1e-4, 1e-5, 1e-6))
        assert error < 10 * rtol * size
        for gradient, x in zip(gradients, inputs):
            assert gradient.dtype == dtype
            assert gradient.shape == x.shape
        _, slope = tg.jvp(self.total, tuple(inputs), tuple(tangents))
        np.testing.assert_allclose(slope, np.sum(parts), rtol=0, atol=10 * rtol * size)


def imported(folder: Path) -> Any:
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("main")
    finally:
        sys.path.remove(str(folder))


def forget(folder: Path) -> None:
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


def all_names() -> Iterator[str]:
    for folder in sorted(path.parent for path in FOLDER.glob("*/*/main.py")):
        count = len(imported(folder).PROGRAMS)
        forget(folder)
        yield from (f"{folder.relative_to(FOLDER).as_posix()}-{i}" for i in range(count))


NAMES = list(all_names())


@pytest.fixture
def project(request: Any) -> Iterator[Project]:
    name, _, place = request.param.rpartition("-")
    state = np.random.get_state()  # noqa: NPY002 - some programs seed the global generator
    yield Project(*imported(FOLDER / name).PROGRAMS[int(place)])
    forget(FOLDER / name)
    np.random.set_state(state)  # noqa: NPY002 - as above


def each(names: list[str]) -> Any:
    return pytest.mark.parametrize("project", names, indirect=True)


@each([name for name in NAMES if name not in REFUSED])
def test_as_it_stands(project: Project) -> None:
    project.check(np.float64, 1e-7)


@each([name for name in NAMES if name not in REFUSED and name not in FLOAT64])
def test_in_float32(project: Project) -> None:
    project.check(np.float32, 1e-3)


@pytest.mark.usefixtures("plain_numpy")
@each(NAMES)
def test_through_plain_numpy_right_or_refused(project: Project) -> None:
    try:
        project.check(np.float64, 1e-7)
    except TypeError as error:
        # Some ask isinstance(x, float) themselves, of what is a Tensor there.
        refusal = "gradient would be lost|would lose its gradient|unsupported operand type"
        assert re.search(refusal, str(error))  # noqa: PT017 - or none


@each(sorted(REFUSED))
def test_refused_with_the_remedy(project: Project, request: Any) -> None:
    name = request.node.callspec.id
    with pytest.raises(tg.GradientError, match=REFUSED[name]):
        tg.grad(project.total, range(len(project.places)))(*project.given())


def test_the_lists_name_programs() -> None:
    assert len(NAMES) == 470
    assert {*REFUSED, *FLOAT64} <= {*NAMES}
