"""micrograd: scalars only, and a recursive backward, which needs a higher limit here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from micrograd.engine import Value

from benchmarks.problems import Array


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """``backward`` from the last link."""
    sys.setrecursionlimit(2 * links + 1000)
    leaves = tuple(Value(float(leaf)) for leaf in (x, w, b))

    def forward() -> Any:
        y, w, b = leaves
        for link in range(links):
            if link % 3 == 0:
                y = y * w
            elif link % 3 == 1:
                y = y + b
            else:
                y = y.relu()
        return y

    def backward(y: Any) -> Any:
        for leaf in leaves:
            leaf.grad = 0
        y.backward()
        return [leaf.grad for leaf in leaves]

    return forward, backward
