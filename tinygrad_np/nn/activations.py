"""Activations: nonlinear functions of each element, exact and finite for large inputs.

Where a function has a kink, its slope there is that to the left.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..batching import BATCHING, elementwise_batch
from ..ops.table import differentiable, elementwise
from ..recording import Array
from .functions import as_floating, logistic, sigmoid_op, softplus_op

__all__ = [
    "elu", "gelu", "hard_sigmoid", "leaky_relu", "mish", "selu", "silu", "softplus", "tanh",
]  # fmt: skip

# Klambauer et al. (2017): with these, the mean 0 and the variance 1 are a fixed point.
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


def number(function: str, name: str, value: Any) -> float:
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        raise TypeError(f"{function}: {name}={value!r}; expected a real number")
    return float(value)


def from_0_to_1(function: str, name: str, value: Any) -> float:
    share = number(function, name, value)
    if not 0 <= share <= 1:
        raise ValueError(f"{function}: {name}={value}; expected a number from 0 to 1")
    return share


def is_positive(x: Array) -> Array:
    """1 where x is positive, and 0 elsewhere: on mixed signs many times as fast as np.where."""
    return (x > 0).astype(x.dtype)


# Pieces of lines


def leaky(x: Array, slope: float) -> Array:
    return np.maximum(x, 0) + slope * np.minimum(x, 0)


leaky_op = elementwise(
    leaky,
    lambda t, out, x, slope: t * (is_positive(x) * (1 - slope) + slope),
    name="leaky_relu",
)


def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """x where it is positive, and slope · x elsewhere (Maas et al., 2013).

    Parameters
    ----------
    x : array
        Of any shape.
    slope : float
        The slope for negative x, and at 0.

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
    >>> leaky_relu(np.array([-1.0, 0.0, 2.0]))
    array([-0.01,  0.  ,  2.  ])
    """
    x = as_floating("leaky_relu", x)
    return leaky_op(x, slope=number("leaky_relu", "slope", slope))


hard_sigmoid_op = elementwise(
    lambda x: np.minimum(np.maximum(x * (1 / 6) + 0.5, 0), 1),
    lambda t, out, x: t * ((out > 0) & (out < 1)) * (1 / 6),
    name="hard_sigmoid",
)


def hard_sigmoid(x: Array) -> Array:
    """x / 6 + 1/2, between 0 and 1: a sigmoid of straight lines; its slope is 0 at ±3.

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
    >>> hard_sigmoid(np.array([-5.0, 0.0, 1.5, 5.0]))
    array([0.  , 0.5 , 0.75, 1.  ])
    """
    return hard_sigmoid_op(as_floating("hard_sigmoid", x))


# Exponentials


def exponential_linear(x: Array, alpha: float) -> Array:
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


def elu_slope(out: Array, x: Array, alpha: float) -> Array:
    """1 to the right of 0; to the left α eˣ, which is the value plus α."""
    return is_positive(x) * (1 - alpha) + (alpha + np.minimum(out, 0))


elu_op = elementwise(
    exponential_linear, lambda t, out, x, alpha: t * elu_slope(out, x, alpha), name="elu"
)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where it is positive, and α (eˣ − 1) elsewhere (Clevert et al., 2015).

    Parameters
    ----------
    x : array
        Of any shape.
    alpha : float
        α, from 0 on; for very negative x, the value is −α.

    Returns
    -------
    array
        Of the shape of x.

    Raises
    ------
    TypeError
        If x does not hold real numbers.
    ValueError
        If ``alpha`` is negative.

    Examples
    --------
    >>> elu(np.array([-1000.0, 0.0, 2.0]))
    array([-1.,  0.,  2.])
    """
    x, alpha = as_floating("elu", x), number("elu", "alpha", alpha)
    if not alpha >= 0:
        raise ValueError(f"elu: alpha={alpha}; expected a number from 0 on")
    return elu_op(x, alpha=alpha)


