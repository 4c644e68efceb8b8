"""Sorting, sets and quantiles: functions that select elements by their rank or by their value.

Conventions: of elements that tie, each goes where NumPy's ``argsort`` or ``argpartition`` of the
same ``kind`` puts it (with ``kind="stable"``, in the order in which they stand); of the equal
elements that ``unique`` and the set functions make one of, the first is it, and of two arrays that
of the first array; ``ptp`` shares equally, as ``max`` and ``min`` do. A quantile of a slice with a
NaN in it is that NaN; where it is an element, it has by q the slope to the right of that.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..errors import GradientError
from ..recording import Array, Recorded, record
from .elementwise import product
from .indexing import put_back_along_axis, taken_along
from .joining import as_array
from .table import Op, composed, constant, differentiable, selecting, values_of

Axis = Any


class Search(Op):
    """A function that finds places by values: its result is piecewise constant, never recorded."""

    __slots__ = ()

    def __init__(self, forward: Any) -> None:
        super().__init__(forward, [None], None)

    def __call__(self, *args: Any, **settings: Any) -> Any:
        values = values_of(args)
        if any(isinstance(value, Recorded) for value in values):
            return record(self, values, settings)
        return self.forward(*values, **settings)


# Sorting

order_of = Search(np.argsort)
partition_of = Search(np.argpartition)


@composed(np.sort)
def sort(
    a: Array, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Array:
    if axis is None:
        a, axis = np.ravel(a), 0
    index = order_of(a, axis=axis, kind=kind, order=order, stable=stable)
    return taken_along(a, index, axis=normalize_axis_index(axis, a.ndim))


@composed(np.partition)
def partition(
    a: Array, kth: Any, axis: int | None = -1, kind: Any = "introselect", order: Any = None
) -> Array:
    """What NumPy leaves open, the order on either side of the k-th element, can differ from its."""
    if axis is None:
        a, axis = np.ravel(a), 0
    index = partition_of(a, kth=kth, axis=axis, kind=kind, order=order)
    return taken_along(a, index, axis=normalize_axis_index(axis, a.ndim))


@composed(np.sort_complex)
def sort_complex(a: Array) -> Array:
    dtype = np.sort_complex(np.zeros(0, a.dtype)).dtype
    return in_order if (in_order := np.sort(a)).dtype == dtype else in_order.astype(dtype)


constant(np.argpartition, np.isin)
if hasattr(np, "in1d"):  # until NumPy 2.3
    constant(np.in1d)  # noqa: NPY201


# Sets


def values_of_each(function: str, *arrays: Any) -> Any:
    """The values of arrays that a result is selected from, whose shape depends on them."""
    values = values_of(arrays)
    if any(isinstance(value, Recorded) for value in values):
        raise GradientError(
            f"np.{function}: inside tg.vmap its result would have a shape of its own for each "
            "example; call it outside"
        )
    return values[0] if len(values) == 1 else values


def selected(a: Any, index: Array, dtype: Any) -> Array:
    """The elements of the flattened ``a`` at ``index``."""
    taken = np.ravel(a)[index]
    return taken if taken.dtype == dtype else taken.astype(dtype)


@composed(np.unique)
def unique(
    ar: Array, return_index: bool = False, return_inverse: bool = False,
    return_counts: bool = False, axis: int | None = None, **keywords: Any,
) -> Any:  # fmt: skip
    keywords |= {"return_inverse": return_inverse, "return_counts": return_counts, "axis": axis}
    values = values_of_each("unique", ar)
    _, index, *rest = np.unique(values, return_index=True, **keywords)
    ar, axis = (np.ravel(ar), 0) if axis is None else (ar, axis % ar.ndim)
    found = ar[(slice(None),) * axis + (index,)]
    others = ([index] if return_index else []) + rest
    return (found, *others) if others else found


@composed(np.unique_values)
def unique_values(x: Array, /) -> Array:
    return unique(x, equal_nan=False)


def with_the_values(function: Any) -> None:
    """Register a function that returns the unique values and more in a named tuple."""

    def call(x: Array, /) -> Any:
        return function(values_of_each(function.__name__, x))._replace(values=unique_values(x))

    composed(function)(call)


with_the_values(np.unique_all)
with_the_values(np.unique_counts)
with_the_values(np.unique_inverse)


@composed(np.intersect1d)
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    one, other = values_of_each("intersect1d", ar1, ar2)
    common, *indices = np.intersect1d(one, other, assume_unique, return_indices=True)
    found = selected(ar1, indices[0], common.dtype)
    return (found, *indices) if return_indices else found


@composed(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Array:
    return unique(np.concatenate((ar1, ar2), axis=None))


@composed(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    left = np.ravel(ar1) if assume_unique else np.unique(ar1)
    values, others = values_of_each("setdiff1d", left, ar2)
    return left[np.isin(values, others, invert=True)]


@composed(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    if not assume_unique:
        ar1, ar2 = np.unique(ar1), np.unique(ar2)
    both = np.concatenate((ar1, ar2), axis=None)
    found, counts = unique(both, return_counts=True, equal_nan=False)
    return found[counts == 1]


@composed(np.trim_zeros)
def trim_zeros(filt: Array, trim: Any = "fb", **axis: Any) -> Array:
    values = values_of_each("trim_zeros", filt)
    kept = np.trim_zeros(values, trim, **axis).shape
    from_start = np.trim_zeros(values, "f", **axis).shape if "f" in trim.lower() else values.shape
    starts = np.subtract(values.shape, from_start)
    return filt[tuple(slice(i, i + n) for i, n in zip(starts.tolist(), kept, strict=True))]


# Quantiles

CONTINUOUS = {
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (1 / 2, 1 / 2),
    "weibull": (0, 0),
    "linear": (1, 1),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
"""(alpha, beta) of the methods that are continuous in q: the quantile of n sorted elements is at
(n + 1 - alpha - beta) q + alpha - 1, between two of them (Hyndman & Fan, 1996)."""


def order_of_axes(shape: tuple[int, ...], axis: Axis) -> tuple[list[int], list[int], int]:
    """The axes with those that are reduced last, their lengths, and how many are not reduced."""
    ndim = len(shape)
    reduced = range(ndim) if axis is None else normalize_axis_tuple(axis, ndim)
    kept = [one for one in range(ndim) if one not in reduced]
    order = kept + sorted(reduced)
    return order, [shape[one] for one in order], len(kept)


def rows_of(a: Array, axis: Axis) -> Array:
    """Move the reduced axes to the end and make them one."""
    order, shape, kept = order_of_axes(a.shape, axis)
    return np.reshape(np.transpose(a, order), (*shape[:kept], math.prod(shape[kept:])))


def from_rows(rows: Array, shape: tuple[int, ...], axis: Axis) -> Array:
    """Undo `rows_of`."""
    order, moved, _ = order_of_axes(shape, axis)
    return np.transpose(np.reshape(rows, moved), np.argsort(order))


def quantiles_last(g: Array, shape: tuple[int, ...], axis: Axis) -> Array:
    """From the layout of the result, quantiles first, to that of `rows_of`."""
    _, moved, kept = order_of_axes(shape, axis)
    return np.moveaxis(np.reshape(g, (-1, *moved[:kept])), 0, -1)


def quantiles_first(rows: Array, shape: tuple[int, ...]) -> Array:
    return np.reshape(np.moveaxis(rows, -1, 0), shape)


def positions(counts: Array, q: Array, method: Any) -> tuple[Array, Array]:
    """Where in a sorted row each quantile is, perhaps between two places; its derivative by q."""
    sizes, which = np.unique(counts, return_inverse=True)
    # By whatever method, the quantiles of 0, 1, 2, ... are positions.
    tables = [np.quantile(np.arange(float(size)), q, method=method) for size in sizes]
    position = np.stack(tables)[which.reshape(counts.shape)]
    alpha, beta = CONTINUOUS.get(method, (0, 0))
    steps = (counts[..., None] + 1 - alpha - beta) * (method in CONTINUOUS)
    exact = steps * q + alpha - 1
    return position, np.where((exact >= 0) & (exact < counts[..., None]), steps, 0)


def find_neighbours(rows: Array, q: Array, method: str, ignores_nan: bool) -> Array:
    """The two elements of each row that each quantile lies between, and their weights.

    Along the last axis of the result: two indices, two weights, and the derivative by q of the
    second weight, which is that of the first with its sign changed.
    """
    missing = np.isnan(rows)
    counts = np.sum(~missing | (not ignores_nan), axis=-1)
    position, slope = positions(np.maximum(counts, 1), q, method)
    below = np.floor(position)
    above = np.minimum(below + 1, np.maximum(counts, 1)[..., None] - 1)
    share = position - below
    exists = (counts > 0)[..., None]
    if not ignores_nan and missing.any():
        is_nan = missing.any(axis=-1, keepdims=True)
        below = np.where(is_nan, rows.shape[-1] - 1, below)
        share, slope = np.where(is_nan, 0, share), np.where(is_nan, 0, slope)
    places = np.stack([below, above], axis=-1).reshape((*counts.shape, -1)).astype(np.intp)
    order = np.argpartition(rows, np.unique(places), axis=-1)
    index = np.take_along_axis(order, places, axis=-1).reshape((*below.shape, 2))
    return np.stack(
        [index[..., 0], index[..., 1], (1 - share) * exists, share * exists, slope], axis=-1
    )


def find_elements(rows: Array, quantiles: Array, ignores_nan: bool) -> Array:
    """The same where the quantiles are known to be elements: the first that is equal to each."""
    missing, no_number = np.isnan(rows)[..., None, :], np.isnan(quantiles)
    same = (rows[..., None, :] == quantiles[..., None]) | (missing & no_number[..., None])
    index = np.argmax(same, axis=-1)
    none = np.zeros(index.shape)
    return np.stack([index, index, ~(no_number & ignores_nan), none, none], axis=-1)


neighbours = Search(find_neighbours)
places_of = Search(find_elements)


def compute_quantile(
    a: Array, q: Array, weights: Any, compute: Any, axis: Axis, keepdims: bool, **method: Any
) -> Array:
    if compute in (np.median, np.nanmedian):
        return compute(a, axis=axis, keepdims=keepdims)
    return compute(a, q, axis=axis, keepdims=keepdims, weights=weights, **method)


def weighted_elements(
    out: Array, a: Array, q: Array, weights: Any, compute: Any, axis: Axis, keepdims: bool,
    method: str = "linear",
) -> tuple[Array, Array, Array]:  # fmt: skip
    """The elements that make up each quantile: indices, weights, and the weights' slopes by q."""
    percent = 100 if "percentile" in compute.__name__ else 1
    ignores_nan = compute.__name__.startswith("nan")
    rows = rows_of(values_of(a), axis)
    if weights is None:
        q = np.ravel(q)
        near = neighbours(rows, values_of(q) / percent, method=method, ignores_nan=ignores_nan)
    else:
        found = quantiles_last(values_of(out), a.shape, axis)
        near = places_of(rows, found, ignores_nan=ignores_nan)
    index, shares = near[..., :2].astype(np.intp), near[..., 2:4].astype(out.dtype)
    slopes = near[..., 4:].astype(out.dtype) * np.array([-1 / percent, 1 / percent], out.dtype)
    if isinstance(q, Recorded):
        shares = shares + slopes * (q - values_of(q))[..., None]
    return np.reshape(index, (*rows.shape[:-1], -1)), shares, slopes


