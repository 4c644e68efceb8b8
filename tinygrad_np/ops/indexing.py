"""Reading and writing elements by any index, and adding them back where they came from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..recording import Array
from .table import Op, jointly_linear, linear, selecting


def read(a: Array, index: Any) -> Array:
    return a[index]


def scatter(g: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """An array of zeros with ``g`` added at ``index``, as many times as an element is named."""
    out = np.zeros(shape, g.dtype)
    if not may_repeat(index):
        out[index] = g
    elif g.size < MANY or len(shape) == 1:
        np.add.at(out, index, g)
    else:
        add_at(out, index if isinstance(index, tuple) else (index,), g)
    return out


MANY = 4096
"""From how many elements on the places of elements are worth being counted in one axis."""


def may_repeat(index: Any) -> bool:
    """Whether an index can name an element twice: only sequences of integers can."""
    items = index if isinstance(index, tuple) else (index,)
    return any(
        not isinstance(item, NAMES_ONCE) and np.asarray(item).dtype != bool for item in items
    )


NAMES_ONCE = (int, np.integer, np.bool, slice, type(None), type(...))


def add_at(out: Array, index: tuple[Any, ...], g: Array) -> None:
    """Do what ``np.add.at`` does, which is several times as fast in one axis as in more."""
    axes = len(out.shape)
    if not any(item is ... for item in index):
        axes = sum(axes_of(item) for item in index)
    indexed, row = out.shape[:axes], math.prod(out.shape[axes:])
    grid = np.indices(indexed, sparse=True)
    places: Any = 0
    for length, along in zip(indexed, grid, strict=True):
        places = places * length + np.broadcast_to(along, indexed)[index]
    rows = out.reshape(-1, row)
    g = np.broadcast_to(g, places.shape + out.shape[axes:]).reshape(places.size, row)
    places = np.ravel(places)
    if row > 1:
        if are_different(places, len(rows)):
            rows[places] = g
            return
        places = np.ravel(places[:, None] * row + np.arange(row))
    np.add.at(out.reshape(-1), places, np.ravel(g))


def axes_of(item: Any) -> int:
    """How many axes an item of an index stands for."""
    if item is None or isinstance(item, slice):
        return item is not None
    item = np.asarray(item)
    return item.ndim if item.dtype == bool else 1


def are_different(places: Array, length: int) -> bool:
    """Whether no two of some numbers below ``length`` are equal."""
    turns = np.arange(places.size)
    last = np.empty(length, np.intp)
    last[places] = turns
    return bool((last[places] == turns).all())


getitem: Op = linear(
    read, lambda g, out, a, index=None: scatter_add(g, index=index, shape=a.shape), name="getitem"
)
scatter_add: Op = linear(
    scatter, lambda g, out, a, index=None, shape=None: getitem(g, index=index), name="scatter_add"
)


# Writing: what is written over does not matter any more.


def write(a: Array, value: Array, index: Any) -> Array:
    """Return a copy of ``a`` with ``value`` written at ``index``."""
    out = np.array(a)
    out[index] = value
    return out


def write_vjp(i: int, g: Array, out: Any, a: Any, value: Any, index: Any) -> Array:
    if i == 0:
        return setitem(g, np.zeros((), g.dtype)[()], index=index)
    read = getitem(g, index=index)
    if may_repeat(index):
        read = np.where(was_written_last(index, a.shape), read, 0)
    shape = np.shape(value)
    if len(shape) > read.ndim:
        read = read.reshape((1,) * (len(shape) - read.ndim) + read.shape)
    return read


def was_written_last(index: Any, shape: tuple[int, ...]) -> Array:
    """Where an index names an element twice, only what was written last is in the result."""
    places = np.zeros(shape, np.intp)
    turns = np.arange(places[index].size).reshape(places[index].shape)
    places[index] = turns
    return places[index] == turns


setitem = jointly_linear(write, write_vjp, name="assignment")


# Here the index is an argument, so that in a batch each example can have its own.


def at(axis: int, item: Any) -> tuple[Any, ...]:
    """The index that applies ``item`` to one axis."""
    return (slice(None),) * axis + (item,)


def take_elements(a: Array, indices: Array, axis: int) -> Array:
    return np.take(a, indices, axis)


def put_back(g: Array, indices: Array, axis: int, shape: tuple[int, ...]) -> Array:
    return scatter(g, at(axis, indices), shape)


def take_along(a: Array, indices: Array, axis: int) -> Array:
    return np.take_along_axis(a, indices, axis)


def put_back_along(g: Array, indices: Array, axis: int, shape: tuple[int, ...]) -> Array:
    index: list[Any] = list(np.indices(shape, sparse=True))
    index[axis] = indices
    return scatter(g, tuple(index), shape)


taken: Op = linear(
    take_elements,
    lambda g, out, a, indices, axis=0: put_taken_back(g, indices, axis=axis, shape=a.shape),
    None,
    name="take",
)
put_taken_back: Op = linear(
    put_back, lambda g, out, a, indices, axis=0, shape=None: taken(g, indices, axis=axis), None
)
taken_along: Op = linear(
    take_along,
    lambda g, out, a, indices, axis=0: put_back_along_axis(g, indices, axis=axis, shape=a.shape),
    None,
    name="take_along_axis",
)
put_back_along_axis: Op = linear(
    put_back_along,
    lambda g, out, a, indices, axis=0, shape=None: taken_along(g, indices, axis=axis),
    None,
)

selecting(getitem, scatter_add, setitem, taken, put_taken_back, taken_along, put_back_along_axis)
