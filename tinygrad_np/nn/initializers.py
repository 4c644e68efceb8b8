"""Random initial weights whose variance keeps signals and gradients of one size through the layers.

Each takes a ``np.random.Generator`` and a shape whose last two lengths are (inputs, outputs); the
lengths before them, as of a convolution's window, multiply both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike

    Weights = np.ndarray[Any, np.dtype[Any]]

__all__ = ["glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "orthogonal"]


def check_generator(name: str, rng: Any) -> None:
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{name}: rng is of type {type(rng).__name__}; expected np.random.default_rng(seed)"
        )


def fans(name: str, shape: Sequence[int]) -> tuple[int, int]:
    """How many inputs feed one output, and how many outputs one input feeds."""
    if np.ndim(shape) != 1 or len(shape) < 2 or min(shape) < 1:
        raise ValueError(
            f"{name}: initial weights of shape {shape!r}; expected (..., inputs, outputs), all "
            "positive"
        )
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def uniform(
    name: str, rng: np.random.Generator, shape: Sequence[int], bound: float, dtype: DTypeLike
) -> Weights:
    check_generator(name, rng)
    return rng.uniform(-bound, bound, size=shape).astype(floating(name, dtype))


def normal(
    name: str, rng: np.random.Generator, shape: Sequence[int], deviation: float, dtype: DTypeLike
) -> Weights:
    check_generator(name, rng)
    return (deviation * rng.standard_normal(shape)).astype(floating(name, dtype))


def floating(name: str, dtype: DTypeLike) -> np.dtype[Any]:
    found = np.dtype(dtype)
    if found.kind not in "fc":
        raise ValueError(f"{name}: weights of dtype {found} would all be 0; use a floating one")
    return found


def glorot_uniform(
    rng: np.random.Generator, shape: Sequence[int], dtype: DTypeLike = np.float32
) -> Weights:
    """W ~ U(−b, b), b = √(6 / (inputs + outputs)) (Glorot & Bengio, 2010).

    For layers that a tanh, a sigmoid, a softmax or nothing follows.

    Parameters
    ----------
    rng : np.random.Generator
        Where the numbers come from.
    shape : sequence of int
        ``(…, inputs, outputs)``.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If the shape has fewer than two lengths or an empty one, or the dtype is not floating.
    TypeError
        If ``rng`` is not a Generator.

    Examples
    --------
    >>> w = glorot_uniform(np.random.default_rng(0), (784, 128))
    >>> bool(abs(w).max() <= np.sqrt(6 / (784 + 128)))
    True
    """
    inputs, outputs = fans("glorot_uniform", shape)
    return uniform("glorot_uniform", rng, shape, math.sqrt(6 / (inputs + outputs)), dtype)


def glorot_normal(
    rng: np.random.Generator, shape: Sequence[int], dtype: DTypeLike = np.float32
) -> Weights:
    """W ~ N(0, 2 / (inputs + outputs)) (Glorot & Bengio, 2010).

    For layers that a tanh, a sigmoid, a softmax or nothing follows.

    Parameters
    ----------
    rng : np.random.Generator
        Where the numbers come from.
    shape : sequence of int
        ``(…, inputs, outputs)``.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If the shape has fewer than two lengths or an empty one, or the dtype is not floating.
    TypeError
        If ``rng`` is not a Generator.

    Examples
    --------
    >>> glorot_normal(np.random.default_rng(0), (784, 128)).dtype
    dtype('float32')
    """
    inputs, outputs = fans("glorot_normal", shape)
    return normal("glorot_normal", rng, shape, math.sqrt(2 / (inputs + outputs)), dtype)


def he_uniform(
    rng: np.random.Generator, shape: Sequence[int], dtype: DTypeLike = np.float32
) -> Weights:
    """W ~ U(−b, b), b = √(6 / inputs) (He et al., 2015).

    For layers that a ReLU follows: it halves the variance, which the factor 2 restores.

    Parameters
    ----------
    rng : np.random.Generator
        Where the numbers come from.
    shape : sequence of int
        ``(…, inputs, outputs)``.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If the shape has fewer than two lengths or an empty one, or the dtype is not floating.
    TypeError
        If ``rng`` is not a Generator.

    Examples
    --------
    >>> w = he_uniform(np.random.default_rng(0), (784, 128))
    >>> bool(abs(w).max() <= np.sqrt(6 / 784))
    True
    """
    return uniform("he_uniform", rng, shape, math.sqrt(6 / fans("he_uniform", shape)[0]), dtype)


def he_normal(
    rng: np.random.Generator, shape: Sequence[int], dtype: DTypeLike = np.float32
) -> Weights:
    """W ~ N(0, 2 / inputs) (He et al., 2015).

    For layers that a ReLU follows: it halves the variance, which the factor 2 restores.

    Parameters
    ----------
    rng : np.random.Generator
        Where the numbers come from.
    shape : sequence of int
        ``(…, inputs, outputs)``.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If the shape has fewer than two lengths or an empty one, or the dtype is not floating.
    TypeError
        If ``rng`` is not a Generator.

    Examples
    --------
    >>> w = he_normal(np.random.default_rng(0), (784, 128))
    >>> bool(abs(w.std() / np.sqrt(2 / 784) - 1) < 0.01)
    True
    """
    return normal("he_normal", rng, shape, math.sqrt(2 / fans("he_normal", shape)[0]), dtype)


def orthogonal(
    rng: np.random.Generator, shape: Sequence[int], dtype: DTypeLike = np.float32
) -> Weights:
    """A random rotation W, of columns or rows at right angles to each other (Saxe et al., 2014).

    For the weights of a state, through which a signal goes at every step.

    Parameters
    ----------
    rng : np.random.Generator
        Where the numbers come from.
    shape : sequence of int
        ``(…, inputs, outputs)``; the axes before the last are seen as one.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If the shape has fewer than two lengths or an empty one, or the dtype is not floating.
    TypeError
        If ``rng`` is not a Generator.

    Examples
    --------
    >>> w = orthogonal(np.random.default_rng(0), (64, 32), np.float64)
    >>> bool(np.allclose(w.T @ w, np.eye(32)))
    True
    """
    fans("orthogonal", shape)
    rows, columns = math.prod(shape[:-1]), shape[-1]
    tall = normal("orthogonal", rng, (max(rows, columns), min(rows, columns)), 1, np.float64)
    found = floating("orthogonal", dtype)
    q, r = np.linalg.qr(tall)
    # With these signs, every rotation is as likely as any other (Mezzadri, 2007).
    q *= np.sign(np.diagonal(r))
    return (q if rows >= columns else q.T).reshape(shape).astype(found)
