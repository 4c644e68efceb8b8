"""What passes and what does not: numbers dropped at random, and rows picked out of a table."""

from __future__ import annotations

import numpy as np

from ..batching import BATCHING, elementwise_batch
from ..ops.indexing import taken
from ..ops.table import Op, linear
from ..recording import Array, Recorded, strip
from .activations import from_0_to_1
from .functions import as_floating, every_value
from .initializers import check_generator

__all__ = ["dropout", "embedding"]


def keep(x: Array, kept: Array, factor: float) -> Array:
    return x * kept * factor


keep_op: Op = linear(
    keep, lambda g, out, x, kept, factor: keep_op(g, kept, factor=factor), None, name="dropout"
)
BATCHING[keep_op] = elementwise_batch


def dropout(x: Array, rate: float, rng: np.random.Generator) -> Array:
    """Replace numbers by 0 at random; multiply the others by 1 / (1 − rate), to keep the mean.

    Within ``tg.vmap``, the same places are dropped in all examples.

    Parameters
    ----------
    x : array
        Of any shape.
    rate : float
        The probability of each number to be dropped, from 0 to 1. With 0, x is returned as it is,
        and nothing is drawn.
    rng : np.random.Generator
        Draws what is dropped.

    Returns
    -------
    array
        Of the shape of x (Srivastava et al., 2014).

    Raises
    ------
    TypeError
        If x does not hold real numbers, or ``rng`` is not a Generator.
    ValueError
        If ``rate`` is not from 0 to 1.

    Examples
    --------
    >>> dropout(np.ones(8), 0.5, np.random.default_rng(0))
    array([2., 2., 2., 0., 0., 0., 0., 0.])
    """
    x, rate = as_floating("dropout", x), from_0_to_1("dropout", "rate", rate)
    check_generator("dropout", rng)
    if rate == 0:
        return x
    kept = rng.random(x.shape, np.float32) >= rate
    return keep_op(x, kept, factor=1 / (1 - rate) if rate < 1 else 0.0)


def embedding(table: Array, indices: Array) -> Array:
    """Look up rows of a table: a vector for each word, say.

    Parameters
    ----------
    table : array, shape (rows, features)
        The vectors.
    indices : array of integers
        Which rows, of any shape, from 0 on.

    Returns
    -------
    array, shape (*indices.shape, features)

    Raises
    ------
    ValueError
        If the table has other than two axes, or no such row.
    TypeError
        If the indices are not integers.

    Examples
    --------
    >>> embedding(np.array([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]]), [2, 0, 2])
    array([[2. , 2.1],
           [0. , 0.1],
           [2. , 2.1]])
    """
    table = as_floating("embedding: table", table, kinds="fc")
    if table.ndim != 2:
        raise ValueError(
            f"embedding: the table has shape {table.shape}; expected (rows, features)"
        )
    indices = strip(indices)
    if not isinstance(indices, Recorded):
        indices = np.asarray(indices)
    if indices.dtype.kind not in "iu":
        if indices.size:
            raise TypeError(f"embedding: indices: expected integers, not dtype {indices.dtype}")
        indices = indices.astype(np.intp)
    check_rows(indices, table.shape[0])
    found: Array = taken(table, indices, axis=0)
    return found


def check_rows(indices: Array, rows: int) -> None:
    """Raise if there is no such row, with the first place where an index says so."""
    indices = every_value(indices)
    if indices.size and not 0 <= indices.min() <= indices.max() < rows:
        place = np.argwhere((indices < 0) | (indices >= rows))[0].tolist()
        raise ValueError(
            f"embedding: indices{place if place else ''} is {indices[tuple(place)]}; the table has "
            f"{rows} rows, and indices run from 0 to {rows - 1}"
        )
