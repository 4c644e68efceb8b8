"""NumPy's creation functions, which its protocols do not reach, recorded."""

from __future__ import annotations

from typing import Any

import numpy

from ..recording import Array, Recorded, constant
from ..tensor import Tensor, running

__all__ = [
    "array", "asanyarray", "asarray", "ascontiguousarray", "empty", "eye", "full", "identity",
    "linspace", "ones", "zeros",
]  # fmt: skip


def has_recorded(value: Any) -> bool:
    """Whether a value is recorded, or a nested sequence with such inside."""
    if isinstance(value, (list, tuple)):
        return any(has_recorded(item) for item in value)
    return isinstance(value, Recorded)


def join(value: Any) -> Array:
    """Make an array of nested sequences with Tensors inside."""
    if isinstance(value, (list, tuple)):
        parts = [join(item) for item in value]
        dtype = numpy.result_type(*parts)
        return numpy.stack([part.astype(dtype) for part in parts])
    return value if isinstance(value, Recorded) else numpy.asarray(value)


def convert(name: str) -> Any:
    """Make a conversion that keeps what is recorded."""
    original = getattr(numpy, name)
    copies = name == "array"

    def conversion(a: Any, dtype: Any = None, *args: Any, **keywords: Any) -> Any:
        if not has_recorded(a):
            return original(a, dtype, *args, **keywords)
        copy = keywords.get("copy", copies)
        joined = join(a)
        if dtype is not None and joined.dtype != numpy.dtype(dtype):
            return joined.astype(dtype)
        joined = joined.copy() if copy and joined is a else joined
        missing = keywords.get("ndmin", 0) - joined.ndim
        return joined.reshape((1,) * missing + joined.shape) if missing > 0 else joined

    return named(conversion, name, "keeps what is recorded")


def recordable(made: Array) -> Array:
    """Return a new array as something that Tensors can be written into, if they may be."""
    return constant(Tensor, made) if running.depth and made.dtype.kind in "fc" else made


def create(name: str) -> Any:
    """Make a creation function whose result can be filled with Tensors while one is recorded."""
    original = getattr(numpy, name)

    def creation(*args: Any, **keywords: Any) -> Any:
        made = original(*args, **keywords)
        return recordable(made)

    return named(creation, name, "makes what Tensors can be written into, in a transform")


def named(function: Any, name: str, difference: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"``numpy.{name}``, which here {difference}."
    return function


array = convert("array")
asarray = convert("asarray")
asanyarray = convert("asanyarray")
ascontiguousarray = convert("ascontiguousarray")
zeros = create("zeros")
ones = create("ones")
empty = create("empty")
eye = create("eye")
identity = create("identity")


def full(shape: Any, fill_value: Any, *args: Any, **keywords: Any) -> Any:
    """Make an array of one value; a Tensor's value is recorded."""
    if isinstance(fill_value, Tensor):
        shape = tuple(shape) if numpy.iterable(shape) else (shape,)
        return fill_value + numpy.zeros(shape, fill_value.dtype)
    made = numpy.full(shape, fill_value, *args, **keywords)
    return recordable(made)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, **keywords: Any) -> Any:
    """Space numbers evenly; the ends may be Tensors."""
    if not (isinstance(start, Recorded) or isinstance(stop, Recorded)):
        return numpy.linspace(start, stop, num, endpoint, **keywords)
    if keywords:
        raise TypeError(f"linspace of Tensors does not take {', '.join(keywords)}")
    share = numpy.linspace(0.0, 1.0, num, endpoint)
    return start + (stop - start) * share
