"""What memory a sweep or a step of training frees, the next one needs again."""

from __future__ import annotations

import numpy as np

__all__: list[str] = []

LARGEST = (1 << 25) - (1 << 13)
"""Just below 32 MiB, up to which the allocator of Linux's C library adapts."""


def keep_freed_memory() -> None:
    """Let the allocator keep up to twice ``LARGEST`` bytes that were freed.

    That of Linux gives memory back to the system beyond a threshold, twice the largest block that
    it has seen freed. By default that is so little that a step of a convolutional network spent a
    third of its time on getting the same pages again, and a Jacobian of 600 × 33 two thirds. A
    block that is never written to costs nothing.
    """
    np.empty(LARGEST, np.uint8)


keep_freed_memory()
