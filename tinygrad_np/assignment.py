"""Assignment into Tensors: ``y[i] = v``, ``y += v``, and what NumPy's views make of it.

A Tensor that is assigned into *becomes* the result of an op that computes the new array from the
old one: whoever holds the Tensor sees the new values, and the recording holds both. Views are
Tensors made from another by indexing or reshaping; each knows what it was read from, so that a
write into a view is written into its base, and every other view of the base is read afresh.

The array itself is copied only if somebody else could see it change: NumPy's and the recording's
own references to it are counted. So a loop that fills an array keeps one, not one for each turn.

What is assigned is read before anything is written; NumPy does the same, except where the two
overlap in an array of one axis, with other steps: ``x[::2] = x[:3]``.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import GradientError
from .ops import contractions, elementwise, shaping, values_of, windows
from .ops.creation import join as array_of
from .ops.indexing import getitem, setitem
from .ops.selecting import within
from .ops.table import Op, composed
from .overwriting import own_settings
from .recording import Array, Node, Recorded, bare, new_object, pause, remember, strip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .tensor import Tensor


def shows(out: Array, value: Array) -> bool:
    """Whether ``out`` is a view of ``value``."""
    if isinstance(out, Recorded):
        return getattr(out, "origin", None) is not None
    return type(out) is np.ndarray and (
        out is value or (out.base is not None and np.may_share_memory(out, value))
    )


def link_view(result: Any, arg: Any, op: Op, settings: Mapping[str, Any]) -> None:
    """If ``result`` is a view of ``arg``, remember that ``op`` reads it from there."""
    out, whole = result.value, arg.value
    is_part = getattr(arg, "origin", None) is not None
    if op in (shaping.reshape, shaping.ravel) and (is_part or arg.intercept is not None):
        # Whether it is a view depends on gaps that are not there where a part is kept as a copy;
        # in a batch, on those of an example.
        in_numpy = bare(shaping.laid_out(arg))
        batches = in_numpy.ndim - arg.ndim
        if 0 not in in_numpy.shape[:batches]:
            whole = in_numpy[(0,) * batches + (...,)]
            out = op.forward(whole, **settings)
    if op is not shaping.flat and not shows(out, whole):
        return
    if op is getitem and is_copied(result, arg, settings["index"]):
        return
    result.origin = arg, op, settings
    views: list[Any] = getattr(arg, "views", [])
    if len(views) & (len(views) - 1) == 0:
        arg.views = views = [reference for reference in views if reference() is not None]
    views.append(weakref.ref(result))
    # Parts of an array that is being filled are kept as copies: the recording would otherwise hold
    # on to the whole array, and the next assignment would have to copy that.
    is_array = type(result.value) is np.ndarray and arg.intercept is None
    if is_array and getattr(arg, "is_assigned", False):
        result.value = result.value.copy("K")


def is_copied(result: Any, arg: Any, index: Any) -> bool:
    """Whether NumPy copies what is read: an element, of an example too, and what x.flat is read."""
    if getattr(arg, "origin", (None, None))[1] is shaping.flat:
        return True
    items = index if isinstance(index, tuple) else (index,)
    return result.intercept is not None and not result.shape and ... not in items


def adjoint(op: Op, new: Array, whole: Array, **settings: Any) -> Array:
    """What only moves elements is undone by what pulls cotangents back."""
    return op.vjps[0](new, None, whole, **settings)  # type: ignore[index]


def selection(op: Op, new: Array, whole: Array, **settings: Any) -> Array:
    """What selects elements selects their places too."""
    places = op.forward(np.arange(whole.size).reshape(whole.shape), **settings)
    return setitem(whole, new, index=np.unravel_index(places, whole.shape))


def real_part(op: Op, new: Array, whole: Array) -> Array:
    return new + 1j * np.imag(whole) if whole.dtype.kind == "c" else new


def imaginary_part(op: Op, new: Array, whole: Array) -> Array:
    return np.real(whole) + 1j * new


def read_only(op: Op, new: Array, whole: Array, **settings: Any) -> Array:
    raise ValueError(f"np.{op.name} makes a view that NumPy does not write into: write into a copy")


VIEWS: dict[Op, Callable[..., Array]] = {
    getitem: lambda op, new, whole, index=None: setitem(whole, new, index=index),
    **dict.fromkeys((
        shaping.reshape, shaping.ravel, shaping.squeeze, shaping.expand_dims, shaping.transpose,
        shaping.swapaxes, shaping.moveaxis, shaping.flip, shaping.flat,
    ), adjoint),
    contractions.einsum_of: selection,
    elementwise.real: real_part,
    elementwise.imag: imaginary_part,
    shaping.broadcast_to: read_only,
    contractions.diagonal_of: read_only,
    windows.sliding_windows: read_only,
}  # fmt: skip
"""The ops that make views, and how what is written into one is written into its whole."""

for op in VIEWS:
    op.after = link_view


def assign(target: Tensor, index: Any, value: Any) -> None:
    """Carry out ``target[index] = value``."""
    value = array_of(value)
    check_assignment(target, value)
    index = values_of(index)
    if was_read(value, target, index):
        return
    if getattr(index, "intercept", None) and index.dtype == bool:
        write(target, chosen(index, value, target))
        return
    if overwritten_without_record(target, index, value):
        return
    if not put_in_place(target, index, value):
        write(target, setitem(target, value, index=index))


def was_read(value: Any, target: Tensor, index: Any) -> bool:
    """Whether a value is the view that an index makes, as in the second half of y[i] += v."""
    origin = getattr(value, "origin", None)
    if origin is None or origin[0] is not target or origin[1] is not getitem:
        return False
    items, others = [
        one if isinstance(one, tuple) else (one,) for one in (index, origin[2]["index"])
    ]
    return len(items) == len(others) and all(
        type(item) is type(other) and item == other
        for item, other in zip(items, others, strict=True)
    )


def chosen(mask: Any, value: Any, target: Tensor) -> Array:
    """What assigning to the elements that a mask chooses in a batch's example makes of it."""
    if value.ndim:
        raise GradientError(
            "inside tg.vmap a mask that depends on the example says where, but not how many: "
            "assign y[...] = np.where(mask, values, y) instead of y[mask] = values"
        )
    if mask.shape != target.shape[: mask.ndim]:
        raise IndexError(f"a mask of shape {mask.shape} for a Tensor of shape {target.shape}")
    mask = mask.reshape(mask.shape + (1,) * (target.ndim - mask.ndim))
    return np.where(mask, value, target).astype(target.dtype)


