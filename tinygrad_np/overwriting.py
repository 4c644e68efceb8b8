"""Arrays that somebody else could overwrite between a recording and its sweep.

What a recording computes is its own. Constants and leaves are the caller's arrays, and a derivative
rule that reads one must find the values that the op was called with. So they are copied, once for
as long as they do not change; of a large one only a checksum is kept, and a sweep that finds
another one raises an error.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from .errors import GradientError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .ops.table import Op
    from .recording import Array, Node, Recorded

TINY = 8192
"""Up to how many bytes a copy costs less than to look for an earlier one."""

LARGE = 524288
"""From how many bytes on a copy would take memory that matters."""

LANES = 509
"""A prime, so that rows of an array, which are rarely that long, fall on different lanes."""


UNCHANGING = frozenset({int, bool, str, slice, type(None), type(...)})
"""The types of most settings: nobody writes into these."""


class Guarded(tuple[Any, ...]):
    """What a node saved, of which some arrays, by position, must still have their checksum."""

    checksums: Mapping[int, bytes] = {}


def own(saved: tuple[Any, ...], parents: Sequence[Node | None]) -> tuple[Any, ...]:
    """Return what a node saves of its op's arguments so that nobody overwrites it unnoticed."""
    owned: list[Any] | None = None
    checksums = {}
    for position, parent in enumerate(parents, 1):
        # The arrays of a result are the recording's own.
        if parent is not None and parent.kind is not None:
            continue
        value = saved[position]
        leaf: Any = parent if parent is not None and parent.op is None else None
        if type(value) is not np.ndarray or (leaf and value is leaf.saved[1]):
            continue
        if value.nbytes < LARGE:
            owned = owned or list(saved)
            owned[position] = copy = copy_of(value)
            if leaf:
                hand_over(leaf, value, copy)
        else:
            checksums[position] = checksum(value)
    if owned is not None:
        saved = tuple(owned)
    if checksums:
        saved = Guarded(saved)
        saved.checksums = checksums
    return saved


def hand_over(leaf: Any, value: Array, copy: Array) -> None:
    """Let a leaf hold the copy that was made of its array: no later call compares the two."""
    reference, _ = leaf.saved
    holder = reference and reference()
    if holder is not None and holder.value is value and copy.strides == value.strides:
        # Nobody is to write into it through the Tensor either.
        copy.setflags(write=False)
        holder.value = copy
        leaf.saved = (reference, copy)


copies: dict[int, list[Any]] = {}
"""By its id, an array and the copy of it that recordings hold, and once asked for, its checksum."""


def copy_of(array: Array) -> Array:
    """Return a copy of an array: an earlier one, if the array is still the same."""
    if array.nbytes <= TINY:
        return array.copy("K")
    key = id(array)
    # One lookup: when a copy is freed, in whatever thread, its entry goes.
    found = copies.get(key)
    if found is not None:
        original, copy = found[0](), found[1]()
        if original is array and copy is not None:
            found[2] = found[2] or checksum(copy)
            if checksum(array) == found[2]:
                return copy
    copy = array.copy("K")
    # A function of Python's would swallow a KeyboardInterrupt here.
    copies[key] = [ref(array), ref(copy, partial(copies.pop, key)), None]
    return copy


def own_settings(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return settings in which arrays, such as those of an index, are copies."""
    for value in settings.values():
        if type(value) not in UNCHANGING and not is_unchanging(value):
            return {name: copied(value) for name, value in settings.items()}
    return settings


def is_unchanging(setting: Any) -> bool:
    """Whether nobody could write into a setting, such as ``axis=(0, 1)``."""
    kind = type(setting)
    return kind in UNCHANGING or (kind is tuple and UNCHANGING.issuperset(map(type, setting)))


def copied(value: Any) -> Any:
    if type(value) in (tuple, list):
        return type(value)([copied(item) for item in value])
    return value.copy("K") if isinstance(value, np.ndarray) else value


def own_view(result: Recorded, arg: Recorded) -> None:
    """Let a result not show a caller's array, or be checked like one."""
    value, node = result.value, result.node
    if node is None or type(value) is not np.ndarray:
        return
    if value.base is None and value is not arg.value:
        return
    if value.nbytes < LARGE:
        result.value = value.copy("K")
    else:
        node.kind = None


def apart(value: Any) -> Any:
    """Return an array that no recording holds; anything else as it is."""
    return value.copy("K") if type(value) is np.ndarray else value


def own_leaf(value: Array) -> Array:
    """Return the array of a new leaf; if it is tiny and in one piece, its own one."""
    # A copy of what has gaps would lie in memory otherwise.
    if type(value) is np.ndarray and value.nbytes <= TINY and value.flags.forc:
        value = value.copy("K")
        # Nobody is to write into it through the Tensor either.
        value.setflags(write=False)
    return value


def checksum(array: Array) -> bytes:
    """Sums of the words of an array, every 509th to the same sum: each write changes some.

    A write that only moves or changes values so that all 509 sums stay what they are goes unseen;
    nothing but intent makes one.
    """
    flat: Array = array.ravel("K").view(np.uint8)
    # An odd number of words in each sum: the same change of all of them never adds up to 2⁶⁴.
    rows = flat.size // (8 * LANES)
    whole = (rows - 1 + rows % 2) * 8 * LANES
    lanes = flat[:whole].view(np.uint64).reshape(-1, LANES)
    sums: Array = np.add.reduce(lanes, axis=0)
    return bytes(sums.tobytes() + flat[whole:].tobytes())


def check_saved(
    op: Op | None, saved: Any, verified: dict[tuple[int, bytes], Any]
) -> tuple[Any, ...]:
    """Return what a node saved; raise if it was freed or overwritten."""
    if saved is None or op is None:
        raise GradientError(
            f"{op}: its recording was already swept and freed. backward() goes through a "
            "graph once: compute the loss again, or use tg.vjp, whose pullback can be "
            "called many times"
        )
    for position, expected in saved.checksums.items():
        array = saved[position]
        if (id(array), expected) in verified:
            continue
        if checksum(array) != expected:
            raise GradientError(
                f"{op.name}: an array of shape {array.shape} and dtype {array.dtype} that it was "
                "given was overwritten between the call and the sweep back, and its derivative "
                "needs the old values. Give it a copy (array.copy()), make a new array instead of "
                "writing into the old one, or take the gradient before the array is changed"
            )
        verified[id(array), expected] = array
    return saved  # type: ignore[no-any-return]
