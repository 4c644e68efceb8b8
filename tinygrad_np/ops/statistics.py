"""Averages, covariances, histograms, and the reductions that leave NaN out.

Conventions: an element that is NaN has slope 0 where it is left out, at every order, and so has
every element of a slice of nothing but NaN. Bin edges that are not given are spaced evenly between
the least and the largest element, and move with these two; in which bin an element is, and so a
count of elements, is piecewise constant.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..recording import Array, Recorded
from .indexing import taken
from .joining import as_array
from .sorting import values_of_each
from .table import composed, constant, jointly_linear, linear, on_values, values_of

Axis = Any


def warned(bad: Array, message: str) -> bool:
    """Warn where NumPy does, and return whether anything is bad; in a batch, it may be."""
    if isinstance(bad, Recorded):
        return True
    if np.any(bad):
        warnings.warn(message, RuntimeWarning, stacklevel=5)
        return True
    return False


# Without NaN


def without_nan(a: Array, fill: float) -> Array:
    return np.where(np.isnan(a), fill, a) if a.dtype.kind in "fc" else a


def ignoring(function: Any, plain: Any, fill: float) -> None:
    """Register a function as its plain form of an array in which ``fill`` takes NaN's place."""

    def fold(a: Array, *args: Any, **keywords: Any) -> Array:
        return plain(without_nan(a, fill), *args, **keywords)

    composed(function)(fold)


ignoring(np.nansum, np.sum, 0)
ignoring(np.nanprod, np.prod, 1)
ignoring(np.nancumsum, np.cumsum, 0)
ignoring(np.nancumprod, np.cumprod, 1)


def extreme_ignoring(function: Any, plain: Any, fill: float) -> None:
    def extreme(
        a: Array, axis: Axis = None, out: None = None, keepdims: bool = False, initial: Any = None,
        where: Any = True,
    ) -> Array:  # fmt: skip
        settings = {"axis": axis, "keepdims": keepdims}
        found: Array = plain(without_nan(a, fill), initial=initial, where=where, **settings)
        filled = np.equal(found, fill)
        if initial is None and (isinstance(filled, Recorded) or np.any(filled)):
            empty = np.all(np.isnan(a), **settings)
            if warned(empty, "All-NaN slice encountered"):
                found = np.where(empty, np.nan, found)
        return found

    composed(function)(extreme)


extreme_ignoring(np.nanmax, np.max, -math.inf)
extreme_ignoring(np.nanmin, np.min, math.inf)


@composed(np.nanmean)
def nanmean(
    a: Array, axis: Axis = None, dtype: Any = None, out: None = None, keepdims: bool = False, *,
    where: Any = True,
) -> Array:  # fmt: skip
    settings = {"axis": axis, "keepdims": keepdims}
    if a.dtype.kind not in "fc":
        return np.mean(a, dtype=dtype, where=where, **settings)
    check_inexact("np.nanmean", dtype)
    present = np.logical_and(where, np.logical_not(np.isnan(a)))
    warned(np.logical_not(np.any(present, **settings)), "Mean of empty slice")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.mean(without_nan(a, 0), dtype=dtype, where=present, **settings)


def check_inexact(function: str, dtype: Any) -> None:
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError(f"{function}: dtype={np.dtype(dtype)} cannot hold what it computes")


def variance_ignoring(function: Any, plain: Any) -> None:
    def variance(
        a: Array, axis: Axis = None, dtype: Any = None, out: None = None, ddof: float = 0,
        keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None,
    ) -> Array:  # fmt: skip
        settings = {"axis": axis, "keepdims": keepdims}
        about = {**settings, "dtype": dtype, "ddof": ddof, "mean": mean, "correction": correction}
        if a.dtype.kind not in "fc":
            return plain(a, where=where, **about)
        check_inexact(f"np.{function.__name__}", dtype)
        present = np.logical_and(where, np.logical_not(np.isnan(a)))
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Array = plain(without_nan(a, 0), where=present, **about)
        count = np.count_nonzero(present, **settings)
        too_few = np.less_equal(count, correction or ddof)
        if warned(too_few, "Degrees of freedom <= 0 for slice."):
            found = np.where(too_few, np.nan, found)
        return found

    composed(function)(variance)