def update(target: Tensor, result: Any) -> Any:
    """Carry out ``target += …`` and the like, whose right side was computed as ``result``."""
    value = strip(target)
    is_batch = isinstance(value, Recorded)
    if result is NotImplemented or isinstance(value, np.generic) or (is_batch and not target.ndim):
        return result
    check_assignment(target, result)
    check_kind("in-place operator", result, target)
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


def check_kind(name: str, value: Array, target: Array, casting: Any = "same_kind") -> None:
    """Raise where NumPy's ufuncs do not write a value into an array of another kind."""
    if not np.can_cast(value.dtype, target.dtype, casting):
        raise TypeError(
            f"{name}: the result of dtype {value.dtype} is not written into an array of dtype "
            f"{target.dtype} by the rule {casting!r}; write y = y + x, not y += x, or y[...] = x"
        )


def check_assignment(target: Tensor, value: Any) -> None:
    """Raise if a value cannot be assigned, before anything is changed."""
    if is_recorded(value) and not np.can_cast(value.dtype, target.dtype, "same_kind"):
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
    if type(target.value) is np.ndarray:
        target.value[index] = strip(value)
    else:
        target.value = target.value.dtype.type(strip(value))
    return True


def put_in_place(target: Tensor, index: Any, value: Any, but: Tensor | None = None) -> bool:
    """Assign without copying, if nobody else holds the array; return whether it was done.

    The view ``but`` is read again afterwards.
    """
    if (
        getattr(target, "origin", None) is not None
        or any(view is not but for view in views_of(target))
        or target.intercept is not None
        or type(target.value) is not np.ndarray
        or target.value.base is not None
        or not target.value.flags.writeable
        or sys.getrefcount(target.value) > 2
    ):
        return False
    level, written = target.level, value
    parents: tuple[Node | None, Node | None] = (target.node, None)
    if isinstance(value, Recorded):
        written, parents = value.value, (target.node, value.node)
        if isinstance(written, Recorded) or value.intercept is not None:
            return False
        if None not in parents and value.level != level:
            return False
        if value.level > level:
            level = value.level
            target.__class__ = type(value)
    target.value[index] = written
    target.is_assigned = True
    if parents != (None, None):
        if level < pause.level:
            target.node, target.level = None, 0
        else:
            saved = (None, outline(target.value), outline(written))
            node = remember(
                setitem, type(target), level, parents, saved, own_settings({"index": index}),
                target.value,
            ).node  # fmt: skip
            target.node, target.level = node, level
    return True


