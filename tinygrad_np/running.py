"""Running a function of yours: while it runs, what it calls NumPy and ``math`` are the drop-ins.

NumPy's protocols hide ``np.array([t, …])``, ``np.zeros(n)`` and all of ``math`` from a library. So
for as long as a transform runs a function, the names that your modules have for NumPy, for ``math``
and for functions of theirs stand for `tinygrad_np.numpy` and `tinygrad_np.math`, which do the same
on plain arrays and numbers. Yours are all modules but Python's own, NumPy's and those installed in
a folder of packages; and, wherever it is from, the module of the function itself.
"""

from __future__ import annotations

import os
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .errors import GradientError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["plain_numpy"]

DROP_INS = {
    "math": "tinygrad_np.math",
    "numpy.fft": "tinygrad_np.numpy.fft",
    "numpy.linalg": "tinygrad_np.numpy.linalg",
    "numpy.random": "tinygrad_np.numpy.random",
    "numpy": "tinygrad_np.numpy",  # after its parts, which it holds
}
OURS = __name__.partition(".")[0]
NEVER_YOURS = sys.stdlib_module_names | {"numpy", OURS}
ASKS_FOR_OTHERS = ("abc", "functools")
"""Where Python itself asks for a class: for ``numbers.Real``, and to dispatch by type."""
INSTALLED = ("site-packages", "dist-packages")


class Running(threading.local):
    """How many transforms are running a function of yours in this thread, and how."""

    depth = 0
    is_plain = False


running = Running()


