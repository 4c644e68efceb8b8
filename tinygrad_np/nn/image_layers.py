"""Layers for images and sequences: convolutions and pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording import Array
from .activation_layers import Activation
from .convolutions import conv1d, conv2d, conv_transpose2d
from .initializers import glorot_uniform
from .layer import Sized, described, generator_or_new, initial, positive, trainable_dtype
from .pooling import avg_pool2d, global_avg_pool2d, global_max_pool2d, max_pool2d
from .windows import Pair, channels_seem_first, check_settings, pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike

__all__ = [
    "AvgPool2D", "Conv1D", "Conv2D", "ConvTranspose2D", "GlobalAvgPool2D", "GlobalMaxPool2D",
    "MaxPool2D",
]  # fmt: skip


class Convolution(Sized):
    """A layer with a kernel that slides over its input, and a bias."""

    function: Callable[..., Array]
    axes = 2
    kernel: Array
    bias: Array | None

    def __init__(
        self,
        in_channels: int | None = None,
        out_channels: int | None = None,
        size: int | Pair | None = None,
        *,
        stride: int | Pair = 1,
        padding: Any = "valid",
        dilation: int | Pair = 1,
        groups: int = 1,
        rng: np.random.Generator | None = None,
        initializer: Callable[..., Any] = glorot_uniform,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        name = type(self).__name__
        if size is None:
            in_channels, out_channels, size = None, in_channels, out_channels
        if in_channels is not None:
            in_channels = positive(f"{name}: in_channels", in_channels)
        outputs = positive(f"{name}: out_channels", out_channels)
        both = pair(name, "size", size) if self.axes == 2 else (positive(f"{name}: size", size),)
        self.kernel = None
        dtype = trainable_dtype(name, dtype)
        self.bias = np.zeros(outputs, dtype) if bias else None
        check_settings(name, self.axes, stride, padding, dilation)
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.groups = positive(f"{name}: groups", groups)
        rng = generator_or_new(name, rng)
        self.begin(
            in_channels, size=both, outputs=outputs, rng=rng, initializer=initializer, dtype=dtype
        )

    def make(self, features: int, **settings: Any) -> None:
        name, outputs = type(self).__name__, settings.pop("outputs")
        if features % self.groups or outputs % self.groups:
            raise ValueError(
                f"{name}: groups={self.groups} does not divide {features} in_channels and "
                f"{outputs} out_channels"
            )
        shape = *settings.pop("size"), features // self.groups, outputs
        self.kernel = initial(name, shape=shape, **settings)

    def __call__(self, x: Array, training: bool = False) -> Array:
        if not hasattr(x, "shape"):
            x = np.asarray(x)
        if self.kernel is None and channels_seem_first(x.shape):
            raise ValueError(
                f"{self!r}: the input has shape {x.shape}, in which the channels seem to come "
                "first: np.moveaxis(x, 1, -1) puts them last. If they are last, say how many they "
                f"are: {type(self).__name__}({x.shape[-1]}, …)"
            )
        if x.ndim == self.axes + 2:
            self.see(x)
        if self.kernel is None:
            axes = "height, width" if self.axes == 2 else "length"
            raise ValueError(
                f"{self!r}: the input has shape {x.shape}; expected (batch, {axes}, channels)"
            )
        return type(self).function(
            x, self.kernel, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def __repr__(self) -> str:
        unseen = getattr(self, "_unseen", None)
        if unseen:
            sizes, size = [unseen["outputs"]], unseen["size"]
        else:
            *size, inputs, outputs = np.shape(self.kernel)
            sizes = [inputs * self.groups, outputs]
        return described(
            self, *sizes, size[0] if len(set(size)) == 1 else tuple(size),
            stride=(self.stride, 1), padding=(self.padding, "valid"), dilation=(self.dilation, 1),
            groups=(self.groups, 1), bias=(self.bias is not None, True),
        )  # fmt: skip


class Conv2D(Convolution):
    """Slide a kernel over images: a weighted sum of the pixels around each, for each output.

    ``Conv2D(out_channels, size)`` finds the number of input channels when it sees the first.

    Parameters
    ----------
    in_channels, out_channels : int
        The number of input channels, which can be left out, and of outputs.
    size : int or pair of int
        Of the kernel, (height, width).
    stride, padding, dilation, groups
        As in `tinygrad_np.nn.conv2d`.
    rng : np.random.Generator, optional
        Draws the initial kernel; without it, it differs from run to run.
    initializer : callable
        ``initializer(rng, shape, dtype)``; see `tinygrad_np.nn.initializers`. `he_normal` suits a
        layer that a ReLU follows.
    bias : bool
        Whether there is a bias; it begins at 0.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    kernel : ndarray, shape (height, width, in_channels // groups, out_channels)
    bias : ndarray, shape (out_channels,), or None

    Raises
    ------
    ValueError
        If sizes make no sense; in a call, if x does not fit.

    Examples
    --------
    >>> layer = Conv2D(3, 16, 5, padding="same")
    >>> layer(np.zeros((8, 32, 32, 3), np.float32)).shape
    (8, 32, 32, 16)
    >>> layer = Conv2D(16, 5)
    >>> layer(np.zeros((8, 32, 32, 3), np.float32)).shape, layer
    ((8, 28, 28, 16), Conv2D(3, 16, 5))
    """

    function = staticmethod(conv2d)


class Conv1D(Convolution):
    """Slide a kernel over sequences: a weighted sum of the steps around each, for each output.

    ``Conv1D(out_channels, size)`` finds the number of input channels when it sees the first.

    Parameters
    ----------
    in_channels, out_channels : int
        The number of input channels, which can be left out, and of outputs.
    size : int
        Of the kernel.
    stride, padding, dilation, groups
        As in `tinygrad_np.nn.conv1d`.
    rng, initializer, bias, dtype
        As in `Conv2D`.

    Attributes
    ----------
    kernel : ndarray, shape (size, in_channels // groups, out_channels)
    bias : ndarray, shape (out_channels,), or None

    Raises
    ------
    ValueError
        If sizes make no sense; in a call, if x does not fit.

    Examples
    --------
    >>> Conv1D(8, 16, 3, padding=(2, 0))(np.zeros((4, 100, 8), np.float32)).shape
    (4, 100, 16)
    """

    function = staticmethod(conv1d)
    axes = 1


class ConvTranspose2D(Convolution):
    """Add up a kernel times each pixel: the transpose of `Conv2D`, which makes images larger.

    ``ConvTranspose2D(out_channels, size)`` finds the number of input channels when it sees the
    first.

    Parameters
    ----------
    in_channels, out_channels : int
        The number of input channels, which can be left out, and of outputs.
    size : int or pair of int
        Of the kernel, (height, width).
    stride, padding, dilation, groups
        As in `tinygrad_np.nn.conv_transpose2d`.
    rng, initializer, bias, dtype
        As in `Conv2D`.

    Attributes
    ----------
    kernel : ndarray, shape (height, width, in_channels // groups, out_channels)
    bias : ndarray, shape (out_channels,), or None

    Raises
    ------
    ValueError
        If sizes make no sense; in a call, if x does not fit.

    Examples
    --------
    >>> layer = ConvTranspose2D(16, 3, 4, stride=2, padding="same")
    >>> layer(np.zeros((8, 7, 7, 16), np.float32)).shape
    (8, 14, 14, 3)
    """

    function = staticmethod(conv_transpose2d)


class Pooling(Activation):
    """A layer that makes one pixel of those in each window."""

    pool: Callable[..., Array]

    def __init__(
        self, size: int | Pair = 2, stride: int | Pair | None = None, padding: Any = "valid"
    ) -> None:
        self.size, self.stride, self.padding = size, stride, padding
        pair(type(self).__name__, "size", size)
        check_settings(type(self).__name__, 2, size if stride is None else stride, padding)

    def __call__(self, x: Array, training: bool = False) -> Array:
        return type(self).pool(x, self.size, self.stride, self.padding)

    def __repr__(self) -> str:
        return described(
            self, self.size, stride=(self.stride, None), padding=(self.padding, "valid")
        )


class MaxPool2D(Pooling):
    """Take the largest of the pixels in each window, of each channel on its own.

    Parameters
    ----------
    size, stride, padding
        As in `tinygrad_np.nn.max_pool2d`.

    Examples
    --------
    >>> MaxPool2D(2)(np.zeros((8, 28, 28, 16), np.float32)).shape
    (8, 14, 14, 16)
    """

    pool = staticmethod(max_pool2d)


class AvgPool2D(Pooling):
    """Take the mean of the pixels in each window, of each channel on its own.

    Parameters
    ----------
    size, stride, padding
        As in `tinygrad_np.nn.avg_pool2d`.

    Examples
    --------
    >>> AvgPool2D(2)(np.zeros((8, 28, 28, 16), np.float32)).shape
    (8, 14, 14, 16)
    """

    pool = staticmethod(avg_pool2d)


class GlobalMaxPool2D(Activation):
    """Take the largest pixel of each image, of each channel on its own.

    Examples
    --------
    >>> GlobalMaxPool2D()(np.zeros((8, 7, 7, 32), np.float32)).shape
    (8, 32)
    """

    def __init__(self) -> None:
        super().__init__(global_max_pool2d)


class GlobalAvgPool2D(Activation):
    """Take the mean of the pixels of each image, of each channel on its own.

    Examples
    --------
    >>> GlobalAvgPool2D()(np.zeros((8, 7, 7, 32), np.float32)).shape
    (8, 32)
    """

    def __init__(self) -> None:
        super().__init__(global_avg_pool2d)
