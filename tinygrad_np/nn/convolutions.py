"""Convolutions of images and sequences: sums of products with a kernel that slides over them.

As everywhere in networks, the kernel is not flipped: what is computed is a correlation. Of the
three operations here, each is linear in both arguments, and the other two are its adjoints.

Each goes through the images in parts small enough for a processor's cache. The windows of a part
are laid out as rows of a matrix ("im2col"; Chellapilla, Puri & Simard, 2006), which is multiplied
by the kernel at once; no more of them than a part is ever in memory.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..batching import BATCHING, batch_size, elementwise_batch
from ..ops.table import Op, differentiable, linear
from ..recording import Array
from .functions import as_floating, dense, sum_of_rows, with_rows
from .windows import (
    NO_PADDING,
    Pair,
    Window,
    check_layout,
    cropped,
    ends_of,
    is_integer,
    padded,
    padding_of,
    pair,
    single,
    sliding,
    window_over,
)

__all__ = ["conv1d", "conv2d", "conv_transpose2d"]

CACHED = 1 << 17
"""How many numbers a part has, if that is not fewer than `ROWS` rows."""

ROWS = 512
"""From how many rows on a matrix is multiplied at full speed."""


# The three operations, on ndarrays. Matrices have an axis before theirs: the groups.


def correlated(x: Array, kernel: Array, window: Window, groups: int) -> Array:
    """Multiply each window of x by the kernel, and sum."""
    outputs = kernel.shape[3]
    places = window.outputs(x.shape[1:3])
    out = np.empty((len(x), *places, outputs), np.result_type(x, kernel))
    weights = by_group(kernel, groups)
    for part, rows, columns in unfolded(x, window, groups):
        np.matmul(columns, weights, out=grouped(out[part, rows], groups))
    return out


def correlated_back(g: Array, kernel: Array, window: Window, groups: int, image: Pair) -> Array:
    """Add the kernel, times each output, to its window of an image of zeros."""
    batch, _, across, _ = g.shape
    high, wide, channels = kernel.shape[:3]
    dtype = np.result_type(g, kernel)
    out = np.empty((batch, *image, groups * channels), dtype)
    weights = kernel.reshape(high, wide, channels, groups, -1).transpose(0, 3, 4, 1, 2)
    weights = weights.reshape(high, groups, -1, wide * channels)
    shape = [length + sum(side) for length, side in zip(image, window.padding)]
    for part, bands in parts(g.shape[:3], wide * channels * groups * high):
        images = np.zeros((len(out[part]), *shape, groups, channels), dtype)
        for rows in bands:
            values = g[part, rows]
            count, down = values.shape[:2]
            # Rows first: what the windows of a row of pixels share is added up only once.
            length = window.stride[0] * (down - 1) + window.extent[0]
            strips = np.zeros((groups, count, length, across, wide, channels), dtype)
            for i in range(high):
                product = np.matmul(grouped(values, groups), weights[i])
                strips[:, :, window.along(0, i, down)] += product.reshape(
                    groups, count, down, across, wide, channels
                )
            top = window.stride[0] * (rows.start or 0)
            strips = np.moveaxis(strips, 0, 3)
            for j in range(wide):
                images[:, top : top + length, window.along(1, j, across)] += strips[..., j, :]
        images = images.reshape(*images.shape[:3], -1)
        out[part] = cropped(images, window.padding)
    return out


def correlated_with(x: Array, g: Array, window: Window, groups: int) -> Array:
    """Multiply each window of x by the output at its place, and sum over places and images."""
    channels, outputs = x.shape[3] // groups, g.shape[3] // groups
    length = window.size[0] * window.size[1] * channels
    total = np.zeros((groups, length, outputs), np.result_type(x, g))
    for part, rows, columns in unfolded(x, window, groups):
        total += np.matmul(columns.swapaxes(1, 2), grouped(g[part, rows], groups))
    total = total.transpose(1, 0, 2)
    return total.reshape(*window.size, channels, groups * outputs)


def by_group(kernel: Array, groups: int) -> Array:
    """Lay the kernel out as a matrix for each group."""
    outputs = kernel.shape[3] // groups
    return kernel.reshape(-1, groups, outputs).swapaxes(0, 1)


def grouped(values: Array, groups: int) -> Array:
    """View outputs as a matrix for each group."""
    return values.reshape(-1, groups, values.shape[3] // groups).swapaxes(0, 1)


def unfolded(x: Array, window: Window, groups: int) -> Iterator[tuple[slice, slice, Array]]:
    """Yield which images, which rows of places, and a matrix for each group: a window a row."""
    places = window.outputs(x.shape[1:3])
    size = window.size[0] * window.size[1] * x.shape[3]
    whole = sliding(x, window) if window.padding == NO_PADDING else None
    for part, bands in parts((len(x), *places), size):
        if whole is not None:
            windows = whole[part]
        else:
            windows = sliding(padded(x[part], window.padding), window)
        for rows in bands:
            yield part, rows, as_columns(windows[:, rows], groups)


def parts(places: tuple[int, int, int], size: int) -> Iterator[tuple[slice, list[slice]]]:
    """Divide places (image, row, column) with windows of ``size`` into images and bands of rows."""
    images, down, across = places
    rows = max(CACHED // max(size, 1), ROWS) // max(across, 1)
    together = max(rows // max(down, 1), 1)
    bands = [slice(top, top + max(rows, 1)) for top in range(0, down, max(rows, 1))]
    for first in range(0, images, together):
        yield slice(first, first + together), bands


def as_columns(windows: Array, groups: int) -> Array:
    """Copy windows (image, row, column, position, position, channel) into matrices."""
    count, down, across, high, wide, channels = windows.shape
    windows = windows.reshape(count, down, across, high, wide, groups, channels // groups)
    size = high * wide * channels // groups
    # Whichever makes the longer runs of neighbours is the faster to copy.
    if high == wide == 1 or wide * channels // groups >= across:
        return windows.transpose(5, 0, 1, 2, 3, 4, 6).reshape(groups, -1, size)
    return windows.transpose(5, 3, 4, 6, 0, 1, 2).reshape(groups, size, -1).swapaxes(1, 2)


# As ops


def biased(x: Array, kernel: Array, bias: Array, window: Window, groups: int) -> Array:
    """A convolution and a bias in one array, where two ops would make two."""
    out = correlated(x, kernel, window, groups)
    if out.dtype != bias.dtype:
        return out + bias
    rows = out.reshape(math.prod(out.shape[:3]), out.shape[3])
    with_rows(operator.iadd, rows, bias)
    return out


# fmt: off
convolution: Op = linear(
    correlated,
    lambda g, out, x, kernel, window, groups: convolution_back(
        g, kernel, window=window, groups=groups, image=x.shape[1:3]),
    lambda g, out, x, kernel, window, groups: kernel_cotangent(
        x, g, window=window, groups=groups),
    name="convolution")
convolution_back: Op = linear(
    correlated_back,
    lambda t, out, g, kernel, window, groups, image: convolution(
        t, kernel, window=window, groups=groups),
    lambda t, out, g, kernel, window, groups, image: kernel_cotangent(
        t, g, window=window, groups=groups),
    name="transposed convolution")
kernel_cotangent: Op = linear(
    correlated_with,
    lambda t, out, x, g, window, groups: convolution_back(
        g, t, window=window, groups=groups, image=x.shape[1:3]),
    lambda t, out, x, g, window, groups: convolution(
        x, t, window=window, groups=groups),
    name="convolution's kernel")
biased_convolution = differentiable(
    biased,
    [lambda g, out, x, kernel, bias, window, groups: convolution_back(
        g, kernel, window=window, groups=groups, image=x.shape[1:3]),
     lambda g, out, x, kernel, bias, window, groups: kernel_cotangent(
        x, g, window=window, groups=groups),
     lambda g, out, x, kernel, bias, window, groups: sum_of_rows(g)],
    [lambda t, out, x, kernel, bias, window, groups: convolution(
        t, kernel, window=window, groups=groups),
     lambda t, out, x, kernel, bias, window, groups: convolution(
        x, t, window=window, groups=groups),
     lambda t, out, x, kernel, bias, window, groups: t],
    name="biased convolution")
# fmt: on


def convolution_batch(
    function: Any, values: Any, flags: Any, groups: int, **settings: Any
) -> Array:
    """Join the batch with the images, if it can be, or else with the groups."""
    size = batch_size(values, flags)
    first, second = values
    if function is not kernel_cotangent and not flags[1]:
        images = first.shape[1]
        first = np.reshape(first, (size * images, *first.shape[2:]))
        out = function(first, second, groups=groups, **settings)
        return np.reshape(out, (size, images, *out.shape[1:]))
    joined = []
    for value, mine in zip(values, flags):
        last = np.moveaxis(value if mine else np.broadcast_to(value, (size, *value.shape)), 0, 3)
        joined.append(np.reshape(last, (*last.shape[:3], size * last.shape[4])))
    out = function(*joined, groups=size * groups, **settings)
    return np.moveaxis(np.reshape(out, (*out.shape[:3], size, out.shape[3] // size)), 3, 0)


def biased_batch(function: Any, values: Any, flags: Any, **settings: Any) -> Array:
    """A convolution and a bias of a batch, in two steps."""
    *factors, bias = values
    flag = flags[0] or flags[1]
    if flag:
        product = convolution_batch(convolution, factors, flags[:2], **settings)
    else:
        product = convolution(*factors, **settings)
    return elementwise_batch(np.add, [product, bias], [flag, flags[2]])


BATCHING[biased_convolution] = biased_batch
BATCHING.update(
    dict.fromkeys((convolution, convolution_back, kernel_cotangent), convolution_batch)
)


# For everybody


def conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: Any = "valid",
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Array:
    """Slide a kernel over images: a weighted sum of the pixels around each, for each output.

    Parameters
    ----------
    x : array, shape (batch, height, width, in_channels)
        The images; integers are converted to the dtype of the kernel.
    kernel : array, shape (height, width, in_channels // groups, out_channels)
        The weights. They are not flipped.
    bias : array, shape (out_channels,), optional
        Added to each output.
    stride : int or pair of int
        By how many pixels the kernel moves, along (height, width).
    padding : {"valid", "same"}, int, pair of int, or pair of pairs
        How many zeros there are around each image: none; as many as there must be for
        ``ceil(height / stride)`` outputs, an odd one at the end; or a number for all sides, one
        for (height, width), or ``((top, bottom), (left, right))``.
    dilation : int or pair of int
        How far the kernel's pixels are apart.
    groups : int
        Into how many groups channels are divided: each output sees the inputs of its group only.

    Returns
    -------
    array, shape (batch, height, width, out_channels)

    Raises
    ------
    ValueError
        If shapes do not fit one another, or the kernel does not fit on the padded images.
    TypeError
        If something is not an array of real numbers.

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 3, 3, 1)
    >>> conv2d(x, np.ones((2, 2, 1, 1)))[0, :, :, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    x, kernel, bias = as_arrays("conv2d", x, kernel, bias, "height, width", groups)
    window = window_over("conv2d", x.shape[1:3], kernel.shape[:2], stride, padding, dilation)
    return convolve(x, kernel, bias, window, groups)


def convolve(x: Array, kernel: Array, bias: Array | None, window: Window, groups: int) -> Array:
    if window.size == window.stride == (1, 1) and window.padding == NO_PADDING and groups == 1:
        return dense(x, kernel.reshape(kernel.shape[2:]), bias)
    if bias is None:
        return convolution(x, kernel, window=window, groups=groups)
    return biased_convolution(x, kernel, bias, window=window, groups=groups)


def conv1d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    stride: int = 1,
    padding: Any = "valid",
    dilation: int = 1,
    groups: int = 1,
) -> Array:
    """Slide a kernel over sequences: a weighted sum of the steps around each, for each output.

    Parameters
    ----------
    x : array, shape (batch, length, in_channels)
        The sequences; integers are converted to the dtype of the kernel.
    kernel : array, shape (length, in_channels // groups, out_channels)
        The weights. They are not flipped.
    bias : array, shape (out_channels,), optional
        Added to each output.
    stride : int
        By how many steps the kernel moves.
    padding : {"valid", "same"}, int, or pair of int
        How many zeros there are around each sequence: none; as many as there must be for
        ``ceil(length / stride)`` outputs; or a number for both ends, or ``(before, after)``.
    dilation : int
        How far the kernel's steps are apart.
    groups : int
        Into how many groups channels are divided: each output sees the inputs of its group only.

    Returns
    -------
    array, shape (batch, length, out_channels)

    Raises
    ------
    ValueError
        If shapes do not fit one another, or the kernel does not fit on the padded sequences.
    TypeError
        If something is not an array of real numbers.

    Examples
    --------
    >>> x = np.array([[[1.0], [2.0], [4.0]]])
    >>> kernel = np.array([[[-1.0]], [[1.0]]])
    >>> conv1d(x, kernel)[0, :, 0]
    array([1., 2.])
    >>> conv1d(x, kernel, padding=(1, 0))[0, :, 0]  # no output sees what comes after it
    array([1., 1., 2.])
    """
    x, kernel, bias = as_arrays("conv1d", x, kernel, bias, "length", groups)
    stride, dilation = single("conv1d", "stride", stride), single("conv1d", "dilation", dilation)
    window = window_over(
        "conv1d", (1, x.shape[1]), (1, kernel.shape[0]), (1, stride), ends_of("conv1d", padding),
        (1, dilation),
    )  # fmt: skip
    x, kernel = np.expand_dims(x, 1), np.expand_dims(kernel, 0)
    return np.squeeze(convolve(x, kernel, bias, window, groups), axis=1)


