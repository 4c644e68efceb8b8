"""Layers that normalize."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, Recorded, strip
from .activations import from_0_to_1
from .functions import as_floating
from .layer import Sized, described, positive, trainable_dtype
from .normalization import (
    batch_norm,
    check_eps,
    check_groups,
    group_norm,
    layer_norm,
    moments,
    rms_norm,
)

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["BatchNorm", "GroupNorm", "LayerNorm", "RMSNorm"]


class Normalization(Sized):
    """A layer with a scale and an offset for each feature, which begin at 1 and 0."""

    scale: Array
    offset: Array

    def __init__(self, features: Any, dtype: DTypeLike, eps: float) -> None:
        name = type(self).__name__
        if features is not None:
            features = positive(f"{name}: features", features)
        self.scale = self.offset = None
        self.eps = check_eps(name, eps)
        self.begin(features, dtype=trainable_dtype(name, dtype))

    def make(self, features: int, **settings: Any) -> None:
        self.scale = np.ones(features, settings["dtype"])
        self.offset = np.zeros(features, settings["dtype"])

    def __repr__(self) -> str:
        features = None if self.scale is None else math.prod(np.shape(self.scale))
        return described(self, features)


class BatchNorm(Normalization):
    """Normalize each feature over the batch (Ioffe & Szegedy, 2015), then scale and shift it.

    In training, by the mean and variance of the batch, of which the layer keeps a running mean.
    Otherwise, by these running ones.

    Parameters
    ----------
    features : int, optional
        The number of features, the last axis of the input; without it, it is found at the first.
    momentum : float
        The share that a new batch has in the running mean and variance.
    eps : float
        Added to the variance.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    scale, offset : ndarray, shape (features,)
    mean, variance : ndarray, shape (features,)
        The running ones: buffers, not parameters. The variance is that of a sample.

    Raises
    ------
    ValueError
        If a setting makes no sense; in a call, if x has other features; in training, if there are
        not two numbers to take a variance of.

    Examples
    --------
    >>> layer = BatchNorm(2)
    >>> x = np.array([[1.0, 10.0], [3.0, 30.0]])
    >>> layer(x, training=True).round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> layer.mean
    array([0.2, 2. ], dtype=float32)
    """

    buffers = ("mean", "variance")

    def __init__(
        self,
        features: int | None = None,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.mean: Any = None
        self.variance: Any = None
        self.momentum = from_0_to_1("BatchNorm", "momentum", momentum)
        super().__init__(features, dtype, eps)

    def make(self, features: int, **settings: Any) -> None:
        super().make(features, **settings)
        self.mean = np.zeros(features, settings["dtype"])
        self.variance = np.ones(features, settings["dtype"])

    def __call__(self, x: Array, training: bool = False) -> Array:
        self.see(x)
        if not training:
            # A tree.map that gave the parameters another dtype left the buffers as they are.
            mean, variance = [
                buffer.astype(self.scale.dtype, copy=False) for buffer in (self.mean, self.variance)
            ]
            return batch_norm(x, self.scale, self.offset, mean, variance, self.eps)
        x = as_floating("BatchNorm: x", x, self.scale.dtype)
        out = batch_norm(x, self.scale, self.offset, eps=self.eps)
        values = strip(x)
        if isinstance(values, Recorded):
            raise GradientError(
                "BatchNorm: inside tg.vmap, each example would have running statistics of its own; "
                "call it with training=False, or nn.batch_norm"
            )
        for running, found in zip((self.mean, self.variance), moments(values)):
            running += (self.momentum * (found - running)).astype(running.dtype)
        return out


class LayerNorm(Normalization):
    """Normalize the features of each example (Ba et al., 2016), then scale and shift them.

    Parameters
    ----------
    features : int, optional
        The number of features, the last axis of the input; without it, it is found at the first.
    eps : float
        Added to the variance.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    scale, offset : ndarray, shape (features,)

    Raises
    ------
    ValueError
        If a setting makes no sense; in a call, if x has other features.

    Examples
    --------
    >>> LayerNorm(2)(np.array([[1.0, 3.0], [10.0, 20.0]])).round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """

    def __init__(
        self, features: int | None = None, *, eps: float = 1e-5, dtype: DTypeLike = np.float32
    ) -> None:
        super().__init__(features, dtype, eps)

    def __call__(self, x: Array, training: bool = False) -> Array:
        self.see(x)
        return layer_norm(x, self.scale, self.offset, self.eps)


class RMSNorm(Normalization):
    """Divide the features of each example by their root mean square, then scale them.

    Parameters
    ----------
    features : int, optional
        The number of features, the last axis of the input; without it, it is found at the first.
    eps : float
        Added to the mean square.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    scale : ndarray, shape (features,)

    Raises
    ------
    ValueError
        If a setting makes no sense; in a call, if x has other features.

    Examples
    --------
    >>> RMSNorm(2)(np.array([1.0, 7.0])).round(3)
    array([0.2, 1.4])
    """

    def __init__(
        self, features: int | None = None, *, eps: float = 1e-6, dtype: DTypeLike = np.float32
    ) -> None:
        super().__init__(features, dtype, eps)

    def make(self, features: int, **settings: Any) -> None:
        self.scale = np.ones(features, settings["dtype"])

    def __call__(self, x: Array, training: bool = False) -> Array:
        self.see(x)
        return rms_norm(x, self.scale, self.eps)


class GroupNorm(Normalization):
    """Normalize groups of channels of each example (Wu & He, 2018), then scale and shift them.

    Parameters
    ----------
    groups : int
        How many groups the channels are divided into.
    features : int, optional
        The number of channels, the last axis of the input; without it, it is found at the first.
    eps : float
        Added to the variance.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    scale, offset : ndarray, shape (features,)

    Raises
    ------
    ValueError
        If a setting makes no sense; in a call, if x has other features.

    Examples
    --------
    >>> GroupNorm(2, 4)(np.array([[1.0, 3.0, 10.0, 20.0]])).round(3)
    array([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        groups: int,
        features: int | None = None,
        *,
        eps: float = 1e-5,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.groups = positive("GroupNorm: groups", groups)
        super().__init__(features, dtype, eps)

    def make(self, features: int, **settings: Any) -> None:
        check_groups("GroupNorm", self.groups, features)
        super().make(features, **settings)

    def __call__(self, x: Array, training: bool = False) -> Array:
        self.see(x)
        return group_norm(x, self.groups, self.scale, self.offset, self.eps)

    def __repr__(self) -> str:
        features = None if self.scale is None else math.prod(np.shape(self.scale))
        return described(self, self.groups, features)
