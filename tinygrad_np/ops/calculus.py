"""Products, differences, integrals and interpolation of sampled functions.

No rule divides by an element: ``prod`` and ``cumprod`` have derivatives of every order at zeros,
however many there are.

Conventions: ``interp``, which as in NumPy computes in double precision, has at a knot the slope of
the segment to its right (at the last knot, of the last segment), and slope 0 outside and where
knots coincide; ``unwrap`` moves with its argument, since what it adds is piecewise constant.
``gradient`` takes coordinates that are differentiated to be unequally spaced, even where they
happen not to be.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..recording import Array, Recorded
from .elementwise import product
from .indexing import put_taken_back, taken
from .joining import as_array
from .reductions import Axis, in_dtype, kept_where, number, with_axes
from .shaping import inverse_permutation
from .table import composed, differentiable, elementwise, selecting

# Products


def before(running: Array) -> Array:
    """The running product up to the element before each, along the last axis."""
    ones = np.ones((*running.shape[:-1], 1), running.dtype)
    return np.concatenate([ones, running], axis=-1)[..., :-1]


def recurrence(c: Array, b: Array) -> Array:
    """h[0] = b[0], h[i + 1] = c[i] * h[i] + b[i + 1] along the last axis.

    Each step over two elements is one of another recurrence, of half the length (Kogge & Stone,
    1973).
    """
    n = b.shape[-1]
    if n < 2:
        return b
    half = n // 2
    odd = recurrence(
        product(c[..., 2::2], c[..., 1::2][..., : half - 1]),
        b[..., 1::2] + product(c[..., ::2], b[..., : n - 1 : 2]),
    )
    even = np.concatenate(
        [b[..., :1], product(c[..., 1::2], odd[..., : n - half - 1]) + b[..., 2::2]], axis=-1
    )
    pairs = np.stack([even[..., :half], odd], axis=-1).reshape((*b.shape[:-1], 2 * half))
    return pairs if n == 2 * half else np.concatenate([pairs, even[..., half:]], axis=-1)


def products_of_others(a: Array, axis: Axis) -> Array:
    """For each element, the product of all others that ``axis`` multiplies it with."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    if axis is None or not a.ndim:
        axes = tuple(range(a.ndim))
    reduced = [one % a.ndim for one in axes]
    order = [one for one in range(a.ndim) if one not in reduced] + reduced
    shape = [a.shape[one] for one in order]
    left = a.ndim - len(reduced)
    rows = np.reshape(np.transpose(a, order), (*shape[:left], math.prod(shape[left:])))
    backward = np.flip(before(np.cumprod(np.flip(rows, -1), axis=-1)), -1)
    others = product(before(np.cumprod(rows, axis=-1)), backward)
    return np.transpose(np.reshape(others, shape), inverse_permutation(order, a.ndim))


def multiply_elements(a: Array, axis: Axis = None, keepdims: bool = False, initial: Any = 1) -> Any:
    return np.prod(a, axis=axis, keepdims=keepdims, initial=initial)


def prod_vjp(
    g: Array, out: Any, a: Array, axis: Axis = None, keepdims: bool = False, initial: Any = 1
) -> Array:
    slope = products_of_others(a, axis) * initial
    return product(with_axes(g, a.shape, axis, keepdims), slope)


def prod_jvp(
    t: Array, out: Any, a: Array, axis: Axis = None, keepdims: bool = False, initial: Any = 1
) -> Array:
    moved = product(t, products_of_others(a, axis) * initial)
    return np.sum(moved, axis=axis, keepdims=keepdims)


def cumprod_vjp(g: Array, out: Array, a: Array, axis: int = 0) -> Array:
    g, out, rows = (np.moveaxis(one, axis, -1) for one in (g, out, a))
    weights = np.flip(recurrence(np.flip(rows[..., 1:], -1), np.flip(g, -1)), -1)
    return np.moveaxis(product(weights, before(out)), -1, axis)


def cumprod_jvp(t: Array, out: Array, a: Array, axis: int = 0) -> Array:
    t, out, rows = (np.moveaxis(one, axis, -1) for one in (t, out, a))
    return np.moveaxis(recurrence(rows[..., 1:], product(t, before(out))), -1, axis)


product_of = differentiable(multiply_elements, [prod_vjp], [prod_jvp], name="prod")
running_product = differentiable(np.cumprod, [cumprod_vjp], [cumprod_jvp])


