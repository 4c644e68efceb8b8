"""Functions that reduce axes: sums, means, extremes, variances, and sums along the way.

Conventions: elements that tie for a maximum or minimum share it equally, and where they tie with
``initial``, it has one half of it; the standard deviation of equal elements has slope 0. A mean
that is given to a variance (``mean=``) is an argument of its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..recording import NUMBERS, Array, Recorded, record_unary
from .elementwise import product, quotient
from .table import Op, careful, composed, constant, differentiable, linear, selecting

Axis = Any
"""None, an int or a tuple of ints."""


Shape = tuple[int, ...]
"""The shape of what was reduced; rules that read no more of an argument do not keep it alive."""


FEW = 1024
"""Up to how many elements it takes less time to write a number to each than to make a view."""


def spread(reduced: Array, shape: Shape, axis: Axis, keepdims: bool) -> Array:
    """Repeat a reduced array along the axes that the reduction removed from ``shape``."""
    if not shape:
        return reduced
    reduced = with_axes(reduced, shape, axis, keepdims)
    if math.prod(shape) > FEW or type(reduced) not in NUMBERS:
        return np.broadcast_to(reduced, shape)
    out = np.empty(shape, reduced.dtype)
    out[...] = reduced
    return out


def with_axes(reduced: Array, shape: Shape, axis: Axis, keepdims: bool) -> Array:
    """Put back, with length 1, the axes that the reduction removed from ``shape``."""
    if keepdims or axis is None or not shape:
        return reduced
    if type(reduced) not in NUMBERS:
        return np.expand_dims(reduced, axis)
    lengths = list(shape)
    for one in axis if isinstance(axis, tuple) else (axis,):
        lengths[one] = 1
    return reduced.reshape(lengths)


def count_reduced(shape: Shape, axis: Axis) -> int:
    """How many elements go into one element of the reduction."""
    if axis is None:
        return math.prod(shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    if axes and not shape:  # NumPy sums numbers along an axis 0, and does not average them
        raise np.exceptions.AxisError(axes[0], 0)
    return math.prod([shape[one] for one in axes])


def ties(out: Array, a: Array, axis: Axis, keepdims: bool) -> tuple[Array, Array]:
    """Where ``a`` has the extreme value, and how many times it has it."""
    hits = np.equal(a, with_axes(out, a.shape, axis, keepdims))
    # Half precision counts to 65,504.
    counted = hits.astype(np.result_type(a.dtype, np.float32))
    return hits, np.sum(counted, axis=axis, keepdims=True)


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
    return np.sum(np.where(hits, t, 0) / times, axis=axis, keepdims=keepdims)


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


def careful_var_vjp(
    g: Array, out: Array, a: Array, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    return product(with_axes(2 * g, a.shape, axis, keepdims), deviation(a, axis, ddof))


def var_jvp(
    t: Array, out: Array, a: Array, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    return 2 * np.sum(t * deviation(a, axis, ddof), axis=axis, keepdims=keepdims)


def std_slope(out: Array, a: Array, axis: Axis, ddof: float, keepdims: bool) -> Array:
    """(a - mean) / (n - ddof) / std, and 0 at any order where all elements are equal."""
    pole_moved = np.where(out == 0, np.inf, out)
    return deviation(a, axis, ddof) / with_axes(pole_moved, a.shape, axis, keepdims)


def std_vjp(
    g: Array, out: Array, a: Array, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    return product(with_axes(g, a.shape, axis, keepdims), std_slope(out, a, axis, ddof, keepdims))


def std_jvp(
    t: Array, out: Array, a: Array, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    slope = std_slope(out, a, axis, ddof, keepdims)
    return np.sum(product(t, slope), axis=axis, keepdims=keepdims)


# A ufunc's own method takes half the time of NumPy's function around it.
total: Any = np.add.reduce
greatest: Any = np.maximum.reduce
least: Any = np.minimum.reduce


def add_up(a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return total(a, axis, keepdims=keepdims)


def largest(a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return greatest(a, axis, keepdims=keepdims)


def smallest(a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return least(a, axis, keepdims=keepdims)


def average(a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    if a.dtype == np.float16 or not a.size:
        return np.mean(a, axis=axis, keepdims=keepdims)
    return total(a, axis, keepdims=keepdims) / count_reduced(a.shape, axis)


# fmt: off
sum_ = linear(add_up, lambda g, out, a, axis=None, keepdims=False:
              spread(g, a.shape, axis, keepdims), name="sum")
mean = linear(average, lambda g, out, a, axis=None, keepdims=False:
              spread(g * (1 / max(count_reduced(a.shape, axis), 1)), a.shape, axis, keepdims),
              name="mean")
max_ = differentiable(largest, [extreme_vjp], [extreme_jvp], name="max")
min_ = differentiable(smallest, [extreme_vjp], [extreme_jvp], name="min")
var = careful(differentiable(np.var, [var_vjp], [var_jvp]), careful_var_vjp)
std = differentiable(np.std, [std_vjp], [std_jvp])
cumsum = linear(np.cumsum, lambda g, out, a, axis=None: (
    np.flip(np.cumsum(np.flip(g))).reshape(a.shape) if axis is None
    else np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)))
# fmt: on
selecting(max_, min_)


# The functions with all their settings


def reduce_by(op: Op, a: Array, axis: Axis, keepdims: bool) -> Array:
    """Call ``op``: the same as ``op(a, axis=axis, keepdims=keepdims)`` in less time."""
    settings = {"axis": axis, "keepdims": keepdims}
    return record_unary(op, a, settings) if isinstance(a, Recorded) else op.forward(a, **settings)


def in_dtype(a: Array, dtype: Any) -> Array:
    """Return ``a`` in the dtype that a caller asks for, if any; integers are constants."""
    if dtype is None or a.dtype == dtype:
        return a
    return a.astype(dtype)


def number(value: Any, dtype: np.dtype[Any]) -> Array:
    """Return a number that a caller gives in the dtype of what it is used with."""
    is_recorded = isinstance(value, Recorded)
    return value.astype(dtype) if is_recorded else dtype.type(value)


def kept_where(where: Any, a: Array, otherwise: Any) -> Array:
    """``a`` where a mask holds. The mask may be smaller than ``a``, but not larger."""
    return np.where(np.broadcast_to(where, a.shape), a, otherwise)


def count_where(where: Any, a: Array, axis: Axis, keepdims: bool) -> Array:
    """How many elements of ``a`` go into each result, in the precision of ``a``."""
    mask = np.broadcast_to(where, a.shape)
    return np.sum(mask.astype(real_dtype(a.dtype)), axis=axis, keepdims=keepdims)


def real_dtype(dtype: Any) -> np.dtype[Any]:
    return np.zeros((), dtype).real.dtype


@composed(np.sum)
def sum_with(
    a: Array, axis: Axis = None, dtype: Any = None, out: None = None, keepdims: bool = False,
    initial: Any = None, where: Any = True,
) -> Array:  # fmt: skip
    if dtype is None and where is True and initial is None:
        return reduce_by(sum_, a, axis, keepdims)
    a = in_dtype(a, dtype)
    if where is not True:
        a = kept_where(where, a, 0)
    result = in_dtype(sum_(a, axis=axis, keepdims=keepdims), dtype)
    return result if initial is None else result + number(initial, result.dtype)


@composed(np.mean)
def mean_with(
    a: Array, axis: Axis = None, dtype: Any = None, out: None = None, keepdims: bool = False, *,
    where: Any = True,
) -> Array:  # fmt: skip
    if dtype is None and where is True:
        return reduce_by(mean, a, axis, keepdims)
    if not isinstance(a, Recorded):  # only where is recorded
        a = np.asarray(a)
    if dtype is None and a.dtype.kind in "biu":
        dtype = np.dtype(float)
    a = in_dtype(a, dtype)
    if where is True:
        return in_dtype(mean(a, axis=axis, keepdims=keepdims), dtype)
    wide = widened(a)
    result = sum_with(wide, axis, keepdims=keepdims, where=where)
    return in_dtype(result / count_where(where, wide, axis, keepdims), dtype or a.dtype)


def widened(a: Array) -> Array:
    """As NumPy does, sum numbers of half precision in single precision."""
    return a.astype(np.float32) if a.dtype == np.float16 else a


def extreme(
    op: Op, larger: Any, a: Array, axis: Axis, keepdims: bool, initial: Any, where: Any
) -> Array:
    if initial is None:
        if where is not True:
            raise ValueError(
                f"np.{op.name}: with where=, give initial= too: the {op.name} where nothing is left"
            )
        return reduce_by(op, a, axis, keepdims)
    bound = number(initial, a.dtype)
    if count_reduced(a.shape, axis) == 0:
        return sum_(a, axis=axis, keepdims=keepdims) + bound
    if where is not True:
        a = kept_where(where, a, bound)
    return larger(op(a, axis=axis, keepdims=keepdims), bound)


@composed(np.max, np.amax)
def max_with(
    a: Array, axis: Axis = None, out: None = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Array:  # fmt: skip
    return extreme(max_, np.maximum, a, axis, keepdims, initial, where)


@composed(np.min, np.amin)
def min_with(
    a: Array, axis: Axis = None, out: None = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Array:  # fmt: skip
    return extreme(min_, np.minimum, a, axis, keepdims, initial, where)


def variance(
    op: Op, a: Array, axis: Axis, dtype: Any, ddof: float, keepdims: bool, where: Any, given: Any,
    correction: Any,
) -> Array:  # fmt: skip
    """The variance or, by ``op``, its root; about the mean, or a mean that is given."""
    if correction is not None:
        if ddof:
            raise ValueError(f"np.{op.name}: ddof and correction mean the same; give one of them")
        ddof = correction
    if not isinstance(a, Recorded):  # only the mean, or where, is recorded
        a = np.asarray(a)
    if dtype is not None:
        a = a.astype(np.promote_types(a.dtype, dtype))
    if where is True and given is None:
        result = op(a, axis=axis, ddof=ddof, keepdims=keepdims)
    else:
        dtype = dtype or dtype_of_variance(a.dtype, given)
        wide = widened(a.astype(float) if a.dtype.kind in "biu" else a)
        if given is None:
            given = mean_with(wide, axis, keepdims=True, where=where)
        from_mean = wide - given
        if wide.dtype.kind == "c":
            squares = np.real(product(from_mean, np.conjugate(from_mean)))
        else:
            squares = product(from_mean, from_mean)
        count = count_where(where, wide, axis, keepdims) - ddof
        result = sum_with(squares, axis, keepdims=keepdims, where=where) / np.maximum(count, 0)
        if op is std:
            result = np.sqrt(result)
    return in_dtype(result, dtype)


def dtype_of_variance(dtype: np.dtype[Any], mean: Any) -> np.dtype[Any]:
    if dtype.kind in "biu":
        return np.dtype(float)
    common = dtype if mean is None else np.result_type(dtype, mean)
    return real_dtype(common) if dtype.kind == "c" else common


@composed(np.var)
def var_with(
    a: Array, axis: Axis = None, dtype: Any = None, out: None = None, ddof: float = 0,
    keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None,
) -> Array:  # fmt: skip
    return variance(var, a, axis, dtype, ddof, keepdims, where, mean, correction)


@composed(np.std)
def std_with(
    a: Array, axis: Axis = None, dtype: Any = None, out: None = None, ddof: float = 0,
    keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None,
) -> Array:  # fmt: skip
    return variance(std, a, axis, dtype, ddof, keepdims, where, mean, correction)


@composed(np.cumsum)
def cumsum_with(a: Array, axis: Axis = None, dtype: Any = None, out: None = None) -> Array:
    return cumsum(in_dtype(a, dtype), axis=axis)


constant(
    np.argmax, np.argmin, np.argsort, np.any, np.all, np.count_nonzero, np.nonzero, np.argwhere,
    np.flatnonzero, np.searchsorted, np.nanargmax, np.nanargmin, np.lexsort,
)  # fmt: skip
