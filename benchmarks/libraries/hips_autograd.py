"""HIPS autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as np
from autograd import make_vjp, value_and_grad
from autograd.scipy.special import logsumexp

from benchmarks.problems import LEARNING_RATE, Array


def loss(parameters: list[Any], x: Any, targets: Any) -> Any:
    """Return the mean softmax cross-entropy of an MLP.

    For arrays, autograd is faster with a product than with ``np.maximum``, and with one-hot targets
    than with indices.
    """
    *hidden, (weights, bias) = zip(parameters[::2], parameters[1::2], strict=True)
    for hidden_weights, hidden_bias in hidden:
        x = np.dot(x, hidden_weights) + hidden_bias
        x = x * (x > 0)
    logits = np.dot(x, weights) + bias
    return np.sum((logsumexp(logits, axis=1, keepdims=True) - logits) * targets) / len(targets)


def mlp(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """``value_and_grad`` over a list of arrays, and an update in place."""
    targets = np.eye(len(parameters[-1]), dtype=x.dtype)[labels]
    loss_and_gradients = value_and_grad(loss)

    def step() -> Any:
        value, gradients = loss_and_gradients(parameters, x, targets)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= LEARNING_RATE * gradient
        return value

    return step, lambda: parameters


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """``make_vjp`` over the three leaves at once."""
    scalar = x.ndim == 0
    leaves = (x[()], w[()], b[()])
    ones = np.ones_like(x)[()]

    def function(leaves: Any) -> Any:
        y, w, b = leaves
        for link in range(links):
            if link % 3 == 0:
                y = y * w
            elif link % 3 == 1:
                y = y + b
            else:
                y = np.maximum(y, 0.0) if scalar else np.tanh(y)
        return y

    return lambda: make_vjp(function)(leaves)[0], lambda pullback: pullback(ones)
