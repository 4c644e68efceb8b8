"""Sums of products over named axes, and the diagonals and triangles of matrices.

Rules of ``einsum``: Laue, Mitterreiter & Giesen, "A Simple and Efficient Tensor Calculus" (2020).
"""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording import Array, Recorded
from .indexing import scatter_add as add_at
from .products import contract, swap
from .table import EachArgument, Op, composed, constant, differentiable, enter, linear, selecting

if TYPE_CHECKING:
    from collections.abc import Sequence

Labels = tuple[int, ...]
"""A number for each axis: axes of one number are multiplied along each other."""


def conj(a: Array) -> Array:
    return np.conjugate(a) if a.dtype.kind == "c" else a


# Diagonals and triangles


def extract(a: Array, offset: int, axis1: int, axis2: int) -> Array:
    return np.diagonal(a, offset, axis1, axis2)


def place(g: Array, offset: int, axis1: int, axis2: int, shape: tuple[int, ...]) -> Array:
    """An array of zeros with ``g`` on a diagonal."""
    out = np.zeros(shape, g.dtype)
    matrices = np.moveaxis(out, (axis1, axis2), (-2, -1))
    n = np.arange(g.shape[-1])
    matrices[..., n + max(-offset, 0), n + max(offset, 0)] = g
    return out


# fmt: off
diagonal_of = linear(
    extract, lambda g, out, a, offset=0, axis1=0, axis2=1: (
        diagonal_matrix(g, offset=offset, axis1=axis1, axis2=axis2, shape=a.shape)),
    name="diagonal")
diagonal_matrix: Op = linear(
    place, lambda g, out, a, offset=0, axis1=0, axis2=1, shape=(): (
        diagonal_of(g, offset=offset, axis1=axis1, axis2=axis2)),
    name="diagonal matrix")
tril = linear(np.tril, lambda g, out, m, k=0: np.tril(g, k))
triu = linear(np.triu, lambda g, out, m, k=0: np.triu(g, k))
# fmt: on
selecting(diagonal_of, tril, triu)


@composed(np.diagonal)
def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    if a.ndim < 2:
        raise ValueError(f"np.diagonal: an array of shape {a.shape} has no diagonal")
    offset = operator.index(offset)
    return diagonal_of(a, offset=offset, axis1=axis1 % a.ndim, axis2=axis2 % a.ndim)


@composed(np.linalg.diagonal)
def diagonal_of_matrices(x: Array, *, offset: int = 0) -> Array:
    return diagonal(x, offset, -2, -1)


@composed(np.trace)
def trace(
    a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: None = None
) -> Array:
    summed = diagonal(a, offset, axis1, axis2)
    return np.sum(summed if dtype is None else summed.astype(dtype), axis=-1)


@composed(np.linalg.trace)
def trace_of_matrices(x: Array, *, offset: int = 0, dtype: Any = None) -> Array:
    return trace(x, offset, -2, -1, dtype)


@composed(np.diag)
def diag(v: Array, k: int = 0) -> Array:
    if v.ndim != 1:
        return diagonal(v, k)
    k = operator.index(k)
    n = v.shape[0] + abs(k)
    return diagonal_matrix(v, offset=k, axis1=0, axis2=1, shape=(n, n))


@composed(np.diagflat)
def diagflat(v: Array, k: int = 0) -> Array:
    return diag(np.ravel(v), k)


# Products of vectors along the last axis: NumPy conjugates the first factor

# fmt: off
vecdot = differentiable(
    np.vecdot,
    [lambda g, out, a, b: conj(g[..., None] * b), lambda g, out, a, b: g[..., None] * conj(a)],
    [lambda t, out, a, b: np.vecdot(t, b), lambda t, out, a, b: np.vecdot(a, t)])
if hasattr(np, "matvec"):
    matvec = linear(
        np.matvec,
        lambda g, out, a, b: g[..., :, None] * b[..., None, :],
        lambda g, out, a, b: np.matvec(swap(a), g))
if hasattr(np, "vecmat"):
    vecmat = differentiable(
        np.vecmat,
        [lambda g, out, a, b: conj(np.matvec(b, g)),
         lambda g, out, a, b: conj(a)[..., :, None] * g[..., None, :]],
        [lambda t, out, a, b: np.vecmat(t, b), lambda t, out, a, b: np.vecmat(a, t)])
# fmt: on


@composed(np.linalg.vecdot)
def vecdot_along(x1: Array, x2: Array, *, axis: int = -1) -> Array:
    if axis != -1:
        x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    return np.vecdot(x1, x2)


@composed(np.linalg.matmul)
def matmul(x1: Array, x2: Array) -> Array:
    return np.matmul(x1, x2)


