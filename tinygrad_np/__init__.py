"""Autodiff for the NumPy you already have.

Write ordinary NumPy code; `grad` differentiates it. See the README for the tour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import tree
from .batching import vmap
from .errors import GradientError, TreeError
from .running import plain_numpy
from .tensor import Tensor, no_grad, stop_gradient
from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

if TYPE_CHECKING:
    from .custom import checkpoint, custom_op
    from .debugging import debug
    from .drawing import graph

__all__ = [
    "GradientError", "Tensor", "TreeError", "checkpoint", "custom_op", "data", "debug", "grad",
    "graph", "hessian", "hvp", "jacobian", "jvp", "nn", "no_grad", "optim", "plain_numpy",
    "stop_gradient", "testing", "train", "tree", "value_and_grad", "vjp", "vmap",
]  # fmt: skip

__version__ = "0.1.0"


PLACES = {"checkpoint": "custom", "custom_op": "custom", "debug": "debugging", "graph": "drawing"}


def __getattr__(name: str) -> Any:
    """Import a module when it is first used, so that the engine alone imports fast."""
    import importlib

    if name in PLACES:
        return getattr(importlib.import_module(f"{__name__}.{PLACES[name]}"), name)
    if name in ("data", "nn", "optim", "testing", "train"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
