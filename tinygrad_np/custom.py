"""Functions with derivative rules of one's own, and functions that are recomputed when swept."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from . import tree
from .assignment import VIEWS, link_view
from .batching import BATCHING, copy_batch
from .errors import GradientError
from .ops import Op
from .recording import Array, Node, Recorded, bare, constant_value
from .running import PlainArrays
from .transforms import jvp, vjp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["CustomOp", "checkpoint", "custom_op"]


class CustomOp:
    """A function that is called as it is on plain arrays and differentiated by rules given to it.

    Made by `custom_op`.

    Examples
    --------
    >>> isinstance(custom_op(np.sin), CustomOp)
    True
    """

    def __init__(self, fun: Callable[..., Array]) -> None:
        self.fun = fun
        self.name = getattr(fun, "__name__", type(fun).__name__)
        self.vjps: tuple[Any, ...] = ()
        self.jvps: tuple[Any, ...] = ()
        self.op: Op | None = None
        functools.update_wrapper(self, fun)

    def __call__(self, *args: Any, **settings: Any) -> Any:
        for name, value in settings.items():
            if any(isinstance(leaf, Recorded) for leaf in tree.leaves(value)):
                raise GradientError(
                    f"{self.name}: the keyword {name!r} is being differentiated; pass arrays by "
                    "position, settings by keyword"
                )
        op = self.op
        if op is None or len(op.vjps) != len(args):  # type: ignore[arg-type]
            op = self.op = self._make_op(len(args))
        return op(*args, **settings)

    def _make_op(self, arrays: int) -> Op:
        for kind, rules in (("defvjp", self.vjps), ("defjvp", self.jvps)):
            if len(rules) > arrays:
                raise TypeError(f"{self.name}: {len(rules)} rules in {kind}, {arrays} arguments")
        vjps = [*self.vjps, *[None] * (arrays - len(self.vjps))]
        jvps = [*self.jvps, *[None] * (arrays - len(self.jvps))]
        for i in range(arrays):
            # Each kind of rule is linear in t: the other kind is its transpose.
            if vjps[i] is None and jvps[i] is not None:
                vjps[i] = transposed(jvps[i], towards=1 + i)
            elif jvps[i] is None and vjps[i] is not None:
                jvps[i] = transposed(vjps[i], towards=0)
        return Op(self._call, vjps, jvps, self.name)

    def _call(self, *args: Array, **settings: Any) -> Array:
        # On plain arrays, it is to make plain arrays.
        with PlainArrays():
            return self.fun(*[read_only(arg) for arg in args], **settings)

    def defvjp(self, *rules: Callable[..., Array] | None) -> CustomOp:
        """Give the reverse rules: ``rule(g, out, *args, **settings)`` for each argument.

        Parameters
        ----------
        *rules : callables or None
            Each returns the cotangent of its argument, of the shape of that argument or of the
            output; None: the function has no derivative with respect to that argument.

        Returns
        -------
        CustomOp
            The op itself.

        Examples
        --------
        >>> import tinygrad_np as tg
        >>> cube = tg.custom_op(lambda x: x * x * x).defvjp(lambda g, out, x: g * 3 * x * x)
        >>> float(tg.grad(cube)(2.0))
        12.0
        """
        self.vjps, self.op = rules, None
        return self

    def defjvp(self, *rules: Callable[..., Array] | None) -> CustomOp:
        """Give the forward rules: ``rule(t, out, *args, **settings)`` for each argument.

        Parameters
        ----------
        *rules : callables or None
            Each returns the part that the tangent of its argument has in the output's tangent.

        Returns
        -------
        CustomOp
            The op itself.

        Examples
        --------
        >>> import tinygrad_np as tg
        >>> cube = tg.custom_op(lambda x: x * x * x).defjvp(lambda t, out, x: 3 * x * x * t)
        >>> float(tg.jvp(cube, (2.0,), (1.0,))[1])
        12.0
        """
        self.jvps, self.op = rules, None
        return self


def read_only(value: Any) -> Any:
    """Show an array that the recording needs so that a function of the user's leaves it alone."""
    is_recorded = isinstance(value, Recorded)
    if is_recorded and value.ndim:
        return argument(value)
    if type(value) is np.ndarray:
        value = value.view()
        value.flags.writeable = False
    return value


