"""What the tests of all ops have in common: drawing inputs, and what must hold of every op.

A `Case` says how a function is called and draws inputs for it. Shapes, axes, settings, dtypes and
memory layouts are drawn by hypothesis; values come from a generator whose seed hypothesis draws,
inside a domain where the function is smooth. Kinks and poles have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import recording
from tinygrad_np.ops import TABLE, Op
from tinygrad_np.testing import check_grads

Domain = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
LAYOUTS = ("contiguous", "transposed", "reversed", "strided", "read-only")


@dataclass(frozen=True)
class Call:
    """The arrays that a call is differentiated by, and everything else that it is given."""

    arrays: tuple[np.ndarray, ...]
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One function of the table, and inputs for it.

    ``call(function, arrays, settings)`` calls it; ``method`` calls the ndarray method of the same
    name, if there is one. Values may be off by ``ulps`` roundings of a number around 1.
    """

    function: Any
    inputs: st.SearchStrategy[Call]
    call: Callable[[Any, tuple[Any, ...], dict[str, Any]], Any] = (
        lambda function, arrays, settings: function(*arrays, **settings)
    )
    complex: bool = False
    dtypes: tuple[type, ...] = (np.float64, np.float32)
    ulps: int = 0

    @property
    def name(self) -> str:
        return getattr(self.function, "name", None) or self.function.__name__

    def bind(self, settings: dict[str, Any], function: Any = None) -> Callable[..., Any]:
        """Return the call as a function of the arrays alone."""
        function = self.function if function is None else function
        return lambda *arrays: self.call(function, arrays, settings)

    def draw(self, data: st.DataObject, *dtypes: type) -> Call:
        """Draw inputs, of one of the given dtypes and in whatever memory layout."""
        call = data.draw(self.inputs)
        dtype = data.draw(st.sampled_from(dtypes or self.dtypes))
        layout = data.draw(st.sampled_from(LAYOUTS))
        arrays = []
        for array in call.arrays:
            if np.dtype(dtype).kind == "c":
                array = array + 0.3j * np.cos(7 * array)
            arrays.append(laid_out(array.astype(dtype), layout))
        return Call(tuple(arrays), call.settings)


# Values


def between(low: float, high: float) -> Domain:
    return lambda rng, shape: rng.uniform(low, high, shape)


