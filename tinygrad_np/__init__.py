"""Autodiff for the NumPy you already have.

Write ordinary NumPy code; `grad` differentiates it. See the README for the tour.
"""

from __future__ import annotations

from typing import Any

from . import tree
from .batching import vmap
from .custom import checkpoint, custom_op
from .errors import GradientError, TreeError
from .running import plain_numpy
from .tensor import Tensor, no_grad, stop_gradient
from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = [
    "GradientError", "Tensor", "TreeError", "checkpoint", "custom_op", "data", "debug", "grad",
    "graph", "hessian", "hvp", "jacobian", "jvp", "nn", "no_grad", "optim", "plain_numpy",
    "stop_gradient", "testing", "train", "tree", "value_and_grad", "vjp", "vmap",
]  # fmt: skip

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import a subpackage when it is first used, so that the engine alone imports fast."""
    if name == "debug":
        from .debugging import debug

        return debug
    if name == "graph":
        from .drawing import graph

        return graph
    if name in ("data", "nn", "optim", "testing", "train"):
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
