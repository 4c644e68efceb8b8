"""nn/pooling.py: the largest and the mean of the pixels in windows."""

from __future__ import annotations

from typing import Any

import batch_checks
import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, distinct, seeds

import tinygrad_np as tg
from tinygrad_np import nn
from tinygrad_np.nn import pooling
from tinygrad_np.nn.windows import Window

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
# JAX compiles anew for each shape.
compiled = hypothesis.settings(max_examples=8)


@st.composite
def over_images(draw: Any, symmetric: bool = False) -> Call:
    """Images of which no two pixels are close, and a window that fits on them."""
    size = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sides = tuple(
        (draw(st.integers(0, (length - 1) // (1 + symmetric))),) * 2
        if symmetric
        else (draw(st.integers(0, length - 1)), draw(st.integers(0, length - 1)))
        for length in size
    )
    if symmetric:
        paddings = st.sampled_from(["valid", (sides[0][0], sides[1][0])])
    else:
        paddings = st.sampled_from(["valid", "same", sides])
    options = {
        "stride": st.one_of(st.none(), st.integers(1, 3), st.tuples(*[st.integers(1, 3)] * 2)),
        "padding": paddings,
    }
    settings = {name: draw(values) for name, values in options.items() if draw(st.booleans())}
    lengths = [length + draw(st.integers(0, 3)) for length in size]
    shape = (draw(st.integers(0, 2)), *lengths, draw(st.integers(0, 2)))
    x = distinct(np.random.default_rng(draw(seeds)), shape)
    return Call((x,), settings | {"size": size[0] if size[0] == size[1] else size})


@st.composite
def whole_images(draw: Any) -> Call:
    shape = draw(st.tuples(*[st.integers(least, 3) for least in (0, 1, 1, 0)]))
    return Call((distinct(np.random.default_rng(draw(seeds)), shape),))


@st.composite
def on_windows(draw: Any, op: Any) -> Call:
    """What the ops are given: images or outputs, a window, and what else they need."""
    pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
    size = draw(pairs)
    sides = tuple((draw(st.integers(0, n - 1)), draw(st.integers(0, n - 1))) for n in size)
    window = Window(size, draw(pairs), sides)
    image = tuple(n + draw(st.integers(0, 3)) for n in size)
    batch, channels = draw(st.integers(0, 2)), draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(seeds))
    x = distinct(rng, (batch, *image, channels))
    g = distinct(rng, (batch, *window.outputs(image), channels))
    hits = pooling.where_largest(np.round(x), pooling.largest(np.round(x), window), window)
    settings: dict[str, Any] = {"window": window}
    if op not in (pooling.max_pool, pooling.window_sums):
        settings["image"] = image
    if op in (pooling.read_at, pooling.put_at):
        settings["hits"] = hits
    return Call((g if op in (pooling.put_at, pooling.window_sums_back) else x,), settings)


def with_hits(op: Any, arrays: Any, settings: Any) -> Any:
    settings = dict(settings)
    hits = [settings.pop("hits")] if "hits" in settings else []
    return op(*arrays, *hits, **settings)


FUNCTIONS = [getattr(pooling, name) for name in pooling.__all__]
OPS = op_cases.ops_of(pooling)
CASES = op_cases.by_function(
    Case(nn.max_pool2d, over_images()),
    Case(nn.avg_pool2d, over_images()),
    Case(nn.global_max_pool2d, whole_images()),
    Case(nn.global_avg_pool2d, whole_images()),
    *[Case(op, on_windows(op), with_hits) for op in OPS],
)


def test_every_function_has_inputs() -> None:
    assert set(FUNCTIONS) <= set(CASES)
    assert len(OPS) == 5


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


@op_cases.each({function: CASES[function] for function in FUNCTIONS})
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    batch_checks.check_batches(case, data)


# Other libraries


def torch_pool(function: str) -> Any:
    def pool(x: Any, size: Any, stride: Any = None, padding: Any = "valid") -> Any:
        from torch.nn import functional

        settings: dict[str, Any] = {} if function == "max_pool2d" else {"count_include_pad": False}
        padding = 0 if padding == "valid" else padding
        channels_first = x.movedim(-1, 1).contiguous()
        out = getattr(functional, function)(channels_first, size, stride, padding, **settings)
        return out.movedim(1, -1)

    return pool


@pytest.mark.parametrize("function", [nn.max_pool2d, nn.avg_pool2d])
@hypothesis.given(data=st.data())
def test_agrees_with_pytorch(function: Any, data: st.DataObject) -> None:
    pytest.importorskip("torch")
    theirs = torch_pool(function.__name__)
    op_cases.check_against_torch(Case(function, over_images(symmetric=True)), theirs, data)


@pytest.mark.parametrize("function", [nn.max_pool2d, nn.avg_pool2d])
def test_float32_agrees_with_pytorch(function: Any) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 13, 13, 5)).astype(np.float32)
    out, pullback = tg.vjp(lambda x: function(x, 3, 2, 1), x)
    g = rng.standard_normal(out.shape).astype(np.float32)
    tensor = torch.tensor(x, requires_grad=True)
    theirs = torch_pool(function.__name__)(tensor, 3, 2, 1)
    (gradient,) = torch.autograd.grad(theirs, tensor, torch.tensor(g))
    np.testing.assert_allclose(out, theirs.detach(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(pullback(g)[0], gradient, rtol=1e-5, atol=1e-6)


@compiled
@hypothesis.given(data=st.data())
def test_same_padding_agrees_with_jax(data: st.DataObject, jax_numpy: Any) -> None:
    import jax

    call = data.draw(over_images())
    size, stride = call.settings["size"], call.settings.get("stride")
    size = size if isinstance(size, tuple) else (size, size)
    stride = size if stride is None else stride if isinstance(stride, tuple) else (stride, stride)
    (x,) = call.arrays
    theirs = lambda x, start, combine: jax.lax.reduce_window(
        x, start, combine, (1, *size, 1), (1, *stride, 1), "SAME"
    )
    largest = theirs(x, -np.inf, jax.lax.max)
    mean = theirs(x, 0.0, jax.lax.add) / theirs(np.ones_like(x), 0.0, jax.lax.add)
    np.testing.assert_array_equal(nn.max_pool2d(x, size, stride, "same"), largest)
    np.testing.assert_allclose(nn.avg_pool2d(x, size, stride, "same"), mean, rtol=1e-12, atol=1e-12)


# Conventions


def test_pixels_that_tie_share_equally_in_both_modes() -> None:
    x = np.array([[1.0, 1.0], [1.0, 0.0]]).reshape(1, 2, 2, 1)
    gradient = tg.grad(lambda x: nn.max_pool2d(x, 2).sum())(x)
    np.testing.assert_allclose(gradient.ravel(), [1 / 3, 1 / 3, 1 / 3, 0])
    np.testing.assert_array_equal(gradient, tg.grad(lambda x: np.max(x))(x))
    tangent = np.array([3.0, 6.0, 9.0, 100.0]).reshape(x.shape)
    np.testing.assert_allclose(tg.jvp(lambda x: nn.max_pool2d(x, 2), (x,), (tangent,))[1], 6.0)


def test_ties_of_more_pixels_than_a_byte_counts() -> None:
    x = np.ones((1, 17, 19, 2))
    gradient = tg.grad(lambda x: nn.max_pool2d(x, (17, 19)).sum())(x)
    np.testing.assert_allclose(gradient, np.full_like(x, 1 / (17 * 19)))


def test_padding_is_never_the_largest_and_does_not_count() -> None:
    x = np.full((1, 3, 3, 1), -5.0)
    for function in (nn.max_pool2d, nn.avg_pool2d):
        np.testing.assert_array_equal(function(x, 3, 1, 2), np.full((1, 5, 5, 1), -5.0))
        np.testing.assert_array_equal(function(x, 2, padding="same"), np.full((1, 2, 2, 1), -5.0))


def test_what_is_too_little_for_a_window_is_left_out() -> None:
    x = np.arange(25.0).reshape(1, 5, 5, 1)
    np.testing.assert_array_equal(nn.max_pool2d(x)[0, :, :, 0], [[6, 8], [16, 18]])
    gradient = tg.grad(lambda x: nn.max_pool2d(x).sum())(x)
    assert gradient.shape == x.shape
    assert not gradient[:, 4].any()
    assert not gradient[:, :, 4].any()


def test_nan_and_infinity_go_through() -> None:
    x = np.array([[np.nan, 1.0, 2.0, np.inf], [0.0, 3.0, 5.0, -np.inf]]).reshape(1, 2, 4, 1)
    np.testing.assert_array_equal(nn.max_pool2d(x).ravel(), [np.nan, np.inf])
    weights = np.array([0.0, 1.0]).reshape(1, 1, 2, 1)
    gradient = tg.grad(lambda x: (nn.max_pool2d(x) * weights)[0, 0, 1, 0])(x)
    np.testing.assert_array_equal(gradient[0, 0, :, 0], [0, 0, 0, 1])


def test_results_do_not_share_memory_with_the_images() -> None:
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    for function in (nn.max_pool2d, nn.avg_pool2d):
        out = function(x, 1)
        np.testing.assert_array_equal(out, x)
        assert not np.may_share_memory(out, x)


def test_batches_of_no_images_and_images_of_no_channels() -> None:
    for shape in ((0, 4, 4, 2), (2, 4, 4, 0)):
        for function in FUNCTIONS:
            out, pullback = tg.vjp(function, np.ones(shape))
            assert out.size == 0
            assert pullback(out)[0].shape == shape


@pytest.mark.parametrize("function", [nn.max_pool2d, nn.avg_pool2d])
@pytest.mark.parametrize(
    ("shape", "settings", "message"),
    [
        ((2, 4, 4), {}, r"x has shape \(2, 4, 4\); expected \(batch, height, width, channels\)"),
        ((2, 4, 4), {}, r"write x\[\.\.\., np\.newaxis\]"),
        ((2, 4, 4, 1), {"size": 5}, "window of 5×5 does not fit on images of 4×4; make it"),
        ((2, 4, 4, 1), {"size": 0}, "size=0; expected a positive integer or a pair"),
        ((2, 4, 4, 1), {"stride": 0}, "stride=0; expected a positive integer or a pair"),
        ((2, 4, 4, 1), {"padding": 2}, "padding=2 would make windows of 2×2 in which there is"),
        ((2, 0, 4, 1), {}, "have no pixels"),
    ],
)
def test_errors(function: Any, shape: Any, settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"{function.__name__}: .*{message}"):
        function(np.ones(shape), **settings)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_not_a_batch_of_images_is_refused(function: Any) -> None:
    with pytest.raises(ValueError, match=rf"{function.__name__}: x has shape \(4, 4\)"):
        function(np.ones((4, 4)))
    with pytest.raises(ValueError, match=f"{function.__name__}: .*have no pixels"):
        function(np.ones((4, 4, 0, 1)))
    with pytest.raises(TypeError, match=f"{function.__name__}: x: expected real numbers"):
        function(np.ones((4, 4, 4, 1), complex))
    assert function(np.ones((1, 4, 4, 1), np.uint8)).dtype == np.float64
