"""nn/normalization.py: over the batch, the features, groups; agreement with PyTorch."""

from __future__ import annotations

import math
from typing import Any

import batch_checks
import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, seeds

import tinygrad_np as tg
from tinygrad_np import nn
from tinygrad_np.nn import normalization

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
FUNCTIONS = [getattr(normalization, name) for name in normalization.__all__]


def apply(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    """Call with the arrays that there are, by name."""
    settings = dict(settings)
    x, *others = arrays
    return function(x, **dict(zip(settings.pop("names"), others, strict=True)), **settings)


@st.composite
def normalizing(draw: Any, function: Any) -> Call:
    """Numbers whose variance is not small, and perhaps a scale and an offset."""
    rng = np.random.default_rng(draw(seeds))
    settings: dict[str, Any] = {"eps": draw(st.sampled_from([1e-5, 0.1]))}
    middle = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2)))]
    batch, features = draw(st.integers(0, 3)), draw(st.integers(2, 4))
    axes = 1
    if function is nn.group_norm:
        settings["groups"] = draw(st.integers(1, 2))
        features *= settings["groups"]
    elif function is nn.batch_norm:
        batch += 2
    elif middle:
        axes = draw(st.integers(1, 2))
    shape = (batch, *middle, features)
    if function in (nn.layer_norm, nn.rms_norm) and draw(st.booleans()):
        shape = shape[1:]
        axes = min(axes, len(shape))
    x = rng.standard_normal(shape) + 2 * np.arange(math.prod(shape)).reshape(shape) % 5
    names = [name for name in ("scale", "offset") if draw(st.booleans())]
    if function is nn.rms_norm:
        names = names[:1] if names[:1] == ["scale"] else []
    given_axes = shape[len(shape) - axes :]
    arrays = [rng.uniform(0.5, 2, given_axes) for _ in names]
    if function is nn.batch_norm and draw(st.booleans()):
        names += ["mean", "variance"]
        arrays += [rng.uniform(0.5, 2, features) for _ in range(2)]
    return Call((x, *arrays), settings | {"names": tuple(names)})


@st.composite
def rows_of_features(draw: Any) -> Call:
    together, groups = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    examples, rows, members = (draw(st.integers(1, 3)) for _ in range(3))
    shape = examples, rows, together * groups * members
    x = np.random.default_rng(draw(seeds)).standard_normal(shape)
    x += 2 * np.arange(x.size).reshape(shape) % 5
    center = draw(st.booleans())
    return Call((x,), {"eps": 0.1, "center": center, "together": together, "groups": groups})


