"""Polynomials as NumPy's older functions hold them: coefficients from the highest power down.

Conventions: ``roots`` are differentiated as solutions of p(x) = 0, each moving by -dp(r) / p'(r);
a multiple root has no derivative, and infinity comes out. The leading coefficients that ``polydiv``
drops from a remainder, as they are 0 or nearly so, are constants.

As in NumPy, whose exponents are integers of 64 bits, ``polyder``, ``polyint``, ``vander`` and
``polyfit`` compute in double precision.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, Recorded, constant_value
from .elementwise import product, quotient
from .joining import as_array
from .linear_algebra import of_all_examples
from .table import composed, differentiable

# Powers


def powers(x: Array, n: int, increasing: bool = False) -> Array:
    return np.vander(x, n, increasing).astype(x.dtype, copy=False)


def slope_of_powers(out: Array, increasing: bool) -> Array:
    """The derivative of each power: the power below it, times its exponent."""
    exponents = np.arange(out.shape[1]).astype(out.dtype)
    zero = np.zeros((out.shape[0], 1), out.dtype)
    if increasing:
        return np.concatenate([zero, out[:, :-1]], axis=1) * exponents
    return np.concatenate([out[:, 1:], zero], axis=1) * exponents[::-1]


def powers_vjp(g: Array, out: Array, x: Any, n: int = 0, increasing: bool = False) -> Array:
    return np.sum(product(g, slope_of_powers(out, increasing)), axis=1)


def powers_jvp(t: Array, out: Array, x: Any, n: int = 0, increasing: bool = False) -> Array:
    return product(t[:, None], slope_of_powers(out, increasing))


powers_of = differentiable(powers, [powers_vjp], [powers_jvp], name="vander")


@composed(np.vander)
def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    if x.ndim != 1:
        raise ValueError(f"np.vander: x of shape {x.shape}; it is a vector")
    dtype = np.promote_types(x.dtype, int)
    x = x if x.dtype == dtype else x.astype(dtype)
    return powers_of(x, n=x.shape[0] if N is None else N, increasing=bool(increasing))


# Values, and the arithmetic of coefficients


@composed(np.polyval)
def polyval(p: Array, x: Array) -> Array:
    if isinstance(x, np.poly1d):
        raise GradientError(
            "np.polyval: a polynomial of an np.poly1d would hold coefficients that are recorded; "
            "evaluate the inner polynomial first: np.polyval(p, np.polyval(q, x))"
        )
    p, x = as_array(p), as_array(x)
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def padded(a: Array, length: int) -> Array:
    """Put zeros before the coefficients."""
    missing = length - a.shape[0]
    return np.concatenate([np.zeros(missing, a.dtype), a]) if missing else a


@composed(np.polyadd)
def polyadd(a1: Array, a2: Array) -> Array:
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    length = max(a1.shape[0], a2.shape[0])
    return padded(a1, length) + padded(a2, length)


@composed(np.polysub)
def polysub(a1: Array, a2: Array) -> Array:
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    length = max(a1.shape[0], a2.shape[0])
    return padded(a1, length) - padded(a2, length)


def without_leading_zeros(a: Array) -> Array:
    """NumPy drops leading zeros from the factors of a product; not if they have a derivative."""
    coefficients = np.atleast_1d(constant_value(a))
    if not isinstance(coefficients, Recorded):
        return np.poly1d(coefficients).coeffs
    if len(coefficients) > 1 and np.any(of_all_examples(coefficients)[..., 0] == 0):
        raise GradientError(
            "np.polymul: a leading coefficient is 0; NumPy drops it, and its gradient would be "
            "lost. np.convolve(a1, a2) is the same product and keeps it"
        )
    return coefficients


@composed(np.polymul)
def polymul(a1: Array, a2: Array) -> Array:
    return np.convolve(without_leading_zeros(a1), without_leading_zeros(a2))


@composed(np.polydiv)
def polydiv(u: Array, v: Array) -> tuple[Array, Array]:
    u, v = np.atleast_1d(u) + 0.0, np.atleast_1d(v) + 0.0
    dtype = np.result_type(u, v)
    n = v.shape[0]
    quotients, rest = [], u if u.dtype == dtype else u.astype(dtype)
    scale = 1.0 / v[0]
    for k in range(u.shape[0] - n + 1):
        quotients.append(scale * rest[k])
        changed = rest[k : k + n] - quotients[-1] * v
        rest = np.concatenate([rest[:k], changed, rest[k + n :]])
    values = of_all_examples(rest)
    while rest.shape[0] > 1 and np.allclose(values[..., 0], 0, rtol=1e-14):
        rest, values = rest[1:], values[..., 1:]
    return np.stack(quotients) if quotients else np.zeros(1, dtype), rest


@composed(np.polyder)
def polyder(p: Array, m: int = 1) -> Array:
    if (m := int(m)) < 0:
        raise ValueError(f"np.polyder: m={m}; np.polyint integrates")
    p = as_array(p)
    for _ in range(m):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1)
    return p


@composed(np.polyint)
def polyint(p: Array, m: int = 1, k: Any = None) -> Array:
    if (m := int(m)) < 0:
        raise ValueError(f"np.polyint: m={m}; np.polyder differentiates")
    constants = np.atleast_1d(np.zeros(m) if k is None else k)
    if constants.shape[0] == 1 and m > 1:
        constants = constants[0] * np.ones(m)
    if constants.shape[0] < m:
        raise ValueError(f"np.polyint: {constants.shape[0]} constants k for m={m} integrations")
    p = as_array(p)
    for i in range(m):
        p = np.concatenate([p / np.arange(p.shape[0], 0, -1), constants[i : i + 1]])
    return p


# Roots


@composed(np.poly)
def poly(seq_of_zeros: Array) -> Any:
    zeros = np.atleast_1d(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] > 0:
        zeros = np.linalg.eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError(f"np.poly: shape {zeros.shape}; a vector of roots or a square matrix")
    if zeros.shape[0] == 0:
        return 1.0
    dtype = np.dtype(np.mintypecode(zeros.dtype.char))
    zeros = zeros if zeros.dtype == dtype else zeros.astype(dtype)
    a = one = np.ones(1, dtype)
    for i in range(zeros.shape[0]):
        a = np.convolve(a, np.concatenate([one, -zeros[i : i + 1]]))
    values = of_all_examples(zeros)
    if dtype.kind == "c" and np.all(np.sort(values) == np.sort(np.conjugate(values))):
        return np.real(a)
    return a


def slope_at(p: Array, r: Array) -> Array:
    """The derivative p'(r) of the polynomial with the coefficients ``p``."""
    return np.polyval(p[:-1] * np.arange(p.shape[0] - 1, 0, -1).astype(p.dtype), r)