variance_ignoring(np.nanvar, np.var)
variance_ignoring(np.nanstd, np.std)

# Averages


def in_dtype(a: Array, dtype: Any) -> Array:
    return a if a.dtype == dtype else a.astype(dtype)


def weights_along(weights: Array, a: Array, axis: Axis) -> Array:
    """Line up weights that are given for some axes of ``a`` with these."""
    if weights.shape == a.shape:
        return weights
    if axis is None:
        raise TypeError(
            f"np.average: weights of shape {weights.shape} for an array of shape {a.shape} need "
            "the axis along which they are"
        )
    axes = [one % a.ndim for one in (axis if np.iterable(axis) else (axis,))]
    if weights.shape != tuple(a.shape[one] for one in axes):
        raise ValueError(
            f"np.average: weights of shape {weights.shape} do not fit axis {axis} of an array of "
            f"shape {a.shape}"
        )
    return np.reshape(
        np.transpose(weights, np.argsort(axes)),
        [n if i in axes else 1 for i, n in enumerate(a.shape)],
    )


@composed(np.average)
def average(
    a: Array, axis: Axis = None, weights: Any = None, returned: bool = False, *,
    keepdims: bool = False,
) -> Any:  # fmt: skip
    a = as_array(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.full(mean.shape, a.size / max(mean.size, 1), mean.dtype)[()]
    else:
        weights = weights_along(as_array(weights), a, axis)
        dtype = np.result_type(a.dtype, weights.dtype, *[float] * (a.dtype.kind in "biu"))
        weights = in_dtype(weights, dtype)
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        no_weight = np.equal(total, 0)
        if not isinstance(no_weight, Recorded) and np.any(no_weight):
            raise ZeroDivisionError("np.average: the weights sum to zero")
        mean = np.sum(in_dtype(a, dtype) * weights, axis=axis, keepdims=keepdims) / total
        if returned and total.shape != mean.shape:
            total = np.copy(np.broadcast_to(total, mean.shape))
    return (mean, total) if returned else mean


SINGLE_ROW_IS_ONE_VARIABLE = np.lib.NumpyVersion(np.__version__) < "2.2.0"


def variables(m: Array, rowvar: bool, single_row_is_one: bool, dtype: Any) -> Array:
    """One variable a row."""
    if m.ndim > 2:
        raise ValueError(f"np.cov: an array of shape {m.shape} has more than 2 dimensions")
    rows = in_dtype(np.reshape(m, (1, -1)) if m.ndim < 2 else m, dtype)
    is_one = m.ndim < 2 or (single_row_is_one and rows.shape[0] == 1)
    return rows if rowvar or is_one else np.transpose(rows)


def check_weights(samples: int, fweights: Any, aweights: Any, **settings: Any) -> None:
    """Let NumPy raise what it raises, and warn, for weights and degrees of freedom."""
    aweights = values_of(aweights)
    if not isinstance(aweights, Recorded):
        with np.errstate(all="ignore"):
            np.cov(np.zeros((1, samples)), fweights=fweights, aweights=aweights, **settings)


@composed(np.cov)
def cov(
    m: Array, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None,
    fweights: Any = None, aweights: Any = None, *, dtype: Any = None,
) -> Array:  # fmt: skip
    given = [as_array(one) for one in (m, y) if one is not None]
    dtype = dtype or np.result_type(float, *[one.dtype for one in given])
    x = variables(given[0], rowvar, SINGLE_ROW_IS_ONE_VARIABLE, dtype)
    if x.shape[0] == 0:
        return np.zeros((0, 0))
    if y is not None:
        x = np.concatenate([x, variables(given[1], rowvar, True, dtype)], axis=0)
    fweights = values_of(fweights)
    check_weights(x.shape[1], fweights, aweights, bias=bias, ddof=ddof)
    if ddof is None:
        ddof = 0 if bias else 1
    weights = [in_dtype(as_array(w), float) for w in (fweights, aweights) if w is not None]
    weight = weights[0] * weights[-1] if len(weights) == 2 else weights[0] if weights else None
    mean, total = average(x, axis=1, weights=weight, returned=True)
    if weight is None:
        freedom = x.shape[1] - ddof
    elif aweights is None or ddof == 0:
        freedom = total[0] - ddof
    else:
        # In NumPy's order, one after the other, unlike np.sum's.
        freedom = total[0] - ddof * np.cumsum(weight * weights[-1])[-1] / total[0]
    x = in_dtype(x - mean[:, None], x.dtype)
    transposed = np.transpose(x if weight is None else x * weight)
    products = np.dot(x, np.conjugate(transposed) if x.dtype.kind == "c" else transposed)
    scaled = products * np.true_divide(1, at_least_0(freedom))
    return np.squeeze(in_dtype(scaled, products.dtype))


def at_least_0(freedom: Any) -> Any:
    return freedom if isinstance(values_of(freedom), Recorded) or freedom > 0 else 0.0


@composed(np.corrcoef)
def corrcoef(x: Array, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return 0 * c + on_values(np.divide, c, c)
    deviations = np.sqrt(np.real(np.diagonal(c)))
    c = c / deviations[:, None] / deviations[None, :]
    if c.dtype.kind == "c":
        return within_one(np.real(c)) + 1j * within_one(np.imag(c))
    return within_one(c)


def within_one(c: Array) -> Array:
    """c between -1 and 1; where it is NaN, so is its derivative, unlike that of np.clip."""
    return np.where(c > 1, 1, np.where(c < -1, -1, c))


# Counts


def weigh_bins(weights: Array, x: Array, minlength: int = 0) -> Array:
    return np.bincount(x, weights, minlength)


bin_weights = linear(
    weigh_bins, lambda g, out, weights, x, minlength=0: taken(g, x, axis=0), None, name="bincount"
)


@composed(np.bincount)
def bincount(x: Array, /, weights: Any = None, minlength: int = 0) -> Array:
    x = values_of(x)
    if weights is None:
        return np.bincount(x, minlength=minlength)
    return bin_weights(weights, x, minlength=minlength)


def places_in(edges: list[Array], columns: list[Array]) -> tuple[list[Array], Array]:
    """The bin of each sample along each axis, and whether there is one."""
    places, inside = [], True
    for edge, column in zip(edges, columns, strict=True):
        # The last bin contains its end.
        place = np.searchsorted(edge, column, side="right") - 1 - (column == edge[-1])
        inside = inside & (place >= 0) & (place < len(edge) - 1)
        places.append(np.clip(place, 0, len(edge) - 2))
    return places, inside


def weigh_histogram(weights: Array, compute: Any, sample: Any, edges: Any, **bins: Any) -> Array:
    return compute(sample, weights=weights, **bins)[0]


def weights_in_bins(
    g: Array, shape: tuple[int, ...], compute: Any, sample: Any, edges: list[Array]
) -> Array:
    columns = [np.ravel(sample)] if compute is np.histogram else list(np.transpose(sample))
    places, inside = places_in(edges, columns)
    return np.reshape(np.where(inside, g[tuple(places)], 0), shape)


weighted_histogram = linear(
    weigh_histogram,
    lambda g, out, weights, compute=None, sample=None, edges=None, bins=10, range=None: (
        weights_in_bins(g, weights.shape, compute, sample, edges)
    ),
    name="histogram",
)


def space_evenly(first: Array, last: Array, count: int) -> Array:
    return np.linspace(first, last, count)


def even_edges_vjp(i: int, g: Array, out: Any, first: Any, last: Any, count: int) -> Array:
    share = np.linspace(0, 1, count).astype(g.dtype)
    return np.sum(g * (share if i else 1 - share))


# Not np.linspace of Tensors, as that may be off by a rounding, and the counts are of these edges.
even_edges = jointly_linear(space_evenly, even_edges_vjp, name="bin edges")


def moving_edges(a: Any, bins: Any, range: Any, edges: Array) -> Array:
    """The ``edges`` that NumPy found for a sample, as a function of what they depend on."""
    if np.ndim(bins) == 1:
        return as_array(bins)
    depends_on_sample = range is None and np.size(a) > 0 and isinstance(a, Recorded)
    if not depends_on_sample:
        return edges
    first, last = np.min(a), np.max(a)
    if values_of(first) == values_of(last):
        first, last = first - 0.5, last + 0.5
    return even_edges(first, last, count=len(edges))


def per_width(counts: Array, edges: list[Array]) -> Array:
    """Counts as a density: for each bin, the share of the total per unit of its size."""
    total = np.sum(counts)
    for axis, edge in enumerate(edges):
        width = in_dtype(edge[1:] - edge[:-1], float)
        counts = counts / np.reshape(width, (-1,) + (1,) * (len(edges) - 1 - axis))
    return counts / total


@composed(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Array:
    values = values_of_each("histogram_bin_edges", a)
    plain = values_of((bins, range, weights))
    return moving_edges(a, bins, range, np.histogram_bin_edges(values, *plain))


def count_in_bins(
    compute: Any, sample: Array, columns: list[Any], density: Any, weights: Any, bins: Any,
    range: Any,
) -> tuple[Array, list[Array]]:  # fmt: skip
    """The counts or weights in each bin, and the edges of the bins along each axis."""
    settings = {"bins": values_of(bins), "range": values_of(range)}
    is_constant = not isinstance(weights, Recorded)
    counts, found = compute(sample, weights=weights if is_constant else None, **settings)
    if compute is np.histogram:
        found, bins, range = [found], [bins], [range]
    if not is_constant:
        counts = weighted_histogram(
            weights, compute=compute, sample=sample, edges=found, **settings
        )
    each_bins = bins if np.iterable(bins) else [bins] * len(columns)
    each_range = range if range is not None else [None] * len(columns)
    edges = [moving_edges(*one) for one in zip(columns, each_bins, each_range, found, strict=True)]
    return per_width(counts, edges) if density else counts, edges


@composed(np.histogram)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Array, Array]:
    sample = np.asarray(values_of_each("histogram", a))
    counts, edges = count_in_bins(np.histogram, sample, [a], density, weights, bins, range)
    return counts, edges[0]


@composed(np.histogramdd)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Array, list[Array]]:
    if np.ndim(values_of_each("histogramdd", sample)) == 2 and hasattr(sample, "shape"):
        columns = [sample[:, i] for i in np.arange(sample.shape[1])]
    else:
        columns = list(sample) if isinstance(sample, (list, tuple)) else [sample]
    if columns and all(np.ndim(column) == 0 for column in columns):
        columns = [np.stack(columns)]
    points = np.stack([np.asarray(values_of(column)) for column in columns], axis=-1)
    columns = [
        column.astype(points.dtype) if isinstance(column, Recorded)  # type: ignore[attr-defined]
        else np.asarray(column, points.dtype)
        for column in columns
    ]  # fmt: skip
    return count_in_bins(np.histogramdd, points, columns, density, weights, bins, range)


@composed(np.histogram2d)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Array, Array, Array]:
    if len(x) != len(y):
        raise ValueError(f"np.histogram2d: {len(x)} values of x, {len(y)} of y")
    if np.iterable(bins) and len(list(bins)) > 2:
        bins = [bins, bins]
    counts, edges = histogramdd([x, y], bins, range, density, weights)
    return counts, *edges


constant(np.digitize)
