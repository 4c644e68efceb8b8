"""How the drop-in calls NumPy's functions: with what NumPy's own protocols do not reach."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import numpy

from ..ops.creation import UNREACHED, has_recorded, join
from ..protocols import dispatch
from ..recording import Array, constant
from ..running import running
from ..tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

OF_SEQUENCES = {
    **dict.fromkeys(("block", "bmat"), sys.maxsize),
    **dict.fromkeys((
        "choose", "column_stack", "concat", "concatenate", "dstack", "hstack", "multi_dot",
        "piecewise", "row_stack", "select", "stack", "vstack",
    ), 1),
}  # fmt: skip
"""Functions of several arrays in a list, and how many lists deep these are."""


class Function:
    """A NumPy function that takes lists with Tensors inside.

    What it makes in a transform can have Tensors written into it.
    """

    def __init__(self, function: Any) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.depth = OF_SEQUENCES.get(getattr(function, "__name__", ""), 0)
        self.is_unreached = function in UNREACHED

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if self.is_unreached:
            if has_recorded(args) or (keywords and has_recorded([*keywords.values()])):
                return dispatch(self.function, args, keywords)
        else:
            for arg in args:
                if isinstance(arg, (list, tuple)):
                    args = tuple([join_inside(arg, self.depth) for arg in args])
                    break
            if keywords:
                depth = self.depth
                keywords = {name: join_inside(value, depth) for name, value in keywords.items()}
        made = self.function(*args, **keywords)
        if running.depth and type(made) is numpy.ndarray:
            return recordable(made, args, keywords)
        return made

    def __getattr__(self, name: str) -> Any:
        return lifted(getattr(self.function, name))

    def __repr__(self) -> str:
        return repr(self.function)

    def __reduce__(self) -> Any:
        return lifted, (self.function,)


def join_inside(value: Any, depth: int) -> Any:
    """Make arrays of the lists with Tensors inside that stand ``depth`` deep in lists."""
    if not isinstance(value, (list, tuple)) or not has_recorded(value):
        return value
    return [join_inside(item, depth - 1) for item in value] if depth else join(value)


def recordable(made: Array, args: Any, keywords: Mapping[str, Any]) -> Array:
    """Return a new array as something that Tensors can be written into; all else as it is."""
    if made.dtype.kind not in "fc" or not made.flags.writeable:
        return made
    for arg in (*args, *keywords.values()):
        if isinstance(arg, numpy.ndarray) and numpy.may_share_memory(made, arg):
            return made
    return constant(Tensor, made)


def lifted(value: Any) -> Any:
    """Return a function as the drop-in calls it, and everything else as it is."""
    return Function(value) if callable(value) and not isinstance(value, type) else value


def namespace(
    module: ModuleType, name: str, lift: Callable[[Any], Any] = lifted
) -> tuple[Any, Any, Any]:
    """Make ``__all__``, ``__getattr__`` and ``__dir__`` of the module that stands for another."""

    def find(attribute: str) -> Any:
        value = getattr(module, attribute)
        if not attribute.startswith("_"):
            value = vars(sys.modules[name])[attribute] = lift(value)
        return value

    return list(module.__all__), find, lambda: dir(module)
