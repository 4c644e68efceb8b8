"""Layers without parameters: a function of an array each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording import Array
from .activations import (
    elu,
    gelu,
    hard_sigmoid,
    leaky_relu,
    mish,
    number,
    selu,
    silu,
    softplus,
)
from .functions import log_softmax, relu, sigmoid, softmax
from .layer import Layer, described

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ELU", "GELU", "SELU", "Activation", "HardSigmoid", "LeakyReLU", "LogSoftmax", "Mish", "ReLU",
    "SiLU", "Sigmoid", "Softmax", "Softplus", "Tanh",
]  # fmt: skip


class Activation(Layer):
    """f(x): a layer without parameters, and the base class of such.

    A subclass that defines ``__call__`` needs no ``function``.

    Parameters
    ----------
    function : callable
        Any function of an array, in NumPy's functions.

    Raises
    ------
    TypeError
        If ``function`` is not one.

    Examples
    --------
    >>> Activation(np.tanh)(np.array([0.0]))
    array([0.])
    """

    def __init__(self, function: Callable[[Any], Any] | None = None) -> None:
        if function is None and type(self).__call__ is not Activation.__call__:
            return
        if not callable(function):
            raise TypeError(f"Activation: {function!r} is not a function of an array")
        self.function = function

    def __call__(self, x: Array, training: bool = False) -> Array:
        return self.function(x)

    def __repr__(self) -> str:
        if type(self) is Activation:
            return f"Activation({getattr(self.function, '__name__', repr(self.function))})"
        return f"{type(self).__name__}()"


class ReLU(Activation):
    """max(x, 0), with derivative 0 at 0 (Nair & Hinton, 2010).

    Examples
    --------
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def __init__(self) -> None:
        super().__init__(relu)


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ), without overflow.

    Examples
    --------
    >>> Sigmoid()(np.array([0.0]))
    array([0.5])
    """

    def __init__(self) -> None:
        super().__init__(sigmoid)


class Softmax(Activation):
    """eˣ / Σ eˣ: probabilities from logits, without overflow.

    Under `tinygrad_np.nn.categorical_crossentropy` it gets the fused and stable gradient.

    Parameters
    ----------
    axis : int
        The axis of the classes.

    Examples
    --------
    >>> Softmax()(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__(softmax)
        self.axis = axis

    def __call__(self, x: Array, training: bool = False) -> Array:
        return softmax(x, axis=self.axis)

    def __repr__(self) -> str:
        return described(self, axis=(self.axis, -1))


class LogSoftmax(Activation):
    """x − log Σ eˣ: logarithms of probabilities from logits.

    Parameters
    ----------
    axis : int
        The axis of the classes.

    Examples
    --------
    >>> LogSoftmax()(np.array([[0.0, 1000.0]]))
    array([[-1000.,     0.]])
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def __call__(self, x: Array, training: bool = False) -> Array:
        return log_softmax(x, axis=self.axis)

    def __repr__(self) -> str:
        return described(self, axis=(self.axis, -1))


class LeakyReLU(Activation):
    """x where it is positive, and slope · x elsewhere (Maas et al., 2013).

    Parameters
    ----------
    slope : float
        The slope for negative x.

    Examples
    --------
    >>> LeakyReLU(0.1)(np.array([-1.0, 2.0]))
    array([-0.1,  2. ])
    """

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = number("LeakyReLU", "slope", slope)

    def __call__(self, x: Array, training: bool = False) -> Array:
        return leaky_relu(x, self.slope)

    def __repr__(self) -> str:
        return described(self, slope=(self.slope, 0.01))


class ELU(Activation):
    """x where it is positive, and α (eˣ − 1) elsewhere (Clevert et al., 2015).

    Parameters
    ----------
    alpha : float
        α, from 0 on.

    Examples
    --------
    >>> ELU()(np.array([-1000.0, 2.0]))
    array([-1.,  2.])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        elu(0.0, alpha)  # refuses what is not one
        self.alpha = float(alpha)

    def __call__(self, x: Array, training: bool = False) -> Array:
        return elu(x, self.alpha)

    def __repr__(self) -> str:
        return described(self, alpha=(self.alpha, 1.0))


class GELU(Activation):
    """x Φ(x), where Φ is the normal distribution (Hendrycks & Gimpel, 2016).

    Parameters
    ----------
    approximate : bool
        Whether to take the formula with tanh, which is faster and off by up to 0.0005.

    Examples
    --------
    >>> GELU()(np.array([-1.0, 1.0])).round(4)
    array([-0.1587,  0.8413])
    """

    def __init__(self, approximate: bool = False) -> None:
        self.approximate = bool(approximate)

    def __call__(self, x: Array, training: bool = False) -> Array:
        return gelu(x, self.approximate)

    def __repr__(self) -> str:
        return described(self, approximate=(self.approximate, False))


class SELU(Activation):
    """λ · elu(x, α), which keeps the mean 0 and the variance 1 (Klambauer et al., 2017).

    Examples
    --------
    >>> SELU()(np.array([0.0, 1.0])).round(4)
    array([0.    , 1.0507])
    """

    def __init__(self) -> None:
        super().__init__(selu)


class SiLU(Activation):
    """x / (1 + e⁻ˣ), also called swish (Elfwing et al., 2017).

    Examples
    --------
    >>> SiLU()(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.7311])
    """

    def __init__(self) -> None:
        super().__init__(silu)


class Mish(Activation):
    """x tanh(log(1 + eˣ)) (Misra, 2019).

    Examples
    --------
    >>> Mish()(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.8651])
    """

    def __init__(self) -> None:
        super().__init__(mish)


class Softplus(Activation):
    """log(1 + eˣ), a smooth ReLU, without overflow.

    Examples
    --------
    >>> Softplus()(np.array([0.0, 50.0])).round(4)
    array([ 0.6931, 50.    ])
    """

    def __init__(self) -> None:
        super().__init__(softplus)


class Tanh(Activation):
    """The hyperbolic tangent.

    Examples
    --------
    >>> Tanh()(np.array([0.0, 50.0]))
    array([0., 1.])
    """

    def __init__(self) -> None:
        super().__init__(np.tanh)


class HardSigmoid(Activation):
    """x / 6 + 1/2, between 0 and 1: a sigmoid of straight lines.

    Examples
    --------
    >>> HardSigmoid()(np.array([-5.0, 0.0, 1.5]))
    array([0.  , 0.5 , 0.75])
    """

    def __init__(self) -> None:
        super().__init__(hard_sigmoid)