@composed(np.prod)
def prod(
    a: Array, axis: Axis = None, dtype: Any = None, out: None = None, keepdims: bool = False,
    initial: Any = 1, where: Any = True,
) -> Array:  # fmt: skip
    a = in_dtype(a, dtype)
    if where is not True:
        a = kept_where(where, a, np.ones((), a.dtype))
    if isinstance(initial, Recorded):
        return prod(a, axis, dtype, None, keepdims) * number(initial, a.dtype)
    initial = number(initial, np.prod(np.zeros(0, a.dtype)).dtype)
    return in_dtype(product_of(a, axis=axis, keepdims=keepdims, initial=initial), dtype)


@composed(np.cumprod)
def cumprod(a: Array, axis: Any = None, dtype: Any = None, out: None = None) -> Array:
    a = in_dtype(a, dtype)
    if axis is None:
        a, axis = np.ravel(a), 0
    elif not a.ndim:
        a = np.ravel(a)
    return in_dtype(running_product(a, axis=axis), dtype)


def cumulate(
    name: str, x: Array, axis: Any, dtype: Any, initial: int | None, cumulative: Any
) -> Array:
    """Sum or multiply along an axis, perhaps with the ``initial`` value put first."""
    x = np.atleast_1d(x)
    if axis is None and x.ndim > 1:
        raise ValueError(f"{name}: an array of shape {x.shape} needs an axis")
    axis = axis or 0
    running = cumulative(x, axis=axis, dtype=dtype)
    if initial is None:
        return running
    shape = [1 if i == axis % x.ndim else n for i, n in enumerate(x.shape)]
    return np.concatenate([np.full(shape, initial, running.dtype), running], axis=axis)


if hasattr(np, "cumulative_sum"):

    @composed(np.cumulative_sum)
    def cumulative_sum(
        x: Array, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False
    ) -> Array:
        initial = 0 if include_initial else None
        return cumulate("np.cumulative_sum", x, axis, dtype, initial, np.cumsum)

    @composed(np.cumulative_prod)
    def cumulative_prod(
        x: Array, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False
    ) -> Array:
        initial = 1 if include_initial else None
        return cumulate("np.cumulative_prod", x, axis, dtype, initial, np.cumprod)


# Differences


def along(ndim: int, axis: int, part: Any) -> tuple[Any, ...]:
    """The index that takes ``part`` of one axis and all of the others."""
    return (slice(None),) * (axis % ndim) + (part,)


@composed(np.diff)
def diff(
    a: Array, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue
) -> Array:
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"np.diff: n={n}; it is not negative")
    a = as_array(a)
    if a.ndim == 0:
        raise ValueError("np.diff: a 0-d array has no differences")
    ends = [
        end if end is np._NoValue or np.ndim(end)
        else np.broadcast_to(end, [1 if i == axis % a.ndim else k for i, k in enumerate(a.shape)])
        for end in (prepend, append)
    ]  # fmt: skip
    whole = [part for part in (ends[0], a, ends[1]) if part is not np._NoValue]
    a = np.concatenate(whole, axis=axis) if len(whole) > 1 else a
    later, earlier = along(a.ndim, axis, slice(1, None)), along(a.ndim, axis, slice(None, -1))
    for _ in range(n):
        a = a[later] != a[earlier] if a.dtype == bool else a[later] - a[earlier]
    return a


@composed(np.ediff1d)
def ediff1d(ary: Array, to_end: Any = None, to_begin: Any = None) -> Array:
    flat = np.ravel(as_array(ary))
    parts = [to_begin, flat[1:] - flat[:-1], to_end]
    given = [as_array(part) for part in parts if part is not None]
    for part in given:
        if not np.can_cast(part.dtype, flat.dtype, casting="same_kind"):
            raise TypeError(
                f"np.ediff1d: to_begin or to_end of dtype {part.dtype} for an array of dtype "
                f"{flat.dtype}"
            )
    if len(given) == 1:
        return given[0]
    return np.concatenate(
        [np.ravel(part if part.dtype == flat.dtype else part.astype(flat.dtype)) for part in given]
    )


def spacings(f: Array, varargs: tuple[Any, ...], axes: tuple[int, ...]) -> list[Any]:
    """The distance between samples along each axis: a number, or an array if they differ."""
    if not varargs:
        return [1.0] * len(axes)
    if len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        return [varargs[0]] * len(axes)
    if len(varargs) != len(axes):
        raise TypeError(
            f"np.gradient: {len(varargs)} spacings for {len(axes)} axes; give one for all, or one "
            "for each"
        )
    return [
        coordinates if np.ndim(coordinates) == 0
        else distances_between(as_array(coordinates), f.shape[axis])
        for coordinates, axis in zip(varargs, axes, strict=True)
    ]  # fmt: skip


