"""What `python -m tinygrad_np.ops` writes: every NumPy function, and what was seen to hold of it.

Each cell of the tables is the outcome of a test that was run to write it, with inputs that
hypothesis draws the same each time.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
from batch_checks import check_batches
from op_cases import Case, derivatives_of, outputs, recorded_nodes, seeds

import tinygrad_np as tg
from tinygrad_np.ops import CONSTANT, TABLE, Op
from tinygrad_np.ops.refused import REFUSED
from tinygrad_np.testing import check_grads

NAMESPACES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
HOLDS, FAILS, REFUSES, DOES_NOT_APPLY = "✓", "✗", "refused", ""
EXAMPLES = 3


class NotApplicable(Exception):
    """NumPy itself does not do this, so there is nothing to test."""


# The tests: each draws inputs for a case and raises if something is wrong.


@contextmanager
def rejecting_kinks() -> Iterator[None]:
    """Draw again where a kink happens to be within reach of the differences."""
    try:
        yield
    except AssertionError as error:
        if "there is a kink" in str(error):
            hypothesis.reject()
        raise


def check(case: Case, data: st.DataObject, dtype: type, order: int, *modes: str) -> None:
    call = case.draw(data, dtype)
    rng = np.random.default_rng(data.draw(seeds))
    with rejecting_kinks():
        check_grads(case.bind(call.settings), call.arrays, order=order, modes=modes, rng=rng)


def check_reverse(case: Case, data: st.DataObject) -> None:
    check(case, data, np.float64, 1, "reverse")


def check_forward(case: Case, data: st.DataObject) -> None:
    check(case, data, np.float64, 1, "forward")


def check_second_order(case: Case, data: st.DataObject) -> None:
    check(case, data, np.float64, 2, "reverse", "forward")


def check_float32(case: Case, data: st.DataObject) -> None:
    call = case.draw(data, np.float32)
    fun = case.bind(call.settings)
    out = outputs(fun(*call.arrays))
    tangents = [np.ones_like(array) for array in call.arrays]
    cotangents = [np.ones_like(value) for value in out]
    derivatives = derivatives_of(fun, call.arrays, cotangents, tangents)
    expected = [value.dtype for value in (*call.arrays, *out)]
    assert [derivative.dtype for derivative in derivatives] == expected
    if all(value.dtype in (np.float32, np.complex64) for value in out):
        nodes = recorded_nodes(fun, call.arrays, cotangents, tangents)
        assert not [node for node in nodes if node.dtype in (np.float64, np.complex128)]


def check_complex(case: Case, data: st.DataObject) -> None:
    if isinstance(case.function, Op) and not case.complex:
        raise NotApplicable
    call = case.draw(data, np.complex128)
    try:
        case.bind(call.settings)(*call.arrays)
    except (TypeError, ValueError) as error:
        raise NotApplicable from error
    with rejecting_kinks():
        check_grads(case.bind(call.settings), call.arrays, order=1)


def check_broadcasting(case: Case, data: st.DataObject) -> None:
    call = case.draw(data, np.float64)
    shapes = [array.shape for array in call.arrays]
    hypothesis.assume(len(set(shapes)) > 1)
    try:
        stretched = np.broadcast_shapes(*shapes)
    except ValueError:
        hypothesis.reject()
    out = outputs(case.bind(call.settings)(*call.arrays))
    hypothesis.assume([value.shape for value in out] == [stretched])
    check_grads(case.bind(call.settings), call.arrays, order=1)


CHECKS: dict[str, Callable[[Case, st.DataObject], None]] = {
    "reverse": check_reverse,
    "forward": check_forward,
    "second order": check_second_order,
    "float32": check_float32,
    "complex": check_complex,
    "broadcasting": check_broadcasting,
    "batching": check_batches,
}


def outcome(check: Callable[[Case, st.DataObject], None], case: Case) -> str:
    """Run one test of one function."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(st.data())
    def test(data: st.DataObject) -> None:
        check(case, data)

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test()
    except (NotApplicable, hypothesis.errors.Unsatisfiable):
        return DOES_NOT_APPLY
    except tg.GradientError as error:
        print(f"{case.name}, {check.__name__}: refused: {error}", file=sys.stderr)
        return REFUSES
    except Exception as error:
        print(f"{case.name}, {check.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
        return FAILS
    return HOLDS


def outcomes(case: Case) -> Iterator[str]:
    """Run all tests of a function: what holds at second order holds at first, both ways."""
    second = outcome(check_second_order, case)
    for check in CHECKS.values():
        if check is check_second_order:
            yield second
        elif check in (check_reverse, check_forward) and second == HOLDS:
            yield HOLDS
        else:
            yield outcome(check, case)


# The document


def all_cases() -> dict[Any, Case]:
    """The cases of every test file of a table."""
    found: dict[Any, Case] = {}
    for path in sorted(Path(__file__).parent.glob("test_ops_*.py")):
        found |= getattr(importlib.import_module(path.stem), "CASES", {})
    return found


def names_of(namespace: ModuleType) -> dict[Any, list[str]]:
    """The functions of a namespace, with all the names that each has there."""
    names: dict[Any, list[str]] = {}
    for name in sorted(set(namespace.__all__)):
        value = getattr(namespace, name, None)
        if callable(value) and not isinstance(value, type):
            names.setdefault(value, []).append(name)
    return names


def table(title: str, rows: list[tuple[str, Case]]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield f"| | {' | '.join(CHECKS)} |"
    yield "| --- |" + " :-: |" * len(CHECKS)
    for names, case in rows:
        yield f"| {names} | {' | '.join(outcomes(case))} |"


def listing(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"### {title}", "")
        yield from lines


def case_of(function: Any, cases: dict[Any, Case]) -> Case | None:
    """The case of a function, or that of the op that does its work, called by way of NumPy."""
    if function in cases or function not in TABLE:
        return cases.get(function)
    names = {key.__name__ for key, entry in TABLE.items() if entry is TABLE[function]}
    for case in cases.values():
        if isinstance(case.function, Op) and case.name in names:
            return replace(case, function=function)
    return None


def section(title: str, namespace: ModuleType, cases: dict[Any, Case], seen: set[Any]) -> Any:
    rows, constant, written, refused, others = [], [], [], [], []
    for function, names in names_of(namespace).items():
        if function in seen:
            continue
        seen.add(function)
        label = ", ".join(f"`{name}`" for name in names)
        if case := case_of(function, cases):
            rows.append((label, case))
        elif function in REFUSED:
            refused.append(f"- {label}: {REFUSED[function]}")
        elif function in CONSTANT:
            constant.append(label)
        elif function in TABLE:
            written.append(label)
        else:
            others.append(label)
    yield from table(title, rows)
    yield from listing(CONSTANT_TITLE, [", ".join(constant)] if constant else [])
    yield from listing(WRITTEN_TITLE, [", ".join(written)] if written else [])
    yield from listing(REFUSED_TITLE, refused)
    yield from listing(UNREACHED_TITLE, [", ".join(others)] if others else [])


CONSTANT_TITLE = "Piecewise constant, or about shapes and types: called on the values"
WRITTEN_TITLE = "Make an array, or write into one: recorded as assignments"
REFUSED_TITLE = "Without a derivative"
UNREACHED_TITLE = "Not reached by NumPy's protocols: `tinygrad_np.numpy` stands in for them"

INTRODUCTION = f"""# What is differentiated

Written by `python -m tinygrad_np.ops` with NumPy {np.__version__.rpartition(".")[0]}, from tests
that it runs. {HOLDS}: the test passed; {FAILS}: it failed; {REFUSES}: an error says what to write
instead; empty: there is nothing to test, as NumPy itself does not do it.

- *reverse*, *forward*: the cotangents of `vjp` and the tangents of `jvp` are finite differences;
- *second order*: so are the derivatives of both;
- *float32*: a derivative of float32 is float32, and nothing on the way to it is wider;
- *complex*: the derivatives with respect to complex numbers are differences as well;
- *broadcasting*: arguments of different shapes get gradients of their own shapes;
- *batching*: `vmap` gives what a loop gives, for the values and the gradients."""


def document() -> str:
    """Run all tests, and return what was found."""
    cases = all_cases()
    lines = [INTRODUCTION]
    seen: set[Any] = set()
    for title, namespace in NAMESPACES.items():
        lines += section(title, namespace, cases, seen)
    others = [(key, case) for key, case in cases.items() if key not in seen]
    methods = [(f"`np.ufunc.{case.name}`", case) for key, case in others if isinstance(key, str)]
    own = [(f"`{case.name}`", case) for key, case in others if not isinstance(key, str)]
    lines += table("Methods of ufuncs", methods)
    lines += table("Ops of our own, among them what derivatives are made of", sorted(own, key=str))
    return "\n".join(lines) + "\n"
