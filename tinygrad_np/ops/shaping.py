"""Functions that move elements without changing them: each undoes itself in reverse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, Recorded, unbroadcast
from .indexing import scatter_add
from .table import composed, constant, linear


def inverse_permutation(axes: Any, ndim: int) -> Any:
    """The ``axes`` argument that undoes ``np.transpose(a, axes)``."""
    if axes is None:
        return None
    inverse = [0] * ndim
    for position, axis in enumerate(axes):
        inverse[axis % ndim] = position
    return inverse


def unrepeat(g: Array, shape: tuple[int, ...], repeats: Any, axis: int | None) -> Array:
    """Add up the copies that ``np.repeat`` made."""
    if axis is None or not shape:
        return unrepeat_rows(np.ravel(g), math.prod(shape), repeats).reshape(shape)
    return np.moveaxis(unrepeat_rows(np.moveaxis(g, axis, 0), shape[axis], repeats), 0, axis)


def unrepeat_rows(g: Array, length: int, repeats: Any) -> Array:
    rows = g.shape[1:]
    if np.size(repeats) == 1:
        times = int(np.ravel(repeats)[0])
        return np.sum(np.reshape(g, (length, times, *rows)), axis=1)
    return scatter_add(g, index=np.repeat(np.arange(length), repeats), shape=(length, *rows))


def memory(function: str, a: Array, order: str) -> np.ndarray[Any, Any]:
    """The array itself, for orders that depend on how it lies in memory."""
    value = laid_out(a)
    if isinstance(value, Recorded):
        raise GradientError(
            f"{function}: order={order!r} depends on how an array lies in memory, which inside "
            "tg.vmap is that of the whole batch; write 'C' or 'F'"
        )
    return np.asarray(value)


def laid_out(a: Any) -> Any:
    """The array as NumPy would have it: what shows a part is a view, even if a copy is kept."""
    while isinstance(a, Recorded) and a.intercept is None:
        origin = getattr(a, "origin", None)
        if origin is not None:
            whole, op, settings = origin
            return op.forward(laid_out(whole), **settings)
        a = a.value
    return a


def as_in_memory(function: str, a: Array, order: str) -> str:
    """Say the order "A" as "C" or "F"."""
    if order != "A":
        return order
    flags = memory(function, a, order).flags
    return "F" if flags.f_contiguous and not flags.c_contiguous else "C"


def reshape_array(a: Array, shape: Any = None, order: Any = "C") -> Array:
    return np.reshape(a, shape, order)


def ravel_array(a: Array, order: Any = "C") -> Array:
    return np.ravel(a, order)


def all_elements(a: Array) -> Array:
    return np.reshape(a, -1)


# fmt: off
reshape = linear(reshape_array, lambda g, out, a, shape=None, order="C": (
    np.reshape(g, a.shape, order=order)), name="reshape")
ravel = linear(ravel_array, lambda g, out, a, order="C": (
    np.reshape(g, a.shape, order=order)), name="ravel")
flat = linear(all_elements, lambda g, out, a: np.reshape(g, a.shape), name="flat")
squeeze = linear(np.squeeze, lambda g, out, a, axis=None: np.reshape(g, a.shape))
expand_dims = linear(np.expand_dims, lambda g, out, a, axis=None: np.reshape(g, a.shape))
transpose = linear(np.transpose, lambda g, out, a, axes=None: (
    np.transpose(g, inverse_permutation(axes, a.ndim))))
swapaxes = linear(np.swapaxes, lambda g, out, a, axis1=0, axis2=1: np.swapaxes(g, axis1, axis2))
moveaxis = linear(np.moveaxis, lambda g, out, a, source=0, destination=0: (
    np.moveaxis(g, destination, source)))
broadcast_to = linear(np.broadcast_to, lambda g, out, a, shape=None, subok=False: (
    g if g.shape == a.shape else unbroadcast(g, a.shape)))
flip = linear(np.flip, lambda g, out, m, axis=None: np.flip(g, axis))
roll = linear(np.roll, lambda g, out, a, shift=0, axis=None: (
    np.roll(g, -np.asarray(shift), axis)))
repeat = linear(np.repeat, lambda g, out, a, repeats=1, axis=None: (
    unrepeat(g, a.shape, repeats, axis)))
copy = linear(np.copy, lambda g, out, a, order="K", subok=False: g)


def convert(a: Array, dtype: Any, order: Any = "K") -> Array:
    return a.astype(dtype, order)


astype = linear(convert, lambda g, out, a, dtype=None, order="K": g, name="astype")
# fmt: on


# NumPy calls what was newshape shape since 2.1.
@composed(np.reshape)
def reshape_to(
    a: Array, shape: Any = None, order: Any = "C", newshape: Any = None, *, copy: Any = None
) -> Array:
    shape = newshape if shape is None else shape
    if copy is False:
        # NumPy raises where a view does not do.
        np.reshape(memory("np.reshape", a, order), shape, order=order, copy=False)
    view: Array = reshape(a, shape=shape, order=as_in_memory("np.reshape", a, order))
    return np.copy(view) if copy else view


@composed(np.ravel)
def ravel_in_order(a: Array, order: Any = "C") -> Array:
    if order == "K":
        # What a ufunc lays out alike, without gaps, says in which order the axes lie.
        strides = np.isfinite(memory("np.ravel", a, order)).strides
        a = np.transpose(a, np.argsort([-step for step in strides], kind="stable").tolist())
        order = "C"
    flattened: Array = ravel(a, order=as_in_memory("np.ravel", a, order))
    return flattened


@composed(np.tile)
def tile(A: Array, reps: Any) -> Array:
    reps = tuple(reps) if np.iterable(reps) else (reps,)
    if all(times == 1 for times in reps):
        return np.reshape(np.copy(A), (1,) * (len(reps) - A.ndim) + A.shape)
    reps = (1,) * (A.ndim - len(reps)) + reps
    shape = (1,) * (len(reps) - A.ndim) + A.shape
    interleaved = np.reshape(A, [n for length in shape for n in (1, length)])
    repeated = np.broadcast_to(
        interleaved, [n for pair in zip(reps, shape, strict=True) for n in pair]
    )
    return np.reshape(repeated, [r * n for r, n in zip(reps, shape, strict=True)])


constant(
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.min_scalar_type, np.common_type,
    np.array_repr, np.array_str,
    np.array2string, np.may_share_memory, np.shares_memory,
)  # fmt: skip
