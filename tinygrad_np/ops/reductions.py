"""Functions that reduce axes: sums, means, extremes, variances, and sums along the way.

Conventions: elements that tie for a maximum or minimum share it equally; the standard deviation of
equal elements has slope 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..recording import Array
from .elementwise import product, quotient
from .table import constant, differentiable, linear

Axis = Any
"""None, an int or a tuple of ints."""


Shape = tuple[int, ...]
"""The shape of what was reduced; rules that read no more of an argument do not keep it alive."""


def spread(reduced: Array, shape: Shape, axis: Axis, keepdims: bool) -> Array:
    """Repeat a reduced array along the axes that the reduction removed from ``shape``."""
    if not shape:
        return reduced
    return np.broadcast_to(with_axes(reduced, shape, axis, keepdims), shape)


def with_axes(reduced: Array, shape: Shape, axis: Axis, keepdims: bool) -> Array:
    """Put back, with length 1, the axes that the reduction removed from ``shape``."""
    if keepdims or axis is None or not shape:
        return reduced
    return np.expand_dims(reduced, axis)


def count_reduced(shape: Shape, axis: Axis) -> int:
    """How many elements go into one element of the reduction."""
    if axis is None:
        return math.prod(shape)
    return math.prod([shape[one] for one in (axis if isinstance(axis, tuple) else (axis,))])


def ties(out: Array, a: Array, axis: Axis, keepdims: bool) -> tuple[Array, Array]:
    """Where ``a`` has the extreme value, and how many times it has it."""
    hits = np.equal(a, with_axes(out, a.shape, axis, keepdims))
    return hits, np.sum(hits.astype(a.dtype), axis=axis, keepdims=True)


def extreme_vjp(
    g: Array, out: Array, a: Array, axis: Axis = None, keepdims: bool = False
) -> Array:
    # Where there is a NaN, nothing equals the result: NaN, unless the cotangent is 0.
    hits, times = ties(out, a, axis, keepdims)
    return quotient(with_axes(g, a.shape, axis, keepdims), times) * hits


def extreme_jvp(
    t: Array, out: Array, a: Array, axis: Axis = None, keepdims: bool = False
) -> Array:
    hits, times = ties(out, a, axis, keepdims)
    return np.sum(t * hits / times, axis=axis, keepdims=keepdims)


def deviation(a: Array, axis: Axis, ddof: float) -> Array:
    """(a - mean) / (n - ddof): half the slope of the variance, half its conjugate for complex a."""
    count = count_reduced(a.shape, axis) - ddof
    from_mean = a - np.mean(a, axis=axis, keepdims=True)
    if a.dtype.kind == "c":
        from_mean = np.conjugate(from_mean)
    return from_mean * (1 / count if count > 0 else math.nan)


def var_vjp(
    g: Array, out: Array, a: Array, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    return with_axes(2 * g, a.shape, axis, keepdims) * deviation(a, axis, ddof)


def var_jvp(
    t: Array, out: Array, a: Array, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    return 2 * np.sum(t * deviation(a, axis, ddof), axis=axis, keepdims=keepdims)


def std_slope(out: Array, a: Array, axis: Axis, ddof: float, keepdims: bool) -> Array:
    """(a - mean) / (n - ddof) / std, and 0 where all elements are equal."""
    return quotient(deviation(a, axis, ddof), with_axes(out, a.shape, axis, keepdims))


def std_vjp(
    g: Array, out: Array, a: Array, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    return product(with_axes(g, a.shape, axis, keepdims), std_slope(out, a, axis, ddof, keepdims))


def std_jvp(
    t: Array, out: Array, a: Array, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    slope = std_slope(out, a, axis, ddof, keepdims)
    return np.sum(product(t, slope), axis=axis, keepdims=keepdims)


# fmt: off
sum_ = linear(np.sum, lambda g, out, a, axis=None, keepdims=False:
              spread(g, a.shape, axis, keepdims))
mean = linear(np.mean, lambda g, out, a, axis=None, keepdims=False:
              spread(g / count_reduced(a.shape, axis), a.shape, axis, keepdims))
max_ = differentiable(np.max, [extreme_vjp], [extreme_jvp])
min_ = differentiable(np.min, [extreme_vjp], [extreme_jvp])
var = differentiable(np.var, [var_vjp], [var_jvp])
std = differentiable(np.std, [std_vjp], [std_jvp])
cumsum = linear(np.cumsum, lambda g, out, a, axis=None: (
    np.flip(np.cumsum(np.flip(g))).reshape(a.shape) if axis is None
    else np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)))
# fmt: on


constant(
    np.argmax, np.argmin, np.argsort, np.any, np.all, np.count_nonzero, np.nonzero, np.argwhere,
    np.flatnonzero, np.searchsorted, np.nanargmax, np.nanargmin, np.lexsort,
)  # fmt: skip
