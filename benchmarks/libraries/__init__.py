"""One file a library, each written as someone who knows that library well would write it.

A file defines what its library can do of

- ``mlp(parameters, x, labels)`` -> ``(step, read)``: ``step()`` makes one step of gradient descent
  and returns the loss before it; ``read()`` returns the parameters as NumPy arrays.
- ``cnn``, ``lstm``, ``transformer``: likewise.
- ``chain(links, x, w, b)`` -> ``(forward, backward)``: ``forward()`` records the chain and returns
  what ``backward`` needs; ``backward(that)`` returns the gradients of x, w and b, given ones.

Nothing is converted, compiled or allocated inside what is timed that a training loop would do once.
"""

from __future__ import annotations

from typing import NamedTuple

EVERYTHING = ("mlp", "cnn", "lstm", "transformer", "arrays", "scalars")
WITHOUT_SEQUENCES = ("mlp", "cnn", "arrays", "scalars")
WITHOUT_IMAGES = ("mlp", "arrays", "scalars")


class Library(NamedTuple):
    """A row of the tables, and the kinds of problems that it has a place in."""

    title: str
    module: str
    distributions: tuple[str, ...]
    kinds: tuple[str, ...] = EVERYTHING


LIBRARIES: dict[str, Library] = {
    "numpy": Library("NumPy by hand", "by_hand", ("numpy",)),
    "tinygrad_np": Library("tinygrad_np", "ours", ("tinygrad_np",)),
    "tinygrad_np-layers": Library(
        "tinygrad_np, layers",
        "ours_layers",
        ("tinygrad_np",),
        ("mlp", "cnn", "lstm", "transformer"),
    ),
    "torch": Library("PyTorch", "pytorch", ("torch",)),
    "jax-jit": Library("JAX, jit", "jax_jit", ("jax", "jaxlib"), WITHOUT_SEQUENCES),
    "jax": Library("JAX, eager", "jax_eager", ("jax", "jaxlib"), WITHOUT_SEQUENCES),
    "autograd": Library("HIPS autograd", "hips_autograd", ("autograd",), WITHOUT_IMAGES),
    "mygrad": Library("MyGrad", "my_grad", ("mygrad",), WITHOUT_IMAGES),
    "micrograd": Library("micrograd", "micro_grad", ("micrograd",), ("scalars",)),
}
