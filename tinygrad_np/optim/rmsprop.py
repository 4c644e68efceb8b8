"""Adagrad and RMSProp: gradients divided by how large they have been."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.optim.checks import used
from tinygrad_np.optim.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Unpack

    from tinygrad_np.optim.optimizer import Options
    from tinygrad_np.recording import Array

__all__ = ["Adagrad", "RMSProp"]


class Adagrad(Optimizer):
    """s ← s + g², p ← p − η g / (√s + ε): what has moved much moves less.

    Weight decay is coupled: λ p is added to g before anything else.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule.
    eps : float
        ε > 0; added outside the square root.
    weight_decay : float
        λ ≥ 0.
    **options
        ``clip_value``, ``clip_norm`` and ``groups``: see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Duchi, Hazan & Singer (2011), the diagonal form. The state is ``{"step", "sum_of_squares"}``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = [np.array([1.0, 1.0])]
    >>> optimizer = optim.Adagrad(0.1)
    >>> for _ in range(4):
    ...     optimizer.step(params, [np.array([1000.0, 0.001])])
    >>> print(params[0].round(4))  # 1 - 0.1 (1 + 1/√2 + 1/√3 + 1/2)
    [0.7216 0.7216]
    """

    def __init__(
        self,
        lr: float | Callable[[int], float] = 0.01,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, weight_decay, **options)
        self.eps = self._number("eps", eps, lambda eps: 0 < eps < math.inf, "> 0 and finite")

    @property
    def moments(self) -> tuple[str, ...]:
        """``("sum_of_squares",)``: s."""
        return ("sum_of_squares",)

    def coefficients(self, lr: float, t: int) -> tuple[float, ...]:
        """η and ε, at every update."""
        return lr, self.eps

    def rule(
        self,
        coefficients: Sequence[Any],
        param: Array,
        grad: Array,
        moments: Sequence[Array],
        out: Sequence[Any],
    ) -> tuple[Array, ...]:
        """Return the new parameter and sum."""
        lr, eps = coefficients
        scratch, new_param, new_total = out
        total = np.add(moments[0], np.multiply(grad, grad, out=scratch), out=new_total)
        scale = np.add(np.sqrt(total, out=scratch), eps, out=scratch)
        change = np.multiply(np.divide(grad, scale, out=scratch), lr, out=scratch)
        return np.subtract(param, change, out=new_param), total


class RMSProp(Optimizer):
    """v ← α v + (1 − α) g², p ← p − η g / (√v + ε): steps of a size that g's scale does not change.

    With momentum, u ← μ u + g / (√v + ε) and p ← p − η u. With ``centered``, g is divided by an
    estimate of its standard deviation: m ← α m + (1 − α) g, and v − m² takes the place of v.
    Weight decay is coupled: λ p is added to g before anything else.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule.
    alpha : float
        α in [0, 1); named as in PyTorch.
    eps : float
        ε > 0; added outside the square root.
    weight_decay : float
        λ ≥ 0.
    momentum : float
        μ in [0, 1). If 0, the state holds no velocity.
    centered : bool
        Whether to subtract the mean. Where a gradient hardly varies, its steps are then very long:
        up to η g / ε.
    **options
        ``clip_value``, ``clip_norm`` and ``groups``: see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Tieleman & Hinton (2012), lecture 6.5; centered: Graves (2013), equations 38 to 45, with ε
    where PyTorch has it. The state is ``{"step", "second_moment"}`` and, where they are used,
    ``"first_moment"`` (m) and ``"velocity"`` (u).

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = [np.array([1.0, 1.0])]
    >>> optim.RMSProp(0.1, alpha=0.75).step(params, [np.array([1000.0, 0.001])])
    >>> print(params[0].round(4))
    [0.8 0.8]
    """

    def __init__(
        self,
        lr: float | Callable[[int], float] = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, weight_decay, **options)
        self.alpha = self._fraction("alpha", alpha)
        self.eps = self._number("eps", eps, lambda eps: 0 < eps < math.inf, "> 0 and finite")
        self.momentum = self._fraction("momentum", momentum)
        self.centered = centered

    @property
    def moments(self) -> tuple[str, ...]:
        """``"second_moment"``; ``"first_moment"`` if centered; ``"velocity"`` with momentum."""
        return (
            "second_moment",
            *(("first_moment",) if self.centered else ()),
            *(("velocity",) if used(self.momentum) else ()),
        )

    def coefficients(self, lr: float, t: int) -> tuple[float, ...]:
        """η, α, 1 − α, ε and μ, at every update."""
        return lr, self.alpha, 1 - self.alpha, self.eps, self.momentum

    def rule(
        self,
        coefficients: Sequence[Any],
        param: Array,
        grad: Array,
        moments: Sequence[Array],
        out: Sequence[Any],
    ) -> tuple[Array, ...]:
        """Return the new parameter and moments."""
        lr, alpha, rest, eps, momentum = coefficients
        scratch, new_param, *places = out
        square = np.multiply(np.multiply(grad, grad, out=scratch), rest, out=scratch)
        second = np.multiply(moments[0], alpha, out=places[0])
        second = np.add(second, square, out=places[0])
        new, variance = [second], second
        if self.centered:
            first = np.multiply(moments[1], alpha, out=places[1])
            first = np.add(first, np.multiply(grad, rest, out=scratch), out=places[1])
            variance = np.subtract(second, np.multiply(first, first, out=scratch), out=scratch)
            # The difference of two roundings may be below 0.
            variance = np.maximum(variance, 0, out=scratch)
            new.append(first)
        scale = np.add(np.sqrt(variance, out=scratch), eps, out=scratch)
        direction = np.divide(grad, scale, out=scratch)
        if len(moments) > len(new):
            velocity = np.multiply(moments[-1], momentum, out=places[-1])
            direction = np.add(velocity, direction, out=places[-1])
            new.append(direction)
        change = np.multiply(direction, lr, out=scratch)
        return np.subtract(param, change, out=new_param), *new
