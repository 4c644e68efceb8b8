"""tinygrad_np.numpy.random: NumPy's numbers, of Tensors too, and their derivatives."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

import tinygrad_np as tg
import tinygrad_np.numpy as np
from tinygrad_np.numpy.random import FAMILIES, RecordingGenerator

X = numpy.array([0.7, 1.3, 0.4])
MATRIX = numpy.arange(12.0).reshape(3, 4) / 7
MAKERS = ["default_rng", "RandomState"]
PARAMETERS = {"exponential": (1.3,), "rayleigh": (0.8,), "triangular": (-0.5, 0.3, 2.0)}


@pytest.fixture(autouse=True)
def _global_state() -> Iterator[None]:
    state = numpy.random.get_state()  # noqa: NPY002 - what the tests of it shall leave behind
    yield
    numpy.random.set_state(state)  # noqa: NPY002 - as above


def state_of(rng: Any) -> str:
    is_generator = isinstance(rng, numpy.random.Generator)
    return repr(rng.bit_generator.state if is_generator else rng.get_state(False))


def recorded(fun: Any, *args: Any) -> Any:
    """What a function returns where it is being differentiated."""
    found, _ = tg.vjp(fun, *args)
    return found


# Generators


@pytest.mark.parametrize("maker", MAKERS)
def test_a_generator_is_numpys(maker: str) -> None:
    kind = getattr(numpy.random, "Generator" if maker == "default_rng" else maker)
    ours, theirs = getattr(np.random, maker)(3), getattr(numpy.random, maker)(3)
    assert isinstance(ours, kind)
    assert isinstance(ours, getattr(np.random, kind.__name__))
    assert isinstance(theirs, getattr(np.random, kind.__name__))
    assert not isinstance(3, getattr(np.random, kind.__name__))
    ours.standard_normal()
    theirs.standard_normal()  # a RandomState keeps a second number for the next time
    for again in (copy.deepcopy(ours), copy.copy(ours), pickle.loads(pickle.dumps(ours))):
        assert type(again) is type(ours)
        assert state_of(again) == state_of(theirs)
    assert ours.normal.__doc__ == theirs.normal.__doc__
    assert ours.normal(size=3).tolist() == theirs.normal(size=3).tolist()
    assert state_of(ours) == state_of(theirs)


def test_generators_of_generators() -> None:
    ours, theirs = np.random.default_rng(3), numpy.random.default_rng(3)
    for mine, other in zip(ours.spawn(2), theirs.spawn(2), strict=True):
        assert type(mine) is RecordingGenerator
        assert mine.random() == other.random()
    assert np.random.default_rng(ours) is ours
    assert np.random.default_rng(theirs) is theirs
    assert np.random.default_rng(theirs.bit_generator).random() == ours.random()
    assert np.random.Generator is numpy.random.Generator

    class Own(np.random.RandomState):
        pass

    assert isinstance(Own(3), Own)
    assert not isinstance(np.random.RandomState(3), Own)


def test_every_legacy_function_takes_tensors() -> None:
    for name in set(numpy.random.__all__) & set(dir(numpy.random.RandomState)):
        assert getattr(np.random, name).__wrapped__ == getattr(numpy.random, name)
    assert np.random.PCG64 is numpy.random.PCG64
    assert numpy.random.RandomState.triangular(np.random.RandomState(0), 0, 1, 2) > 0


DRAWING: dict[str, Any] = {
    "normal": lambda rng: rng.normal(0, 0.5, (3, 4)),
    "uniform": lambda rng: rng.uniform(size=(3, 4)),
    "gamma": lambda rng: rng.gamma(2.0, size=(3, 4)),
    "of constants": lambda rng: rng.normal(np.zeros(4), np.ones((3, 1))),
    "choice": lambda rng: rng.choice([0.5, 1.5], (3, 4)),
    "permutation": lambda rng: rng.permutation(MATRIX),
    "multivariate": lambda rng: rng.multivariate_normal(np.zeros(4), np.eye(4), 3),
}


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("maker", [*MAKERS, "legacy"])
def test_what_is_drawn_is_written_into(maker: str, name: str) -> None:
    def make() -> Any:
        if maker != "legacy":
            return getattr(np.random, maker)(0)
        np.random.seed(0)
        return np.random

    def fun(x: Any) -> Any:
        drawn = DRAWING[name](make())
        drawn -= 0.1 * x
        drawn[0, 1] = x[1] ** 2
        return drawn

    x = numpy.append(X, 1.0)
    assert type(DRAWING[name](make())) is numpy.ndarray
    numpy.testing.assert_array_equal(recorded(fun, x), fun(x))
    tg.testing.check_grads(fun, (x,))


def test_integers_and_single_numbers_stay_what_they_are() -> None:
    def fun(x: Any) -> Any:
        rng = np.random.default_rng(0)
        assert type(rng.integers(3, size=4)) is numpy.ndarray
        assert type(rng.normal()) == float  # noqa: E721 - `float` stands for itself here
        assert type(rng.bytes(2)) is bytes
        buffer = numpy.zeros(3)
        assert rng.random(out=buffer) is buffer
        assert type(np.random.RandomState(0).get_state()) is tuple
        return x

    tg.grad(fun)(1.0)


def test_names_are_exchanged_while_a_function_runs() -> None:
    def fun(x: Any) -> Any:
        weights = numpy.random.default_rng(0).normal(size=3)
        weights *= x
        return weights + numpy.random.RandomState(0).uniform(x, 3.0)

    numpy.testing.assert_array_equal(recorded(fun, X), fun(X))
    tg.testing.check_grads(fun, (X,))
    assert type(numpy.random.default_rng(0)) is numpy.random.Generator


def test_numbers_are_drawn_into_an_array() -> None:
    def fun(x: Any) -> Any:
        buffer = np.zeros(3)
        assert np.random.default_rng(0).random(out=buffer) is buffer
        with pytest.raises(TypeError, match="type"):
            np.random.default_rng(0).random(dtype=np.float32, out=buffer)
        return buffer * x

    numpy.testing.assert_array_equal(tg.vjp(fun, X)[1](numpy.ones(3))[0], fun(numpy.ones(3)))


# Elements, chosen and rearranged

OF_GENERATORS: dict[str, Any] = {
    "choice": lambda rng, x: rng.choice(x),
    "choice of lists": lambda rng, x: rng.choice([x[0, 0], x[1, 0], 3.0], 4),
    "choice of some": lambda rng, x: rng.choice(x[0], 3, replace=False),
    "choice, not shuffled": lambda rng, x: rng.choice(x[0], size=3, replace=False, shuffle=False),
    "choice of a shape": lambda rng, x: rng.choice(a=x[0], size=(2, 3)),
    "choice of no shape": lambda rng, x: rng.choice(x[0], ()),
    "choice of rows": lambda rng, x: rng.choice(x, 2),
    "choice along an axis": lambda rng, x: rng.choice(x, (2, 5), axis=1),
    "choice by weights": lambda rng, x: rng.choice(x, 5, True, [0.2, 0.5, 0.3], 0),
    "choice by constants": lambda rng, x: rng.choice(x, 5, p=np.ones(3) / 3),
    "permutation": lambda rng, x: rng.permutation(x),
    "permutation along an axis": lambda rng, x: rng.permutation(x, axis=1),
    "permutation of one axis": lambda rng, x: rng.permutation(x=x[0]),
    "permuted": lambda rng, x: rng.permuted(x),
    "permuted along an axis": lambda rng, x: rng.permuted(x, axis=1),
    "permuted out": lambda rng, x: rng.permuted(x, axis=0, out=np.zeros((3, 4))),
    "shuffle": lambda rng, x: shuffled(rng, x),
    "shuffle of one axis": lambda rng, x: shuffled(rng, x[0]),
    "shuffle along an axis": lambda rng, x: shuffled(rng, x, axis=1),
}
OF_RANDOM_STATES: dict[str, Any] = {
    "choice": lambda rng, x: rng.choice(x[0]),
    "choice of some": lambda rng, x: rng.choice(x[0], 3, False),
    "choice by weights": lambda rng, x: rng.choice(x[:, 0], (2, 3), p=[0.2, 0.5, 0.3]),
    "permutation": lambda rng, x: rng.permutation(x),
    "permutation of one axis": lambda rng, x: rng.permutation(x[0]),
    "shuffle": lambda rng, x: shuffled(rng, x),
    "shuffle of one axis": lambda rng, x: shuffled(rng, x[0]),
}


def shuffled(rng: Any, x: Any, **axis: int) -> Any:
    made = np.array(x)
    view = made[1:]
    assert rng.shuffle(made, **axis) is None
    made[0] *= 2
    return np.concatenate([made, view])


@pytest.mark.parametrize(
    ("maker", "name"),
    [
        *[("default_rng", name) for name in OF_GENERATORS],
        *[("RandomState", name) for name in OF_RANDOM_STATES],
        *[("legacy", name) for name in OF_RANDOM_STATES],
    ],
)
def test_elements_are_rearranged(maker: str, name: str) -> None:
    program = (OF_GENERATORS if maker == "default_rng" else OF_RANDOM_STATES)[name]
    states = []

    def fun(x: Any, space: Any = np.random) -> Any:
        if maker == "legacy":
            space.seed(5)
        rng = space if maker == "legacy" else getattr(space, maker)(5)
        out = program(rng, x)
        states.append(state_of(rng))
        return out

    expected = fun(MATRIX, numpy.random)
    found = recorded(fun, MATRIX)
    assert numpy.shape(found) == numpy.shape(expected)
    numpy.testing.assert_array_equal(found, expected)
    assert states[0] == states[1]
    tg.testing.check_grads(fun, (MATRIX,))


def test_lists_of_tensors_are_shuffled_in_place() -> None:
    def fun(x: Any) -> Any:
        parts = [x[0], x[1], x[2]]
        np.random.default_rng(1).shuffle(parts)
        return parts[0] * 2 + parts[1]

    assert recorded(fun, X) == fun(X)
    tg.testing.check_grads(fun, (X,))


def test_what_numpy_refuses_to_rearrange() -> None:
    rng = np.random.default_rng(0)
    x = tg.Tensor(X, requires_grad=True)
    matrix = tg.Tensor(MATRIX, requires_grad=True)
    with pytest.raises(ValueError, match="1-dimensional"):
        np.random.RandomState(0).choice(matrix)
    with pytest.raises(ValueError, match="larger sample"):
        rng.choice(x, 4, replace=False)
    with pytest.raises(ValueError, match="same size"):
        rng.choice(x, p=[0.5, 0.5])
    with pytest.raises(numpy.exceptions.AxisError):
        rng.permutation(x, axis=1)
    with pytest.raises(ValueError, match="same shape"):
        rng.permuted(x, out=np.zeros(2))
    with pytest.raises(TypeError, match="axes"):
        rng.permutation(x, axes=1)
    with pytest.raises(tg.GradientError, match="lost"):
        rng.permuted(x, out=numpy.zeros(3))
    with pytest.raises(tg.GradientError, match="cannot be overwritten"):
        rng.shuffle(x)


# Families


def parameters_of(name: str) -> tuple[float, ...]:
    return PARAMETERS.get(name, (0.6, 1.7))


SHAPES: dict[str, Any] = {
    "number": (lambda p: [*p], {}),
    "size": (lambda p: [*p], {"size": 5}),
    "shape": (lambda p: [*p], {"size": (2, 3)}),
    "no shape": (lambda p: [*p], {"size": ()}),
    "arrays": (lambda p: [p[0] * np.ones(3), *p[1:]], {}),
    "broadcast": (lambda p: [p[0] * np.ones((2, 1)), *p[1:-1], p[-1] * np.ones(3)][: len(p)], {}),
    "arrays and a shape": (lambda p: [p[0] * np.ones(3), *p[1:]], {"size": [2, 3]}),
    "nothing": (lambda p: [p[0] * np.ones(0), *p[1:]], {}),
}


@pytest.mark.parametrize("maker", [*MAKERS, "legacy"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_draws_numpys_numbers(name: str, shape: str, maker: str) -> None:
    of, size = SHAPES[shape]
    states = []

    def fun(*parameters: Any, space: Any = np.random) -> Any:
        if maker == "legacy":
            space.seed(7)
        rng = space if maker == "legacy" else getattr(space, maker)(7)
        drawn = getattr(rng, name)(*of(parameters), **size)
        states.append(state_of(rng))
        return drawn

    given = parameters_of(name)
    expected = fun(*given, space=numpy.random)
    found = recorded(fun, *given)
    assert numpy.shape(found) == numpy.shape(expected)
    assert numpy.asarray(found).dtype == numpy.asarray(expected).dtype
    numpy.testing.assert_allclose(found, expected, rtol=1e-15)
    assert states[0] == states[1]
    if numpy.size(expected):
        tg.testing.check_grads(fun, given)


def test_the_classical_families_to_the_last_bit() -> None:
    for name in ("exponential", "gumbel", "laplace", "logistic", "normal", "rayleigh", "uniform"):
        fun = lambda *p, name=name: getattr(np.random.default_rng(1), name)(*p, size=1000)
        given = parameters_of(name)
        numpy.testing.assert_allclose(recorded(fun, *given), fun(*given), rtol=3e-16)


def test_one_parameter_of_several() -> None:
    """Recorded or not, in lists or not, by name or not."""
    calls = [
        lambda x, rng: rng.normal(x),
        lambda x, rng: rng.normal(scale=x),
        lambda x, rng: rng.normal([1.0, 2.0, 3.0], x, 3),
        lambda x, rng: rng.normal(scale=[x[0], 2.0, x[1]], loc=1),
        lambda x, rng: rng.uniform([-1, -2, -3], x),
        lambda x, rng: rng.uniform(high=x, size=(2, 3)),
        lambda x, rng: rng.triangular([-3.0, -2.0, -1.0], x, [3, 4, 5]),
        lambda x, rng: rng.laplace(x, 0.5),
        lambda x, rng: rng.lognormal(np.zeros(3), x),
    ]
    for call in calls:
        fun = lambda x, call=call: call(x, np.random.default_rng(2))
        numpy.testing.assert_allclose(recorded(fun, X), fun(X), rtol=1e-15)
        tg.testing.check_grads(fun, (X,))


def test_a_scale_of_zero_and_a_mode_at_an_end() -> None:
    draw = lambda scale: np.random.default_rng(0).normal(1.0, scale)
    assert tg.value_and_grad(draw)(0.0) == (1.0, numpy.random.default_rng(0).normal())
    rising = lambda ends: np.random.default_rng(0).triangular(ends[0], ends[0], ends[1], 4).sum()
    assert numpy.all(numpy.isfinite(tg.grad(rising)(numpy.array([0.0, 1.0]))))


def test_in_transforms_within_transforms() -> None:
    fun = lambda x: np.sum(np.random.default_rng(0).lognormal(x, x**2, (4, 3)))
    slope = lambda x: np.sum(tg.grad(fun)(x) ** 2)
    tg.testing.check_grads(slope, (X,))
    numpy.testing.assert_allclose(
        tg.hessian(fun)(X), tg.jacobian(tg.grad(fun), mode="reverse")(X), rtol=1e-12
    )


def test_parameters_in_single_precision() -> None:
    """NumPy draws double precision for them; each gradient has the precision of its parameter."""
    low, high = numpy.float32([0.1, 0.2]), numpy.float32([1.1, 1.3])
    fun = lambda low, high: np.random.default_rng(0).uniform(low, high)
    found, pull = tg.vjp(fun, low, high)
    assert found.dtype == fun(low, high).dtype == numpy.float64
    numpy.testing.assert_array_equal(found, fun(low, high))
    assert [part.dtype for part in pull(numpy.ones(2))] == [numpy.float32, numpy.float32]


def test_streams_go_on() -> None:
    """Half of what a RandomState draws at once is left for the next time."""

    def fun(x: Any, rng: Any) -> Any:
        pair = rng.normal(x, size=2)
        return np.stack([rng.normal(x), rng.normal() * x, pair[1], rng.random()])

    for make in (np.random.default_rng, np.random.RandomState):
        found = recorded(lambda x, make=make: fun(x, make(3)), 0.4)
        numpy.testing.assert_array_equal(found, fun(0.4, make(3)))


def test_what_numpy_refuses_to_draw() -> None:
    rng = np.random.default_rng(0)
    before = state_of(rng)
    x = tg.Tensor(X, requires_grad=True)
    for call, kind, message in [
        (lambda: rng.normal(x, -x), ValueError, "scale < 0"),
        (lambda: rng.normal(-x[0], -x[0]), ValueError, "scale < 0"),
        (lambda: rng.uniform(x, 0), ValueError, "high - low < 0"),
        (lambda: rng.triangular(x, 0, 1), ValueError, "left > mode"),
        (lambda: rng.normal(x, size=2), ValueError, "mismatch"),
        (lambda: rng.normal(x, size=-1), ValueError, "negative"),
        (lambda: rng.normal(x, numpy.ones(2)), ValueError, "mismatch"),
        (lambda: rng.normal(x * 1j), TypeError, "safe"),
        (lambda: rng.normal(x, 1, 3, 4), TypeError, "too many"),
        (lambda: rng.normal(x, std=1), TypeError, "std"),
    ]:
        with pytest.raises(kind, match=message):
            call()
    assert state_of(rng) == before


REFUSED: dict[str, tuple[Any, str]] = {
    "gamma": (lambda rng, x: rng.gamma(2.0, x), r"rng\.standard_gamma"),
    "beta": (lambda rng, x: rng.beta(x, 1.0), r"stop_gradient"),
    "poisson": (lambda rng, x: rng.poisson(x), r"stop_gradient"),
    "choice": (lambda rng, x: rng.choice(3, p=x / np.sum(x)), r"p=tg\.stop_gradient\(p\)"),
    "weibull": (lambda rng, x: rng.weibull(x), r"standard_exponential\(size\) \*\* \(1 / a\)"),
    "dirichlet": (lambda rng, x: rng.dirichlet([x[0], 1.0]), r"stop_gradient"),
    "multivariate_normal": (lambda rng, x: rng.multivariate_normal(x, np.eye(3)), r"cholesky"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_functions_refuse_recorded_parameters(name: str) -> None:
    call, message = REFUSED[name]
    rng = np.random.default_rng(0)
    before = state_of(rng)
    with pytest.raises(tg.GradientError, match=rf"np\.random\.Generator\.{name}: .*{message}"):
        tg.vjp(lambda x: call(rng, x), X)
    assert state_of(rng) == before
    with pytest.raises(tg.GradientError, match=rf"np\.random\.RandomState\.{name}: .*{message}"):
        tg.vjp(lambda x: call(np.random, x), X)
    stopped = lambda x: np.sum(x * np.sum(call(np.random.default_rng(0), tg.stop_gradient(x))))
    numpy.testing.assert_allclose(
        tg.grad(stopped)(X), numpy.sum(call(numpy.random.default_rng(0), X)), rtol=1e-12
    )


INSTEAD: dict[str, Any] = {
    "gamma": (
        lambda rng, s: rng.gamma(2.0, s, 4),
        lambda rng, s: s * rng.standard_gamma(2.0, 4),
    ),
    "pareto": (
        lambda rng, a: rng.pareto(a, 4),
        lambda rng, a: np.expm1(rng.standard_exponential(4) / a),
    ),
    "power": (
        lambda rng, a: rng.power(a, 4),
        lambda rng, a: (-np.expm1(-rng.standard_exponential(4))) ** (1 / a),
    ),
    "weibull": (
        lambda rng, a: rng.weibull(a, 4),
        lambda rng, a: rng.standard_exponential(4) ** (1 / a),
    ),
    "multivariate_normal": (
        lambda rng, m: rng.multivariate_normal([m, m], [[2, 1], [1, 3]], method="cholesky"),
        lambda rng, m: m + np.linalg.cholesky([[2, 1], [1, 3]]) @ rng.standard_normal(2),
    ),
}


@pytest.mark.parametrize("name", INSTEAD)
def test_what_is_to_be_written_instead_draws_the_same(name: str) -> None:
    refused, instead = [call(np.random.default_rng(1), 1.5) for call in INSTEAD[name]]
    numpy.testing.assert_allclose(instead, refused, rtol=1e-12)


# Batches


def test_within_a_batch() -> None:
    draws = numpy.random.default_rng(0).normal(size=3)
    same = tg.vmap(lambda x: x + np.random.default_rng(0).normal(size=3))(numpy.zeros((2, 3)))
    numpy.testing.assert_array_equal(same, [draws, draws])
    for call in (
        lambda x: np.random.default_rng(0).normal(x),
        lambda x: np.random.permutation(x),
        lambda x: np.random.RandomState(0).gamma([x[0], 1.0]),
    ):
        for fun in (call, tg.grad(lambda x, call=call: np.sum(call(x)))):
            with pytest.raises(tg.GradientError, match=r"np\.random.*vmap.*draw for all of them"):
                tg.vmap(fun)(numpy.ones((2, 3)))


def test_a_parameter_that_all_examples_share() -> None:
    fun = lambda scale, x: np.sum(np.random.default_rng(0).normal(0.0, scale, 3) * x)
    slopes = tg.vmap(tg.grad(fun), (None, 0))(2.0, numpy.eye(3))
    numpy.testing.assert_allclose(slopes, numpy.random.default_rng(0).normal(size=3), rtol=1e-15)
    total = lambda scale: np.sum(tg.vmap(fun, (None, 0))(scale, numpy.eye(3)))
    tg.testing.check_grads(total, (2.0,))
