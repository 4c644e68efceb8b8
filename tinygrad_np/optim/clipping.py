"""Clipping: gradients made shorter, number by number or all together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np import tree
from tinygrad_np.optim.checks import ARRAYS, check_floating, named, number
from tinygrad_np.optim.leaves import flatten, like
from tinygrad_np.recording import Recorded, strip

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["clip_by_global_norm", "clip_by_value", "global_norm"]


class NormError(ValueError):
    """The length of gradients is NaN or infinite."""


def clip_by_value(gradients: Any, limit: float) -> Any:
    """Bring every number of a tree into the interval from −``limit`` to ``limit``.

    Parameters
    ----------
    gradients : tree
        Its leaves are floating-point arrays or numbers. NaN stays NaN.
    limit : float
        > 0 and finite.

    Returns
    -------
    tree
        Of the same structure, shapes and dtypes.

    Raises
    ------
    TypeError, ValueError
        If a leaf is not floating-point, or ``limit`` is out of its range.

    See Also
    --------
    clip_by_global_norm : keeps the gradient's direction.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> optim.clip_by_value({"w": np.array([-3.0, 0.5, 2.0])}, 1.0)
    {'w': array([-1. ,  0.5,  1. ])}
    """
    limit = limit_of("clip_by_value: limit", limit)
    leaves, structure = flatten(gradients)
    check_floating("clip_by_value", "gradients", structure, leaves)
    return tree.unflatten(structure, [like(g, np.clip(g, -limit, limit)) for g in leaves])


def clip_by_global_norm(gradients: Any, limit: float) -> Any:
    """Scale a tree down until its `global_norm` is at most ``limit``: g ← g · min(1, limit / ‖g‖).

    Parameters
    ----------
    gradients : tree
        Its leaves are floating-point arrays or numbers.
    limit : float
        > 0 and finite.

    Returns
    -------
    tree
        Of the same structure, shapes and dtypes; of the same numbers if the norm is within the
        limit.

    Raises
    ------
    TypeError, ValueError
        If a leaf is not floating-point, the norm is not finite, or ``limit`` is out of its range.

    Notes
    -----
    Pascanu, Mikolov & Bengio (2013), algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> optim.clip_by_global_norm({"w": np.array([0.0, 30.0]), "b": np.array([40.0])}, 5.0)
    {'w': array([0., 3.]), 'b': array([4.])}
    """
    limit = limit_of("clip_by_global_norm: limit", limit)
    leaves, structure = flatten(gradients)
    check_floating("clip_by_global_norm", "gradients", structure, leaves)
    scale = scale_to(limit, leaves, "clip_by_global_norm: gradients", structure)
    return tree.unflatten(structure, [like(g, g * scale) for g in leaves])


def global_norm(gradients: Any) -> Any:
    """Compute the length of a tree as one vector: the root of the sum of all squares.

    Parameters
    ----------
    gradients : tree
        Its leaves are floating-point arrays or numbers.

    Returns
    -------
    float
        Neither float16 nor float32 overflows. Not finite if a leaf is not.

    Raises
    ------
    TypeError
        If a leaf is not floating-point.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> optim.global_norm({"w": np.array([0.0, 3.0]), "b": np.array([4.0])})
    5.0
    """
    leaves, structure = flatten(gradients)
    check_floating("global_norm", "gradients", structure, leaves)
    return norm(leaves)


def limit_of(name: str, limit: Any) -> Any:
    return number(name, limit, lambda limit: 0 < limit < math.inf, "> 0 and finite")


def norm(leaves: Sequence[Any]) -> Any:
    """Return the length of the leaves as one vector; None is not counted."""
    total: Any = 0.0
    for leaf in leaves:
        if leaf is not None:
            total = total + sum_of_squares(leaf)
    return math.sqrt(total) if isinstance(total, float) else np.sqrt(total)


def sum_of_squares(leaf: Any) -> Any:
    wide = np.result_type(leaf.dtype, np.float64)
    if not isinstance(leaf, ARRAYS):  # but recorded
        return np.sum(np.square(leaf.astype(wide)))
    if leaf.flags.forc and leaf.dtype.char in "fd":
        flat = leaf.ravel("K")
        total = float(np.vdot(flat, flat))
        # Much faster than the sum below, and as good unless squares overflow or vanish.
        if 1e-30 < total < math.inf:
            return total
    axes = list(range(leaf.ndim))
    return float(np.einsum(leaf, axes, leaf, axes, [], dtype=wide))


def scale_to(limit: Any, leaves: Sequence[Any], what: str, structure: tree.Structure) -> Any:
    """Return the number ≤ 1 that brings the norm of the leaves to the limit, or raise."""
    length = norm(leaves)
    value = strip(length)
    if not isinstance(value, Recorded) and not math.isfinite(value):
        raise NormError(describe(leaves, what, structure))
    if isinstance(length, Recorded) or isinstance(limit, Recorded):
        return limit / np.maximum(length, limit)
    return limit / max(length, limit)


def describe(leaves: Sequence[Any], what: str, structure: tree.Structure) -> str:
    """Say which of the leaves makes their norm infinite or NaN."""
    for i, leaf in enumerate(leaves):
        if leaf is not None and not np.all(np.isfinite(strip(leaf))):
            return f"{named(what, structure, i)} holds NaN or infinity: no scale makes it shorter"
    return f"{what}: their squares overflow; so large, they are hardly right"
