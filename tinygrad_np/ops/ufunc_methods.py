"""The methods of ufuncs: reduce, accumulate, reduceat and outer of whatever can be called.

What has no other name in NumPy is computed by calls of the ufunc: one element after another, as
NumPy does, or by halves where the order does not matter.

Conventions: of elements that tie for the largest or smallest so far, ``maximum.accumulate`` and the
like take the latest.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..recording import Array, Recorded, strip
from .indexing import scatter_add
from .reductions import Axis, in_dtype, kept_where, number
from .table import TABLE, Op, linear, selecting

REDUCTIONS: dict[np.ufunc, Any] = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
    np.logical_and: np.all, np.logical_or: np.any,
}  # fmt: skip
RUNNING: dict[np.ufunc, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}
EXTREMES = frozenset({np.maximum, np.minimum, np.fmax, np.fmin})
IN_ANY_ORDER = frozenset({np.logaddexp, np.logaddexp2, np.hypot})


def reduce(
    ufunc: np.ufunc, array: Array, axis: Axis = 0, dtype: Any = None, keepdims: bool = False,
    initial: Any = None, where: Any = True,
) -> Array:  # fmt: skip
    settings = {
        name: value for name, value in (("dtype", dtype), ("initial", initial))
        if value is not None
    }  # fmt: skip
    if where is not True:
        settings["where"] = where
    if ufunc in REDUCTIONS:
        reduction = REDUCTIONS[ufunc]
        # Of plain arrays and a recorded mask, NumPy's own function would only come back here.
        return TABLE.get(reduction, reduction)(array, axis=axis, keepdims=keepdims, **settings)
    a = in_dtype(array, dtype)
    given = range(a.ndim) if axis is None else (axis,) if np.ndim(axis) == 0 else axis
    axes = tuple(one % a.ndim for one in given)
    result = reduced_rows(
        ufunc, rows(a, axes), None if initial is None else number(initial, a.dtype),
        None if where is True else rows(np.broadcast_to(where, a.shape), axes),
    )  # fmt: skip
    return np.expand_dims(result, axes) if keepdims else result


def rows(a: Array, axes: tuple[int, ...]) -> Array:
    """Put the axes that are reduced first, as one."""
    moved = np.moveaxis(a, axes, tuple(range(len(axes))))
    return np.reshape(moved, (math.prod(moved.shape[: len(axes)]), *moved.shape[len(axes) :]))


def reduced_rows(ufunc: np.ufunc, a: Array, initial: Any, where: Any) -> Array:
    if ufunc in IN_ANY_ORDER and len(a):
        if where is not None:
            a = kept_where(where, a, ufunc.identity)
        if len(a) == 1 and initial is None:
            initial = ufunc.identity
        while len(a) > 1:
            half = len(a) // 2
            pairs = ufunc(a[:half], a[half : 2 * half])
            a = np.concatenate([pairs, a[2 * half :]]) if len(a) % 2 else pairs
        return a[0] if initial is None else ufunc(initial, a[0])
    if len(a) == 0 or initial is not None:
        # An array of the right shape and dtype, and recorded.
        result = np.sum(a[:0], axis=0) + (ufunc.identity if initial is None else initial)
        first = 0
    else:
        result, first = a[0], 1
    for i in range(first, len(a)):
        following = ufunc(result, a[i])
        result = following if where is None else np.where(where[i], following, result)
    return result


def accumulate(ufunc: np.ufunc, array: Array, axis: int = 0, dtype: Any = None) -> Array:
    if ufunc in RUNNING:
        return RUNNING[ufunc](array, axis=axis, dtype=dtype)
    a = in_dtype(array, dtype)
    if ufunc in EXTREMES and not isinstance(strip(a), Recorded):
        return a[where_extreme(ufunc, strip(a), axis)]
    a = np.moveaxis(a, axis, 0)
    if len(a) == 0:
        return in_dtype(array, dtype)
    results = [a[0]]
    for i in range(1, len(a)):
        results.append(ufunc(results[-1], a[i]))
    return np.stack(results, axis=axis)


def where_extreme(ufunc: np.ufunc, a: Array, axis: int) -> tuple[Any, ...]:
    """The index of the element that is the extreme of those up to each; the latest that is."""
    extreme = ufunc.accumulate(a, axis)
    is_extreme = (a == extreme) | (np.isnan(a) & np.isnan(extreme))
    index = list(np.ogrid[tuple(slice(n) for n in a.shape)])
    index[axis] = np.maximum.accumulate(np.where(is_extreme, index[axis], 0), axis)
    return tuple(index)


def reduceat(
    ufunc: np.ufunc, array: Array, indices: Any, axis: int = 0, dtype: Any = None
) -> Array:
    a = in_dtype(array, dtype)
    indices = np.asarray(indices)
    indices = indices if indices.size else indices.astype(np.intp)
    if ufunc is np.add or not indices.size:
        return sums_between(a, indices=indices, axis=axis)
    a = np.moveaxis(a, axis, 0)
    parts = [
        reduce(ufunc, a[start:stop]) if stop - start > 1 else a[start]
        for start, stop in segments(indices, len(a))
    ]
    return np.stack(parts, axis=axis)


def segments(indices: Array, length: int) -> list[tuple[int, int]]:
    """From where to where each element of a reduceat is reduced."""
    starts = indices.tolist()
    pairs = zip(starts, [*starts[1:], length])
    return [(start, max(stop, start + 1)) for start, stop in pairs]


def add_between(a: Array, indices: Array, axis: int) -> Array:
    return np.add.reduceat(a, indices, axis)


def add_between_vjp(g: Array, shape: tuple[int, ...], indices: Array, axis: int) -> Array:
    before = (slice(None),) * (axis % len(shape))
    parts = segments(indices, shape[axis])
    places = np.concatenate([np.arange(0), *[np.arange(*part) for part in parts]])
    copies = np.repeat(np.arange(len(parts)), [stop - start for start, stop in parts])
    return scatter_add(g[(*before, copies)], index=(*before, places), shape=shape)


sums_between: Op = linear(
    add_between,
    lambda g, out, a, indices=None, axis=0: add_between_vjp(g, a.shape, indices, axis),
    name="add.reduceat",
)
selecting(sums_between)


def outer(ufunc: np.ufunc, a: Array, b: Array, **keywords: Any) -> Array:
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **keywords)