def outline(array: Array) -> Node:
    """What a rule can read of an array without keeping it: its shape and dtype."""
    node: Node = new_object(Node)
    node.shape, node.dtype = array.shape, array.dtype
    return node


def write(target: Tensor, new: Any) -> None:
    """Give a Tensor a new value, and with it the base it is a view of, and that base's views."""
    origin = getattr(target, "origin", None)
    if origin is None:
        lie_alike(new, bare(target))
        become(target, new)
        target.is_assigned = True
        read_views_again(target)
        return
    whole, op, settings = origin
    if op is getitem and put_in_place(whole, settings["index"], new, but=target):
        become(target, op(whole, **settings))
        read_views_again(target)
    else:
        write(whole, VIEWS[op](op, new, whole, **settings))


def lie_alike(new: Any, old: Array) -> None:
    """Lay a new value out in memory as the one that NumPy would have overwritten."""
    while isinstance(new.value, Recorded):
        new = new.value
        if getattr(new, "origin", None) is not None:
            del new.origin  # from now on it is an array of its own
    if type(old) is not np.ndarray or new.value.strides == old.strides:
        return
    # Of a batch that is assigned into an array, the examples lie as the array did.
    shape, axes = new.value.shape, new.value.ndim - old.ndim
    order = [*range(axes), *np.argsort([-step for step in old.strides], kind="stable") + axes]
    laid_out = np.empty([shape[axis] for axis in order], old.dtype).transpose(np.argsort(order))
    if laid_out.strides != new.value.strides:
        laid_out[...] = new.value
        new.value = laid_out


def become(target: Tensor, new: Any) -> None:
    # A batch assigned into a Tensor makes it a batch.
    target.__class__ = type(new)
    target.value, target.node, target.level = new.value, new.node, new.level
    target.rows = getattr(new, "rows", None)


def read_views_again(whole: Tensor) -> None:
    for view in views_of(whole):
        _, op, settings = view.origin
        become(view, op(whole, **settings))
        read_views_again(view)


def views_of(whole: Tensor) -> list[Any]:
    """The views of a Tensor that somebody still holds."""
    views = [reference() for reference in getattr(whole, "views", ())]
    return [view for view in views if view is not None]


# NumPy's functions that write into their first argument


def writes(function: Any) -> Callable[[Callable[..., None]], None]:
    """Register how a NumPy function that writes into its first argument is carried out."""

    def register(carry_out: Callable[..., None]) -> None:
        def call(target: Any, *args: Any, **keywords: Any) -> None:
            if isinstance(target, Recorded):
                carry_out(target, *args, **keywords)
                return
            if is_recorded((*args, *keywords.values())):
                raise GradientError(
                    f"np.{function.__name__} would write a value that is being recorded into a "
                    "plain array, where its gradient would be lost. Make the array with "
                    "np.zeros_like(x, shape=...), or with tinygrad_np.numpy's np.zeros"
                )
            function(target, *values_of(args), **values_of(keywords))

        composed(function)(call)

    return register