def refuse_write(op: Op, new: Array, whole: Array) -> Array:
    """Raise: what is written into an argument of a checkpointed function is not recorded."""
    raise ValueError(
        "an argument of a function given to tg.checkpoint is read-only, because the sweep runs the "
        "function on it once more: copy it first, x = x.copy(), and write into the copy"
    )


argument = Op(read_only, [lambda g, out, x: g], None, "argument of a checkpoint")
argument.after = link_view
VIEWS[argument] = refuse_write
BATCHING[argument] = copy_batch


def transposed(rule: Callable[..., Array], towards: int) -> Callable[..., Array]:
    """Make the rule of the other direction: the pullback of a rule as a function of its ``t``.

    ``towards`` is the place, among ``(out, *args)``, of what the result is shaped like.
    """

    def transposed_rule(t: Array, *out_and_args: Any, **settings: Any) -> Array:
        other = out_and_args[1 - min(towards, 1)] if towards else out_and_args[0]
        start = out_and_args[towards] if towards else other
        zero = np.zeros(start.shape, start.dtype)[()]
        out, pullback = vjp(lambda s: rule(s, *out_and_args, **settings), zero)
        return pullback(np.broadcast_to(t, np.shape(out)) if np.shape(t) != np.shape(out) else t)[0]

    return transposed_rule


def custom_op(fun: Callable[..., Array]) -> CustomOp:
    """f, with ∂f as you say: give a function derivative rules of your own.

    The function is called on plain arrays, so it may use anything: SciPy, compiled code, in-place
    tricks on arrays of its own (its arguments cannot be written). Rules are ordinary NumPy code,
    linear in their first argument; if only one direction is given, the other is its transpose.
    Rules written with functions that have derivatives can be differentiated again.

    Parameters
    ----------
    fun : callable
        Takes arrays by position and settings by keyword, and returns an array.

    Returns
    -------
    CustomOp
        To be called like ``fun``; its ``defvjp`` and ``defjvp`` take the rules.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> @tg.custom_op
    ... def log1pexp(x):
    ...     return np.log1p(np.exp(x))
    >>> rule = log1pexp.defvjp(lambda g, out, x: g / (1 + np.exp(-x)))
    >>> float(tg.grad(log1pexp)(0.0)), float(tg.grad(tg.grad(log1pexp))(0.0))
    (0.5, 0.25)
    """
    return CustomOp(fun)


class Recomputed(Op):
    """A function that keeps its arguments and its result, and runs again when it is swept."""

    __slots__ = ()

    def __init__(
        self, forward: Callable[..., Array], fun: Callable[..., Array], name: str
    ) -> None:
        super().__init__(forward, PullbackOfAll(fun, name), None, name)  # type: ignore[arg-type]

    def find_kept(self, active: tuple[bool, ...]) -> tuple[bool, ...]:
        return (True, *[True for _ in active])

    def push_forward(self, node: Node, tangents: Mapping[Node, Array]) -> Iterator[Array]:
        assert node.saved is not None
        out, *args = node.saved
        moving = [
            tangents[parent] if parent in tangents else np.zeros(arg.shape, arg.dtype)[()]
            for arg, parent in zip(args, node.parents, strict=True)
            if parent is not None
        ]
        again, tangent = jvp(self.vjps.fun, tuple(args), tuple(moving))  # type: ignore[union-attr]
        check_recomputed(self.name, again, out)
        yield tangent


class PullbackOfAll:
    """The rules of all arguments of a function, which share one pullback for each sweep."""

    def __init__(self, fun: Callable[..., Array], name: str) -> None:
        self.fun = fun
        self.name = name

    def __iter__(self) -> Iterator[Callable[..., Array]]:
        found: list[Any] = []

        def rule(i: int, g: Array, out: Array, *args: Array) -> Any:
            if not found:
                again, pullback = vjp(self.fun, *args)
                check_recomputed(self.name, again, out)
                found.extend(pullback(g))
            return found[i]

        return (functools.partial(rule, i) for i in range(2**62))


