"""The mathematics of layers: functions of arrays, each with its derivative beside it."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..batching import AXIS, BATCHING, elementwise_batch, matmul_batch
from ..ops.products import matmul, matmul_vjp_a, matmul_vjp_b
from ..ops.table import differentiable, elementwise
from ..recording import NO_SETTINGS, Array, Recorded, record_unary

__all__ = ["dense", "log_softmax", "relu", "sigmoid", "softmax"]

ARRAYS = (np.ndarray, np.generic, Recorded)


def as_floating(name: str, x: Any, dtype: Any = np.float64, kinds: str = "f") -> Array:
    """Return x as an array or recorded value of a floating dtype; integers become ``dtype``."""
    if type(x) is not np.ndarray and not isinstance(x, ARRAYS):
        x = np.asarray(x)
    if x.dtype.kind not in kinds:
        if x.dtype.kind not in "iub":
            numbers = "numbers" if "c" in kinds else "real numbers"
            raise TypeError(f"{name}: expected {numbers}, not dtype {x.dtype}")
        x = x.astype(dtype)
    return x


def every_value(x: Array) -> Any:
    """Take off the recording, and of a batch its claim to be one example."""
    while isinstance(x, Recorded):
        x = x.value
    return x


def dense(x: Array, weights: Array, bias: Array | None = None) -> Array:
    """X W + b: an affine map of each row.

    Parameters
    ----------
    x : array, shape (..., inputs)
        One row for each example; integers are converted to the dtype of the weights.
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
    TypeError
        If something is not an array of numbers.

    Examples
    --------
    >>> dense(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([0.5]))
    array([[11.5]])
    """
    weights = as_floating("dense: weights", weights, kinds="fc")
    x = as_floating("dense: x", x, weights.dtype, kinds="fc")
    x_shape, shape = x.shape, weights.shape
    if len(shape) != 2 or x_shape[-1:] != shape[:1]:
        raise ValueError(
            f"dense: x has shape {x_shape} and weights {shape}; "
            "x is (..., inputs) and weights are (inputs, outputs)"
        )
    if bias is not None:
        bias = as_floating("dense: bias", bias, weights.dtype, kinds="fc")
        if bias.shape != shape[1:]:
            raise ValueError(
                f"dense: bias has shape {bias.shape}; weights of shape {shape} need {shape[1:]}"
            )
    if len(x_shape) > 2:
        # One product of matrices, not one for each; the same for the weights' gradient.
        before = x_shape[:-1]
        return dense(x.reshape((math.prod(before), shape[0])), weights, bias).reshape(
            (*before, shape[1])
        )
    return x @ weights if bias is None else affine_op(x, weights, bias)


def affine(x: Array, weights: Array, bias: Array) -> Array:
    """X W + b in one array, where X @ W + b makes two."""
    out = x @ weights
    if out.dtype != bias.dtype:
        return out + bias
    out += bias
    return out


def affine_batch(function: Any, values: Any, flags: Any) -> Array:
    """X W + b of a batch, in its two steps."""
    x, weights, bias = values
    product_flag = flags[0] or flags[1]
    product = matmul_batch(matmul, [x, weights], flags[:2]) if product_flag else x @ weights
    return elementwise_batch(operator.add, [product, bias], [product_flag, flags[2]])


affine_op = differentiable(
    affine,
    [
        lambda g, out, x, weights, bias: matmul_vjp_a(g, x.ndim, weights),
        lambda g, out, x, weights, bias: matmul_vjp_b(g, x, weights.ndim),
        lambda g, out, x, weights, bias: g,
    ],
    [
        lambda t, out, x, weights, bias: t @ weights,
        lambda t, out, x, weights, bias: x @ t,
        lambda t, out, x, weights, bias: t,
    ],
    name="dense",
)
BATCHING[affine_op] = affine_batch


def sum_of_rows(g: Array) -> Array:
    """Sum over all axes but the last; as a product, many times as fast as ``np.sum``."""
    rows = math.prod(g.shape[:-1])
    return np.ones(rows, g.dtype) @ np.reshape(g, (rows, g.shape[-1]))


def rows_together(rows: int, width: int) -> int:
    """How many of some rows to see as one, as NumPy's loops are slow on rows of few numbers."""
    return math.gcd(rows, 1 << max(512 // width, 1).bit_length() - 1)


def with_rows(combine: Any, rows: Array, vector: Array) -> Array:
    """Combine each row of an ndarray with a vector, many rows at a time."""
    together = rows_together(*rows.shape) if rows.size else 1
    wide = rows.reshape(rows.shape[0] // together, together * rows.shape[1])
    out: Array = combine(wide, np.tile(vector, together))
    return out.reshape(rows.shape)


def rectify(x: Array) -> Array:
    if isinstance(x, np.floating):
        # A chain of ReLUs of scalars is several times faster than with the ufunc.
        return x if x > 0 or x != x else x.dtype.type(0)
    if x.dtype.kind == "c":
        raise TypeError(f"relu: expected real numbers, not dtype {x.dtype}")
    # Against an array, the processor compares many numbers at once; against a number, each alone.
    zero = np.zeros(x.shape[1:], x.dtype) if x.size > 4096 else 0
    return np.maximum(x, zero)


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

    Raises
    ------
    TypeError
        If x does not hold real numbers.

    Examples
    --------
    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    if isinstance(x, Recorded):
        return record_unary(relu_op, x, NO_SETTINGS)
    return rectify(as_floating("relu", x))


def logistic(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    # 1 where x is not negative; np.where would take many times as long on mixed signs.
    return np.maximum(small, x >= 0) / (1 + small)


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

    Raises
    ------
    TypeError
        If x does not hold real numbers.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return sigmoid_op(as_floating("sigmoid", x))


def log_of_one_plus_exp(x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


softplus_op = elementwise(log_of_one_plus_exp, lambda t, out, x: t * sigmoid_op(x), name="softplus")


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
    TypeError
        If x does not hold real numbers, or ``axis`` is not an integer.

    Examples
    --------
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    x = as_floating("softmax", x)
    return softmax_op(x, axis=class_axis("softmax", x, axis))


def class_axis(name: str, x: Array, axis: int) -> int:
    """Return ``axis``, checked to be one of x along which there are classes."""
    try:
        axis = operator.index(axis)
    except TypeError:
        raise TypeError(f"{name}: axis={axis!r}; expected one integer") from None
    if not -x.ndim <= axis < x.ndim or x.shape[axis] == 0:
        raise ValueError(f"{name}: x of shape {x.shape} has no classes along axis {axis}")
    return axis


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
    TypeError
        If x does not hold real numbers, or ``axis`` is not an integer.

    Examples
    --------
    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    x = as_floating("log_softmax", x)
    return log_softmax_op(x, axis=class_axis("log_softmax", x, axis))


BATCHING.update(dict.fromkeys((relu_op, sigmoid_op, softplus_op), elementwise_batch))
BATCHING.update(dict.fromkeys((softmax_op, log_softmax_op), AXIS))
