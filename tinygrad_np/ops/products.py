"""Products of matrices and vectors of every dimensionality.

Unlike the functions of each element, these do not give 0 where a cotangent is 0 and the other
factor NaN or infinite: a BLAS adds up the products, and would have to be given both without these.
So with a NaN among the data, the cotangents of ``np.cov`` are NaN, also by the other variables;
tangents are not, because they meet only the factors beside them. JAX and PyTorch do the same.
"""

from __future__ import annotations

import math

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
        # Two vectors and a matrix: a batch of cotangents makes one product of matrices of it.
        return np.matmul(b, g) if b.ndim == 2 else np.matmul(b, g[..., None])[..., 0]
    return np.matmul(g, swap(b))


def matmul_vjp_b(g: Array, a: Array, b_ndim: int) -> Array:
    if a.ndim == 1:
        return g * a if b_ndim == 1 else a[:, None] * g[..., None, :]
    if b_ndim == 1:
        return np.matmul(g, a) if a.ndim == 2 else np.matmul(swap(a), g[..., None])[..., 0]
    return np.matmul(swap(a), g)


def dot_vjp_a(g: Array, a_ndim: int, b: Array) -> Array:
    if a_ndim == 0 or np.ndim(b) == 0:
        return g * b if a_ndim else np.sum(g * b)
    if b.ndim <= 2:
        return matmul_vjp_a(g, a_ndim, b)
    summed_with_g = list(range(a_ndim - 1, g.ndim)), [*range(b.ndim - 2), b.ndim - 1]
    return contract(g, b, *summed_with_g)


def dot_vjp_b(g: Array, a: Array, b_ndim: int) -> Array:
    if np.ndim(a) == 0 or b_ndim == 0:
        return g * a if b_ndim else np.sum(g * a)
    if a.ndim <= 2 and b_ndim <= 2:
        return matmul_vjp_b(g, a, b_ndim)
    outer_axes = list(range(a.ndim - 1))
    summed = contract(a, g, outer_axes, outer_axes)
    return summed if b_ndim == 1 else np.moveaxis(summed, 0, -2)


def contract(a: Array, b: Array, a_axes: list[int], b_axes: list[int]) -> Array:
    """Sum the products over pairs of axes, as ``np.tensordot``, in operations that have rules."""
    a_shape, b_shape = np.shape(a), np.shape(b)
    a_free = [axis for axis in range(len(a_shape)) if axis not in a_axes]
    b_free = [axis for axis in range(len(b_shape)) if axis not in b_axes]
    rows = [a_shape[axis] for axis in a_free]
    columns = [b_shape[axis] for axis in b_free]
    summed = math.prod([a_shape[axis] for axis in a_axes])
    left = np.reshape(np.transpose(a, a_free + a_axes), (math.prod(rows), summed))
    right = np.reshape(np.transpose(b, b_axes + b_free), (summed, math.prod(columns)))
    return np.reshape(np.matmul(left, right), rows + columns)


# fmt: off
matmul = linear(np.matmul, lambda g, out, a, b: matmul_vjp_a(g, a.ndim, b),
                lambda g, out, a, b: matmul_vjp_b(g, a, b.ndim))
dot = linear(np.dot, lambda g, out, a, b: dot_vjp_a(g, a.ndim, b),
             lambda g, out, a, b: dot_vjp_b(g, a, b.ndim))
# fmt: on


@composed(np.outer)
def outer(a: Array, b: Array, out: None = None) -> Array:
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composed(np.vdot)
def vdot(a: Array, b: Array) -> Array:
    a = np.ravel(a)
    return np.dot(np.conjugate(a) if a.dtype.kind == "c" else a, np.ravel(b))


@composed(np.inner)
def inner(a: Array, b: Array) -> Array:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.dot(a, b)
    if np.shape(a)[-1] != np.shape(b)[-1]:
        raise ValueError(
            f"np.inner: shapes {np.shape(a)} and {np.shape(b)} do not fit: it sums over the last "
            "axis of both"
        )
    return contract(a, b, [np.ndim(a) - 1], [np.ndim(b) - 1])
