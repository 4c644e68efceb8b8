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
    return loss, gradients[::-1]


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
