"""The engine: record the calls of ops, then sweep the recording backward or forward.

A call of an op on a `Recorded` value computes the value and remembers, in a `Node`, the op, the
nodes its arguments came from, and what the derivative rules will read. A *backward sweep* visits
the nodes newest first and pulls cotangents back; a *forward sweep* visits them oldest first and
pushes tangents through. Both ask the op for its rules and know nothing else about it.

Every recording has a *level*, a number larger than that of any recording begun before it. A value
of a recording holds in ``value`` either an ndarray or a value of an earlier recording. So a rule
that computes with ``value`` is itself recorded exactly when an outer recording needs its
derivative: higher orders and nested transforms follow from this and from nothing else.
"""

from __future__ import annotations

import math
import threading
from heapq import heappop, heappush, heappushpop
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from .errors import GradientError
from .overwriting import check_saved, own, own_leaf, own_settings, own_view
from .running import running

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .ops.table import Op

Array = Any
"""An ndarray, a NumPy scalar, or a Recorded value that stands for one."""

new_level = count(1).__next__
next_number = count(0, -1).__next__
new_object = object.__new__
NO_SETTINGS: Mapping[str, Any] = {}
ACTIVE = (True,)
MANY = 16384
SHORT = 512
"""The sum of many numbers, in short rows, takes longer than the product of matrices that it is."""
OBJECT = np.dtype(object)
SCALARS = {np.dtype(code).type: np.dtype(code) for code in "efdgFDG"}
"""The dtype of a NumPy scalar is known by its type; its shape is ()."""
ndarray = np.ndarray
NUMBERS = frozenset(
    {float, int, bool, complex, ndarray}
    | {np.dtype(code).type for code in "?bBhHiIlLqQefdgFDG"}
)
"""The types of constants that an op is given as they are."""


observers: list[Any] = []
"""While it is not empty, its last is told what is computed (see `tinygrad_np.debugging`)."""


class Node:
    """One recorded call: the op, the parents (None: a constant), and what its rules will read."""

    __slots__ = (
        "dtype", "grad", "kind", "newest_first", "op", "parents", "saved", "settings", "shape",
    )  # fmt: skip

    op: Op | None
    parents: Sequence[Node | None]
    saved: tuple[Any, ...] | None
    settings: Mapping[str, Any]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    kind: type | None
    """That of a scalar, or ndarray; None if it is an array that somebody else could write into."""
    newest_first: int
    grad: Any

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Recorded:
    """A value and the node that made it; ``Tensor`` adds NumPy's operators and methods.

    ``node`` is None for a value that nothing is differentiated through; its ``level`` is then 0.
    """

    __slots__ = ("level", "node", "value")

    value: Array
    node: Node | None
    level: int
    intercept: Any = None
    """What carries out an op on values of this kind instead of `record`, if anything does."""


def leaf(kind: type[Recorded], value: Array, level: int) -> Recorded:
    """Wrap ``value`` as a new input of the recording ``level``."""
    held = own_leaf(value) if level else value
    recorded = remember(None, kind, level, (), (), NO_SETTINGS, held)
    node = recorded.node
    if held is value and type(value) is ndarray and node is not None:
        node.kind = None
        # Who holds the array (a parameter's is the user's to write into), and the copy of it.
        node.saved = (ref(recorded) if level else None, None)
    return recorded


def constant(kind: type[Recorded], value: Array) -> Recorded:
    """Wrap ``value`` without a recording."""
    wrapped = new_object(kind)
    wrapped.value = value = strip(value)
    if getattr(value, "dtype", OBJECT) is OBJECT:
        raise no_numbers("a function")
    if running.depth and isinstance(value, np.generic):
        # Nobody writes into a scalar: it can be NumPy's own, which any library takes.
        return value  # type: ignore[return-value]
    wrapped.node = None
    wrapped.level = 0
    return wrapped


def remember(
    op: Op | None,
    kind: type[Recorded],
    level: int,
    parents: Sequence[Node | None],
    saved: tuple[Any, ...] | None,
    settings: Mapping[str, Any],
    out: Array,
) -> Recorded:
    """Wrap the result of a call together with its node."""
    node = Node()
    node.op = op
    node.parents = parents
    node.saved = saved
    node.settings = settings
    made = type(out)
    if made is not ndarray and made in SCALARS:
        node.kind, node.shape, node.dtype = made, (), SCALARS[made]
    else:
        # Of Python's objects, NumPy returns a single one as it is.
        dtype = out.dtype if made is ndarray else getattr(out, "dtype", OBJECT)
        if dtype is OBJECT:
            raise no_numbers(f"np.{op.name}" if op else "a Tensor")
        node.kind, node.shape, node.dtype = ndarray, out.shape, dtype
    node.newest_first = next_number()
    recorded = new_object(kind)
    recorded.value = out
    recorded.node = node
    recorded.level = level
    if observers:
        observers[-1].recorded(recorded)
    return recorded


