"""nn/functions.py: dense layers' mathematics and activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, between, nonzero, seeds, unary

import tinygrad_np as tg
from tinygrad_np import nn
from tinygrad_np.nn import functions

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
# JAX compiles anew for each shape.
compiled = hypothesis.settings(max_examples=4)
logits = between(-6, 6)
FLOATS = (np.float16, np.float32, np.float64)
ELEMENTWISE = (nn.relu, nn.sigmoid)
OVER_CLASSES = (nn.softmax, nn.log_softmax)


@st.composite
def over_classes(draw: Any) -> Call:
    """Logits with classes along some axis, perhaps for no examples."""
    sides = draw(st.lists(st.integers(0, 3), max_size=2))
    position = draw(st.integers(0, len(sides)))
    shape = (*sides[:position], draw(st.integers(1, 4)), *sides[position:])
    axis = position - draw(st.sampled_from([0, len(shape)]))
    rng = np.random.default_rng(draw(seeds))
    settings = {} if axis == -1 and draw(st.booleans()) else {"axis": axis}
    return Call((logits(rng, shape),), settings)


@st.composite
def affine(draw: Any) -> Call:
    """x of any number of axes, W, and perhaps b."""
    inputs, outputs = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    before = draw(npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    rng = np.random.default_rng(draw(seeds))
    shapes = [(*before, inputs), (inputs, outputs), (outputs,)]
    arrays = [rng.uniform(-2, 2, shape) for shape in shapes]
    return Call(tuple(arrays if draw(st.booleans()) else arrays[:2]))


CASES = op_cases.by_function(
    Case(nn.dense, affine()),
    Case(nn.relu, unary(nonzero)),
    Case(nn.sigmoid, unary(logits)),
    Case(functions.softplus_op, unary(logits)),
    Case(nn.softmax, over_classes()),
    Case(nn.log_softmax, over_classes()),
)


def test_every_op_has_inputs() -> None:
    own = {op.name for op in op_cases.ops_of(functions) if op_cases.is_from(op.forward, functions)}
    assert own <= {case.name for case in CASES.values()}
    assert {getattr(functions, name) for name in functions.__all__} <= set(CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_the_recorded_value_is_the_plain_one(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(CASES)
@hypothesis.settings(few, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject, monkeypatch: pytest.MonkeyPatch) -> None:
    op_cases.check_float32(case, data, monkeypatch)


# Other libraries


def torch_dense(x: Any, weights: Any, bias: Any = None) -> Any:
    from torch.nn.functional import linear

    return linear(x, weights.T, bias)


def of_torch(name: str) -> Callable[..., Any]:
    def function(x: Any, axis: int = -1) -> Any:
        import torch

        keywords = {} if name in ("relu", "sigmoid") else {"dim": axis}
        return getattr(torch, name)(x, **keywords)

    return function


@pytest.mark.parametrize(
    ("function", "theirs"),
    [
        (nn.dense, torch_dense), (nn.relu, of_torch("relu")), (nn.sigmoid, of_torch("sigmoid")),
        (nn.softmax, of_torch("softmax")), (nn.log_softmax, of_torch("log_softmax")),
    ],
    ids=lambda function: function.__name__,
)  # fmt: skip
@few
@hypothesis.given(data=st.data())
def test_agrees_with_pytorch(
    function: Any, theirs: Callable[..., Any], data: st.DataObject
) -> None:
    pytest.importorskip("torch")
    op_cases.check_against_torch(CASES[function], theirs, data)


@pytest.mark.parametrize("function", [*ELEMENTWISE, *OVER_CLASSES])
@compiled
@hypothesis.given(data=st.data())
def test_agrees_with_jax(function: Any, data: st.DataObject, jax_numpy: Any) -> None:
    import jax

    op_cases.check_against_jax(CASES[function], getattr(jax.nn, function.__name__), data)


@pytest.mark.parametrize("function", [*ELEMENTWISE, *OVER_CLASSES])
@hypothesis.given(data=st.data())
def test_float32_agrees_with_pytorch(function: Any, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    call = CASES[function].draw(data, np.float32)
    theirs = of_torch(function.__name__)
    (x,) = call.arrays
    cotangent = np.random.default_rng(0).standard_normal(x.shape).astype(np.float32)
    out, pullback = tg.vjp(lambda x: function(x, **call.settings), x)
    variable = torch.tensor(x.copy(), requires_grad=True)
    expected = theirs(variable, **call.settings)
    (gradient,) = torch.autograd.grad(expected, variable, torch.tensor(cotangent))
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(pullback(cotangent)[0], gradient, rtol=1e-5, atol=1e-6)


# Large numbers. The suite turns warnings of overflow and of invalid values into errors.


def exact(function: Any, x: np.ndarray) -> np.ndarray:
    """The same in the widest floating type, whose exponent reaches further than the tests."""
    wide = x.astype(np.longdouble)
    if function is nn.relu:
        return np.where(wide > 0, wide, 0)
    if function is nn.sigmoid:
        return 1 / (1 + np.exp(-wide))
    log_sum = np.log(np.exp(wide - wide.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True))
    log_p = wide - wide.max(axis=-1, keepdims=True) - log_sum
    return log_p if function is nn.log_softmax else np.exp(log_p)


@pytest.mark.parametrize("function", [*ELEMENTWISE, *OVER_CLASSES])
@pytest.mark.parametrize("dtype", FLOATS)
@hypothesis.given(data=st.data())
def test_extreme_inputs(function: Any, dtype: Any, data: st.DataObject) -> None:
    numbers = st.one_of(
        st.floats(-1e4, 1e4), st.sampled_from([-1e4, 1e4, 0.0, -0.0, 100.0, -100.0])
    )
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=2, max_side=4))
    x = data.draw(npst.arrays(np.float64, shape, elements=numbers)).astype(dtype)
    tolerance = 4 * float(np.finfo(dtype).eps)
    out, pullback = tg.vjp(function, x)
    assert out.dtype == dtype
    np.testing.assert_allclose(
        out.astype(np.longdouble), exact(function, x), rtol=tolerance, atol=tolerance
    )
    cotangent = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    (gradient,) = pullback(cotangent)
    tangent_out = tg.jvp(function, (x,), (cotangent,))[1]
    (second,) = tg.vjp(lambda x: tg.vjp(function, x)[1](cotangent)[0], x)[1](cotangent)
    for derivative in (gradient, tangent_out, second):
        assert derivative.dtype == dtype
        assert np.isfinite(derivative).all()


def test_probabilities_sum_to_one() -> None:
    x = np.random.default_rng(0).uniform(-1e4, 1e4, (5, 7, 3)).astype(np.float32)
    for axis in range(-3, 3):
        np.testing.assert_allclose(nn.softmax(x, axis=axis).sum(axis=axis), 1, rtol=1e-6)


def test_a_masked_class_has_probability_zero_and_no_gradient() -> None:
    x = np.array([[1.0, -np.inf, 2.0]])
    np.testing.assert_array_equal(nn.softmax(x)[:, [0, 2]], nn.softmax(x[:, [0, 2]]))
    for function in OVER_CLASSES:
        gradient = tg.grad(lambda x, f=function: f(x)[0, 0])(x)
        assert gradient[0, 1] == 0
        assert np.isfinite(gradient).all()


def test_relu_passes_nan_on_and_has_derivative_zero_at_zero() -> None:
    assert np.isnan(nn.relu(np.array([np.nan])))
    assert np.isnan(nn.relu(np.float64(np.nan)))
    np.testing.assert_array_equal(tg.grad(lambda x: nn.relu(x).sum())(np.zeros(3)), np.zeros(3))
    assert tg.grad(nn.relu)(0.0) == 0


def test_second_derivative_of_sigmoid_at_zero() -> None:
    assert tg.grad(nn.sigmoid)(0.0) == 0.25
    assert tg.grad(tg.grad(nn.sigmoid))(0.0) == 0
    assert tg.grad(tg.grad(tg.grad(nn.sigmoid)))(0.0) == -0.125
    assert tg.grad(tg.grad(functions.softplus_op))(0.0) == 0.25


# What goes in


@pytest.mark.parametrize("function", [*ELEMENTWISE, *OVER_CLASSES])
@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int64, np.uint64])
def test_integers_are_computed_in_float64(function: Any, dtype: Any) -> None:
    x = np.array([0, 1, 3, 100]).astype(dtype)
    out = function(x)
    assert out.dtype == np.float64
    np.testing.assert_array_equal(out, function(x.astype(float)))


@pytest.mark.parametrize("function", [*ELEMENTWISE, *OVER_CLASSES])
def test_lists_are_arrays(function: Any) -> None:
    np.testing.assert_array_equal(function([-1, 2.5]), function(np.array([-1, 2.5])))


@pytest.mark.parametrize("function", ELEMENTWISE)
@pytest.mark.parametrize("x", [-1.5, 2, np.float32(0.5), np.array(-2.0)])
def test_numbers_are_arrays_without_axes(function: Any, x: Any) -> None:
    out = function(x)
    assert np.shape(out) == ()
    np.testing.assert_allclose(out, function(np.array([x], float))[0], rtol=1e-6)


def test_outside_of_a_transform_everything_is_plain() -> None:
    x = np.ones((2, 3), np.float32)
    for function in (*ELEMENTWISE, *OVER_CLASSES):
        assert type(function(x)) is np.ndarray
        constant = function(tg.Tensor(x))
        assert not constant.requires_grad
        np.testing.assert_array_equal(constant.numpy(), function(x))
    assert type(nn.dense(x, np.ones((3, 4), np.float32), np.ones(4, np.float32))) is np.ndarray


def test_results_do_not_share_memory_with_arguments() -> None:
    for x in (np.array(2.0), np.array([1.0, 2.0])):
        for function in ELEMENTWISE:
            assert not np.may_share_memory(function(x), x)


@pytest.mark.parametrize("function", [*ELEMENTWISE, *OVER_CLASSES])
@pytest.mark.parametrize("x", [["a", "b"], [None], [1j, 2j]], ids=["text", "objects", "complex"])
def test_what_is_not_a_real_number_is_refused(function: Any, x: Any) -> None:
    with pytest.raises(TypeError, match=f"{function.__name__}: expected real numbers, not dtype"):
        function(np.array(x))


@pytest.mark.parametrize("function", OVER_CLASSES)
def test_an_axis_without_classes_is_refused(function: Any) -> None:
    name = function.__name__
    with pytest.raises(
        ValueError, match=rf"{name}: x of shape \(2, 0\) has no classes along axis -1"
    ):
        function(np.ones((2, 0)))
    with pytest.raises(ValueError, match=rf"{name}: x of shape \(\) has no classes along axis -1"):
        function(1.0)
    with pytest.raises(
        ValueError, match=rf"{name}: x of shape \(2, 3\) has no classes along axis 2"
    ):
        function(np.ones((2, 3)), axis=2)
    for axis in (None, (0, 1), 1.0):
        with pytest.raises(TypeError, match=f"{name}: axis=.*; expected one integer"):
            function(np.ones((2, 3)), axis=axis)
    np.testing.assert_array_equal(
        function(np.ones((2, 3)), axis=np.int64(0)), function(np.ones((2, 3)), axis=0)
    )


# vmap


@pytest.mark.parametrize("function", [*ELEMENTWISE, *OVER_CLASSES])
def test_mapped_over_a_batch(function: Any) -> None:
    x = np.random.default_rng(0).standard_normal((4, 2, 3))
    keywords = [{"axis": 0}, {"axis": -1}] if function in OVER_CLASSES else [{}]
    for settings in keywords:
        one = lambda x, s=settings: function(x, **s)
        np.testing.assert_allclose(tg.vmap(one)(x), [one(example) for example in x], rtol=1e-12)
        gradient = tg.grad(lambda x, one=one: (one(x) ** 2).sum())
        np.testing.assert_allclose(
            tg.vmap(gradient)(x), [gradient(example) for example in x], rtol=1e-12
        )


@pytest.mark.parametrize("axes", [(0, None, None), (None, 0, 0), (0, 0, None), (0, None, 0)])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3)])
def test_dense_mapped_over_a_batch(axes: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    arrays = [
        rng.standard_normal((4, *s) if axis == 0 else s)
        for s, axis in zip([shape, (3, 2), (2,)], axes, strict=True)
    ]
    pick = lambda i: [a[i] if axis == 0 else a for a, axis in zip(arrays, axes, strict=True)]
    for function in (nn.dense, tg.grad(lambda *a: (nn.dense(*a) ** 2).sum(), argnums=(0, 1, 2))):
        found = tg.tree.leaves(tg.vmap(function, axes)(*arrays))
        for i in range(4):
            expected = tg.tree.leaves(function(*pick(i)))
            for batch, example in zip(found, expected, strict=True):
                np.testing.assert_allclose(batch[i], example, rtol=1e-12)


# dense


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool])
def test_dense_takes_integers_in_the_dtype_of_the_weights(dtype: Any) -> None:
    x = np.array([[1, 0, 3]]).astype(dtype)
    weights = np.ones((3, 2), np.float32)
    assert nn.dense(x, weights).dtype == np.float32
    assert nn.dense(x.tolist(), weights, [1, 2]).dtype == np.float32
    gradient = tg.grad(lambda w: nn.dense(x, w).sum())(weights)
    assert gradient.dtype == np.float32
    np.testing.assert_array_equal(gradient, np.repeat(x.T.astype(float), 2, axis=1))


def test_dense_is_complex_where_its_arguments_are() -> None:
    x, weights = np.array([[1.0, 1j]]), np.array([[1j], [2.0]])
    np.testing.assert_array_equal(nn.dense(x, weights), [[3j]])


@pytest.mark.parametrize(
    ("x", "weights", "bias", "message"),
    [
        ((2, 3), (4, 5), None, r"x has shape \(2, 3\) and weights \(4, 5\)"),
        ((), (4, 5), None, r"x has shape \(\) and weights \(4, 5\)"),
        ((3,), (3,), None, r"x has shape \(3,\) and weights \(3,\)"),
        ((3,), (), None, r"x has shape \(3,\) and weights \(\)"),
        ((2, 3), (2, 3, 4), None, r"weights \(2, 3, 4\)"),
        ((2, 3), (3, 4), (3,), r"bias has shape \(3,\); weights of shape \(3, 4\) need \(4,\)"),
        ((2, 3), (3, 4), (), r"bias has shape \(\)"),
        ((2, 3), (3, 1), (2, 1), r"bias has shape \(2, 1\)"),
    ],
)
def test_dense_names_the_shapes_that_do_not_fit(
    x: Any, weights: Any, bias: Any, message: str
) -> None:
    arrays = [None if shape is None else np.ones(shape) for shape in (x, weights, bias)]
    with pytest.raises(ValueError, match=f"dense: .*{message}"):
        nn.dense(*arrays)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_dense_refuses_what_is_not_a_number(position: int) -> None:
    arguments = [np.ones((2, 3)), np.ones((3, 4)), np.ones(4)]
    arguments[position] = arguments[position].astype(str)
    name = ("x", "weights", "bias")[position]
    with pytest.raises(TypeError, match=f"dense: {name}: expected numbers, not dtype <U32"):
        nn.dense(*arguments)
