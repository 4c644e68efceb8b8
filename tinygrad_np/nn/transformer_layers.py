"""Layers that transformers are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording import Array
from .activations import from_0_to_1, gelu
from .initializers import glorot_uniform
from .layer import Layer, Sized, described, generator_or_new, positive, trainable_dtype
from .layers import Dense, Dropout
from .normalization_layers import LayerNorm
from .transformers import encoding, multi_head_attention

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike

__all__ = ["MultiHeadAttention", "PositionalEncoding", "TransformerBlock"]


class OfHeads(Sized):
    """A layer of sequences whose features are divided among heads."""

    heads: int

    def divide(self, features: Any, heads: Any) -> int | None:
        """Set ``heads``; return the number of features, None if it is to be found."""
        name = type(self).__name__
        if heads is None:
            features, heads = None, features
        self.heads = positive(f"{name}: heads", heads)
        return None if features is None else positive(f"{name}: features", features)

    def make(self, features: int, **settings: Any) -> None:
        if features % self.heads:
            raise ValueError(
                f"{type(self).__name__}: heads={self.heads} does not divide the {features} features"
            )

    def see_sequences(self, x: Array, features: int | None = None) -> None:
        """Raise unless x is (batch, length, features), as many as were seen before."""
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        if len(shape) != 3 or features not in (None, shape[2]):
            advice = ""
            if len(shape) == 2 and features in (None, shape[1]):
                advice = ". Of one sequence, x[np.newaxis] makes a batch"
            elif len(shape) == 3 and shape[1] == features:
                advice = ". The features seem to come before the steps: np.swapaxes(x, 1, 2)"
            expected = "features" if features is None else features
            raise ValueError(
                f"{self!r}: the input has shape {shape}; expected (batch, length, {expected})"
                + advice
            )
        self.see(x)


class MultiHeadAttention(OfHeads):
    """Each step of a sequence looks at the others, or at another sequence: see `attention`.

    Queries, keys and values are made of the features by a `Dense` each, the heads attend on their
    own, and one more puts together what they found (Vaswani et al., 2017). A call takes
    ``context=``, (batch, keys, features), the sequences to look at, without which it is the input;
    and ``mask=``, of bool: of shape (batch, keys), which steps are real, or (batch, queries, keys)
    or (batch, heads, queries, keys), what may be seen.

    Parameters
    ----------
    features, heads : int
        The number of features, which can be left out, and of heads, which divides it.
    rng : np.random.Generator, optional
        Draws the initial weights, and what is dropped; without it they differ from run to run.
    causal : bool
        Whether a step sees only those that do not come after it.
    dropout : float
        In training, the probability of each weight by which a step looks at another to be dropped.
    initializer : callable
        ``initializer(rng, shape, dtype)`` for the weights.
    bias : bool
        Whether there are biases.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    query, key, value, out : Dense

    Raises
    ------
    ValueError
        If a size is not a positive integer, or ``heads`` does not divide ``features``; in a call,
        if shapes do not fit.

    Examples
    --------
    >>> layer = MultiHeadAttention(12, heads=3, rng=np.random.default_rng(0))
    >>> x = np.zeros((2, 5, 12), np.float32)
    >>> layer(x).shape
    (2, 5, 12)
    >>> layer(x, context=np.zeros((2, 9, 12), np.float32)).shape
    (2, 5, 12)
    """

    query: Dense
    key: Dense
    value: Dense
    out: Dense

    def __init__(
        self,
        features: int | None = None,
        heads: int | None = None,
        rng: np.random.Generator | None = None,
        *,
        causal: bool = False,
        dropout: float = 0.0,
        initializer: Callable[..., Any] = glorot_uniform,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        width = self.divide(features, heads)
        rng = generator_or_new("MultiHeadAttention", rng)
        self.causal = causal
        self.dropout = Dropout(dropout, rng) if dropout != 0 else None
        self.begin(
            width, rng=rng, initializer=initializer, bias=bias,
            dtype=trainable_dtype("MultiHeadAttention", dtype),
        )  # fmt: skip

    def make(self, features: int, **settings: Any) -> None:
        super().make(features)
        for name in ("query", "key", "value", "out"):
            setattr(self, name, Dense(features, features, **settings))

    def __call__(
        self, x: Array, training: bool = False, *, context: Array | None = None,
        mask: Array | None = None,
    ) -> Array:  # fmt: skip
        features = width_of(self)
        for sequences in (x, context):
            if sequences is not None:
                self.see_sequences(sequences, features)
        context = x if context is None else context
        dropping = self.dropout if training else None
        found = multi_head_attention(
            self.query(x), self.key(context), self.value(context), self.heads, mask, self.causal,
            dropout=0.0 if dropping is None else dropping.rate,
            rng=None if dropping is None else dropping.rng,
        )  # fmt: skip
        return self.out(found)

    def __repr__(self) -> str:
        return described(
            self, width_of(self), heads=(self.heads, None), causal=(self.causal, False)
        )


def width_of(layer: MultiHeadAttention) -> int | None:
    """The number of features, once it is known."""
    query = layer.__dict__.get("query")
    return None if query is None else np.shape(query.weights)[0]


class TransformerBlock(OfHeads):
    """x + attention(norm(x)), and to that, what a small network makes of each step's norm.

    The norms come first ("pre-norm"; Xiong et al., 2020). A call takes ``mask=``, of bool, as
    `MultiHeadAttention` does: (batch, length) says which steps are real.

    Parameters
    ----------
    features, heads : int
        The number of features, which can be left out, and of heads, which divides it.
    rng : np.random.Generator, optional
        Draws the initial weights, and what is dropped; without it they differ from run to run.
    hidden : int, optional
        The number of hidden units in the small network; by default four times the features.
    causal : bool
        Whether a step sees only those that do not come after it, as in a model that predicts what
        comes next.
    activation : callable
        The function after the hidden units.
    dropout : float
        In training, the probability of each number that is to be added to x to be dropped.
    attention_dropout : float
        The ``dropout`` of the attention.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    attention_norm, hidden_norm : LayerNorm
    attention : MultiHeadAttention
    hidden, out : Dense

    Raises
    ------
    ValueError
        If a setting makes no sense, or ``heads`` does not divide ``features``; in a call, if
        shapes do not fit.

    Examples
    --------
    >>> block = TransformerBlock(12, heads=3, rng=np.random.default_rng(0), causal=True)
    >>> x = np.random.default_rng(1).standard_normal((2, 5, 12)).astype(np.float32)
    >>> block(x).shape
    (2, 5, 12)
    >>> bool(np.allclose(block(x[:, :3]), block(x)[:, :3], atol=1e-6))
    True
    """

    attention_norm: LayerNorm
    attention: MultiHeadAttention
    hidden_norm: LayerNorm
    hidden: Dense
    out: Dense

    def __init__(
        self,
        features: int | None = None,
        heads: int | None = None,
        rng: np.random.Generator | None = None,
        *,
        hidden: int | None = None,
        causal: bool = False,
        activation: Callable[[Any], Any] = gelu,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        name = "TransformerBlock"
        width = self.divide(features, heads)
        if hidden is not None:
            hidden = positive(f"{name}: hidden", hidden)
        rng = generator_or_new(name, rng)
        self.causal = causal
        self.activation = activation
        self.dropout = Dropout(dropout, rng) if dropout != 0 else None
        share = from_0_to_1(name, "attention_dropout", attention_dropout)
        self.begin(
            width, rng=rng, hidden=hidden, attention_dropout=share,
            dtype=trainable_dtype(name, dtype),
        )  # fmt: skip

    def make(self, features: int, **settings: Any) -> None:
        super().make(features)
        rng, dtype = settings["rng"], settings["dtype"]
        hidden = settings["hidden"] or 4 * features
        self.attention_norm = LayerNorm(features, dtype=dtype)
        self.attention = MultiHeadAttention(
            features, self.heads, rng, causal=self.causal,
            dropout=settings["attention_dropout"], dtype=dtype,
        )  # fmt: skip
        self.hidden_norm = LayerNorm(features, dtype=dtype)
        self.hidden = Dense(features, hidden, rng, dtype=dtype)
        self.out = Dense(hidden, features, rng, dtype=dtype)

    def __call__(self, x: Array, training: bool = False, *, mask: Array | None = None) -> Array:
        attending = self.__dict__.get("attention")
        self.see_sequences(x, None if attending is None else width_of(attending))
        found = self.attention(self.attention_norm(x), training, mask=mask)
        x = x + self.dropped(found, training)
        made = self.out(self.activation(self.hidden(self.hidden_norm(x))))
        return x + self.dropped(made, training)

    def dropped(self, x: Array, training: bool) -> Array:
        """Return what is added to the input of the block, in training not all of it."""
        return x if self.dropout is None else self.dropout(x, training=training)

    def __repr__(self) -> str:
        attending = self.__dict__.get("attention")
        return described(
            self, None if attending is None else width_of(attending), heads=(self.heads, None),
            causal=(self.causal, False),
        )  # fmt: skip


class PositionalEncoding(Layer):
    """x + positions: tell the steps of sequences apart; see `positional_encoding`.

    Examples
    --------
    >>> x = np.zeros((2, 5, 12), np.float32)
    >>> PositionalEncoding()(x).shape
    (2, 5, 12)
    """

    def __call__(self, x: Array, training: bool = False) -> Array:
        x = x if hasattr(x, "shape") else np.asarray(x)
        if len(x.shape) < 2 or x.dtype.kind != "f":
            raise ValueError(
                f"PositionalEncoding: the input has shape {x.shape} and dtype {x.dtype}; expected "
                "(..., length, features), floating"
            )
        return x + encoding(*x.shape[-2:], x.dtype)

    def __repr__(self) -> str:
        return "PositionalEncoding()"
