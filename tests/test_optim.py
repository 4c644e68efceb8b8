"""Optimizers: pure and in-place agreement, memory, derivatives, bad input."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optim_cases import VARIANTS, Block, assert_same_bits, build, copied, gradients, make_params

import tinygrad_np as tg
from tinygrad_np import optim

every_variant = pytest.mark.parametrize("variant", VARIANTS)
every_precision = pytest.mark.parametrize("dtype", [np.float32, np.float64])
# The checks are the same for all; these differ in what their states hold.
few_variants = pytest.mark.parametrize("variant", ["sgd", "nesterov-decay", "adamw"])


# Pure and in place


@every_variant
@every_precision
def test_update_and_step_agree_to_the_last_bit(variant: str, dtype: type) -> None:
    in_place, pure = build(variant), build(variant)
    changed, params = make_params(dtype), make_params(dtype)
    state = pure.init(params)
    for _ in range(100):
        in_place.step(changed, gradients(changed))
        params, state = pure.update(gradients(params), state, params)
    assert_same_bits(changed, params)
    assert_same_bits(in_place.state, state)
    assert state["step"] == 100
    start, leaves = tg.tree.leaves(make_params(dtype)), tg.tree.leaves(params)
    assert all(np.any(a != b) for a, b in zip(start, leaves, strict=True) if a.size)


@every_variant
def test_update_changes_nothing_and_shares_nothing(variant: str) -> None:
    optimizer = build(variant)
    params = make_params()
    grads, state = gradients(params), optimizer.init(params)
    given = (params, grads, state)
    before = copied(given)
    new = optimizer.update(grads, state, params)
    assert_same_bits(given, before)
    assert not any(
        np.shares_memory(a, b) for a in tg.tree.leaves(given) for b in tg.tree.leaves(new)
    )
    assert optimizer.state is None


@every_variant
def test_step_keeps_the_arrays_and_leaves_the_gradients_alone(variant: str) -> None:
    optimizer = build(variant)
    params = make_params()
    optimizer.step(params, gradients(params))
    arrays = tg.tree.leaves((params, {k: v for k, v in optimizer.state.items() if k != "step"}))
    grads = gradients(params)
    before = copied(grads)
    optimizer.step(params, grads)
    assert_same_bits(grads, before)
    after = tg.tree.leaves((params, {k: v for k, v in optimizer.state.items() if k != "step"}))
    assert all(a is b for a, b in zip(arrays, after, strict=True))


@every_variant
def test_step_allocates_nothing_after_its_first_call(variant: str) -> None:
    optimizer = build(variant)
    params = [np.ones((400, 500), np.float32), np.ones(500, np.float32), np.ones((500, 300))]
    grads = copied(params)
    optimizer.step(params, grads)
    tracemalloc.start()
    try:
        for _ in range(3):
            optimizer.step(params, grads)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A few views, tuples and numbers; the smallest of these arrays alone takes 2000 bytes.
    assert peak < 6000


def test_step_shares_its_buffers_among_the_leaves() -> None:
    params = [np.ones(100_000) for _ in range(10)]
    grads = copied(params)
    optimizer = optim.SGD(0.1)
    tracemalloc.start()
    try:
        optimizer.step(params, grads)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 1.1 * params[0].nbytes


@every_precision
def test_update_of_numbers(dtype: type) -> None:
    optimizer = optim.Adam(0.1)
    params: Any = {"float": 1.0, "scalar": dtype(2), "array": np.array(3, dtype)}
    grads: Any = {"float": 1.0, "scalar": dtype(2), "array": np.array(3, dtype)}
    state = optimizer.init(params)
    for _ in range(2):
        params, state = optimizer.update(grads, state, params)
    assert type(params["float"]) is np.float64
    assert type(params["scalar"]) is dtype
    assert type(params["array"]) is np.ndarray
    assert params["array"].dtype == dtype
    np.testing.assert_allclose(tg.tree.leaves(params), [0.8, 1.8, 2.8], rtol=1e-6)


def test_arrays_may_be_exchanged_between_steps() -> None:
    optimizer = optim.SGD(0.5, momentum=0.5)
    params = {"w": np.array([1.0]), "b": np.array([2.0])}
    grads = {"w": np.array([1.0]), "b": np.array([1.0])}
    optimizer.step(params, grads)
    params["w"] = np.array([10.0])
    optimizer.step(params, grads)
    np.testing.assert_allclose(params["w"], [10.0 - 0.5 * 1.5])
    np.testing.assert_allclose(params["b"], [2.0 - 0.5 - 0.5 * 1.5])


def test_moments_may_be_exchanged_between_steps() -> None:
    optimizer = optim.SGD(0.5, momentum=0.5)
    params = {"w": np.array([1.0])}
    optimizer.step(params, {"w": np.array([1.0])})
    optimizer.state["velocity"]["w"] = np.array([0.0])
    optimizer.step(params, {"w": np.array([1.0])})
    np.testing.assert_allclose(params["w"], [0.0])


def test_settings_of_a_layer_may_change_between_steps() -> None:
    optimizer = optim.SGD(0.5, momentum=0.5)
    block = Block(1, np.array([1.0]))
    optimizer.step(block, Block(1, np.array([1.0])))
    block.rate = 2
    optimizer.step(block, Block(2, np.array([1.0])))
    np.testing.assert_allclose(block.weights, [1.0 - 0.5 - 0.5 * 1.5])


def test_weight_decay_may_be_switched_on_between_steps() -> None:
    optimizer = optim.SGD(0.5)
    params = np.array([1.0])
    optimizer.step(params, np.array([1.0]))
    optimizer.weight_decay = 0.2
    optimizer.step(params, np.array([1.0]))
    np.testing.assert_allclose(params, [0.5 - 0.5 * 1.1])


def test_gradients_may_be_arrays_of_parameters() -> None:
    optimizer = optim.SGD(0.5)
    params = {"a": np.array([1.0, 2.0]), "b": np.array([10.0, 20.0]), "c": np.array([3.0, 4.0])}
    grads = {"a": params["b"], "b": params["a"][::-1], "c": params["c"]}
    expected, _ = optimizer.update(grads, optimizer.init(params), params)
    optimizer.step(params, grads)
    assert_same_bits(params, expected)


def test_parts_of_one_buffer_are_updated_apart() -> None:
    buffer = np.ones((4, 6))
    params = {"left": buffer[:, :3], "right": buffer[:, 3:]}
    optim.SGD(1.0).step(params, {"left": np.full((4, 3), 0.5), "right": np.full((4, 3), 0.25)})
    np.testing.assert_array_equal(buffer, [[0.5] * 3 + [0.75] * 3] * 4)


def test_a_tree_without_leaves() -> None:
    optimizer = optim.Adam()
    optimizer.step([], [])
    assert optimizer.state["step"] == 1
    assert optimizer.update([], optimizer.init([]), [])[0] == []


# The state


@every_variant
def test_goes_on_from_a_saved_state(variant: str, tmp_path: Path) -> None:
    params = make_params()
    optimizer = build(variant)
    for _ in range(5):
        optimizer.step(params, gradients(params))
    leaves, structure = tg.tree.flatten((params, optimizer.state))
    np.savez(tmp_path / "saved.npz", *leaves)
    for _ in range(5):
        optimizer.step(params, gradients(params))

    with np.load(tmp_path / "saved.npz") as saved:
        restored, state = tg.tree.unflatten(structure, [saved[name] for name in saved.files])
    resumed = build(variant)
    resumed.state = state
    for _ in range(5):
        resumed.step(restored, gradients(restored))
    assert_same_bits(restored, params)
    assert_same_bits(resumed.state, optimizer.state)


def through_pickle(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, through_pickle])
def test_a_copied_optimizer_is_independent(duplicate: Callable[[Any], Any]) -> None:
    params = [np.ones(3), np.full(3, 2.0)]
    optimizer = optim.SGD(0.1, momentum=0.9)
    optimizer.step(params, copied(params))
    other, other_params = duplicate((optimizer, params))
    before = copied((params, optimizer.state))
    other.step(other_params, other_params[::-1])
    assert_same_bits((params, optimizer.state), before)
    optimizer.step(params, params[::-1])
    assert_same_bits((params, optimizer.state), (other_params, other.state))


def test_state_none_starts_anew() -> None:
    optimizer = optim.SGD(0.5, momentum=0.5)
    optimizer.step(np.ones(3), np.ones(3))
    optimizer.state = None
    params = np.ones((2, 2))
    optimizer.step(params, np.ones((2, 2)))
    np.testing.assert_array_equal(params, np.full((2, 2), 0.5))


def test_state_holds_zeros_under_the_paths_of_the_parameters() -> None:
    params = make_params(np.float32)
    state = optim.Adam().init(params)
    assert list(state) == ["step", "first_moment", "second_moment"]
    for name in ("first_moment", "second_moment"):
        assert list(state[name]) == tg.tree.paths(params)
        assert_same_bits(
            list(state[name].values()), [np.zeros_like(p) for p in tg.tree.leaves(params)]
        )


def test_parameters_of_one_name_are_refused() -> None:
    params = {"a.b": np.ones(1), "a": {"b": np.ones(1)}}
    with pytest.raises(tg.TreeError, match=r"Adam.init: two parameters are named 'a\.b'"):
        optim.Adam().init(params)


# Schedules


def test_schedule_gets_the_number_of_updates_made() -> None:
    seen = []

    def schedule(step: int) -> float:
        seen.append(step)
        return 1.0 / (1 + step)

    optimizer = optim.SGD(schedule)
    params = np.zeros(1)
    for _ in range(3):
        optimizer.step(params, np.ones(1))
    assert seen == [0, 1, 2]
    np.testing.assert_allclose(params, [-(1 + 1 / 2 + 1 / 3)])
    pure, state = optimizer.update(np.ones(1), optimizer.state, params)
    assert seen[3:] == [3]
    np.testing.assert_allclose(pure, params - 1 / 4)
    assert state["step"] == 4


@pytest.mark.parametrize("rate", [np.float64(0.1), np.float32(0.5), 0, np.array(0.25)])
def test_schedule_of_numpy_numbers_keeps_float32(rate: Any) -> None:
    optimizer = optim.Adam(lambda step: rate)
    params = np.ones(3, np.float32)
    new, state = optimizer.update(np.ones(3, np.float32), optimizer.init(params), params)
    optimizer.step(params, np.ones(3, np.float32))
    assert_same_bits(new, params)
    assert_same_bits(state, optimizer.state)
    np.testing.assert_allclose(params, 1 - np.float32(rate), rtol=1e-6)


# Derivatives


@every_variant
def test_update_can_be_differentiated(variant: str) -> None:
    optimizer = build(variant)
    rng = np.random.default_rng(2)
    start = {"w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    direction = {"w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}

    def loss_after_three_updates(params: Any) -> Any:
        state = optimizer.init(params)
        for _ in range(3):
            grads = tg.grad(lambda p: np.sum(np.sin(p["w"]) * p["b"]))(params)
            params, state = optimizer.update(grads, state, params)
        return np.sum(params["w"] ** 2 * params["b"])

    def along(t: float) -> Any:
        moved = tg.tree.map(lambda p, d: p + t * d, start, direction)
        return loss_after_three_updates(moved)

    gradient = tg.grad(loss_after_three_updates)(start)
    slope = sum(np.sum(gradient[name] * direction[name]) for name in start)
    step = 1e-5
    np.testing.assert_allclose(slope, (along(step) - along(-step)) / (2 * step), rtol=1e-6)
    pushed = tg.jvp(loss_after_three_updates, (start,), (direction,))[1]
    np.testing.assert_allclose(pushed, slope, rtol=1e-12)


@every_precision
def test_derivative_with_respect_to_the_learning_rate(dtype: type) -> None:
    params, grads = np.array([1.0, 2.0], dtype), np.array([0.5, -1.0], dtype)

    def loss(lr: Any) -> Any:
        optimizer = optim.SGD(lr, momentum=0.5)
        new, _ = optimizer.update(grads, optimizer.init(params), params)
        assert new.dtype == dtype
        return np.sum(new**2)

    new = params - dtype(0.1) * grads
    np.testing.assert_allclose(tg.grad(loss)(0.1), -np.sum(2 * new * grads), rtol=1e-6)


def test_derivative_with_respect_to_every_setting_of_adam() -> None:
    params, grads = np.array([1.0, 2.0]), np.array([0.5, -1.0])

    def loss(lr: Any, beta1: Any, beta2: Any, eps: Any, decay: Any) -> Any:
        optimizer = optim.Adam(lr, (beta1, beta2), eps, decay)
        new, state = params, optimizer.init(params)
        for _ in range(2):
            new, state = optimizer.update(new * grads, state, new)
        return np.sum(new**2)

    settings = np.array([0.1, 0.7, 0.8, 0.1, 0.2])
    gradient = tg.grad(loss, range(5))(*settings)
    for i, slope in enumerate(gradient):
        change = 1e-6 * np.eye(5)[i]
        expected = (loss(*(settings + change)) - loss(*(settings - change))) / 2e-6
        np.testing.assert_allclose(slope, expected, rtol=1e-6)


def test_derivative_of_the_first_step_of_adam_where_the_gradient_is_zero() -> None:
    def loss(params: Any) -> Any:
        optimizer = optim.Adam(0.1)
        new, _ = optimizer.update(0.0 * params, optimizer.init(params), params)
        return np.sum(new)

    np.testing.assert_array_equal(tg.grad(loss)(np.ones(2)), np.ones(2))


# A person's own optimizer


class RootMeanSquare(optim.Optimizer):
    moments = ("square",)

    def coefficients(self, lr: float, t: int) -> tuple[float, ...]:
        return lr, 0.9, 0.1

    def rule(self, coefficients: Any, param: Any, grad: Any, moments: Any, out: Any) -> Any:
        lr, keep, rest = coefficients
        (square,), (scratch, new_param, new_square) = moments, out
        square = np.multiply(square, keep, out=new_square)
        gain = np.multiply(np.multiply(grad, grad, out=scratch), rest, out=scratch)
        square = np.add(square, gain, out=new_square)
        scale = np.add(np.sqrt(square, out=scratch), 1e-8, out=scratch)
        change = np.multiply(np.divide(grad, scale, out=scratch), lr, out=scratch)
        return np.subtract(param, change, out=new_param), square


def test_own_optimizer_needs_moments_and_a_rule_only() -> None:
    optimizer = RootMeanSquare(0.1, weight_decay=0.5)
    changed, params = make_params(), make_params()
    state = optimizer.init(params)
    for _ in range(10):
        params, state = optimizer.update(gradients(params), state, params)
        optimizer.step(changed, gradients(changed))
    assert_same_bits((changed, optimizer.state), (params, state))


def test_own_coefficients_may_be_numbers_of_numpy() -> None:
    class Slowing(optim.SGD):
        def coefficients(self, lr: Any, t: int) -> Any:
            return np.float64(lr) / np.sqrt(t), np.float64(self.momentum)

    optimizer = Slowing(0.1, momentum=0.9)
    changed, params = make_params(np.float32), make_params(np.float32)
    state = optimizer.init(params)
    for _ in range(10):
        params, state = optimizer.update(gradients(params), state, params)
        optimizer.step(changed, gradients(changed))
    assert_same_bits((changed, optimizer.state), (params, state))


def test_optimizer_without_a_rule_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Optimizer must define rule\(\)"):
        optim.Optimizer(0.1).step([np.ones(1)], [np.ones(1)])


def test_repr_shows_the_settings() -> None:
    shown = repr(optim.SGD(0.1, momentum=0.9))
    assert shown == "SGD(lr=0.1, weight_decay=0.0, momentum=0.9, nesterov=False)"
    optimizer = optim.Adam()
    optimizer.step(np.ones(1), np.ones(1))
    assert repr(optimizer) == "Adam(lr=0.001, weight_decay=0.0, betas=(0.9, 0.999), eps=1e-08)"


# Bad input


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optim.SGD(0.0), r"SGD: lr=0.0; expected a number > 0 and finite"),
        (lambda: optim.SGD(-0.1), "SGD: lr=-0.1"),
        (lambda: optim.SGD(np.inf), "SGD: lr=inf"),
        (lambda: optim.SGD(np.nan), "SGD: lr=nan"),
        (lambda: optim.SGD(np.array([0.1, 0.2])), "SGD: lr=array"),
        (lambda: optim.SGD(0.1, momentum=1.0), r"SGD: momentum=1.0; expected .* in \[0, 1\)"),
        (lambda: optim.SGD(0.1, momentum=-0.1), "SGD: momentum=-0.1"),
        (lambda: optim.SGD(0.1, nesterov=True), "SGD: nesterov=True .* momentum"),
        (lambda: optim.SGD(0.1, weight_decay=-1e-4), "SGD: weight_decay=-0.0001"),
        (lambda: optim.SGD(0.1, weight_decay=np.inf), "SGD: weight_decay=inf"),
        (lambda: optim.Adam(-1.0), "Adam: lr=-1.0"),
        (lambda: optim.Adam(betas=(1.0, 0.9)), r"Adam: betas\[0\]=1.0"),
        (lambda: optim.Adam(betas=(0.9, -0.1)), r"Adam: betas\[1\]=-0.1"),
        (lambda: optim.Adam(eps=0.0), "Adam: eps=0.0"),
        (lambda: optim.AdamW(weight_decay=-1.0), "AdamW: weight_decay=-1.0"),
        (lambda: optim.NAdam(momentum_decay=-1.0), "NAdam: momentum_decay=-1.0"),
        (lambda: optim.Nesterov(0.1, momentum=0.0), "Nesterov: nesterov=True .* momentum"),
        (lambda: optim.Adagrad(eps=-1.0), "Adagrad: eps=-1.0"),
        (lambda: optim.RMSProp(alpha=1.0), "RMSProp: alpha=1.0"),
        (lambda: optim.RMSProp(eps=0.0), "RMSProp: eps=0.0"),
        (lambda: optim.RMSProp(momentum=-0.1), "RMSProp: momentum=-0.1"),
        (lambda: optim.Lion(betas=(0.9, 1.0)), r"Lion: betas\[1\]=1.0"),
    ],
)
def test_settings_out_of_range(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optim.SGD("0.1"), "SGD: lr='0.1'; expected a number"),
        (lambda: optim.SGD(None), "SGD: lr=None"),
        (lambda: optim.SGD(0.1, momentum="high"), "SGD: momentum='high'"),
        (lambda: optim.Adam(betas=0.9), r"Adam: betas=0.9; expected a pair"),
        (lambda: optim.Adam(betas=(0.9, 0.99, 0.999)), "Adam: betas=.*expected a pair"),
        (lambda: optim.Lion(betas=0.9), r"Lion: betas=0.9; expected a pair"),
        (lambda: optim.SGD(0.1, clip=1.0), "unexpected keyword argument 'clip'"),
    ],
)
def test_settings_that_are_not_numbers(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


def array_like_params() -> dict[str, Any]:
    return {"layers": [np.ones((2, 3)), np.ones(3)], "scale": np.ones(3)}


def like_params(**changes: Any) -> dict[str, Any]:
    return {**array_like_params(), **changes}


BAD_GRADIENTS: dict[str, tuple[Any, type[Exception], str]] = {
    "missing": ({"layers": [np.ones((2, 3)), np.ones(3)]}, tg.TreeError, r"missing \['scale'\]"),
    "extra": (like_params(more=np.ones(1)), tg.TreeError, r"extra \['more'\]"),
    "none": (like_params(scale=None), tg.TreeError, "'scale': expected a leaf, found NoneType"),
    "tuple": (like_params(layers=(np.ones((2, 3)), np.ones(3))), tg.TreeError, "found tuple"),
    "shape": (
        like_params(scale=np.ones((3, 1))),
        ValueError,
        r"'scale' has shape \(3, 1\).*\(3,\)",
    ),
    "broadcasts": (like_params(scale=np.ones(1)), ValueError, r"'scale' has shape \(1,\)"),
    "dtype": (
        like_params(layers=[np.ones((2, 3)), np.ones(3, np.float32)]),
        ValueError,
        "'layers.1' has dtype float32; its parameter has float64",
    ),
    "integers": (like_params(scale=np.ones(3, int)), ValueError, "'scale' has dtype int64"),
    "list of numbers": (like_params(scale="abc"), TypeError, "'scale' is 'abc', of type str"),
}


@few_variants
@pytest.mark.parametrize("case", BAD_GRADIENTS)
@pytest.mark.parametrize("steps_before", [0, 1])
def test_gradients_that_do_not_fit(variant: str, case: str, steps_before: int) -> None:
    grads, kind, message = BAD_GRADIENTS[case]
    optimizer = build(variant)
    params = array_like_params()
    state = optimizer.init(params)
    for _ in range(steps_before):
        optimizer.step(params, array_like_params())
    before = copied((params, optimizer.state))
    with pytest.raises(kind, match=f"{type(optimizer).__name__}.step: grads .*{message}"):
        optimizer.step(params, grads)
    assert_same_bits((params, optimizer.state), before)
    with pytest.raises(kind, match=f"{type(optimizer).__name__}.update: grads .*{message}"):
        optimizer.update(grads, state, params)
    optimizer.step(params, array_like_params())
    assert optimizer.state["step"] == steps_before + 1


def test_structures_are_shown() -> None:
    with pytest.raises(tg.TreeError) as caught:
        optim.SGD(0.1).step({"w": np.ones(1)}, [np.ones(1)])
    assert "expected: {'w': *}" in str(caught.value)
    assert "found:    [*]" in str(caught.value)


@pytest.mark.usefixtures("plain_numpy")
def test_gradients_that_are_recorded_cannot_be_written() -> None:
    def loss(x: Any) -> Any:
        params = [np.ones(2), np.ones(2)]
        optim.SGD(0.1).step(params, [np.ones(2), x])
        return np.sum(params[1])

    with pytest.raises(TypeError, match=r"SGD.step: grads '1' is a Tensor.*update\(\)"):
        tg.grad(loss)(np.ones(2))


@pytest.mark.usefixtures("plain_numpy")
def test_learning_rate_that_is_recorded_cannot_be_written() -> None:
    params = [np.ones(2)]

    def loss(lr: Any) -> Any:
        optim.SGD(lr).step(params, [np.ones(2)])
        return np.sum(params[0])

    with pytest.raises(TypeError, match=r"SGD.step: a setting is being differentiated.*update\(\)"):
        tg.grad(loss)(0.1)
    np.testing.assert_array_equal(params[0], [1.0, 1.0])


READ_ONLY = np.ones(3)
READ_ONLY.flags.writeable = False
SHARED = np.ones(3)
SQUARE = np.ones((3, 3))


@pytest.mark.parametrize(
    ("params", "kind", "message"),
    [
        (like_params(scale=1.0), TypeError, r"params 'scale' is 1.0.*update\(\)"),
        (like_params(scale=(1.0, 2.0)), TypeError, r"params 'scale.0' is 1.0.*update\(\)"),
        (like_params(scale=np.float32(1)), TypeError, r"params 'scale' is .*1.0.*update\(\)"),
        (like_params(scale=tg.Tensor([1.0])), TypeError, r"params 'scale' is a Tensor.*\.data"),
        (like_params(scale=3), TypeError, "params 'scale' is 3, of type int"),
        (like_params(scale="abc"), TypeError, "params 'scale' is 'abc', of type str"),
        (like_params(scale=np.ones(3, int)), TypeError, r"params 'scale' has dtype int.*astype"),
        (like_params(scale=np.ones(3, bool)), TypeError, "params 'scale' has dtype bool"),
        (
            like_params(scale=np.ones(3, complex)),
            TypeError,
            "params 'scale' has dtype complex.*imaginary",
        ),
        (like_params(scale=READ_ONLY), ValueError, "params 'scale' is a read-only ndarray"),
        (
            like_params(scale=SHARED, tied=SHARED),
            ValueError,
            "params 'scale' and params 'tied' share memory",
        ),
        (
            like_params(scale=SQUARE, tied=SQUARE.T),
            ValueError,
            "params 'scale' and params 'tied' share memory",
        ),
        (
            like_params(scale=SQUARE[0], tied=SQUARE[:, 2]),
            ValueError,
            "params 'scale' and params 'tied' share memory",
        ),
    ],
)
@few_variants
def test_parameters_that_cannot_be_updated_in_place(
    variant: str, params: Any, kind: type[Exception], message: str
) -> None:
    optimizer = build(variant)
    grads = tg.tree.map(lambda p: p + 1 if hasattr(p, "dtype") else p, params)
    name = type(optimizer).__name__
    with pytest.raises(kind, match=rf"{name}.step: {message}"):
        optimizer.step(params, grads)
    np.testing.assert_array_equal(params["layers"][0], np.ones((2, 3)))
    assert optimizer.state is None


def test_an_array_frozen_between_steps_is_found_before_anything_changes() -> None:
    optimizer = optim.SGD(0.1)
    params = [np.ones(2), np.ones(3)]
    optimizer.step(params, [np.ones(2), np.ones(3)])
    params[1].flags.writeable = False
    before = copied((params, optimizer.state))
    with pytest.raises(ValueError, match="params '1' is a read-only ndarray"):
        optimizer.step(params, [np.ones(2), np.ones(3)])
    assert_same_bits((params, optimizer.state), before)


def test_what_was_spoilt_between_steps_is_found_before_anything_changes() -> None:
    def freeze(optimizer: Any) -> None:
        optimizer.state["velocity"]["w"].flags.writeable = False

    def miscount(optimizer: Any) -> None:
        optimizer.state["step"] = 0.5

    def lose_momentum(optimizer: Any) -> None:
        optimizer.momentum = 0.0

    for spoil, message in (
        (freeze, r"state\['velocity'\] 'w' is a read-only ndarray"),
        (miscount, r"state\['step'\]=0.5"),
        (lose_momentum, r"the state holds \['step', 'velocity'\]; expected \['step'\]"),
    ):
        optimizer = optim.SGD(0.1, momentum=0.9)
        params = {"b": np.ones(2), "w": np.ones(2)}
        grads = copied(params)
        optimizer.step(params, grads)
        before = copied(params)
        spoil(optimizer)
        with pytest.raises(ValueError, match=message):
            optimizer.step(params, grads)
        assert_same_bits(params, before)


@pytest.mark.parametrize("method", ["update", "init"])
@pytest.mark.parametrize("bad", [3, "abc", np.ones(3, int), np.ones(3, complex), True])
def test_parameters_that_have_no_gradient(method: str, bad: Any) -> None:
    optimizer = optim.SGD(0.1, momentum=0.9)
    params = {"w": np.ones(3), "n": bad}
    state = {"step": np.array(0), "velocity": dict(params)}
    with pytest.raises(TypeError, match=f"SGD.{method}: params 'n' "):
        optimizer.init(params) if method == "init" else optimizer.update(params, state, params)


def good_state(**changes: Any) -> dict[str, Any]:
    return {"step": np.array(3), "velocity": {"w": np.ones(3), "b": np.ones(3)}, **changes}


@pytest.mark.parametrize(
    ("state", "kind", "message"),
    [
        ([1, 2], ValueError, r"the state holds list; expected \['step', 'velocity'\]"),
        ({"step": np.array(0)}, ValueError, r"the state holds \['step'\]"),
        (good_state(more=1), ValueError, r"holds \['step', 'velocity', 'more'\]"),
        (good_state(step=np.array([1, 2])), ValueError, r"state\['step'\]=array"),
        (good_state(step=0.5), ValueError, r"state\['step'\]=0.5"),
        (good_state(step=np.array(-1)), ValueError, r"state\['step'\]=array\(-1\)"),
        (good_state(velocity=[np.ones(3)] * 2), ValueError, r"state\['velocity'\] is of type list"),
        (
            good_state(velocity={"w": np.ones(3)}),
            tg.TreeError,
            r"state\['velocity'\](?s:.*)\['w', 'b'\](?s:.*)\['w'\]",
        ),
        (
            good_state(velocity={"b": np.ones(3), "w": np.ones(3)}),
            tg.TreeError,
            r"state\['velocity'\](?s:.*)\['w', 'b'\](?s:.*)\['b', 'w'\]",
        ),
        (
            good_state(velocity={"w": np.ones(3), "b": np.ones(4)}),
            ValueError,
            r"state\['velocity'\] 'b' has shape \(4,\)",
        ),
        (
            good_state(velocity={"w": np.ones(3), "b": np.ones(3, np.float32)}),
            ValueError,
            r"state\['velocity'\] 'b' has dtype float32",
        ),
    ],
)
def test_states_that_do_not_fit(state: Any, kind: type[Exception], message: str) -> None:
    optimizer = optim.SGD(0.1, momentum=0.9)
    params = {"w": np.ones(3), "b": np.ones(3)}
    grads = copied(params)
    with pytest.raises(kind, match=f"SGD.update: .*{message}"):
        optimizer.update(grads, state, params)
    optimizer.state = state
    with pytest.raises(kind, match=f"SGD.step: .*{message}"):
        optimizer.step(params, grads)
    assert_same_bits(params, grads)
    assert optimizer.state is state

    optimizer.state = None
    optimizer.step(params, grads)
    before = copied(params)
    optimizer.state = state
    with pytest.raises(kind, match=f"SGD.step: .*{message}"):
        optimizer.step(params, grads)
    assert_same_bits(params, before)


def test_moments_that_share_memory_with_the_parameters() -> None:
    optimizer = optim.SGD(0.1, momentum=0.9)
    params = {"w": np.ones(3), "b": np.ones(3)}
    optimizer.state = {"step": np.array(0), "velocity": dict(params)}
    with pytest.raises(ValueError, match=r"params 'w' and state\['velocity'\] 'w' share memory"):
        optimizer.step(params, copied(params))


def test_one_optimizer_for_two_models_is_refused() -> None:
    optimizer = optim.Adam()
    optimizer.step([np.ones(2)], [np.ones(2)])
    with pytest.raises(ValueError, match=r"state\['first_moment'\] '0' has shape"):
        optimizer.step([np.ones(3)], [np.ones(3)])
    with pytest.raises(tg.TreeError, match="one optimizer for each model"):
        optimizer.step({"w": np.ones(2)}, {"w": np.ones(2)})


@pytest.mark.parametrize("rate", [-1.0, np.nan, np.inf, "fast", None])
@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam])
def test_schedule_that_returns_no_learning_rate(kind: Any, rate: Any) -> None:
    optimizer = kind(lambda step: rate if step == 1 else 0.1)
    params = np.ones(3)
    optimizer.step(params, np.ones(3))
    before = copied((params, optimizer.state))
    with pytest.raises((ValueError, TypeError), match=rf"{kind.__name__}: lr\(1\)={rate!r}"):
        optimizer.step(params, np.ones(3))
    assert_same_bits((params, optimizer.state), before)
