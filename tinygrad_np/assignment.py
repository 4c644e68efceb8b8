"""Assignment into Tensors: ``y[i] = v``, ``y += v``, and what NumPy's views make of it.

A Tensor that is assigned into *becomes* the result of an op that computes the new array from the
old one: whoever holds the Tensor sees the new values, and the recording holds both. Views are
Tensors made from another by indexing or reshaping; each knows what it was read from, so that a
write into a view is written into its base, and every other view of the base is read afresh.

The array itself is copied only if somebody else could see it change: NumPy's and the recording's
own references to it are counted. So a loop that fills an array keeps one, not one for each turn.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import GradientError
from .ops import shaping, values_of
from .ops.indexing import getitem, setitem
from .ops.table import Op
from .recording import Array, Node, Recorded, new_object, pause, remember, strip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .tensor import Tensor


def shows(out: Array, value: Array) -> bool:
    """Whether ``out`` is a view of ``value``."""
    if isinstance(out, Recorded):
        return getattr(out, "base", None) is not None
    return type(out) is np.ndarray and out.base is not None and np.may_share_memory(out, value)


def link_view(result: Any, arg: Any, op: Op, settings: Mapping[str, Any]) -> None:
    """If ``result`` is a view of ``arg``, remember that ``op`` reads it from there."""
    if not shows(result.data, arg.data):
        return
    result.base = arg, op, settings
    views: list[Any] = getattr(arg, "views", [])
    if len(views) & (len(views) - 1) == 0:
        arg.views = views = [reference for reference in views if reference() is not None]
    views.append(weakref.ref(result))
    # Parts of an array that is being filled are kept as copies: the recording would otherwise hold
    # on to the whole array, and the next assignment would have to copy that.
    if getattr(arg, "is_assigned", False) and not isinstance(result.data, Recorded):
        result.data = result.data.copy()


for op in (
    getitem, shaping.reshape, shaping.ravel, shaping.squeeze, shaping.expand_dims,
    shaping.transpose, shaping.swapaxes, shaping.moveaxis, shaping.flip, shaping.broadcast_to,
):  # fmt: skip
    op.after = link_view


def assign(target: Tensor, index: Any, value: Any) -> None:
    """Carry out ``target[index] = value``."""
    if not isinstance(value, Recorded):
        value = np.asarray(value)
    check_assignment(target, value)
    index = values_of(index)
    if overwritten_without_record(target, index, value):
        return
    if not put_in_place(target, index, value):
        write(target, setitem(target, value, index=index))


def update(target: Tensor, result: Any) -> Any:
    """Carry out ``target += …`` and the like, whose right side was computed as ``result``."""
    value = strip(target)
    is_batch = isinstance(value, Recorded)
    if result is NotImplemented or isinstance(value, np.generic) or (is_batch and not target.ndim):
        return result
    check_assignment(target, result)
    if result.shape != target.shape:
        raise ValueError(
            f"in-place operator: the result of shape {result.shape} does not fit into the Tensor "
            f"of shape {target.shape}; write y = y + x, not y += x"
        )
    if result.dtype != target.dtype:
        result = result.astype(target.dtype)
    if not overwritten_without_record(target, ..., result):
        write(target, result)
    return target


def check_assignment(target: Tensor, value: Any) -> None:
    """Raise if a value cannot be assigned, before anything is changed."""
    if not np.can_cast(value.dtype, target.dtype, "same_kind"):
        raise GradientError(
            f"values of dtype {value.dtype} cannot be assigned into a Tensor of dtype "
            f"{target.dtype}: make it np.zeros_like(x, dtype={value.dtype}), say, or convert them"
        )
    node = target.node
    if node is not None and node.op is None and not target.level and pause.level < 0:
        raise GradientError(
            "a Tensor made with requires_grad=True cannot be overwritten while it is being "
            "recorded: work on a copy (y = x.copy()), or overwrite it under tg.no_grad()"
        )
    if isinstance(value, Recorded) and 0 < target.level < value.level:
        raise GradientError(
            "a value of an inner transform is assigned into a Tensor of an outer one, where it "
            "would outlive its recording: return it from the inner function instead"
        )


def overwritten_without_record(target: Tensor, index: Any, value: Any) -> bool:
    """Write into a parameter under no_grad: it remains the parameter that it was."""
    node = target.node
    if node is None or node.op is not None or target.level or target.level >= pause.level:
        return False
    if type(target.data) is np.ndarray:
        target.data[index] = strip(value)
    else:
        target.data = target.data.dtype.type(strip(value))
    return True


def put_in_place(target: Tensor, index: Any, value: Any) -> bool:
    """Assign without copying, if nobody else holds the array; return whether it was done."""
    if (
        getattr(target, "base", None) is not None
        or any(view() is not None for view in getattr(target, "views", ()))
        or type(target.data) is not np.ndarray
        or target.data.base is not None
        or sys.getrefcount(target.data) > 2
    ):
        return False
    level, written = target.level, value
    parents: tuple[Node | None, Node | None] = (target.node, None)
    if isinstance(value, Recorded):
        written, parents = value.data, (target.node, value.node)
        if isinstance(written, Recorded) or value.intercept is not None:
            return False
        if None not in parents and value.level != level:
            return False
        if value.level > level:
            level = value.level
            target.__class__ = type(value)  # type: ignore[assignment]
    target.data[index] = written
    target.is_assigned = True
    if parents != (None, None):
        if level < pause.level:
            target.node, target.level = None, 0
        else:
            saved = (None, outline(target.data), outline(written))
            node = remember(
                setitem, type(target), level, parents, saved, {"index": index}, target.data
            ).node
            target.node, target.level = node, level
    return True


def outline(array: Array) -> Node:
    """What a rule can read of an array without keeping it: its shape and dtype."""
    node: Node = new_object(Node)
    node.shape, node.dtype = array.shape, array.dtype
    return node


def write(target: Tensor, new: Any) -> None:
    """Give a Tensor a new value, and with it the base it is a view of, and that base's views."""
    base = getattr(target, "base", None)
    if base is None:
        become(target, new)
        target.is_assigned = True
        read_views_again(target)
        return
    whole, op, settings = base
    if op is shaping.broadcast_to:
        raise ValueError(
            "np.broadcast_to makes a view that cannot be written, as elements of it share memory: "
            "write into a copy"
        )
    if op is getitem:
        write(whole, setitem(whole, new, index=settings["index"]))
    else:
        write(whole, op.vjps[0](new, None, whole, **settings))


def become(target: Tensor, new: Any) -> None:
    # A batch assigned into a Tensor makes it a batch.
    target.__class__ = type(new)
    target.data, target.node, target.level = new.data, new.node, new.level


def read_views_again(whole: Tensor) -> None:
    for reference in list(getattr(whole, "views", ())):
        view = reference()
        if view is not None:
            _, op, settings = view.base
            become(view, op(whole, **settings))
            read_views_again(view)
