"""A drop-in for ``import math`` whose functions take Tensors that are single numbers as well.

On plain numbers each is Python's. On a Tensor it returns a Tensor of the same dtype, and raises
what Python's raises where that is not defined.

Examples
--------
>>> import tinygrad_np as tg, tinygrad_np.math as math
>>> float(tg.grad(lambda x: math.exp(math.sin(x)))(0.0))
1.0
>>> tg.grad(lambda x: math.sqrt(x))(-1.0)
Traceback (most recent call last):
    ...
ValueError: ...
"""

from __future__ import annotations

import functools
import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from .custom import custom_op
from .numpy.lifting import Function
from .ops.creation import has_recorded, join
from .ops.table import values_of
from .protocols import is_recorded
from .recording import Array, Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [name for name in dir(math) if not name.startswith("_")]


def logarithm(x: Array, *base: Array) -> Array:
    return np.log(x) / np.log(base[0]) if base else np.log(x)


def length(*coordinates: Array) -> Array:
    return functools.reduce(np.hypot, coordinates)


def distance(p: Iterable[Array], q: Iterable[Array]) -> Array:
    return length(*[a - b for a, b in zip(p, q, strict=True)])


def total(seq: Iterable[Array]) -> Array:
    terms = list(seq)
    return exact_sum(np.stack([join(term) for term in terms]).astype(np.result_type(*terms)))


def product(iterable: Iterable[Array], *, start: Array = 1) -> Array:
    return functools.reduce(operator.mul, iterable, start)


def inner_product(p: Iterable[Array], q: Iterable[Array]) -> Array:
    return total([a * b for a, b in zip(p, q, strict=True)])


def is_close(a: Array, b: Array, *, rel_tol: Array = 1e-9, abs_tol: Array = 0.0) -> Array:
    near = np.maximum(rel_tol * np.maximum(np.abs(a), np.abs(b)), abs_tol)
    with np.errstate(invalid="ignore"):
        return (a == b) | (np.isfinite(a) & np.isfinite(b) & (np.abs(a - b) <= near))


@custom_op
def exact_sum(x: Array) -> Array:
    return x.dtype.type(math.fsum(x))


@custom_op
def difference_to_nearest_multiple(x: Array, y: Array) -> Array:
    return np.result_type(x, y).type(math.remainder(x, y))


@custom_op
def error_function(x: Array) -> Array:
    return x.dtype.type(math.erf(x))


@custom_op
def complementary_error_function(x: Array) -> Array:
    return x.dtype.type(math.erfc(x))


@custom_op
def gamma_function(x: Array) -> Array:
    return x.dtype.type(math.gamma(x))


@custom_op
def log_gamma(x: Array) -> Array:
    return x.dtype.type(math.lgamma(x))


BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
"""The numbers of even index, from the second on."""


@custom_op
def polygamma(x: Array, order: int = 0) -> Array:
    """The derivative, of this order, of the derivative of log Γ.

    Far from 0 by its asymptotic series, elsewhere by its recurrence (Abramowitz & Stegun,
    Handbook of Mathematical Functions, 1964, 6.3.5, 6.3.18, 6.4.6 and 6.4.11).
    """
    z, n, before = float(x), order, 0.0
    while z < 12 + n:
        before += math.factorial(n) / z ** (n + 1)
        z += 1
    series = math.factorial(n) / (2 * z ** (n + 1))
    series += math.factorial(n - 1) / z**n if n else -math.log(z)
    for k, number in enumerate(BERNOULLI, 1):
        series += number * math.factorial(2 * k + n - 1) / math.factorial(2 * k) / z ** (2 * k + n)
    return x.dtype.type((-1) ** (n + 1) * (series + before))


gamma_function.defvjp(lambda g, out, x: g * gamma_function(x) * polygamma(x))
log_gamma.defvjp(lambda g, out, x: g * polygamma(x))
polygamma.defvjp(lambda g, out, x, order=0: g * polygamma(x, order=order + 1))
exact_sum.defvjp(lambda g, out, x: np.broadcast_to(g, x.shape))
difference_to_nearest_multiple.defvjp(
    lambda g, out, x, y: g, lambda g, out, x, y: -g * np.round((x - out) / y)
)
error_function.defvjp(lambda g, out, x: g * (2 / math.sqrt(math.pi)) * np.exp(-x * x))
complementary_error_function.defvjp(
    lambda g, out, x: g * (-2 / math.sqrt(math.pi)) * np.exp(-x * x)
)

OF_TENSORS: dict[str, Callable[..., Any]] = {
    "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh,
    "atan": np.arctan, "atan2": np.arctan2, "atanh": np.arctanh, "cbrt": np.cbrt,
    "copysign": np.copysign, "cos": np.cos, "cosh": np.cosh, "degrees": np.degrees,
    "dist": distance, "erf": error_function, "erfc": complementary_error_function, "exp": np.exp,
    "exp2": np.exp2, "expm1": np.expm1, "fabs": np.fabs, "fmod": np.fmod, "fsum": total,
    "gamma": gamma_function, "lgamma": log_gamma,
    "hypot": length, "isclose": is_close, "isfinite": np.isfinite, "isinf": np.isinf,
    "isnan": np.isnan, "log": logarithm, "log10": np.log10, "log1p": np.log1p, "log2": np.log2,
    "modf": np.modf, "pow": np.power, "prod": product, "radians": np.radians,
    "remainder": difference_to_nearest_multiple, "sin": np.sin, "sinh": np.sinh, "sqrt": np.sqrt,
    "sumprod": inner_product, "tan": np.tan, "tanh": np.tanh,
}  # fmt: skip


def lifted(function: Callable[..., Any], of_tensors: Callable[..., Any]) -> Callable[..., Any]:
    """Make the function that calls one on plain numbers and another on Tensors."""

    def call(*args: Any, **keywords: Any) -> Any:
        args = tuple([arg if isinstance(arg, Recorded) else listed(arg) for arg in args])
        values = values_of(args)
        if has_recorded(values):  # in a batch
            return of_tensors(*args, **keywords)
        found = function(*values, **values_of(keywords))
        if isinstance(found, bool) or not is_recorded(args, {}):
            return found
        return of_tensors(*args, **keywords)

    return Function(function, call)


def listed(arg: Any) -> Any:
    """Return an iterator as a list, which can be gone through twice."""
    return list(arg) if hasattr(arg, "__next__") else arg


def __getattr__(name: str) -> Any:
    value = getattr(math, name)
    of_tensors = OF_TENSORS.get(name)
    globals()[name] = value = lifted(value, of_tensors) if of_tensors else value
    return value


def __dir__() -> list[str]:
    return dir(math)
