"""What an op is, and the table that finds the op of a NumPy function.

A derivative rule is ordinary NumPy code: ``rule(t, out, *args, **settings)``. In reverse, ``t`` is
the cotangent of the output and the rule returns the cotangent of its argument; forward, ``t`` is
the tangent of the argument and the rule returns its part of the output's tangent. Arrays are
positional, settings are keywords. Reading only ``a.shape``, ``a.dtype``, ``a.ndim`` or ``a.size``
of an argument does not keep it alive.
"""

from __future__ import annotations

import dis
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GradientError
from ..recording import NO_SETTINGS, Array, Node, Recorded, constant_value, record, strip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Rule = Any
"""A callable ``rule(t, out, *args, **settings)``, or None where there is no derivative."""

TABLE: dict[Any, Any] = {}
"""The op of each NumPy function and ufunc, or the composition that computes it."""

CONSTANT: set[Any] = set()
"""The NumPy functions that are piecewise constant or ask only for shapes: nothing to record."""

METADATA = frozenset({"shape", "dtype", "ndim", "size"})


class Kept(dict[tuple[bool, ...], tuple[bool, ...]]):
    """What a node keeps, by which arguments are active: found when first asked."""

    def __init__(self, find: Callable[[tuple[bool, ...]], tuple[bool, ...]]) -> None:
        self.find = find

    def __missing__(self, active: tuple[bool, ...]) -> tuple[bool, ...]:
        self[active] = kept = self.find(active)
        return kept


