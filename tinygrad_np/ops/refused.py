"""NumPy's functions that have no derivative and no meaning without one: why, and what to write.

The functions that are piecewise constant are not among these: they are called on the values.
"""

from __future__ import annotations

from typing import Any

REFUSED: dict[Any, str] = {}
"""Why a function is refused, and what to write instead."""

METHODS: dict[str, str] = {}
"""The same of the methods and attributes of an ndarray that a Tensor does not have."""
