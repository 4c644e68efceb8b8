"""Optimizers: `update` returns new parameters and a new state, `step` writes into the arrays.

Both run the same rule on one array of parameters after the other, and agree to the last bit. A
learning rate is a number, or a function of the number of updates made before: a schedule.
"""

from __future__ import annotations

from tinygrad_np.optim.adam import Adam, AdamW, NAdam
from tinygrad_np.optim.averaging import ExponentialMovingAverage
from tinygrad_np.optim.clipping import clip_by_global_norm, clip_by_value, global_norm
from tinygrad_np.optim.groups import Group
from tinygrad_np.optim.lion import Lion
from tinygrad_np.optim.optimizer import Optimizer
from tinygrad_np.optim.rmsprop import Adagrad, RMSProp
from tinygrad_np.optim.schedules import constant, cosine, linear_warmup, one_cycle, step_decay
from tinygrad_np.optim.sgd import SGD, Momentum, Nesterov

__all__ = [
    "Adagrad", "Adam", "AdamW", "ExponentialMovingAverage", "Group", "Lion", "Momentum", "NAdam",
    "Nesterov", "Optimizer", "RMSProp", "SGD",
    "clip_by_global_norm", "clip_by_value", "global_norm",
    "constant", "cosine", "linear_warmup", "one_cycle", "step_decay",
]  # fmt: skip
