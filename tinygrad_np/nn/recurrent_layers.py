"""Layers that read sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording import Array
from .initializers import glorot_uniform, orthogonal
from .layer import Layer, Sized, described, generator_or_new, initial, positive, trainable_dtype
from .recurrent import gru, lstm, rnn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike

__all__ = ["GRU", "LSTM", "RNN", "Bidirectional"]


class Recurrent(Sized):
    """A layer that reads sequences, and what its kinds have in common."""

    blocks = 1
    biases: tuple[str, ...] = ("bias",)
    weights: Array
    recurrent_weights: Array
    bias: Array | None

    def __init__(
        self,
        in_features: int | None = None,
        units: int | None = None,
        rng: np.random.Generator | None = None,
        *,
        return_sequences: bool = False,
        reverse: bool = False,
        initializer: Callable[..., Any] = glorot_uniform,
        recurrent_initializer: Callable[..., Any] = orthogonal,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        name = type(self).__name__
        if units is None:
            in_features, units = None, in_features
        if in_features is not None:
            in_features = positive(f"{name}: in_features", in_features)
        self.units = positive(f"{name}: units", units)
        self.return_sequences = return_sequences
        self.reverse = reverse
        self.weights = self.recurrent_weights = None
        dtype = trainable_dtype(name, dtype)
        for which in self.biases:
            setattr(self, which, np.zeros(self.blocks * self.units, dtype) if bias else None)
        self.begin(
            in_features, rng=generator_or_new(name, rng), dtype=dtype,
            initializers=(initializer, recurrent_initializer),
        )  # fmt: skip

    def make(self, features: int, **settings: Any) -> None:
        self.weights, self.recurrent_weights = [
            np.concatenate(
                [
                    initial(
                        type(self).__name__, initializer, settings["rng"], (inputs, self.units),
                        settings["dtype"],
                    )
                    for _ in range(self.blocks)
                ],
                axis=1,
            )
            for inputs, initializer in zip((features, self.units), settings["initializers"])
        ]  # fmt: skip

    def run(self, x: Array, initial_state: Any = None, mask: Array | None = None) -> Any:
        """Read sequences, and return the outputs of all steps and the final state.

        Parameters
        ----------
        x : array, shape (batch, length, features)
            The sequences.
        initial_state : array, shape (batch, units), or pair of them, optional
            The state to begin with: what an earlier call returned, to read on from there.
        mask : array of bool, shape (batch, length), optional
            Which steps are real.

        Returns
        -------
        outputs : array, shape (batch, length, units)
        state : array, shape (batch, units), or pair of them

        Examples
        --------
        >>> layer = GRU(3, 5)
        >>> x = np.random.default_rng(0).standard_normal((2, 9, 3))
        >>> outputs, state = layer.run(x[:, :4])
        >>> outputs, state = layer.run(x[:, 4:], initial_state=state)
        >>> bool(np.allclose(state, layer(x)))
        True
        """
        self.see(x)
        return self.read(x, initial_state, mask)

    def read(self, x: Array, initial_state: Any, mask: Any) -> Any:
        """Call the function that the layer is made around."""
        raise NotImplementedError

    def __call__(self, x: Array, training: bool = False, *, mask: Array | None = None) -> Array:
        outputs, state = self.run(x, mask=mask)
        if self.return_sequences:
            return outputs
        return state[0] if isinstance(state, tuple) else state

    def __repr__(self) -> str:
        features = None if self.weights is None else np.shape(self.weights)[0]
        return described(
            self, features, self.units, return_sequences=(self.return_sequences, False),
            reverse=(self.reverse, False), bias=(self.bias is not None, True),
        )  # fmt: skip


class RNN(Recurrent):
    """hₜ = tanh(xₜ W + hₜ₋₁ U + b): the simple recurrent network (Elman, 1990).

    Called on sequences, it returns the final state, or the states at all steps. A call takes
    ``mask=`` too, (batch, length), True where a step is real.

    Parameters
    ----------
    in_features, units : int
        The number of features of a step, which can be left out, and of units.
    rng : np.random.Generator, optional
        Draws the initial weights; without it they differ from run to run.
    return_sequences : bool
        Whether a call returns the states at all steps, (batch, length, units), for a layer that
        reads them in turn. Otherwise it returns the final one, (batch, units).
    reverse : bool
        Whether to read from the last step to the first.
    initializer, recurrent_initializer : callable
        ``initializer(rng, shape, dtype)`` for W and for U; see `tinygrad_np.nn.initializers`.
    bias : bool
        Whether there is a bias; it begins at 0.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    weights : ndarray, shape (in_features, units)
    recurrent_weights : ndarray, shape (units, units)
    bias : ndarray, shape (units,), or None

    Raises
    ------
    ValueError
        If a size is not a positive integer; in a call, if x has another shape.

    Examples
    --------
    >>> layer = RNN(3, 5, rng=np.random.default_rng(0), return_sequences=True)
    >>> layer(np.zeros((2, 9, 3), np.float32)).shape
    (2, 9, 5)
    """

    def read(self, x: Array, initial_state: Any, mask: Any) -> Any:
        return rnn(
            x, self.weights, self.recurrent_weights, self.bias, initial_state, mask, self.reverse
        )


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber, 1997): see `lstm`.

    Called on sequences, it returns the final h, or h at all steps. A call takes ``mask=`` too,
    (batch, length), True where a step is real.

    Parameters
    ----------
    in_features, units : int
        The number of features of a step, which can be left out, and of units.
    rng : np.random.Generator, optional
        Draws the initial weights; without it they differ from run to run.
    return_sequences : bool
        Whether a call returns h at all steps, (batch, length, units), for a layer that reads them
        in turn. Otherwise it returns the final one, (batch, units).
    reverse : bool
        Whether to read from the last step to the first.
    initializer, recurrent_initializer : callable
        ``initializer(rng, shape, dtype)`` for W and for U, gate by gate.
    bias : bool
        Whether there is a bias. It begins at 0, and for the gate f, which is to remember at first,
        at 1 (Jozefowicz et al., 2015).
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    weights : ndarray, shape (in_features, 4 units)
        For the gates i, f, g, o, side by side.
    recurrent_weights : ndarray, shape (units, 4 units)
    bias : ndarray, shape (4 units,), or None

    Raises
    ------
    ValueError
        If a size is not a positive integer; in a call, if x has another shape.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layer = LSTM(3, 5, rng=rng)
    >>> layer(np.zeros((2, 9, 3), np.float32)).shape
    (2, 5)
    >>> outputs, (h, c) = layer.run(np.zeros((2, 9, 3), np.float32))
    >>> outputs.shape, h.shape, c.shape
    ((2, 9, 5), (2, 5), (2, 5))
    """

    blocks = 4

    def make(self, features: int, **settings: Any) -> None:
        super().make(features, **settings)
        if self.bias is not None:
            self.bias[self.units : 2 * self.units] = 1

    def read(self, x: Array, initial_state: Any, mask: Any) -> Any:
        return lstm(
            x, self.weights, self.recurrent_weights, self.bias, initial_state, mask, self.reverse
        )