@st.composite
def rows(draw: Any) -> Call:
    shape = draw(st.integers(0, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(seeds))
    return Call((rng.standard_normal(shape), rng.standard_normal(shape[1])))


CASES = op_cases.by_function(
    *[Case(function, normalizing(function), apply, ulps=64) for function in FUNCTIONS],
    Case(normalization.standardize, rows_of_features(), ulps=64),
    Case(normalization.scale_rows, rows()),
    Case(normalization.shift_rows, rows()),
)


def test_every_op_has_inputs() -> None:
    assert set(op_cases.ops_of(normalization)) <= set(CASES)
    assert len(op_cases.ops_of(normalization)) == 3


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
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


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


# PyTorch


def torch_norm(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    """Call PyTorch's function of the same name with channels where it wants them."""
    import torch
    from torch.nn import functional

    x, *others = arrays
    given = dict(zip(settings["names"], others, strict=True))
    scale, offset, eps = given.get("scale"), given.get("offset"), settings["eps"]
    name = function.__name__
    if scale is None and offset is not None:  # its second derivatives do not take None
        scale = torch.ones_like(offset)
    if name in ("layer_norm", "rms_norm"):
        features = next((list(one.shape) for one in given.values()), [x.shape[-1]])
        if name == "rms_norm":
            return functional.rms_norm(x, features, scale, eps)
        return functional.layer_norm(x, features, scale, offset, eps)
    first = x.movedim(-1, 1)
    if name == "group_norm":
        out = functional.group_norm(first, settings["groups"], scale, offset, eps)
    elif "mean" in given:
        # Written out: PyTorch's own takes its statistics as constants.
        root = torch.sqrt(given["variance"] + eps)
        out = (x - given["mean"]) / root * (1 if scale is None else scale)
        return out if offset is None else out + offset
    else:
        out = functional.batch_norm(first, None, None, scale, offset, True, 0, eps)
    return out.movedim(1, -1)


@pytest.mark.parametrize("function", FUNCTIONS)
@hypothesis.given(data=st.data())
def test_agrees_with_pytorch(function: Any, data: st.DataObject) -> None:
    pytest.importorskip("torch")
    theirs = lambda *arrays, **settings: torch_norm(function, arrays, settings)
    case = Case(
        function,
        normalizing(function),
        lambda f, arrays, settings: (
            apply(f, arrays, settings) if f is function else f(*arrays, **settings)
        ),
    )
    op_cases.check_against_torch(case, theirs, data)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_float32_agrees_with_pytorch(function: Any) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x = (3 + rng.standard_normal((16, 7, 5, 32))).astype(np.float32)
    arrays = [x, *rng.standard_normal((2, 32)).astype(np.float32)]
    settings: dict[str, Any] = {"eps": 1e-5, "names": ("scale", "offset")}
    if function is nn.group_norm:
        settings["groups"] = 4
    if function is nn.rms_norm:
        settings["names"] = ("scale",)
        arrays = arrays[:2]
    out, pullback = tg.vjp(lambda *arrays: apply(function, arrays, settings), *arrays)
    cotangent = rng.standard_normal(x.shape).astype(np.float32)
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    theirs = torch_norm(function, tensors, settings)
    expected = torch.autograd.grad(theirs, tensors, torch.tensor(cotangent))
    pairs = zip((out, *pullback(cotangent)), (theirs.detach(), *expected), strict=True)
    for found, other in pairs:
        np.testing.assert_allclose(found, other, rtol=1e-5, atol=1e-5 * float(abs(other).max()))


# What they do


@pytest.mark.parametrize(
    ("function", "axes"),
    [
        (nn.batch_norm, (0, 1, 2)),
        (nn.layer_norm, 3),
        (lambda x: nn.group_norm(x, 1), (1, 2, 3)),
        (lambda x: nn.group_norm(x, 4), (1, 2)),
        (lambda x: nn.layer_norm(x, np.ones((5, 6, 4))), (1, 2, 3)),
    ],
)
def test_mean_zero_and_variance_one(function: Any, axes: Any) -> None:
    x = 100 + 3 * np.random.default_rng(0).standard_normal((3, 5, 6, 4))
    out = function(x)
    np.testing.assert_allclose(out.mean(axis=axes), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(axis=axes), 1, rtol=2e-3)


def test_equal_numbers_become_zero_with_finite_gradients() -> None:
    x = np.full((4, 3), 7.0)
    for function in (nn.batch_norm, nn.layer_norm, lambda x: nn.group_norm(x, 1)):
        out, pullback = tg.vjp(function, x)
        np.testing.assert_array_equal(out, np.zeros_like(x))
        assert np.isfinite(pullback(np.random.default_rng(0).standard_normal(x.shape))[0]).all()
    np.testing.assert_array_equal(nn.rms_norm(np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("function", [nn.batch_norm, nn.layer_norm, nn.rms_norm])
def test_a_large_mean_and_half_precision_lose_no_more_than_they_must(function: Any) -> None:
    rng = np.random.default_rng(0)
    x = (1000 + rng.standard_normal((50, 40))).astype(np.float32)
    np.testing.assert_allclose(function(x), function(x.astype(float)), atol=2e-3)
    half = (300 * rng.standard_normal((50, 40))).astype(np.float16)
    out = function(half)
    assert out.dtype == np.float16
    np.testing.assert_allclose(out, function(half.astype(float)), rtol=1e-3, atol=1e-3)
    gradient = tg.grad(lambda x: (function(x) ** 3).sum())(half)
    assert gradient.dtype == np.float16
    assert np.isfinite(gradient).all()


def test_given_moments_are_used_and_those_of_the_batch_are_the_same() -> None:
    rng = np.random.default_rng(0)
    x, scale, offset = rng.standard_normal((6, 3)), rng.standard_normal(3), rng.standard_normal(3)
    expected = nn.batch_norm(x, scale, offset)
    found = nn.batch_norm(x, scale, offset, mean=x.mean(axis=0), variance=x.var(axis=0))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    one = nn.batch_norm(x[:1], mean=np.zeros(3), variance=np.ones(3))
    np.testing.assert_allclose(one, x[:1], rtol=1e-4)
    mean, variance = normalization.moments(x.reshape(2, 3, 3))
    np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(variance, x.var(axis=0, ddof=1), rtol=1e-12)


def test_batches_of_nothing() -> None:
    for function in (nn.layer_norm, nn.rms_norm, lambda x, *a: nn.group_norm(x, 2, *a)):
        out, pullback = tg.vjp(function, np.ones((0, 4)), np.ones(4))
        assert out.shape == (0, 4)
        np.testing.assert_array_equal(pullback(out)[1], np.zeros(4))
    assert nn.group_norm(np.ones((2, 0, 4)), 2).shape == (2, 0, 4)


def test_integers_are_computed_in_the_dtype_of_the_scale() -> None:
    x = np.arange(6).reshape(2, 3)
    assert nn.layer_norm(x).dtype == np.float64
    assert nn.layer_norm(x, np.ones(3, np.float32)).dtype == np.float32
    assert nn.layer_norm(x.tolist(), [1, 2, 3], [0, 0, 0]).dtype == np.float64


# Bad input


@pytest.mark.parametrize("shape", [(1, 3), (0, 3), (1, 1, 1, 3), (3, 0, 3)])
def test_a_batch_of_one_has_no_variance(shape: Any) -> None:
    with pytest.raises(ValueError, match=r"batch_norm: .*there is no variance\. Train"):
        nn.batch_norm(np.ones(shape))


def call(function: Any, x: Any, *arrays: Any, **settings: Any) -> Any:
    if function is nn.group_norm:
        settings = {"groups": 1} | settings
    return function(x, **dict(zip(("scale", "offset"), arrays, strict=False)), **settings)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_does_not_fit_is_refused(function: Any) -> None:
    name = function.__name__
    with pytest.raises(ValueError, match=rf"{name}: scale has shape \(3,\); x, of shape \(2, 4\)"):
        call(function, np.ones((2, 4)), np.ones(3))
    with pytest.raises(ValueError, match=rf"{name}: scale has shape \(\); x, of"):
        call(function, np.ones((2, 4)), np.ones(()))
    with pytest.raises(ValueError, match=rf"{name}: x has shape \(2, 0\); expected"):
        call(function, np.ones((2, 0)))
    with pytest.raises(ValueError, match=rf"{name}: x has shape \(\); expected"):
        call(function, 1.0)
    for eps in (0, -1e-5, None, "small", True):
        with pytest.raises(ValueError, match=f"{name}: eps=.*; expected a positive number"):
            call(function, np.ones((2, 4)), eps=eps)
    with pytest.raises(TypeError, match=f"{name}: x: expected real numbers"):
        call(function, np.ones((2, 4), complex))
    with pytest.raises(TypeError, match=f"{name}: scale: expected real numbers"):
        call(function, np.ones((2, 4)), np.ones(4, complex))


def test_more_of_what_does_not_fit() -> None:
    x = np.ones((2, 3, 4))
    with pytest.raises(ValueError, match=r"batch_norm: scale has shape \(3, 4\)"):
        nn.batch_norm(x, np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"batch_norm: variance has shape \(3,\)"):
        nn.batch_norm(x, mean=np.ones(4), variance=np.ones(3))
    with pytest.raises(ValueError, match="batch_norm: give both a mean and a variance"):
        nn.batch_norm(x, mean=np.ones(4))
    with pytest.raises(ValueError, match=r"layer_norm: offset has shape \(4,\) and scale \(3, 4\)"):
        nn.layer_norm(x, np.ones((3, 4)), np.ones(4))
    for groups in (0, 3, 2.0, True):
        with pytest.raises(ValueError, match=r"group_norm: groups=.* number of channels, 4"):
            nn.group_norm(x, groups)
