"""Optimizers: `update` returns new parameters and a new state, `step` writes into the arrays.

Both run the same rule on one array of parameters after the other, and agree to the last bit.
"""

from __future__ import annotations

from tinygrad_np.optim.adam import Adam
from tinygrad_np.optim.optimizer import Optimizer
from tinygrad_np.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
