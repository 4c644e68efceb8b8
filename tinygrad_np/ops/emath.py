"""``np.emath``: functions that answer outside of their real domain with complex numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..recording import Array, bare
from .joining import as_array
from .table import composed

if TYPE_CHECKING:
    from collections.abc import Callable

SINGLE = frozenset(np.dtype(code) for code in "fbhBH")


def is_negative(x: Array) -> Array:
    return x < 0


def is_beyond_one(x: Array) -> Array:
    return np.abs(x) > 1


def widened(x: Array, is_outside: Callable[[Array], Array]) -> Array:
    """Convert to complex numbers if any is outside; of a batch, in any example."""
    values = np.asarray(bare(x))
    if values.dtype.kind == "c" or not np.any(is_outside(values)):
        return x
    dtype = np.complex64 if values.dtype in SINGLE else np.complex128
    return x.astype(dtype) if hasattr(x, "astype") else values.astype(dtype)


def register(name: str, is_outside: Callable[[Array], Array]) -> None:
    function = getattr(np, name)

    @composed(getattr(np.emath, name))
    def of_any_number(x: Array) -> Array:
        return function(widened(x, is_outside))


for name in ("sqrt", "log", "log2", "log10"):
    register(name, is_negative)
for name in ("arccos", "arcsin", "arctanh"):
    register(name, is_beyond_one)


@composed(np.emath.logn)
def logn(n: Array, x: Array) -> Array:
    return np.emath.log(x) / np.emath.log(n)


@composed(np.emath.power)
def power(x: Array, p: Array) -> Array:
    x, p = as_array(x), as_array(p)
    if p.dtype.kind in "iu" and np.any(np.less(p, 0)):
        p = p * 1.0
    return np.power(widened(x, is_negative), p)
