"""Clipping, as functions of trees and as options of optimizers."""

from __future__ import annotations

import tracemalloc
from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from optim_cases import assert_same_bits, copied, gradients, make_params

import tinygrad_np as tg
from tinygrad_np import optim
from tinygrad_np.testing import check_grads

every_dtype = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
TREE = {"w": np.array([[3.0, -0.5], [0.0, -4.0]]), "b": [np.array(12.0), np.zeros((0, 3))]}
OPTIONS: dict[str, dict[str, Any]] = {
    "value": {"clip_value": 0.3},
    "norm": {"clip_norm": 2.0},
    "norm-of-none": {"clip_norm": 1e6},
}
every_option = pytest.mark.parametrize("option", OPTIONS)


def as_dtype(tree: Any, dtype: Any) -> Any:
    return tg.tree.map(lambda leaf: leaf.astype(dtype), tree)


# By value


@every_dtype
def test_clip_by_value(dtype: Any) -> None:
    grads = as_dtype(TREE, dtype)
    before = copied(grads)
    clipped = optim.clip_by_value(grads, 1.5)
    expected = {"w": np.array([[1.5, -0.5], [0.0, -1.5]]), "b": [np.array(1.5), np.zeros((0, 3))]}
    assert_same_bits(clipped, as_dtype(expected, dtype))
    assert_same_bits(grads, before)


def test_clip_by_value_of_what_is_not_finite() -> None:
    clipped = optim.clip_by_value(np.array([np.nan, np.inf, -np.inf]), 2.0)
    np.testing.assert_array_equal(clipped, [np.nan, 2.0, -2.0])


def test_derivative_of_clip_by_value() -> None:
    slope = tg.grad(lambda g: np.sum(optim.clip_by_value({"w": g}, 1.0)["w"] ** 2))
    np.testing.assert_array_equal(slope(np.array([-3.0, 0.5, 2.0])), [0.0, 1.0, 0.0])


# By global norm


@every_dtype
@pytest.mark.parametrize("limit", [0.5, 6.5, 1e3])
def test_clip_by_global_norm(dtype: Any, limit: float) -> None:
    grads = as_dtype(TREE, dtype)
    before = copied(grads)
    clipped = optim.clip_by_global_norm(grads, limit)
    expected = as_dtype(tg.tree.map(lambda g: g * min(1.0, limit / np.sqrt(169.25)), TREE), dtype)
    for found, wanted in zip(tg.tree.leaves(clipped), tg.tree.leaves(expected), strict=True):
        assert found.dtype == dtype
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=4 * np.finfo(dtype).eps)
    if limit == 1e3:
        assert_same_bits(clipped, grads)
    assert_same_bits(grads, before)


def test_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    grads = [rng.normal(size=(3, 4)), rng.normal(size=2)]
    for limit in (0.5, 2.0, 100.0):
        theirs = [torch.zeros(g.shape, dtype=torch.float64) for g in grads]
        for tensor, grad in zip(theirs, grads, strict=True):
            tensor.grad = torch.tensor(grad)
        norm = float(torch.nn.utils.clip_grad_norm_(theirs, limit))
        assert optim.global_norm(grads) == pytest.approx(norm, rel=1e-14)
        # They divide by the norm + 1e-6.
        correction = norm / (norm + 1e-6) if norm > limit else 1.0
        for ours, tensor in zip(optim.clip_by_global_norm(grads, limit), theirs, strict=True):
            np.testing.assert_allclose(ours * correction, tensor.grad.numpy(), rtol=1e-12)

        for tensor, grad in zip(theirs, grads, strict=True):
            tensor.grad = torch.tensor(grad)
        torch.nn.utils.clip_grad_value_(theirs, limit)
        for ours, tensor in zip(optim.clip_by_value(grads, limit), theirs, strict=True):
            np.testing.assert_array_equal(ours, tensor.grad.numpy())


@every_dtype
@pytest.mark.parametrize("exponent", [-14, -1, 0, 1, 15])
def test_global_norm_neither_overflows_nor_vanishes(dtype: Any, exponent: int) -> None:
    # The squares do, in float16; in float32, those of 1e±30.
    scale = 2.0 ** (exponent * (1 if dtype is np.float16 else 8))
    grads = {"w": np.full((3, 5), scale, dtype), "b": np.full(10, scale, dtype)}
    norm = optim.global_norm(grads)
    assert type(norm) is float
    assert norm == pytest.approx(5 * scale, rel=1e-6)
    assert optim.global_norm(optim.clip_by_global_norm(grads, scale)) == pytest.approx(
        scale, rel=1e-2 if dtype is np.float16 else 1e-6
    )


