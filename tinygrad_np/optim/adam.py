"""Adam and its variants: running means of the gradient and of its square."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.optim.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Unpack

    from tinygrad_np.optim.optimizer import Options
    from tinygrad_np.recording import Array

__all__ = ["Adam", "AdamW", "NAdam"]


class Adam(Optimizer):
    """p ← p − η m̂ / (√v̂ + ε): steps of a size that does not depend on the gradient's scale.

    m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g² are running means of the gradient and of its
    square; m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) undo their start at zero. Weight decay is
    coupled, as in PyTorch's ``Adam``: λ p is added to g before anything else. `AdamW` decouples it.

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
    **options
        ``clip_value``, ``clip_norm`` and ``groups``: see `Optimizer`.

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
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, weight_decay, **options)
        self.betas = self._betas(betas)
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


class AdamW(Adam):
    """p ← (1 − η λ) p − η m̂ / (√v̂ + ε): `Adam` whose weight decay does not pass through m and v.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule.
    betas : pair of float
        (β₁, β₂), each in [0, 1).
    eps : float
        ε > 0; added outside the square root.
    weight_decay : float
        λ ≥ 0, multiplied by the learning rate.
    **options
        ``clip_value``, ``clip_norm`` and ``groups``: see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Loshchilov & Hutter (2019), algorithm 2, with PyTorch's convention: η, which they write
    η_t α, multiplies λ too. The state is that of `Adam`.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> biases = optim.Group(lambda path: path.endswith("bias"), weight_decay=0.0)
    >>> optimizer = optim.AdamW(
    ...     optim.cosine(0.1, steps=1000), weight_decay=0.5, groups=[biases]
    ... )
    >>> params = {"weights": np.array([1.0]), "bias": np.array([1.0])}
    >>> optimizer.step(params, {"weights": np.array([0.0]), "bias": np.array([0.0])})
    >>> params
    {'weights': array([0.95]), 'bias': array([1.])}
    """

    decoupled = True

    def __init__(
        self,
        lr: float | Callable[[int], float] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay, **options)


class NAdam(Adam):
    """p ← p − η (μ₊ m̂₊ + (1 − μ) ĝ) / (√v̂ + ε): `Adam` that looks ahead, as `Nesterov` does.

    m and v are those of `Adam`. The momentum rises with the number t of updates: μ(t) is
    β₁ (1 − 0.96^(ψ t) / 2), and Π(t) = μ(1) ⋯ μ(t). With them μ₊ is μ(t + 1), m̂₊ is
    m / (1 − Π(t + 1)), and ĝ is g / (1 − Π(t)). Weight decay is coupled: λ p is added to g.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule.
    betas : pair of float
        (β₁, β₂), each in [0, 1).
    eps : float
        ε > 0; added outside the square root.
    weight_decay : float
        λ ≥ 0.
    momentum_decay : float
        ψ ≥ 0: how fast the momentum rises.
    **options
        ``clip_value``, ``clip_norm`` and ``groups``: see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Dozat (2016), with the schedule that Sutskever et al. (2013) and PyTorch's ``NAdam`` use. The
    state is that of `Adam`: Π is computed from t.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = [np.array([1.0, 1.0])]
    >>> optim.NAdam(0.1).step(params, [np.array([1000.0, 0.001])])
    >>> print(params[0].round(4))
    [0.8944 0.8944]
    """

    def __init__(
        self,
        lr: float | Callable[[int], float] = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay, **options)
        self.momentum_decay = self._number(
            "momentum_decay", momentum_decay, lambda psi: 0 <= psi < math.inf, "≥ 0 and finite"
        )

    def coefficients(self, lr: float, t: int) -> tuple[float, ...]:
        """The coefficients of `Adam`, whose η is now the factor of m, and the factor of g."""
        beta1, beta2 = self.betas
        correction = (1 - beta2**t) ** 0.5
        product = self._product(t)
        momentum, ahead = self._momentum(t), self._momentum(t + 1)
        of_first = lr * correction * ahead / (1 - product * ahead)
        of_grad = lr * correction * (1 - momentum) / (1 - product)
        return beta1, 1 - beta1, beta2, 1 - beta2, of_first, self.eps * correction, of_grad

    def _momentum(self, t: Any) -> Any:
        return self.betas[0] * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))

    def _product(self, t: int) -> Any:
        # At most β₁ᵗ < exp(−t (1 − β₁)); 1 − Π is 1 in float64 when Π is below exp(−40).
        if t * (1 - self.betas[0]) > 40:
            return 0.0
        return np.prod(self._momentum(np.arange(1.0, t + 1)))

    def rule(
        self,
        coefficients: Sequence[Any],
        param: Array,
        grad: Array,
        moments: Sequence[Array],
        out: Sequence[Any],
    ) -> tuple[Array, ...]:
        """Return the new parameter, m and v."""
        *coefficients, of_grad = coefficients
        param, first, second = super().rule(coefficients, param, grad, moments, out)
        scratch, new_param = out[:2]
        # Computed once more: a sum of both changes would take a second buffer.
        scale = np.add(np.sqrt(second, out=scratch), coefficients[-1], out=scratch)
        change = np.multiply(np.divide(grad, scale, out=scratch), of_grad, out=scratch)
        return np.subtract(param, change, out=new_param), first, second
