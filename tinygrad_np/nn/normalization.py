"""Normalization: shift and scale numbers so that their mean is 0 and their variance 1.

What differs is over which numbers: those of a feature in the whole batch, or those of an example.
For all, an array is seen as rows of features: axes (examples, rows, width). A group of features is
normalized over all rows of its example. Several rows may be seen as one, `together`, as NumPy's
loops are slow on short rows. Sums are products of matrices or of vectors, many times as fast as
``np.mean`` over short axes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..batching import BATCHING, elementwise_batch
from ..ops.table import Op, differentiable
from ..recording import Array
from .functions import as_floating, rows_together, sum_of_rows, with_rows
from .windows import is_integer, joined_batch

__all__ = ["batch_norm", "group_norm", "layer_norm", "rms_norm"]


def mean(x: Array, together: int, groups: int, by: Array | None = None) -> Array:
    """The mean of x, or of x times another array, over what is normalized together."""
    examples, rows, width = x.shape
    if rows == together == groups == 1:
        if by is None:
            total = np.reshape(x, (examples, width)) @ np.ones(width, x.dtype)
        else:
            total = np.einsum("nrw,nrw->n", x, by)
        return np.reshape(total, (examples, 1, 1)) / width
    total = np.ones(rows, x.dtype) @ x if by is None else np.einsum("nrw,nrw->nw", x, by)
    if width == groups:
        return np.reshape(total, (examples, 1, width)) / rows
    split = examples, together, groups, width // (together * groups)
    # One axis after the other: for both at once, np.sum takes several times as long.
    total = np.sum(np.reshape(total, split), axis=1, keepdims=True)
    total = np.sum(total, axis=3, keepdims=True) / (rows * together * split[3])
    return np.reshape(np.broadcast_to(total, split), (examples, 1, width))


def standardized(
    x: Array, eps: float, center: bool, together: int, groups: int
) -> tuple[Array, tuple[Array, Array]]:
    """Return the result and, for the rules, that and by what it was multiplied."""
    out = x - mean(x, together, groups) if center else x
    factor = 1 / np.sqrt(mean(out, together, groups, by=out) + eps)
    if center:
        out *= factor
    else:
        out = out * factor
    return out, (out, factor)


def standardize_rule(
    t: Array, kept: Any, x: Any, eps: float, center: bool, together: int, groups: int
) -> Array:
    """The derivative, which is its own transpose: it takes out the mean and the part along out."""
    out, factor = kept
    change = out * mean(t, together, groups, by=out)
    if center:
        change += mean(t, together, groups)
    change -= t
    change *= -factor
    return change


standardize = differentiable(
    standardized, [standardize_rule], [standardize_rule], name="standardize", hands_on=True
)


scale_rows: Op = differentiable(
    lambda rows, scale: with_rows(np.multiply, rows, scale),
    [
        lambda g, out, rows, scale: scale_rows(g, scale),
        lambda g, out, rows, scale: sum_of_rows(g * rows),
    ],
    [
        lambda t, out, rows, scale: scale_rows(t, scale),
        lambda t, out, rows, scale: scale_rows(rows, t),
    ],
    name="scale",
)
shift_rows = differentiable(
    lambda rows, offset: with_rows(np.add, rows, offset),
    [lambda g, out, rows, offset: g, lambda g, out, rows, offset: sum_of_rows(g)],
    [lambda t, out, rows, offset: t, lambda t, out, rows, offset: t],
    name="shift",
)
BATCHING[standardize] = joined_batch


def rows_batch(function: Any, values: Any, flags: Any) -> Array:
    """Scale or shift the rows of a batch, each example's by its own numbers if it has some."""
    return elementwise_batch(np.multiply if function is scale_rows else np.add, values, flags)


BATCHING.update(dict.fromkeys((scale_rows, shift_rows), rows_batch))


