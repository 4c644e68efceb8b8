"""Layers of all kinds: trees around the functions of this package."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording import Array
from .activation_layers import Activation
from .activations import from_0_to_1
from .functions import dense
from .initializers import glorot_uniform
from .layer import (
    Layer,
    Sized,
    described,
    generator_or_new,
    initial,
    positive,
    trainable_dtype,
)
from .selection import dropout, embedding
from .windows import is_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import DTypeLike

__all__ = ["Dense", "Dropout", "Embedding", "Flatten", "Lambda", "Reshape", "Residual"]


class Dense(Sized):
    """X W + b: each output is a weighted sum of all inputs, plus a bias.

    ``Dense(out_features)`` finds the number of inputs when it sees the first.

    Parameters
    ----------
    in_features, out_features : int
        The number of inputs, which can be left out, and of outputs.
    rng : np.random.Generator, optional
        Draws the initial weights; without it they differ from run to run.
    initializer : callable
        ``initializer(rng, shape, dtype)``; see `tinygrad_np.nn.initializers`. `he_normal` suits a
        layer that a ReLU follows.
    bias : bool
        Whether there is a bias; it begins at 0.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    weights : ndarray, shape (in_features, out_features)
    bias : ndarray, shape (out_features,), or None

    Raises
    ------
    ValueError
        If a size is not a positive integer; in a call, if x does not have ``in_features`` columns.

    Examples
    --------
    >>> layer = Dense(3, 2, rng=np.random.default_rng(0))
    >>> layer(np.zeros((5, 3), np.float32)).shape
    (5, 2)
    >>> layer = Dense(2)
    >>> layer(np.zeros((5, 7), np.float32)).shape, layer
    ((5, 2), Dense(7, 2))
    """

    weights: Array
    bias: Array | None

    def __init__(
        self,
        in_features: int | None = None,
        out_features: int | None = None,
        rng: np.random.Generator | None = None,
        *,
        initializer: Callable[..., Any] = glorot_uniform,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if out_features is None:
            in_features, out_features = None, in_features
        if in_features is not None:
            in_features = positive("Dense: in_features", in_features)
        outputs = positive("Dense: out_features", out_features)
        dtype = trainable_dtype("Dense", dtype, "fc")
        rng = generator_or_new("Dense", rng)
        self.weights = None
        self.bias = np.zeros(outputs, dtype) if bias else None
        self.begin(in_features, outputs=outputs, rng=rng, initializer=initializer, dtype=dtype)

    def make(self, features: int, **settings: Any) -> None:
        shape = features, settings.pop("outputs")
        self.weights = initial("Dense", shape=shape, **settings)

    def __call__(self, x: Array, training: bool = False) -> Array:
        shape = self.see(x)
        features = self.weights.shape[0]
        if shape[-1:] != (features,):
            raise ValueError(
                f"{self!r}: the input has shape {shape}; expected (..., {features})"
                + reshape_advice(shape, features)
            )
        return dense(x, self.weights, self.bias)

    def __repr__(self) -> str:
        unseen = getattr(self, "_unseen", None)
        sizes = (unseen["outputs"],) if unseen else np.shape(self.weights)
        return described(self, *sizes, bias=(self.bias is not None, True))


def reshape_advice(shape: tuple[int, ...], features: int) -> str:
    """Say how to flatten examples, if that is what is missing."""
    if len(shape) > 1 and math.prod(shape[1:]) == features:
        return f"; flatten each example first: x.reshape(len(x), {features})"
    return ""


def standard_normal(rng: np.random.Generator, shape: Any, dtype: Any) -> Array:
    return rng.standard_normal(shape).astype(dtype)


class Embedding(Layer):
    """A table of vectors, one for each word of a vocabulary, say, that are looked up by number.

    Parameters
    ----------
    rows, features : int
        How many vectors there are, and how long they are.
    rng : np.random.Generator, optional
        Draws the initial vectors; without it they differ from run to run.
    initializer : callable
        ``initializer(rng, shape, dtype)``; by default, standard normal numbers.
    dtype : dtype
        Of the vectors.

    Attributes
    ----------
    table : ndarray, shape (rows, features)

    Raises
    ------
    ValueError
        If a size is not a positive integer; in a call, if there is no such row.

    Examples
    --------
    >>> layer = Embedding(1000, 16, rng=np.random.default_rng(0))
    >>> layer(np.array([[3, 14, 15], [92, 65, 35]])).shape
    (2, 3, 16)
    """

    def __init__(
        self,
        rows: int,
        features: int,
        rng: np.random.Generator | None = None,
        *,
        initializer: Callable[..., Any] = standard_normal,
        dtype: DTypeLike = np.float32,
    ) -> None:
        shape = positive("Embedding: rows", rows), positive("Embedding: features", features)
        dtype = trainable_dtype("Embedding", dtype, "fc")
        rng = generator_or_new("Embedding", rng)
        self.table = initial("Embedding", initializer, rng, shape, dtype)

    def __call__(self, x: Array, training: bool = False) -> Array:
        return embedding(self.table, x)

    def __repr__(self) -> str:
        return described(self, *np.shape(self.table))


class Dropout(Activation):
    """In training, replace numbers by 0 at random, and enlarge the others to keep the mean.

    Otherwise the input is returned as it is.

    Parameters
    ----------
    rate : float
        The probability of each number to be dropped.
    rng : np.random.Generator, optional
        Draws what is dropped; its state is saved with the model. Without it, what is dropped
        differs from run to run.

    Raises
    ------
    ValueError
        If ``rate`` is not from 0 to 1.

    Examples
    --------
    >>> layer = Dropout(0.5, rng=np.random.default_rng(0))
    >>> layer(np.ones(8))
    array([1., 1., 1., 1., 1., 1., 1., 1.])
    >>> layer(np.ones(8), training=True)
    array([2., 2., 2., 0., 0., 0., 0., 0.])
    """

    def __init__(self, rate: float, rng: np.random.Generator | None = None) -> None:
        self.rate = from_0_to_1("Dropout", "rate", rate)
        self.rng = generator_or_new("Dropout", rng)

    def __call__(self, x: Array, training: bool = False) -> Array:
        return dropout(x, self.rate, self.rng) if training else x

    def __repr__(self) -> str:
        return described(self, self.rate)


class Flatten(Activation):
    """Make of each example a vector: (batch, height, width, channels) → (batch, features), say.

    Examples
    --------
    >>> Flatten()(np.zeros((5, 2, 2, 3))).shape
    (5, 12)
    """

    def __call__(self, x: Array, training: bool = False) -> Array:
        x = with_batch(self, x)
        return np.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


class Reshape(Activation):
    """Give each example another shape.

    Parameters
    ----------
    shape : int or sequence of int
        Of an example, without the batch; one length can be −1, which is found.

    Raises
    ------
    ValueError
        If that is no shape; in a call, if the examples do not fit into it.

    Examples
    --------
    >>> Reshape((2, 2, 3))(np.zeros((5, 12))).shape
    (5, 2, 2, 3)
    """

    def __init__(self, shape: int | Sequence[int]) -> None:
        lengths = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        if not all(is_integer(n) and n >= -1 for n in lengths) or lengths.count(-1) > 1:
            raise ValueError(
                f"Reshape: shape={shape!r}; expected the lengths of an example's axes, of which "
                "one may be -1"
            )
        self.shape = lengths

    def __call__(self, x: Array, training: bool = False) -> Array:
        x = with_batch(self, x)
        size, known = math.prod(x.shape[1:]), math.prod([n for n in self.shape if n != -1])
        if size != known and (-1 not in self.shape or known == 0 or size % known):
            raise ValueError(
                f"{self!r}: the input has shape {x.shape}: its examples have {size} numbers"
            )
        found = [size // known if n == -1 else n for n in self.shape]
        return np.reshape(x, (x.shape[0], *found))

    def __repr__(self) -> str:
        return described(self, self.shape)


def with_batch(layer: Layer, x: Array) -> Array:
    """Return x as an array that has a batch axis."""
    x = x if hasattr(x, "shape") else np.asarray(x)
    if not x.shape:
        raise ValueError(f"{layer!r}: the input is a single number; expected (batch, ...)")
    return x


class Residual(Layer):
    """x + f(x): what layers make of x is added to it (He et al., 2015).

    Parameters
    ----------
    inner : layer, function, or list of them
        f: one layer, or several one after another.
    shortcut : layer or function, optional
        What x goes through before it is added, where f changes its shape.

    Raises
    ------
    ValueError
        In a call, if the two have different shapes.

    Examples
    --------
    >>> from tinygrad_np import nn
    >>> block = Residual([nn.Dense(8, 16), nn.ReLU(), nn.Dense(16, 8)])
    >>> block(np.zeros((5, 8), np.float32)).shape
    (5, 8)
    """

    def __init__(self, inner: Any, shortcut: Any = None) -> None:
        self.inner = one_layer("Residual", inner)
        self.shortcut = None if shortcut is None else one_layer("Residual", shortcut)

    def __call__(self, x: Array, training: bool = False) -> Array:
        out = self.inner(x, training=training)
        if self.shortcut is not None:
            x = self.shortcut(x, training=training)
        if np.shape(x) != np.shape(out):
            raise ValueError(
                f"Residual: f(x) has shape {np.shape(out)} and cannot be added to what has shape "
                f"{np.shape(x)}; give it a shortcut that makes x of that shape"
            )
        return x + out

    def __repr__(self) -> str:
        return described(self, self.inner, shortcut=(self.shortcut, None))


def one_layer(name: str, value: Any) -> Layer:
    """Return a layer as it is; of a list of layers, make a network, of a function a `Lambda`."""
    from .network import NeuralNetwork

    if isinstance(value, Layer):
        return value
    if isinstance(value, (list, tuple)):
        return NeuralNetwork(value)
    if callable(value) and not isinstance(value, type):
        return Lambda(value)
    raise TypeError(f"{name}: {value!r} is neither a layer, nor a function, nor a list of them")


class Lambda(Activation):
    """Any function of an array as a layer.

    Parameters
    ----------
    function : callable
        In NumPy's functions; it is called with the input.

    Raises
    ------
    TypeError
        If ``function`` is not one.

    Examples
    --------
    >>> Lambda(lambda x: x[..., ::-1])(np.array([[1.0, 2.0]]))
    array([[2., 1.]])
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__(function)

    def __repr__(self) -> str:
        return f"Lambda({getattr(self.function, '__name__', repr(self.function))})"
