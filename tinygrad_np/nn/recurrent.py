"""Recurrent networks: a state that reads a sequence step by step.

A sequence is read by one op. Its loops over the steps, forward and back, work in place on matrices
of (units, batch), in which the values of a gate are neighbours; all inputs are projected by one
product beforehand, and the gradients of the weights are one product afterwards. Derivatives beyond
the first, and tangents, come from the same network written with an op for each of its operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from ..batching import BATCHING, vmap
from ..ops.table import Op
from ..recording import Array, Node, Recorded
from ..transforms import jvp, vjp
from .functions import ARRAYS, as_floating, dense, sigmoid

__all__ = ["gru", "lstm", "rnn"]


class Cell:
    """A step of a network: forward, back, and in recorded ops.

    Weights are blocks side by side, one for each gate. The *gates* that are kept of a step are
    matrices of (units, batch), in an order in which all sigmoids are neighbours.
    """

    name: str
    states: int
    gates: int
    """How many are kept: first those that have a part of the input."""
    blocks: int
    order: tuple[int, ...]
    """Which block of the input's weights each gate belongs to."""
    state_order: tuple[int, ...]
    """Which block of the state's weights each of the last gates belongs to."""
    sigmoids: tuple[int, ...] = ()
    """The blocks that a sigmoid follows, which is (1 + tanh(x / 2)) / 2."""

    def forward(self, gates: Array, product: Array, old: Array, new: Array) -> None:
        """Compute the gates, which hold the projected input, and the new state, in place."""
        raise NotImplementedError

    def backward(self, gates: Array, old: Array, new: Array, d: Array, d_gates: Array) -> None:
        """Compute the cotangents of the gates; turn d, of the new state, into that of the old.

        What reaches the old state through the gates is left out.
        """
        raise NotImplementedError

    def step(self, projected: Array, old: list[Array], weights: Array, bias: Any) -> list[Array]:
        """Compute the new state from the old one, in recorded ops on arrays (batch, units)."""
        raise NotImplementedError


def finish_sigmoids(tanh_of_half: Array) -> None:
    """Make the sigmoid of x of tanh(x / 2), in place."""
    tanh_of_half *= 0.5
    tanh_of_half += 0.5


class RNNCell(Cell):
    name = "rnn"
    states = gates = blocks = 1
    order = state_order = (0,)

    def forward(self, gates: Array, product: Array, old: Array, new: Array) -> None:
        gates += product
        np.tanh(gates, out=new)

    def backward(self, gates: Array, old: Array, new: Array, d: Array, d_gates: Array) -> None:
        np.multiply(new, new, out=d_gates)
        np.subtract(1, d_gates, out=d_gates)
        d_gates *= d
        d.fill(0)

    def step(self, projected: Array, old: list[Array], weights: Array, bias: Any) -> list[Array]:
        return [np.tanh(projected + old[0] @ weights)]


class LSTMCell(Cell):
    """Blocks i, f, g, o; gates g, i, f, o; states h, c."""

    name = "lstm"
    states = 2
    gates = blocks = 4
    order = state_order = (2, 0, 1, 3)
    sigmoids = (0, 1, 3)

    def forward(self, gates: Array, product: Array, old: Array, new: Array) -> None:
        g, i, f, o = gates
        h, c = new
        gates += product
        np.tanh(gates, out=gates)
        finish_sigmoids(gates[1:])
        np.multiply(i, g, out=h)
        np.multiply(f, old[1], out=c)
        c += h
        np.tanh(c, out=h)
        h *= o

    def backward(self, gates: Array, old: Array, new: Array, d: Array, d_gates: Array) -> None:
        g, i, f, o = gates
        dg, di, df, do = d_gates
        dh, dc = d
        tanh_c = np.tanh(new[1])
        np.multiply(dh, tanh_c, out=do)
        dh *= o
        tanh_c *= tanh_c
        through_c = np.subtract(1, tanh_c, out=tanh_c)
        through_c *= dh
        dc += through_c
        np.multiply(dc, g, out=di)
        np.multiply(dc, old[1], out=df)
        # The slope of a sigmoid s is s (1 − s), that of a tanh 1 − t².
        switches = gates[1:]
        slopes = np.subtract(1, switches)
        slopes *= switches
        d_gates[1:] *= slopes
        np.multiply(g, g, out=dg)
        np.subtract(1, dg, out=dg)
        dg *= i
        dg *= dc
        dc *= f
        dh.fill(0)

    def step(self, projected: Array, old: list[Array], weights: Array, bias: Any) -> list[Array]:
        gates = np.split(projected + old[0] @ weights, 4, axis=-1)
        i, f, o = [sigmoid(gates[k]) for k in (0, 1, 3)]
        c = f * old[1] + i * np.tanh(gates[2])
        return [o * np.tanh(c), c]