def pairs_at(rows: Array, index: Array) -> Array:
    """The elements at pairs of places in each row."""
    elements = taken_along(rows, index, axis=rows.ndim - 1)
    return np.reshape(elements, (*elements.shape[:-1], -1, 2))


def quantile_vjp_a(
    g: Array, out: Array, a: Array, q: Array, weights: Any, axis: Axis, **settings: Any
) -> Array:
    index, shares, _ = weighted_elements(out, a, q, weights, axis=axis, **settings)
    # Where nothing was left to take, the weights are 0 and the cotangent may be NaN.
    parts = product(quantiles_last(g, a.shape, axis)[..., None], shares)
    kept = index.shape[:-1]
    rows = put_back_along_axis(
        np.reshape(parts, index.shape),
        index,
        axis=len(kept),
        shape=(*kept, a.size // math.prod(kept)),
    )
    return from_rows(rows, a.shape, axis)


def quantile_jvp_a(
    t: Array, out: Array, a: Array, q: Array, weights: Any, axis: Axis, **settings: Any
) -> Array:
    index, shares, _ = weighted_elements(out, a, q, weights, axis=axis, **settings)
    parts = product(pairs_at(rows_of(t, axis), index), shares)
    return quantiles_first(np.sum(parts, axis=-1), out.shape)


def slope_by_q(out: Array, a: Array, q: Array, weights: Any, axis: Axis, **settings: Any) -> Array:
    index, _, slopes = weighted_elements(out, a, q, weights, axis=axis, **settings)
    return np.sum(product(pairs_at(rows_of(a, axis), index), slopes), axis=-1)


def quantile_vjp_q(
    g: Array, out: Array, a: Array, q: Array, weights: Any, axis: Axis, **settings: Any
) -> Array:
    parts = quantiles_last(g, a.shape, axis) * slope_by_q(out, a, q, weights, axis, **settings)
    return np.reshape(np.sum(parts, axis=tuple(range(parts.ndim - 1))), np.shape(q))


def quantile_jvp_q(
    t: Array, out: Array, a: Array, q: Array, weights: Any, axis: Axis, **settings: Any
) -> Array:
    return quantiles_first(
        np.ravel(t) * slope_by_q(out, a, q, weights, axis, **settings), out.shape
    )


quantile_of = differentiable(
    compute_quantile, [quantile_vjp_a, quantile_vjp_q, None],
    [quantile_jvp_a, quantile_jvp_q, None], name="quantile",
)  # fmt: skip
selecting(quantile_of)


def take_quantile(
    function: Any, a: Array, q: Any, weights: Any, axis: Axis, **settings: Any
) -> Array:
    a, weights = as_array(a), values_of(weights)
    if not a.size:
        return compute_quantile(values_of(a), values_of(q), weights, function, axis, **settings)
    axis = axis if a.ndim else ()
    return quantile_of(a, q, weights, compute=function, axis=axis, **settings)


def register_median(function: Any) -> None:
    def median(
        a: Array, axis: Axis = None, out: None = None, overwrite_input: bool = False,
        keepdims: bool = False,
    ) -> Array:  # fmt: skip
        return take_quantile(function, a, 0.5, None, axis, keepdims=keepdims)

    composed(function)(median)


def register_quantile(function: Any) -> None:
    def quantile(
        a: Array, q: Any, axis: Axis = None, out: None = None, overwrite_input: bool = False,
        method: str = "linear", keepdims: bool = False, *, weights: Any = None,
    ) -> Array:  # fmt: skip
        q = q if method in CONTINUOUS else values_of(q)
        return take_quantile(function, a, q, weights, axis, keepdims=keepdims, method=method)

    composed(function)(quantile)


register_median(np.median)
register_median(np.nanmedian)
register_quantile(np.quantile)
register_quantile(np.nanquantile)
register_quantile(np.percentile)
register_quantile(np.nanpercentile)


@composed(np.ptp)
def ptp(a: Array, axis: Axis = None, out: None = None, keepdims: bool = False) -> Array:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)