@hypothesis.given(
    npst.arrays(
        st.sampled_from([np.float32, np.float64]),
        npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6),
        elements=st.floats(-100, 100, width=32, allow_subnormal=False),
    ),
    st.booleans(),
    st.integers(1, 3),
)
def test_global_norm_in_any_order_in_memory(array: Any, turned: bool, stride: int) -> None:
    leaf = array.T if turned else array
    leaf = leaf[::stride] if leaf.ndim else leaf
    # A gradient may also be one number shown many times.
    grads = [leaf, np.broadcast_to(leaf, (2, *leaf.shape)), np.float32(2.0), 1.0]
    expected = np.sqrt(3 * np.sum(leaf.astype(float) ** 2) + 5)
    assert optim.global_norm(grads) == pytest.approx(expected, rel=1e-6)


def test_global_norm_of_nothing() -> None:
    assert optim.global_norm([]) == optim.global_norm({"w": np.zeros(0)}) == 0.0
    assert optim.clip_by_global_norm([], 1.0) == []
    zeros = {"w": np.zeros(3), "number": 0.0}
    assert_same_bits(optim.clip_by_global_norm(zeros, 1.0)["w"], zeros["w"])


def test_global_norm_of_what_is_not_finite() -> None:
    assert np.isnan(optim.global_norm([np.array([1.0, np.nan])]))
    assert optim.global_norm([np.array([1.0, -np.inf], np.float32)]) == np.inf


@pytest.mark.parametrize("limit", [0.5, 100.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_derivatives_of_clip_by_global_norm(limit: float, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(2, 3)), rng.normal(size=2)]

    def clipped(*grads: Any) -> Any:
        found = optim.clip_by_global_norm(list(grads), limit)
        assert all(g.dtype == grads[0].dtype for g in found)
        return sum(np.sum(w.astype(g.dtype) * g) for w, g in zip(weights, found, strict=True))

    grads = [rng.normal(size=w.shape).astype(dtype) for w in weights]
    check_grads(clipped, grads)
    for slope in tg.grad(clipped, (0, 1))(*[0 * g for g in grads]):
        assert slope.dtype == dtype
        assert np.all(np.isfinite(slope))


def test_batched() -> None:
    grads = np.random.default_rng(0).normal(size=(4, 3))
    batched = tg.vmap(lambda g: optim.clip_by_global_norm({"w": g}, 1.0)["w"])(grads)
    alone = [optim.clip_by_global_norm({"w": g}, 1.0)["w"] for g in grads]
    np.testing.assert_allclose(batched, alone, rtol=1e-14)


# Options of the optimizers


@every_option
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.1}])
@pytest.mark.parametrize("kind", [optim.Momentum, optim.AdamW])
def test_gradients_are_clipped_before_anything_else(
    kind: Any, settings: Any, dtype: Any, option: str
) -> None:
    clips, plain = kind(0.05, **settings, **OPTIONS[option]), kind(0.05, **settings)
    changed, params = make_params(dtype), make_params(dtype)
    expected = make_params(dtype)
    state = clips.init(params)
    for _ in range(20):
        params, state = clips.update(gradients(params), state, params)
        clips.step(changed, gradients(changed))
        grads = gradients(expected)
        if option == "value":
            grads = optim.clip_by_value(grads, 0.3)
        else:
            grads = optim.clip_by_global_norm(grads, OPTIONS[option]["clip_norm"])
        plain.step(expected, grads)
    assert_same_bits((changed, clips.state), (params, state))
    assert_same_bits((changed, clips.state), (expected, plain.state))
    differs = make_params(dtype)
    unclipped = kind(0.05, **settings)
    for _ in range(20):
        unclipped.step(differs, gradients(differs))
    same = np.array_equal(differs["list"][0], changed["list"][0])
    assert same == (option == "norm-of-none")


@every_option
def test_gradients_are_left_alone(option: str) -> None:
    optimizer = optim.SGD(0.1, weight_decay=0.1, **OPTIONS[option])
    params = make_params()
    grads = gradients(params)
    before = copied(grads)
    optimizer.step(params, grads)
    optimizer.update(grads, optimizer.state, params)
    assert_same_bits(grads, before)