def is_recorded(structure: Any) -> bool:
    if isinstance(structure, (tuple, list)):
        return any(is_recorded(item) for item in structure)
    return isinstance(structure, Recorded) and (
        structure.node is not None or structure.intercept is not None
    )


def repeated(function: str, values: Any, count: int) -> Array:
    """As many elements as are written, over and over."""
    values = np.ravel(array_of(values))
    if values.size == count:
        return values
    if not values.size:
        raise ValueError(f"np.{function}: there are no values to write")
    return values[np.arange(count) % values.size]


def known_mask(function: str, mask: Any, shape: tuple[int, ...]) -> Array:
    """A mask of as many elements as there are, in the shape of what it is for."""
    mask = array_of(values_of(mask)).astype(bool)
    if isinstance(mask, Recorded):
        raise GradientError(
            f"np.{function}: inside tg.vmap the mask cannot depend on the example: assign "
            "y[...] = np.where(mask, values, y)"
        )
    if mask.size != np.prod(shape, dtype=int):
        raise ValueError(
            f"np.{function}: a mask of {mask.size} elements for an array of shape {shape}"
        )
    return mask.reshape(shape)


@writes(np.put_along_axis)
def put_along_axis(arr: Tensor, indices: Any, values: Any, axis: int | None) -> None:
    indices = array_of(values_of(indices))
    if axis is None:
        assign(arr, np.unravel_index(indices % max(arr.size, 1), arr.shape), values)
        return
    if indices.ndim != arr.ndim:
        raise ValueError(
            f"np.put_along_axis: indices of {indices.ndim} axes for an array of {arr.ndim}"
        )
    index: list[Any] = list(np.indices(arr.shape, sparse=True))
    index[axis] = indices
    assign(arr, tuple(index), array_of(values))


@writes(np.put)
def put(a: Tensor, ind: Any, v: Any, mode: Any = "raise") -> None:
    places = within(np.ravel(array_of(values_of(ind))), a.size, mode)
    outside = places[(places < -a.size) | (places >= a.size)]
    if outside.size:
        raise IndexError(f"index {outside[0]} is out of bounds for axis 0 with size {a.size}")
    values = array_of(v)
    if not places.size or not values.size:
        return
    index = np.unravel_index(places % a.size, a.shape)
    assign(a, index, repeated("put", values, places.size) if a.ndim else np.ravel(values)[0])


@writes(np.place)
def place(arr: Tensor, mask: Any, vals: Any) -> None:
    mask = known_mask("place", mask, arr.shape)
    assign(arr, mask, repeated("place", vals, int(np.count_nonzero(mask))))


@writes(np.putmask)
def putmask(a: Tensor, mask: Any, values: Any) -> None:
    mask = known_mask("putmask", mask, a.shape)
    values = array_of(values)
    if values.size:
        assign(a, mask, repeated("putmask", values, a.size)[np.ravel(mask)])


@writes(np.copyto)
def copyto(dst: Tensor, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    # What cannot be cast, NumPy refuses itself.
    is_number = type(src) in (bool, int, float, complex)
    value = src if is_number else array_of(src)
    mask = array_of(values_of(where))
    np.copyto(
        np.empty(0, dst.dtype), value if is_number else np.empty(0, value.dtype), casting,
        np.empty(0, mask.dtype),
    )  # fmt: skip
    value = np.asarray(value, dst.dtype) if is_number else value.astype(dst.dtype)
    if where is not True:
        value = np.where(np.broadcast_to(mask, dst.shape), value, dst)
    assign(dst, ..., value)


@writes(np.fill_diagonal)
def fill_diagonal(a: Tensor, val: Any, wrap: bool = False) -> None:
    diagonal = np.zeros(a.shape, bool)
    np.fill_diagonal(diagonal, True, wrap)
    places = np.nonzero(diagonal)
    values = np.ravel(array_of(val))
    assign(a, places, values[np.arange(len(places[0])) % max(values.size, 1)])
