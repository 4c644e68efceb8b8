"""Pooling: the largest or the mean of the pixels in each window of an image.

Where pixels of a window tie for the largest, they share its gradient equally, as in ``np.max``.
Padding is not there: it is never the largest, and does not count in a mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..batching import BATCHING
from ..ops.elementwise import quotient
from ..ops.sorting import Search
from ..ops.table import Op, differentiable, linear
from ..recording import Array
from .functions import as_floating
from .windows import (
    NO_PADDING,
    Pair,
    Window,
    by,
    check_layout,
    cropped,
    joined_batch,
    padded,
    pair,
    window_over,
)

__all__ = ["avg_pool2d", "global_avg_pool2d", "global_max_pool2d", "max_pool2d"]


# On ndarrays


def combined(combine: Callable[..., Array], x: Array, window: Window, fill: Any) -> Array:
    """Combine the pixels of each window: the rows first, and then the columns of what is left."""
    places = window.outputs(x.shape[1:3])
    out = padded(x, window.padding, fill)
    for axis in (0, 1):
        first, *others = [
            out[(slice(None),) * (axis + 1) + (window.along(axis, position, places[axis]),)]
            for position in range(window.size[axis])
        ]
        out = first if others else first.copy()
        for number, other in enumerate(others):
            out = combine(out, other, out=out if number else None)
    return out


def largest(x: Array, window: Window) -> Array:
    return combined(np.maximum, x, window, -np.inf)


def sums(x: Array, window: Window) -> Array:
    return combined(np.add, x, window, 0)


def sums_back(g: Array, window: Window, image: Pair) -> Array:
    """Add what each window has to all of its pixels: the transpose of `sums`."""
    places, (height, width) = g.shape[1:3], around(image, window)
    rows = np.zeros((len(g), places[0], width, g.shape[3]), g.dtype)
    for j in range(window.size[1]):
        rows[:, :, window.along(1, j, places[1])] += g
    out = np.zeros((len(g), height, width, g.shape[3]), g.dtype)
    for i in range(window.size[0]):
        out[:, window.along(0, i, places[0])] += rows
    return cropped(out, window.padding)


def around(image: Pair, window: Window) -> Pair:
    """The size of an image with its padding."""
    height, width = [length + sum(side) for length, side in zip(image, window.padding)]
    return height, width


def tiles(window: Window) -> bool:
    """Whether the columns of windows are each those of one window, in order.

    Then whole rows are compared and multiplied at once, which takes half the time.
    """
    return window.stride[1] == window.size[1]


def positions(window: Window, places: Pair) -> Iterator[tuple[Any, Any]]:
    """Yield where a part of each window is in images, and where in a mask of windows.

    A mask has the axes (image, row of the window, place, place, column of the window, channel);
    where windows tile a row, the two axes before the last are one.
    """
    everything = slice(None)
    for i in range(window.size[0]):
        rows = window.along(0, i, places[0])
        if tiles(window):
            yield (everything, rows, slice(places[1] * window.size[1])), (everything, i)
        else:
            for j in range(window.size[1]):
                columns = window.along(1, j, places[1])
                yield (everything, rows, columns), (everything, i, everything, everything, j)


def widened(values: Array, window: Window) -> Array:
    """Repeat what each window has for the columns that it tiles."""
    return np.repeat(values, window.size[1], axis=2) if tiles(window) else values


def where_largest(x: Array, out: Array, window: Window) -> Array:
    """Say of each pixel of each window whether it is the largest."""
    batch, down, across, channels = out.shape
    high, wide = window.size
    x = padded(x, window.padding, -np.inf)
    columns = (across * wide,) if tiles(window) else (across, wide)
    hits = np.empty((batch, high, down, *columns, channels), bool)
    out = widened(out, window)
    for image, part in positions(window, (down, across)):
        np.equal(x[image], out, out=hits[part])
    return hits


def counted(hits: Array, window: Window, dtype: Any) -> Array:
    """How many pixels of each window a mask says."""
    (high, wide), channels = window.size, hits.shape[-1]
    ones = hits.view(np.uint8) if high * wide < 256 else hits.astype(np.intp)
    rows = sum_over(ones, 1)
    batch, down = rows.shape[:2]
    across = math.prod(rows.shape[2:-1]) // wide
    return sum_over(rows.reshape(batch, down, across, wide, channels), 3).astype(dtype)


def sum_over(values: Array, axis: int) -> Array:
    """Sum over a short axis, an element after the other: many times as fast as np.sum."""
    first, *others = np.moveaxis(values, axis, 0)
    for other in others:
        first = first + other
    return first


def read(x: Array, hits: Array, window: Window, image: Pair) -> Array:
    """Add up the pixels of each window that a mask says."""
    places = window.outputs(image)
    x = padded(x, window.padding)
    out = np.zeros((len(x), *places, x.shape[3]), x.dtype)
    for where, part in positions(window, places):
        masked = x[where] * hits[part]
        if tiles(window):
            masked = sum_over(masked.reshape(*out.shape[:3], window.size[1], x.shape[3]), 3)
        out += masked
    return out


def put(g: Array, hits: Array, window: Window, image: Pair) -> Array:
    """Add what each window has to the pixels that a mask says: the transpose of `read`."""
    out = np.zeros((len(g), *around(image, window), g.shape[3]), g.dtype)
    apart = window.stride[0] >= window.size[0] and window.stride[1] >= window.size[1]
    wide = widened(g, window)
    for where, part in positions(window, g.shape[1:3]):
        if apart:
            np.multiply(wide, hits[part], out=out[where])
        else:
            out[where] += wide * hits[part]
    return cropped(out, window.padding)


# As ops


def max_pool_vjp(g: Array, out: Array, x: Array, window: Window) -> Array:
    hits = find_largest(x, out, window=window)
    share = quotient(g, count_largest(hits, window=window, dtype=g.dtype))
    return put_at(share, hits, window=window, image=x.shape[1:3])


def max_pool_jvp(t: Array, out: Array, x: Array, window: Window) -> Array:
    hits = find_largest(x, out, window=window)
    total = read_at(t, hits, window=window, image=x.shape[1:3])
    return quotient(total, count_largest(hits, window=window, dtype=t.dtype))


# fmt: off
max_pool = differentiable(largest, [max_pool_vjp], [max_pool_jvp], name="max_pool")
find_largest = Search(where_largest)
count_largest = Search(counted)
read_at: Op = linear(
    read, lambda g, out, x, hits, window, image: put_at(g, hits, window=window, image=image), None,
    name="masked window sum")
put_at: Op = linear(
    put, lambda t, out, g, hits, window, image: read_at(t, hits, window=window, image=image), None,
    name="transposed masked window sum")
window_sums: Op = linear(
    sums, lambda g, out, x, window: window_sums_back(g, window=window, image=x.shape[1:3]),
    name="window sum")
window_sums_back: Op = linear(
    sums_back, lambda t, out, g, window, image: window_sums(t, window=window),
    name="transposed window sum")
# fmt: on

BATCHING.update(
    dict.fromkeys(
        (
            max_pool, find_largest, count_largest, read_at, put_at, window_sums, window_sums_back
        ),
        joined_batch,
    )
)  # fmt: skip


# For everybody


def max_pool2d(
    x: Array, size: int | Pair = 2, stride: int | Pair | None = None, padding: Any = "valid"
) -> Array:
    """Take the largest of the pixels in each window, of each channel on its own.

    Pixels that tie for the largest share the gradient equally.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
        The images.
    size : int or pair of int
        The window, (height, width).
    stride : int or pair of int, optional
        By how many pixels it moves; by default, its size, so that windows do not overlap.
    padding : {"valid", "same"}, int, pair of int, or pair of pairs
        How many pixels there are around each image, which are never the largest: none, and what
        is too little for a window at the end is left out; as many as there must be for
        ``ceil(height / stride)`` windows; or a number for all sides, one for (height, width), or
        ``((top, bottom), (left, right))``.

    Returns
    -------
    array, shape (batch, height, width, channels)

    Raises
    ------
    ValueError
        If x is not a batch of images, or the window does not fit on them.
    TypeError
        If x does not hold real numbers.

    Examples
    --------
    >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> max_pool2d(x, 2)[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    x, window = prepared("max_pool2d", x, size, stride, padding)
    return max_pool(x, window=window)


def avg_pool2d(
    x: Array, size: int | Pair = 2, stride: int | Pair | None = None, padding: Any = "valid"
) -> Array:
    """Take the mean of the pixels in each window, of each channel on its own.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
        The images.
    size : int or pair of int
        The window, (height, width).
    stride : int or pair of int, optional
        By how many pixels it moves; by default, its size, so that windows do not overlap.
    padding : {"valid", "same"}, int, pair of int, or pair of pairs
        How many pixels there are around each image, which do not count in the mean; as in
        `max_pool2d`.

    Returns
    -------
    array, shape (batch, height, width, channels)

    Raises
    ------
    ValueError
        If x is not a batch of images, or the window does not fit on them.
    TypeError
        If x does not hold real numbers.

    Examples
    --------
    >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> avg_pool2d(x, 2)[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    x, window = prepared("avg_pool2d", x, size, stride, padding)
    if window.padding == NO_PADDING:
        return window_sums(x, window=window) * (1 / (window.size[0] * window.size[1]))
    return window_sums(x, window=window) / sums(np.ones((1, *x.shape[1:3], 1), x.dtype), window)


def global_max_pool2d(x: Array) -> Array:
    """Take the largest pixel of each image, of each channel on its own.

    Pixels that tie for the largest share the gradient equally.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
        The images.

    Returns
    -------
    array, shape (batch, channels)

    Raises
    ------
    ValueError
        If x is not a batch of images, or they have no pixels.
    TypeError
        If x does not hold real numbers.

    Examples
    --------
    >>> global_max_pool2d(np.arange(16.0).reshape(1, 4, 4, 1))
    array([[15.]])
    """
    return np.max(images("global_max_pool2d", x), axis=(1, 2))


def global_avg_pool2d(x: Array) -> Array:
    """Take the mean of the pixels of each image, of each channel on its own.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
        The images.

    Returns
    -------
    array, shape (batch, channels)

    Raises
    ------
    ValueError
        If x is not a batch of images, or they have no pixels.
    TypeError
        If x does not hold real numbers.

    Examples
    --------
    >>> global_avg_pool2d(np.arange(16.0).reshape(1, 4, 4, 1))
    array([[7.5]])
    """
    return np.mean(images("global_avg_pool2d", x), axis=(1, 2))


def images(function: str, x: Any) -> Array:
    """Return x as images that have pixels."""
    x = as_floating(f"{function}: x", x)
    check_layout(function, x, "height, width")
    if 0 in x.shape[1:3]:
        raise ValueError(f"{function}: images of shape {x.shape} have no pixels")
    return x


def prepared(function: str, x: Any, size: Any, stride: Any, padding: Any) -> tuple[Array, Window]:
    """Return x as images, and the window over them."""
    x = images(function, x)
    size = pair(function, "size", size)
    window = window_over(function, x.shape[1:3], size, size if stride is None else stride, padding)
    if max(window.padding[0]) >= size[0] or max(window.padding[1]) >= size[1]:
        raise ValueError(
            f"{function}: padding={padding!r} would make windows of {by(size)} in which there is "
            "nothing but padding"
        )
    return x, window