def call(fun: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Call ``fun`` with names exchanged; say what NumPy hides, why it could not take a Tensor."""
    exchanges = not running.is_plain and (not running.depth or names.strangers_of(fun))
    if exchanges:
        names.exchange(fun)
    running.depth += 1
    try:
        return fun(*args, **keywords)
    except (GradientError, ValueError) as error:
        shown = error.__cause__ if isinstance(error.__cause__, GradientError) else error
        if exchanges and newest_module() is not names.newest and isinstance(shown, GradientError):
            shown.add_note(
                "The function imported modules while it ran, in which NumPy was still plain: call "
                "it once more, or import them before"
            )
        if shown is error:
            raise
        raise shown from None
    finally:
        running.depth -= 1
        if exchanges:
            names.restore()


def asked_by_you() -> bool:
    """Whether what calls the caller is code of yours that a transform runs."""
    if not running.depth or running.is_plain:
        return False
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") in ASKS_FOR_OTHERS:
        frame = frame.f_back
    return id(frame.f_globals) in names.sizes


class PlainArrays:
    """With what a function makes as plain as outside of transforms: for a user's own op."""

    def __enter__(self) -> None:
        self.depth = running.depth
        running.depth = 0

    def __exit__(self, *exception: object) -> None:
        running.depth = self.depth


class plain_numpy:
    """With NumPy as it is: within this context, transforms exchange no names.

    While a transform runs a function, ``np`` in your modules is `tinygrad_np.numpy`, and ``math``
    is `tinygrad_np.math`. Within this context they stay what they are, and what NumPy's protocols
    do not reach is refused.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> def length(x):
    ...     return np.linalg.norm(np.array([x, 2 * x, 2 * x]))
    >>> float(tg.grad(length)(1.0))
    3.0
    >>> with tg.plain_numpy():
    ...     tg.grad(length)(1.0)
    Traceback (most recent call last):
        ...
    tinygrad_np.errors.GradientError: ...
    """

    def __enter__(self) -> None:
        self.outer = running.is_plain
        running.is_plain = True

    def __exit__(self, *exception: object) -> None:
        running.is_plain = self.outer


class Names:
    """The names in your modules, exchanged while any thread runs a function.

    In a thread that runs none, the drop-ins do what NumPy and ``math`` do: no thread needs names of
    its own.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls = 0
        self.newest: Any = None
        self.sizes: dict[int, tuple[dict[str, Any], int]] = {}
        """By their identity: the variables of your modules, and how many were looked at."""
        self.exchanged: list[tuple[dict[str, Any], str, Any, Any]] = []
        self.strangers: list[int] = []

    def strangers_of(self, fun: Callable[..., Any]) -> list[dict[str, Any]]:
        """The variables of modules that a function is from, if they are not among yours."""
        variables = getattr(fun, "__globals__", None)
        if variables is None or id(variables) in self.sizes:
            return []
        module = sys.modules.get(variables.get("__name__", ""))
        if module is None or vars(module) is not variables:
            return [variables]
        package = top_level(module.__name__)
        if package == OURS and fun.__closure__:
            # What this package makes of a function: a gradient, a checkpoint.
            inner = [cell.cell_contents for cell in fun.__closure__]
            return [one for value in inner if callable(value) for one in self.strangers_of(value)]
        return [] if package in NEVER_YOURS else [variables]

    def exchange(self, fun: Callable[..., Any]) -> None:
        # Every call of a gradient comes through here: `with` takes twice as long as these.
        self.lock.acquire()
        try:
            if newest_module() is not self.newest:
                self.find_modules()
            if id(getattr(fun, "__globals__", None)) not in self.sizes:
                for variables in self.strangers_of(fun):
                    self.strangers.append(id(variables))
                    self.sizes[id(variables)] = (variables, 0)
            for variables, size in self.sizes.values():
                if len(variables) != size:
                    self.find_names()
                    self.newest = newest_module()
                    break
            self.calls += 1
            for variables, name, original, drop_in in self.exchanged:
                if variables.get(name) is original:
                    variables[name] = drop_in
        finally:
            self.lock.release()

    def restore(self) -> None:
        self.lock.acquire()
        try:
            self.calls -= 1
            if not self.calls:
                for variables, name, original, drop_in in self.exchanged:
                    if variables.get(name) is drop_in:
                        variables[name] = original
                if self.strangers:
                    self.forget_strangers()
        finally:
            self.lock.release()

    def find_modules(self) -> None:
        self.newest = newest_module()
        find_originals()
        for name, module in list(sys.modules.items()):
            if is_yours(name, module):
                self.sizes.setdefault(id(vars(module)), (vars(module), 0))

    def find_names(self) -> None:
        known = {(id(variables), name) for variables, name, _, _ in self.exchanged}
        for variables, size in list(self.sizes.values()):
            if len(variables) != size:
                self.sizes[id(variables)] = (variables, len(variables))
                for name, value in list(variables.items()):
                    if id(value) in originals and (id(variables), name) not in known:
                        drop_in = drop_in_of(value)
                        if drop_in is not value:
                            self.exchanged.append((variables, name, value, drop_in))

    def forget_strangers(self) -> None:
        """Forget what nobody else may remember: a namespace that was made for a single call."""
        for variables in self.strangers:
            self.sizes.pop(variables, None)
        self.exchanged = [entry for entry in self.exchanged if id(entry[0]) in self.sizes]
        self.strangers = []


names = Names()


def unlock() -> None:
    names.lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    # Of a forked process's threads only one lives on; another may have held the lock.
    os.register_at_fork(after_in_child=unlock)


def newest_module() -> ModuleType:
    return next(reversed(sys.modules.values()))


def top_level(name: str) -> str:
    return name.partition(".")[0]


def is_yours(name: str, module: ModuleType) -> bool:
    """Whether a module is neither Python's, nor NumPy's, nor installed."""
    variables = getattr(module, "__dict__", None)
    if top_level(name) in NEVER_YOURS or not isinstance(variables, dict):
        return False
    return not any(part in str(variables.get("__file__")) for part in INSTALLED)


originals: dict[int, tuple[str, str]] = {}
"""By identity, what stands for NumPy, ``math`` and what they hold: a module, and a name there."""


def find_originals() -> None:
    for name, drop_in in DROP_INS.items():
        module = sys.modules.get(name)
        if module is not None and id(module) not in originals:
            originals[id(module)] = (drop_in, "")
            for attribute, value in list(vars(module).items()):
                if not attribute.startswith("_"):
                    originals.setdefault(id(value), (drop_in, attribute))


def drop_in_of(value: Any) -> Any:
    import importlib

    module, attribute = originals[id(value)]
    drop_in = importlib.import_module(module)
    return getattr(drop_in, attribute) if attribute else drop_in
