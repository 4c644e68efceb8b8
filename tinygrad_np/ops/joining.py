"""Functions that put arrays together, and those that take them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording import Array, Recorded
from .table import Op, composed, jointly_linear, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def concatenate_arrays(
    *arrays: Array, axis: int | None = 0, dtype: Any = None, casting: Any = "same_kind"
) -> tuple[Array, list[int]]:
    """Concatenate, and hand on where each array begins."""
    out = np.concatenate(arrays, axis=axis, dtype=dtype, casting=casting)
    starts = [0]
    for array in arrays:
        starts.append(starts[-1] + (np.size(array) if axis is None else np.shape(array)[axis]))
    return out, starts


def concatenate_vjp(
    i: int, g: Array, starts: list[int], *arrays: Any, axis: int | None = 0, **casting: Any
) -> Array:
    part = slice(starts[i], starts[i + 1])
    if axis is None:
        return g[part].reshape(np.shape(arrays[i]))
    return g[(slice(None),) * (axis % g.ndim) + (part,)]


def stack_arrays(
    *arrays: Array, axis: int = 0, dtype: Any = None, casting: Any = "same_kind"
) -> Array:
    return np.stack(arrays, axis=axis, dtype=dtype, casting=casting)


def stack_vjp(i: int, g: Array, out: Any, *arrays: Any, axis: int = 0, **casting: Any) -> Array:
    return g[(slice(None),) * (axis % g.ndim) + (i,)]


join = jointly_linear(concatenate_arrays, concatenate_vjp, name="concatenate", hands_on=True)
pile = jointly_linear(stack_arrays, stack_vjp, name="stack")


def put_together(
    op: Op, arrays: Sequence[Array], dtype: Any = None, casting: Any = None, **settings: Any
) -> Array:
    if dtype is not None:
        settings = {**settings, "dtype": dtype, "casting": casting}
        if np.dtype(dtype).kind not in "fc":
            arrays = values_of(list(arrays))
    whole: Array = op(*arrays, **settings)
    return whole


@composed(np.concatenate)
def concatenate(
    arrays: Sequence[Array], axis: int | None = 0, *, dtype: Any = None, casting: Any = "same_kind"
) -> Array:
    return put_together(join, arrays, dtype, casting, axis=axis)


@composed(np.stack)
def stack(
    arrays: Sequence[Array], axis: int = 0, *, dtype: Any = None, casting: Any = "same_kind"
) -> Array:
    return put_together(pile, arrays, dtype, casting, axis=axis)


def as_array(a: Any) -> Array:
    return a if isinstance(a, Recorded) else np.asarray(a)


@composed(np.atleast_1d)
def atleast_1d(*arrays: Array) -> Any:
    shaped = tuple(np.reshape(a, (1,)) if np.ndim(a) < 1 else as_array(a) for a in arrays)
    return shaped[0] if len(shaped) == 1 else shaped


@composed(np.atleast_2d)
def atleast_2d(*arrays: Array) -> Any:
    shaped = tuple(np.reshape(a, (1, -1)) if np.ndim(a) < 2 else as_array(a) for a in arrays)
    return shaped[0] if len(shaped) == 1 else shaped


@composed(np.vstack)
def vstack(tup: Sequence[Array], *, dtype: Any = None, casting: Any = "same_kind") -> Array:
    return put_together(join, [atleast_2d(a) for a in tup], dtype, casting, axis=0)


@composed(np.hstack)
def hstack(tup: Sequence[Array], *, dtype: Any = None, casting: Any = "same_kind") -> Array:
    arrays = [atleast_1d(a) for a in tup]
    return put_together(join, arrays, dtype, casting, axis=0 if np.ndim(arrays[0]) == 1 else 1)


@composed(np.column_stack)
def column_stack(tup: Sequence[Array]) -> Array:
    arrays = [np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup]
    return put_together(join, arrays, axis=1)


@composed(np.array_split)
def array_split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    length = ary.shape[axis]
    if np.ndim(indices_or_sections) == 0:
        sections = int(indices_or_sections)
        if sections <= 0:
            raise ValueError(f"np.array_split: {sections} sections; it makes at least one")
        sizes = [length // sections + (i < length % sections) for i in range(sections)]
        cuts = np.cumsum(sizes)[:-1].tolist()
    else:
        cuts = list(indices_or_sections)
    before = (slice(None),) * (axis % ary.ndim)
    return [
        ary[(*before, slice(start, stop))]
        for start, stop in zip([0, *cuts], [*cuts, None], strict=True)
    ]


@composed(np.split)
def split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    if np.ndim(indices_or_sections) == 0 and ary.shape[axis] % int(indices_or_sections):
        raise ValueError(
            f"np.split: axis {axis} of length {ary.shape[axis]} does not divide into "
            f"{indices_or_sections} equal parts; np.array_split makes parts of unequal length"
        )
    parts: list[Array] = array_split(ary, indices_or_sections, axis)
    return parts
