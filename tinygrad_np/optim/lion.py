"""Lion: the sign of a momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.optim.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Unpack

    from tinygrad_np.optim.optimizer import Options
    from tinygrad_np.recording import Array

__all__ = ["Lion"]


class Lion(Optimizer):
    """p ← (1 − η λ) p − η sign(β₁ m + (1 − β₁) g): every number takes a step of the same length.

    Then m ← β₂ m + (1 − β₂) g. Weight decay is decoupled, as in `AdamW`.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule. Three to ten times smaller than for `AdamW`.
    betas : pair of float
        (β₁, β₂), each in [0, 1).
    weight_decay : float
        λ ≥ 0, multiplied by the learning rate. Three to ten times larger than for `AdamW`.
    **options
        ``clip_value``, ``clip_norm`` and ``groups``: see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu & Le (2023), algorithm 2. The
    state is ``{"step", "first_moment"}``. The sign of 0 is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = [np.array([1.0, 1.0, 1.0])]
    >>> optim.Lion(0.25).step(params, [np.array([1000.0, -0.001, 0.0])])
    >>> params
    [array([0.75, 1.25, 1. ])]
    """

    decoupled = True

    def __init__(
        self,
        lr: float | Callable[[int], float] = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, weight_decay, **options)
        self.betas = self._betas(betas)

    @property
    def moments(self) -> tuple[str, ...]:
        """``("first_moment",)``: m."""
        return ("first_moment",)

    def coefficients(self, lr: float, t: int) -> tuple[float, ...]:
        """η, β₁ / (1 − β₁), β₂ and 1 − β₂, at every update."""
        beta1, beta2 = self.betas
        return lr, beta1 / (1 - beta1), beta2, 1 - beta2

    def rule(
        self,
        coefficients: Sequence[Any],
        param: Array,
        grad: Array,
        moments: Sequence[Array],
        out: Sequence[Any],
    ) -> tuple[Array, ...]:
        """Return the new parameter and m."""
        lr, ratio, beta2, rest = coefficients
        scratch, new_param, new_first = out
        # Divided by 1 − β₁, which leaves the sign, it takes one buffer.
        direction = np.add(np.multiply(moments[0], ratio, out=scratch), grad, out=scratch)
        change = np.multiply(np.sign(direction, out=scratch), lr, out=scratch)
        new = np.subtract(param, change, out=new_param)
        first = np.multiply(moments[0], beta2, out=new_first)
        return new, np.add(first, np.multiply(grad, rest, out=scratch), out=new_first)
