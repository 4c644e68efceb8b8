"""nn/initializers.py: the distributions of initial weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from tinygrad_np.nn import initializers

EVERY = [getattr(initializers, name) for name in initializers.__all__]
ALL = [initializer for initializer in EVERY if initializer is not initializers.orthogonal]
UNIFORM = (initializers.glorot_uniform, initializers.he_uniform)
SHAPES = [(400, 300), (1000, 7), (7, 1000), (3, 3, 64, 32), (5, 20, 30)]
# Of a sample's mean or variance, how many standard deviations off is taken for an error.
MANY = 4.5


def variance_of(initializer: Any, shape: tuple[int, ...]) -> float:
    """The variance in the papers: 2 / (inputs + outputs), or 2 / inputs."""
    *window, inputs, outputs = shape
    inputs, outputs = math.prod(window) * inputs, math.prod(window) * outputs
    is_glorot = initializer.__name__.startswith("glorot")
    return 2 / (inputs + outputs) if is_glorot else 2 / inputs


def cumulative(initializer: Any, x: np.ndarray, variance: float) -> np.ndarray:
    """How much of the distribution is below x."""
    if initializer in UNIFORM:
        bound = math.sqrt(3 * variance)
        return (x + bound) / (2 * bound)
    erf = np.vectorize(math.erf)
    return 0.5 * (1 + erf(x / math.sqrt(2 * variance)))


@pytest.mark.parametrize("initializer", ALL)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", [0, 1])
def test_mean_and_variance(
    initializer: Callable[..., Any], shape: tuple[int, ...], seed: int
) -> None:
    weights = initializer(np.random.default_rng(seed), shape, np.float64)
    variance = variance_of(initializer, shape)
    assert weights.shape == shape
    mean_error = math.sqrt(variance / weights.size)
    assert abs(weights.mean()) < MANY * mean_error
    kurtosis = 1.8 if initializer in UNIFORM else 3.0
    variance_error = variance * math.sqrt((kurtosis - 1) / weights.size)
    assert abs(weights.var() - variance) < MANY * variance_error


@pytest.mark.parametrize("initializer", ALL)
def test_distribution(initializer: Callable[..., Any]) -> None:
    """Kolmogorov's test: the largest gap to the distribution, times √n, exceeds 2 once in 1,500."""
    shape = (300, 200)
    sample = np.sort(initializer(np.random.default_rng(0), shape, np.float64), axis=None)
    steps = np.arange(sample.size) / sample.size
    gap = np.abs(cumulative(initializer, sample, variance_of(initializer, shape)) - steps).max()
    assert gap * math.sqrt(sample.size) < 2


@pytest.mark.parametrize("initializer", UNIFORM)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bounds_are_kept_and_nearly_reached(initializer: Callable[..., Any], dtype: Any) -> None:
    shape = (500, 400)
    bound = math.sqrt(3 * variance_of(initializer, shape))
    weights = initializer(np.random.default_rng(0), shape, dtype)
    largest = float(np.abs(weights).max())
    assert largest <= bound * (1 + np.finfo(dtype).eps)
    # The chance that 200,000 draws all stay below is e⁻²⁰.
    assert largest > bound * (1 - 1e-4)