def normalized(
    x: Array, axes: tuple[int, ...], scale: Array | None, offset: Array | None, eps: float,
    center: bool = True, together: int = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Standardize x, seen as an array of the three axes, then scale and shift its features."""
    shape, dtype = x.shape, x.dtype
    if x.size == 0:
        return x.copy()
    if dtype == np.float16:
        # The sum of squares would overflow.
        x = x.astype(np.float32)
    out = standardize(
        np.reshape(x, axes), eps=eps, center=center, together=together, groups=groups
    )
    if out.dtype != dtype:
        out = out.astype(dtype)
    features = next((one.shape for one in (scale, offset) if one is not None), shape[-1:])
    width = math.prod(features)
    out = np.reshape(out, (math.prod(axes) // width, width))
    if scale is not None:
        out = scale_rows(out, np.reshape(scale, (width,)))
    if offset is not None:
        out = shift_rows(out, np.reshape(offset, (width,)))
    return np.reshape(out, shape)


def batch_norm(
    x: Array,
    scale: Array | None = None,
    offset: Array | None = None,
    mean: Array | None = None,
    variance: Array | None = None,
    eps: float = 1e-5,
) -> Array:
    """Normalize each feature over the batch, or by a mean and variance from elsewhere.

    Parameters
    ----------
    x : array, shape (batch, ..., features)
        At least two numbers for each feature, if no mean is given.
    scale, offset : array, shape (features,), optional
        What the results are multiplied by, and what is then added.
    mean, variance : array, shape (features,), optional
        What to normalize by, in place of the mean and variance of ``x``; both or none.
    eps : float
        Added to the variance, so that equal numbers become 0.

    Returns
    -------
    array
        Of the shape of x (Ioffe & Szegedy, 2015).

    Raises
    ------
    ValueError
        If shapes do not fit, or there are not two numbers to take a variance of.
    TypeError
        If something is not an array of real numbers.

    Examples
    --------
    >>> batch_norm(np.array([[1.0, 10.0], [3.0, 10.0]]), eps=0)
    Traceback (most recent call last):
        ...
    ValueError: batch_norm: eps=0; expected a positive number
    >>> batch_norm(np.array([[1.0, 10.0], [3.0, 10.0]])).round(3)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    x, scale, offset, eps = prepared("batch_norm", x, scale, offset, eps, 2)
    if (mean is None) != (variance is None):
        raise ValueError("batch_norm: give both a mean and a variance, or none")
    count, features = math.prod(x.shape[:-1]), x.shape[-1]
    if mean is None:
        if count < 2:
            raise ValueError(
                f"batch_norm: x has shape {x.shape}: of {count} number{'s' * (count != 1)} for "
                "each feature there is no variance. Train with larger batches, or give a mean and "
                "variance"
            )
        together = rows_together(count, features)
        axes = 1, count // together, together * features
        return normalized(x, axes, scale, offset, eps, together=together, groups=features)
    mean = of_features("batch_norm: mean", mean, x, 1)
    variance = of_features("batch_norm: variance", variance, x, 1)
    factor = 1 / np.sqrt(variance + eps)
    out = (x - mean) * (factor if scale is None else factor * scale)
    return out if offset is None else out + offset


def moments(x: Array) -> tuple[Array, Array]:
    """The mean and the variance, of a sample, of each feature of an array."""
    rows = x.reshape(-1, x.shape[-1])
    if x.dtype == np.float16:
        rows = rows.astype(np.float32)
    center = sum_of_rows(rows) / len(rows)
    deviations = with_rows(np.subtract, rows, center)
    return center, sum_of_rows(deviations * deviations) / (len(rows) - 1)


def layer_norm(
    x: Array, scale: Array | None = None, offset: Array | None = None, eps: float = 1e-5
) -> Array:
    """Normalize the features of each example on their own.

    Parameters
    ----------
    x : array, shape (..., features)
        The features are the last axis, or as many last axes as ``scale`` has.
    scale, offset : array, shape (features,), optional
        What the results are multiplied by, and what is then added.
    eps : float
        Added to the variance, so that equal numbers become 0.

    Returns
    -------
    array
        Of the shape of x (Ba, Kiros & Hinton, 2016).

    Raises
    ------
    ValueError
        If shapes do not fit.
    TypeError
        If something is not an array of real numbers.

    Examples
    --------
    >>> layer_norm(np.array([[1.0, 3.0], [10.0, 20.0]])).round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    x, scale, offset, eps = prepared("layer_norm", x, scale, offset, eps, 1, all_axes=True)
    return normalized(x, of_each_example(x, scale, offset), scale, offset, eps)


def rms_norm(x: Array, scale: Array | None = None, eps: float = 1e-6) -> Array:
    """Divide the features of each example by their root mean square.

    Parameters
    ----------
    x : array, shape (..., features)
        The features are the last axis, or as many last axes as ``scale`` has.
    scale : array, shape (features,), optional
        What the results are multiplied by.
    eps : float
        Added to the mean square, so that zeros stay 0.

    Returns
    -------
    array
        Of the shape of x (Zhang & Sennrich, 2019).

    Raises
    ------
    ValueError
        If shapes do not fit.
    TypeError
        If something is not an array of real numbers.

    Examples
    --------
    >>> rms_norm(np.array([1.0, 7.0])).round(3)
    array([0.2, 1.4])
    """
    x, scale, _, eps = prepared("rms_norm", x, scale, None, eps, 1, all_axes=True)
    return normalized(x, of_each_example(x, scale, None), scale, None, eps, center=False)


def group_norm(
    x: Array,
    groups: int,
    scale: Array | None = None,
    offset: Array | None = None,
    eps: float = 1e-5,
) -> Array:
    """Normalize the channels of each example in groups, over all pixels.

    Parameters
    ----------
    x : array, shape (batch, ..., channels)
        Images, sequences, or vectors.
    groups : int
        How many groups the channels are divided into: with 1, all are normalized together; with as
        many as there are channels, each on its own ("instance normalization").
    scale, offset : array, shape (channels,), optional
        What the results are multiplied by, and what is then added.
    eps : float
        Added to the variance, so that equal numbers become 0.

    Returns
    -------
    array
        Of the shape of x (Wu & He, 2018).

    Raises
    ------
    ValueError
        If shapes do not fit, or the groups do not divide the channels.
    TypeError
        If something is not an array of real numbers.

    Examples
    --------
    >>> group_norm(np.array([[1.0, 3.0, 10.0, 20.0]]), 2).round(3)
    array([[-1.,  1., -1.,  1.]])
    """
    x, scale, offset, eps = prepared("group_norm", x, scale, offset, eps, 2)
    channels = x.shape[-1]
    check_groups("group_norm", groups, channels)
    batch, pixels = x.shape[0], math.prod(x.shape[1:-1])
    if pixels == 1 or groups == 1:
        axes = batch * groups, 1, pixels * channels // groups
        return normalized(x, axes, scale, offset, eps)
    together = rows_together(pixels, channels)
    axes = batch, pixels // together, together * channels
    return normalized(x, axes, scale, offset, eps, together=together, groups=groups)


def of_each_example(x: Array, scale: Array | None, offset: Array | None) -> tuple[int, ...]:
    """The three axes of an array whose examples are normalized on their own."""
    features = next((one.ndim for one in (scale, offset) if one is not None), 1)
    return math.prod(x.shape[:-features]), 1, math.prod(x.shape[-features:])


def prepared(
    function: str, x: Any, scale: Any, offset: Any, eps: Any, ndim: int, all_axes: bool = False
) -> tuple[Array, Array | None, Array | None, float]:
    """Return the arguments, checked to fit one another."""
    dtypes = [one.dtype for one in (scale, offset) if hasattr(one, "dtype")]
    x = as_floating(f"{function}: x", x, *dtypes[:1])
    if x.ndim < ndim or x.shape[-1] == 0:
        axes = "batch, ..., " if ndim == 2 else "..., "
        raise ValueError(f"{function}: x has shape {x.shape}; expected ({axes}features), not empty")
    most = x.ndim if all_axes else 1
    if scale is not None:
        scale = of_features(f"{function}: scale", scale, x, most)
    if offset is not None:
        offset = of_features(f"{function}: offset", offset, x, most)
        if scale is not None and offset.shape != scale.shape:
            raise ValueError(
                f"{function}: offset has shape {offset.shape} and scale {scale.shape}; both are "
                "those of the features"
            )
    return x, scale, offset, check_eps(function, eps)


def check_eps(function: str, eps: Any) -> float:
    if isinstance(eps, bool) or not isinstance(eps, (int, float, np.number)) or not eps > 0:
        raise ValueError(f"{function}: eps={eps!r}; expected a positive number")
    return float(eps)


def check_groups(function: str, groups: Any, channels: int) -> None:
    if not is_integer(groups) or groups < 1 or channels % groups:
        raise ValueError(
            f"{function}: groups={groups!r}; expected a positive integer that divides the number "
            f"of channels, {channels}"
        )


def of_features(name: str, value: Any, x: Array, most: int) -> Array:
    """Return an array of numbers for the features of x: its last axis, or up to ``most`` axes."""
    value = as_floating(name, value, x.dtype)
    if not 1 <= value.ndim <= most or value.shape != x.shape[x.ndim - value.ndim :]:
        raise ValueError(
            f"{name} has shape {value.shape}; x, of shape {x.shape}, has features of shape "
            f"{x.shape[-1:]}"
        )
    return value
