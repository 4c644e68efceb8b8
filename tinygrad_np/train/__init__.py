"""Training: fit a model, evaluate it, save it and load it back."""

from __future__ import annotations

from .fitting import fit
from .history import DivergenceError, History
from .prediction import Evaluation, evaluate, predict
from .saving import load, save

__all__ = [
    "DivergenceError", "Evaluation", "History", "evaluate", "fit", "load", "predict", "save",
]  # fmt: skip