class Op:
    """A function and its derivative rules, one for each array argument.

    With ``jvps=None`` the function is linear in each argument, and its forward rule is itself. With
    ``hands_on``, ``forward`` returns ``(out, residual)`` and the rules are given the residual in
    the place of ``out``.

    The reverse rules of an op that ``selects`` leave zeros in cotangents, for what was not selected
    or for what a pole was hidden in. Behind it, older nodes use their ``careful_vjps``: where the
    cotangent is 0, so is what these return, whatever the values are. Mostly they are the ``vjps``.
    """

    __slots__ = (
        "_accepted", "after", "careful_vjps", "forward", "hands_on", "jointly_linear", "jvps",
        "kept", "name", "selects", "vjps",
    )  # fmt: skip

    def __init__(
        self,
        forward: Callable[..., Any],
        vjps: Sequence[Rule] | EachArgument,
        jvps: Sequence[Rule] | None,
        name: str | None = None,
        hands_on: bool = False,
        jointly_linear: bool = False,
    ) -> None:
        self.forward = forward
        self.name = name or forward.__name__
        self.vjps = vjps
        self.careful_vjps: Any = vjps
        self.selects = False
        self.jvps = jvps
        self.hands_on = hands_on
        self.jointly_linear = jointly_linear
        self.kept = Kept(self.find_kept)
        self.after: Callable[..., None] | None = None
        self._accepted: tuple[list[str], frozenset[str]] | None = None

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __call__(self, *args: Any, **settings: Any) -> Any:
        for arg in args:
            if isinstance(arg, Recorded):
                return record(self, args, settings)
        out = self.forward(*args, **settings)
        return out[0] if self.hands_on else out

    def find_kept(self, active: tuple[bool, ...]) -> tuple[bool, ...]:
        """Whether a node keeps the residual, and whether the value of each argument.

        Instead of a value that is not kept, rules are given the argument's node, which knows its
        shape and dtype; a constant has no node, so it is kept for these as well.
        """
        arrays = len(active)
        if isinstance(self.vjps, EachArgument):
            return (self.hands_on, *[not is_active for is_active in active])
        values: set[int] = set()
        metadata: set[int] = set()
        for position in range(arrays):
            if not active[position]:
                continue
            if self.vjps[position] is None:
                raise GradientError(
                    f"{self.name} has no derivative with respect to its argument {position}. Where "
                    "that is meant to be a constant, write tg.stop_gradient(...) around it"
                )
            if self.jvps is None:
                values |= {1 + other for other in range(arrays) if other != position}
                rules = [self.vjps[position], self.careful_vjps[position]]
            else:
                rules = [self.vjps[position], self.careful_vjps[position], self.jvps[position]]
            for rule in rules:
                values |= what_is_read(rule, arrays)[0]
                metadata |= what_is_read(rule, arrays)[1]
        return (
            0 in values or 0 in metadata,
            *[
                1 + position in values or (1 + position in metadata and not is_active)
                for position, is_active in enumerate(active)
            ],
        )

    def bind(self, args: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Sort the arguments of a call of the NumPy function into arrays and settings."""
        if isinstance(self.vjps, EachArgument):
            return args, dict(keywords)
        arrays = len(self.vjps)
        if not keywords and len(args) <= arrays:
            return args, {}
        if self._accepted is None:
            import inspect

            rule = next(rule for rule in self.vjps if rule is not None)
            of_rule = list(inspect.signature(rule).parameters)[2:]
            settings_of_rule = of_rule[arrays:]
            try:
                names = list(inspect.signature(self.forward).parameters)
            except ValueError:  # some builtins of NumPy 2.0 have no signature
                names = of_rule
            self._accepted = names, frozenset(settings_of_rule)
        names, accepted = self._accepted
        settings = {**dict(zip(names[arrays:], args[arrays:], strict=False)), **keywords}
        args = list(args[:arrays])
        while len(args) < arrays and names[len(args)] in settings:
            args.append(settings.pop(names[len(args)]))
        for name in list(settings):
            value = settings[name] = constant_value(settings[name])
            if name in accepted:
                if isinstance(value, Recorded):
                    raise GradientError(
                        f"np.{self.name} has no derivative with respect to {name!r}. Where that is "
                        "meant to be a constant, write tg.stop_gradient(...) around it"
                    )
                continue
            if value is not None and value is not np._NoValue:
                raise GradientError(
                    f"np.{self.name}: the keyword {name!r} is not supported while recording; "
                    f"supported: {', '.join(sorted(accepted)) or 'none'}"
                )
            del settings[name]
        return args, settings

    def push_forward(self, node: Node, tangents: Mapping[Node, Array]) -> Iterator[Array]:
        """Yield the part that each parent's tangent has in the tangent of ``node``."""
        assert node.saved is not None
        residual, *args = node.saved
        moving = [None if parent is None else tangents.get(parent) for parent in node.parents]
        if self.jointly_linear:
            yield self(
                *[
                    np.zeros(np.shape(arg), node.dtype) if tangent is None else tangent
                    for tangent, arg in zip(moving, args, strict=True)
                ],
                **node.settings,
            )
            return
        for position, tangent in enumerate(moving):
            if tangent is None:
                continue
            if self.jvps is None:
                yield self(*args[:position], tangent, *args[position + 1 :], **node.settings)
            else:
                yield self.jvps[position](tangent, residual, *args, **node.settings)


class EachArgument:
    """The rules of an op of any number of arguments: ``rule(i, t, out, *args)`` for each ``i``."""

    def __init__(self, rule: Callable[..., Any]) -> None:
        self.rule = rule

    def __iter__(self) -> Iterator[Callable[..., Any]]:
        return (partial(self.rule, i) for i in count())


def what_is_read(rule: Callable[..., Any], arrays: int) -> tuple[set[int], set[int]]:
    """Of which of ``(out, *args)`` a rule reads the values; of which only shape and dtype.

    It is read off the rule's bytecode. What cannot be told counts as values.
    """
    code = getattr(rule, "__code__", None)
    names = code.co_varnames[1 : code.co_argcount][: arrays + 1] if code else ()
    if code is None or len(names) < arrays + 1:
        return set(range(arrays + 1)), set()
    values = set(code.co_cellvars)
    metadata: set[str] = set()
    instructions = list(dis.get_instructions(code))
    for instruction, following in zip(instructions, [*instructions[1:], None], strict=True):
        if "LOAD_FAST" not in instruction.opname:
            continue
        loaded = instruction.argval
        *early, last = loaded if isinstance(loaded, tuple) else (loaded,)
        values.update(early)
        is_metadata = (
            following is not None
            and following.opname == "LOAD_ATTR"
            and following.argval in METADATA
        )
        (metadata if is_metadata else values).add(last)
    return (
        {position for position, name in enumerate(names) if name in values},
        {position for position, name in enumerate(names) if name in metadata},
    )


def elementwise(forward: Callable[..., Any], *rules: Rule, name: str | None = None) -> Op:
    """Register a function of each element: its rules are linear in ``t`` and serve both ways."""
    return enter(Op(forward, rules, rules, name))


def linear(forward: Callable[..., Any], *vjps: Rule, name: str | None = None) -> Op:
    """Register a function linear in each argument: forward, it is applied to the tangent."""
    return enter(Op(forward, vjps, None, name))


def jointly_linear(
    forward: Callable[..., Any],
    vjp: Callable[..., Any],
    name: str | None = None,
    hands_on: bool = False,
) -> Op:
    """Register a function linear in all of its any number of arguments together."""
    return enter(Op(forward, EachArgument(vjp), None, name, hands_on, jointly_linear=True))


def differentiable(
    forward: Callable[..., Any],
    vjps: Sequence[Rule],
    jvps: Sequence[Rule],
    name: str | None = None,
    hands_on: bool = False,
) -> Op:
    """Register a function with a rule for each argument in each direction."""
    return enter(Op(forward, vjps, jvps, name, hands_on))


def enter(op: Op) -> Op:
    TABLE[op.forward] = op
    return op


def careful(op: Op, *vjps: Rule) -> Op:
    """Give an op other reverse rules behind a selection, which take longer."""
    op.careful_vjps = vjps
    return op


def selecting(*ops: Op) -> None:
    """Say of ops that they leave zeros in the cotangents of what they do not select."""
    for op in ops:
        op.selects = True


def composed(*functions: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a way to compute NumPy functions from others that have rules."""

    def register(composition: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            TABLE[function] = composition
        return composition

    return register


def constant(*functions: Callable[..., Any]) -> None:
    """Register functions that are called on the values: piecewise constant, or about shapes."""
    CONSTANT.update(functions)


def values_of(structure: Any) -> Any:
    """Take the recording off every value in nested tuples, lists and dicts."""
    if isinstance(structure, (tuple, list)):
        return type(structure)([values_of(item) for item in structure])
    if isinstance(structure, dict):
        return {key: values_of(item) for key, item in structure.items()}
    return strip(structure)


def on_values(function: Callable[..., Any], *args: Any) -> Any:
    """Call a piecewise constant function on the values; on a batch, as its kind does it."""
    values = values_of(args)
    batches = [value for value in values if isinstance(value, Recorded)]
    if batches:
        inner = max(batches, key=lambda batch: batch.level)
        return inner.intercept(function, values, NO_SETTINGS, inner.level)
    return function(*values)
