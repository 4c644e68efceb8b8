"""ops/calculus.py: products, differences, integrals and interpolation."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, axes, either, positive, seeds, unary

import tinygrad_np as tg
from tinygrad_np.ops import calculus as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


def zero(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.zeros(shape)


some_zeros = either(anything, anything, zero)
with_axes = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple)
full_with_axes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def call_by_name(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """Pass the last arrays by the names that ``settings["names"]`` lists."""
    settings = dict(settings)
    names = settings.pop("names", ())
    positional = len(arrays) - len(names)
    named = dict(zip(names, arrays[positional:], strict=True))
    return function(*arrays[:positional], **named, **settings)


@st.composite
def multiplying(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if draw(st.booleans()):
        settings["axis"] = draw(axes(array.ndim))
    if draw(st.booleans()):
        settings["keepdims"] = draw(st.booleans())
    if draw(st.booleans()):
        settings["initial"] = draw(st.sampled_from([1, 2.5, 0]))
    return settings


@st.composite
def multiplying_some(draw: Any) -> Call:
    (array,), settings = (call := draw(unary(some_zeros, multiplying))).arrays, call.settings
    if draw(st.booleans()):
        shape = array.shape[draw(st.integers(0, array.ndim)) :]
        settings["where"] = np.random.default_rng(draw(seeds)).uniform(size=shape) < 0.7
    return Call((array,), settings)


def flat_or_along(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"axis": axes(array.ndim, tuples=False)})


def along(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"axis": st.integers(-array.ndim, array.ndim - 1)})


@st.composite
def cumulating(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings = {"include_initial": draw(st.booleans())}
    if array.ndim > 1 or draw(st.booleans()):
        settings["axis"] = draw(st.integers(-max(array.ndim, 1), max(array.ndim, 1) - 1))
    return settings


@st.composite
def differences(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = draw(with_axes)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    settings: dict[str, Any] = {"n": draw(st.integers(1, 3)), "axis": axis, "names": []}
    arrays = [anything(rng, shape)]
    for name in ("prepend", "append"):
        length = draw(st.sampled_from([None, (), 1, 2]))
        if length is not None:
            ends = list(shape)
            ends[axis] = length
            arrays.append(np.asarray(anything(rng, tuple(ends) if length else ())))
            settings["names"].append(name)
    return Call(tuple(arrays), settings)


@st.composite
def flat_differences(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    names = draw(st.lists(st.sampled_from(["to_begin", "to_end"]), unique=True))
    shapes = [draw(op_cases.shapes) for _ in range(1 + len(names))]
    return Call(tuple(np.asarray(anything(rng, shape)) for shape in shapes), {"names": names})


@st.composite
def slopes(draw: Any) -> Call:
    """Samples, and spacings for all of the axes or for some."""
    rng = np.random.default_rng(draw(seeds))
    edge_order = draw(st.sampled_from([1, 2]))
    lengths = st.integers(edge_order + 1, 5)
    shape = tuple(draw(st.lists(lengths, min_size=1, max_size=2)))
    settings: dict[str, Any] = {"edge_order": edge_order}
    chosen = list(range(len(shape)))
    if draw(st.booleans()):
        chosen = [draw(st.integers(0, len(shape) - 1))]
        settings["axis"] = draw(st.sampled_from([chosen[0], chosen[0] - len(shape), tuple(chosen)]))
    spacings: list[np.ndarray] = []
    if draw(st.booleans()):
        spacings = [
            np.cumsum(positive(rng, (shape[i],))) if draw(st.booleans())
            else np.asarray(positive(rng, ()))
            for i in chosen
        ]  # fmt: skip
    elif draw(st.booleans()):
        spacings = [np.asarray(positive(rng, ()))]
    return Call((anything(rng, shape), *spacings), settings)


@st.composite
def products_of_vectors(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    rest = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    fewer = rest[draw(st.integers(0, len(rest))) :]
    settings: dict[str, Any] = {}
    shapes = []
    if draw(st.booleans()):
        settings["axis"] = axis = draw(st.integers(-1 - len(fewer), -1))
        shapes = [list(rest), list(fewer)]
        for shape in shapes:
            shape.insert(len(shape) + 1 + axis, 3)
    else:
        for name, shape in (("axisa", list(rest)), ("axisb", list(fewer))):
            settings[name] = draw(st.integers(0, len(shape)))
            shape.insert(settings[name], 3)
            shapes.append(shape)
        settings["axisc"] = draw(st.integers(-1 - len(rest), len(rest)))
    return Call(tuple(anything(rng, tuple(shape)) for shape in shapes), settings)


@st.composite
def integrals(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = draw(with_axes)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    arrays, settings = [anything(rng, shape)], {"axis": axis, "names": []}
    spacing = draw(st.sampled_from(["", "dx", "x", "vector"]))
    if spacing:
        settings["names"] = ["dx" if spacing == "dx" else "x"]
        of_spacing = {"dx": (), "x": shape, "vector": (shape[axis],)}[spacing]
        arrays.append(np.asarray(anything(rng, of_spacing)))
    return Call(tuple(arrays), settings)


@st.composite
def interpolations(draw: Any) -> Call:
    """Points between, before and after knots, and not near to one."""
    rng = np.random.default_rng(draw(seeds))
    n = draw(st.integers(1, 6))
    knots = np.cumsum(rng.uniform(0.5, 1.5, n))
    shape = draw(op_cases.shapes)
    segment = rng.integers(0, n + 1, shape)
    ends = np.concatenate([[knots[0] - 1], knots, [knots[-1] + 1]])
    share = rng.uniform(0.2, 0.8, shape)
    x = ends[segment] * share + ends[segment + 1] * (1 - share)
    names = draw(st.lists(st.sampled_from(["left", "right"]), unique=True))
    more = [np.asarray(anything(rng, ())) for _ in names]
    return Call((np.asarray(x), knots, anything(rng, (n,)), *more), {"names": names})


@st.composite
def knots_and_points(draw: Any) -> Call:
    call = draw(interpolations())
    return Call(call.arrays[:3])


@st.composite
def phases(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = draw(with_axes)
    settings = {"axis": draw(st.integers(-len(shape), len(shape) - 1))}
    if draw(st.booleans()):
        settings["discont"] = draw(st.sampled_from([1.0, 4.0]))
    if draw(st.booleans()):
        settings["period"] = draw(st.sampled_from([2.0, 7.0]))
    # No two differ by half of a period.
    return Call((rng.integers(-9, 9, shape) * 0.37 + 0.01 * rng.uniform(0, 1, shape),), settings)


CASES = op_cases.by_function(
    Case(np.prod, multiplying_some(), complex=True),
    Case(ops.product_of, unary(some_zeros, multiplying), complex=True),
    Case(np.cumprod, unary(some_zeros, flat_or_along), complex=True),
    Case(ops.running_product, unary(some_zeros, along, with_axes), complex=True),
    Case(np.diff, differences(), call_by_name, complex=True),
    Case(np.ediff1d, flat_differences(), call_by_name, complex=True),
    Case(np.gradient, slopes(), complex=False),
    Case(np.cross, products_of_vectors(), complex=True),
    Case(np.trapezoid, integrals(), call_by_name, complex=True),
    # NumPy interpolates in double precision.
    Case(np.interp, interpolations(), call_by_name, dtypes=(np.float64,)),
    Case(ops.polygon, knots_and_points(), dtypes=(np.float64,)),
    Case(np.unwrap, phases()),
)
if hasattr(np, "cumulative_sum"):
    CASES |= op_cases.by_function(
        Case(np.cumulative_sum, unary(anything, cumulating), complex=True),
        Case(np.cumulative_prod, unary(some_zeros, cumulating), complex=True),
    )
OLD_TRAPEZOID = getattr(np, "trapz", None)
if OLD_TRAPEZOID is not None:
    # np.trapz, deprecated since NumPy 2.0, warns when it is called.
    CASES[OLD_TRAPEZOID] = Case(
        OLD_TRAPEZOID, integrals(), lambda function, *rest: call_by_name(np.trapezoid, *rest)
    )
IN_SINGLE = {key: case for key, case in CASES.items() if np.float32 in case.dtypes}


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each({key: CASES[key] for key in (np.diff, np.gradient, np.cross, np.trapezoid,
                                            ops.polygon)})  # fmt: skip
@few
@hypothesis.given(data=st.data())
def test_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(op_cases.methods(CASES))
@few
@hypothesis.given(data=st.data())
def test_method(case: Case, data: st.DataObject) -> None:
    op_cases.check_method(case, data)


@op_cases.each(IN_SINGLE)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


# Independent implementations


def interpolate(jnp: Any, x: Any, xp: Any, fp: Any, **ends: Any) -> Any:
    return jnp.interp(x, xp, fp, **ends)


JAX: dict[Any, Any] = {
    np.prod: lambda jnp, a, initial=None, where=None, **s: jnp.prod(
        a, initial=1 if initial is None and where is not None else initial, where=where, **s),
    np.cumprod: lambda jnp, a, axis: jnp.cumprod(a, axis),
    np.diff: lambda jnp, *arrays, **s: jnp.diff(*arrays, **s),
    np.ediff1d: lambda jnp, *arrays, **s: jnp.ediff1d(*arrays, **s),
    np.cross: lambda jnp, a, b, **s: jnp.cross(a, b, **s),
    np.trapezoid: lambda jnp, y, **s: jnp.trapezoid(y, **s),
    np.interp: lambda jnp, x, xp, fp, **s: jnp.interp(x, xp, fp, **s),
    np.unwrap: lambda jnp, p, **s: jnp.unwrap(p, **s),
}  # fmt: skip


@op_cases.each({key: CASES[key] for key in JAX})
@hypothesis.settings(max_examples=3)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    call = case.draw(data, np.float64)
    hypothesis.assume(case.function is not np.interp or len(call.arrays[1]) > 1)
    hypothesis.assume(case.function is not np.trapezoid or call.arrays[0].size)
    drawn = Case(case.function, st.just(call), case.call)
    theirs = lambda *arrays, **settings: JAX[case.function](jax_numpy, *arrays, **settings)
    op_cases.check_against_jax(drawn, theirs, data)


TORCH: dict[Any, Any] = {
    np.cumprod: lambda torch, a, axis: torch.cumprod(
        a.ravel() if axis is None else a, axis or 0),
    np.trapezoid: lambda torch, y, axis, x=None, dx=None: (
        torch.trapezoid(y, x.reshape(x.shape + (1,) * (-1 - axis % -y.ndim)) if x.ndim == 1 else x,
                        dim=axis) if x is not None
        else torch.trapezoid(y, dim=axis) * (1 if dx is None else dx)),
    np.cross: lambda torch, a, b, axis=None, axisa=-1, axisb=-1, axisc=-1: torch.linalg.cross(
        *torch.broadcast_tensors(*[
            x.movedim(i if axis is None else axis, -1) for x, i in ((a, axisa), (b, axisb))])
    ).movedim(-1, axisc if axis is None else axis),
}  # fmt: skip


@op_cases.each({key: CASES[key] for key in TORCH})
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(case: Case, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    theirs = lambda *arrays, **settings: TORCH[case.function](torch, *arrays, **settings)
    op_cases.check_against_torch(case, theirs, data)


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient_agrees_with_torch(edge_order: int) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    f, x, g = (
        rng.standard_normal((4, 6)),
        np.cumsum(rng.uniform(0.5, 1, 6)),
        rng.normal(size=(4, 6)),
    )
    theirs, coordinates = torch.tensor(f, requires_grad=True), torch.tensor(x, requires_grad=True)
    (out,) = torch.gradient(theirs, spacing=(coordinates,), dim=1, edge_order=edge_order)
    expected = torch.autograd.grad(out, (theirs, coordinates), torch.tensor(g))
    fun = lambda f, x: np.gradient(f, x, axis=1, edge_order=edge_order)
    for found, other in zip(tg.vjp(fun, f, x)[1](g), expected, strict=True):
        np.testing.assert_allclose(found, other, rtol=1e-12, atol=1e-12)


# Products with zeros


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
@pytest.mark.parametrize("function", [np.prod, np.cumprod])
def test_products_have_every_derivative_at_zeros(function: Any, zeros: int) -> None:
    x = np.array([0.5, -1.5, 2.0, 0.7])
    x[:zeros] = 0
    rng = np.random.default_rng(zeros)
    tg.testing.check_grads(function, (rng.permutation(x),), order=4)


def test_the_hessian_of_a_product_at_two_zeros() -> None:
    x = np.array([0.0, 3.0, 0.0, 5.0])
    np.testing.assert_array_equal(tg.grad(np.prod)(x), 0)
    expected = np.zeros((4, 4))
    expected[0, 2] = expected[2, 0] = 15
    np.testing.assert_array_equal(tg.hessian(np.prod)(x), expected)


@pytest.mark.parametrize("n", [*range(9), 31, 32, 33])
def test_recurrence_of_every_length(n: int) -> None:
    rng = np.random.default_rng(n)
    c, b = rng.uniform(-1, 1, (2, max(n - 1, 0))), rng.uniform(-1, 1, (2, n))
    expected = b.copy()
    for i in range(1, n):
        expected[:, i] += c[:, i - 1] * expected[:, i - 1]
    np.testing.assert_allclose(ops.recurrence(c, b), expected, rtol=1e-13, atol=1e-14)


def test_products_of_empty_and_0d_arrays() -> None:
    assert tg.grad(np.prod)(np.float64(3)) == 1
    assert tg.grad(np.prod)(np.zeros(0)).shape == (0,)
    fun = lambda x: np.prod(x, axis=0)
    (gradient,) = tg.vjp(fun, np.zeros((0, 2)))[1](np.ones(2))
    assert gradient.shape == (0, 2)


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("function", [np.prod, np.cumprod, np.nanprod, np.nancumprod])
def test_a_number_has_one_axis(function: Any, axis: int) -> None:
    out, pullback = tg.vjp(lambda x: function(x, axis=axis), 3.0)
    assert out.shape == function(np.float64(3.0), axis=axis).shape
    assert pullback(np.full(out.shape, 2.0)) == (2.0,)
    with pytest.raises(np.exceptions.AxisError):
        function(tg.Tensor(3.0, requires_grad=True), axis=1)


def test_zero_cotangents_of_products_have_zero_gradients() -> None:
    x = np.array([[np.inf, 0.0, 2.0], [1.0, 2.0, 3.0]])
    with np.errstate(all="ignore"):
        for function in (np.prod, np.cumprod):
            masked = lambda x, f=function: np.sum(
                np.where([[False], [True]], f(x, axis=1).reshape(2, -1), 0)
            )
            gradient = tg.grad(masked)(x)
            np.testing.assert_array_equal(gradient[0], 0)
            assert np.all(gradient[1])


@pytest.mark.parametrize("function", [np.prod, np.cumprod])
def test_a_product_computed_in_another_dtype(function: Any) -> None:
    x = np.array([1.5, 2.0, 0.5], np.float32)
    recorded = tg.Tensor(x, requires_grad=True)
    op_cases.assert_same(function(recorded, dtype=np.float64), function(x, dtype=np.float64))
    gradient = tg.grad(lambda x: np.sum(function(x, dtype=np.float64)))(x)
    assert gradient.dtype == np.float32
    for dtype in (np.int32, bool):
        found = function(recorded, dtype=dtype)
        assert not isinstance(found, tg.Tensor)
        op_cases.assert_same(found, function(x, dtype=dtype))
    with pytest.raises(tg.GradientError, match=rf"np\.{function.__name__} would write"):
        function(recorded, out=np.zeros(3))


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.float16, np.complex64])
@pytest.mark.parametrize("call", [
    np.diff, lambda a: np.diff(a, 2), lambda a: np.diff(a, prepend=a[:1]), np.prod, np.cumprod,
    lambda a: np.prod(a, initial=3), lambda a: np.prod(a, initial=300),
    lambda a: np.prod(a, initial=3, where=a != 0), lambda a: np.trapezoid(a, a),
    lambda a: np.interp(2.5, [1, 2, 3], a[:3]),
])  # fmt: skip
def test_every_dtype_is_computed_in_as_numpy_does(call: Any, dtype: type) -> None:
    a = np.array([1, 0, 1, 1, 0, 2, 3]).astype(dtype)
    op_cases.assert_same(call(tg.Tensor(a)), call(a))


def test_what_a_product_begins_with_can_be_differentiated() -> None:
    x = np.array([1.5, 2.0])
    tg.testing.check_grads(lambda x, initial: np.prod(x, initial=initial), (x, 3.0))
    single = tg.grad(lambda x: np.prod(x, initial=np.float64(3)))(x.astype(np.float32))
    op_cases.assert_same(single, np.float32([6, 4.5]))


@pytest.mark.skipif(not hasattr(np, "cumulative_sum"), reason="new in NumPy 2.1")
def test_cumulative_functions_of_matrices_need_an_axis() -> None:
    for name in ("cumulative_sum", "cumulative_prod"):
        function = getattr(np, name)
        with pytest.raises(ValueError, match=rf"np\.{name}: an array of shape \(2, 2\)"):
            function(tg.Tensor(np.ones((2, 2)), requires_grad=True))
        with pytest.raises(tg.GradientError, match=rf"np\.{name} would write"):
            function(tg.Tensor(np.ones(2), requires_grad=True), out=np.ones(2))
        x = np.array([1.5, 2.5])
        found = function(tg.Tensor(x, requires_grad=True), dtype=np.float32, include_initial=True)
        op_cases.assert_same(found, function(x, dtype=np.float32, include_initial=True))


# Coordinates


def test_equal_spacings_are_differentiated_one_by_one() -> None:
    f, x = np.array([1.0, 4.0, 2.0, 0.5]), np.arange(4.0)
    for edge_order in (1, 2):
        fun = lambda f, x, order=edge_order: np.gradient(f, x, edge_order=order)
        tg.testing.check_grads(fun, (f, x))
        np.testing.assert_allclose(tg.vjp(fun, f, x)[0], fun(f, x), rtol=1e-14)
        constant = tg.Tensor(f, requires_grad=True)
        op_cases.assert_same(fun(constant, x), fun(f, x))
        op_cases.assert_same(fun(constant, [0, 1, 3, 4]), fun(f, [0, 1, 3, 4]))


def test_gradient_of_a_constant_by_its_spacing() -> None:
    tg.testing.check_grads(lambda h: np.gradient(np.array([1, 4, 2]), h), (0.5,))
    tg.testing.check_grads(lambda h: np.gradient(np.array([1, 4, 2]), 0.5 * h), (np.arange(3.0),))


def test_vectors_of_length_2() -> None:
    a, b, c = np.array([1.0, 2.0]), np.array([[3.0, 5.0]]), np.array([1.0, 2.0, 4.0])
    for x, y in ((a, b), (a, c), (c, b)):
        tensor = tg.Tensor(x, requires_grad=True)
        with pytest.warns(DeprecationWarning, match="length 2"):
            found = np.cross(tensor, y)
        with pytest.warns(DeprecationWarning, match="2-dimensional"):
            op_cases.assert_same(found, np.cross(x, y))


# Interpolation


def test_the_slope_at_knots_and_outside() -> None:
    xp, fp = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 0.0])
    slope = tg.grad(lambda x: np.sum(np.interp(x, xp, fp)))
    np.testing.assert_array_equal(
        slope(np.array([-1, 0, 0.5, 1, 2, 3, 4.0])), [0, 2, 2, -1, -1, -1, 0]
    )
    tangent = tg.jvp(lambda x: np.interp(x, xp, fp), (xp,), (np.ones(3),))[1]
    np.testing.assert_array_equal(tangent, slope(xp))


@pytest.mark.parametrize("xp", [[0.0, 1.0, 1.0, 2.0], [0.0, 0.0, 1.0, 1.0], [1.0, 1.0]])
def test_knots_that_coincide(xp: Any) -> None:
    xp, x = np.array(xp), np.array([0.0, 0.5, 1.0, 1.5])
    fp = np.arange(len(xp)) ** 2.0
    with np.errstate(all="raise"):
        value, pullback = tg.vjp(np.interp, x, xp, fp)
        np.testing.assert_array_equal(value, np.interp(x, xp, fp))
        gradients = pullback(np.ones(4))
        assert all(np.all(np.isfinite(gradient)) for gradient in gradients)
    (of_fp,) = tg.vjp(lambda fp: np.interp(x, xp, fp), fp)[1](np.ones(4))
    # Linear in fp, so the derivative reproduces the value.
    np.testing.assert_allclose(of_fp @ fp, value.sum())


def test_interpolation_with_a_period() -> None:
    rng = np.random.default_rng(0)
    x, xp, fp = rng.uniform(-9, 9, (2, 5)), np.array([5.0, 0.4, 1.7, 3.1]), rng.standard_normal(4)
    for period in (4.5, -4.5):
        fun = lambda x, xp, fp, period=period: np.interp(x, xp, fp, left=7.0, period=period)
        np.testing.assert_array_equal(tg.vjp(fun, x, xp, fp)[0], fun(x, xp, fp))
        tg.testing.check_grads(fun, (x, xp, fp))
        batched = tg.vmap(lambda xp: fun(x, xp, fp))(np.stack([xp, xp[::-1]]))
        np.testing.assert_allclose(batched, [fun(x, xp, fp), fun(x, xp[::-1], fp)])
    tg.testing.check_grads(lambda p: np.interp(tg.Tensor(x), xp, fp, period=p), (4.5,))
    with pytest.raises(ValueError, match="period=0"):
        np.interp(tg.Tensor(x, requires_grad=True), xp, fp, period=0)


def test_interpolation_of_complex_numbers_and_of_scalars() -> None:
    xp, fp = np.array([0.0, 1.0, 3.0]), np.array([1 + 2j, 0.5, -1j])
    tg.testing.check_grads(np.interp, (np.array([0.3, 2.2]), xp, fp))
    assert tg.grad(lambda x: np.interp(x, [0, 1, 3], [0, 2, 0]))(0.5) == 2
    single = [a.astype(np.float32) for a in (np.array([0.3, 2.2]), xp, fp.real)]
    op_cases.assert_same(tg.vjp(np.interp, *single)[0], np.interp(*single))
    assert all(g.dtype == np.float32 for g in tg.vjp(np.interp, *single)[1](np.ones(2)))


def test_unwrapped_phases_move_with_the_phases() -> None:
    p = np.array([0.0, 3.0, 7.0, 1.0])
    (gradient,) = tg.vjp(lambda p: np.unwrap(p), p)[1](np.arange(4.0))
    np.testing.assert_array_equal(gradient, np.arange(4.0))
    period = tg.Tensor(3.0, requires_grad=True)
    with pytest.raises(tg.GradientError, match="with respect to 'period'"):
        np.unwrap(tg.Tensor(p), period=period)
    op_cases.assert_same(np.unwrap(tg.Tensor(p), period=period.item()), np.unwrap(p, period=3.0))


# Bad input


def test_bad_calls_say_what_they_got() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    for call, error, message in (
        (lambda: np.diff(x, -1), ValueError, r"np\.diff: n=-1"),
        (lambda: np.diff(x[0, 0]), ValueError, r"np\.diff: a 0-d array"),
        (lambda: np.gradient(x, axis=2), np.exceptions.AxisError, "axis 2 is out of bounds"),
        (lambda: np.gradient(x, 1.0, 2.0, 3.0), TypeError, "3 spacings for 2 axes"),
        (lambda: np.gradient(x, [1.0, 2.0], axis=1), ValueError, r"shape \(2,\).*length 3"),
        (lambda: np.gradient(x, edge_order=2), ValueError, "axis 0 of length 2.*at least 3"),
        (lambda: np.gradient(x, edge_order=3), ValueError, "edge_order=3; it is 1 or 2"),
        (lambda: np.cross(x[:, :1], x), ValueError, "lengths 1 and 3, not 3"),
        (lambda: np.interp(x, [1.0, 2.0], [1.0]), ValueError, r"xp of shape \(2,\).*\(1,\)"),
        (lambda: np.ediff1d(x, to_end=1j), TypeError, "complex128 for an array of dtype float64"),
        (lambda: np.prod(x, axis=2), np.exceptions.AxisError, "axis 2 is out of bounds"),
    ):
        with pytest.raises(error, match=message), np.errstate(all="ignore"):
            call()