class GRUCell(Cell):
    """Blocks r, z, n; gates n, r, z, and the part of the state in n, which r multiplies."""

    name = "gru"
    states = 1
    gates = 4
    blocks = 3
    order = (2, 0, 1)
    state_order = (0, 1, 2)
    sigmoids = (0, 1)

    def forward(self, gates: Array, product: Array, old: Array, new: Array) -> None:
        n, r, _, part = gates
        h = new[0]
        switches = gates[1:3]
        switches += product[:2]
        np.tanh(switches, out=switches)
        finish_sigmoids(switches)
        part[...] = product[2]
        np.multiply(r, part, out=h)
        n += h
        np.tanh(n, out=n)
        np.subtract(old[0], n, out=h)
        h *= switches[1]
        h += n

    def backward(self, gates: Array, old: Array, new: Array, d: Array, d_gates: Array) -> None:
        n, r, z, part = gates
        dn, dr, dz, d_part = d_gates
        dh = d[0]
        np.subtract(1, gates[1:3], out=d_gates[1:3])
        np.multiply(dh, dz, out=dn)
        d_gates[1:3] *= gates[1:3]
        slope = n * n
        np.subtract(1, slope, out=slope)
        dn *= slope
        np.multiply(dn, r, out=d_part)
        dr *= part
        dr *= dn
        np.subtract(old[0], n, out=slope)
        dz *= slope
        dz *= dh
        dh *= z

    def step(self, projected: Array, old: list[Array], weights: Array, bias: Any) -> list[Array]:
        from_x = np.split(projected, 3, axis=-1)
        from_h = np.split(dense(old[0], weights, bias), 3, axis=-1)
        r, z = [sigmoid(from_x[k] + from_h[k]) for k in (0, 1)]
        n = np.tanh(from_x[2] + r * from_h[2])
        return [n + z * (old[0] - n)]


# All steps in one op. Its result are all states, (length + 1, states, units, batch), the initial
# one first.

X, WEIGHTS, STATE_WEIGHTS, BIAS, STATE_BIAS, INITIAL, MASK = range(7)


class Recurrence(Op):
    """A cell's steps through (batch, length, features), as one op with the first derivatives."""

    __slots__ = ("cell",)

    def __init__(self, cell: Cell) -> None:
        super().__init__(self.run, self, None, cell.name, hands_on=True)  # type: ignore[arg-type]
        self.cell = cell

    def run(self, *args: Any) -> tuple[Array, Any]:
        """Return the states, and what the fast way back needs; None if it was not taken."""
        if any(isinstance(arg, Recorded) for arg in args):
            return unrolled(self.cell, *args), None
        return run_forward(self.cell, *args)

    def find_kept(self, active: tuple[bool, ...]) -> tuple[bool, ...]:
        return (True,) * (1 + len(active))

    def __iter__(self) -> Iterator[Callable[..., Array]]:
        """The reverse rules, which share one way back through the steps."""
        shared: list[Callable[[int], Array]] = []

        def rule(i: int, g: Array, residual: Any, *args: Any) -> Array:
            if not shared:
                shared.append(self.pull(g, residual, args))
            return shared[0](i)

        return (partial(rule, i) for i in count())

    def pull(self, g: Array, residual: Any, args: Sequence[Any]) -> Callable[[int], Array]:
        if residual is not None and not isinstance(g, Recorded):
            return run_backward(self.cell, g, *residual, *args)
        moving = [i for i, arg in enumerate(args) if i != MASK and arg is not None]
        _, pullback = vjp(self.of_some(moving, args), *[args[i] for i in moving])
        gradients = dict(zip(moving, pullback(g)))
        return gradients.__getitem__

    def push_forward(self, node: Node, tangents: Mapping[Node, Array]) -> Iterator[Array]:
        assert node.saved is not None
        args = node.saved[1:]
        moving = [i for i, parent in enumerate(node.parents) if parent in tangents]
        yield jvp(
            self.of_some(moving, args),
            tuple([args[i] for i in moving]),
            tuple([tangents[node.parents[i]] for i in moving]),  # type: ignore[index]
        )[1]

    def of_some(self, moving: list[int], args: Sequence[Any]) -> Callable[..., Array]:
        """The composition of recorded ops, as a function of some of the arguments."""

        def function(*values: Array) -> Array:
            filled = list(args)
            for i, value in zip(moving, values):
                filled[i] = value
            return unrolled(self.cell, *filled)

        return function


