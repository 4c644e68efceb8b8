"""Adam."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.optim.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_np.recording import Array

__all__ = ["Adam"]


class Adam(Optimizer):
    """p ← p − η m̂ / (√v̂ + ε): steps of a size that does not depend on the gradient's scale.

    m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g² are running means of the gradient and of its
    square; m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) undo their start at zero. Weight decay is
    coupled, as in PyTorch's ``Adam``: λ p is added to g before anything else.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule: ``lr(step)`` returns the rate ≥ 0 for the update
        that comes after ``step`` earlier ones.
    betas : pair of float
        (β₁, β₂), each in [0, 1); named as in PyTorch.
    eps : float
        ε > 0; added outside the square root.
    weight_decay : float
        λ ≥ 0.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Kingma & Ba (2015), algorithm 1, computed in the order of its section 2: the corrections of m
    and v become one of η, and ε is scaled to match. The state is
    ``{"step", "first_moment", "second_moment"}``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = [np.array([1.0, 1.0])]
    >>> optimizer = optim.Adam(0.1)
    >>> optimizer.step(params, [np.array([1000.0, 0.001])])
    >>> print(params[0].round(4))
    [0.9 0.9]
    """

    def __init__(
        self,
        lr: float | Callable[[int], float] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, weight_decay)
        try:
            beta1, beta2 = betas
        except (TypeError, ValueError):
            raise TypeError(f"Adam: betas={betas!r}; expected a pair as (0.9, 0.999)") from None
        self.betas = (
            self._number("betas[0]", beta1, lambda beta: 0 <= beta < 1, "in [0, 1)"),
            self._number("betas[1]", beta2, lambda beta: 0 <= beta < 1, "in [0, 1)"),
        )
        self.eps = self._number("eps", eps, lambda eps: 0 < eps < math.inf, "> 0 and finite")

    @property
    def moments(self) -> tuple[str, ...]:
        """``("first_moment", "second_moment")``: m and v."""
        return ("first_moment", "second_moment")

    def coefficients(self, lr: float, t: int) -> tuple[float, ...]:
        """β₁, 1 − β₁, β₂, 1 − β₂, and the η and ε that take the place of the corrections."""
        beta1, beta2 = self.betas
        correction = (1 - beta2**t) ** 0.5
        rate = lr * correction / (1 - beta1**t)
        return beta1, 1 - beta1, beta2, 1 - beta2, rate, self.eps * correction

    def rule(
        self,
        coefficients: Sequence[Any],
        param: Array,
        grad: Array,
        moments: Sequence[Array],
        out: Sequence[Any],
    ) -> tuple[Array, ...]:
        """Return the new parameter, m and v."""
        beta1, rest1, beta2, rest2, rate, eps = coefficients
        scratch, new_param, new_first, new_second = out
        first, second = moments
        first = np.multiply(first, beta1, out=new_first)
        first = np.add(first, np.multiply(grad, rest1, out=scratch), out=new_first)
        square = np.multiply(grad, grad, out=scratch)
        second = np.multiply(second, beta2, out=new_second)
        second = np.add(second, np.multiply(square, rest2, out=scratch), out=new_second)
        scale = np.add(np.sqrt(second, out=scratch), eps, out=scratch)
        change = np.multiply(np.divide(first, scale, out=scratch), rate, out=scratch)
        return np.subtract(param, change, out=new_param), first, second