def roots_vjp(g: Array, out: Array, p: Array) -> Array:
    weights = quotient(-g, slope_at(p, out))
    return np.sum(product(weights[:, None], powers_of(out, n=p.shape[0])), axis=0)


def roots_jvp(t: Array, out: Array, p: Array) -> Array:
    return quotient(-np.polyval(t, out), slope_at(p, out))


roots_of = differentiable(np.roots, [roots_vjp], [roots_jvp])


@composed(np.roots)
def roots(p: Array) -> Array:
    return roots_of(np.atleast_1d(p))


# Fitting


@composed(np.polyfit)
def polyfit(
    x: Array, y: Array, deg: Any, rcond: float | None = None, full: bool = False, w: Any = None,
    cov: Any = False,
) -> Any:  # fmt: skip
    if (order := int(deg) + 1) < 1:
        raise ValueError(f"np.polyfit: deg={deg}; it is not negative")
    x, y = as_array(x) + 0.0, as_array(y) + 0.0
    n = x.shape[0] if x.ndim == 1 else 0
    if not n or y.ndim not in (1, 2) or y.shape[0] != n:
        raise TypeError(
            f"np.polyfit: x of shape {x.shape} and y of shape {y.shape}; x is a vector that is not "
            "empty, y a vector or a matrix of as many rows"
        )
    rcond = n * float(np.finfo(x.dtype).eps) if rcond is None else rcond
    lhs, rhs = np.vander(x, order), y
    if w is not None:
        w = as_array(w) + 0.0
        if w.shape != (n,):
            raise TypeError(f"np.polyfit: weights w of shape {w.shape} for {n} points")
        lhs = lhs * w[:, None]
        rhs = rhs * (w[:, None] if y.ndim == 2 else w)
    scale = np.sqrt(np.sum(lhs * lhs, axis=0))
    lhs = lhs / scale
    c, residuals, rank, s = np.linalg.lstsq(lhs, rhs, rcond)
    c = c / (scale[:, None] if y.ndim == 2 else scale)
    if full:
        return c, residuals, rank, s, rcond
    if rank != order:
        warnings.warn(
            "Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=2
        )
    if not cov:
        return c
    base = np.linalg.inv(np.matmul(lhs.T, lhs)) / np.outer(scale, scale)
    if cov == "unscaled":
        return c, base if y.ndim == 1 else base[:, :, None]
    if n <= order:
        raise ValueError(f"np.polyfit: the scale of cov takes more than {order} points, not {n}")
    factor = residuals / (n - order)
    return c, base * factor if y.ndim == 1 else base[:, :, None] * factor
