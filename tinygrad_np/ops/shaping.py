"""Functions that move elements without changing them: each undoes itself in reverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..recording import Array, unbroadcast
from .table import composed, constant, linear


def inverse_permutation(axes: Any, ndim: int) -> Any:
    """The ``axes`` argument that undoes ``np.transpose(a, axes)``."""
    if axes is None:
        return None
    inverse = [0] * ndim
    for position, axis in enumerate(axes):
        inverse[axis % ndim] = position
    return inverse


def unrepeat(g: Array, a: Any, repeats: Any, axis: int | None) -> Array:
    """Add up the copies that ``np.repeat`` made."""
    if axis is None:
        return unrepeat(g, a.size, repeats, 0).reshape(a.shape)
    length = a if isinstance(a, int) else a.shape[axis]
    g = np.moveaxis(g, axis, 0)
    if np.size(repeats) == 1:
        summed = np.sum(g.reshape((length, int(np.ravel(repeats)[0]), *g.shape[1:])), axis=1)
    else:
        ends = np.concatenate([[0], np.cumsum(repeats)])
        sums = np.concatenate([0 * g[:0].sum(axis=0, keepdims=True), np.cumsum(g, axis=0)])
        summed = sums[ends[1:]] - sums[ends[:-1]]
    return np.moveaxis(summed, 0, axis)


# fmt: off
reshape = linear(np.reshape, lambda g, out, a, shape=None, order="C": (
    np.reshape(g, a.shape, order=order)))
ravel = linear(np.ravel, lambda g, out, a, order="C": np.reshape(g, a.shape, order=order))
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
repeat = linear(np.repeat, lambda g, out, a, repeats=1, axis=None: unrepeat(g, a, repeats, axis))
copy = linear(np.copy, lambda g, out, a, order="K": g)


def convert(a: Array, dtype: Any) -> Array:
    return a.astype(dtype)


astype = linear(convert, lambda g, out, a, dtype=None: g, name="astype")
# fmt: on


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