def selu(x: Array) -> Array:
    """λ · elu(x, α), which keeps the mean 0 and the variance 1 (Klambauer et al., 2017).

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
    >>> selu(np.array([-1000.0, 0.0, 1.0])).round(4)
    array([-1.7581,  0.    ,  1.0507])
    """
    return elu_op(as_floating("selu", x), alpha=SELU_ALPHA) * SELU_SCALE


def softplus(x: Array) -> Array:
    """log(1 + eˣ), a smooth ReLU, without overflow.

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
    >>> softplus(np.array([-1000.0, 0.0, 50.0])).round(4)
    array([ 0.    ,  0.6931, 50.    ])
    """
    return softplus_op(as_floating("softplus", x))


def tanh(x: Array) -> Array:
    """The hyperbolic tangent, ``np.tanh``.

    Parameters
    ----------
    x : array
        Of any shape.

    Returns
    -------
    array
        Of the shape of x, between −1 and 1.

    Raises
    ------
    TypeError
        If x does not hold real numbers.

    Examples
    --------
    >>> tanh(np.array([-1000.0, 0.0, 1000.0]))
    array([-1.,  0.,  1.])
    """
    return np.tanh(as_floating("tanh", x))


# x, times the share of it that passes


def silu_slope(x: Array) -> Array:
    share = sigmoid_op(x)
    return share * (1 + x * (1 - share))


silu_op = elementwise(
    lambda x: x * logistic(x), lambda t, out, x: t * silu_slope(x), name="silu"
)


def silu(x: Array) -> Array:
    """x / (1 + e⁻ˣ), also called swish (Elfwing et al., 2017).

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
    >>> silu(np.array([-1000.0, 0.0, 1.0, 50.0])).round(4)
    array([-0.    ,  0.    ,  0.7311, 50.    ])
    """
    return silu_op(as_floating("silu", x))


def mish_slope(x: Array) -> Array:
    share = np.tanh(softplus_op(x))
    return share + x * (1 - share * share) * sigmoid_op(x)


mish_op = elementwise(
    lambda x: x * np.tanh(softplus_op(x)), lambda t, out, x: t * mish_slope(x), name="mish"
)


def mish(x: Array) -> Array:
    """x tanh(log(1 + eˣ)) (Misra, 2019).

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
    >>> mish(np.array([-1000.0, 0.0, 1.0, 50.0])).round(4)
    array([-0.    ,  0.    ,  0.8651, 50.    ])
    """
    return mish_op(as_floating("mish", x))


# With z = |x| and u = 2c / (z + c), the coefficients of u, u², …, the last first, of a sum that is
# e^(z²/2) Φ(-z): the best in single precision, and in double precision a Chebyshev series that was
# computed with 60 digits.
SINGLE_C, SINGLE_TAIL = 2.5, (
    -0.000137800306, 0.00141025918, -0.00522699583, 0.00654376593, 0.000858062845, 0.0185691202,
    0.0394895645, 0.0798253569,
)  # fmt: skip
DOUBLE_C, DOUBLE_TAIL = 5.0, (
    4.955130020751131e-10, -9.673149966523818e-09, 8.392667857029413e-08, -4.244432174956719e-07,
    1.3892453781938368e-06, -3.1447647840342804e-06, 5.2653413084596345e-06,
    -6.7582879606420515e-06, 6.251220396198338e-06, -5.180108878301412e-06, 3.5240090522259116e-06,
    5.510212582108771e-06, 2.9921848479272824e-05, 0.00010003612316852815, 0.0002936381305547722,
    0.0007779356116655783, 0.001906944216942832, 0.004388365081469213, 0.009574614729590418,
    0.019947114020074062, 0.03989422804014327,
)  # fmt: skip

# As many bytes at a time as stay in a processor's cache for all steps of a polynomial.
BLOCK = 1 << 18


