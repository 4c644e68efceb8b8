"""Functions of each element. ``t`` is a cotangent or a tangent: a rule is linear in it.

Conventions where there is no derivative: ``abs``, ``sign`` and ``hypot`` have 0 at 0, ``arctan2``
at the origin and at infinity; the arguments of ``maximum``, ``minimum`` and the like share it
equally where they tie, and where one is NaN, have none; ``clip`` passes it on at its bounds;
``x ** 0`` has 0 by x everywhere, ``0 ** y`` 0 by y. The neighbour that ``nextafter`` finds moves
with its first argument. Where ``t`` is 0, so is the result, even at a pole or a NaN; in the rules
of ``multiply`` and ``tanh``, where that would cost most, only behind a selection or a cotangent
that is given as 0. So np.where(x > 0, x * np.log(x), 0) has the slope 0 at 0. What is infinite
there may be discarded later, so the sweeps silence NumPy's warnings.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, Recorded, constant_value
from .table import (
    Op,
    careful,
    composed,
    constant,
    differentiable,
    elementwise,
    on_values,
    selecting,
    values_of,
)

LOG_2 = float(np.log(2.0))
LOG_10 = float(np.log(10.0))
SCALARS = (int, float, np.number)


def has_nan(a: Array) -> bool:
    """Whether an element is NaN: of numbers of which none is, no sum of squares can be."""
    if isinstance(a, SCALARS):
        return bool(a != a)
    if type(a) is not np.ndarray:
        return bool(np.any(a != a))
    squares = np.vdot(a, a)
    return bool(squares != squares and np.isnan(a).any())


def zero_safe_quotient(t: Array, a: Array) -> Array:
    """t / a, and 0 where t is 0 whatever a is."""
    is_plain = isinstance(a, SCALARS) and a != 0 and a == a
    return t / a if is_plain else quotient_by_any(t, a)


# As a decorator, errstate costs half of what it does as a context.
@np.errstate(divide="ignore", invalid="ignore")
def quotient_by_any(t: Array, a: Array) -> Array:
    out = t / a
    return np.where(t == 0, 0, out)[()] if has_nan(out) else out


@np.errstate(invalid="ignore")
def zero_safe_product(t: Array, a: Array) -> Array:
    """t * a, and 0 where one of them is 0 whatever the other is."""
    out = t * a
    return np.where((t == 0) | (a == 0), 0, out)[()] if has_nan(out) else out


# Each rule is linear in t, so its derivative by t is not 0 where t happens to be 0. Only as ops
# with rules of their own can these two hide a pole from the first derivatives and not from others.
quotient: Op = elementwise(
    zero_safe_quotient,
    lambda t, out, a, b: quotient(t, b),
    lambda t, out, a, b: quotient(-product(t, out), b),
)
product: Op = elementwise(
    zero_safe_product, lambda t, out, a, b: product(t, b), lambda t, out, a, b: product(t, a)
)


def swept_product(t: Array, a: Array) -> Array:
    """``product`` in half the time where nothing is NaN, for sweeps: they silence warnings."""
    if isinstance(t, Recorded) or isinstance(a, Recorded):
        return product(t, a)
    out = t * a
    return product(t, a) if has_nan(out) else out


def power_by_base(t: Array, out: Array, a: Array, b: Array) -> Array:
    if isinstance(b, SCALARS):
        if b in (0, 1, 2):
            return 0 * t if b == 0 else t if b == 1 else product(2 * t, a)
        return product(t, b * a ** (b - 1))
    return product(t, product(b, a ** (b - 1)))


def power_by_exponent(t: Array, out: Array, a: Array, b: Array) -> Array:
    # The logarithm of small integers would be of half precision.
    base = np.where(a == 0, 1, a).astype(out.dtype)
    return product(product(t, out), np.log(base))


def share_of_sum(exponential: Any, a: Array, b: Array) -> Array:
    """exp(a) / (exp(a) + exp(b)), without the logarithm of the sum: it loses digits as it grows."""
    gap = b - a
    known = gap == gap
    return np.where(known, 1 / (1 + exponential(np.where(known, gap, 0))), a == np.inf)


def direction(a: Array, b: Array) -> Array:
    """a / hypot(a, b), and 0 at the origin and where a is infinite: no angle changes there."""
    return np.where(np.isinf(a), 0, quotient(a, np.hypot(a, b)))


def share_of_larger(t: Array, a: Array, b: Array) -> Array:
    """The part of ``t`` that goes to ``a`` where the larger of a and b was taken."""
    return t * (a > b) + t * 0.5 * (a == b)


def share_of_any(t: Array, a: Array, b: Array) -> Array:
    """The same of what may be infinite or NaN where ``b`` was taken."""
    return np.where(a > b, t, np.where(a == b, t * 0.5, 0))


def along(t: Array, a: Array) -> Array:
    """t in the direction of a: times its sign, or of complex numbers times conj(a) / |a|."""
    sign = np.sign(a)
    return product(t, np.conjugate(sign) if a.dtype.kind == "c" else sign)


def imag_vjp(g: Array, dtype: np.dtype[Any]) -> Array:
    return (g * -1j).astype(dtype) if dtype.kind == "c" else 0 * g


def share_ignoring_nan(t: Array, larger: Array, a: Array, b: Array) -> Array:
    return np.where(np.isnan(b), t, np.where(np.isnan(a), 0, larger))


# fmt: off
add = elementwise(np.add, lambda t, out, a, b: t, lambda t, out, a, b: t)
subtract = elementwise(np.subtract, lambda t, out, a, b: t, lambda t, out, a, b: -t)
multiply = careful(
    elementwise(np.multiply, lambda t, out, a, b: t * b, lambda t, out, a, b: t * a),
    lambda t, out, a, b: swept_product(t, b), lambda t, out, a, b: swept_product(t, a))
divide = elementwise(np.divide, lambda t, out, a, b: quotient(t, b),
                     lambda t, out, a, b: quotient(-product(t, out), b))
power = elementwise(np.power, power_by_base, power_by_exponent)
float_power = elementwise(np.float_power, power_by_base, power_by_exponent)
negative = elementwise(np.negative, lambda t, out, a: -t)
positive = elementwise(np.positive, lambda t, out, a: t)
remainder = elementwise(np.remainder, lambda t, out, a, b: t,
                        lambda t, out, a, b: product(-t, np.floor_divide(a, b)))
fmod = elementwise(np.fmod, lambda t, out, a, b: t,
                   lambda t, out, a, b: product(-t, np.rint((a - out) / b)))

exp = elementwise(np.exp, lambda t, out, a: product(t, out))
exp2 = elementwise(np.exp2, lambda t, out, a: product(t, out) * LOG_2)
expm1 = elementwise(np.expm1, lambda t, out, a: product(t, np.exp(a)))
log = elementwise(np.log, lambda t, out, a: quotient(t, a))
log2 = elementwise(np.log2, lambda t, out, a: quotient(t / LOG_2, a))
log10 = elementwise(np.log10, lambda t, out, a: quotient(t / LOG_10, a))
log1p = elementwise(np.log1p, lambda t, out, a: quotient(t, 1 + a))
logaddexp = elementwise(
    np.logaddexp,
    lambda t, out, a, b: t * share_of_sum(np.exp, a, b),
    lambda t, out, a, b: t * share_of_sum(np.exp, b, a))
logaddexp2 = elementwise(
    np.logaddexp2,
    lambda t, out, a, b: t * share_of_sum(np.exp2, a, b),
    lambda t, out, a, b: t * share_of_sum(np.exp2, b, a))

sqrt = elementwise(np.sqrt, lambda t, out, a: quotient(t, 2 * out))
cbrt = elementwise(np.cbrt, lambda t, out, a: quotient(quotient(t, 3 * out), out))
square = elementwise(np.square, lambda t, out, a: product(2 * t, a))
reciprocal = elementwise(np.reciprocal, lambda t, out, a: quotient(quotient(-t, a), a))
hypot = elementwise(np.hypot, lambda t, out, a, b: product(t, quotient(a, out)),
                    lambda t, out, a, b: product(t, quotient(b, out)))

sin = elementwise(np.sin, lambda t, out, a: product(t, np.cos(a)))
cos = elementwise(np.cos, lambda t, out, a: product(-t, np.sin(a)))
tan = elementwise(np.tan, lambda t, out, a: product(t, 1 + np.square(out)))
# Of complex numbers, by the derivative of the inverse: it is right on every branch and cut.
arcsin = elementwise(
    np.arcsin,
    lambda t, out, a: quotient(
        t, np.cos(out) if out.dtype.kind == "c" else np.sqrt((1 - a) * (1 + a))
    ),
)
arccos = elementwise(
    np.arccos,
    lambda t, out, a: quotient(
        -t, np.sin(out) if out.dtype.kind == "c" else np.sqrt((1 - a) * (1 + a))
    ),
)
arctan = elementwise(np.arctan, lambda t, out, a: quotient(t, 1 + a * a))
arctan2 = elementwise(
    np.arctan2,
    lambda t, out, a, b: quotient(product(t, direction(b, a)), np.hypot(a, b)),
    lambda t, out, a, b: quotient(-product(t, direction(a, b)), np.hypot(a, b)))
sinh = elementwise(np.sinh, lambda t, out, a: product(t, np.cosh(a)))
cosh = elementwise(np.cosh, lambda t, out, a: product(t, np.sinh(a)))
tanh = careful(elementwise(np.tanh, lambda t, out, a: t - t * out * out),
               lambda t, out, a: product(t, 1 - out * out))
arcsinh = elementwise(
    np.arcsinh,
    lambda t, out, a: quotient(
        t, np.cosh(out) if out.dtype.kind == "c" else np.hypot(1, a)
    ),
)
arccosh = elementwise(
    np.arccosh,
    lambda t, out, a: quotient(t, np.sinh(out)) if out.dtype.kind == "c" else quotient(
        quotient(t, np.sqrt(a - 1)), np.sqrt(a + 1)
    ),
)
arctanh = elementwise(np.arctanh, lambda t, out, a: quotient(t, (1 - a) * (1 + a)))
deg2rad = elementwise(np.deg2rad, lambda t, out, a: np.deg2rad(t))
radians = elementwise(np.radians, lambda t, out, a: np.radians(t))
rad2deg = elementwise(np.rad2deg, lambda t, out, a: np.rad2deg(t))
degrees = elementwise(np.degrees, lambda t, out, a: np.degrees(t))

absolute = elementwise(np.absolute, lambda t, out, a: along(t, a))
fabs = elementwise(np.fabs, lambda t, out, a: product(t, np.sign(a)))
copysign = elementwise(np.copysign,
                       lambda t, out, a, b: product(t, np.sign(a) * np.sign(out)),
                       lambda t, out, a, b: 0 * t)
maximum = differentiable(
    np.maximum,
    [lambda g, out, a, b: share_of_larger(g, a, b), lambda g, out, a, b: share_of_larger(g, b, a)],
    [lambda t, out, a, b: share_of_any(t, a, b), lambda t, out, a, b: share_of_any(t, b, a)])
minimum = differentiable(
    np.minimum,
    [lambda g, out, a, b: share_of_larger(g, b, a), lambda g, out, a, b: share_of_larger(g, a, b)],
    [lambda t, out, a, b: share_of_any(t, b, a), lambda t, out, a, b: share_of_any(t, a, b)])
fmax = elementwise(np.fmax,
                   lambda t, out, a, b: share_ignoring_nan(t, share_of_any(t, a, b), a, b),
                   lambda t, out, a, b: share_ignoring_nan(t, share_of_any(t, b, a), b, a))
fmin = elementwise(np.fmin,
                   lambda t, out, a, b: share_ignoring_nan(t, share_of_any(t, b, a), a, b),
                   lambda t, out, a, b: share_ignoring_nan(t, share_of_any(t, a, b), b, a))
choose = elementwise(np.where, None, lambda t, out, c, a, b: np.where(c, t, 0),
                     lambda t, out, c, a, b: np.where(c, 0, t))
replace_nonfinite = elementwise(np.nan_to_num, lambda t, out, a, nan=0.0, posinf=None, neginf=None:
                                np.where(np.isfinite(a), t, 0))
fraction = elementwise(lambda a: np.modf(a)[0], lambda t, out, a: t, name="modf fraction")
mantissa = elementwise(lambda a: np.frexp(a)[0],
                       lambda t, out, a: np.ldexp(t, -np.frexp(a)[1]), name="frexp mantissa")
ldexp = elementwise(np.ldexp, lambda t, out, a, b: np.ldexp(t, b), None)
nextafter = elementwise(np.nextafter, lambda t, out, a, b: t, lambda t, out, a, b: 0 * t)

conjugate = elementwise(np.conjugate, lambda t, out, a: np.conjugate(t))
real = differentiable(np.real, [lambda g, out, a: g.astype(a.dtype)],
                      [lambda t, out, a: np.real(t)])
imag = differentiable(np.imag, [lambda g, out, a: imag_vjp(g, a.dtype)],
                      [lambda t, out, a: np.imag(t)])
# fmt: on

clip = elementwise(
    np.clip,
    lambda t, out, a, low, high: np.where(np.logical_and(a >= low, a <= high), t, 0),
    lambda t, out, a, low, high: np.where(np.logical_and(a < low, low <= high), t, 0),
    lambda t, out, a, low, high: np.where(np.logical_or(a > high, low > high), t, 0),
)


selecting(choose, replace_nonfinite, clip, maximum, minimum, fmax, fmin)


@composed(np.where)
def where(condition: Any, *choices: Any) -> Any:
    """A condition is piecewise constant; without choices, np.where finds where it holds."""
    if type(condition) is not np.ndarray:
        condition = values_of(condition)
    return choose(condition, *choices) if choices else np.nonzero(condition)


@composed(np.clip)
def clip_between(
    a: Array, a_min: Any = None, a_max: Any = None, out: None = None, *, min: Any = None,
    max: Any = None,
) -> Array:  # fmt: skip
    if not isinstance(a, Recorded):  # only a bound is recorded
        a = np.asarray(a)[()]
    low, high = [
        np.asarray(bound) if isinstance(bound, (list, tuple)) else bound
        for bound in (a_min if min is None else min, a_max if max is None else max)
    ]
    common = np.result_type(*[value for value in (a, low, high) if value is not None])
    lowest, highest = -np.inf, np.inf
    if common.kind in "iu":  # which infinite bounds would make floating
        lowest, highest = np.iinfo(common).min, np.iinfo(common).max
    elif common.kind == "b":
        lowest, highest = False, True
    return clip(a, lowest if low is None else low, highest if high is None else high)


@composed(np.nan_to_num)
def nan_to_num(
    x: Array, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Array:
    if not copy:
        x[...] = nan_to_num(x, True, nan, posinf, neginf)
        return x
    nan, posinf, neginf = [constant_value(number) for number in (nan, posinf, neginf)]
    if any(isinstance(number, Recorded) for number in (nan, posinf, neginf)):
        raise GradientError(
            "np.nan_to_num has no derivative with respect to what it fills in: write "
            "np.where(np.isnan(x), nan, x)"
        )
    if x.dtype.kind == "c":
        return nan_to_num(np.real(x), True, nan, posinf, neginf) + 1j * nan_to_num(
            np.imag(x), True, nan, posinf, neginf
        )
    return replace_nonfinite(x, nan=nan, posinf=posinf, neginf=neginf)


@composed(np.modf)
def modf(x: Array) -> tuple[Array, Array]:
    return fraction(x), on_values(lambda x: np.modf(x)[1], x)


@composed(np.frexp)
def frexp(x: Array) -> tuple[Array, Array]:
    return mantissa(x), on_values(lambda x: np.frexp(x)[1], x)


@composed(np.divmod)
def divmod_(x1: Array, x2: Array) -> tuple[Array, Array]:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@composed(np.sign)
def sign(x: Array) -> Array:
    """Piecewise constant for real numbers; the direction of complex ones."""
    if x.dtype.kind != "c":
        return on_values(np.sign, x)
    size = np.abs(x)
    unbounded = np.isinf(size)
    # Divided by infinity, 0 has a direction of 0 at every order.
    inside = np.where(unbounded, 0, x) / np.where(np.logical_or(size == 0, unbounded), np.inf, size)
    return np.where(unbounded, on_values(np.sign, x), inside)


@composed(np.heaviside)
def heaviside(x1: Array, x2: Array) -> Array:
    """What it is at 0 is an argument."""
    step = on_values(np.heaviside, x1, x2)
    is_recorded = isinstance(x2, Recorded)
    return np.where(np.equal(x1, 0), x2, step) if is_recorded else step


constant(
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.isfinite, np.isinf, np.isnan, np.isneginf, np.isposinf, np.signbit, np.isclose, np.allclose,
    np.array_equal, np.array_equiv, np.iscomplex, np.isreal, np.iscomplexobj, np.isrealobj,
    np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix, np.floor_divide,
    np.spacing, np.isnat, np.gcd, np.lcm, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert,
    np.bitwise_count, np.left_shift, np.right_shift,
)  # fmt: skip
