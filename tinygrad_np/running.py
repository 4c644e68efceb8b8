"""Running a function of yours: while it runs, what it calls NumPy and ``math`` are the drop-ins.

NumPy's protocols hide ``np.array([t, …])``, ``np.zeros(n)`` and all of ``math`` from a library. So
for as long as a transform runs a function, the names that your modules have for NumPy, for ``math``
and for functions of theirs stand for `tinygrad_np.numpy` and `tinygrad_np.math`, which do the same
on plain arrays and numbers. So does ``float`` where it is used, and not in ``type(x) is float``:
for that it becomes a name of theirs. Yours are all modules but Python's own, NumPy's, those
installed in a folder of packages or where NumPy is, and compiled ones; and, wherever it is from,
the module of the function itself.
"""

from __future__ import annotations

import copy
import importlib
import os
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from .calls import is_called
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
ASKS_FOR_OTHERS = ("abc", "functools", "tinygrad_np.builtins")
"""Where Python itself asks for a class: for ``numbers.Real``, and to dispatch by type."""
INSTALLED = {"site-packages", "dist-packages"}
LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
PACKAGES = os.path.join(os.path.dirname(os.path.dirname(np.__file__)), "")
"""Where packages are installed by whatever name: SciPy is where NumPy is."""


class Running(threading.local):
    """How many transforms are running a function of yours in this thread, and how."""

    depth = 0
    is_plain = False


running = Running()


