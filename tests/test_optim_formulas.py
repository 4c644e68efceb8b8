"""The optimizers' numbers: against PyTorch, and against their formulas written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from optim_cases import VARIANTS, assert_same_bits, build, gradients

from tinygrad_np import optim

THEIR_NAMES = {"Momentum": "SGD", "Nesterov": "SGD", "RMSProp": "RMSprop"}
every_variant = pytest.mark.parametrize("variant", VARIANTS)
WITHOUT_LION = [name for name in VARIANTS if not name.startswith("lion")]


@pytest.fixture
def torch() -> Iterator[Any]:
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # of which its NAdam keeps a product
    yield torch
    torch.set_default_dtype(before)


@pytest.mark.parametrize("variant", WITHOUT_LION)
def test_agrees_with_pytorch(variant: str, torch: Any) -> None:
    optimizer = build(variant)
    kind, settings = VARIANTS[variant]
    if kind in (optim.Momentum, optim.Nesterov):
        settings = {"momentum": 0.9, "nesterov": kind is optim.Nesterov, **settings}
    rng = np.random.default_rng(0)
    params = [rng.normal(size=(3, 4)), rng.normal(size=2), np.array(0.3)]
    theirs = [torch.tensor(p, requires_grad=True) for p in params]
    name = THEIR_NAMES.get(kind.__name__, kind.__name__)
    their_optimizer = getattr(torch.optim, name)(theirs, **settings)
    for _ in range(100):
        # Not a function of the parameters, which could blow up a difference in the last digit.
        grads = [np.asarray(rng.normal(scale=2.0, size=p.shape)) for p in params]
        optimizer.step(params, grads)
        for tensor, grad in zip(theirs, grads, strict=True):
            tensor.grad = torch.tensor(grad)
        their_optimizer.step()
    for ours, tensor in zip(params, theirs, strict=True):
        np.testing.assert_allclose(ours, tensor.detach().numpy(), rtol=1e-12, atol=1e-12)


def test_defaults_are_those_of_pytorch(torch: Any) -> None:
    names = {"lr", "betas", "eps", "weight_decay", "momentum_decay", "momentum", "alpha"}
    for kind in (optim.Adam, optim.AdamW, optim.NAdam, optim.Adagrad, optim.RMSProp):
        name = THEIR_NAMES.get(kind.__name__, kind.__name__)
        theirs = getattr(torch.optim, name)([torch.zeros(1)]).defaults
        for setting, value in vars(kind()).items():
            if setting in names:
                assert value == theirs[setting], (kind, setting)


def sgd_formula(
    p: Any, grad: Callable[[Any], Any], lr: float, momentum: float, nesterov: bool, decay: float
) -> Any:
    velocity = 0 * p
    for _ in range(100):
        g = grad(p) + decay * p
        velocity = momentum * velocity + g
        p = p - lr * (g + momentum * velocity if nesterov else velocity)
    return p


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_sgd_is_its_formula(momentum: float, nesterov: bool, decay: float) -> None:
    start = np.linspace(-1.5, 1.5, 7)
    expected = sgd_formula(start, gradients, 0.05, momentum, nesterov, decay)
    optimizer = optim.SGD(0.05, momentum=momentum, nesterov=nesterov, weight_decay=decay)
    params = start.copy()
    for _ in range(100):
        optimizer.step(params, gradients(params))
    np.testing.assert_allclose(params, expected, rtol=1e-12)
    assert not np.allclose(params, start)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_adam_is_its_formula(decay: float) -> None:
    p = np.linspace(-1.5, 1.5, 7)
    optimizer = optim.Adam(0.05, betas=(0.8, 0.95), eps=1e-4, weight_decay=decay)
    params = p.copy()
    m = v = 0 * p
    for t in range(1, 101):
        optimizer.step(params, gradients(params))
        g = gradients(p) + decay * p
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g**2
        p = p - 0.05 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-4)
    np.testing.assert_allclose(params, p, rtol=1e-11)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_lion_is_its_formula(decay: float) -> None:
    # Chen et al. (2023), algorithm 2.
    p = np.linspace(-1.5, 1.5, 7)
    optimizer = optim.Lion(0.05, betas=(0.8, 0.95), weight_decay=decay)
    params, m = p.copy(), 0 * p
    for _ in range(100):
        optimizer.step(params, gradients(params))
        g = gradients(p)
        update = np.sign(0.8 * m + (1 - 0.8) * g)
        p = p - 0.05 * (update + decay * p)
        m = 0.95 * m + (1 - 0.95) * g
    np.testing.assert_allclose(params, p, rtol=1e-12)
    np.testing.assert_allclose(optimizer.state["first_moment"][""], m, rtol=1e-12, atol=1e-15)


def test_nadam_is_its_formula_as_long_as_its_product_counts() -> None:
    p, product = np.array([1.0, -2.0]), 1.0
    optimizer = optim.NAdam(0.01, betas=(0.6, 0.9), momentum_decay=0.01)
    params = p.copy()
    m = v = 0 * p

    def momentum(t: int) -> float:
        return 0.6 * (1 - 0.5 * 0.96 ** (t * 0.01))

    rng = np.random.default_rng(0)
    for t in range(1, 151):  # the product is below the rounding of 1 from 47 on
        g = rng.normal(size=2)
        optimizer.step(params, g)
        product *= momentum(t)
        m = 0.6 * m + 0.4 * g
        v = 0.9 * v + 0.1 * g**2
        ahead = momentum(t + 1) * m / (1 - product * momentum(t + 1))
        now = (1 - momentum(t)) * g / (1 - product)
        p = p - 0.01 * (ahead + now) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)
        np.testing.assert_allclose(params, p, rtol=1e-12)


def test_centered_rmsprop_of_a_gradient_that_does_not_vary() -> None:
    # The variance is then the difference of two roundings, of either sign.
    optimizer = optim.RMSProp(1e-9, alpha=0.5, eps=1.0, centered=True)
    params = np.zeros(50)
    grads = np.random.default_rng(0).normal(size=50)
    for _ in range(200):
        optimizer.step(params, grads)
    means = optimizer.state["first_moment"][""]
    assert np.any(optimizer.state["second_moment"][""] < means * means)
    np.testing.assert_allclose(params, -200e-9 * grads, rtol=0.02, atol=1e-12)


def test_float32_is_computed_in_float32() -> None:
    rng = np.random.default_rng(1)
    p, g = rng.normal(size=(2, 50)).astype(np.float32)
    lr, momentum, decay = (np.float32(x) for x in (0.1, 0.9, 0.01))
    velocity = g + p * decay
    expected = p - (velocity * momentum + (g + p * decay)) * lr
    optimizer = optim.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
    params, state = optimizer.update(g, optimizer.init(p), p)
    assert_same_bits(params, expected)
    assert_same_bits(state["velocity"][""], velocity)


@every_variant
def test_reaches_the_minimum_of_a_quadratic(variant: str) -> None:
    # What Adagrad has moved, it moves less and less.
    start = 1.0 if variant.startswith("adagrad") else 0.05
    optimizer = build(variant, weight_decay=0.0)
    curvature = np.array([[3.0, 1.0], [1.0, 2.0]])
    params = np.array([4.0, -3.0])
    for step in range(2000):
        optimizer.lr = start * 0.998**step
        optimizer.step(params, curvature @ params - np.array([1.0, 1.0]))
    np.testing.assert_allclose(params, np.linalg.solve(curvature, [1.0, 1.0]), atol=2e-3)


def test_weight_decay_shrinks_parameters_without_a_gradient() -> None:
    params = np.array([1.0, -2.0])
    optim.SGD(0.5, weight_decay=0.1).step(params, np.zeros(2))
    np.testing.assert_allclose(params, [0.95, -1.9], rtol=1e-15)
