"""tinygrad_np, with layers in a ``NeuralNetwork``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_np as tg
from benchmarks.problems import HEADS, LEARNING_RATE, Array
from tinygrad_np import nn, optim


def gelu(x: Any) -> Any:
    """Return the GELU with tanh."""
    return nn.gelu(x, approximate=True)


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


def lstm(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """An LSTM, of which only the final state goes on, then a dense layer."""
    layer = nn.LSTM(x.shape[2], len(parameters[1]))
    layer.weights, layer.recurrent_weights, layer.bias = parameters[:3]
    return trained([layer, *dense_layers(parameters[3:])], x, labels)


def transformer(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Blocks, a norm, and a dense layer."""
    layers: list[Any] = []
    *blocks, scale, offset, weights, bias = parameters
    for start in range(0, len(blocks), 15):
        block = nn.TransformerBlock(x.shape[2], HEADS, causal=True, activation=gelu)
        block.attention.key.bias = None
        structure = tg.tree.flatten(block)[1]
        layers.append(tg.tree.unflatten(structure, blocks[start : start + 15]))
    norm = nn.LayerNorm(x.shape[2])
    norm.scale, norm.offset = scale, offset
    return trained([*layers, norm, *dense_layers([weights, bias])], x, labels)


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
