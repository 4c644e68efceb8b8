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
from typing import Any

import numpy as np

from .ops.table import values_of
from .protocols import is_recorded

__all__ = ["float"]


class Float(type):
    """The type of `float`: to all questions it is Python's, but for ``is``."""

    def __call__(cls, *args: Any) -> Any:
        if not is_recorded(args, {}):
            return builtins.float(*values_of(args))
        (x,) = args
        builtins.float(np.empty(x.shape))  # raises what NumPy's own arrays raise
        return np.reshape(x, ())

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, builtins.float)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, builtins.float)

    def __eq__(cls, other: object) -> bool:
        return other is builtins.float or other is cls

    def __hash__(cls) -> int:
        return hash(builtins.float)

    def __repr__(cls) -> str:
        return repr(builtins.float)

    def __reduce__(cls) -> Any:
        return getattr, (builtins, "float")


class float(builtins.float, metaclass=Float):
    """Python's ``float``; of a Tensor, the number that it stands for, with its derivative."""

    dtype = np.dtype(builtins.float)
    """What NumPy takes it for where it asks for a dtype."""
