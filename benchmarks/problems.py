"""What every library is given: the same numbers, drawn from the same seed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

LEARNING_RATE = 0.1


class MLP(NamedTuple):
    """One step of gradient descent: ReLU layers, softmax cross-entropy on integer labels."""

    sizes: tuple[int, ...]
    batch: int

    @property
    def kind(self) -> str:
        """What a library must be able to do."""
        return "mlp"

    @property
    def title(self) -> str:
        """The sizes and the batch, as a table shows them."""
        return f"{'-'.join(map(str, self.sizes))}, batch {self.batch}"

    def parameters(self) -> list[Array]:
        """Weights of shape (in, out) and biases of shape (out,), alternating, float32."""
        rng = np.random.default_rng(0)
        parameters: list[Array] = []
        for inputs, outputs in zip(self.sizes, self.sizes[1:], strict=False):
            weights = rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
            parameters += [weights.astype(np.float32), np.zeros(outputs, np.float32)]
        return parameters

    def data(self) -> tuple[Array, NDArray[np.int64]]:
        """Float32 inputs in [0, 1) of shape (batch, in) and labels of shape (batch,)."""
        rng = np.random.default_rng(1)
        x = rng.random((self.batch, self.sizes[0]), dtype=np.float32)
        return x, rng.integers(0, self.sizes[-1], self.batch)


class CNN(NamedTuple):
    """One step of gradient descent: convolution, ReLU and pooling twice, two dense layers.

    Kernels of 5×5 without padding, the largest of 2×2 pixels, softmax cross-entropy on integer
    labels; the images are (batch, height, width, channels).
    """

    batch: int
    image: tuple[int, int, int] = (28, 28, 1)
    channels: tuple[int, int] = (16, 32)
    sizes: tuple[int, int] = (128, 10)

    @property
    def kind(self) -> str:
        """What a library must be able to do."""
        return "cnn"

    @property
    def title(self) -> str:
        """The layers and the batch, as a table shows them."""
        convolutions = ", ".join(f"conv 5×5×{channels}, pool 2" for channels in self.channels)
        return f"{convolutions}, dense {self.sizes[0]}, {self.sizes[1]}; batch {self.batch}"

    def parameters(self) -> list[Array]:
        """Kernels (5, 5, in, out), weights (in, out) and biases (out,), alternating, float32."""
        rng = np.random.default_rng(0)
        height, width, inputs = self.image
        shapes: list[tuple[int, ...]] = []
        for outputs in self.channels:
            shapes.append((5, 5, inputs, outputs))
            height, width, inputs = (height - 4) // 2, (width - 4) // 2, outputs
        inputs *= height * width
        for outputs in self.sizes:
            shapes.append((inputs, outputs))
            inputs = outputs
        parameters: list[Array] = []
        for shape in shapes:
            weights = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1]))
            parameters += [weights.astype(np.float32), np.zeros(shape[-1], np.float32)]
        return parameters

    def data(self) -> tuple[Array, NDArray[np.int64]]:
        """Float32 images in [0, 1) and labels of shape (batch,)."""
        rng = np.random.default_rng(1)
        x = rng.random((self.batch, *self.image), dtype=np.float32)
        return x, rng.integers(0, self.sizes[-1], self.batch)


class LSTM(NamedTuple):
    """One step of gradient descent: an LSTM, and a dense layer on its final state.

    Softmax cross-entropy on integer labels; the sequences are (batch, length, features).
    """

    batch: int
    length: int = 100
    features: int = 32
    units: int = 64
    classes: int = 10

    @property
    def kind(self) -> str:
        """What a library must be able to do."""
        return "lstm"

    @property
    def title(self) -> str:
        """The sizes and the batch, as a table shows them."""
        sizes = f"{self.features}-{self.units}-{self.classes}"
        return f"LSTM {sizes}, length {self.length}, batch {self.batch}"

    def parameters(self) -> list[Array]:
        """Weights of the input and the state for i, f, g, o and their bias; of the dense layer."""
        rng = np.random.default_rng(0)
        shapes = (
            (self.features, 4 * self.units), (self.units, 4 * self.units), (4 * self.units,),
            (self.units, self.classes), (self.classes,),
        )  # fmt: skip
        deviations = [1 / np.sqrt(shape[0]) if len(shape) == 2 else 0.1 for shape in shapes]
        return [
            (rng.standard_normal(shape) * deviation).astype(np.float32)
            for shape, deviation in zip(shapes, deviations, strict=True)
        ]

    def data(self) -> tuple[Array, NDArray[np.int64]]:
        """Float32 sequences and labels of shape (batch,)."""
        rng = np.random.default_rng(1)
        x = rng.standard_normal((self.batch, self.length, self.features), dtype=np.float32)
        return x, rng.integers(0, self.classes, self.batch)


HEADS = 4


class Transformer(NamedTuple):
    """One step of gradient descent: causal pre-norm blocks of four heads, a norm, a dense layer.

    Softmax cross-entropy on an integer label at each step; the small network of a block has four
    times as many hidden units as features, and the GELU with tanh, without the kink of a ReLU: one
    number that is let through by a rounding would change gradients by more than is allowed.
    """

    batch: int
    blocks: int = 4
    features: int = 128
    length: int = 64
    classes: int = 100

    @property
    def kind(self) -> str:
        """What a library must be able to do."""
        return "transformer"

    @property
    def title(self) -> str:
        """The sizes and the batch, as a table shows them."""
        return (
            f"transformer, {self.blocks} blocks of {self.features} features, length "
            f"{self.length}, batch {self.batch}"
        )

    def parameters(self) -> list[Array]:
        """15 arrays a block: scale, offset; q, k, v, out; scale, offset; hidden, out; then 4 more.

        Each but k, where it would change nothing, has a bias: the scores that it adds are the same
        for all keys.
        """
        rng = np.random.default_rng(0)
        n = self.features
        norm, square = [(n,), (n,)], [(n, n), (n,)]
        block: list[tuple[int, ...]] = [
            *norm, *square, (n, n), *square, *square, *norm, (n, 4 * n), (4 * n,), (4 * n, n), (n,)
        ]  # fmt: skip
        parameters: list[Array] = []
        for shape in [*block * self.blocks, *norm, (n, self.classes), (self.classes,)]:
            deviation = 1 / np.sqrt(shape[0]) if len(shape) == 2 else 0.1
            parameters.append((rng.standard_normal(shape) * deviation).astype(np.float32))
        for position in [b * len(block) + i for b in range(self.blocks) for i in (0, 9)] + [-4]:
            parameters[position] += 1
        return parameters

    def data(self) -> tuple[Array, NDArray[np.int64]]:
        """Float32 sequences and labels of shape (batch, length)."""
        rng = np.random.default_rng(1)
        x = rng.standard_normal((self.batch, self.length, self.features), dtype=np.float32)
        return x, rng.integers(0, self.classes, (self.batch, self.length))


class Chain(NamedTuple):
    """Small ops, each on the result of the one before: times ``w``, plus ``b``, nonlinear.

    An array chain uses tanh; a scalar chain uses the ReLU, since micrograd has no tanh.
    """

    links: int
    size: int | None = None

    @property
    def kind(self) -> str:
        """What a library must be able to do."""
        return "scalars" if self.size is None else "arrays"

    @property
    def title(self) -> str:
        """The number and the kind of the links, as a table shows them."""
        kind = "scalars" if self.size is None else f"arrays of {self.size}"
        return f"{self.links:,} ops on {kind}"

    def leaves(self) -> tuple[Array, Array, Array]:
        """``x``, ``w`` and ``b`` in float64: arrays of shape (size,), or of shape ().

        They keep every ReLU active and every gradient far from underflow, however long the chain.
        """
        if self.size is None:
            return np.array(0.5), np.array(0.9999), np.array(0.0001)
        rng = np.random.default_rng(2)
        x, w, b = (rng.uniform(low, 1.0, self.size) for low in (0.1, 0.9, 0.0))
        return x, w, b


MLPS = {
    "mlp-small": MLP((784, 128, 10), 32),
    "mlp-large": MLP((784, 512, 512, 10), 128),
    "mlp-batch": MLP((784, 512, 512, 10), 4096),
}
CHAINS = {
    "chain-array": Chain(1000, 10),
    "chain-scalar": Chain(1000),
    "deep-10k": Chain(10_000),
    "deep-100k": Chain(100_000),
    "deep-1m": Chain(1_000_000),
}
CNNS = {"cnn": CNN(64)}
SEQUENCES = {"lstm": LSTM(32), "transformer": Transformer(16)}
Step = MLP | CNN | LSTM | Transformer
PROBLEMS: dict[str, Step | Chain] = MLPS | CNNS | SEQUENCES | CHAINS
