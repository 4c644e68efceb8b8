"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.optim.checks import used
from tinygrad_np.optim.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Unpack

    from tinygrad_np.optim.optimizer import Options
    from tinygrad_np.recording import Array

__all__ = ["SGD", "Momentum", "Nesterov"]


class SGD(Optimizer):
    """v ← μ v + g, p ← p − η v: gradient descent with momentum; without it, p ← p − η g.

    With ``nesterov`` the step looks one momentum ahead: p ← p − η (g + μ v), with the v just
    computed. Weight decay is coupled: λ p is added to g before anything else. These are PyTorch's
    conventions: the learning rate multiplies the velocity and is not part of it.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule: ``lr(step)`` returns the rate ≥ 0 for the update
        that comes after ``step`` earlier ones.
    momentum : float
        μ in [0, 1). If 0, the state holds no velocity.
    nesterov : bool
        Whether to look ahead; needs momentum.
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
    Stochastic gradients: Robbins & Monro (1951). Momentum: Polyak (1964), the heavy ball.
    Looking ahead: Nesterov (1983), in the form that Sutskever, Martens, Dahl & Hinton (2013) gave
    it, written for the point that is looked at. The state is ``{"step", "velocity"}``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = {"w": np.array([1.0, 2.0])}
    >>> grads = {"w": np.array([1.0, 1.0])}
    >>> optimizer = optim.SGD(0.5, momentum=0.9)
    >>> optimizer.step(params, grads)
    >>> optimizer.step(params, grads)
    >>> print(params["w"], optimizer.state["velocity"]["w"])
    [-0.45  0.55] [1.9 1.9]
    """

    def __init__(
        self,
        lr: float | Callable[[int], float],
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, weight_decay, **options)
        self.momentum = self._fraction("momentum", momentum)
        if nesterov and not used(self.momentum):
            raise ValueError(
                f"{type(self).__name__}: nesterov=True looks ahead along the momentum, which is 0"
            )
        self.nesterov = nesterov

    @property
    def moments(self) -> tuple[str, ...]:
        """``("velocity",)``, or nothing without momentum."""
        return ("velocity",) if used(self.momentum) else ()

    def coefficients(self, lr: float, t: int) -> tuple[float, ...]:
        """η and μ, at every update."""
        return lr, self.momentum

    def rule(
        self,
        coefficients: Sequence[Any],
        param: Array,
        grad: Array,
        moments: Sequence[Array],
        out: Sequence[Any],
    ) -> tuple[Array, ...]:
        """Return the new parameter and velocity."""
        lr, momentum = coefficients
        if not moments:
            scratch, new_param = out
            return (np.subtract(param, np.multiply(grad, lr, out=scratch), out=new_param),)
        scratch, new_param, new_velocity = out
        (velocity,) = moments
        velocity = np.multiply(velocity, momentum, out=new_velocity)
        velocity = np.add(velocity, grad, out=new_velocity)
        direction = velocity
        if self.nesterov:
            direction = np.multiply(velocity, momentum, out=scratch)
            direction = np.add(direction, grad, out=scratch)
        change = np.multiply(direction, lr, out=scratch)
        return np.subtract(param, change, out=new_param), velocity


class Momentum(SGD):
    """v ← μ v + g, p ← p − η v: `SGD` with momentum, the heavy ball.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule.
    momentum : float
        μ in [0, 1).
    weight_decay : float
        λ ≥ 0; λ p is added to g before anything else.
    **options
        ``clip_value``, ``clip_norm`` and ``groups``: see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Polyak (1964). The state is ``{"step", "velocity"}``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = [np.array([1.0, 2.0])]
    >>> optimizer = optim.Momentum(0.5)
    >>> for _ in range(2):
    ...     optimizer.step(params, [np.array([1.0, 1.0])])
    >>> params
    [array([-0.45,  0.55])]
    """

    def __init__(
        self,
        lr: float | Callable[[int], float],
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, momentum, False, weight_decay, **options)


class Nesterov(SGD):
    """v ← μ v + g, p ← p − η (g + μ v): `SGD` with momentum, looking one step of it ahead.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule.
    momentum : float
        μ in (0, 1).
    weight_decay : float
        λ ≥ 0; λ p is added to g before anything else.
    **options
        ``clip_value``, ``clip_norm`` and ``groups``: see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Nesterov (1983), in the form of Sutskever, Martens, Dahl & Hinton (2013). The state is
    ``{"step", "velocity"}``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = [np.array([1.0, 2.0])]
    >>> optim.Nesterov(0.5, momentum=0.5).step(params, [np.array([1.0, 1.0])])
    >>> params
    [array([0.25, 1.25])]
    """

    def __init__(
        self,
        lr: float | Callable[[int], float],
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, momentum, True, weight_decay, **options)