@composed(np.linalg.outer)
def outer(x1: Array, x2: Array) -> Array:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            f"np.linalg.outer: multiplies two vectors, not arrays of shapes {np.shape(x1)} and "
            f"{np.shape(x2)}; np.outer flattens them"
        )
    return np.reshape(x1, (-1, 1)) * np.reshape(x2, (1, -1))


@composed(np.linalg.cross)
def cross(x1: Array, x2: Array, *, axis: int = -1) -> Array:
    a, b = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(
            "np.linalg.cross: multiplies vectors of length 3 along the axis, not arrays of shapes "
            f"{np.shape(x1)} and {np.shape(x2)} along axis {axis}"
        )
    after, before = [1, 2, 0], [2, 0, 1]
    product = a[..., after] * b[..., before] - a[..., before] * b[..., after]
    return np.moveaxis(product, -1, axis)


@composed(np.linalg.matrix_transpose)
def matrix_transpose(x: Array) -> Array:
    if x.ndim < 2:
        raise ValueError(
            f"np.linalg.matrix_transpose: an array of shape {x.shape} holds no matrices"
        )
    return swap(x)


@composed(np.kron)
def kron(a: Array, b: Array) -> Array:
    ndim = max(np.ndim(a), np.ndim(b))
    a_shape = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    b_shape = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    spread_a = np.reshape(a, [n for length in a_shape for n in (length, 1)])
    spread_b = np.reshape(b, [n for length in b_shape for n in (1, length)])
    shape = [m * n for m, n in zip(a_shape, b_shape, strict=True)]
    return np.reshape(spread_a * spread_b, shape)


# Contractions


def tensordot_vjp(g: Array, b: Array, a_axes: list[int], b_axes: list[int], ndim: int) -> Array:
    """The cotangent of the first factor: contract with what is left of the second."""
    a_free = [axis for axis in range(ndim) if axis not in a_axes]
    b_free = [axis for axis in range(b.ndim) if axis not in b_axes]
    pulled = contract(g, b, list(range(len(a_free), g.ndim)), b_free)
    order = a_free + [a_axes[b_axes.index(axis)] for axis in sorted(b_axes)]
    return np.transpose(pulled, [order.index(axis) for axis in range(ndim)])


def tensordot_vjp_a(g: Array, out: Array, a: Any, b: Array, axes: Any = ((), ())) -> Array:
    return tensordot_vjp(g, b, [*axes[0]], [*axes[1]], a.ndim)


def tensordot_vjp_b(g: Array, out: Array, a: Array, b: Any, axes: Any = ((), ())) -> Array:
    left = b.ndim - len(axes[1])
    g = np.moveaxis(g, range(g.ndim - left, g.ndim), range(left))
    return tensordot_vjp(g, a, [*axes[1]], [*axes[0]], b.ndim)


def tensordot_over(a: Array, b: Array, axes: Any) -> Array:
    return np.tensordot(a, b, axes)


sum_of_products = linear(tensordot_over, tensordot_vjp_a, tensordot_vjp_b, name="tensordot")


@composed(np.tensordot)
def tensordot(a: Array, b: Array, axes: Any = 2) -> Array:
    a_ndim, b_ndim = np.ndim(a), np.ndim(b)
    if np.ndim(axes) == 0 and not isinstance(axes, (tuple, list)):
        axes = range(a_ndim - axes, a_ndim), range(axes)
    pairs = [list(one) if np.iterable(one) else [one] for one in axes]
    named = tuple(
        tuple(operator.index(axis) % ndim for axis in one)
        for one, ndim in zip(pairs, (a_ndim, b_ndim), strict=True)
    )
    return sum_of_products(a, b, axes=named)


@composed(np.linalg.tensordot)
def tensordot_by_position(x1: Array, x2: Array, *, axes: Any = 2) -> Array:
    return tensordot(x1, x2, axes)


class Multilinear(Op):
    """A function linear in each of any number of arguments."""

    __slots__ = ()

    def find_kept(self, active: tuple[bool, ...]) -> tuple[bool, ...]:
        alone = sum(active) == 1
        return (False, *[not (alone and is_active) for is_active in active])


def interleaved(
    *operands: Array, labels: Sequence[Labels], output: Labels, optimize: Any = False
) -> Array:
    arguments = [part for pair in zip(operands, labels, strict=True) for part in pair]
    return np.einsum(*arguments, output, optimize=optimize)


