"""Functions that make arrays: of Tensors in nested sequences, and between ends that are Tensors.

NumPy calls `array`, `asarray` and their like here only if a Tensor is passed as ``like=``, which
serves for nothing else; `tinygrad_np.numpy` calls them whenever there are Tensors in what they are
given.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, Recorded, bare
from .joining import stack
from .table import composed, constant, values_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


PLAIN = frozenset(
    {float, int, bool, complex, str, type, type(None), np.ndarray, *np.sctypeDict.values()}
)
"""What is most often given to functions and stands in sequences, and is not recorded."""


NUMBERS = frozenset("fciub")
"""The kinds of dtypes of numbers."""


def has_recorded(value: Any) -> bool:
    """Whether a value is recorded, or a nested sequence with such inside."""
    if not isinstance(value, (list, tuple)):
        return isinstance(value, Recorded)
    if PLAIN.issuperset(map(type, value)):
        return False
    return any(map(has_recorded, value))


def join(value: Any) -> Array:
    """Make an array of nested sequences with Tensors inside."""
    if isinstance(value, Recorded):
        return value
    if not has_recorded(value):
        return np.asarray(value)
    parts = [join(item) for item in value]
    if len({part.shape for part in parts}) > 1:
        raise ValueError(
            "a sequence with Tensors inside makes no array, as the shapes of its items differ: "
            f"{', '.join(str(part.shape) for part in parts[:5])}"
        )
    if not {part.dtype.kind for part in parts} <= NUMBERS:
        raise GradientError(
            "a sequence with Tensors inside holds what is not a number as well, and an array of "
            "objects keeps no gradient: keep the sequence"
        )
    return stack(parts)


def converted(a: Any, dtype: Any, copy: bool | None, ndmin: int = 0) -> Array:
    """Convert to an array of ``dtype`` with at least ``ndmin`` axes; a Tensor may be copied."""
    joined = join(a)
    changes = dtype is not None and joined.dtype != dtype
    if copy is False and (changes or joined is not a):
        raise ValueError("copy=False, but a copy is needed to make this array")
    if changes:
        joined = joined.astype(dtype)
    elif copy and joined is a:
        joined = np.copy(joined)
    missing = (1,) * (ndmin - joined.ndim)
    return np.reshape(joined, missing + joined.shape) if missing else joined


@composed(np.array)
def array(
    object: Any, dtype: Any = None, *, copy: Any = True, order: Any = "K", subok: Any = False,
    ndmin: int = 0,
) -> Array:  # fmt: skip
    return converted(object, dtype, copy, ndmin)


@composed(np.asarray, np.asanyarray)
def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, device: Any = None, copy: Any = None
) -> Array:
    return converted(a, dtype, copy)


@composed(np.ascontiguousarray, np.asfortranarray)
def ascontiguousarray(a: Any, dtype: Any = None) -> Array:
    return converted(a, dtype, None, ndmin=1)


@composed(np.require)
def require(a: Any, dtype: Any = None, requirements: Any = None) -> Array:
    return converted(a, dtype, None)


@composed(np.asarray_chkfinite)
def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Array:
    made = converted(a, dtype, None)
    np.asarray_chkfinite(bare(made))
    return made


@composed(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Array:
    return x.astype(dtype, copy=copy)


@composed(np.fromiter)
def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1) -> Array:
    items = list(iter)
    if len(items) < count:
        raise ValueError(f"np.fromiter: the iterator gave {len(items)} items of {count}")
    return converted(items[: count if count >= 0 else None], dtype, None)


@composed(np.full)
def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", *, device: Any = None
) -> Array:
    value = converted(fill_value, dtype, None)
    return np.copy(np.broadcast_to(value, shape))


@composed(np.full_like)
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True,
    shape: Any = None, *, device: Any = None,
) -> Array:  # fmt: skip
    blank = np.zeros_like(a, dtype=dtype, shape=shape)
    return np.where(True, converted(fill_value, blank.dtype, None), blank)


@composed(np.arange)
def arange(*args: Any, **keywords: Any) -> Array:
    values = np.arange(*values_of(args), **values_of(keywords))
    names = ("stop",) if len(args) == 1 else ("start", "stop", "step")
    given = {"start": 0, "step": 1, **dict(zip(names, args)), **keywords}
    numbers = np.arange(len(values), dtype=values.dtype)
    return as_dtype(given["start"] + given["step"] * numbers, values.dtype)


@composed(np.linspace)
def linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, retstep: Any = False,
    dtype: Any = None, axis: int = 0, *, device: Any = None,
) -> Any:  # fmt: skip
    start, stop = whole(start), whole(stop)
    inexact = np.result_type(start, stop, 1.0)
    start, stop = [  # integers without a sign have no difference
        as_dtype(a, inexact) if getattr(a, "dtype", inexact).kind in "biu" else a
        for a in (start, stop)
    ]
    places, steps = places_of(num, endpoint, start, stop, inexact)
    step = (stop - start) / max(steps, 1)
    spaced = as_dtype(places * step + start, inexact)
    if endpoint and steps > 0:
        last = as_dtype(np.broadcast_to(stop, spaced.shape[1:]), inexact)
        spaced = np.concatenate([spaced[:-1], last[None]])
    spaced = np.moveaxis(spaced, 0, axis)
    if dtype is not None:
        is_integer = np.issubdtype(dtype, np.integer)
        spaced = as_dtype(np.floor(spaced) if is_integer else spaced, dtype)
    if not retstep:
        return spaced
    return spaced, step if steps > 0 else np.nan


@composed(np.logspace)
def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0,
    dtype: Any = None, axis: int = 0,
) -> Array:  # fmt: skip
    base = whole(base)
    if np.ndim(base):
        ndim = max(np.ndim(base), np.ndim(start), np.ndim(stop))
        start, stop, base = (converted(a, None, None, ndim) for a in (start, stop, base))
        base = np.expand_dims(base, axis)
    powers = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return powers if dtype is None else as_dtype(powers, dtype)


@composed(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None, axis: int = 0
) -> Array:
    start, stop = join(start), join(stop)
    for end in values_of((start, stop)):
        if not isinstance(end, Recorded) and np.any(end == 0):
            raise ValueError("np.geomspace: a geometric sequence cannot include zero")
    inexact = np.result_type(start, stop, 1.0, np.dtype(dtype))  # None: float64, as in NumPy
    start, stop = as_dtype(start, inexact), as_dtype(stop, inexact)
    places, steps = places_of(num, endpoint, start, stop, inexact)
    spaced = start * (stop / start) ** (places / max(steps, 1))
    return as_dtype(np.moveaxis(spaced, 0, axis), dtype or inexact)


def whole(value: Any) -> Any:
    """Make an array of a sequence; leave a Python number, whose dtype gives way, what it is."""
    return join(value) if isinstance(value, (list, tuple)) else value


def as_dtype(value: Array, dtype: Any) -> Array:
    return value if value.dtype == dtype else value.astype(dtype)


def places_of(
    num: Any, endpoint: Any, start: Any, stop: Any, dtype: np.dtype[Any]
) -> tuple[Array, int]:
    """The number of each place, along a new first axis, and how many steps there are."""
    count = operator.index(num)
    places = np.arange(count, dtype=dtype)
    ndim = max(np.ndim(start), np.ndim(stop))
    return places.reshape((count,) + (1,) * ndim), count - bool(endpoint)


@composed(np.ndenumerate)
def ndenumerate(arr: Any) -> Iterator[tuple[tuple[int, ...], Array]]:
    array = join(arr)
    return ((index, array[index]) for index in np.ndindex(array.shape))


constant(np.isscalar, np.iterable, np.format_float_positional, np.format_float_scientific)

UNREACHED = frozenset({
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require,
    np.asarray_chkfinite, np.fromiter, np.full, np.full_like, np.arange, np.ndenumerate,
    np.isscalar, np.iterable, np.format_float_positional, np.format_float_scientific,
})  # fmt: skip
"""Functions that NumPy calls without asking Tensors among their arguments."""
