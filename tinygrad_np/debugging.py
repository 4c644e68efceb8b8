"""Where a NaN or an infinity came from: the op, and the line of user code that called it."""

from __future__ import annotations

import functools
import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .recording import Array, Node, Recorded, bare, careful_rules, observers
from .running import running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import CodeType

__all__ = ["debug"]

LIBRARIES = tuple(
    os.path.dirname(os.path.abspath(path)) + os.sep for path in (__file__, str(np.__file__))
)

NUMBERS: Any = (np.ndarray, np.generic)


class debug:
    """Context in which the first NaN or infinity is an error that says where it came from.

    It watches every op that is recorded, and every derivative that a sweep computes, in the thread
    that entered it. An error that a derivative rule raises is told the line as well. Ops take
    several times as long.

    Parameters
    ----------
    infinities : bool
        Whether infinities are errors; NaN always is.

    Raises
    ------
    FloatingPointError
        Inside the context: names the op, the element, the values that it was computed from where
        they are known, and the line outside this library and NumPy that called the op.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> with tg.debug():
    ...     tg.grad(lambda x: np.sum(np.sqrt(x)))(np.array([1.0, 0.0]))
    Traceback (most recent call last):
        ...
    FloatingPointError: sqrt: the cotangent of its argument 0 is inf at [1], where the result is
    0.0; called at ... in <lambda>: tg.grad(lambda x: np.sum(np.sqrt(x)))(np.array([1.0, 0.0]))
    """

    def __init__(self, infinities: bool = True) -> None:
        self.infinities = infinities

    def __enter__(self) -> None:
        self.observer = Observer(self.infinities)
        observers.append(self.observer)

    def __exit__(self, *exception: object) -> None:
        observers.remove(self.observer)


class Observer:
    """What the engine tells of each op and each derivative, in the thread that made this."""

    def __init__(self, infinities: bool) -> None:
        self.infinities = infinities
        self.thread = threading.get_ident()
        self.lines: dict[int, tuple[CodeType, int]] = {}
        self.sweep: tuple[Node, int] | None = None
        """Whose rule is running, and in how many transforms."""

    def is_elsewhere(self) -> bool:
        return threading.get_ident() != self.thread

    def recorded(self, result: Recorded) -> None:
        """Check what an op computed, and remember who called it."""
        node = result.node
        if self.is_elsewhere() or node is None:
            return
        if self.sweep is not None and self.sweep[1] == running.depth:
            # What the rule computes is checked when it returns, and is at the line of its op.
            if (of_op := self.lines.get(self.sweep[0].newest_first)) is not None:
                self.lines[node.newest_first] = of_op
            return
        place = self.lines[node.newest_first] = calling_line()
        value = bare(result)
        index = self.find(value)
        if index is None:
            return
        if node.op is None:
            raise FloatingPointError(
                f"an input holds {describe(value, index)}; it was given {shown(place)}"
            )
        raise FloatingPointError(
            f"{node.op.name}: the result is {describe(value, index)}"
            f"{origin_of(node, value.shape, index)}; called {shown(place)}"
        )

    def rules(self, node: Node) -> Iterator[Any]:
        """The reverse rules of a node's op, each of which checks what it returns."""
        assert node.op is not None
        return self.checked(node, node.op.vjps)

    def careful_rules(self, node: Node) -> Iterator[Any]:
        """The same behind a selection."""
        return self.checked(node, careful_rules(node))

    def checked(self, node: Node, rules: Iterable[Any]) -> Iterator[Any]:
        for position, rule in enumerate(rules):
            yield functools.partial(self.pull, node, position, rule)

    def pull(self, node: Node, position: int, rule: Any, *args: Any, **settings: Any) -> Array:
        with self.telling_the_line(node):
            pulled: Array = rule(*args, **settings)
        self.check_derivative(node, pulled, f"the cotangent of its argument {position}")
        return pulled

    def push_forward(self, node: Node, tangents: Mapping[Node, Array]) -> Iterator[Array]:
        """Do what the node's op does, and check what it computes."""
        assert node.op is not None
        with self.telling_the_line(node):
            parts = list(node.op.push_forward(node, tangents))
        for part in parts:
            self.check_derivative(node, part, "the tangent of its result")
        return iter(parts)

    @contextmanager
    def telling_the_line(self, node: Node) -> Iterator[None]:
        outer = self.sweep
        if not self.is_elsewhere():
            self.sweep = node, running.depth
        try:
            yield
        except FloatingPointError:
            raise
        except Exception as error:
            error.add_note(f"in the derivative of {node.op and node.op.name}, {self.called(node)}")
            raise
        finally:
            if not self.is_elsewhere():
                self.sweep = outer

    def check_derivative(self, node: Node, derivative: Array, what: str) -> None:
        value = bare(derivative)
        index = None if self.is_elsewhere() else self.find(value)
        if index is None:
            return
        assert node.op is not None
        origin = origin_of(node, value.shape, index)
        result = bare((node.saved or [None])[0])
        if isinstance(result, NUMBERS) and result.shape == value.shape:
            origin += f", where the result is {result[index]}"
        raise FloatingPointError(
            f"{node.op.name}: {what} is {describe(value, index)}{origin}; {self.called(node)}"
        )

    def called(self, node: Node) -> str:
        place = self.lines.get(node.newest_first)
        return f"called {shown(place)}" if place else "called before tg.debug() was entered"

    def find(self, value: Any) -> tuple[int, ...] | None:
        """The first element that is NaN or, if these are errors, infinite."""
        if value.dtype.kind not in "fc":
            return None
        bad = ~np.isfinite(value) if self.infinities else np.isnan(value)
        return tuple(map(int, np.argwhere(bad)[0])) if bad.any() else None


def origin_of(node: Node, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    """The values, at the same place, of the arguments that the node kept."""
    values = []
    for value in map(bare, (node.saved or ())[1:]):
        if isinstance(value, NUMBERS) and value.shape in ((), shape):
            values.append(str(value[index] if value.shape else value))
        elif isinstance(value, (int, float, complex)):
            values.append(str(value))
    return f", computed from {' and '.join(values)}" if values else ""


def calling_line() -> tuple[CodeType, int]:
    """Return where the innermost frame outside this library and NumPy is."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(LIBRARIES):
        frame = frame.f_back
    return frame.f_code, frame.f_lineno


def shown(place: tuple[CodeType, int]) -> str:
    import linecache

    code, number = place
    source = linecache.getline(code.co_filename, number).strip()
    where = f"at {code.co_filename}:{number} in {code.co_name}"
    return f"{where}: {source}" if source else where


def describe(value: Any, index: tuple[int, ...]) -> str:
    if not index:
        return str(value)
    place = ", ".join(map(str, index))
    return f"{value[index]} at [{place}]"
