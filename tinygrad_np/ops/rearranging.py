"""Functions that lay elements out anew: pad, rotate, insert, delete, resize, blocks, grids.

Each is a composition of functions that have rules; where NumPy returns a view, so does it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, Recorded
from .creation import join as array_of
from .indexing import at, scatter_add
from .joining import as_array, join, split
from .table import composed, constant, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def outline(a: Array) -> np.ndarray[Any, Any]:
    """What NumPy needs to check a call: an array of the same shape that takes no memory."""
    return np.broadcast_to(np.zeros((), a.dtype), a.shape)


# Padding. An axis is padded after those before it, so that corners are made of borders.


@composed(np.pad)
def pad(array: Array, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Array:
    array = as_array(array)
    if callable(mode):
        raise GradientError(
            f"np.pad: the function {getattr(mode, '__name__', mode)!r} as mode would write into an "
            "array that is not recorded; make the borders and join them with np.concatenate"
        )
    if array.dtype.kind not in "fc":
        array, keywords = values_of((array, keywords))
        if not isinstance(array, Recorded):
            return np.pad(array, pad_width, mode, **keywords)
    # NumPy rejects what it does not take, at the price of padding an array of one element.
    checked = {"stat_length", "reflect_type"}
    np.pad(
        np.zeros([min(n, 1) for n in array.shape], array.dtype), pad_width, mode,
        **{name: value if name in checked else 0 for name, value in keywords.items()},
    )  # fmt: skip
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, pad_width.get(i - array.ndim, 0)) for i in range(array.ndim)]
        pad_width = [np.broadcast_to(width, 2) for width in pad_width]
    widths = np.broadcast_to(pad_width, (array.ndim, 2)).tolist()
    if mode == "empty" or (mode == "constant" and not keywords):
        inside = tuple(slice(before, before + n) for (before, _), n in zip(widths, array.shape))
        lengths = tuple(before + n + after for (before, after), n in zip(widths, array.shape))
        padded: Array = scatter_add(array, index=inside, shape=lengths)
        return padded
    borders = BORDERS[mode](array, **keywords)
    padded = array
    for axis, (before, after) in enumerate(widths):
        if before or after:
            left, right = borders(padded, axis, before, after)
            padded = join(left, padded, right, axis=axis)
    return np.copy(array) if padded is array else padded


def two_sided(value: Callable[..., Array]) -> Callable[..., tuple[Array, Array]]:
    """Make borders of the one value that ``value(padded, axis, side)`` gives each side."""

    def borders(padded: Array, axis: int, *widths: int) -> tuple[Array, Array]:
        left, right = (
            np.repeat(value(padded, axis, side), width, axis) for side, width in enumerate(widths)
        )
        return left, right

    return borders


def edge(padded: Array, axis: int, side: int) -> Array:
    """The first or the last of an axis, which is kept."""
    return padded[at(axis, slice(-1, None) if side else slice(1))]


def pairs(value: Any, array: Array) -> Array:
    """What is given for all axes, or for both sides of an axis, for each side of each axis."""
    pair: Array = np.broadcast_to(array_of(value), (array.ndim, 2))
    return pair.astype(array.dtype)


def constant_borders(array: Array, constant_values: Any = 0) -> Any:
    constants = pairs(constant_values, array)
    return two_sided(
        lambda padded, axis, side: np.broadcast_to(
            constants[axis, side], (*padded.shape[:axis], 1, *padded.shape[axis + 1 :])
        )
    )


def ramps(array: Array, end_values: Any = 0) -> Any:
    ends = pairs(end_values, array)

    def borders(padded: Array, axis: int, *widths: int) -> Any:
        for side, width in enumerate(widths):
            steps = np.arange(width, dtype=padded.real.dtype)
            steps = np.reshape(steps, (-1,) + (1,) * (padded.ndim - 1 - axis))
            step = (edge(padded, axis, side) - ends[axis, side]) / max(width, 1)
            yield step * (steps[::-1] if side else steps) + ends[axis, side]

    return borders


def statistics(function: Any) -> Any:
    """Make the borders that are a statistic of the elements beside them, or of all."""

    def of_array(array: Array, stat_length: Any = None) -> Any:
        def statistic(padded: Array, axis: int, side: int) -> Array:
            length = padded.shape[axis]
            if stat_length is not None:
                chosen = np.broadcast_to(stat_length, (array.ndim, 2))[axis, side]
                length = min(int(np.round(chosen)), length)
            beside = slice(padded.shape[axis] - length, None) if side else slice(length)
            return function(padded[at(axis, beside)], axis=axis, keepdims=True)

        return two_sided(statistic)

    return of_array


def reflections(mode: Any) -> Any:
    """Make the borders that repeat elements: NumPy tells of which place each is a copy.

    An odd reflection is two times the edge less the element. Reflected again and again, it is a sum
    of the element and of both edges, and NumPy tells with what weights.
    """

    def of_array(array: Array, **settings: Any) -> Any:
        is_odd = settings.get("reflect_type") == "odd"

        def borders(padded: Array, axis: int, before: int, after: int) -> Any:
            length = padded.shape[axis]
            places = np.pad(np.arange(length), (before, after), mode)
            ends = [np.arange(length) == end for end in (0, length - 1)]
            weights = [np.pad(end.astype(int), (before, after), mode, **settings) for end in ends]
            for part in (slice(before), slice(before + length, None)):
                border = padded[at(axis, places[part])]
                if is_odd and length > 1 and border.size:
                    column = (-1,) + (1,) * (padded.ndim - 1 - axis)
                    of_element = 1 - weights[0][part] - weights[1][part]
                    border = border * of_element.astype(padded.dtype).reshape(column)
                    for side in (0, 1):
                        of_edge = weights[side][part]
                        if of_edge.any():
                            of_edge = of_edge.astype(padded.dtype).reshape(column)
                            border = border + edge(padded, axis, side) * of_edge
                yield border

        return borders

    return of_array


BORDERS: dict[str, Callable[..., Any]] = {
    "constant": constant_borders,
    "edge": lambda array: two_sided(edge),
    "linear_ramp": ramps,
    "maximum": statistics(np.max),
    "mean": statistics(np.mean),
    "median": statistics(np.median),
    "minimum": statistics(np.min),
    "reflect": reflections("reflect"),
    "symmetric": reflections("symmetric"),
    "wrap": reflections("wrap"),
}


# Turning


@composed(np.fliplr)
def fliplr(m: Array) -> Array:
    np.fliplr(outline(m))
    return m[:, ::-1]


@composed(np.flipud)
def flipud(m: Array) -> Array:
    np.flipud(outline(m))
    return m[::-1]


@composed(np.rot90)
def rot90(m: Array, k: int = 1, axes: Any = (0, 1)) -> Array:
    np.rot90(outline(m), k, axes)
    first, second = axes
    if k % 4 == 0:
        return m[...]
    if k % 4 == 2:
        return np.flip(np.flip(m, first), second)
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, second), first, second)
    return np.flip(np.swapaxes(m, first, second), second)


@composed(np.rollaxis)
def rollaxis(a: Array, axis: int, start: int = 0) -> Array:
    np.rollaxis(outline(a), axis, start)
    axis %= a.ndim
    start += a.ndim if start < 0 else 0
    return np.moveaxis(a, axis, start - (axis < start))


@composed(np.matrix_transpose)
def matrix_transpose(x: Array) -> Array:
    np.matrix_transpose(outline(x))
    return np.swapaxes(x, -1, -2)


# Longer and shorter


@composed(np.resize)
def resize(a: Array, new_shape: Any) -> Array:
    a = np.ravel(a)
    shape = np.resize(np.zeros(0), values_of(new_shape)).shape
    if not a.size:
        return np.zeros_like(a, shape=shape)
    size = math.prod(shape)
    return np.reshape(np.tile(a, -(-size // a.size))[:size], shape)


@composed(np.delete)
def delete(arr: Array, obj: Any, axis: Any = None) -> Array:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    length = np.moveaxis(outline(arr), axis, 0).shape[0]
    kept = np.zeros(length, bool)
    kept[np.delete(np.arange(length), values_of(obj))] = True
    return arr[at(axis % arr.ndim, kept)]


@composed(np.insert)
def insert(arr: Array, obj: Any, values: Any, axis: Any = None) -> Array:
    arr, obj = as_array(arr), values_of(obj)
    if axis is None:
        arr, axis = np.ravel(arr), 0
    length = np.moveaxis(outline(arr), axis, 0).shape[0]
    axis %= arr.ndim
    values = array_of(values).astype(arr.dtype)
    count = np.insert(np.zeros(length, bool), obj, True).size - length
    if count == 1:
        # At one place, as many are inserted as there are.
        values = np.reshape(values, (1,) * (arr.ndim - values.ndim) + values.shape)
        if not isinstance(obj, slice) and np.ndim(obj) == 0:
            values = np.moveaxis(values, 0, axis)
        count = values.shape[axis]
    if values.ndim > arr.ndim:
        values = np.reshape(values, values.shape[values.ndim - arr.ndim :])
    values = np.broadcast_to(values, (*arr.shape[:axis], count, *arr.shape[axis + 1 :]))
    order = np.insert(np.arange(length), obj, np.arange(length, length + count))
    inserted: Array = join(arr, values, axis=axis)[at(axis, order)]
    return inserted


@composed(np.append)
def append(arr: Array, values: Any, axis: Any = None) -> Array:
    arr, values = array_of(arr), array_of(values)
    if axis is None:
        arr, values, axis = np.ravel(arr), np.ravel(values), 0
    appended: Array = join(arr, values, axis=axis)
    return appended


# Several arrays


@composed(np.block)
def block(arrays: Any) -> Array:
    np.block(without_elements(arrays))
    depth, ndim = 0, max(np.ndim(leaf) for leaf in leaves(arrays))
    first = arrays
    while isinstance(first, list):
        depth, first = depth + 1, first[0]
    ndim = max(depth, ndim)

    def joined(part: Any, axis: int) -> Array:
        if isinstance(part, list):
            return join(*[joined(item, axis + 1) for item in part], axis=axis)
        part = as_array(part)
        return np.reshape(part, (1,) * (ndim - part.ndim) + part.shape)

    whole = joined(arrays, -depth)
    return whole if isinstance(arrays, list) else np.copy(whole)


def without_elements(arrays: Any) -> Any:
    """The same nested lists of empty arrays, with which NumPy checks how they are nested."""
    if isinstance(arrays, list):
        return [without_elements(part) for part in arrays]
    return arrays if isinstance(arrays, tuple) else np.zeros(0)


def leaves(arrays: Any) -> list[Any]:
    if isinstance(arrays, list):
        return [leaf for part in arrays for leaf in leaves(part)]
    return [arrays]


@composed(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Array, ...]:
    arrays = [as_array(arg) for arg in args]
    shape = np.broadcast_shapes(*[array.shape for array in arrays])
    return tuple(
        array if array.shape == shape else np.broadcast_to(array, shape) for array in arrays
    )


@composed(np.meshgrid)
def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Array, ...]:
    check: Any = np.meshgrid
    check(indexing=indexing)
    axes = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        axes[:2] = 1, 0
    grids: Any = [
        np.reshape(as_array(x), (1,) * axis + (-1,) + (1,) * (len(xi) - 1 - axis))
        for axis, x in zip(axes, xi)
    ]
    grids = grids if sparse else broadcast_arrays(*grids)
    return tuple(np.copy(grid) if copy else grid for grid in grids)


@composed(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    def shaped(a: Any) -> Array:
        a = as_array(a)
        if a.ndim == 2:
            return a[:, :, None]
        return a if a.ndim > 2 else np.reshape(a, (1, -1, 1))

    found = tuple(shaped(a) for a in arys)
    return found[0] if len(found) == 1 else found


@composed(np.dstack)
def dstack(tup: Sequence[Array]) -> Array:
    joined: Array = join(*[atleast_3d(a) for a in tup], axis=2)
    return joined


@composed(np.ix_)
def ix_(*args: Any) -> tuple[Array, ...]:
    """Where integers or masks are given, plain indices; floats make a grid."""
    given = [np.zeros(0, int) if isinstance(a, list) and not a else array_of(a) for a in args]
    given = [a if a.dtype.kind in "fc" else values_of(a) for a in given]
    is_plain = [not isinstance(a, Recorded) for a in given]
    axes = np.ix_(*[a if plain else outline(a) for a, plain in zip(given, is_plain, strict=True)])
    return tuple(
        axis if plain else np.reshape(a, axis.shape)
        for a, axis, plain in zip(given, axes, is_plain, strict=True)
    )


# Parts


def splitter(function: Any, axis: int) -> None:
    def split_along(ary: Array, indices_or_sections: Any) -> list[Array]:
        # Where to cut is no part of the derivative; as a Tensor, it would be handed back to here.
        indices_or_sections = values_of(indices_or_sections)
        function(outline(ary), indices_or_sections)
        parts: list[Array] = split(ary, indices_or_sections, axis=min(axis, ary.ndim - 1))
        return parts

    composed(function)(split_along)


splitter(np.vsplit, 0)
splitter(np.hsplit, 1)
splitter(np.dsplit, 2)


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    np.unstack(outline(x), axis=axis)
    return tuple(np.moveaxis(x, axis, 0))


if hasattr(np, "unstack"):  # since NumPy 2.1
    composed(np.unstack)(unstack)


constant(
    np.diag_indices_from, np.tril_indices_from, np.triu_indices_from, np.unravel_index,
    np.ravel_multi_index,
)  # fmt: skip