def distances_between(coordinates: Array, length: int) -> Array:
    if coordinates.shape != (length,):
        raise ValueError(
            f"np.gradient: coordinates of shape {coordinates.shape} for an axis of length {length}"
        )
    if coordinates.dtype.kind not in "fc":
        coordinates = coordinates.astype(float)
    distances = np.diff(coordinates)
    # A common distance, where there is one, would hide the others from the derivative.
    if not isinstance(distances, Recorded) and (distances == distances[0]).all():
        return distances[0]
    return distances


def slopes(f: Array, h: Any, edge_order: int) -> Array:
    """The derivative along the first axis of samples that are ``h`` apart."""
    uniform = np.ndim(h) == 0
    first, last = (h, h) if uniform else (h[0], h[-1])
    if uniform:
        inside = (f[2:] - f[:-2]) / (2.0 * h)
    else:
        h1, h2 = (np.reshape(part, (-1,) + (1,) * (f.ndim - 1)) for part in (h[:-1], h[1:]))
        a, b, c = -h2 / (h1 * (h1 + h2)), (h2 - h1) / (h1 * h2), h1 / (h2 * (h1 + h2))
        inside = a * f[:-2] + b * f[1:-1] + c * f[2:]
    if edge_order == 1:
        begin, end = (f[1] - f[0]) / first, (f[-1] - f[-2]) / last
    elif uniform:
        begin = -1.5 / h * f[0] + 2.0 / h * f[1] + -0.5 / h * f[2]
        end = 0.5 / h * f[-3] + -2.0 / h * f[-2] + 1.5 / h * f[-1]
    else:
        h1, h2 = h[0], h[1]
        a, b, c = -(2.0 * h1 + h2) / (h1 * (h1 + h2)), (h1 + h2) / (h1 * h2), -h1 / (h2 * (h1 + h2))
        begin = a * f[0] + b * f[1] + c * f[2]
        h1, h2 = h[-2], h[-1]
        a, b, c = h2 / (h1 * (h1 + h2)), -(h2 + h1) / (h1 * h2), (2.0 * h2 + h1) / (h2 * (h1 + h2))
        end = a * f[-3] + b * f[-2] + c * f[-1]
    return np.concatenate([begin[None], inside, end[None]])


@composed(np.gradient)
def gradient(f: Array, *varargs: Any, axis: Axis = None, edge_order: int = 1) -> Any:
    f = as_array(f)
    if f.dtype.kind not in "fc":
        f = f.astype(float)
    if edge_order not in (1, 2):
        raise ValueError(f"np.gradient: edge_order={edge_order}; it is 1 or 2")
    several = range(f.ndim) if axis is None else axis if np.iterable(axis) else (axis,)
    axes = tuple(check_axis(one, f.ndim) for one in several)
    found = []
    for one, h in zip(axes, spacings(f, varargs, axes), strict=True):
        if f.shape[one] < edge_order + 1:
            raise ValueError(
                f"np.gradient: axis {one} of length {f.shape[one]}; edge_order={edge_order} takes "
                f"at least {edge_order + 1} samples"
            )
        slope = np.moveaxis(slopes(np.moveaxis(f, one, 0), h, edge_order), 0, one)
        found.append(slope if slope.dtype == f.dtype else slope.astype(f.dtype))
    return found[0] if len(axes) == 1 else tuple(found)


def check_axis(axis: Any, ndim: int) -> int:
    """The number of an axis, counted from the front."""
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return int(axis) % ndim


@composed(np.cross)
def cross(
    a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Array:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(as_array(a), axisa, -1), np.moveaxis(as_array(b), axisb, -1)
    lengths = a.shape[-1], b.shape[-1]
    if not {*lengths} <= {2, 3}:
        raise ValueError(f"np.cross: vectors of lengths {lengths[0]} and {lengths[1]}, not 3")
    if 2 in lengths:
        warnings.warn(
            "np.cross: vectors of length 2 are deprecated since NumPy 2.0",
            DeprecationWarning, stacklevel=2,
        )  # fmt: skip
    a0, a1, a2 = a[..., 0], a[..., 1], a[..., 2] if lengths[0] == 3 else 0
    b0, b1, b2 = b[..., 0], b[..., 1], b[..., 2] if lengths[1] == 3 else 0
    last = a0 * b1 - a1 * b0
    if lengths == (2, 2):
        return last
    return np.moveaxis(np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, last], axis=-1), -1, axisc)