def call(fun: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Call ``fun`` with names exchanged; say what NumPy hides, why it could not take a Tensor."""
    depth = running.depth
    exchanges = not running.is_plain and (not depth or names.strangers_of(fun))
    caller = object()
    try:
        if exchanges:
            names.exchange(fun, caller)
        running.depth = depth + 1
        return fun(*args, **keywords)
    except (GradientError, ValueError) as error:
        shown = error
        if type(error) is ValueError and isinstance(error.__cause__, GradientError):
            shown = error.__cause__
        if exchanges and isinstance(shown, GradientError) and names.look_again():
            shown.add_note(
                "The function imported modules while it ran, or gave NumPy another name, and there "
                "it was still plain: call it once more, or import them before"
            )
        if shown is error:
            raise
        raise shown from None
    finally:
        running.depth = depth
        if exchanges:
            # Python raises a KeyboardInterrupt wherever a function begins: then do it again.
            try:
                names.restore(caller)
            except BaseException:
                names.restore(caller)
                raise


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
        self.outer = running.is_plain, running.depth
        running.is_plain, running.depth = True, 0

    def __exit__(self, *exception: object) -> None:
        running.is_plain, running.depth = self.outer


class Names:
    """The names in your modules, exchanged while any thread runs a function.

    In a thread that runs none, the drop-ins do what NumPy and ``math`` do: no thread needs names of
    its own. Whatever is done here may be interrupted anywhere, and may be done twice.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        """A signal's handler and a finalizer may run transforms, in the midst of an exchange."""
        self.callers: dict[object, int] = {}
        """Who runs a function, and in which thread."""
        self.newest: Any = None
        self.sizes: dict[int, tuple[dict[str, Any], int]] = {}
        """By their identity: the variables of your modules, and how many were looked at.

        It is replaced and never changed, as it may be gone through meanwhile.
        """
        self.keepers: dict[int, Callable[[], Any]] = {}
        """The modules, as long as there are: once one is gone, its variables are not kept."""
        self.exchanged: list[tuple[dict[str, Any], str, Any, Any]] = []
        self.strangers: list[int] = []

    def strangers_of(self, fun: Callable[..., Any]) -> list[dict[str, Any]]:
        """The variables of modules that a function is from, if they are not among yours."""
        variables = getattr(fun, "__globals__", None)
        if not isinstance(variables, dict) or id(variables) in self.sizes:
            return []
        name = variables.get("__name__")
        module = sys.modules.get(name) if isinstance(name, str) else None
        if module is None or variables_of(module) is not variables:
            return [variables]
        if is_compiled(str(variables.get("__file__"))):
            return []
        package = top_level(variables["__name__"])
        if package == OURS and fun.__closure__:
            # What this package makes of a function: a gradient, a checkpoint.
            inner = [cell.cell_contents for cell in fun.__closure__]
            return [one for value in inner if callable(value) for one in self.strangers_of(value)]
        return [] if package in NEVER_YOURS else [variables]

    def exchange(self, fun: Callable[..., Any], caller: object) -> None:
        with self.lock:
            self.callers[caller] = threading.get_ident()
            if newest_module() is not self.newest:
                self.find_modules()
            if id(getattr(fun, "__globals__", None)) not in self.sizes:
                for variables in self.strangers_of(fun):
                    self.strangers.append(id(variables))
                    self.sizes = {**self.sizes, id(variables): (variables, -1)}
            for variables, size in self.sizes.values():
                if len(variables) != size:
                    self.find_names()
                    break
            for variables, name, original, drop_in in self.exchanged:
                if variables.get(name) is original:
                    variables[name] = drop_in

    def restore(self, caller: object) -> None:
        with self.lock:
            self.callers.pop(caller, None)
            if not self.callers:
                restore(self.exchanged)
                if self.strangers:
                    # A namespace was made for a single call, perhaps, and nobody else keeps it.
                    self.forget(self.strangers)
                    self.strangers = []

    def forget(self, modules: list[int]) -> None:
        restore([entry for entry in self.exchanged if id(entry[0]) in modules])
        self.exchanged = [entry for entry in self.exchanged if id(entry[0]) not in modules]
        self.sizes = {key: entry for key, entry in self.sizes.items() if key not in modules}
        for module in modules:
            self.keepers.pop(module, None)

    def find_modules(self) -> None:
        self.newest = None
        find_originals()
        gone = [module for module, keeper in self.keepers.items() if keeper() is None]
        if gone:
            self.forget(gone)
        found = {}
        modules = list(sys.modules.items())
        for name, module in modules:
            variables = variables_of(module)
            if is_yours(name, variables) and id(variables) not in self.sizes:
                self.keepers[id(variables)] = reference_to(module)
                found[id(variables)] = (variables, -1)
        self.sizes = {**self.sizes, **found}
        # Not what another thread has imported since.
        self.newest = modules[-1][1]

    def find_names(self) -> None:
        sizes = {key: (variables, len(variables)) for key, (variables, _) in self.sizes.items()}
        changed = {key for key, looked_at in self.sizes.items() if looked_at[1] != sizes[key][1]}
        found = [entry for entry in self.exchanged if id(entry[0]) not in changed]
        known = {
            (id(variables), name): (original, drop_in)
            for variables, name, original, drop_in in self.exchanged
            if id(variables) in changed
        }
        for key in changed:
            variables = sizes[key][0]
            uses_float = is_called("float", variables)
            if uses_float:
                # It can be exchanged only where it is a name, and stays one: to add a name and take
                # it away again would disturb whoever goes through the variables meanwhile.
                variables.setdefault("float", float)
                sizes[key] = (variables, len(variables))
            for name, value in list(variables.items()):
                original, drop_in = known.get((key, name), (value, None))
                if value is not drop_in:
                    original, drop_in = value, drop_in_of(value)
                if drop_in is not original and (uses_float or original is not float):
                    found.append((variables, name, original, drop_in))
        self.exchanged = found
        self.sizes = sizes

    def look_again(self) -> bool:
        """Look for names everywhere; return whether there are some that were not exchanged."""
        with self.lock:
            self.find_modules()
            before = len(self.exchanged)
            self.sizes = {key: (variables, -1) for key, (variables, _) in self.sizes.items()}
            self.find_names()
            return len(self.exchanged) > before


def restore(exchanged: list[tuple[dict[str, Any], str, Any, Any]]) -> None:
    for variables, name, original, drop_in in exchanged:
        if variables.get(name) is drop_in:
            variables[name] = original


names = Names()


def forked() -> None:
    """Go on in a forked process, in which of all threads only one lives on."""
    # Another thread may have held the lock.
    names.lock = threading.RLock()
    this = threading.get_ident()
    names.callers = {caller: ident for caller, ident in names.callers.items() if ident == this}
    names.restore(None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forked)


def reference_to(keeper: Any) -> Callable[[], Any]:
    """Refer to something without keeping it, if it can be; what else is among modules, is kept."""
    try:
        return weakref.ref(keeper)
    except TypeError:
        return lambda: keeper


def newest_module() -> Any:
    return next(reversed(sys.modules.values()))


def top_level(name: str) -> str:
    return name.partition(".")[0]


def variables_of(module: Any) -> Any:
    """The variables of a module; of what else is among the modules, perhaps nothing."""
    try:
        # A lazy module would be imported when asked itself.
        return object.__getattribute__(module, "__dict__")
    except Exception:  # whatever somebody's property raises
        return None


def is_yours(name: Any, variables: Any) -> bool:
    """Whether a module is neither Python's, nor NumPy's, nor installed."""
    if not isinstance(name, str) or not isinstance(variables, dict):
        return False
    package, file = top_level(name), variables.get("__file__")
    # A file of yours may have the name of a module of Python's.
    if package in NEVER_YOURS and not (isinstance(file, str) and is_shadow(package, file)):
        return False
    return not isinstance(file, str) or not (is_compiled(file) or is_installed(file))


def is_compiled(file: str) -> bool:
    """Whether a module is no Python code: such may take what NumPy makes for arrays unseen."""
    return file.endswith((".so", ".pyd"))


def is_installed(file: str) -> bool:
    parts = file.replace("\\", "/").split("/")
    return file.startswith(PACKAGES) or not INSTALLED.isdisjoint(parts)


def is_shadow(package: str, file: str) -> bool:
    return package in sys.stdlib_module_names and not file.startswith(LIBRARY)


originals: dict[int, tuple[Any, str, str]] = {id(float): (float, "tinygrad_np.builtins", "float")}
"""By identity, what stands for NumPy, ``math`` and what they hold, a module, and a name there."""


def find_originals() -> None:
    for name, drop_in in DROP_INS.items():
        module = sys.modules.get(name)
        if module is not None and id(module) not in originals:
            for attribute, value in list(vars(module).items()):
                if not attribute.startswith("_"):
                    originals.setdefault(id(value), (value, drop_in, attribute))
            originals[id(module)] = (module, drop_in, "")


def drop_in_of(value: Any) -> Any:
    """Return what a value is exchanged for: most are not, and stay what they are."""
    original, module, attribute = originals.get(id(value), (None, "", ""))
    if type(value) is np.vectorize:
        # A function that was decorated with it when there was nothing to exchange yet.
        vectorized = copy.copy(value)
        vectorized.__class__ = drop_in_of(np.vectorize)
        return vectorized
    if original is not value or not module:
        return value
    drop_in = importlib.import_module(module)
    return getattr(drop_in, attribute) if attribute else drop_in
