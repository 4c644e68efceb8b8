"""Derivatives worked out on paper, in NumPy: what every other row is checked against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.problems import LEARNING_RATE, Array


def loss_and_gradients(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[np.floating, list[Array]]:
    """Return the mean softmax cross-entropy of an MLP, and its gradient in each parameter."""
    return dense_loss_and_gradients(parameters, x, labels, by_input=False)[:2]


def dense_loss_and_gradients(
    parameters: list[Array], x: Array, labels: Any, by_input: bool = True
) -> tuple[np.floating, list[Array], Array]:
    """Return the loss of dense layers, its gradient in each parameter, and that in x."""
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))
    activations = [x]
    for weights, bias in layers:
        x = x @ weights
        x += bias
        if len(activations) < len(layers):
            np.maximum(x, 0, out=x)
            activations.append(x)

    rows = np.arange(len(x))
    x -= x.max(axis=1, keepdims=True)
    exponentials = np.exp(x)
    totals = exponentials.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(totals[:, 0]) - x[rows, labels])

    g = exponentials
    g /= totals
    g[rows, labels] -= 1
    g /= len(g)
    gradients: list[Array] = []
    for (weights, _), activation in zip(reversed(layers), reversed(activations), strict=True):
        gradients += [g.sum(axis=0), activation.T @ g]
        if len(gradients) < len(parameters):
            g = g @ weights.T
            g *= activation > 0
        elif by_input:
            g = g @ weights.T
    return loss, gradients[::-1], g


def mlp(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Gradient descent in place."""

    def step() -> Any:
        loss, gradients = loss_and_gradients(parameters, x, labels)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= LEARNING_RATE * gradient
        return loss

    return step, lambda: parameters


def convolved(x: Array, kernel: Array) -> Array:
    """Sum the products of the kernel with each window of x."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))
    return np.tensordot(windows, kernel.transpose(2, 0, 1, 3), 3)


def convolved_back(g: Array, x: Array, kernel: Array) -> tuple[Array, Array]:
    """Return the gradients of `convolved` by x and by the kernel."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))
    by_kernel = np.tensordot(windows, g, ((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)
    high, wide = kernel.shape[0] - 1, kernel.shape[1] - 1
    around = np.pad(g, ((0, 0), (high, high), (wide, wide), (0, 0)))
    return convolved(around, kernel[::-1, ::-1].swapaxes(2, 3)), by_kernel


def cnn_loss_and_gradients(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[np.floating, list[Array]]:
    """Return the mean softmax cross-entropy of a CNN, and its gradient in each parameter."""
    kept = []
    for kernel, bias in zip(parameters[:4:2], parameters[1:4:2], strict=True):
        y = convolved(x, kernel) + bias
        np.maximum(y, 0, out=y)
        batch, height, width, channels = y.shape
        blocks = y.reshape(batch, height // 2, 2, width // 2, 2, channels)
        pooled = blocks.max(axis=(2, 4))
        kept.append((x, kernel, blocks, pooled))
        x = pooled

    flat = x.reshape(len(x), -1)
    loss, by_dense, g = dense_loss_and_gradients(parameters[4:], flat, labels)
    g = g.reshape(x.shape)
    gradients = by_dense
    for x, kernel, blocks, pooled in reversed(kept):
        # Where pixels tie, they are 0, and the ReLU lets nothing through.
        hits = (blocks == pooled[:, :, None, :, None]) & (blocks > 0)
        g = (hits * g[:, :, None, :, None]).reshape(len(x), -1, blocks.shape[3] * 2, g.shape[-1])
        by_bias = g.sum(axis=(0, 1, 2))
        g, by_kernel = convolved_back(g, x, kernel)
        gradients = [by_kernel, by_bias, *gradients]
    return loss, gradients


def cnn(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Gradient descent in place."""

    def step() -> Any:
        loss, gradients = cnn_loss_and_gradients(parameters, x, labels)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= LEARNING_RATE * gradient
        return loss

    return step, lambda: parameters


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], tuple[Array, Array, Array]]]:
    """Keep the inputs of the products and what the nonlinearity needs, and go backwards."""
    scalar = x.ndim == 0
    x, w, b = x[()], w[()], b[()]

    def forward() -> list[Array]:
        y = x
        kept = []
        for link in range(links):
            if link % 3 == 0:
                kept.append(y)
                y = y * w
            elif link % 3 == 1:
                y = y + b
            else:
                y = np.maximum(y, 0.0) if scalar else np.tanh(y)
                kept.append(y)
        return kept

    def backward(kept: list[Array]) -> tuple[Array, Array, Array]:
        g = np.ones_like(x)[()]
        dw = np.zeros_like(x)[()]
        db = np.zeros_like(x)[()]
        for link in reversed(range(links)):
            if link % 3 == 0:
                dw += g * kept.pop()
                g = g * w
            elif link % 3 == 1:
                db += g
            else:
                y = kept.pop()
                g = g * (y > 0) if scalar else g * (1 - y * y)
        return g, dw, db

    return forward, backward
