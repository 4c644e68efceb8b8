"""The exceptions a user can meet, and the message for a missing extra."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["GradientError", "TreeError", "UnseenError", "require"]


class GradientError(TypeError):
    """Something cannot be differentiated or recorded; the message names it and the remedy.

    Examples
    --------
    >>> import tinygrad_np as tg
    >>> tg.grad(lambda x: x * 2.0)([1, 2])
    Traceback (most recent call last):
        ...
    tinygrad_np.errors.GradientError: ...
    """


class TreeError(ValueError):
    """Two trees that must have the same structure do not; the message shows the difference.

    Examples
    --------
    >>> import tinygrad_np as tg
    >>> tg.tree.map(lambda a, b: a + b, {"w": 1.0, "b": 2.0}, {"w": 1.0})
    Traceback (most recent call last):
        ...
    tinygrad_np.errors.TreeError: tree.map: the trees have different structures: missing ['b'], ...
    """


class UnseenError(ValueError):
    """A layer that takes its sizes from its input has seen none, and so has no parameters yet.

    Examples
    --------
    >>> from tinygrad_np import nn, tree
    >>> tree.leaves(nn.Dense(10))
    Traceback (most recent call last):
        ...
    tinygrad_np.errors.UnseenError: Dense(10) takes its sizes from the first input that it sees, ...
    """


def require(module: str, extra: str) -> ModuleType:
    """Import ``module``, or say which extra of this package installs it.

    Raises
    ------
    ImportError
        If ``module`` is not installed.

    Examples
    --------
    >>> require("json", "examples").dumps([1])
    '[1]'
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise ImportError(
            f"{module} is not installed, and this needs it: "
            f'pip install "tinygrad_np[{extra}]" (or: pip install {error.name})'
        ) from error
