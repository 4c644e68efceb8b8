"""Reading elements by any index, and its adjoint, which adds them back where they came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..recording import Array
from .table import Op, linear


def read(a: Array, index: Any) -> Array:
    return a[index]


def scatter(g: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """An array of zeros with ``g`` added at ``index``, as many times as an element is named."""
    out = np.zeros(shape, g.dtype)
    if may_repeat(index):
        np.add.at(out, index, g)
    else:
        out[index] = g
    return out


def may_repeat(index: Any) -> bool:
    """Whether an index can name an element twice: only sequences of integers can."""
    items = index if isinstance(index, tuple) else (index,)
    return any(
        not isinstance(item, NAMES_ONCE) and np.asarray(item).dtype != bool for item in items
    )


NAMES_ONCE = (int, np.integer, np.bool, slice, type(None), type(...))
getitem: Op = linear(
    read, lambda g, out, a, index=None: scatter_add(g, index=index, shape=a.shape), name="getitem"
)
scatter_add: Op = linear(
    scatter, lambda g, out, a, index=None, shape=None: getitem(g, index=index), name="scatter_add"
)
