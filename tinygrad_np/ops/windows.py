"""Windows that slide along axes, and their adjoint: adding up what overlaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..recording import Array
from .table import linear


def windows_vjp(g: Array, out: Any, x: Any, window_shape: Any, axis: Any = None) -> Array:
    axes = range(x.ndim) if axis is None else axis if np.iterable(axis) else (axis,)
    return overlap_add(g, axis=tuple(int(one) % x.ndim for one in axes))


def add_overlaps(windows: Array, axis: tuple[int, ...]) -> Array:
    """Add up windows, whose elements are in the last axes, where they slid along others."""
    for one in reversed(axis):
        places, size = windows.shape[one], windows.shape[-1]
        shape = (*windows.shape[:one], places + size - 1, *windows.shape[one + 1 : -1])
        total = np.zeros(shape, windows.dtype)
        for i in range(size):
            total[(slice(None),) * one + (slice(i, i + places),)] += windows[..., i]
        windows = total
    return windows


def overlap_vjp(g: Array, out: Any, windows: Any, axis: tuple[int, ...]) -> Array:
    sizes = windows.shape[len(windows.shape) - len(axis) :]
    return sliding_windows(g, window_shape=sizes, axis=axis)


sliding_windows = linear(np.lib.stride_tricks.sliding_window_view, windows_vjp)
overlap_add = linear(add_overlaps, overlap_vjp, name="overlap_add")
