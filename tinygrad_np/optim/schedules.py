"""Schedules: learning rates as functions of the number of updates made before.

Any function of the step will do, ``lambda step: 0.1 * 0.99**step`` too. Those made here can also be
printed, copied and pickled, and go on for ever: past their end they return what they ended with.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_np.optim.checks import number, whole_number
from tinygrad_np.optim.groups import learning_rate

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["constant", "cosine", "linear_warmup", "one_cycle", "step_decay"]


class Schedule:
    """A function of the step that shows what it was made with."""

    __slots__ = ("make", "rate", "settings")

    def __init__(
        self, make: Callable[..., Any], rate: Callable[..., Any], settings: dict[str, Any]
    ) -> None:
        self.make = make
        self.rate = rate
        self.settings = settings

    def __call__(self, step: int) -> Any:
        return self.rate(step, **self.settings)

    def __repr__(self) -> str:
        settings = [f"{name}={value!r}" for name, value in self.settings.items()]
        return f"{self.make.__name__}({', '.join(settings)})"


def constant(lr: float) -> Callable[[int], float]:
    """η(t) = η: the same at every step, as a number is.

    Parameters
    ----------
    lr : float
        η > 0.

    Returns
    -------
    schedule : callable
        ``schedule(step)`` is the rate for the update that comes after ``step`` earlier ones.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Examples
    --------
    >>> from tinygrad_np import optim
    >>> schedule = optim.linear_warmup(optim.constant(0.5), steps=4)
    >>> [schedule(step) for step in range(6)]
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.5]
    """
    return Schedule(constant, constant_rate, {"lr": positive("constant: lr", lr)})


def constant_rate(step: int, lr: Any) -> Any:
    return lr


def step_decay(lr: float, every: int, factor: float = 0.1) -> Callable[[int], float]:
    """η(t) = η γ^⌊t / n⌋: multiplied by a factor γ after every n updates.

    Parameters
    ----------
    lr : float
        η > 0, the rate of the first n updates.
    every : int
        n ≥ 1.
    factor : float
        γ in (0, 1].

    Returns
    -------
    schedule : callable
        ``schedule(step)`` is the rate for the update that comes after ``step`` earlier ones. It
        falls without an end.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Examples
    --------
    >>> from tinygrad_np import optim
    >>> schedule = optim.step_decay(0.5, every=2, factor=0.5)
    >>> [schedule(step) for step in range(6)]
    [0.5, 0.5, 0.25, 0.25, 0.125, 0.125]
    """
    settings = {
        "lr": positive("step_decay: lr", lr),
        "every": whole_number("step_decay: every", every, 1),
        "factor": number("step_decay: factor", factor, lambda x: 0 < x <= 1, "in (0, 1]"),
    }
    return Schedule(step_decay, step_decay_rate, settings)


def step_decay_rate(step: int, lr: Any, every: int, factor: Any) -> Any:
    return lr * factor ** (step // every)


def linear_warmup(lr: float | Callable[[int], float], steps: int) -> Callable[[int], float]:
    """η(t) = η (t + 1) / (n + 1) for n updates, and then any other schedule.

    Parameters
    ----------
    lr : float or callable
        What comes then: a learning rate > 0, or a schedule, which begins with its step 0. The rate
        rises in n + 1 equal steps to where it begins.
    steps : int
        n ≥ 0.

    Returns
    -------
    schedule : callable
        ``schedule(step)`` is the rate for the update that comes after ``step`` earlier ones. It
        ends as ``lr`` does.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Goyal et al. (2017), section 2.2. The first rate is not 0, which would waste an update.

    Examples
    --------
    >>> from tinygrad_np import optim
    >>> schedule = optim.linear_warmup(optim.step_decay(0.5, every=3), steps=4)
    >>> [schedule(step) for step in range(9)]
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.05, 0.05]
    """
    settings = {
        "lr": learning_rate("linear_warmup: lr", lr),
        "steps": whole_number("linear_warmup: steps", steps, 0),
    }
    return Schedule(linear_warmup, linear_warmup_rate, settings)


def linear_warmup_rate(step: int, lr: Any, steps: int) -> Any:
    after = lr(max(step - steps, 0)) if callable(lr) else lr
    return after * (step + 1) / (steps + 1) if step < steps else after


def cosine(lr: float, steps: int, warmup: int = 0, final: float = 0.0) -> Callable[[int], float]:
    """η(t) = η₁ + (η − η₁) (1 + cos π t/n) / 2: half a wave of the cosine down from η to η₁.

    Parameters
    ----------
    lr : float
        η > 0.
    steps : int
        How many updates the schedule takes in all: the n of the wave, and those of the warm-up.
    warmup : int
        In how many updates, fewer than ``steps``, the rate first rises to η; see `linear_warmup`.
    final : float
        η₁ ≥ 0.

    Returns
    -------
    schedule : callable
        ``schedule(step)`` is the rate for the update that comes after ``step`` earlier ones. From
        ``steps`` on it is η₁.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Loshchilov & Hutter (2017), equation 5, without restarts.

    Examples
    --------
    >>> from tinygrad_np import optim
    >>> schedule = optim.cosine(0.4, steps=5, warmup=1)
    >>> [round(schedule(step), 3) for step in range(7)]
    [0.2, 0.4, 0.341, 0.2, 0.059, 0.0, 0.0]
    """
    settings = {
        "lr": positive("cosine: lr", lr),
        "steps": whole_number("cosine: steps", steps, 1),
        "warmup": whole_number("cosine: warmup", warmup, 0),
        "final": number("cosine: final", final, lambda x: 0 <= x < math.inf, "≥ 0 and finite"),
    }
    if settings["warmup"] >= settings["steps"]:
        raise ValueError(f"cosine: warmup={warmup} of steps={steps} leaves none for the cosine")
    return Schedule(cosine, cosine_rate, settings)


def cosine_rate(step: int, lr: Any, steps: int, warmup: int, final: Any) -> Any:
    if step < warmup:
        return linear_warmup_rate(step, lr, warmup)
    return half_wave(lr, final, (step - warmup) / (steps - warmup))


def half_wave(start: Any, end: Any, progress: float) -> Any:
    """Go from start to end as the cosine falls, and stay there."""
    return end + (start - end) * (1 + math.cos(math.pi * min(progress, 1.0))) / 2


def one_cycle(
    lr: float,
    steps: int,
    rise: float = 0.3,
    first: float | None = None,
    final: float | None = None,
) -> Callable[[int], float]:
    """η(t) rises from a low rate to η and falls to a much lower one, along halves of cosine waves.

    Parameters
    ----------
    lr : float
        η > 0, the highest rate.
    steps : int
        How many updates the cycle takes.
    rise : float
        In (0, 1): the part of them in which the rate rises.
    first : float, optional
        The rate of the first update, > 0. By default, η / 25.
    final : float, optional
        The rate of the last update, ≥ 0. By default, ``first`` / 10,000.

    Returns
    -------
    schedule : callable
        ``schedule(step)`` is the rate for the update that comes after ``step`` earlier ones. From
        ``steps - 1`` on it is the final one.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Notes
    -----
    Smith & Topin (2018), in the form and with the numbers of PyTorch's ``OneCycleLR``. The
    momentum is left as it is.

    Examples
    --------
    >>> from tinygrad_np import optim
    >>> schedule = optim.one_cycle(1.0, steps=10)
    >>> [round(schedule(step), 3) for step in range(11)]
    [0.04, 0.52, 1.0, 0.95, 0.812, 0.611, 0.389, 0.188, 0.05, 0.0, 0.0]
    """
    lr = positive("one_cycle: lr", lr)
    first = lr / 25 if first is None else positive("one_cycle: first", first)
    final = first / 1e4 if final is None else final
    settings = {
        "lr": lr,
        "steps": whole_number("one_cycle: steps", steps, 1),
        "rise": number("one_cycle: rise", rise, lambda x: 0 < x < 1, "in (0, 1)"),
        "first": first,
        "final": number("one_cycle: final", final, lambda x: 0 <= x < math.inf, "≥ 0 and finite"),
    }
    return Schedule(one_cycle, one_cycle_rate, settings)


def one_cycle_rate(step: int, lr: Any, steps: int, rise: float, first: Any, final: Any) -> Any:
    top = rise * steps - 1
    if step < top:
        return half_wave(first, lr, step / top)
    return half_wave(lr, final, (step - top) / (steps - 1 - top))


def positive(name: str, value: Any) -> Any:
    return number(name, value, lambda x: 0 < x < math.inf, "> 0 and finite")
