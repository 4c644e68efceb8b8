"""Leaves of trees as arrays: Python's floats too have a shape and a dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np import tree

if TYPE_CHECKING:
    from tinygrad_np.recording import Array

__all__: list[str] = []


def flatten(params: Any) -> tuple[list[Any], tree.Structure]:
    """Flatten a tree, Python's floats as NumPy's."""
    leaves, structure = tree.flatten(params)
    return [np.float64(leaf) if type(leaf) is float else leaf for leaf in leaves], structure


def zeros_like(param: Array) -> Array:
    if type(param) is np.ndarray:
        return np.zeros_like(param)  # in the same order in memory
    return np.zeros(param.shape, param.dtype)


def shaped_like(param: Array, memory: Array) -> Array:
    """Return the beginning of ``memory`` as an array like ``param``, in the same order."""
    start = memory[: param.nbytes].view(param.dtype)
    return start.reshape(param.shape, order="F" if param.flags.fnc else "C")


def like(old: Array, new: Array) -> Array:
    """Return ``new`` as an array if ``old`` is one, and of its dtype.

    NumPy makes arrays without dimensions into scalars. Settings that are being differentiated have
    a dtype, which may be wider than that of the parameters.
    """
    if new.dtype != old.dtype:
        new = new.astype(old.dtype)
    return np.asarray(new) if isinstance(old, np.ndarray) and isinstance(new, np.generic) else new
