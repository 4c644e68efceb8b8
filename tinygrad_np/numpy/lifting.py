"""How the drop-in calls NumPy's functions: with what NumPy's own protocols do not reach."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import numpy

from ..errors import GradientError
from ..ops import TABLE, Op
from ..ops.creation import PLAIN, UNREACHED, has_recorded, join
from ..protocols import accepted_keywords, dispatch, out_position
from ..recording import NO_SETTINGS, Array, new_object, record
from ..running import running
from ..tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

OF_SEQUENCES = {
    **dict.fromkeys(("block", "bmat"), sys.maxsize),
    **dict.fromkeys((
        "choose", "column_stack", "concat", "concatenate", "dstack", "hstack", "multi_dot",
        "piecewise", "row_stack", "select", "stack", "vstack",
    ), 1),
}  # fmt: skip
"""Functions of several arrays in a list, and how many lists deep these are."""

FROM_SHAPES: frozenset[Any] = frozenset({
    numpy.zeros, numpy.ones, numpy.empty, numpy.eye, numpy.identity, numpy.tri,
})  # fmt: skip
"""Functions that are given no arrays."""

MIXED = PLAIN | {Tensor}
ndarray = numpy.ndarray


class Function(staticmethod):  # type: ignore[type-arg]
    """A NumPy function that takes lists with Tensors inside.

    What it makes in a transform can have Tensors written into it. It is a `staticmethod`, as Python
    calls what that holds in less time than a ``__call__``.
    """

    __wrapped__: Any = None

    def __init__(self, function: Any, call: Any = None) -> None:
        super().__init__(call or (maker if function in FROM_SHAPES else caller)(function))
        vars(self).clear()  # of the names of what it holds
        functools.update_wrapper(self, function)

    def __get__(self, *instance_and_class: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        value = vars(self)[name] = lifted(getattr(self.__wrapped__, name))
        return value

    @property  # type: ignore[misc]  # nobody sets it
    def __class__(self) -> type:
        return numpy.ufunc if type(self.__wrapped__) is numpy.ufunc else Function

    def __eq__(self, other: object) -> bool:
        return self.__wrapped__ is (other.__wrapped__ if type(other) is Function else other)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce__(self) -> Any:
        return lifted, (self.__wrapped__,)


def maker(function: Any) -> Callable[..., Any]:
    """Make what calls a function that is given no arrays."""

    def call(*args: Any, **keywords: Any) -> Any:
        made = function(*args, **keywords)
        if type(made) is ndarray and running.depth and made.dtype.kind in "fc":
            return new_tensor(made)
        return made

    return call


def caller(function: Any) -> Callable[..., Any]:
    """Make what calls any other function.

    Arguments of common kinds are dealt with here, all else is left to `call_with_care`. Where NumPy
    would only hand Tensors on to their op, that is called at once: if it is given arrays alone, or
    once NumPy has done so for arguments of the same types, by which NumPy decides.
    """
    depth = OF_SEQUENCES.get(getattr(function, "__name__", ""), 0)
    is_unreached = function in UNREACHED
    entry: Any = TABLE.get(function)
    is_op = type(entry) is Op
    arrays = len(entry.vjps) if is_op else None
    handed_on: set[Any] = set()

    def call(*args: Any, **keywords: Any) -> Any:
        is_recorded = False
        for arg in args:
            kind = type(arg)
            if kind is ndarray or kind in PLAIN:
                continue
            if kind is Tensor:
                is_recorded = True
            elif kind is not list and kind is not tuple:
                return call_with_care(function, depth, args, keywords)
            elif not PLAIN.issuperset(map(type, arg)):
                if is_unreached:
                    is_recorded = is_recorded or has_recorded(arg)
                elif depth == 1 and MIXED.issuperset(map(type, arg)):
                    is_recorded = True
                else:
                    return call_with_care(function, depth, args, keywords)
        if keywords:
            for arg in keywords.values():
                if type(arg) not in PLAIN and not is_plain_tuple(arg):
                    return call_with_care(function, depth, args, keywords)
        form: Any = None
        if is_recorded:
            if is_unreached:
                return dispatch(function, args, keywords)
            try:
                if len(args) == arrays and not keywords:
                    return record(entry, args, NO_SETTINGS)
                if keywords:
                    form = (*map(type, args), *keywords)
                else:
                    form = kind if len(args) == 1 else tuple(map(type, args))
                if form in handed_on:
                    if is_op:
                        return record(entry, *entry.bind(args, keywords))
                    return entry(*args, **keywords)
            except GradientError:
                form = None  # NumPy's way says what is wrong
        made = function(*args, **keywords)
        if type(made) is ndarray:
            return recordable(made, args, keywords) if running.depth else made
        if form is not None and type(made) is Tensor and is_handed_on(function, args, keywords):
            handed_on.add(form)
        return made

    return call


def is_plain_tuple(value: Any) -> bool:
    """Whether a value is such as ``axis=(0, 1)``."""
    return type(value) is tuple and PLAIN.issuperset(map(type, value))


def is_handed_on(function: Any, args: Any, keywords: Any) -> bool:
    """Whether `dispatch` does no more than to call the op with arguments that NumPy has taken."""
    entry = TABLE.get(function)
    if entry is None or isinstance(function, numpy.ufunc):
        return False
    if "out" in keywords or len(args) > out_position[function]:
        return False
    return type(entry) is Op or all(name in accepted_keywords[entry] for name in keywords)


def call_with_care(function: Any, depth: int, args: Any, keywords: Any) -> Any:
    """Call a function on arguments of any kind."""
    if function in UNREACHED:
        if "like" not in keywords and any(map(has_recorded, (*args, *keywords.values()))):
            return dispatch(function, args, keywords)
    else:
        args = tuple([join_inside(arg, depth) for arg in args])
        if keywords:
            keywords = {
                name: value if name == "out" else join_inside(value, depth)
                for name, value in keywords.items()
            }
    made = function(*args, **keywords)
    if type(made) is ndarray and running.depth and made.flags.writeable:
        return recordable(made, args, keywords)
    return made


def join_inside(value: Any, depth: int) -> Any:
    """Make arrays of the lists with Tensors inside that stand ``depth`` deep in lists."""
    if not isinstance(value, (list, tuple)) or not has_recorded(value):
        return value
    return [join_inside(item, depth - 1) for item in value] if depth else join(value)


def recordable(made: Array, args: Sequence[Any], keywords: Mapping[str, Any]) -> Array:
    """Return a new array as something that Tensors can be written into; all else as it is."""
    if made.dtype.kind not in "fc":
        return made
    is_part = made.base is not None
    if is_part and not made.flags.writeable:
        return made
    for arg in (*args, *keywords.values()) if keywords else args:
        if arg is made:
            return made
        if is_part and isinstance(arg, ndarray) and numpy.may_share_memory(made, arg):
            return made
    return new_tensor(made)


def new_tensor(made: Array) -> Tensor:
    """Wrap an array of numbers as a constant: `recording.constant` in half the time."""
    tensor: Tensor = new_object(Tensor)
    tensor.value = made
    tensor.node = None
    tensor.level = 0
    return tensor


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