def no_numbers(name: str) -> GradientError:
    return GradientError(
        f"{name} was given an array of dtype object, which has no derivative: convert it to "
        "numbers (a.astype(float)), and join Tensors by np.stack([...])"
    )


def strip(value: Any) -> Any:
    """Take every level of recording off ``value``."""
    while isinstance(value, Recorded) and value.intercept is None:
        value = value.value
    return value


def bare(value: Any) -> Any:
    """Take every level of recording off ``value``, and batching: of a batch, the whole batch."""
    while isinstance(value, Recorded):
        value = value.value
    return value


def constant_value(value: Any) -> Any:
    """Return what a Tensor that nothing is differentiated through holds; anything else as it is."""
    if isinstance(value, Recorded) and value.node is None and value.intercept is None:
        return value.value
    return value


class _Pause(threading.local):
    """The level below which this thread records nothing, and those that it goes back to."""

    def __init__(self) -> None:
        self.level = -1
        self.outer: list[int] = []


pause = _Pause()
paused: list[int] = []
"""A level for each thread that records nothing; while it is empty, nobody has to ask."""


def record(op: Op, args: Sequence[Any], settings: Mapping[str, Any]) -> Any:
    """Call ``op``; remember the call at the innermost level that its arguments are recorded at."""
    if len(args) == 1:
        return record_unary(op, args[0], settings)
    if len(args) != 2 or settings or op.hands_on:
        return record_several(op, args, settings)
    a, b = args
    a_node = b_node = None
    kind = type(a)
    if type(b) in NUMBERS and kind.intercept is None:
        level, a_node, a = a.level, a.node, a.value
    elif kind in NUMBERS and type(b).intercept is None:
        kind, level, b_node, b = type(b), b.level, b.node, b.value
    elif (
        kind is type(b)
        and kind.intercept is None
        and (a.level == b.level or a.node is None or b.node is None)
    ):
        level = a.level if a.level > b.level else b.level
        a_node, b_node, a, b = a.node, b.node, a.value, b.value
    else:
        return record_several(op, args, settings)
    if type(a) in NUMBERS and type(b) in NUMBERS:
        out = op.forward(a, b)
    else:
        out = record(op, (a, b), settings)
    return remember_binary(op, kind, level, a_node, b_node, a, b, out)


def remember_binary(
    op: Op, kind: type[Recorded], level: int, a_node: Node | None, b_node: Node | None, a: Array,
    b: Array, out: Array,
) -> Recorded:  # fmt: skip
    """Wrap the result of a call with two arguments and without settings."""
    if (a_node is None and b_node is None) or (paused and level < pause.level):
        return constant(kind, out)
    keep_out, keep_a, keep_b = op.kept[a_node is not None, b_node is not None]
    saved = (out if keep_out else None, a if keep_a else a_node, b if keep_b else b_node)
    if (keep_a and (type(a) is ndarray if a_node is None else a_node.kind is None)) or (
        keep_b and (type(b) is ndarray if b_node is None else b_node.kind is None)
    ):
        saved = own(saved, (a_node, b_node))
    return remember(op, kind, level, (a_node, b_node), saved, NO_SETTINGS, out)


