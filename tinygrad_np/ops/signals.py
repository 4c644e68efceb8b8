"""Convolution and the functions of signal processing.

``sinc`` and ``i0`` have derivatives of every order, at 0 as elsewhere. ``real_if_close`` drops an
imaginary part together with its derivative. Windows are constants: of the numbers given to
``np.kaiser`` NumPy makes an array, which a Tensor refuses. Where a factor of a convolution has a
NaN, so has the gradient of the other, even if only its other elements count: 0 · NaN, as in a
matrix product.
"""

from __future__ import annotations

import math
from itertools import count
from typing import Any

import numpy as np

from ..recording import Array
from .contractions import conj
from .elementwise import product
from .joining import as_array
from .linear_algebra import of_all_examples
from .table import Op, composed, elementwise, linear

# Convolution


def convolve_vjp(g: Array, other: Array, length: int) -> Array:
    """The cotangent of a factor of ``length``: what is left of a convolution is centred in it."""
    cut = length + other.shape[0] - 1 - g.shape[0]
    zeros = [np.zeros(n, g.dtype) for n in (cut // 2, cut - cut // 2)]
    whole = np.concatenate([zeros[0], g, zeros[1]]) if cut else g
    return np.convolve(whole, other[::-1], "valid")


# fmt: off
convolution = linear(
    np.convolve, lambda g, out, a, v, mode="full": convolve_vjp(g, v, a.shape[0]),
    lambda g, out, a, v, mode="full": convolve_vjp(g, a, v.shape[0]))
# fmt: on


@composed(np.convolve)
def convolve(a: Array, v: Array, mode: Any = "full") -> Array:
    return convolution(np.atleast_1d(a), np.atleast_1d(v), mode=mode)


@composed(np.correlate)
def correlate(a: Array, v: Array, mode: Any = "valid") -> Array:
    a, v = as_array(a), conj(as_array(v))
    # Of "same", the two ends differ in length: it is centred in the longer signal.
    if np.size(a) < np.size(v):
        return convolution(v, a[::-1], mode=mode)[::-1]
    return convolution(a, v[::-1], mode=mode)


# sinc and i0


def sinc_derivative(x: Array, order: int) -> Array:
    """The derivative of ``np.sinc`` of an order from 1 on.

    With u = πx and s = sin(u) / u, u s⁽ᵏ⁾ + k s⁽ᵏ⁻¹⁾ = sin(u + k π/2); near 0, where that loses
    digits, s⁽ᵏ⁾ is the sum of (-1)ⁿ u²ⁿ⁻ᵏ / ((2n + 1) (2n - k)!).
    """
    u = math.pi * x
    size = np.abs(u)
    limit = 1 + order / 2
    near = size < limit
    far = np.where(near, limit, u)
    slope = np.sin(far) / far
    turned = np.cos(far), -np.sin(far), -np.cos(far), np.sin(far)
    for k in range(1, order + 1):
        slope = (turned[(k - 1) % 4] - k * slope) / far
    u = np.where(near, u, 0)
    series, first = np.zeros_like(u), (order + 1) // 2
    for n in range(first + 10 + 2 * order, first - 1, -1):
        power = 2 * n - order
        series = series * u * u + (-1) ** n / ((2 * n + 1) * math.factorial(power))
    series = series * u if order % 2 else series
    return np.where(near, series, slope) * math.pi**order


def bessel(x: Array, order: int) -> Array:
    """The modified Bessel function of the first kind, by its series: no two terms cancel."""
    term = (x / 2) ** order / math.factorial(order)
    total, quarter = term, x * x / 4
    eps = np.finfo(x.dtype).eps
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for k in count(1):
            term = term * (quarter / (k * (k + order)))
            total = total + term
            if not np.any(np.abs(term) > eps * np.abs(total)):
                return total


# fmt: off
sinc = elementwise(np.sinc, lambda t, out, x: product(t, sinc_slope(x, order=1)))
sinc_slope: Op = elementwise(
    sinc_derivative, lambda t, out, x, order: product(t, sinc_slope(x, order=order + 1)))
i0 = elementwise(np.i0, lambda t, out, x: product(t, bessel_function(x, order=1)))
bessel_function: Op = elementwise(bessel, lambda t, out, x, order: product(
    t, (bessel_function(x, order=abs(order - 1)) + bessel_function(x, order=order + 1)) / 2))
# fmt: on
ELEMENTWISE = (sinc, sinc_slope, i0, bessel_function)


# Complex signals


@composed(np.angle)
def angle(z: Array, deg: bool = False) -> Array:
    is_complex = z.dtype.kind == "c"
    radians = np.arctan2(np.imag(z), np.real(z)) if is_complex else np.arctan2(0, z)
    return radians * (180 / math.pi) if deg else radians


@composed(np.real_if_close)
def real_if_close(a: Array, tol: float = 100) -> Array:
    """What is close is decided for all examples of a batch together."""
    if a.dtype.kind != "c":
        return a
    bound = tol * np.finfo(a.dtype).eps if tol > 1 else tol
    return np.real(a) if np.all(np.abs(of_all_examples(a).imag) < bound) else a
