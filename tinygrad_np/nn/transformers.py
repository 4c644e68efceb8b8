"""Attention, and what else transformers are made of (Vaswani et al., 2017).

A mask of bools says what may be seen: True, as for PyTorch's ``scaled_dot_product_attention`` and
in Keras. (The ``key_padding_mask`` of PyTorch's modules says the opposite.) What sees nothing gets
0.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..batching import BATCHING, elementwise_batch
from ..ops.table import differentiable
from ..recording import Array
from .activations import from_0_to_1
from .functions import ARRAYS, as_floating
from .initializers import check_generator
from .selection import dropout as dropped
from .windows import is_integer

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["attention", "multi_head_attention", "positional_encoding"]


def softmax_of_seen(scores: Array, mask: Any) -> Array:
    """A softmax along the last axis over what the mask, if any, lets be seen; 0 elsewhere."""
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    # Not −∞, from which −∞ cannot be subtracted.
    least = np.finfo(scores.dtype).min
    out = scores - scores.max(axis=-1, keepdims=True, initial=least)
    np.exp(out, out=out)
    total = out.sum(axis=-1, keepdims=True)
    if mask is not None:
        total[total == 0] = 1
    out /= total
    return out


def seen_rule(t: Array, out: Array, scores: Any, mask: Any) -> Array:
    """Apply ∂ softmax, diag(p) − p pᵀ, which is its own transpose; where p is 0, it is 0."""
    return out * (t - (t * out).sum(axis=-1, keepdims=True))


seen = differentiable(softmax_of_seen, [seen_rule, None], [seen_rule, None], name="attention")
BATCHING[seen] = elementwise_batch


def attention(
    q: Array, k: Array, v: Array, mask: Array | None = None, causal: bool = False,
    *, dropout: float = 0.0, rng: np.random.Generator | None = None,
) -> Array:  # fmt: skip
    """softmax(q kᵀ / √features) v: of the values, the mean by how well each key fits a query.

    Parameters
    ----------
    q : array, shape (..., queries, features)
        The queries.
    k : array, shape (..., keys, features)
        The keys.
    v : array, shape (..., keys, values)
        A vector for each key. The axes before the last two broadcast.
    mask : array of bool, optional
        Which keys each query may see: of a shape that broadcasts to (..., queries, keys).
    causal : bool
        Whether a query sees only keys that do not come after it. The last query is where the last
        key is, so that queries can be the end of a longer sequence.
    dropout : float
        The probability of each weight, which the softmax gives a key, to be replaced by 0. The
        others are multiplied by 1 / (1 − dropout): see `dropout`.
    rng : np.random.Generator, optional
        Draws what is dropped, if ``dropout`` is not 0.

    Returns
    -------
    array, shape (..., queries, values)
        0 for a query that may see nothing.

    Raises
    ------
    ValueError
        If shapes do not fit one another, or ``dropout`` is not from 0 to 1.
    TypeError
        If something is not an array of real numbers, the mask not one of bool, or there is no
        Generator to draw what is dropped.

    Examples
    --------
    >>> q = k = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> v = np.array([[10.0], [20.0]])
    >>> attention(100 * q, k, v)
    array([[10.],
           [20.]])
    >>> attention(q, k, v, mask=np.array([[False, True], [False, False]]))
    array([[20.],
           [ 0.]])
    """
    rate = from_0_to_1("attention", "dropout", dropout)
    if rate != 0:
        check_generator("attention", rng)
    q, k, v = [as_floating(f"attention: {n}", x) for n, x in (("q", q), ("k", k), ("v", v))]
    shapes = q.shape, k.shape, v.shape
    try:
        if min(map(len, shapes)) < 2 or (q.shape[-1], k.shape[-2]) != (k.shape[-1], v.shape[-2]):
            raise ValueError
        leading = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        raise ValueError(
            f"attention: q, k and v have shapes {', '.join(map(str, shapes))}; expected (..., "
            "queries, features), (..., keys, features), (..., keys, values)"
        ) from None
    queries, keys = q.shape[-2], k.shape[-2]
    if mask is not None:
        mask = as_mask("attention", mask)
        if not broadcasts(mask.shape, (*leading, queries, keys)):
            raise ValueError(
                f"attention: the mask has shape {mask.shape}, which does not broadcast to (..., "
                f"queries, keys), {(*leading, queries, keys)}"
            )
    if causal:
        before = np.tri(queries, keys, keys - queries, dtype=bool)
        mask = before if mask is None else mask & before
    scores = (q * (1 / math.sqrt(max(q.shape[-1], 1)))) @ np.swapaxes(k, -1, -2)
    weights = seen(scores, mask)
    if rate != 0:
        weights = dropped(weights, rate, rng)  # type: ignore[arg-type]
    return weights @ v


def as_mask(name: str, mask: Any) -> Array:
    if not isinstance(mask, ARRAYS):
        mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(
            f"{name}: the mask is of dtype {mask.dtype}; it is of bool, True where something may "
            "be seen. Of numbers that are added to the scores, mask >= 0 makes one"
        )
    return mask


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    lengths = zip(shape[::-1], to[::-1])
    return len(shape) <= len(to) and all(n in (1, length) for n, length in lengths)


def multi_head_attention(
    q: Array, k: Array, v: Array, heads: int, mask: Array | None = None, causal: bool = False,
    *, dropout: float = 0.0, rng: np.random.Generator | None = None,
) -> Array:  # fmt: skip
    """Attention in several parts of the features, each on its own, side by side.

    Parameters
    ----------
    q : array, shape (batch, queries, features)
        The queries, those of all heads side by side.
    k, v : array, shape (batch, keys, features)
        The keys and the values.
    heads : int
        How many there are; it divides the number of features.
    mask : array of bool, optional
        What may be seen: of shape (batch, keys), which keys are real, where sequences are padded to
        one length; or (batch, queries, keys); or (batch, heads, queries, keys). Lengths can be 1.
    causal : bool
        Whether a query sees only keys that do not come after it.
    dropout : float
        The probability of each weight of each head to be dropped; see `attention`.
    rng : np.random.Generator, optional
        Draws what is dropped, if ``dropout`` is not 0.

    Returns
    -------
    array, shape (batch, queries, features)
        Of v.

    Raises
    ------
    ValueError
        If shapes do not fit one another, ``heads`` does not divide the features, or ``dropout``
        is not from 0 to 1.
    TypeError
        If something is not an array of real numbers, the mask not one of bool, or there is no
        Generator to draw what is dropped.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((2, 5, 12))
    >>> multi_head_attention(x, x, x, heads=3, causal=True).shape
    (2, 5, 12)
    """
    name = "multi_head_attention"
    if not is_integer(heads) or heads < 1:
        raise ValueError(f"{name}: heads={heads!r}; expected a positive integer")
    parts = []
    for which, array in (("q", q), ("k", k), ("v", v)):
        array = as_floating(f"{name}: {which}", array)
        if array.ndim != 3:
            advice = f". Of one sequence, {which}[np.newaxis] makes a batch"
            raise ValueError(
                f"{name}: {which} has shape {array.shape}; expected (batch, length, features)"
                + advice * (array.ndim == 2)
            )
        batch, length, features = array.shape
        if features % heads:
            raise ValueError(
                f"{name}: heads={heads} does not divide the {features} features of {which}"
            )
        split = np.reshape(array, (batch, length, heads, features // heads))
        parts.append(np.swapaxes(split, 1, 2))
    q, k, v = parts
    if not q.shape[0] == k.shape[0] == v.shape[0]:
        raise ValueError(
            f"{name}: q, k and v are of {q.shape[0]}, {k.shape[0]} and {v.shape[0]} sequences"
        )
    if mask is not None:
        mask = mask_of_heads(name, as_mask(name, mask), (*q.shape[:3], k.shape[2]))
    out = np.swapaxes(attention(q, k, v, mask, causal, dropout=dropout, rng=rng), 1, 2)
    return np.reshape(out, (*out.shape[:2], heads * v.shape[3]))


def mask_of_heads(name: str, mask: Array, shape: tuple[int, ...]) -> Array:
    """Give a mask the axes (batch, heads, queries, keys)."""
    batch, _, queries, keys = shape
    axes = {2: (1, 2), 3: (1,), 4: ()}.get(mask.ndim)
    full = mask if not axes else np.expand_dims(mask, axes)
    if axes is None or not broadcasts(full.shape, shape):
        advice = ""
        if mask.shape == (queries, keys):
            advice = ". One (queries, keys) for all sequences is mask[np.newaxis]"
        raise ValueError(
            f"{name}: the mask has shape {mask.shape}; expected (batch, keys), {(batch, keys)}, "
            f"or (batch, queries, keys), or (batch, heads, queries, keys), {shape}{advice}"
        )
    return full


def positional_encoding(length: int, features: int, dtype: DTypeLike = np.float32) -> Array:
    """sin and cos of the position, at ever longer wavelengths: what tells positions apart.

    Parameters
    ----------
    length : int
        How many positions there are.
    features : int
        How many numbers for each: sin(position / 10000^(2i / features)) in column 2i, the cosine
        in column 2i + 1.
    dtype : dtype
        Of the result.

    Returns
    -------
    array, shape (length, features)
        To be added to vectors in a sequence.

    Raises
    ------
    ValueError
        If a length is not an integer from 0 on, or the dtype is not floating.

    Examples
    --------
    >>> positional_encoding(3, 4).round(2)
    array([[ 0.  ,  1.  ,  0.  ,  1.  ],
           [ 0.84,  0.54,  0.01,  1.  ],
           [ 0.91, -0.42,  0.02,  1.  ]], dtype=float32)
    """
    for name, size in (("length", length), ("features", features)):
        if not is_integer(size) or size < 0:
            raise ValueError(f"positional_encoding: {name}={size!r}; expected an integer from 0 on")
    found = np.dtype(dtype)
    if found.kind != "f":
        raise ValueError(f"positional_encoding: dtype {found}; expected a floating one")
    return encoding(int(length), int(features), found).copy()


@lru_cache(maxsize=16)
def encoding(length: int, features: int, dtype: np.dtype[Any]) -> Array:
    columns = np.arange(features)
    wavelengths = 10000.0 ** ((columns - columns % 2) / max(features, 1))
    angles = np.arange(length)[:, np.newaxis] / wavelengths
    out = np.where(columns % 2, np.cos(angles), np.sin(angles)).astype(dtype)
    out.flags.writeable = False
    return out
