"""What the tests of the optimizers share: every optimizer, trees of every kind of leaf."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np

import tinygrad_np as tg
from tinygrad_np import optim

VARIANTS: dict[str, tuple[type[optim.Optimizer], dict[str, Any]]] = {
    "sgd": (optim.SGD, {"lr": 0.05}),
    "decay": (optim.SGD, {"lr": 0.05, "weight_decay": 0.1}),
    "momentum": (optim.SGD, {"lr": 0.02, "momentum": 0.9}),
    "momentum-decay": (optim.SGD, {"lr": 0.02, "momentum": 0.5, "weight_decay": 0.1}),
    "nesterov": (optim.SGD, {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "nesterov-decay": (
        optim.SGD,
        {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    "heavy-ball": (optim.Momentum, {"lr": 0.02, "momentum": 0.8}),
    "look-ahead": (optim.Nesterov, {"lr": 0.02, "weight_decay": 0.1}),
    "adagrad": (optim.Adagrad, {}),
    "adagrad-decay": (optim.Adagrad, {"lr": 0.1, "eps": 1e-3, "weight_decay": 0.1}),
    "rmsprop": (optim.RMSProp, {}),
    "rmsprop-momentum": (
        optim.RMSProp,
        {"lr": 0.02, "alpha": 0.9, "eps": 1e-4, "weight_decay": 0.1, "momentum": 0.8},
    ),
    "rmsprop-centered": (
        optim.RMSProp,
        {"lr": 0.01, "alpha": 0.8, "eps": 1e-3, "momentum": 0.5, "centered": True},
    ),
    "adam": (optim.Adam, {}),
    "adam-fast": (optim.Adam, {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-3}),
    "adam-forgetful": (optim.Adam, {"lr": 0.01, "betas": (0.0, 0.0)}),
    "adam-decay": (optim.Adam, {"lr": 0.01, "weight_decay": 0.1}),
    "adamw": (optim.AdamW, {}),
    "adamw-decay": (optim.AdamW, {"lr": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.5}),
    "nadam": (optim.NAdam, {}),
    "nadam-decay": (
        optim.NAdam,
        {"lr": 0.05, "betas": (0.6, 0.9), "weight_decay": 0.1, "momentum_decay": 0.1},
    ),
    "lion": (optim.Lion, {}),
    "lion-decay": (optim.Lion, {"lr": 0.01, "betas": (0.5, 0.9), "weight_decay": 0.5}),
}


def build(variant: str, **changes: Any) -> optim.Optimizer:
    kind, settings = VARIANTS[variant]
    return kind(**{**settings, **changes})


class Pair(NamedTuple):
    weights: Any
    bias: Any


@dataclasses.dataclass
class Block:
    """A tree with a setting that is not an array, as a layer has."""

    rate: int
    weights: Any


def make_params(dtype: type = np.float64) -> dict[str, Any]:
    """Return a tree of every kind of leaf: matrices in either order, strided, empty, no axes."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> Any:
        return rng.normal(size=shape).astype(dtype)

    return {
        "pair": Pair(draw(7, 5), np.asfortranarray(draw(5, 3))),
        "list": [draw(40)[::3], draw(4, 2, 3).transpose(2, 0, 1)],
        "block": Block(3, draw(60, 50)),
        "nothing": None,
        "scalar": np.array(0.3, dtype),
        "empty": np.zeros((0, 4), dtype),
    }


def copied(tree: Any) -> Any:
    """Copy the arrays, each with its order in memory."""
    return tg.tree.map(lambda leaf: leaf.copy(order="K"), tree)


def gradients(params: Any) -> Any:
    """∇ Σ (sin p + p⁴/4 − p): neither convex nor symmetric, and not of one scale."""
    return tg.tree.map(lambda p: np.asarray(np.cos(p) + p * p * p - p.dtype.type(1)), params)


def assert_same_bits(one: Any, other: Any) -> None:
    leaves, structure = tg.tree.flatten(one)
    other_leaves, other_structure = tg.tree.flatten(other)
    assert structure == other_structure
    for a, b in zip(leaves, other_leaves, strict=True):
        assert isinstance(a, np.ndarray)
        assert isinstance(b, np.ndarray)
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert a.tobytes() == b.tobytes()