# Integrals


def trapezoid(y: Array, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Array:
    y = as_array(y)
    if x is None:
        d = dx
    elif np.ndim(x) == 1:
        d = np.reshape(np.diff(x), (-1,) + (1,) * (y.ndim - 1 - axis % y.ndim))
    else:
        d = np.diff(x, axis=axis)
    later, earlier = along(y.ndim, axis, slice(1, None)), along(y.ndim, axis, slice(None, -1))
    return np.sum(d * (y[later] + y[earlier]) / 2.0, axis=axis)


composed(np.trapezoid)(trapezoid)
if hasattr(np, "trapz"):
    composed(np.trapz)(trapezoid)  # noqa: NPY201 - NumPy 2.0 to 2.3 still have it


# Interpolation


class Segments:
    """The segment of the polygon over ``xp`` in which each x lies, and how near to its left end."""

    def __init__(self, x: Array, xp: Array) -> None:
        self.shape = xp.shape
        last = xp.shape[0] - 1
        self.left = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(last - 1, 0))
        self.right = np.minimum(self.left + 1, last)
        below, above = np.less(x, xp[0]), np.greater(x, xp[-1])
        start, end = self.ends(xp)
        flat = np.logical_or(np.logical_or(below, above), np.equal(start, end))
        self.width = np.where(flat, np.inf, end - start)
        self.weight = np.where(below, 1.0, np.where(above, 0.0, (end - x) / self.width))

    def ends(self, values: Array) -> tuple[Array, Array]:
        """What the knots to the left and to the right of x have of some ``values``."""
        return taken(values, self.left, axis=0), taken(values, self.right, axis=0)

    def slope(self, fp: Array) -> Array:
        start, end = self.ends(fp)
        return (end - start) / self.width

    def between(self, fp: Array) -> Array:
        """The value at x of the polygon with the corners ``fp``: linear in them."""
        start, end = self.ends(fp)
        return start * self.weight + end * (1 - self.weight)

    def share_out(self, g: Array) -> Array:
        """The adjoint of `between`."""
        start, end = g * self.weight, g * (1 - self.weight)
        return put_taken_back(start, self.left, axis=0, shape=self.shape) + put_taken_back(
            end, self.right, axis=0, shape=self.shape
        )


def interp_vjp_x(g: Array, out: Any, x: Array, xp: Array, fp: Array) -> Array:
    return g * Segments(x, xp).slope(fp)


def interp_vjp_xp(g: Array, out: Any, x: Array, xp: Array, fp: Array) -> Array:
    segments = Segments(x, xp)
    return -segments.share_out(g * segments.slope(fp))


def interp_vjp_fp(g: Array, out: Any, x: Array, xp: Array, fp: Any) -> Array:
    return Segments(x, xp).share_out(g)


def interp_jvp_xp(t: Array, out: Any, x: Array, xp: Array, fp: Array) -> Array:
    segments = Segments(x, xp)
    return -segments.slope(fp) * segments.between(t)


def interp_jvp_fp(t: Array, out: Any, x: Array, xp: Array, fp: Any) -> Array:
    return Segments(x, xp).between(t)


polygon = differentiable(
    np.interp,
    [interp_vjp_x, interp_vjp_xp, interp_vjp_fp],
    [interp_vjp_x, interp_jvp_xp, interp_jvp_fp],
)
selecting(polygon)


@composed(np.interp)
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Array:
    x, xp, fp = (as_array(one) for one in (x, xp, fp))
    x, xp = (one if one.dtype == float else one.astype(float) for one in (x, xp))
    if fp.dtype not in (float, complex):
        fp = fp.astype(complex if fp.dtype.kind == "c" else float)
    if xp.ndim != 1 or fp.shape != xp.shape or not fp.size:
        raise ValueError(
            f"np.interp: xp of shape {xp.shape} and fp of shape {fp.shape}; they are vectors of "
            "one length, of at least 1"
        )
    if period is not None:
        if period == 0:
            raise ValueError("np.interp: period=0")
        period = np.abs(period)
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = taken(xp, order, axis=0), taken(fp, order, axis=0)
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        return polygon(x, xp, np.concatenate([fp[-1:], fp, fp[:1]]))
    y = polygon(x, xp, fp)
    if left is not None:
        y = np.where(np.less(x, xp[0]), left, y)
    return y if right is None else np.where(np.greater(x, xp[-1]), right, y)


unwrap = elementwise(np.unwrap, lambda t, out, p, discont=None, axis=-1, period=2 * math.pi: t)