def conv_transpose2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: Any = "valid",
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Array:
    """Add up a kernel times each pixel, where `conv2d` would have read: it makes images larger.

    As a linear map, it is the transpose of `conv2d` with the same stride, padding and dilation.

    Parameters
    ----------
    x : array, shape (batch, height, width, in_channels)
        The images; integers are converted to the dtype of the kernel.
    kernel : array, shape (height, width, in_channels // groups, out_channels)
        The weights: what one input pixel adds to the outputs around it.
    bias : array, shape (out_channels,), optional
        Added to each output.
    stride : int or pair of int
        How far the outputs of neighbouring pixels are apart, along (height, width).
    padding : {"valid", "same"}, int, pair of int, or pair of pairs
        How many pixels are cut off around each result: none; as many as leave ``height * stride``;
        or a number for all sides, one for (height, width), or ``((top, bottom), (left, right))``.
    dilation : int or pair of int
        How far the kernel's pixels are apart.
    groups : int
        Into how many groups channels are divided: each output sees the inputs of its group only.

    Returns
    -------
    array, shape (batch, height, width, out_channels)

    Raises
    ------
    ValueError
        If shapes do not fit one another, or the padding leaves nothing.
    TypeError
        If something is not an array of real numbers.

    Examples
    --------
    >>> x = np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1)
    >>> conv_transpose2d(x, np.ones((1, 3, 1, 1)), stride=2)[0, :, :, 0]
    array([[1., 1., 3., 2., 2.]])
    """
    function = "conv_transpose2d"
    x, kernel, bias = as_arrays(function, x, kernel, bias, "height, width", groups)
    window = Window(
        kernel.shape[:2], pair(function, "stride", stride), NO_PADDING,
        pair(function, "dilation", dilation),
    )  # fmt: skip
    beyond = [extent - step for extent, step in zip(window.extent, window.stride)]
    window = window._replace(padding=padding_of(function, padding, beyond))
    same = isinstance(padding, str) and padding == "same"
    image = tuple([
        length * step + (0 if same else more - sum(side))
        for length, step, more, side in zip(x.shape[1:3], window.stride, beyond, window.padding)
    ])  # fmt: skip
    if min(image) < 1 or 0 in x.shape[1:3]:
        raise ValueError(
            f"{function}: nothing is left of images of shape {x.shape} with stride={stride} and "
            f"padding={padding!r}"
        )
    # Of the convolution that this is the transpose of, inputs are outputs.
    high, wide, inputs, outputs = kernel.shape
    if groups == 1:
        kernel = np.swapaxes(kernel, 2, 3)
    else:
        kernel = np.reshape(kernel, (high, wide, inputs, groups, outputs // groups))
        kernel = np.reshape(
            np.transpose(kernel, (0, 1, 4, 3, 2)), (high, wide, outputs // groups, -1)
        )
    out = convolution_back(x, kernel, window=window, groups=groups, image=image)
    return out if bias is None else out + bias


def as_arrays(
    function: str, x: Any, kernel: Any, bias: Any, axes: str, groups: Any
) -> tuple[Array, Array, Array | None]:
    """Return the arguments as arrays, checked to fit one another."""
    kernel = as_floating(f"{function}: kernel", kernel)
    x = as_floating(f"{function}: x", x, kernel.dtype)
    shape = kernel.shape
    if len(shape) != axes.count(",") + 3 or 0 in shape:
        raise ValueError(
            f"{function}: kernel has shape {shape}; expected ({axes}, in_channels // groups, "
            "out_channels), none of them 0"
        )
    if not is_integer(groups) or groups < 1 or shape[-1] % groups:
        raise ValueError(
            f"{function}: groups={groups!r}; expected a positive integer that divides the "
            f"{shape[-1]} out_channels of the kernel, of shape {shape}"
        )
    try:
        check_layout(function, x, axes, shape[-2] * groups)
    except ValueError as error:
        of_groups = f" and groups={groups}" if groups > 1 else ""
        error.args = (f"{error}. The kernel has shape {shape}{of_groups}{other_layout(x, shape)}",)
        raise
    if bias is not None:
        bias = as_floating(f"{function}: bias", bias, kernel.dtype)
        if bias.shape != shape[-1:]:
            raise ValueError(
                f"{function}: bias has shape {bias.shape}; a kernel of shape {shape} needs "
                f"{shape[-1:]}"
            )
    return x, kernel, bias


def other_layout(x: Array, shape: tuple[int, ...]) -> str:
    """Say so if a kernel would fit that has its channels first."""
    if len(shape) == x.ndim == 4 and shape[1] in (x.shape[1], x.shape[3]):
        return (
            ". If that is (out, in, height, width): np.transpose(kernel, (2, 3, 1, 0)) is (height, "
            "width, in, out)"
        )
    return ""
