"""Training: fit a model, evaluate it, save it and load it back."""

from __future__ import annotations

from . import callbacks, metrics
from .checkpointing import Checkpoint
from .fitting import fit
from .history import DivergenceError, History
from .prediction import Evaluation, evaluate, predict
from .saving import load, save

__all__ = [
    "Checkpoint", "DivergenceError", "Evaluation", "History", "callbacks", "evaluate", "fit",
    "load", "metrics", "predict", "save",
]  # fmt: skip
