"""MyGrad, with its guard against overwritten arrays off, as its documentation advises for speed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mygrad
from mygrad.nnet import relu, softmax_crossentropy

from benchmarks.problems import LEARNING_RATE, Array

mygrad.turn_memory_guarding_off()


def mlp(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """MyGrad's own ReLU and loss, and an update in place."""
    tensors = [mygrad.tensor(parameter) for parameter in parameters]
    *hidden, (weights, bias) = zip(tensors[::2], tensors[1::2], strict=True)

    def step() -> Any:
        y: Any = x
        for hidden_weights, hidden_bias in hidden:
            y = relu(mygrad.matmul(y, hidden_weights) + hidden_bias)
        loss = softmax_crossentropy(mygrad.matmul(y, weights) + bias, labels)
        loss.backward()
        for tensor in tensors:
            tensor.data -= LEARNING_RATE * tensor.grad
            tensor.null_grad()
        return loss.data

    return step, lambda: [tensor.data for tensor in tensors]


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """``backward`` from the last link."""
    leaves = tuple(mygrad.tensor(leaf) for leaf in (x, w, b))
    nonlinear: Callable[[Any], Any] = relu if x.ndim == 0 else mygrad.tanh

    def forward() -> Any:
        y, w, b = leaves
        for link in range(links):
            if link % 3 == 0:
                y = y * w
            elif link % 3 == 1:
                y = y + b
            else:
                y = nonlinear(y)
        return y

    def backward(y: Any) -> Any:
        y.backward()
        gradients = [leaf.grad for leaf in leaves]
        for leaf in leaves:
            leaf.null_grad()
        return gradients

    return forward, backward
