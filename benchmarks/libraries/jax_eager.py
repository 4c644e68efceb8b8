"""JAX without ``jit`` around the model; its own functions still call what it has compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.problems import LEARNING_RATE, Array

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)


def loss(parameters: list[Any], x: Any, labels: Any) -> Any:
    """Return the mean softmax cross-entropy of an MLP; ``jnp.maximum`` beats ``jax.nn.relu``."""
    *hidden, (weights, bias) = zip(parameters[::2], parameters[1::2], strict=True)
    for hidden_weights, hidden_bias in hidden:
        x = jnp.maximum(x @ hidden_weights + hidden_bias, 0)
    log_probabilities = jax.nn.log_softmax(x @ weights + bias)
    return -jnp.mean(jnp.take_along_axis(log_probabilities, labels[:, None], axis=1))


def cnn_loss(parameters: list[Any], x: Any, labels: Any) -> Any:
    """Return the mean softmax cross-entropy of a CNN."""
    for kernel, bias in zip(parameters[:4:2], parameters[1:4:2], strict=True):
        y = jax.lax.conv_general_dilated(
            x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        y = jnp.maximum(y + bias, 0)
        x = jax.lax.reduce_window(y, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return loss(parameters[4:], x.reshape((len(labels), -1)), labels)


def update(
    parameters: list[Any], x: Any, labels: Any, loss: Callable[..., Any] = loss
) -> tuple[Any, list[Any]]:
    """Return the loss and the parameters after a step of gradient descent."""
    value, gradients = jax.value_and_grad(loss)(parameters, x, labels)
    return value, jax.tree.map(lambda p, g: p - LEARNING_RATE * g, parameters, gradients)


def cnn_update(parameters: list[Any], x: Any, labels: Any) -> tuple[Any, list[Any]]:
    """Do the same for a CNN."""
    return update(parameters, x, labels, cnn_loss)


def mlp(
    parameters: list[Array], x: Array, labels: Any, update: Callable[..., Any] = update
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """New parameters replace the old, as JAX's arrays are immutable."""
    current = jax.device_put(parameters)
    batch = jax.device_put((x, labels))

    def step() -> Any:
        nonlocal current
        value, current = update(current, *batch)
        return jax.block_until_ready((value, current))[0]

    return step, lambda: current


def cnn(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """The same, with another loss."""
    return mlp(parameters, x, labels, cnn_update)


def chain_function(links: int, scalar: bool) -> Callable[[Any, Any, Any], Any]:
    """Return the chain as a function of its leaves."""

    def function(y: Any, w: Any, b: Any) -> Any:
        for link in range(links):
            if link % 3 == 0:
                y = y * w
            elif link % 3 == 1:
                y = y + b
            else:
                y = jnp.maximum(y, 0.0) if scalar else jnp.tanh(y)
        return y

    return function


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """``jax.vjp``, and the pullback it returns."""
    function = chain_function(links, x.ndim == 0)
    leaves = jax.device_put((x, w, b))
    ones = jnp.ones_like(leaves[0])

    def forward() -> Any:
        y, pullback = jax.vjp(function, *leaves)
        y.block_until_ready()
        return pullback

    return forward, lambda pullback: jax.block_until_ready(pullback(ones))