@every_option
@pytest.mark.parametrize("kind", [optim.SGD, optim.AdamW])
def test_step_allocates_nothing_after_its_first_call(kind: Any, option: str) -> None:
    optimizer = kind(0.1, weight_decay=0.1, **OPTIONS[option])
    params = [np.ones((400, 500), np.float32), np.ones(500, np.float32), np.ones((500, 300))]
    for gradient, limit in (
        (np.ones((500, 300)), 6000),
        # The oldest NumPy reads one number shown many times through buffers of a fixed size.
        (np.broadcast_to(0.5, (500, 300)), params[2].nbytes // 5),
    ):
        grads = [*copied(params[:2]), gradient]
        optimizer.step(params, grads)
        tracemalloc.start()
        try:
            for _ in range(3):
                optimizer.step(params, grads)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < limit


def test_options_may_be_changed_between_steps() -> None:
    optimizer = optim.SGD(1.0)
    params = np.zeros(2)
    grads = np.array([3.0, 4.0])
    optimizer.step(params, grads)
    optimizer.clip_norm = 1.0
    optimizer.step(params, grads)
    np.testing.assert_allclose(params, -1.2 * grads)
    optimizer.clip_norm, optimizer.clip_value = None, 3.5
    optimizer.step(params, grads)
    np.testing.assert_allclose(params, -1.2 * grads - [3.0, 3.5])


def test_update_with_clipping_can_be_differentiated() -> None:
    params = {"w": np.array([1.0, 2.0]), "b": np.array([-1.0])}

    def loss(w: Any, b: Any, limit: Any) -> Any:
        optimizer = optim.SGD(0.1, clip_norm=limit, weight_decay=0.1)
        grads = {"w": w, "b": b}
        new, _ = optimizer.update(grads, optimizer.init(params), params)
        return np.sum(new["w"] ** 2) + np.sum(new["b"])

    check_grads(loss, (np.array([3.0, -1.0]), np.array([2.0]), 0.7))


def test_options_are_shown() -> None:
    assert repr(optim.SGD(0.1, clip_norm=2)) == "SGD(lr=0.1, weight_decay=0.0, clip_norm=2.0, " + (
        "momentum=0.0, nesterov=False)"
    )


# Bad input


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan, np.inf])
def test_limits_out_of_range(limit: float) -> None:
    for clip in (optim.clip_by_value, optim.clip_by_global_norm):
        with pytest.raises(ValueError, match=rf"{clip.__name__}: limit={limit}; expected a number"):
            clip([np.ones(2)], limit)
    for option in ("clip_value", "clip_norm"):
        with pytest.raises(ValueError, match=rf"SGD: {option}={limit}; expected a number > 0"):
            optim.SGD(0.1, **{option: limit})


@pytest.mark.parametrize("limit", ["1", [1.0, 2.0], None, 1j])
def test_limits_that_are_no_numbers(limit: Any) -> None:
    for clip in (optim.clip_by_value, optim.clip_by_global_norm):
        with pytest.raises((TypeError, ValueError), match=f"{clip.__name__}: limit="):
            clip([np.ones(2)], limit)


def test_both_options_are_refused() -> None:
    with pytest.raises(ValueError, match="SGD: both clip_value and clip_norm; give one"):
        optim.SGD(0.1, clip_value=1.0, clip_norm=1.0)
    optimizer = optim.SGD(0.1, clip_value=1.0)
    optimizer.clip_norm = 1.0
    params = np.ones(2)
    with pytest.raises(ValueError, match="SGD: both clip_value and clip_norm; give one"):
        optimizer.step(params, np.ones(2))
    np.testing.assert_array_equal(params, 1.0)


@pytest.mark.parametrize("bad", [np.ones(3, int), np.ones(3, complex), 3, "abc", np.ones(3, bool)])
@pytest.mark.parametrize("name", ["clip_by_value", "clip_by_global_norm", "global_norm"])
def test_leaves_that_are_no_gradients(name: str, bad: Any) -> None:
    limit = () if name == "global_norm" else (1.0,)
    with pytest.raises(TypeError, match=rf"{name}: gradients 'b' "):
        getattr(optim, name)({"w": np.ones(2), "b": bad}, *limit)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_norm_that_is_not_finite(bad: float, dtype: Any) -> None:
    params = {"w": np.ones(3, dtype), "b": np.ones(2, dtype)}
    grads = {"w": np.ones(3, dtype), "b": np.array([1.0, bad], dtype)}
    with pytest.raises(ValueError, match="clip_by_global_norm: gradients 'b' holds NaN or inf"):
        optim.clip_by_global_norm(grads, 1.0)
    optimizer = optim.Momentum(0.1, clip_norm=1.0)
    optimizer.step(params, copied(params))
    before = copied((params, optimizer.state))
    with pytest.raises(ValueError, match=r"Momentum.step: clip_norm: grads 'b' holds NaN or inf"):
        optimizer.step(params, grads)
    assert_same_bits((params, optimizer.state), before)
    with pytest.raises(ValueError, match=r"Momentum.update: clip_norm: grads 'b' holds NaN or inf"):
        optimizer.update(grads, optimizer.state, params)


def test_a_norm_that_overflows() -> None:
    with pytest.raises(ValueError, match="clip_by_global_norm: gradients: their squares overflow"):
        optim.clip_by_global_norm([np.array([1e200])], 1.0)


def test_a_norm_that_is_not_finite_while_it_is_recorded() -> None:
    with pytest.raises(ValueError, match="gradients '0' holds NaN or inf"):
        tg.grad(lambda g: np.sum(optim.clip_by_global_norm([g], 1.0)[0]))(np.array([np.nan]))
