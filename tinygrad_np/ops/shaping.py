"""Functions that move elements without changing them: each undoes itself in reverse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, unbroadcast
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
    if axis is None:
        return unrepeat_rows(np.ravel(g), math.prod(shape), repeats).reshape(shape)
    return np.moveaxis(unrepeat_rows(np.moveaxis(g, axis, 0), shape[axis], repeats), 0, axis)


def unrepeat_rows(g: Array, length: int, repeats: Any) -> Array:
    rows = g.shape[1:]
    if np.size(repeats) == 1:
        times = int(np.ravel(repeats)[0])
        return np.sum(np.reshape(g, (length, times, *rows)), axis=1)
    return scatter_add(g, index=np.repeat(np.arange(length), repeats), shape=(length, *rows))


def check_order(function: str, order: str) -> None:
    """Raise for the orders that depend on how an array lies in memory, which is not recorded."""
    if order not in ("C", "F"):
        raise GradientError(
            f"{function}: order={order!r} depends on how an array lies in memory, which is not "
            "recorded; write 'C' or 'F'"
        )


def reshape_array(a: Array, shape: Any = None, order: Any = "C") -> Array:
    check_order("np.reshape", order)
    return np.reshape(a, shape, order)


def ravel_array(a: Array, order: Any = "C") -> Array:
    check_order("np.ravel", order)
    return np.ravel(a, order)


# fmt: off
reshape = linear(reshape_array, lambda g, out, a, shape=None, order="C": (
    np.reshape(g, a.shape, order=order)), name="reshape")
ravel = linear(ravel_array, lambda g, out, a, order="C": (
    np.reshape(g, a.shape, order=order)), name="ravel")
squeeze = linear(np.squeeze, lambda g, out, a, axis=None: np.reshape(g, a.shape))
expand_dims = linear(np.expand_dims, lambda g, out, a, axis=None: np.reshape(g, a.shape))
transpose = linear(np.transpose, lambda g, out, a, axes=None: (
    np.transpose(g, inverse_permutation(axes, a.ndim))))
swapaxes = linear(np.swapaxes, lambda g, out, a, axis1=0, axis2=1: np.swapaxes(g, axis1, axis2))
moveaxis = linear(np.moveaxis, lambda g, out, a, source=0, destination=0: (
    np.moveaxis(g, destination, source)))
broadcast_to = linear(np.broadcast_to, lambda g, out, a, shape=None: unbroadcast(g, a.shape))
flip = linear(np.flip, lambda g, out, m, axis=None: np.flip(g, axis))
roll = linear(np.roll, lambda g, out, a, shift=0, axis=None: (
    np.roll(g, -np.asarray(shift), axis)))
repeat = linear(np.repeat, lambda g, out, a, repeats=1, axis=None: (
    unrepeat(g, a.shape, repeats, axis)))
copy = linear(np.copy, lambda g, out, a, order="K": g)


def convert(a: Array, dtype: Any) -> Array:
    return a.astype(dtype)


astype = linear(convert, lambda g, out, a, dtype=None: g, name="astype")
# fmt: on


# NumPy calls what was newshape shape since 2.1.
@composed(np.reshape)
def reshape_to(a: Array, shape: Any = None, order: Any = "C", newshape: Any = None) -> Array:
    return reshape(a, shape=newshape if shape is None else shape, order=order)


@composed(np.ravel)
def ravel_in_order(a: Array, order: Any = "C") -> Array:
    return ravel(a, order=order)


@composed(np.tile)
def tile(A: Array, reps: Any) -> Array:
    reps = tuple(reps) if np.iterable(reps) else (reps,)
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
