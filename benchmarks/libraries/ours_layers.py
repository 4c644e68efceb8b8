"""tinygrad_np, with layers in a ``NeuralNetwork``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_np as tg
from benchmarks.problems import LEARNING_RATE, Array
from tinygrad_np import nn, optim


def loss(model: Any, x: Any, labels: Any) -> Any:
    """Return the mean softmax cross-entropy of any model."""
    return nn.softmax_crossentropy(labels, model(x))


def mlp(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """The model is the tree that is differentiated and updated."""
    layers: list[Any] = []
    for weights, bias in zip(parameters[::2], parameters[1::2], strict=True):
        dense = nn.Dense(*weights.shape)
        dense.weights, dense.bias = weights, bias
        layers += [dense, nn.ReLU()]
    model = nn.NeuralNetwork(layers[:-1])
    optimizer = optim.SGD(LEARNING_RATE)
    loss_and_gradients = tg.value_and_grad(loss)

    def step() -> Any:
        value, gradients = loss_and_gradients(model, x, labels)
        optimizer.step(model, gradients)
        return value

    return step, lambda: tg.tree.leaves(model)
