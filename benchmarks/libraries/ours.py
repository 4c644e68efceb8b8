"""tinygrad_np, with functions over a list of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_np as tg
from benchmarks.problems import HEADS, LEARNING_RATE, Array
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


def lstm_loss(parameters: list[Any], x: Any, labels: Any) -> Any:
    """Return the mean softmax cross-entropy of what an LSTM ends with."""
    _, (h, _) = nn.lstm(x, *parameters[:3])
    return nn.softmax_crossentropy(labels, nn.dense(h, *parameters[3:]))


def lstm(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """The same, with another loss."""
    return mlp(parameters, x, labels, lstm_loss)


def transformer_loss(parameters: list[Any], x: Any, labels: Any) -> Any:
    """Return the mean softmax cross-entropy of what blocks make of each step."""
    *blocks, scale, offset, weights, bias = parameters
    for start in range(0, len(blocks), 15):
        s1, o1, wq, bq, wk, wv, bv, wo, bo, s2, o2, w1, b1, w2, b2 = blocks[start : start + 15]
        y = nn.layer_norm(x, s1, o1)
        q, k, v = nn.dense(y, wq, bq), nn.dense(y, wk), nn.dense(y, wv, bv)
        x = x + nn.dense(nn.multi_head_attention(q, k, v, HEADS, causal=True), wo, bo)
        y = nn.layer_norm(x, s2, o2)
        x = x + nn.dense(nn.gelu(nn.dense(y, w1, b1), approximate=True), w2, b2)
    return nn.softmax_crossentropy(labels, nn.dense(nn.layer_norm(x, scale, offset), weights, bias))


def transformer(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """The same, with another loss."""
    return mlp(parameters, x, labels, transformer_loss)


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