class GRU(Recurrent):
    """Gated recurrent units (Cho et al., 2014): see `gru`.

    Called on sequences, it returns the final state, or the states at all steps. A call takes
    ``mask=`` too, (batch, length), True where a step is real.

    Parameters
    ----------
    in_features, units : int
        The number of features of a step, which can be left out, and of units.
    rng : np.random.Generator, optional
        Draws the initial weights; without it they differ from run to run.
    return_sequences : bool
        Whether a call returns the states at all steps, (batch, length, units), for a layer that
        reads them in turn. Otherwise it returns the final one, (batch, units).
    reverse : bool
        Whether to read from the last step to the first.
    initializer, recurrent_initializer : callable
        ``initializer(rng, shape, dtype)`` for W and for U, gate by gate.
    bias : bool
        Whether there are biases; they begin at 0.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    weights : ndarray, shape (in_features, 3 units)
        For r, z and n, side by side.
    recurrent_weights : ndarray, shape (units, 3 units)
    bias, recurrent_bias : ndarray, shape (3 units,), or None

    Raises
    ------
    ValueError
        If a size is not a positive integer; in a call, if x has another shape.

    Examples
    --------
    >>> layer = GRU(5, rng=np.random.default_rng(0))
    >>> layer(np.zeros((2, 9, 3), np.float32)).shape, layer
    ((2, 5), GRU(3, 5))
    """

    blocks = 3
    biases = ("bias", "recurrent_bias")
    recurrent_bias: Array | None

    def read(self, x: Array, initial_state: Any, mask: Any) -> Any:
        return gru(
            x, self.weights, self.recurrent_weights, self.bias, self.recurrent_bias, initial_state,
            mask, self.reverse,
        )  # fmt: skip


class Bidirectional(Layer):
    """Two layers that read sequences from both ends, and their outputs side by side.

    A call takes ``mask=`` too, (batch, length), True where a step is real.

    Parameters
    ----------
    onward, back : RNN, LSTM or GRU
        The second one is made with ``reverse=True``.

    Raises
    ------
    ValueError
        If the layers read in the same direction, or only one returns sequences.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layer = Bidirectional(LSTM(3, 5, rng=rng), LSTM(3, 5, rng=rng, reverse=True))
    >>> layer(np.zeros((2, 9, 3), np.float32)).shape
    (2, 10)
    """

    def __init__(self, onward: Recurrent, back: Recurrent) -> None:
        for layer in (onward, back):
            if not isinstance(layer, Recurrent):
                raise TypeError(f"Bidirectional: {layer!r} is not an RNN, LSTM or GRU")
        if onward.reverse or not back.reverse:
            raise ValueError(
                f"Bidirectional: {onward!r} is to read onward and {back!r} back; only the second "
                "one is made with reverse=True"
            )
        if onward.return_sequences != back.return_sequences:
            raise ValueError(
                "Bidirectional: one of the layers returns sequences and the other does not; give "
                "both the same return_sequences="
            )
        self.onward = onward
        self.back = back

    def __call__(self, x: Array, training: bool = False, *, mask: Array | None = None) -> Array:
        return np.concatenate([self.onward(x, mask=mask), self.back(x, mask=mask)], axis=-1)

    def __repr__(self) -> str:
        return described(self, self.onward, self.back)