def check_recomputed(name: str, again: Array, out: Array) -> None:
    """Raise unless a function gave the same again, but for what a BLAS rounds differently."""
    found, expected = bare(again), bare(out)
    rough = float(np.finfo(expected.dtype).eps) ** 0.75 if expected.dtype.kind in "fc" else 0
    if not np.allclose(found, expected, rtol=rough, atol=rough, equal_nan=True):
        raise GradientError(
            f"{name}: computed again in the sweep, the function gave another result, so its "
            "derivative would be another one too. It reads something that has changed since: an "
            "array that was overwritten, or a Generator. Pass what it reads as arguments, and draw "
            "random numbers outside"
        )


def level_of(values: Sequence[Any]) -> int:
    """The level of the innermost recording among values; −1 if there is none."""
    return max([value.level for value in values if isinstance(value, Recorded)], default=-1)


def checkpoint(fun: Callable[..., Any]) -> Callable[..., Any]:
    """f, recomputed: keep the arguments and the result of a call, not what happens inside it.

    The gradients are exactly the same; the memory of the call is that of its arguments and its
    result, and its time is spent once more in the sweep (Griewank & Walther, 2000).

    Parameters
    ----------
    fun : callable
        Its arguments and its result are trees of arrays. What it is differentiated with respect to
        must be among the arguments, which it cannot write into.

    Returns
    -------
    callable
        To be called like ``fun``, by position.

    Raises
    ------
    GradientError
        In a call, if the function uses a value that is being recorded and is not an argument; in
        a sweep, if it gives another result than in the call, or if what is differentiated depends
        on something that it handed on in another way than by its result: in a list, in an array
        that was there before.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> block = tg.checkpoint(lambda x: np.sin(np.exp(x)))
    >>> float(tg.grad(block)(0.0)) == float(tg.grad(lambda x: np.sin(np.exp(x)))(0.0))
    True
    """
    name = f"checkpoint of {getattr(fun, '__name__', type(fun).__name__)}"

    @functools.wraps(fun)
    def recomputed(*args: Any) -> Any:
        leaves, structure = tree.flatten(args)
        moving = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Recorded)]
        if not moving:
            return fun(*args)
        out_structure: list[Any] = []

        def flat(*values: Array) -> Array:
            filled = list(leaves)
            for i, value in zip(moving, values, strict=True):
                filled[i] = read_only(value)
            outputs, out = tree.flatten(fun(*tree.unflatten(structure, filled)))
            outputs = [constant_value(output) for output in outputs]
            forms = [(np.shape(o), np.size(o), np.result_type(o)) for o in outputs]
            out_structure[:] = [out, forms]
            if len(outputs) == 1:
                return outputs[0]
            return np.concatenate([np.ravel(output) for output in outputs])

        def forward(*values: Array) -> Array:
            # Recorded, though for nothing: so what the function hands on in another way than by
            # its result is noticed. A plain array refuses it, and a sweep finds no way through it.
            out = vjp(flat, *values)[0]
            if level_of(values) < level <= level_of([out]):
                raise GradientError(
                    f"{name} uses a value that is being recorded and is not among its arguments; "
                    "its gradient would be lost. Pass it as an argument"
                )
            return out

        inputs = [leaves[i] for i in moving]
        level = level_of(inputs)
        packed = Recomputed(forward, flat, name)(*inputs)
        out, forms = out_structure
        if len(forms) == 1:
            return tree.unflatten(out, [packed])
        parts = []
        start = 0
        for shape, size, dtype in forms:
            part = packed[start : start + size].reshape(shape)
            parts.append(part if part.dtype == dtype else part.astype(dtype))
            start += size
        return tree.unflatten(out, parts)

    return recomputed