def either(*domains: Domain) -> Domain:
    """Each element from one of several domains."""

    def domain(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return np.choose(rng.integers(0, len(domains), shape), [one(rng, shape) for one in domains])

    return domain


def multiples(step: float, offset: float, most: int = 4, jitter: float = 0.05) -> Domain:
    """(k + offset) · step for integers k, and a little beside it."""

    def domain(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        k = rng.integers(-most, most, shape) + offset
        return k * step + rng.uniform(-jitter, jitter, shape)

    return domain


def distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Values of which no two are close."""
    size = int(np.prod(shape))
    values = rng.permutation(size) * 0.2 + rng.uniform(-0.05, 0.05, size)
    return (values - 0.1 * size).reshape(shape)


anything = between(-2, 2)
positive = between(0.2, 3)
nonzero = either(between(-3, -0.3), between(0.3, 3))


def laid_out(array: np.ndarray, layout: str) -> np.ndarray:
    """Return the same values, stored in another way."""
    if array.ndim == 0:
        return array
    if layout == "transposed":
        return np.ascontiguousarray(array.T).T
    if layout == "reversed":
        return np.ascontiguousarray(np.flip(array))[(slice(None, None, -1),) * array.ndim]
    if layout == "strided":
        wide = np.full([2 * n for n in array.shape], -7, array.dtype)
        part = wide[(slice(None, None, 2),) * array.ndim]
        part[...] = array
        return part
    array = np.array(array)
    array.flags.writeable = layout != "read-only"
    return array


# Strategies

shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
full_shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def unary(
    draw: Any,
    domain: Domain = anything,
    settings: Callable[[np.ndarray], st.SearchStrategy[dict[str, Any]]] | None = None,
    shapes: st.SearchStrategy[tuple[int, ...]] = shapes,
) -> Call:
    """Draw one array; ``settings`` gets it and draws the rest."""
    array = np.asarray(domain(np.random.default_rng(draw(seeds)), draw(shapes)))
    return Call((array,), draw(settings(array)) if settings else {})


@st.composite
def broadcast(draw: Any, *domains: Domain) -> Call:
    """Draw arrays whose shapes broadcast, one from each domain."""
    drawn = draw(
        npst.mutually_broadcastable_shapes(
            num_shapes=len(domains), min_dims=0, max_dims=3, min_side=0, max_side=3
        )
    )
    rng = np.random.default_rng(draw(seeds))
    pairs = zip(domains, drawn.input_shapes, strict=True)
    return Call(tuple(np.asarray(domain(rng, shape)) for domain, shape in pairs))


def axes(ndim: int, *, none: bool = True, tuples: bool = True) -> st.SearchStrategy[Any]:
    """Draw what NumPy takes as ``axis``."""
    options: list[st.SearchStrategy[Any]] = [st.none()] if none else []
    if ndim:
        options.append(st.integers(-ndim, ndim - 1))
    if tuples:
        options.append(
            st.lists(st.integers(0, ndim - 1), unique=True).map(tuple) if ndim else st.just(())
        )
    return st.one_of(options)


# The table


def ops_of(module: ModuleType) -> list[Op]:
    """Every op that a module of tables defines: one of its rules is from there."""
    return [
        op
        for op in vars(module).values()
        if isinstance(op, Op)
        and any(is_from(getattr(rule, "func", rule), module) for rule in islice(op.vjps, 9))
    ]


def entries_of(module: ModuleType) -> set[Any]:
    """What a module of tables enters: NumPy functions, and ops of the module's own."""
    own = set(ops_of(module))
    entries = {key for key, entry in TABLE.items() if entry in own or is_from(entry, module)}
    entries |= own - {entry for entry in TABLE.values() if isinstance(entry, Op)}
    return {TABLE[key] if is_from(key, module) else key for key in entries}


def is_from(function: Any, module: ModuleType) -> bool:
    return getattr(function, "__module__", None) == module.__name__


def by_function(*cases: Case) -> dict[Any, Case]:
    table = {case.function: case for case in cases}
    assert len(table) == len(cases), "a function has two cases"
    return table


def each(cases: dict[Any, Case]) -> Any:
    """Parametrise a test by cases."""
    return pytest.mark.parametrize("case", cases.values(), ids=[c.name for c in cases.values()])


def check_every_entry_has_inputs(module: ModuleType, cases: dict[Any, Case]) -> None:
    missing = [str(entry) for entry in entries_of(module) - set(cases)]
    assert not missing, f"write inputs that test these: {missing}"
    gone = [str(entry) for entry in set(cases) - entries_of(module)]
    assert not gone, f"these are not in the table of {module.__name__}: {gone}"


# What holds of every op


def outputs(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def assert_same(found: Any, expected: Any, rtol: float = 0.0, ulps: int = 0) -> None:
    """Assert that two results have the same values, shapes and dtypes."""
    assert len(outputs(found)) == len(outputs(expected))
    for one, other in zip(outputs(found), outputs(expected), strict=True):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        off = ulps * np.finfo(other.dtype).eps if ulps else 0.0
        np.testing.assert_allclose(tg.stop_gradient(one), other, rtol=rtol + off, atol=off)


def check_value(case: Case, data: st.DataObject) -> None:
    """What is recorded is what NumPy computes, and the arguments are not touched."""
    call = case.draw(data, *case.dtypes, *([np.complex128] if case.complex else []))
    copies = [array.copy() for array in call.arrays]
    expected = case.bind(call.settings)(*call.arrays)
    tensors = [tg.Tensor(array, requires_grad=True) for array in call.arrays]
    recorded = case.bind(call.settings)(*tensors)
    for output in outputs(recorded):
        assert type(output) is tg.Tensor
        assert output.requires_grad
    assert_same(recorded, expected, ulps=case.ulps)
    with tg.no_grad():
        unrecorded = case.bind(call.settings)(*tensors)
    for output in outputs(unrecorded):
        assert not output.requires_grad or any(output is tensor for tensor in tensors)
    assert_same(unrecorded, expected, ulps=case.ulps)
    for array, copy in zip(call.arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def check_derivatives(case: Case, data: st.DataObject) -> None:
    """Reverse, forward and finite differences agree, at orders 1 and 2."""
    call = case.draw(data, *case.dtypes, *([np.complex128] if case.complex else []))
    rng = np.random.default_rng(data.draw(seeds))
    order = 1 if any(array.dtype == np.float32 for array in call.arrays) else 2
    check_grads(case.bind(call.settings), call.arrays, order=order, rng=rng)


def check_each_argument_alone(case: Case, data: st.DataObject) -> None:
    """Where some arguments are constants, the others have the same derivatives."""
    call = case.draw(data, np.float64)
    fun = case.bind(call.settings)
    rng = np.random.default_rng(data.draw(seeds))
    out, pullback = tg.vjp(lambda *arrays: outputs(fun(*arrays)), *call.arrays)
    cotangents = [rng.standard_normal(value.shape) for value in out]
    expected = pullback(cotangents)
    for i, array in enumerate(call.arrays):

        def of_one(x: Any, i: int = i) -> Any:
            return outputs(fun(*call.arrays[:i], x, *call.arrays[i + 1 :]))

        (gradient,) = tg.vjp(of_one, array)[1](cotangents)
        # An argument that is kept in another memory layout may be summed in another order.
        np.testing.assert_allclose(gradient, expected[i], rtol=1e-12, atol=1e-14)
        tangent = rng.standard_normal(array.shape)
        moved = tg.jvp(of_one, (array,), (tangent,))[1]
        pairs = zip(cotangents, moved, strict=True)
        forward = sum(float(np.sum(g * t)) for g, t in pairs)
        np.testing.assert_allclose(np.sum(gradient * tangent), forward, rtol=1e-8, atol=1e-8)


def check_method(case: Case, data: st.DataObject) -> None:
    """Where an ndarray has a method of the same name, so has a Tensor, and it does the same."""
    call = case.draw(data, np.float64)
    array, *others = call.arrays
    method = lambda x: case.call(getattr(type(x), case.name), (x, *others), call.settings)
    expected = method(array)
    recorded = method(tg.Tensor(array, requires_grad=True))
    assert type(recorded) is tg.Tensor
    assert recorded.requires_grad
    assert_same(recorded, expected, ulps=case.ulps)


def methods(cases: dict[Any, Case]) -> dict[Any, Case]:
    """The cases of functions that are methods of ndarrays too."""
    return {key: case for key, case in cases.items() if callable(getattr(np.ndarray, case.name, 0))}


@contextmanager
def watching_casts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the conversions that the sweeps make because a rule returned another dtype."""
    seen: list[str] = []
    cast = recording.cast

    def spy(value: Any, dtype: np.dtype[Any]) -> Any:
        if value.dtype != dtype:
            seen.append(f"{value.dtype} to {dtype}")
        return cast(value, dtype)

    with monkeypatch.context() as patch:
        patch.setattr(recording, "cast", spy)
        yield seen


def derivatives_of(fun: Callable[..., Any], arrays: Any, cotangents: Any, tangents: Any) -> Any:
    gradients = tg.vjp(lambda *x: outputs(fun(*x)), *arrays)[1](cotangents)
    moved = tg.jvp(lambda *x: outputs(fun(*x)), arrays, tangents)[1]
    return [*gradients, *moved]


def assert_float32_stays(
    fun: Callable[..., Any], arrays: tuple[np.ndarray, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assert that nothing in a float32 program or its derivatives is computed in float64."""
    with np.errstate(all="ignore"):
        out = outputs(fun(*arrays))
    cotangents = [np.ones_like(value) for value in out]
    tangents = [np.ones_like(array) for array in arrays]
    with watching_casts(monkeypatch) as casts:
        for result in derivatives_of(fun, arrays, cotangents, tangents):
            assert result.dtype == np.float32
    assert not casts, f"rules returned another dtype: {casts}"
    nodes = recorded_nodes(fun, arrays, cotangents, tangents)
    wide = [str(node.op) for node in nodes if node.dtype == np.float64]
    assert not wide, f"computed in float64: {wide}"


def recorded_nodes(fun: Callable[..., Any], *groups: Any) -> list[Any]:
    """Everything that is computed on the way to the derivatives: recorded, each is a node."""
    recorded = derivatives_of(
        fun, *[[tg.Tensor(array, requires_grad=True) for array in group] for group in groups]
    )
    return recording.reachable([r.node for r in recorded if getattr(r, "node", None) is not None])


def check_float32(case: Case, data: st.DataObject, monkeypatch: pytest.MonkeyPatch) -> None:
    """A float32 program has no float64 inside."""
    call = case.draw(data, np.float32)
    assert_float32_stays(case.bind(call.settings), call.arrays, monkeypatch)


# Independent implementations


def check_against_jax(case: Case, function: Any, data: st.DataObject) -> None:
    import jax

    call = case.draw(data, np.float64)
    fun = lambda *arrays: outputs(case.bind(call.settings)(*arrays))
    theirs = lambda *arrays: outputs(case.bind(call.settings, function)(*arrays))
    out, pullback = tg.vjp(fun, *call.arrays)
    expected, their_pullback = jax.vjp(theirs, *call.arrays)
    rng = np.random.default_rng(data.draw(seeds))
    cotangents = [rng.standard_normal(np.shape(value)) for value in out]
    for value, other in zip(out, expected, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-12, atol=1e-12)
    gradients = zip(pullback(cotangents), their_pullback(cotangents), strict=True)
    for gradient, other in gradients:
        np.testing.assert_allclose(gradient, other, rtol=1e-10, atol=1e-10)


def check_against_torch(case: Case, function: Any, data: st.DataObject) -> None:
    """Compare values, gradients, and the gradients of the gradients along a tangent."""
    import torch

    call = case.draw(data, np.float64)
    hypothesis.assume(all(array.size for array in call.arrays))
    rng = np.random.default_rng(data.draw(seeds))
    fun = case.bind(call.settings)
    tangents = [rng.standard_normal(array.shape) for array in call.arrays]
    out, pullback = tg.vjp(fun, *call.arrays)
    cotangent = rng.standard_normal(np.shape(out))
    gradients = pullback(cotangent)
    second = tg.vjp(lambda *arrays: tg.vjp(fun, *arrays)[1](cotangent), *call.arrays)[1]

    inputs = [torch.tensor(array.copy(), requires_grad=True) for array in call.arrays]
    settings = {
        name: torch.tensor(value) if isinstance(value, (np.ndarray, np.bool)) else value
        for name, value in call.settings.items()
    }
    their_out = case.bind(settings, function)(*inputs)
    their_gradients = torch.autograd.grad(
        their_out, inputs, torch.tensor(cotangent), create_graph=True, materialize_grads=True
    )
    np.testing.assert_allclose(out, their_out.detach(), rtol=1e-12, atol=1e-12)
    for gradient, other in zip(gradients, their_gradients, strict=True):
        np.testing.assert_allclose(gradient, other.detach(), rtol=1e-10, atol=1e-10)
    if not any(gradient.requires_grad for gradient in their_gradients):
        their_second = [torch.zeros_like(x) for x in inputs]
    else:
        their_second = torch.autograd.grad(
            [g for g in their_gradients if g.requires_grad],
            inputs,
            [torch.tensor(t) for t, g in zip(tangents, their_gradients, strict=True)
             if g.requires_grad],
            materialize_grads=True,
        )  # fmt: skip
    for gradient, other in zip(second(tuple(tangents)), their_second, strict=True):
        np.testing.assert_allclose(gradient, other.numpy(force=True), rtol=1e-9, atol=1e-9)
