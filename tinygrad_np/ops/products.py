"""Products of matrices and vectors of every dimensionality."""

from __future__ import annotations

import numpy as np

from ..recording import Array
from .table import composed, linear


def swap(a: Array) -> Array:
    """Transpose the last two axes."""
    return a.T if a.ndim == 2 else np.swapaxes(a, -1, -2)


def matmul_vjp_a(g: Array, a_ndim: int, b: Array) -> Array:
    if b.ndim == 1:
        return g * b if a_ndim == 1 else g[..., None] * b
    if a_ndim == 1:
        return np.matmul(b, g[..., None])[..., 0]
    return np.matmul(g, swap(b))


def matmul_vjp_b(g: Array, a: Array, b_ndim: int) -> Array:
    if a.ndim == 1:
        return g * a if b_ndim == 1 else a[:, None] * g[..., None, :]
    if b_ndim == 1:
        return np.matmul(swap(a), g[..., None])[..., 0]
    return np.matmul(swap(a), g)


def dot_vjp_a(g: Array, a_ndim: int, b: Array) -> Array:
    if a_ndim == 0 or b.ndim == 0:
        return g * b if a_ndim else np.sum(g * b)
    if b.ndim == 1:
        return g[..., None] * b
    summed_with_g = list(range(a_ndim - 1, g.ndim)), [*range(b.ndim - 2), b.ndim - 1]
    return contract(g, b, *summed_with_g)


def dot_vjp_b(g: Array, a: Array, b_ndim: int) -> Array:
    if a.ndim == 0 or b_ndim == 0:
        return g * a if b_ndim else np.sum(g * a)
    outer_axes = list(range(a.ndim - 1))
    summed = contract(a, g, outer_axes, outer_axes)
    return summed if b_ndim == 1 else np.moveaxis(summed, 0, -2)


def contract(a: Array, b: Array, a_axes: list[int], b_axes: list[int]) -> Array:
    """Sum the products over pairs of axes, as ``np.tensordot``, in operations that have rules."""
    a_free = [axis for axis in range(a.ndim) if axis not in a_axes]
    b_free = [axis for axis in range(b.ndim) if axis not in b_axes]
    shape = [a.shape[axis] for axis in a_free] + [b.shape[axis] for axis in b_free]
    summed = 1
    for axis in a_axes:
        summed *= a.shape[axis]
    left = np.transpose(a, a_free + a_axes).reshape((-1 if summed else size_of(a, a_free), summed))
    right = np.transpose(b, b_axes + b_free).reshape((summed, -1 if summed else size_of(b, b_free)))
    return np.matmul(left, right).reshape(shape)


def size_of(a: Array, axes: list[int]) -> int:
    size = 1
    for axis in axes:
        size *= a.shape[axis]
    return size


# fmt: off
matmul = linear(np.matmul, lambda g, out, a, b: matmul_vjp_a(g, a.ndim, b),
                lambda g, out, a, b: matmul_vjp_b(g, a, b.ndim))
dot = linear(np.dot, lambda g, out, a, b: dot_vjp_a(g, a.ndim, b),
             lambda g, out, a, b: dot_vjp_b(g, a, b.ndim))
# fmt: on


@composed(np.outer)
def outer(a: Array, b: Array) -> Array:
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composed(np.vdot)
def vdot(a: Array, b: Array) -> Array:
    return np.dot(np.conjugate(np.ravel(a)), np.ravel(b))


@composed(np.inner)
def inner(a: Array, b: Array) -> Array:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return contract(a, b, [a.ndim - 1], [b.ndim - 1])
