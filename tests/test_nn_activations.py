"""nn/activations.py: values, derivatives, kinks, and inputs of every size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import batch_checks
import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Case, between, either, unary

import tinygrad_np as tg
from tinygrad_np import nn
from tinygrad_np.nn import activations

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
FLOATS = (np.float16, np.float32, np.float64)
FUNCTIONS = [getattr(activations, name) for name in activations.__all__]

smooth = between(-6, 6)
beside_0 = either(between(-4, -0.2), between(0.2, 4))
beside_3 = either(between(-5, -3.2), between(-2.8, 2.8), between(3.2, 5))


def perhaps(**options: st.SearchStrategy[Any]) -> Callable[[Any], st.SearchStrategy[Any]]:
    """Draw settings, or leave them out."""
    return lambda x: st.fixed_dictionaries({}, optional=options)


DRAWN = {
    nn.elu: unary(beside_0, perhaps(alpha=st.sampled_from([0, 0.5, 1.0, 2.5]))),
    nn.gelu: unary(smooth, perhaps(approximate=st.booleans())),
    nn.hard_sigmoid: unary(beside_3),
    nn.leaky_relu: unary(beside_0, perhaps(slope=st.sampled_from([0.0, 0.3, 1, 2.0, -0.5]))),
    nn.mish: unary(smooth),
    nn.selu: unary(beside_0),
    nn.silu: unary(smooth),
    nn.softplus: unary(smooth),
    nn.tanh: unary(smooth),
}
CASES = op_cases.by_function(
    *[Case(function, DRAWN[function]) for function in FUNCTIONS],
    Case(activations.normal_cdf_op, unary(smooth)),
)


def test_every_op_is_behind_a_function() -> None:
    names = {op.name for op in op_cases.ops_of(activations)}
    assert names <= {case.name for case in CASES.values()}


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_the_recorded_value_is_the_plain_one(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@hypothesis.settings(few, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject, monkeypatch: pytest.MonkeyPatch) -> None:
    op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    batch_checks.check_batches(case, data)


# Other implementations


def of_torch(name: str) -> Callable[..., Any]:
    def function(x: Any, **settings: Any) -> Any:
        import torch

        if name == "gelu":
            settings = {"approximate": "tanh" if settings.get("approximate") else "none"}
        if name == "leaky_relu":
            settings = {"negative_slope": settings.get("slope", 0.01)}
        if name == "hard_sigmoid":  # the slope of its own has single precision
            return torch.nn.functional.relu6(x + 3) / 6
        return getattr(torch.nn.functional, name, torch.tanh)(x, **settings)

    return function



@pytest.mark.parametrize("function", FUNCTIONS)
@few
@hypothesis.given(data=st.data())
def test_agrees_with_pytorch(function: Any, data: st.DataObject) -> None:
    pytest.importorskip("torch")
    op_cases.check_against_torch(CASES[function], of_torch(function.__name__), data)


@pytest.mark.parametrize("function", FUNCTIONS)
@few
@hypothesis.given(data=st.data())
def test_float32_agrees_with_pytorch(function: Any, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    call = CASES[function].draw(data, np.float32)
    (x,) = call.arrays
    cotangent = np.random.default_rng(0).standard_normal(x.shape).astype(np.float32)
    out, pullback = tg.vjp(lambda x: function(x, **call.settings), x)
    variable = torch.tensor(x.copy(), requires_grad=True)
    expected = of_torch(function.__name__)(variable, **call.settings)
    (gradient,) = torch.autograd.grad(expected, variable, torch.tensor(cotangent))
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(pullback(cotangent)[0], gradient, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_the_normal_distribution_is_exact_far_into_its_tail(dtype: Any, rtol: float) -> None:
    x = np.linspace(-36 if dtype == np.float64 else -12, 9, 5001).astype(dtype)
    expected = [math.erfc(-float(value) / math.sqrt(2)) / 2 for value in x]
    found = activations.normal_cdf(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=rtol)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_normal_distribution_of_many_numbers(dtype: Any) -> None:
    """More than are computed at a time."""
    x = np.random.default_rng(0).standard_normal((3, activations.BLOCK // 4)).astype(dtype)
    kept = x.copy()
    found = activations.normal_cdf(x[:, ::-2].T)
    np.testing.assert_array_equal(x, kept)
    assert found.shape == (activations.BLOCK // 8, 3)
    expected = [activations.normal_cdf(part) for part in np.array_split(x[:, ::-2].T, 200)]
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-6)


def test_the_normal_distribution_of_enormous_numbers() -> None:
    x = np.array([-np.inf, -1e300, 1e300, np.inf])
    np.testing.assert_array_equal(activations.normal_cdf(x), [0, 0, 1, 1])
    np.testing.assert_array_equal(nn.gelu(x[1:]), [0, 1e300, np.inf])


# Inputs of every size. The suite turns warnings of overflow and invalid values into errors.

EXACT: dict[Any, Callable[[float], float]] = {
    nn.elu: lambda x: x if x > 0 else math.expm1(x),
    nn.gelu: lambda x: x * math.erfc(-x / math.sqrt(2)) / 2,
    nn.hard_sigmoid: lambda x: min(max(x / 6 + 0.5, 0), 1),
    nn.leaky_relu: lambda x: x if x > 0 else 0.01 * x,
    nn.mish: lambda x: x * math.tanh(EXACT[nn.softplus](x)),
    nn.selu: lambda x: 1.0507009873554805
    * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    nn.silu: lambda x: x * (1 / (1 + math.exp(-x)) if x > -700 else 0),
    nn.softplus: lambda x: max(x, 0) + math.log1p(math.exp(-abs(x))),
    nn.tanh: math.tanh,
}


@pytest.mark.parametrize("function", [*FUNCTIONS, lambda x: nn.gelu(x, approximate=True)])
@pytest.mark.parametrize("dtype", FLOATS)
@few
@hypothesis.given(data=st.data())
def test_extreme_inputs(function: Any, dtype: Any, data: st.DataObject) -> None:
    numbers = st.one_of(
        st.floats(-1e4, 1e4), st.sampled_from([-1e4, 1e4, 0.0, -0.0, 100.0, -100.0, 50.0, -50.0])
    )
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=2, max_side=4))
    x = data.draw(npst.arrays(np.float64, shape, elements=numbers)).astype(dtype)
    out, pullback = tg.vjp(function, x)
    assert out.dtype == dtype
    if function in EXACT:
        expected = np.vectorize(EXACT[function], otypes=[float])(x.astype(float))
        eps = float(np.finfo(dtype).eps)
        np.testing.assert_allclose(out.astype(float), expected, rtol=8 * eps, atol=8 * eps)
    cotangent = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    (gradient,) = pullback(cotangent)
    moved = tg.jvp(function, (x,), (cotangent,))[1]
    (second,) = tg.vjp(lambda x: tg.vjp(function, x)[1](cotangent)[0], x)[1](cotangent)
    for derivative in (gradient, moved, second):
        assert derivative.dtype == dtype
        assert np.isfinite(derivative).all()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nan_goes_through(function: Any) -> None:
    out = function(np.array([np.nan, 1.0]))
    assert np.isnan(out[0])
    assert np.isfinite(out[1])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_slopes_at_kinks_are_those_of_pytorch(function: Any) -> None:
    torch = pytest.importorskip("torch")
    x = np.array([-3.0, 0.0, 3.0])
    variable = torch.tensor(x, requires_grad=True)
    (expected,) = torch.autograd.grad(of_torch(function.__name__)(variable).sum(), variable)
    gradient = tg.grad(lambda x: function(x).sum())(x)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-12)


def test_selu_keeps_mean_and_variance() -> None:
    out = nn.selu(np.random.default_rng(0).standard_normal(100_000))
    assert abs(out.mean()) < 0.02
    assert abs(out.var() - 1) < 0.02


# What goes in


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("x", [-1.5, 2, np.float32(0.5), np.array(-2.0), [-1, 2.5], [[1], [0]]])
def test_numbers_and_lists_are_arrays(function: Any, x: Any) -> None:
    out = function(x)
    assert np.shape(out) == np.shape(x)
    np.testing.assert_allclose(out, function(np.asarray(x, float)), rtol=1e-6)
    assert type(function(tg.Tensor(np.ones(2)))) is tg.Tensor


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_not_a_real_number_is_refused(function: Any) -> None:
    for x in (["a"], [1j]):
        with pytest.raises(TypeError, match=f"{function.__name__}: expected real numbers"):
            function(np.array(x))


def test_settings_that_make_no_sense_are_refused() -> None:
    for slope in ("0.1", 1j, np.ones(2), None, True):
        with pytest.raises(TypeError, match=r"leaky_relu: slope=.*; expected a real number"):
            nn.leaky_relu(1.0, slope)
    with pytest.raises(ValueError, match=r"elu: alpha=-1.0; expected a number from 0 on"):
        nn.elu(1.0, -1)
    with pytest.raises(TypeError, match=r"elu: alpha=.*; expected a real number"):
        nn.elu(1.0, [1.0])
