"""A drop-in for Python's ``float``, by which a Tensor that stands for a number stays what it is.

Examples
--------
>>> import tinygrad_np as tg
>>> def squared_length(x):
...     return float(x @ x)
>>> import numpy as np
>>> tg.grad(squared_length)(np.array([1.0, 2.0]))
array([2., 4.])
"""

from __future__ import annotations

import builtins
from types import FunctionType
from typing import Any

import numpy as np

from .ops.table import values_of
from .protocols import is_recorded
from .recording import Recorded

__all__ = ["float"]


def converted(x: Any) -> Any:
    """Return what an object of a class of yours converts itself to, which may be a Tensor."""
    is_yours = type(getattr(type(x), "__float__", None)) is FunctionType
    return x.__float__() if is_yours and not isinstance(x, Recorded) else x


class Float(type):
    """The type of `float`: to all questions it is Python's, but for ``is``."""

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        if cls is not float:  # a subclass
            return super().__call__(*args, **keywords)
        x: Any = converted(*args) if len(args) == 1 else None
        if keywords or not is_recorded((x,), {}):
            return builtins.float(*values_of(args), **keywords)
        builtins.float(np.empty(x.shape))  # raises what NumPy's own arrays raise
        return np.reshape(x, ())

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, builtins.float) and (
            cls is float or super().__instancecheck__(instance)
        )

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, builtins.float) and (
            cls is float or super().__subclasscheck__(subclass)
        )

    def __eq__(cls, other: object) -> bool:
        return other is cls or (cls is float and other is builtins.float)

    def __hash__(cls) -> int:
        return hash(builtins.float) if cls is float else super().__hash__()

    def __repr__(cls) -> str:
        return repr(builtins.float) if cls is float else super().__repr__()

    def __reduce__(cls) -> Any:
        return (getattr, (builtins, "float")) if cls is float else cls.__qualname__


class float(builtins.float, metaclass=Float):
    """Python's ``float``; of a Tensor, the number that it stands for, with its derivative."""

    dtype = np.dtype(builtins.float)
    """What NumPy takes it for where it asks for a dtype."""
