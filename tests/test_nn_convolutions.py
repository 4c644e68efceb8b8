"""nn/convolutions.py: convolutions of images and sequences, and their adjoints."""

from __future__ import annotations

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
from tinygrad_np.nn import convolutions
from tinygrad_np.nn.windows import Window

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
# JAX compiles anew for each shape.
compiled = hypothesis.settings(max_examples=8)

pairs = st.tuples(st.integers(1, 2), st.integers(1, 2))
sides = st.tuples(st.integers(0, 2), st.integers(0, 2))


@st.composite
def settings_of(draw: Any, padding: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Settings of a convolution as a caller gives them; what is left out is the default."""
    options = {
        "stride": st.one_of(st.integers(1, 3), pairs),
        "padding": padding,
        "dilation": st.one_of(st.integers(1, 2), pairs),
        "groups": st.integers(1, 3),
    }
    return {name: draw(values) for name, values in options.items() if draw(st.booleans())}


PADDINGS = st.one_of(
    st.just("valid"), st.integers(0, 2), sides, st.tuples(sides, sides), st.just("same")
)
ENDS = st.one_of(st.sampled_from(["valid", "same"]), st.integers(0, 2), sides)
# What PyTorch has too.
SYMMETRIC = st.one_of(st.just("valid"), st.integers(0, 2), sides)


@st.composite
def arrays_for(draw: Any, settings: dict[str, Any], axes: int) -> tuple[np.ndarray, ...]:
    """Images large enough for the kernel, the kernel, and perhaps a bias."""
    rng = np.random.default_rng(draw(seeds))
    groups = settings.get("groups", 1)
    sizes = [draw(st.integers(1, 3)) for _ in range(axes)]
    dilation = settings.get("dilation", 1)
    dilations = dilation if isinstance(dilation, tuple) else (dilation,) * axes
    lengths = [
        step * (size - 1) + 1 + draw(st.integers(0, 2))
        for size, step in zip(sizes, dilations, strict=True)
    ]
    inputs, outputs = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    batch = draw(st.integers(0, 2))
    shapes = [(batch, *lengths, groups * inputs), (*sizes, inputs, groups * outputs)]
    if draw(st.booleans()):
        shapes.append((groups * outputs,))
    return tuple(rng.uniform(-2, 2, shape) for shape in shapes)


@st.composite
def over_images(draw: Any, padding: st.SearchStrategy[Any] = PADDINGS) -> Call:
    settings = draw(settings_of(padding))
    return Call(draw(arrays_for(settings, 2)), settings)


@st.composite
def over_sequences(draw: Any, padding: st.SearchStrategy[Any] = ENDS) -> Call:
    options = {
        "stride": st.integers(1, 3), "padding": padding, "dilation": st.integers(1, 2),
        "groups": st.integers(1, 3),
    }  # fmt: skip
    settings = {name: draw(values) for name, values in options.items() if draw(st.booleans())}
    return Call(draw(arrays_for(settings, 1)), settings)


@st.composite
def transposing(draw: Any, padding: st.SearchStrategy[Any] = PADDINGS) -> Call:
    settings = draw(settings_of(padding))
    call = Call(draw(arrays_for(settings, 2)), settings)
    try:
        nn.conv_transpose2d(*call.arrays, **settings)
    except ValueError:  # the padding leaves nothing
        hypothesis.reject()
    return call


@st.composite
def on_windows(draw: Any, op: Any) -> Call:
    """What the ops are given: arrays, a window, groups."""
    groups, inputs, outputs = (draw(st.integers(1, 2)) for _ in range(3))
    window = Window(draw(pairs), draw(pairs), draw(st.tuples(sides, sides)), draw(pairs))
    image = tuple(extent + draw(st.integers(0, 2)) for extent in window.extent)
    batch = draw(st.integers(0, 2))
    rng = np.random.default_rng(draw(seeds))
    x = rng.uniform(-2, 2, (batch, *image, groups * inputs))
    g = rng.uniform(-2, 2, (batch, *window.outputs(image), groups * outputs))
    kernel = rng.uniform(-2, 2, (*window.size, inputs, groups * outputs))
    settings = {"window": window, "groups": groups}
    if op is convolutions.convolution_back:
        settings["image"] = image
    if op is convolutions.biased_convolution:
        return Call((x, kernel, rng.uniform(-2, 2, groups * outputs)), settings)
    first, second = {
        convolutions.convolution: (x, kernel),
        convolutions.convolution_back: (g, kernel),
        convolutions.kernel_cotangent: (x, g),
    }[op]
    return Call((first, second), settings)


# What is recorded may lie in memory in another way, and is then added up in another order.
CASES = op_cases.by_function(
    Case(nn.conv2d, over_images(), ulps=32),
    Case(nn.conv1d, over_sequences(), ulps=32),
    Case(nn.conv_transpose2d, transposing(), ulps=32),
    *[Case(op, on_windows(op), ulps=32) for op in op_cases.ops_of(convolutions)],
)


def test_every_function_has_inputs() -> None:
    assert {getattr(convolutions, name) for name in convolutions.__all__} <= set(CASES)
    assert len(op_cases.ops_of(convolutions)) == 4


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


@op_cases.each(CASES)
@hypothesis.settings(few, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(data=st.data())
def test_the_parts_in_which_it_is_computed_make_no_difference(
    case: Case, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = case.draw(data, np.float64)
    whole = case.bind(call.settings)(*call.arrays)
    for rows in (1, 4, 9):
        with monkeypatch.context() as patch:
            patch.setattr(convolutions, "CACHED", 1)
            patch.setattr(convolutions, "ROWS", rows)
            parted = case.bind(call.settings)(*call.arrays)
        np.testing.assert_allclose(parted, whole, rtol=1e-12, atol=1e-12)


# Other libraries


def channels_first(x: Any) -> Any:
    return x.movedim(-1, 1).contiguous()


def torch_conv2d(x: Any, kernel: Any, bias: Any = None, **settings: Any) -> Any:
    from torch.nn import functional

    settings = with_torch_padding(settings)
    kernel = kernel.permute(3, 2, 0, 1).contiguous()
    out = functional.conv2d(channels_first(x), kernel, bias, **settings)
    return out.movedim(1, -1)


def torch_conv1d(x: Any, kernel: Any, bias: Any = None, **settings: Any) -> Any:
    from torch.nn import functional

    settings = with_torch_padding(settings)
    kernel = kernel.permute(2, 1, 0).contiguous()
    out = functional.conv1d(channels_first(x), kernel, bias, **settings)
    return out.movedim(1, -1)


def torch_conv_transpose2d(x: Any, kernel: Any, bias: Any = None, **settings: Any) -> Any:
    from torch.nn import functional

    settings = with_torch_padding(settings)
    high, wide, inputs, outputs = kernel.shape
    groups = settings.get("groups", 1)
    kernel = kernel.reshape(high, wide, inputs, groups, outputs // groups)
    kernel = kernel.permute(3, 2, 4, 0, 1).reshape(groups * inputs, -1, high, wide)
    out = functional.conv_transpose2d(channels_first(x), kernel.contiguous(), bias, **settings)
    return out.movedim(1, -1)


def with_torch_padding(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"padding": 0} if settings.get("padding") == "valid" else settings


OF_TORCH = {
    nn.conv2d: (over_images(SYMMETRIC), torch_conv2d),
    nn.conv1d: (over_sequences(st.one_of(st.just("valid"), st.integers(0, 2))), torch_conv1d),
    nn.conv_transpose2d: (transposing(SYMMETRIC), torch_conv_transpose2d),
}


@pytest.mark.parametrize("function", OF_TORCH, ids=lambda function: function.__name__)
@hypothesis.given(data=st.data())
def test_agrees_with_pytorch(function: Any, data: st.DataObject) -> None:
    pytest.importorskip("torch")
    inputs, theirs = OF_TORCH[function]
    op_cases.check_against_torch(Case(function, inputs), theirs, data)


def test_float32_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    shapes = (8, 12, 12, 16), (5, 5, 16, 32), (32,)
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    settings = {"stride": 2, "padding": 2}
    out, pullback = tg.vjp(lambda *arrays: nn.conv2d(*arrays, **settings), *arrays)
    cotangent = rng.standard_normal(out.shape).astype(np.float32)
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    theirs = torch_conv2d(*tensors, **settings)
    expected = torch.autograd.grad(theirs, tensors, torch.tensor(cotangent))
    pairs = zip((out, *pullback(cotangent)), (theirs.detach(), *expected), strict=True)
    for found, other in pairs:
        np.testing.assert_allclose(found, other, rtol=1e-5, atol=1e-5 * float(abs(other).max()))


@compiled
@hypothesis.given(data=st.data())
def test_same_padding_agrees_with_jax(data: st.DataObject, jax_numpy: Any) -> None:
    import jax

    call = data.draw(over_images(st.just("same")))
    x, kernel = call.arrays[:2]
    both = {
        name: value if isinstance(value, tuple) else (value, value)
        for name, value in ({"stride": 1, "dilation": 1} | call.settings).items()
        if name in ("stride", "dilation")
    }
    expected = jax.lax.conv_general_dilated(
        x, kernel, both["stride"], "SAME", rhs_dilation=both["dilation"],
        feature_group_count=call.settings.get("groups", 1),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )  # fmt: skip
    found = nn.conv2d(x, kernel, **(call.settings | {"padding": "same"}))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


# What it is


@pytest.mark.parametrize("padding", ["valid", "same", 1, ((0, 1), (2, 0))])
@pytest.mark.parametrize("stride", [1, 2, (1, 3)])
@pytest.mark.parametrize("groups", [1, 2])
def test_the_transposed_convolution_is_the_transpose(
    padding: Any, stride: Any, groups: int
) -> None:
    rng = np.random.default_rng(0)
    settings = {"stride": stride, "padding": padding, "groups": groups}
    y = rng.standard_normal((2, 4, 3, 4))
    kernel = rng.standard_normal((3, 4, 4 // groups, 6))
    out = nn.conv_transpose2d(y, kernel, **settings)
    x = rng.standard_normal(out.shape)
    # The same kernel, between the same channels, the other way.
    parts = np.split(kernel, groups, axis=3)
    other = np.concatenate([part.swapaxes(2, 3) for part in parts], axis=3)
    back = nn.conv2d(x, other, **settings)
    assert back.shape == y.shape
    np.testing.assert_allclose(np.sum(out * x), np.sum(y * back), rtol=1e-12)


def test_same_padding_keeps_the_size_or_divides_it_by_the_stride() -> None:
    x = np.zeros((1, 7, 10, 1))
    for size in (1, 2, 3, 5):
        kernel = np.zeros((size, size, 1, 1))
        for stride in (1, 2, 3, 4):
            out = nn.conv2d(x, kernel, stride=stride, padding="same")
            assert out.shape == (1, -(-7 // stride), -(-10 // stride), 1)
            larger = nn.conv_transpose2d(x, kernel, stride=stride, padding="same")
            assert larger.shape == (1, 7 * stride, 10 * stride, 1)


def test_a_group_sees_nothing_of_the_others() -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((2, 5, 5, 4)), rng.standard_normal((3, 3, 2, 6))
    for function in (nn.conv2d, nn.conv_transpose2d):
        whole = function(x, kernel, groups=2)
        halves = [
            function(x[..., channels], kernel[..., outputs])
            for channels, outputs in ((slice(0, 2), slice(0, 3)), (slice(2, 4), slice(3, 6)))
        ]
        np.testing.assert_allclose(whole, np.concatenate(halves, axis=3), rtol=1e-12, atol=1e-12)


def test_a_causal_convolution_does_not_see_what_comes_after() -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((1, 9, 2)), rng.standard_normal((3, 2, 2))
    causal = lambda x: nn.conv1d(x, kernel, padding=(4, 0), dilation=2)
    jacobian = tg.jacobian(causal)(x)
    assert causal(x).shape == x.shape
    seen = np.any(jacobian[0, :, :, 0] != 0, axis=(1, 3))
    steps = np.arange(9)
    np.testing.assert_array_equal(
        seen, np.isin(steps[:, None] - steps, [0, 2, 4])
    )


def test_a_window_of_one_pixel_is_a_dense_layer() -> None:
    rng = np.random.default_rng(0)
    x, kernel, bias = (rng.standard_normal(shape) for shape in ((2, 3, 4, 5), (1, 1, 5, 6), 6))
    expected = nn.dense(x, kernel[0, 0], bias)
    np.testing.assert_allclose(nn.conv2d(x, kernel, bias), expected, rtol=1e-12)
    np.testing.assert_allclose(nn.conv2d(x, kernel, bias, padding="same"), expected, rtol=1e-12)


def test_a_batch_of_no_images_has_no_outputs_and_zero_gradients() -> None:
    x, kernel, bias = np.ones((0, 6, 6, 2)), np.ones((3, 3, 2, 4)), np.ones(4)
    out, pullback = tg.vjp(nn.conv2d, x, kernel, bias)
    assert out.shape == (0, 4, 4, 4)
    for gradient, array in zip(pullback(out), (x, kernel, bias), strict=True):
        np.testing.assert_array_equal(gradient, np.zeros_like(array))


def test_integers_are_computed_in_the_dtype_of_the_kernel() -> None:
    x = np.arange(2 * 16, dtype=np.uint8).reshape(2, 4, 4, 1)
    kernel = np.ones((2, 2, 1, 3), np.float32)
    out = nn.conv2d(x, kernel)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, nn.conv2d(x.astype(np.float32), kernel))
    assert nn.conv2d(x.tolist(), kernel.tolist()).dtype == np.float64


def test_the_images_unfolded_are_not_kept() -> None:
    """Of a step, no more is in memory at once than the outputs, their gradients, and a part."""
    import tracemalloc

    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 28, 28, 1)).astype(np.float32)
    kernel = rng.standard_normal((5, 5, 1, 4)).astype(np.float32)
    loss = tg.grad(lambda kernel: np.sum(nn.conv2d(x, kernel) ** 2))
    loss(kernel)
    tracemalloc.start()
    loss(kernel)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    outputs, unfolded = (64 * 24 * 24 * n * 4 for n in (4, 25))
    assert peak < 4 * outputs + 2 * 4 * convolutions.CACHED < unfolded + 2 * outputs


# Bad input


@pytest.mark.parametrize(
    ("x", "kernel", "settings", "message"),
    [
        ((2, 3, 8, 8), (5, 5, 3, 4), {}, r"\(2, 3, 8, 8\); expected \(batch, height, width, 3\)\. "
         r"The channels seem to come first: np\.moveaxis\(x, 1, -1\) puts them last"),
        ((2, 8, 8), (5, 5, 1, 4), {}, r"one channel, write x\[\.\.\., np\.newaxis\]"),
        ((8, 8, 3), (5, 5, 3, 4), {}, r"one example, not a batch, write x\[np\.newaxis\]"),
        ((2, 8, 8, 2), (5, 5, 3, 4), {}, r"kernel has shape \(5, 5, 3, 4\)"),
        ((2, 8, 8, 2), (5, 5, 2, 4), {"groups": 2}, r"width, 4\).*and groups=2"),
        ((2, 8, 8, 3), (4, 3, 5, 5), {}, r"np\.transpose\(kernel, \(2, 3, 1, 0\)\)"),
        ((2, 3, 8, 8), (4, 3, 5, 5), {}, r"np\.transpose\(kernel, \(2, 3, 1, 0\)\)"),
        ((2, 8, 8, 4), (5, 5, 2, 3), {"groups": 2}, "divides the 3 out_channels"),
        ((2, 8, 8, 4), (5, 5, 2, 4), {"groups": 0}, "groups=0; expected a positive integer"),
        ((2, 8, 8, 4), (5, 5, 2, 4), {"groups": 2.0}, "groups=2.0; expected a positive integer"),
        ((2, 8, 8, 4), (5, 5, 4), {}, r"kernel has shape \(5, 5, 4\); expected \(height, width"),
        ((2, 8, 8, 4), (0, 5, 4, 1), {}, "none of them 0"),
        ((2, 4, 8, 1), (5, 3, 1, 1), {}, "window of 5×3 does not fit on images of 4×8; make it"),
        ((2, 4, 8, 1), (3, 3, 1, 1), {"dilation": 3}, "3×3, dilated to 7×7, does not fit"),
        ((2, 2, 2, 1), (5, 5, 1, 1), {"padding": 1}, "on images of 4×4, padding included; make"),
        ((2, 8, 8, 1), (3, 3, 1, 1), {"stride": 0}, "stride=0; expected a positive integer or a"),
        ((2, 8, 8, 1), (3, 3, 1, 1), {"stride": (1, 2, 3)}, r"stride=\(1, 2, 3\); expected"),
        ((2, 8, 8, 1), (3, 3, 1, 1), {"dilation": 1.5}, "dilation=1.5; expected a positive"),
        ((2, 8, 8, 1), (3, 3, 1, 1), {"padding": -1}, 'padding=-1; expected "valid", "same"'),
        ((2, 8, 8, 1), (3, 3, 1, 1), {"padding": "full"}, "padding='full'; expected"),
        ((2, 8, 8, 1), (3, 3, 1, 1), {"padding": (1, 2, 3)}, r"padding=\(1, 2, 3\); expected"),
        ((2, 8, 8, 1), (3, 3, 1, 1), {"padding": True}, "padding=True; expected"),
        ((2, 8, 8, 1), (3, 3, 1, 4), {"bias": (3,)}, r"bias has shape \(3,\); .* needs \(4,\)"),
    ],
)  # fmt: skip
def test_conv2d_says_what_does_not_fit(
    x: Any, kernel: Any, settings: dict[str, Any], message: str
) -> None:
    settings = dict(settings)
    if "bias" in settings:
        settings["bias"] = np.ones(settings["bias"])
    with pytest.raises(ValueError, match=f"conv2d: .*{message}"):
        nn.conv2d(np.ones(x), np.ones(kernel), **settings)


def test_the_others_say_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"conv1d: x has shape \(2, 3, 8\).*come first"):
        nn.conv1d(np.ones((2, 3, 8)), np.ones((5, 3, 4)))
    with pytest.raises(ValueError, match=r"conv1d: kernel has shape .*\(length, in_channels"):
        nn.conv1d(np.ones((2, 8, 3)), np.ones((5, 5, 3, 4)))
    for settings, message in [
        ({"padding": (1, 2, 3)}, r"conv1d: padding=\(1, 2, 3\); .* or a pair \(before, after\)"),
        ({"stride": 0}, "conv1d: stride=0; expected a positive integer"),
        ({"dilation": (1, 2)}, r"conv1d: dilation=\(1, 2\); expected a positive integer"),
        ({"dilation": 3}, "a window of 5, dilated to 13, does not fit on sequences of 8; make"),
    ]:
        with pytest.raises(ValueError, match=message):
            nn.conv1d(np.ones((2, 8, 3)), np.ones((5, 3, 4)), **settings)
    for padding in ("valid", "same", 3):
        with pytest.raises(ValueError, match="conv1d: there is nothing in sequences of 0"):
            nn.conv1d(np.ones((2, 0, 3)), np.ones((5, 3, 4)), padding=padding)
    with pytest.raises(ValueError, match="conv2d: there is nothing in images of 0×3"):
        nn.conv2d(np.ones((2, 0, 3, 1)), np.ones((1, 1, 1, 1)), padding="same")
    with pytest.raises(ValueError, match="conv_transpose2d: nothing is left of images"):
        nn.conv_transpose2d(np.ones((2, 1, 1, 3)), np.ones((3, 3, 3, 4)), padding=2)
    with pytest.raises(ValueError, match="conv_transpose2d: nothing is left of images"):
        nn.conv_transpose2d(np.ones((2, 0, 4, 3)), np.ones((3, 3, 3, 4)))
    with pytest.raises(ValueError, match=r"conv_transpose2d: x has shape .*come first"):
        nn.conv_transpose2d(np.ones((2, 3, 8, 8)), np.ones((3, 3, 3, 4)))


@pytest.mark.parametrize("position", [0, 1, 2])
def test_what_is_not_a_real_number_is_refused(position: int) -> None:
    arrays: list[Any] = [np.ones((2, 4, 4, 1)), np.ones((3, 3, 1, 2)), np.ones(2)]
    name = ("x", "kernel", "bias")[position]
    for bad in (arrays[position].astype(str), arrays[position] * 1j):
        with pytest.raises(TypeError, match=f"conv2d: {name}: expected real numbers"):
            nn.conv2d(*arrays[:position], bad, *arrays[position + 1 :])
