"""Schedules: their formulas, PyTorch's numbers, both ends, copies, derivatives, bad input."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from optim_cases import assert_same_bits, copied, gradients, make_params

import tinygrad_np as tg
from tinygrad_np import optim

SCHEDULES: dict[str, Callable[..., Any]] = {
    "constant": optim.constant,
    "step_decay": lambda lr: optim.step_decay(lr, every=7, factor=0.5),
    "cosine": lambda lr: optim.cosine(lr, steps=40),
    "cosine-warmup": lambda lr: optim.cosine(lr, steps=40, warmup=10, final=0.25 * lr),
    "linear_warmup": lambda lr: optim.linear_warmup(lr, steps=10),
    "linear_warmup-joined": lambda lr: optim.linear_warmup(optim.step_decay(lr, 5), steps=10),
    "one_cycle": lambda lr: optim.one_cycle(lr, steps=40),
    "one_cycle-chosen": lambda lr: optim.one_cycle(
        lr, steps=40, rise=0.5, first=0.5 * lr, final=0.25 * lr
    ),
}
every_schedule = pytest.mark.parametrize("name", SCHEDULES)


def rates(schedule: Callable[[int], float], count: int) -> list[float]:
    return [schedule(step) for step in range(count)]


def test_constant() -> None:
    assert rates(optim.constant(0.3), 5) == [0.3] * 5


def test_step_decay_is_its_formula() -> None:
    expected = [0.3 * 0.5 ** (t // 4) for t in range(20)]
    np.testing.assert_allclose(rates(optim.step_decay(0.3, 4, 0.5), 20), expected, rtol=1e-15)


def test_linear_warmup_rises_in_equal_steps_to_what_follows() -> None:
    after = optim.step_decay(0.6, every=3)
    found = rates(optim.linear_warmup(after, steps=5), 12)
    np.testing.assert_allclose(found[:6], np.arange(1, 7) * 0.1, rtol=1e-15)
    assert found[5:] == rates(after, 7)
    assert rates(optim.linear_warmup(0.6, 5), 12) == [*found[:6], *[0.6] * 6]
    assert rates(optim.linear_warmup(after, 0), 12) == rates(after, 12)


def test_cosine_is_its_formula_from_the_first_step_to_the_last() -> None:
    schedule = optim.cosine(0.8, steps=20, final=0.2)
    expected = [0.2 + 0.3 * (1 + math.cos(math.pi * t / 20)) for t in range(21)]
    np.testing.assert_allclose(rates(schedule, 21), expected, rtol=1e-14)
    assert schedule(20) == schedule(21) == schedule(10**9) == 0.2


def test_cosine_with_warmup_is_joined_of_both() -> None:
    joined = optim.linear_warmup(optim.cosine(0.5, 30), 10)
    assert rates(optim.cosine(0.5, 40, warmup=10), 60) == rates(joined, 60)


def test_one_cycle_rises_falls_and_stays() -> None:
    schedule = optim.one_cycle(0.5, steps=100)
    found = rates(schedule, 100)
    assert found[0] == pytest.approx(0.5 / 25)
    assert int(np.argmax(found)) == 29
    assert found[29] == pytest.approx(0.5)
    assert np.all(np.diff(found[:30]) > 0)
    assert np.all(np.diff(found[29:]) < 0)
    assert found[-1] == pytest.approx(0.5 / 25 / 1e4)
    assert schedule(99) == schedule(100) == schedule(10**9)


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
@pytest.mark.parametrize("rise", [0.01, 0.5, 0.99])
def test_short_cycles(steps: int, rise: float) -> None:
    schedule = optim.one_cycle(1.0, steps, rise=rise, final=0.125)
    found = rates(schedule, steps + 2)
    assert all(0.04 <= rate <= 1 for rate in found)
    assert found[-1] == found[-2] == found[-3] == 0.125


@pytest.mark.parametrize(
    ("name", "settings", "make"),
    [
        ("StepLR", {"step_size": 7, "gamma": 0.5}, SCHEDULES["step_decay"]),
        ("CosineAnnealingLR", {"T_max": 100}, lambda lr: optim.cosine(lr, 100)),
        (
            "CosineAnnealingLR",
            {"T_max": 100, "eta_min": 0.01},
            lambda lr: optim.cosine(lr, 100, final=0.01),
        ),
        (
            "LinearLR",
            {"start_factor": 1 / 31, "total_iters": 30},
            lambda lr: optim.linear_warmup(lr, 30),
        ),
        ("OneCycleLR", {"total_steps": 101}, lambda lr: optim.one_cycle(lr, 101)),
        (
            "OneCycleLR",
            {"total_steps": 101, "pct_start": 0.5, "div_factor": 5, "final_div_factor": 10},
            lambda lr: optim.one_cycle(lr, 101, rise=0.5, first=lr / 5, final=lr / 50),
        ),
    ],
)
def test_agrees_with_pytorch(name: str, settings: Any, make: Callable[[float], Any]) -> None:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    if name == "OneCycleLR":
        settings = {"max_lr": 0.3, "cycle_momentum": False, **settings}
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
    theirs = []
    for _ in range(100):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(rates(make(0.3), 100), theirs, rtol=1e-12, atol=1e-14)


@every_schedule
def test_rates_are_numbers_of_python_for_ever(name: str) -> None:
    schedule = SCHEDULES[name](0.5)
    for step in [*range(60), 10**3, 10**6]:
        rate = schedule(step)
        assert type(rate) is float
        assert 0 <= rate <= 0.5


@every_schedule
def test_accepted_wherever_a_learning_rate_is(name: str) -> None:
    schedule = SCHEDULES[name](0.05)
    optimizers = [
        optim.AdamW(
            schedule, groups=[optim.Group(lambda path: path == "scalar", lr=SCHEDULES[name](0.1))]
        )
        for _ in range(2)
    ]
    changed, params = make_params(np.float32), make_params(np.float32)
    state = optimizers[0].init(params)
    for _ in range(50):
        params, state = optimizers[0].update(gradients(params), state, params)
        optimizers[1].step(changed, gradients(changed))
    assert_same_bits((changed, optimizers[1].state), (params, state))


@every_schedule
def test_goes_on_from_the_step_in_the_state(name: str) -> None:
    def run(optimizer: optim.Optimizer, params: Any, steps: int) -> None:
        for _ in range(steps):
            optimizer.step(params, gradients(params))

    params = make_params()
    optimizer = optim.AdamW(SCHEDULES[name](0.05))
    run(optimizer, params, 20)
    resumed = optim.AdamW(SCHEDULES[name](0.05))
    restored, resumed.state = copied((params, optimizer.state))
    run(optimizer, params, 30)
    run(resumed, restored, 30)
    assert_same_bits((restored, resumed.state), (params, optimizer.state))


@every_schedule
def test_can_be_printed_copied_and_pickled(name: str) -> None:
    schedule = SCHEDULES[name](0.5)
    expected = rates(schedule, 50)
    made_anew = eval(repr(schedule), vars(optim))
    for other in (made_anew, copy.deepcopy(schedule), pickle.loads(pickle.dumps(schedule))):
        assert rates(other, 50) == expected
    optimizer = pickle.loads(pickle.dumps(optim.AdamW(schedule)))
    assert repr(optimizer.lr) == repr(schedule)


def test_repr() -> None:
    assert repr(optim.cosine(0.001, steps=1000, warmup=100)) == (
        "cosine(lr=0.001, steps=1000, warmup=100, final=0.0)"
    )
    assert repr(optim.linear_warmup(optim.constant(0.5), 3)) == (
        "linear_warmup(lr=constant(lr=0.5), steps=3)"
    )


@every_schedule
@pytest.mark.parametrize("step", [0, 3, 20, 100])
def test_can_be_differentiated(name: str, step: int) -> None:
    def rate(lr: Any) -> Any:
        return SCHEDULES[name](lr)(step)

    np.testing.assert_allclose(tg.grad(rate)(0.5), rate(0.5) / 0.5, rtol=1e-12)


# Bad input


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: optim.constant(0.0), ValueError, "constant: lr=0.0; expected a number > 0"),
        (lambda: optim.constant("0.1"), TypeError, "constant: lr='0.1'"),
        (lambda: optim.constant(optim.constant(1.0)), TypeError, "constant: lr=constant"),
        (lambda: optim.step_decay(-1.0, 3), ValueError, "step_decay: lr=-1.0"),
        (lambda: optim.step_decay(1.0, 0), ValueError, "step_decay: every=0; .* whole number ≥ 1"),
        (lambda: optim.step_decay(1.0, 2.5), TypeError, "step_decay: every=2.5"),
        (lambda: optim.step_decay(1.0, 3, 0.0), ValueError, "step_decay: factor=0.0"),
        (lambda: optim.step_decay(1.0, 3, np.nan), ValueError, "step_decay: factor=nan"),
        (lambda: optim.linear_warmup(np.nan, 3), ValueError, "linear_warmup: lr=nan"),
        (lambda: optim.linear_warmup(0.1, -1), ValueError, "linear_warmup: steps=-1"),
        (lambda: optim.linear_warmup(None, 3), TypeError, "linear_warmup: lr=None"),
        (lambda: optim.cosine(np.inf, 3), ValueError, "cosine: lr=inf"),
        (lambda: optim.cosine(0.1, 0), ValueError, "cosine: steps=0"),
        (lambda: optim.cosine(0.1, 1e3), TypeError, "cosine: steps=1000.0"),
        (lambda: optim.cosine(0.1, 9, warmup=9), ValueError, "cosine: warmup=9 of steps=9 leaves"),
        (lambda: optim.cosine(0.1, 9, warmup=-1), ValueError, "cosine: warmup=-1"),
        (lambda: optim.cosine(0.1, 9, final=-0.1), ValueError, "cosine: final=-0.1"),
        (lambda: optim.one_cycle(0.1, 0), ValueError, "one_cycle: steps=0"),
        (lambda: optim.one_cycle(0.1, 9, rise=1.0), ValueError, "one_cycle: rise=1.0"),
        (lambda: optim.one_cycle(0.1, 9, rise=0.0), ValueError, "one_cycle: rise=0.0"),
        (lambda: optim.one_cycle(0.1, 9, first=0.0), ValueError, "one_cycle: first=0.0"),
        (lambda: optim.one_cycle(0.1, 9, final=np.nan), ValueError, "one_cycle: final=nan"),
    ],
)
def test_settings_out_of_range(
    make: Callable[[], Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        make()


def test_what_follows_the_warmup_is_checked_when_it_is_used() -> None:
    optimizer = optim.SGD(optim.linear_warmup(lambda step: np.nan, 3))
    params = np.ones(2)
    with pytest.raises(ValueError, match=r"SGD: lr\(0\)=nan; expected a number ≥ 0"):
        optimizer.step(params, params.copy())
    np.testing.assert_array_equal(params, 1.0)