@pytest.mark.parametrize("initializer", ALL)
def test_signals_keep_their_size_through_many_layers(initializer: Callable[..., Any]) -> None:
    """The purpose of it all: through 30 layers, neither vanishing nor exploding."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 256))
    is_he = initializer.__name__.startswith("he")
    for _ in range(30):
        x = x @ initializer(rng, (256, 256), np.float64)
        x = np.maximum(x, 0) if is_he else x
    assert 0.1 < np.mean(x**2) < 10


@pytest.mark.parametrize("initializer", ALL)
def test_elements_are_independent(initializer: Callable[..., Any]) -> None:
    weights = initializer(np.random.default_rng(0), (400, 300), np.float64)
    spread = weights.std() ** 2 / math.sqrt(weights.size)
    for neighbours in (weights[1:] * weights[:-1], weights[:, 1:] * weights[:, :-1]):
        assert abs(neighbours.mean()) < MANY * spread


@pytest.mark.parametrize("initializer", ALL)
@hypothesis.given(
    seed=st.integers(0, 2**32 - 1), shape=st.lists(st.integers(1, 6), min_size=2, max_size=4)
)
def test_the_same_seed_gives_the_same_weights(
    initializer: Callable[..., Any], seed: int, shape: list[int]
) -> None:
    draw = lambda dtype: initializer(np.random.default_rng(seed), shape, dtype)
    np.testing.assert_array_equal(draw(np.float64), draw(np.float64))
    np.testing.assert_array_equal(draw(np.float32), draw(np.float64).astype(np.float32))
    assert (draw(np.float64) != initializer(np.random.default_rng(seed + 1), shape, float)).all()


@pytest.mark.parametrize("initializer", EVERY)
def test_a_generator_is_drawn_from(initializer: Callable[..., Any]) -> None:
    rng = np.random.default_rng(0)
    assert (initializer(rng, (3, 2)) != initializer(rng, (3, 2))).any()


@pytest.mark.parametrize("initializer", EVERY)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, "float64"])
def test_dtype(initializer: Callable[..., Any], dtype: Any) -> None:
    assert initializer(np.random.default_rng(0), (3, 2), dtype).dtype == dtype
    assert initializer(np.random.default_rng(0), (3, 2)).dtype == np.float32


# Rotations


@pytest.mark.parametrize("shape", [(7, 7), (9, 4), (4, 9), (3, 2, 5, 8), (2, 3, 50), (1, 6)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    weights = initializers.orthogonal(np.random.default_rng(0), shape, np.float64)
    assert weights.shape == shape
    matrix = weights.reshape(-1, shape[-1])
    short = matrix.T @ matrix if len(matrix) >= shape[-1] else matrix @ matrix.T
    np.testing.assert_allclose(short, np.eye(len(short)), atol=1e-14)


def test_every_rotation_is_as_likely() -> None:
    """The first element of a random unit vector in three dimensions is uniform (Archimedes)."""
    rng = np.random.default_rng(0)
    draws = np.array([initializers.orthogonal(rng, (3, 3), np.float64) for _ in range(3000)])
    for sample in (draws[:, 0, 0], draws[:, 2, 1], draws[:, 1, 2]):
        gap = np.abs((np.sort(sample) + 1) / 2 - np.arange(3000) / 3000).max()
        assert gap * math.sqrt(3000) < 2
    assert abs(np.linalg.det(draws).mean()) < MANY / math.sqrt(3000)


# What is refused


@pytest.mark.parametrize("initializer", EVERY)
@pytest.mark.parametrize("shape", [(), (3,), 3, (0, 3), (3, 0), (-1, 3), ((3, 2), (1, 1))])
def test_shapes_that_are_none(initializer: Callable[..., Any], shape: Any) -> None:
    with pytest.raises(ValueError, match=rf"{initializer.__name__}: .*\(\.\.\., inputs, outputs\)"):
        initializer(np.random.default_rng(0), shape)


@pytest.mark.parametrize("initializer", EVERY)
@pytest.mark.parametrize("rng", [0, None, np.random, np.random.RandomState(0)])
def test_generators_that_are_none(initializer: Callable[..., Any], rng: Any) -> None:
    with pytest.raises(
        TypeError,
        match=rf"{initializer.__name__}: rng is of type .*np\.random\.default_rng\(seed\)",
    ):
        initializer(rng, (3, 2))


@pytest.mark.parametrize("initializer", EVERY)
@pytest.mark.parametrize("dtype", [int, bool, "uint8", str, object])
def test_dtypes_that_cannot_hold_weights(initializer: Callable[..., Any], dtype: Any) -> None:
    with pytest.raises(ValueError, match=f"{initializer.__name__}: weights of dtype"):
        initializer(np.random.default_rng(0), (3, 2), dtype)
