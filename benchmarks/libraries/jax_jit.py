"""JAX with ``jit`` around the whole step: a compiler, unlike the other rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.libraries import jax_eager
from benchmarks.problems import Array


def mlp(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """The old parameters are donated, so that the update is in place."""
    return jax_eager.mlp(parameters, x, labels, jax.jit(jax_eager.update, donate_argnums=0))


def cnn(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """The same, with another loss."""
    return jax_eager.mlp(parameters, x, labels, jax.jit(jax_eager.cnn_update, donate_argnums=0))


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Forward and backward are one program, so that ``backward`` has nothing left to do."""
    function = jax_eager.chain_function(links, x.ndim == 0)
    leaves = jax.device_put((x, w, b))
    ones = jnp.ones_like(leaves[0])
    gradients = jax.jit(lambda *leaves: jax.vjp(function, *leaves)[1](ones))

    return lambda: jax.block_until_ready(gradients(*leaves)), lambda result: result