def recurrence_batch(function: Any, values: Any, flags: Any) -> Array:
    """Take the steps of a whole batch of batches together."""
    axes = tuple([0 if mine else None for mine in flags])
    return vmap(partial(unrolled, function.cell), axes)(*values)


def unrolled(
    cell: Cell, x: Array, weights: Array, state_weights: Array, bias: Any, state_bias: Any,
    initial: Any, mask: Any,
) -> Array:  # fmt: skip
    """Compute the states with an op for each operation."""
    batch, length, _ = x.shape
    if initial is None:
        zeros = np.zeros((batch, state_weights.shape[0]), weights.dtype)
        states = [zeros] * cell.states
    else:
        states = [initial[k].T for k in range(cell.states)]
    projected = dense(x, weights, bias)
    history = [states]
    for t in range(length):
        new = cell.step(projected[:, t], states, state_weights, state_bias)
        if mask is not None:
            is_real = mask[:, t, None]
            new = [np.where(is_real, after, before) for after, before in zip(new, states)]
        states = new
        history.append(states)
    return np.stack([np.stack([state.T for state in states]) for states in history])


def steps_first(x: Array) -> Array:
    return np.ascontiguousarray(x.swapaxes(0, 1))


def in_order(cell: Cell, weights: Array, order: Sequence[int]) -> Array:
    """Lay the blocks of weights as the gates are."""
    blocks = weights.reshape(len(weights), cell.blocks, weights.shape[1] // cell.blocks)
    return blocks[:, order].reshape(weights.shape)


def as_given(cell: Cell, rows: Array, order: Sequence[int]) -> Array:
    """Lay rows, which are as the gates are, as the columns of the weights are."""
    blocks = rows.reshape(cell.blocks, len(rows) // cell.blocks, *rows.shape[1:])
    return blocks[np.argsort(order)].reshape(rows.shape).T


def halved(cell: Cell, weights: Array, order: Sequence[int]) -> Array:
    """Transpose the weights, in the gates' order, and halve those that a sigmoid follows."""
    rows = in_order(cell, weights, order).T
    factors = np.array([0.5 if block in cell.sigmoids else 1 for block in order], weights.dtype)
    return rows * np.repeat(factors, len(rows) // cell.blocks)[:, np.newaxis]


def run_forward(
    cell: Cell, x: Array, weights: Array, state_weights: Array, bias: Any, state_bias: Any,
    initial: Any, mask: Any,
) -> tuple[Array, tuple[Array, Array]]:  # fmt: skip
    """Compute the states, in place; hand on the gates and the states."""
    given = [x, weights, state_weights, bias, state_bias, initial]
    dtype = np.result_type(*[array for array in given if array is not None])
    batch, length, _ = x.shape
    units = len(state_weights)
    gates = np.empty((length, cell.gates, units, batch), dtype)
    matrices = gates.reshape(length, cell.gates * units, batch)[:, : cell.blocks * units]
    np.matmul(halved(cell, weights, cell.order), steps_first(x).swapaxes(1, 2), out=matrices)
    if bias is not None:
        matrices += halved(cell, bias[None], cell.order)
    from_state = np.ascontiguousarray(halved(cell, state_weights, cell.state_order), dtype)
    from_bias = None if state_bias is None else halved(cell, state_bias[None], cell.state_order)
    states = np.empty((length + 1, cell.states, units, batch), dtype)
    states[0] = 0 if initial is None else initial
    product = np.empty((cell.blocks * units, batch), dtype)
    product_of_gates = product.reshape(cell.blocks, units, batch)
    padding = None if mask is None else ~mask.T
    for t in range(length):
        old, new = states[t], states[t + 1]
        np.matmul(from_state, old[0], out=product)
        if from_bias is not None:
            product += from_bias
        cell.forward(gates[t], product_of_gates, old, new)
        if padding is not None:
            np.copyto(new, old, where=padding[t])
    return states, (gates, states)


def run_backward(
    cell: Cell, g: Array, gates: Array, states: Array, x: Array, weights: Array,
    state_weights: Array, bias: Any, state_bias: Any, initial: Any, mask: Any,
) -> Callable[[int], Array]:  # fmt: skip
    """Go back through the steps; return the gradient of each argument, by its position."""
    length, _, units, batch = gates.shape
    of_input, of_state = slice(cell.blocks * units), slice(-cell.blocks * units, None)
    to_state = np.ascontiguousarray(in_order(cell, state_weights, cell.state_order), gates.dtype)
    through_gates = np.empty((units, batch), gates.dtype)
    padding = None if mask is None else ~mask.T
    rows = np.empty_like(gates, shape=(cell.gates * units, batch))
    d_gates = rows.reshape(cell.gates, units, batch)
    columns = np.empty_like(gates, shape=(len(rows), length, batch))
    d = np.zeros(states.shape[1:], gates.dtype)
    for t in range(length - 1, -1, -1):
        d += g[t + 1]
        if padding is not None:
            kept = np.where(padding[t], d, 0)
            np.copyto(d, 0, where=padding[t])
        cell.backward(gates[t], states[t], states[t + 1], d, d_gates)
        columns[:, t] = rows
        np.matmul(to_state, rows[of_state], out=through_gates)
        d[0] += through_gates
        if padding is not None:
            d += kept
    d += g[0]
    columns = columns.reshape(len(rows), length * batch)

    def gradient(argument: int) -> Array:
        if argument == INITIAL:
            return d
        if argument == X:
            back = in_order(cell, weights, cell.order) @ columns[of_input]
            return back.reshape(x.shape[2], length, batch).T
        if argument == BIAS:
            return as_given(cell, columns[of_input].sum(axis=1), cell.order)
        if argument == STATE_BIAS:
            return as_given(cell, columns[of_state].sum(axis=1), cell.state_order)
        if argument == WEIGHTS:
            inputs = steps_first(x).reshape(length * batch, x.shape[2])
            return as_given(cell, columns[of_input] @ inputs, cell.order)
        before = np.ascontiguousarray(states[:-1, 0].swapaxes(0, 1)).reshape(units, length * batch)
        return as_given(cell, columns[of_state] @ before.T, cell.state_order)

    return gradient


OPS = {cell.name: Recurrence(cell) for cell in (RNNCell(), LSTMCell(), GRUCell())}
rnn_op, lstm_op, gru_op = OPS.values()
BATCHING.update(dict.fromkeys(OPS.values(), recurrence_batch))


# For everybody


def rnn(
    x: Array,
    weights: Array,
    recurrent_weights: Array,
    bias: Array | None = None,
    initial_state: Array | None = None,
    mask: Array | None = None,
    reverse: bool = False,
) -> tuple[Array, Array]:
    """hₜ = tanh(xₜ W + hₜ₋₁ U + b): read sequences step by step (Elman, 1990).

    Parameters
    ----------
    x : array, shape (batch, length, features)
        The sequences; integers are converted to the dtype of the weights.
    weights : array, shape (features, units)
        W.
    recurrent_weights : array, shape (units, units)
        U.
    bias : array, shape (units,), optional
        b. PyTorch's two biases are only ever added: this is their sum.
    initial_state : array, shape (batch, units), optional
        h₀; without it, 0.
    mask : array of bool, shape (batch, length), optional
        Which steps are real. The others, of sequences padded to one length, leave the state as it
        is, whatever x holds there; the output repeats the state.
    reverse : bool
        Whether to read from the last step to the first. Outputs are in the order of x all the same.

    Returns
    -------
    outputs : array, shape (batch, length, units)
        hₜ at each step.
    state : array, shape (batch, units)
        That after the last step read: the initial one if none was.

    Raises
    ------
    ValueError
        If shapes do not fit one another.
    TypeError
        If something is not an array of real numbers, or the mask not one of bool.

    Examples
    --------
    >>> x = np.array([[[1.0], [0.0]]])
    >>> outputs, state = rnn(x, np.array([[2.0]]), np.array([[1.0]]))
    >>> outputs.round(2)
    array([[[0.96],
            [0.75]]])
    """
    outputs, states = read(
        rnn_op, x, weights, recurrent_weights, bias, None, [initial_state], mask, reverse
    )
    return outputs, states[0]


def lstm(
    x: Array,
    weights: Array,
    recurrent_weights: Array,
    bias: Array | None = None,
    initial_state: tuple[Array, Array] | None = None,
    mask: Array | None = None,
    reverse: bool = False,
) -> tuple[Array, tuple[Array, Array]]:
    """hₜ = o tanh(cₜ), cₜ = f cₜ₋₁ + i g: read sequences and remember.

    i, f and o are σ, and g is tanh, of xₜ W + hₜ₋₁ U + b, whose columns are in the order i, f, g,
    o, as in PyTorch and Keras (Hochreiter & Schmidhuber, 1997; Gers, Schmidhuber & Cummins, 2000).

    Parameters
    ----------
    x : array, shape (batch, length, features)
        The sequences; integers are converted to the dtype of the weights.
    weights : array, shape (features, 4 units)
        W.
    recurrent_weights : array, shape (units, 4 units)
        U.
    bias : array, shape (4 units,), optional
        b. PyTorch's two biases are only ever added: this is their sum.
    initial_state : pair of arrays, shape (batch, units), optional
        (h₀, c₀); without it, 0.
    mask : array of bool, shape (batch, length), optional
        Which steps are real. The others, of sequences padded to one length, leave the state as it
        is, whatever x holds there; the output repeats the state.
    reverse : bool
        Whether to read from the last step to the first. Outputs are in the order of x all the same.

    Returns
    -------
    outputs : array, shape (batch, length, units)
        hₜ at each step.
    state : pair of arrays, shape (batch, units)
        (h, c) after the last step read: the initial ones if none was.

    Raises
    ------
    ValueError
        If shapes do not fit one another.
    TypeError
        If something is not an array of real numbers, or the mask not one of bool.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, w, u = [rng.standard_normal(shape) for shape in ((5, 7, 3), (3, 8), (2, 8))]
    >>> outputs, (h, c) = lstm(x, w, u)
    >>> outputs.shape, h.shape
    ((5, 7, 2), (5, 2))
    >>> _, state = lstm(x[:, :4], w, u)
    >>> rest, _ = lstm(x[:, 4:], w, u, initial_state=state)
    >>> bool(np.allclose(rest, outputs[:, 4:]))
    True
    """
    initial: Any = (None, None) if initial_state is None else initial_state
    if not isinstance(initial, (tuple, list)) or len(initial) != 2:
        raise TypeError("lstm: initial_state is a pair (h, c) of arrays, each (batch, units)")
    outputs, (h, c) = read(
        lstm_op, x, weights, recurrent_weights, bias, None, initial, mask, reverse
    )
    return outputs, (h, c)


def gru(
    x: Array,
    weights: Array,
    recurrent_weights: Array,
    bias: Array | None = None,
    recurrent_bias: Array | None = None,
    initial_state: Array | None = None,
    mask: Array | None = None,
    reverse: bool = False,
) -> tuple[Array, Array]:
    """hₜ = (1 − z) n + z hₜ₋₁: read sequences with two gates (Cho et al., 2014).

    r and z are σ of xₜ W + b + hₜ₋₁ U + b', and n = tanh(xₜ W + b + r (hₜ₋₁ U + b')), each with its
    columns: r, z, n, the order of PyTorch (in Keras: z, r, n).

    Parameters
    ----------
    x : array, shape (batch, length, features)
        The sequences; integers are converted to the dtype of the weights.
    weights : array, shape (features, 3 units)
        W.
    recurrent_weights : array, shape (units, 3 units)
        U.
    bias, recurrent_bias : array, shape (3 units,), optional
        b and b'.
    initial_state : array, shape (batch, units), optional
        h₀; without it, 0.
    mask : array of bool, shape (batch, length), optional
        Which steps are real. The others, of sequences padded to one length, leave the state as it
        is, whatever x holds there; the output repeats the state.
    reverse : bool
        Whether to read from the last step to the first. Outputs are in the order of x all the same.

    Returns
    -------
    outputs : array, shape (batch, length, units)
        hₜ at each step.
    state : array, shape (batch, units)
        That after the last step read: the initial one if none was.

    Raises
    ------
    ValueError
        If shapes do not fit one another.
    TypeError
        If something is not an array of real numbers, or the mask not one of bool.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, w, u = [rng.standard_normal(shape) for shape in ((5, 7, 3), (3, 6), (2, 6))]
    >>> mask = np.arange(7) < np.array([[7], [3], [5], [0], [1]])
    >>> outputs, state = gru(x, w, u, mask=mask)
    >>> state[3]
    array([0., 0.])
    """
    outputs, states = read(
        gru_op, x, weights, recurrent_weights, bias, recurrent_bias, [initial_state], mask, reverse
    )
    return outputs, states[0]


def read(
    op: Recurrence, x: Any, weights: Any, recurrent_weights: Any, bias: Any, recurrent_bias: Any,
    initial: Sequence[Any], mask: Any, reverse: bool,
) -> tuple[Array, list[Array]]:  # fmt: skip
    """Check the arguments, and return the outputs and the final states."""
    name, blocks = op.name, op.cell.blocks
    weights = as_floating(f"{name}: weights", weights)
    dtype = weights.dtype
    recurrent_weights = as_floating(f"{name}: recurrent_weights", recurrent_weights, dtype)
    units = weights.shape[-1] // blocks if weights.ndim == 2 else 0
    if recurrent_weights.shape != (units, blocks * units) or 0 in weights.shape:
        wide = f"{blocks} * units" if blocks > 1 else "units"
        raise ValueError(
            f"{name}: weights have shape {weights.shape} and recurrent_weights "
            f"{recurrent_weights.shape}; expected (features, {wide}) and (units, {wide})"
        )
    biases = []
    for which, one in (("bias", bias), ("recurrent_bias", recurrent_bias)):
        if one is not None:
            one = as_floating(f"{name}: {which}", one, dtype)
            if one.shape != weights.shape[1:]:
                raise ValueError(
                    f"{name}: {which} has shape {one.shape}; weights of shape {weights.shape} "
                    f"need {weights.shape[1:]}"
                )
        biases.append(one)
    x = as_floating(f"{name}: x", x, dtype)
    check_sequences(name, x, weights.shape[0])
    first = initial_states(name, x, initial, units, dtype)
    if mask is not None:
        mask = check_mask(name, x, mask)
        x = np.where(mask[..., np.newaxis], x, 0)
    if reverse:
        x = np.flip(x, 1)
        mask = None if mask is None else np.flip(mask, 1)
    states = op(x, weights, recurrent_weights, *biases, first, mask)
    outputs = np.transpose(states[1:, 0], (2, 0, 1))
    # The outputs are a view of the states: a copy, so that the two share no memory.
    last = [states[-1, k].T.copy() for k in range(op.cell.states)]
    return np.flip(outputs, 1) if reverse else outputs, last


def check_sequences(name: str, x: Array, features: int) -> None:
    """Raise unless x is a batch of sequences with so many features."""
    shape = x.shape
    if len(shape) == 3 and shape[2] == features:
        return
    advice = ""
    if len(shape) == 3 and shape[1] == features:
        advice = ". The features seem to come before the steps: np.swapaxes(x, 1, 2)"
    elif len(shape) == 2 and shape[1] == features:
        advice = ". If this is one sequence, not a batch, write x[np.newaxis]"
    elif len(shape) == 2 and features == 1:
        advice = ". If each step is one number, write x[..., np.newaxis]"
    raise ValueError(f"{name}: x has shape {shape}; expected (batch, length, {features}){advice}")


def check_mask(name: str, x: Array, mask: Any) -> Array:
    """Return a mask of the steps as an array, checked to fit x."""
    if not isinstance(mask, ARRAYS):
        mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(
            f"{name}: the mask is of dtype {mask.dtype}; it is True where a step is real: write "
            "mask.astype(bool)"
        )
    if mask.shape != x.shape[:2]:
        raise ValueError(
            f"{name}: the mask has shape {mask.shape} and x {x.shape}; a mask is (batch, length)"
            + time_first(mask.shape == x.shape[1::-1])
        )
    return mask


def initial_states(
    name: str, x: Array, initial: Sequence[Any], units: int, dtype: Any
) -> Array | None:
    """Return the initial states as the op takes them, checked to fit x."""
    if all(state is None for state in initial):
        return None
    arrays = [as_floating(f"{name}: initial_state", state, dtype) for state in initial]
    for array in arrays:
        if array.shape != (x.shape[0], units):
            raise ValueError(
                f"{name}: initial_state has shape {array.shape}, where x of shape {x.shape} and "
                f"the weights need {(x.shape[0], units)}"
                + time_first(array.shape == (x.shape[1], units))
            )
    return np.stack([array.T for array in arrays])


def time_first(is_likely: bool) -> str:
    return ". x seems to have the steps first: np.swapaxes(x, 0, 1)" if is_likely else ""
