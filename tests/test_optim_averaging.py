"""Exponential moving averages: their formula, PyTorch's numbers, states, memory, bad input."""

from __future__ import annotations

import copy
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optim_cases import Pair, assert_same_bits, build, copied, gradients, make_params

import tinygrad_np as tg
from tinygrad_np import optim, train

Average = optim.ExponentialMovingAverage
either = pytest.mark.parametrize("corrected", [False, True])


def drawn(count: int) -> list[Any]:
    rng = np.random.default_rng(0)
    return [{"w": rng.normal(size=(2, 3)), "b": rng.normal(size=3)} for _ in range(count)]


# The numbers


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_is_its_formula(decay: float) -> None:
    seen = drawn(50)
    averaged = Average(decay)
    expected = seen[0]
    for params in seen:
        averaged.step(params)
        expected = tg.tree.map(lambda a, p: decay * a + (1 - decay) * p, expected, params)
        found = averaged.average(params)
        for name in expected:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_corrected_is_the_weighted_mean_of_what_was_seen(decay: float) -> None:
    seen = drawn(50)
    averaged = Average(decay, bias_correction=True)
    for t, params in enumerate(seen, start=1):
        averaged.step(params)
        weights = decay ** np.arange(t)[::-1]
        for name, found in averaged.average(params).items():
            expected = np.average([p[name] for p in seen[:t]], axis=0, weights=weights)
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


def test_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    swa_utils = pytest.importorskip("torch.optim.swa_utils")
    model = torch.nn.Linear(3, 2, dtype=torch.float64)
    theirs = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9))
    averaged = Average(0.9)
    rng = np.random.default_rng(0)
    for _ in range(100):
        params = {"weight": rng.normal(size=(2, 3)), "bias": rng.normal(size=2)}
        for name, param in params.items():
            getattr(model, name).data = torch.tensor(param)
        theirs.update_parameters(model)
        averaged.step(params)
    for name, found in averaged.average(params).items():
        expected = getattr(theirs.module, name).detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-12)


# Pure and in place


@either
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_update_and_step_agree_to_the_last_bit(corrected: bool, dtype: Any) -> None:
    in_place, pure = Average(0.9, corrected), Average(0.9, corrected)
    params = make_params(dtype)
    state, in_place.state = pure.init(params), in_place.init(params)
    optimizer = build("adamw-decay")
    for _ in range(50):
        optimizer.step(params, gradients(params))
        in_place.step(params)
        state = pure.update(params, state)
    assert_same_bits(in_place.state, state)
    assert_same_bits(in_place.average(params), pure.average(params, state))
    assert state["step"] == 50
    assert pure.state is None


@either
def test_changes_and_shares_nothing(corrected: bool) -> None:
    averaged = Average(0.9, corrected)
    params = make_params()
    state = averaged.init(params)
    before = copied((params, state))
    new = averaged.update(params, state)
    averaged.step(params)
    mean = averaged.average(params)
    assert_same_bits((params, state), before)
    trees = [tg.tree.leaves(tree) for tree in (params, state, new, averaged.state, mean)]
    for i, one in enumerate(trees):
        for other in trees[:i]:
            assert not any(np.shares_memory(a, b) for a in one for b in other)


@either
def test_step_allocates_nothing_after_its_first_call(corrected: bool) -> None:
    averaged = Average(0.9, corrected)
    params = [np.ones((400, 500), np.float32), np.ones(500, np.float32), np.ones((500, 300))]
    averaged.step(params)
    arrays = list(averaged.state["average"].values())
    tracemalloc.start()
    try:
        for _ in range(3):
            averaged.step(params)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6000
    assert all(a is b for a, b in zip(arrays, averaged.state["average"].values(), strict=True))


def test_average_is_a_tree_like_the_parameters() -> None:
    averaged = Average(0.5)
    params = {"pair": Pair(np.float32(2.0), 4.0), "array": np.array(3.0)}
    averaged.step(params)
    averaged.step({"pair": Pair(np.float32(4.0), 8.0), "array": np.array(5.0)})
    found = averaged.average(params)
    assert type(found["pair"]) is Pair
    assert [leaf.dtype for leaf in tg.tree.leaves(found)] == [np.float32, np.float64, np.float64]
    np.testing.assert_array_equal(tg.tree.leaves(found), [3.0, 6.0, 4.0])


def test_read_only_parameters_are_averaged() -> None:
    averaged = Average(0.5)
    averaged.step([np.broadcast_to(2.0, (3,))])
    averaged.step([np.broadcast_to(4.0, (3,))])
    np.testing.assert_array_equal(averaged.average([np.ones(3)]), [[3.0] * 3])


@either
def test_goes_on_from_a_saved_state(corrected: bool, tmp_path: Path) -> None:
    seen = drawn(20)
    averaged = Average(0.9, corrected)
    for params in seen[:10]:
        averaged.step(params)
    train.save(tmp_path / "average.npz", averaged.state)
    resumed = Average(0.9, corrected)
    resumed.state = train.load(tmp_path / "average.npz", resumed.init(seen[0]))
    other = copy.deepcopy(averaged)
    for params in seen[10:]:
        averaged.step(params)
        resumed.step(params)
    assert_same_bits(resumed.state, averaged.state)
    assert_same_bits(resumed.average(params), averaged.average(params))
    assert other.state["step"] == 10


