"""The mathematics of layers: functions of arrays, each with its derivative beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.table import differentiable, elementwise
from ..recording import Array, Recorded

__all__ = ["dense", "log_softmax", "relu", "sigmoid", "softmax"]


def dense(x: Array, weights: Array, bias: Array | None = None) -> Array:
    """X W + b: an affine map of each row.

    Parameters
    ----------
    x : array, shape (..., inputs)
        One row for each example.
    weights : array, shape (inputs, outputs)
        W.
    bias : array, shape (outputs,), optional
        b.

    Returns
    -------
    array, shape (..., outputs)

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> dense(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([0.5]))
    array([[11.5]])
    """
    x, weights = as_array(x), as_array(weights)
    shape = weights.shape
    if len(shape) != 2 or not x.shape or x.shape[-1] != shape[0]:
        raise ValueError(
            f"dense: x has shape {x.shape} and weights {shape}; "
            "x is (..., inputs) and weights are (inputs, outputs)"
        )
    if bias is None:
        return x @ weights
    bias = as_array(bias)
    if bias.shape != shape[1:]:
        raise ValueError(f"dense: bias has shape {bias.shape}; weights {shape} need {shape[1:]}")
    return x @ weights + bias


def as_array(x: Any) -> Array:
    """Return x as something with a shape and a dtype, of floating dtype."""
    if not isinstance(x, (np.ndarray, np.generic, Recorded)):
        x = np.asarray(x)
    if x.dtype.kind in "iub":
        x = x.astype(np.float64)
    return x


def rectify(x: Array) -> Array:
    if isinstance(x, np.generic):
        return x if x > 0 or x != x else x.dtype.type(0)
    return np.maximum(x, 0)


relu_op = elementwise(rectify, lambda t, out, x: t * (out > 0), name="relu")


def relu(x: Array) -> Array:
    """max(x, 0), with derivative 0 at 0 (Nair & Hinton, 2010).

    Parameters
    ----------
    x : array
        Of any shape.

    Returns
    -------
    array
        Of the shape of x.

    Examples
    --------
    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    return relu_op(as_array(x))


def logistic(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


sigmoid_op = elementwise(logistic, lambda t, out, x: t * (out * (1 - out)), name="sigmoid")


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ), without overflow.

    Parameters
    ----------
    x : array
        Of any shape.

    Returns
    -------
    array
        Of the shape of x, in [0, 1].

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return sigmoid_op(as_array(x))


def exponentials_over_sum(x: Array, axis: int) -> Array:
    exponentials = x - x.max(axis=axis, keepdims=True)
    np.exp(exponentials, out=exponentials)
    exponentials /= exponentials.sum(axis=axis, keepdims=True)
    return exponentials


def softmax_rule(t: Array, out: Array, x: Array, axis: int = -1) -> Array:
    """Apply ∂ softmax, diag(p) − p pᵀ, which is its own transpose."""
    return out * (t - (t * out).sum(axis=axis, keepdims=True))


softmax_op = differentiable(exponentials_over_sum, [softmax_rule], [softmax_rule], name="softmax")


def softmax(x: Array, axis: int = -1) -> Array:
    """eˣ / Σ eˣ: probabilities from logits, without overflow.

    Parameters
    ----------
    x : array, shape (..., classes)
        The logits.
    axis : int
        The axis of the classes.

    Returns
    -------
    array
        Of the shape of x; it sums to 1 along ``axis``.

    Raises
    ------
    ValueError
        If x has no such axis, or it is empty.

    Examples
    --------
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    x = as_array(x)
    check_classes("softmax", x, axis)
    return softmax_op(x, axis=axis)


def check_classes(name: str, x: Array, axis: int) -> None:
    if not x.shape or not -x.ndim <= axis < x.ndim or x.shape[axis] == 0:
        raise ValueError(f"{name}: x of shape {x.shape} has no classes along axis {axis}")


def log_exponentials_over_sum(x: Array, axis: int) -> Array:
    shifted = x - x.max(axis=axis, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return shifted


log_softmax_op = differentiable(
    log_exponentials_over_sum,
    [lambda g, out, x, axis=-1: g - np.exp(out) * g.sum(axis=axis, keepdims=True)],
    [lambda t, out, x, axis=-1: t - (np.exp(out) * t).sum(axis=axis, keepdims=True)],
    name="log_softmax",
)


def log_softmax(x: Array, axis: int = -1) -> Array:
    """x − log Σ eˣ: the logarithm of `softmax`, exact where that underflows.

    Parameters
    ----------
    x : array, shape (..., classes)
        The logits.
    axis : int
        The axis of the classes.

    Returns
    -------
    array
        Of the shape of x.

    Raises
    ------
    ValueError
        If x has no such axis, or it is empty.

    Examples
    --------
    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    x = as_array(x)
    check_classes("log_softmax", x, axis)
    return log_softmax_op(x, axis=axis)
