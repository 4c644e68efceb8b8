"""Functions that select: elements by places or conditions, one of several arrays, functions.

Where an index or a condition decides what is selected, it is a constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, Recorded
from .creation import join as array_of
from .indexing import setitem, taken, taken_along
from .joining import as_array
from .table import composed, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def axis_of(a: Array, axis: Any) -> tuple[Array, int]:
    """What is to be selected from along which axis: if along none, the flattened array."""
    if axis is None:
        return np.ravel(a), 0
    if not -a.ndim <= axis < a.ndim:
        raise np.exceptions.AxisError(axis, a.ndim)
    return a, int(axis) % a.ndim


def within(indices: Array, length: int, mode: Any) -> Array:
    """Indices that may be out of bounds as ``mode`` brings them back."""
    if mode == "wrap":
        return np.remainder(indices, max(length, 1))
    if mode == "clip":
        return np.clip(indices, 0, max(length - 1, 0))
    np.take(0, 0, mode=mode)
    return indices


@composed(np.take)
def take(a: Array, indices: Any, axis: Any = None, *, mode: Any = "raise") -> Array:
    a, axis = axis_of(np.atleast_1d(as_array(a)), axis)
    indices = within(array_of(values_of(indices)), a.shape[axis], mode)
    found: Array = taken(a, indices, axis=axis)
    return found


@composed(np.take_along_axis)
def take_along_axis(arr: Array, indices: Any, axis: Any = -1) -> Array:
    arr, axis = axis_of(as_array(arr), axis)
    found: Array = taken_along(arr, array_of(values_of(indices)), axis=axis)
    return found


def known(function: str, condition: Any) -> Any:
    """The values of what decides the shape of a result."""
    condition = array_of(values_of(condition))
    if isinstance(condition, Recorded):
        raise GradientError(
            f"np.{function}: inside tg.vmap the condition cannot depend on the example, as each "
            "result would have another shape: choose with np.where, or multiply by a mask"
        )
    return condition


@composed(np.compress)
def compress(condition: Any, a: Array, axis: Any = None) -> Array:
    a, axis = axis_of(np.atleast_1d(as_array(a)), axis)
    places = np.compress(known("compress", condition), np.arange(a.shape[axis]))
    found: Array = taken(a, places, axis=axis)
    return found


@composed(np.extract)
def extract(condition: Any, arr: Array) -> Array:
    arr = np.ravel(as_array(arr))
    found: Array = taken(arr, np.flatnonzero(known("extract", condition)), axis=0)
    return found


# One of several arrays


@composed(np.choose)
def choose(a: Any, choices: Any, out: None = None, mode: Any = "raise") -> Array:
    choices = alike(list(choices))
    count = len(choices)
    index = values = array_of(values_of(a))
    while isinstance(values, Recorded):
        values = values.value
    np.choose(values, list(range(count)), mode=mode)
    index = within(index, count, mode)
    chosen: Array = choices[-1]
    for place, choice in enumerate(choices):
        chosen = np.where(index == place, choice, chosen)
    return chosen


@composed(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Array:
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"np.select: {len(condlist)} conditions and {len(choicelist)} choices; it takes as "
            "many of the one as of the other"
        )
    if not len(condlist):
        raise ValueError("np.select: without conditions there is nothing to select by")
    conditions = [array_of(values_of(condition)) for condition in condlist]
    for position, condition in enumerate(conditions):
        if condition.dtype != bool:
            raise TypeError(
                f"np.select: condition {position} is of dtype {condition.dtype}; conditions are "
                "boolean arrays"
            )
    *choices, out = alike([*choicelist, default])
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        out = np.where(condition, choice, out)
    return out


def alike(values: list[Any]) -> list[Array]:
    """Arrays of the one dtype that values have together, in which Python's numbers give way."""
    weak = (int, float, complex)
    arrays = [value if type(value) in weak else array_of(value) for value in values]
    dtype = np.result_type(*arrays)
    return [dtype.type(a) if type(a) in weak else a.astype(dtype) for a in arrays]


@composed(np.piecewise)
def piecewise(x: Array, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    x = as_array(x)
    if np.isscalar(condlist) or (np.ndim(condlist[0]) == 0 and x.ndim != 0):
        condlist = [condlist]
    conditions: list[Any] = [array_of(values_of(one)).astype(bool) for one in condlist]
    if len(funclist) == len(conditions) + 1:
        anywhere = conditions[0]
        for condition in conditions[1:]:
            anywhere = np.logical_or(anywhere, condition)
        conditions.append(np.logical_not(anywhere))
    elif len(funclist) != len(conditions):
        raise ValueError(
            f"np.piecewise: with {len(conditions)} conditions it takes {len(conditions)} or "
            f"{len(conditions) + 1} functions, not {len(funclist)}"
        )
    out = np.zeros_like(x)
    for condition, function in zip(conditions, funclist, strict=True):
        is_batch = isinstance(condition, Recorded)
        if is_batch:
            # Which elements of an example a function is called on cannot depend on the example.
            value = function(x, *args, **kw) if callable(function) else function
            out = np.where(condition, value, out).astype(x.dtype)
            continue
        value = function
        if callable(function):
            some = x[condition]
            if not some.size:
                continue
            value = function(some, *args, **kw)
        value = value if x.dtype.kind in "fc" else values_of(value)
        out = setitem(out, as_array(value), index=condition)
    return out


# Functions of slices


@composed(np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Array, *args: Any, **kwargs: Any
) -> Array:
    arr, axis = axis_of(as_array(arr), axis)
    slices = np.moveaxis(arr, axis, -1)
    outer = slices.shape[:-1]
    if 0 in outer:
        raise ValueError(
            "np.apply_along_axis: there is no slice to call the function on, and so no telling "
            "what it returns"
        )
    results = [array_of(func1d(slices[place], *args, **kwargs)) for place in np.ndindex(outer)]
    stacked = np.stack([result.astype(results[0].dtype) for result in results])
    whole = np.reshape(stacked, outer + results[0].shape)
    inner = results[0].ndim
    sources = range(len(outer), len(outer) + inner)
    return np.moveaxis(whole, tuple(sources), tuple(range(axis, axis + inner)))


@composed(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Array, axes: Any) -> Array:
    out = as_array(a)
    ndim = out.ndim
    for axis in np.ravel(axes):
        axis = axis_of(out, axis)[1]
        reduced = array_of(func(out, axis))
        out = reduced if reduced.ndim == ndim else np.expand_dims(reduced, axis)
        if out.ndim != ndim:
            raise ValueError(
                f"np.apply_over_axes: the function returned {reduced.ndim} axes for {ndim}; it "
                "reduces one axis, or keeps it with length 1"
            )
    return out