def record_several(op: Op, args: Sequence[Any], settings: Mapping[str, Any]) -> Any:
    """`record` for arguments of any number, kinds and levels."""
    level = -1
    for arg in args:
        if isinstance(arg, Recorded) and arg.level > level:
            level, kind = arg.level, type(arg)
    if kind.intercept is not None:
        return kind.intercept(op, args, settings, level)
    values, parents, nested = [], [], False
    for arg in args:
        node = None
        if type(arg) in NUMBERS:
            pass
        elif isinstance(arg, Recorded):
            if arg.intercept is None and (arg.level == level or arg.node is None):
                node, arg = arg.node, arg.value
            nested = nested or isinstance(arg, Recorded)
        elif isinstance(arg, (list, tuple)):
            arg = np.asarray(arg)
        values.append(arg)
        parents.append(node)
    if op.hands_on:
        # What a function hands on must be recorded by an outer recording too: it is run on that
        # recording's values as the NumPy code that it is.
        out, residual = op.forward(*values, **settings)
    elif nested:
        out = residual = record(op, values, settings)
    else:
        out = residual = op.forward(*values, **settings)
    active = tuple([parent is not None for parent in parents])
    if True not in active or (paused and level < pause.level):
        return constant(kind, out)
    read = [residual, *values]
    for i, kept in enumerate(op.kept[active]):
        if not kept:
            read[i] = parents[i - 1] if i else None
    saved = own(tuple(read), parents)
    return remember(op, kind, level, parents, saved, settings and own_settings(settings), out)


def record_unary(op: Op, arg: Recorded, settings: Mapping[str, Any]) -> Any:
    """`record` without a choice of levels."""
    if arg.intercept is not None:
        result = arg.intercept(op, (arg,), settings, arg.level)
    else:
        value, node = arg.value, arg.node
        if op.hands_on:
            out, residual = op.forward(value, **settings)
        elif isinstance(value, Recorded):
            out = residual = record_unary(op, value, settings)
        else:
            out = residual = op.forward(value, **settings) if settings else op.forward(value)
        if node is None or (paused and arg.level < pause.level):
            result = constant(type(arg), out)
        else:
            keep_residual, keep_value = op.kept[ACTIVE]
            saved = (residual if keep_residual else None, value if keep_value else node)
            is_foreign = node.kind is None
            if is_foreign and keep_value:
                saved = own(saved, (node,))
            settings = settings and own_settings(settings)
            result = remember(op, type(arg), arg.level, (node,), saved, settings, out)
            if is_foreign:
                if op.after is not None:
                    op.after(result, arg, op, settings)
                own_view(result, arg)
                return result
    # A number is no view.
    if op.after is not None and isinstance(result, Recorded) and type(result.value) not in SCALARS:
        op.after(result, arg, op, settings)
    return result


# At second order, what is infinite at a pole is discarded only later: no reason to warn. As a
# decorator, errstate costs half of what it does as a context.
@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def backward_sweep(
    outputs: Iterable[tuple[Node, Array]], keep_graph: bool = False
) -> dict[Node, Array]:
    """Pull the cotangents of some nodes back to the leaves; return ``{leaf: cotangent}``.

    Without ``keep_graph``, a node lets go of what it saved as soon as the sweep has passed it.
    Once it has passed an op that selects, some cotangents are 0, however large or undefined the
    values were that were not selected: older nodes are swept by their careful rules.
    """
    cotangents: dict[Node, Array] = {}
    owned: set[Node] = set()
    verified: dict[tuple[int, bytes], Array] = {}
    observer = observers[-1] if observers else None
    rules_of = first_rules = None if observer is None else observer.rules
    queue: list[tuple[int, Node]] = []
    for output, cotangent in outputs:
        if output in cotangents:
            cotangents[output] = cotangents[output] + cotangent
        else:
            cotangents[output] = cotangent
            if output.op is not None:
                heappush(queue, (output.newest_first, output))
        if output.shape and not bare(cotangent).all():
            rules_of = careful_rules if observer is None else observer.careful_rules
    node = heappop(queue)[1] if queue else None
    while node is not None:
        op: Any = node.op
        saved, settings = node.saved, node.settings
        if type(saved) is not tuple:
            saved = check_saved(op, saved, verified)
        cotangent = cotangents.pop(node)
        arrays = 0 if settings else len(saved) - 1
        if arrays == 2:
            residual, a, b = saved
        elif arrays == 1:
            residual, a = saved
        following = None
        rules = op.vjps if rules_of is None else rules_of(node)
        if op.selects:
            rules_of = careful_rules if observer is None else observer.careful_rules
        for rule, parent in zip(rules, node.parents):
            if parent is None:
                continue
            # Python calls a function with spelled-out arguments in half the time.
            if arrays == 2:
                pulled = rule(cotangent, residual, a, b)
            elif arrays == 1:
                pulled = rule(cotangent, residual, a)
            else:
                pulled = rule(cotangent, *saved, **settings)
            # The type of a scalar says it all; that of an array leaves shape and dtype open.
            kind = type(pulled)
            if kind is ndarray or kind is not parent.kind:
                if pulled.shape != parent.shape:
                    pulled = unbroadcast(pulled, parent.shape)
                if pulled.dtype is not parent.dtype:
                    pulled = cast(pulled, parent.dtype)
            held = cotangents.get(parent)
            if held is None:
                cotangents[parent] = pulled
                if parent.op is None:
                    continue
                if following is None:
                    following = parent
                else:
                    heappush(queue, (parent.newest_first, parent))
            elif kind is not ndarray or type(held) is not ndarray:
                cotangents[parent] = held + pulled
            elif parent in owned:
                held += pulled
            else:
                cotangents[parent] = held + pulled
                owned.add(parent)
        if not keep_graph:
            node.saved = saved = residual = a = b = None
        # In a chain, which most graphs are mostly, no node has to queue.
        if following is None:
            node = heappop(queue)[1] if queue else None
        elif queue:
            node = heappushpop(queue, (following.newest_first, following))[1]
        else:
            node = following
    if rules_of is not first_rules:
        # A derivative of these is behind the selection from the start: to read selects, too.
        for leaf_node, pulled in cotangents.items():
            if isinstance(pulled, Recorded):
                cotangents[leaf_node] = pulled[()]  # type: ignore[index]
    return cotangents


