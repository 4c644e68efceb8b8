"""tinygrad_np, with functions over a list of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_np as tg
from benchmarks.problems import LEARNING_RATE, Array
from tinygrad_np import nn, optim


def loss(parameters: list[Any], x: Any, labels: Any) -> Any:
    """Return the mean softmax cross-entropy of an MLP."""
    *hidden, (weights, bias) = zip(parameters[::2], parameters[1::2], strict=True)
    for hidden_weights, hidden_bias in hidden:
        x = nn.relu(nn.dense(x, hidden_weights, hidden_bias))
    return nn.softmax_crossentropy(labels, nn.dense(x, weights, bias))


def cnn_loss(parameters: list[Any], x: Any, labels: Any) -> Any:
    """Return the mean softmax cross-entropy of a CNN."""
    for kernel, bias in zip(parameters[:4:2], parameters[1:4:2], strict=True):
        x = nn.max_pool2d(nn.relu(nn.conv2d(x, kernel, bias)))
    return loss(parameters[4:], x.reshape((len(labels), -1)), labels)


def mlp(
    parameters: list[Array], x: Array, labels: Any, loss: Callable[..., Any] = loss
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """``value_and_grad`` over the list, and ``optim.SGD`` in place."""
    optimizer = optim.SGD(LEARNING_RATE)
    loss_and_gradients = tg.value_and_grad(loss)

    def step() -> Any:
        value, gradients = loss_and_gradients(parameters, x, labels)
        optimizer.step(parameters, gradients)
        return value

    return step, lambda: parameters


def cnn(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """The same, with another loss."""
    return mlp(parameters, x, labels, cnn_loss)


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """``tg.vjp``, and the pullback it returns."""
    scalar = x.ndim == 0
    leaves = (x[()], w[()], b[()])
    ones = np.ones_like(x)[()]

    def function(y: Any, w: Any, b: Any) -> Any:
        for link in range(links):
            if link % 3 == 0:
                y = y * w
            elif link % 3 == 1:
                y = y + b
            else:
                y = nn.relu(y) if scalar else np.tanh(y)
        return y

    return lambda: tg.vjp(function, *leaves)[1], lambda pullback: pullback(ones)
