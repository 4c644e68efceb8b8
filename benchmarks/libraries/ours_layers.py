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


def dense_layers(parameters: list[Array]) -> list[Any]:
    """Return layers of an MLP."""
    layers: list[Any] = []
    for weights, bias in zip(parameters[::2], parameters[1::2], strict=True):
        dense = nn.Dense(*weights.shape)
        dense.weights, dense.bias = weights, bias
        layers += [dense, nn.ReLU()]
    return layers[:-1]


def mlp(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Dense layers."""
    return trained(dense_layers(parameters), x, labels)


def cnn(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Convolutions, then dense layers."""
    layers: list[Any] = []
    for kernel, bias in zip(parameters[:4:2], parameters[1:4:2], strict=True):
        convolution = nn.Conv2D(kernel.shape[2], kernel.shape[3], kernel.shape[:2])
        convolution.kernel, convolution.bias = kernel, bias
        layers += [convolution, nn.ReLU(), nn.MaxPool2D(2)]
    return trained([*layers, nn.Flatten(), *dense_layers(parameters[4:])], x, labels)


def trained(
    layers: list[Any], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """The model is the tree that is differentiated and updated."""
    model = nn.NeuralNetwork(layers)
    optimizer = optim.SGD(LEARNING_RATE)
    loss_and_gradients = tg.value_and_grad(loss)

    def step() -> Any:
        value, gradients = loss_and_gradients(model, x, labels)
        optimizer.step(model, gradients)
        return value

    return step, lambda: tg.tree.leaves(model)
