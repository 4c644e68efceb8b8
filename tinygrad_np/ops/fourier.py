"""Discrete Fourier transforms: linear, so each is its own forward rule.

In reverse, ``fft`` and ``ifft`` are their own transposes (not their inverses: a gradient G stands
for df = Re Σ G t, without a conjugate). Of the real transforms, ``rfft`` and ``hfft`` are each
other's transposes, as are ``irfft`` and ``ihfft``, but for the coefficients that stand for two of
the whole spectrum. The imaginary parts of the first coefficient, and of the last of an even number,
which ``irfft`` and ``hfft`` ignore, have gradient 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording import Array
from .joining import as_array
from .table import Op, composed, linear

if TYPE_CHECKING:
    from collections.abc import Sequence


def resized(a: Array, length: int, axis: int) -> Array:
    """Cut an axis, or lengthen it with zeros."""
    missing = length - a.shape[axis]
    if missing > 0:
        shape = [*a.shape]
        shape[axis] = missing
        return np.concatenate([a, np.zeros(shape, a.dtype)], axis=axis)
    return a[(slice(None),) * (axis % a.ndim) + (slice(length),)] if missing else a


def weighted(half: Array, n: int, axis: int, weight: float) -> Array:
    """Multiply the coefficients of a real signal of length ``n`` that stand for two of them."""
    weights = np.full(n // 2 + 1, weight, np.finfo(half.dtype).dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return half * np.reshape(weights, (-1,) + (1,) * (half.ndim - 1 - axis % half.ndim))


def transform(function: Any, transpose: Any, doubles: bool = False, halves: bool = False) -> Op:
    """Register a transform of one axis; its transpose has the same ``norm``."""

    def vjp(
        g: Array, out: Any, a: Any, n: int | None = None, axis: int = -1, norm: Any = None
    ) -> Array:
        length = a.shape[axis]
        if halves:
            n = length if n is None else n
            pulled = transpose(weighted(g, n, axis, 0.5), n, axis, norm)
        else:
            n = g.shape[axis]
            pulled = transpose(g, n, axis, norm)
            pulled = weighted(pulled, n, axis, 2) if doubles else pulled
        return resized(pulled, length, axis)

    return linear(function, vjp)


fft = transform(np.fft.fft, np.fft.fft)
ifft = transform(np.fft.ifft, np.fft.ifft)
rfft = transform(np.fft.rfft, np.fft.hfft, halves=True)
irfft = transform(np.fft.irfft, np.fft.ihfft, doubles=True)
hfft = transform(np.fft.hfft, np.fft.rfft, doubles=True)
ihfft = transform(np.fft.ihfft, np.fft.irfft, halves=True)
OF_ONE_AXIS = (fft, ifft, rfft, irfft, hfft, ihfft)


# Several axes


def lengths_and_axes(
    name: str, a: Array, s: Any, axes: Any, halved: bool = False
) -> tuple[list[Any], Sequence[int]]:
    """How long to make which axes; ``halved`` if the last holds half of a spectrum."""
    given = s is not None
    if axes is None:
        axes = range(-len(s) if given else -a.ndim, 0)
    lengths = [*s] if given else [a.shape[axis] for axis in axes]
    if len(lengths) != len(axes):
        raise ValueError(f"{name}: {len(lengths)} lengths s for {len(axes)} axes")
    if halved and not given:
        lengths[-1] = 2 * (a.shape[axes[-1]] - 1)
    return [a.shape[i] if n == -1 else n for n, i in zip(lengths, axes, strict=True)], axes


def over_axes(function: Any, each: Op, last: Op | None = None, axes: Any = None) -> None:
    """Register a transform of several axes: the last is first, perhaps by another transform."""
    name = f"np.fft.{function.__name__}"
    default = axes

    def transformed(a: Array, s: Any = None, axes: Any = default, norm: Any = None) -> Array:
        a = as_array(a)
        lengths, axes = lengths_and_axes(name, a, s, axes)
        op = last or each
        for n, axis in zip(lengths[::-1], axes[::-1], strict=True):
            a = op(a, n=n, axis=axis, norm=norm)
            op = each
        return a

    composed(function)(transformed)


def over_axes_to_real(function: Any, axes: Any = None) -> None:
    """Register an inverse transform to real numbers, which the last axis becomes at last."""
    name = f"np.fft.{function.__name__}"
    default = axes

    def transformed(a: Array, s: Any = None, axes: Any = default, norm: Any = None) -> Array:
        a = as_array(a)
        lengths, axes = lengths_and_axes(name, a, s, axes, halved=True)
        for n, axis in zip(lengths[:-1], axes[:-1], strict=True):
            a = ifft(a, n=n, axis=axis, norm=norm)
        return irfft(a, n=lengths[-1], axis=axes[-1], norm=norm)

    composed(function)(transformed)


over_axes(np.fft.fftn, fft)
over_axes(np.fft.ifftn, ifft)
over_axes(np.fft.rfftn, fft, last=rfft)
over_axes_to_real(np.fft.irfftn)
over_axes(np.fft.fft2, fft, axes=(-2, -1))
over_axes(np.fft.ifft2, ifft, axes=(-2, -1))
over_axes(np.fft.rfft2, fft, last=rfft, axes=(-2, -1))
over_axes_to_real(np.fft.irfft2, axes=(-2, -1))


# The zero frequency in the middle


def shifted(x: Array, axes: Any, direction: int) -> Array:
    if axes is None:
        axes = range(x.ndim)
    axes = tuple(axes) if np.iterable(axes) else (axes,)
    return np.roll(x, tuple(direction * (x.shape[axis] // 2) for axis in axes), axes)


@composed(np.fft.fftshift)
def fftshift(x: Array, axes: Any = None) -> Array:
    return shifted(x, axes, 1)


@composed(np.fft.ifftshift)
def ifftshift(x: Array, axes: Any = None) -> Array:
    return shifted(x, axes, -1)
