"""calls.py: whether a module's code uses a name, and never asks ``is`` of it."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np.calls import is_called

USED = {
    "function": "def fun(x): return float(x)",
    "lambda": "fun = lambda x: float(x)",
    "inside": "def fun(x):\n    return [float(y) for y in x]",
    "method": "class A:\n    def fun(self, x): return float(x)",
    "static method": "class A:\n    @staticmethod\n    def fun(x): return float(x)",
    "property": "class A:\n    @property\n    def x(self): return float(self.y)",
    "class in a class": "class A:\n    class B:\n        def fun(self, x): return float(x)",
    "decorated": """
        def twice(fun):
            def wrapped(x): return fun(fun(x))
            return wrapped
        @twice
        def fun(x): return float(x)
    """,
    "isinstance": "def fun(x): return x if isinstance(x, float) else float(x)",
    "another is": "def fun(x): return 0.0 if x is None else float(x)",
}
UNUSED = {
    "nothing": "x = 1.0",
    "other names": "def fun(x): return int(x)",
    "at import alone": "x = float('1')",
    "is": "def fun(x): return x if type(x) is float else float(x)",
    "is not": "def fun(x): return float(x) if type(x) is not float else x",
    "is elsewhere": "def ask(x): return type(x) is float\ndef fun(x): return float(x)",
    "recursive": """
        def outer():
            def inner(x): return later(x)
            yield inner
            later = abs
        fun = next(outer())
    """,
}


def module(source: str) -> dict[str, Any]:
    variables: dict[str, Any] = {"__name__": "module_of_a_test"}
    exec(textwrap.dedent(source), variables)
    return variables


@pytest.mark.parametrize("name", USED)
def test_a_use_is_found(name: str) -> None:
    assert is_called("float", module(USED[name]))


@pytest.mark.parametrize("name", UNUSED)
def test_no_use_or_one_that_asks_is(name: str) -> None:
    assert not is_called("float", module(UNUSED[name]))


def test_functions_of_others_are_not_looked_at() -> None:
    variables = module("x = 1")
    variables["fun"] = module(USED["function"])["fun"]
    variables["A"] = type("A", (), {"__module__": "another", "fun": variables["fun"]})
    assert not is_called("float", variables)


def test_who_asks_is_gets_pythons_float() -> None:
    asks = module("import numpy as np\ndef fun(x, y): return x if type(y) is float else 0 * x")
    assert tg.grad(asks["fun"])(2.0, 1.5) == 1.0
    assert "float" not in asks
    converts = module("import numpy as np\ndef fun(x): return float(np.sum(x))")
    np.testing.assert_array_equal(tg.grad(converts["fun"])(np.ones(2)), [1.0, 1.0])
    assert converts["float"] is float