def test_state_none_starts_anew() -> None:
    averaged = Average(0.5)
    averaged.step(np.ones(2))
    averaged.state = None
    averaged.step(np.full(3, 2.0))
    np.testing.assert_array_equal(averaged.average(np.ones(3)), [2.0] * 3)


def test_before_the_first_step_of_a_start_at_the_parameters() -> None:
    params = [np.array([2.0])]
    averaged = Average(0.5)
    assert_same_bits(averaged.average(params, averaged.init(params)), params)


def test_can_be_differentiated() -> None:
    averaged = Average(0.75, bias_correction=True)

    def mean(first: Any, second: Any) -> Any:
        state = averaged.init({"w": first})
        for params in (first, second):
            state = averaged.update({"w": params}, state)
        return averaged.average({"w": first}, state)["w"]

    tg.testing.check_grads(mean, (np.array([1.0, 2.0]), np.array([3.0, -1.0])))
    np.testing.assert_allclose(mean(np.ones(1), np.full(1, 8.0)), 5.0, rtol=1e-12)


def test_repr_shows_the_settings() -> None:
    assert repr(Average()) == "ExponentialMovingAverage(decay=0.999, bias_correction=False)"


# Bad input


@pytest.mark.parametrize("decay", [-0.1, 1.0, np.nan, 2])
def test_decay_out_of_range(decay: float) -> None:
    with pytest.raises(ValueError, match=f"ExponentialMovingAverage: decay={decay}; expected"):
        Average(decay)


def test_decay_that_is_no_number() -> None:
    with pytest.raises(TypeError, match=r"ExponentialMovingAverage: decay='0.9'"):
        Average("0.9")


def test_average_of_nothing() -> None:
    params = [np.ones(2)]
    with pytest.raises(ValueError, match="average: nothing was averaged yet"):
        Average().average(params)
    averaged = Average(bias_correction=True)
    with pytest.raises(ValueError, match="average: a mean of no parameters"):
        averaged.average(params, averaged.init(params))


@pytest.mark.parametrize("bad", [3, "abc", np.ones(2, int), np.ones(2, complex)])
@pytest.mark.parametrize("method", ["init", "update", "step", "average"])
def test_parameters_that_have_no_average(method: str, bad: Any) -> None:
    averaged = Average()
    averaged.step([np.ones(2)])
    before = copied(averaged.state)
    arguments = ([bad], before) if method == "update" else ([bad],)
    with pytest.raises(TypeError, match=f"ExponentialMovingAverage.{method}: params '0' "):
        getattr(averaged, method)(*arguments)
    assert_same_bits(averaged.state, before)


@pytest.mark.usefixtures("plain_numpy")
def test_parameters_that_are_recorded_cannot_be_written() -> None:
    averaged = Average()

    def run(w: Any) -> Any:
        averaged.step([np.ones(2), w])
        return np.sum(w)

    with pytest.raises(TypeError, match=r"step: params '1' is a Tensor.*update\(\)"):
        tg.grad(run)(np.ones(2))
    assert averaged.state is None


@pytest.mark.parametrize(
    ("params", "kind", "message"),
    [
        ({"w": np.ones(2)}, tg.TreeError, r"state\['average'\] was made for other parameters"),
        ({"w": np.ones(2), "c": np.ones(3)}, tg.TreeError, r"(?s:.*)'b'(?s:.*)"),
        ({"w": np.ones(2), "b": np.ones(4)}, ValueError, r"state\['average'\] 'b' has shape"),
        ({"w": np.ones(2), "b": np.ones(3, "f")}, ValueError, r"state\['average'\] 'b' has dtype"),
    ],
)
def test_other_parameters(params: Any, kind: type[Exception], message: str) -> None:
    averaged = Average()
    averaged.step({"w": np.ones(2), "b": np.ones(3)})
    before = copied(averaged.state)
    for method, arguments in {
        "step": (params,),
        "average": (params,),
        "update": (params, averaged.state),
    }.items():
        with pytest.raises(kind, match=f"ExponentialMovingAverage.{method}: {message}"):
            getattr(averaged, method)(*arguments)
    assert_same_bits(averaged.state, before)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ([1, 2], r"the state holds list; expected \['step', 'average'\]"),
        ({"step": np.array(0)}, r"the state holds \['step'\]"),
        ({"step": 0.5, "average": {"": np.ones(2)}}, r"state\['step'\]=0.5"),
        ({"step": 1, "average": [np.ones(2)]}, r"state\['average'\] is of type list"),
        ({"step": 1, "average": {"": np.broadcast_to(1.0, (2,))}}, "is a read-only ndarray"),
    ],
)
def test_states_that_do_not_fit(state: Any, message: str) -> None:
    averaged = Average()
    averaged.state = state
    with pytest.raises(ValueError, match=f"ExponentialMovingAverage.step: .*{message}"):
        averaged.step(np.ones(2))


def test_average_in_the_memory_of_the_parameters() -> None:
    averaged = Average()
    params = {"w": np.ones(2)}
    averaged.state = {"step": np.array(1), "average": params}
    with pytest.raises(ValueError, match=r"params 'w' and state\['average'\] 'w' share memory"):
        averaged.step(params)