def einsum_vjp(
    i: int, g: Array, out: Any, *operands: Any,
    labels: Sequence[Labels], output: Labels, optimize: Any = False,
) -> Array:  # fmt: skip
    """Contract the cotangent with the other operands; put it on a diagonal if ``i`` was one.

    A label that only this operand has was summed: the cotangent is the same all along it. Where
    this operand has length 1 and another has more, it was repeated: the cotangent is summed.
    """
    own, shape = labels[i], operands[i].shape
    lengths = dict(zip(own, shape, strict=True))
    others = [j for j in range(len(operands)) if j != i]
    terms = [(g, output), *[(operands[j], labels[j]) for j in others]]
    elsewhere: dict[int, set[int]] = {}
    for term, term_labels in terms:
        for label, length in zip(term_labels, np.shape(term), strict=True):
            elsewhere.setdefault(label, set()).add(length)
    kept = tuple(
        label for label in lengths
        if label in elsewhere and not (lengths[label] == 1 and elsewhere[label] != {1})
    )  # fmt: skip
    pulled = einsum_of(
        *[term for term, _ in terms], labels=tuple(term_labels for _, term_labels in terms),
        output=kept, optimize=bool(optimize),
    )  # fmt: skip
    if len(kept) < len(lengths):
        pulled = pulled[tuple(slice(None) if label in kept else None for label in lengths)]
    full = tuple(lengths.values())
    if pulled.shape != full:
        pulled = np.broadcast_to(pulled, full)
    if len(lengths) < len(own):
        ranges = dict(zip(lengths, np.ogrid[tuple(slice(n) for n in full)], strict=True))
        pulled = add_at(pulled, index=tuple(ranges[label] for label in own), shape=shape)
    return pulled


einsum_of = enter(Multilinear(interleaved, EachArgument(einsum_vjp), None, "einsum"))


@composed(np.einsum)
def einsum(
    *operands: Any, optimize: Any = False, dtype: Any = None, order: Any = "K",
    casting: Any = "safe",
) -> Array:  # fmt: skip
    if isinstance(operands[0], str):
        formula = operands[0].replace(" ", "").replace("...", ".")
        inputs, arrow, result = formula.partition("->")
        arrays = operands[1:]
        terms: list[tuple[Any, ...]] = [tuple(term) for term in inputs.split(",")]
        given = tuple(result) if arrow else None
    else:
        count = len(operands) // 2
        arrays = operands[: 2 * count : 2]
        dotted: list[tuple[Any, ...]] = [
            tuple("." if label is ... else operator.index(label) for label in term)
            for term in [*operands[1 : 2 * count : 2], *operands[2 * count :]]
        ]
        terms = dotted[:count]
        given = dotted[count] if len(operands) % 2 else None
    if len(terms) != len(arrays):
        raise ValueError(f"np.einsum: {len(terms)} terms in the subscripts, {len(arrays)} operands")
    if dtype is not None:
        arrays = tuple(cast_operand(array, np.dtype(dtype), casting) for array in arrays)
    labels, output = numbered(tuple(terms), given, tuple(np.ndim(array) for array in arrays))
    return einsum_of(*arrays, labels=labels, output=output, optimize=optimize)


def cast_operand(a: Any, dtype: np.dtype[Any], casting: Any) -> Array:
    a = a if isinstance(a, Recorded) else np.asarray(a)
    if not np.can_cast(a.dtype, dtype, casting):
        raise TypeError(
            f"np.einsum: an operand of {a.dtype} cannot be cast to {dtype} by the rule {casting!r}"
        )
    return a.astype(dtype)


@lru_cache(maxsize=512)
def numbered(
    terms: tuple[tuple[Any, ...], ...], given: tuple[Any, ...] | None, ndims: tuple[int, ...]
) -> tuple[tuple[Labels, ...], Labels]:
    """Number the labels of each operand's axes and of the output's; "." is an ellipsis."""
    hidden = [
        ndim - len(term) + 1 if "." in term else 0 for term, ndim in zip(terms, ndims, strict=True)
    ]
    for term, ndim, extra in zip(terms, ndims, hidden, strict=True):
        if extra < 0 or ("." not in term and len(term) != ndim):
            raise ValueError(
                f"np.einsum: subscripts {''.join(map(str, term)).replace('.', '...')!r} for an "
                f"operand of {ndim} axes"
            )
    most = max(hidden)
    if given is None:
        every = [label for term in terms for label in term]
        once = sorted(label for label in every if label != "." and every.count(label) == 1)
        given = (".", *once) if "." in every else tuple(once)

    def spelled_out(term: tuple[Any, ...], extra: int) -> list[Any]:
        axes = [("...", position) for position in range(most - extra, most)]
        return [one for label in term for one in (axes if label == "." else [label])]

    spelled = [spelled_out(term, extra) for term, extra in zip(terms, hidden, strict=True)]
    result = spelled_out(given, most)
    # NumPy adds in the order of the labels.
    named = sorted({label for term in terms for label in term} - {"."})
    hidden_labels = [("...", position) for position in range(most)]
    number = {label: i for i, label in enumerate([*named, *hidden_labels])}
    unknown = [str(label) for label in result if label not in number]
    if unknown:
        raise ValueError(f"np.einsum: no operand has the output's label {unknown[0]!r}")
    return (
        tuple(tuple(number[label] for label in term) for term in spelled),
        tuple(number[label] for label in result),
    )


constant(np.einsum_path)