def normal_cdf(x: Array) -> Array:
    """Φ(x): the probability that a standard normal number is less; NumPy lacks it."""
    if x.dtype == np.float16:
        return normal_cdf(x.astype(np.float32)).astype(np.float16)
    numbers = np.ravel(x)
    out = np.empty_like(numbers)
    length = BLOCK // out.itemsize
    # Where the square of x is infinite, the tail is 0 all the same.
    with np.errstate(over="ignore"):
        for start in range(0, out.size, length):
            part = slice(start, start + length)
            write_normal_cdf(numbers[part], out[part])
    return out.reshape(x.shape)[()]


def write_normal_cdf(x: Array, out: Array) -> None:
    """Compute Φ(x) into ``out``: the tail beyond |x|, or 1 minus that."""
    single = x.dtype == np.float32
    c, (first, *others) = (SINGLE_C, SINGLE_TAIL) if single else (DOUBLE_C, DOUBLE_TAIL)
    u = np.abs(x)
    u += c
    np.divide(2 * c, u, out=u)
    np.multiply(u, first, out=out)
    for coefficient in others:
        out += coefficient
        out *= u
    density = np.multiply(x, x, out=u)
    density *= -0.5
    out *= np.exp(density, out=density)
    np.abs(np.subtract(is_positive(x), out, out=out), out=out)


def normal_density(x: Array) -> Array:
    return np.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))


normal_cdf_op = elementwise(
    normal_cdf, lambda t, out, x: t * normal_density(x), name="normal_cdf"
)


def gelu_and_share(x: Array) -> tuple[Array, Array]:
    """Return x Φ(x) and, for the rule, Φ(x)."""
    share = normal_cdf_op(x)
    return x * share, share


def gelu_rule(t: Array, share: Array, x: Array) -> Array:
    slope = normal_density(x)
    slope *= x
    slope += share
    return t * slope


gelu_op = differentiable(gelu_and_share, [gelu_rule], [gelu_rule], name="gelu", hands_on=True)

# Beyond, the hyperbolic tangent is 1 in every dtype, and the cube of x would overflow in float16.
GELU_BOUND = 10.0
GELU_LINEAR = math.sqrt(2 / math.pi)
GELU_CUBIC = 0.044715 * GELU_LINEAR


def approximate_share(x: Array) -> Array:
    near = np.clip(x, -GELU_BOUND, GELU_BOUND)
    return 0.5 + 0.5 * np.tanh(near * (GELU_LINEAR + GELU_CUBIC * near * near))


def approximate_gelu_slope(x: Array) -> Array:
    share = approximate_share(x)
    near = np.clip(x, -GELU_BOUND, GELU_BOUND)
    inner = 2 * GELU_LINEAR + 6 * GELU_CUBIC * near * near
    return share + near * inner * share * (1 - share)


approximate_gelu_op = elementwise(
    lambda x: x * approximate_share(x),
    lambda t, out, x: t * approximate_gelu_slope(x),
    name="gelu",
)


def gelu(x: Array, approximate: bool = False) -> Array:
    """x Φ(x), where Φ is the normal distribution (Hendrycks & Gimpel, 2016).

    Parameters
    ----------
    x : array
        Of any shape.
    approximate : bool
        Whether to take x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))) instead, which is faster and off by
        up to 0.0005.

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
    >>> gelu(np.array([-1000.0, 0.0, 1.0, 50.0])).round(4)
    array([-0.    ,  0.    ,  0.8413, 50.    ])
    >>> gelu(np.array([1.0]), approximate=True).round(4)
    array([0.8412])
    """
    x = as_floating("gelu", x)
    return approximate_gelu_op(x) if approximate else gelu_op(x)


BATCHING.update(
    dict.fromkeys(
        (
            leaky_op, hard_sigmoid_op, elu_op, silu_op, mish_op, normal_cdf_op, gelu_op,
            approximate_gelu_op,
        ),
        elementwise_batch,
    )
)  # fmt: skip