def careful_rules(node: Node) -> Any:
    """The reverse rules of a node behind a selection: they leave 0 where the cotangent is 0."""
    assert node.op is not None
    return node.op.careful_vjps


@np.errstate(divide="ignore", over="ignore", invalid="ignore")
def forward_sweep(outputs: Iterable[Node], tangents: dict[Node, Array]) -> dict[Node, Array]:
    """Push the tangents of some leaves through to ``outputs``; no entry means a zero tangent."""
    wanted = set(outputs)
    tangents = dict(tangents)
    verified: dict[tuple[int, bytes], Array] = {}
    nodes = reachable(wanted)
    last_use: dict[Node | None, Node] = {parent: node for node in nodes for parent in node.parents}
    for node in nodes:
        op = node.op
        if op is None or not any(parent in tangents for parent in node.parents):
            continue
        if type(node.saved) is not tuple:
            check_saved(op, node.saved, verified)
        total = None
        parts = (observers[-1] if observers else op).push_forward(node, tangents)
        for part in parts:
            total = part if total is None else total + part
        assert total is not None
        if total.shape != node.shape:
            total = np.broadcast_to(total, node.shape)
        if total.dtype is not node.dtype:
            total = cast(total, node.dtype)
        tangents[node] = total
        for parent in node.parents:
            if last_use[parent] is node and parent not in wanted:
                tangents.pop(parent, None)  # type: ignore[arg-type]  # a constant has none
    return tangents


def reachable(outputs: Iterable[Node]) -> list[Node]:
    """Every node that ``outputs`` depend on, oldest first."""
    found = set(outputs)
    pending = list(found)
    while pending:
        for parent in pending.pop().parents:
            if parent is not None and parent not in found:
                found.add(parent)
                pending.append(parent)
    return sorted(found, key=lambda node: -node.newest_first)


def unbroadcast(cotangent: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the axes along which an argument of ``shape`` was broadcast."""
    extra = cotangent.ndim - len(shape)
    if cotangent.shape[extra:] == shape:
        return sum_of_first(cotangent, extra)
    stretched = tuple(
        axis + extra
        for axis, length in enumerate(shape)
        if length == 1 and cotangent.shape[axis + extra] != 1
    )
    total = cotangent.sum(axis=(*range(extra), *stretched))
    return total.reshape(shape) if stretched else total


def sum_of_first(value: Array, axes: int) -> Array:
    """Sum over the first axes: of many short rows as a product, a fraction of the time."""
    rest = value.shape[axes:]
    width = math.prod(rest)
    is_plain = type(value) is np.ndarray and value.flags.c_contiguous and value.dtype.char in "fd"
    if is_plain and value.size >= MANY and 1 < width < SHORT:
        rows = value.reshape(-1, width)
        return (np.ones(len(rows), value.dtype) @ rows).reshape(rest)
    return value.sum(axis=0 if axes == 1 else tuple(range(axes)))


def cast(value: Array, dtype: np.dtype[Any]) -> Array:
    """Convert to ``dtype``; a real argument of a complex function takes the real part."""
    if value.dtype == dtype:
        return value
    if value.dtype.kind == "c" and dtype.kind != "c":
        value = np.real(value)
    return value.astype(dtype)
