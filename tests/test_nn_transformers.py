"""nn/transformers.py and its layers: attention, masks, heads, blocks, positions."""

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
from tinygrad_np.nn import transformers

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


@st.composite
def queries_and_keys(draw: Any, least: int = 0, leading: bool = True) -> Call:
    """Queries, keys and values whose first axes broadcast, perhaps with a mask."""
    rng = np.random.default_rng(draw(seeds))
    queries, keys = draw(st.integers(least, 3)), draw(st.integers(least, 4))
    features, values = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    axes = draw(st.sampled_from([(), (2,), (2, 3), (1, 2)])) if leading else (2,)
    other = axes[1:] if leading and draw(st.booleans()) else axes
    shapes = (*axes, queries, features), (*other, keys, features), (*other, keys, values)
    settings: dict[str, Any] = {"causal": draw(st.booleans())}
    if draw(st.booleans()):
        whole = (*axes, queries, keys)
        part = whole[draw(st.integers(0, len(axes))) :]
        settings["mask"] = rng.random(part) < 0.6
    return Call(tuple(rng.uniform(-2, 2, shape) for shape in shapes), settings)


@st.composite
def with_heads(draw: Any, least: int = 0) -> Call:
    rng = np.random.default_rng(draw(seeds))
    batch, queries, keys = (draw(st.integers(least, 3)) for _ in range(3))
    heads = draw(st.integers(1, 3))
    features, values = heads * draw(st.integers(1, 2)), heads * draw(st.integers(1, 2))
    shapes = (batch, queries, features), (batch, keys, features), (batch, keys, values)
    settings: dict[str, Any] = {"heads": heads, "causal": draw(st.booleans())}
    options = [None, (batch, keys), (batch, queries, keys), (1, queries, keys),
               (batch, heads, queries, keys), (batch, 1, 1, keys)]  # fmt: skip
    shape = draw(st.sampled_from(options))
    if shape is not None:
        settings["mask"] = rng.random(shape) < 0.6
    return Call(tuple(rng.uniform(-2, 2, shape) for shape in shapes), settings)


@st.composite
def scores(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = tuple(draw(st.integers(1, 3)) for _ in range(draw(st.integers(1, 3))))
    mask = rng.random(shape[draw(st.integers(0, 1)) :]) < 0.6 if draw(st.booleans()) else None
    return Call((rng.uniform(-4, 4, shape),), {"mask": mask})


CASES = op_cases.by_function(
    Case(nn.attention, queries_and_keys(), ulps=32),
    Case(nn.multi_head_attention, with_heads(), ulps=32),
    Case(
        transformers.seen, scores(), lambda function, arrays, s: function(arrays[0], s["mask"])
    ),
)  # fmt: skip


def test_every_function_has_inputs() -> None:
    assert op_cases.ops_of(transformers) == [transformers.seen]
    assert {getattr(transformers, name) for name in transformers.__all__} - set(CASES) == {
        nn.positional_encoding
    }


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


def torch_attention(q: Any, k: Any, v: Any, mask: Any = None, causal: bool = False) -> Any:
    """PyTorch's, of which queries are the end, and 0 where nothing is seen."""
    import torch

    queries, keys = q.shape[-2], k.shape[-2]
    seen = torch.ones(queries, keys, dtype=torch.bool)
    if causal:
        seen = seen.tril(keys - queries)
    if mask is not None:
        seen = seen & mask
    out = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
    return torch.where(seen.any(-1, keepdim=True), out, 0.0)


@few
@hypothesis.given(data=st.data())
def test_agrees_with_pytorch(data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    from torch.nn.attention import SDPBackend, sdpa_kernel

    call = data.draw(queries_and_keys(least=1, leading=False))
    mask, (q, k, v) = call.settings.get("mask"), call.arrays
    causal = call.settings["causal"]
    inputs = [torch.tensor(a[None], requires_grad=True) for a in call.arrays]
    with sdpa_kernel(SDPBackend.MATH):
        theirs = torch_attention(*inputs, None if mask is None else torch.tensor(mask), causal)[0]
    out, pullback = tg.vjp(lambda *a: nn.attention(*a, mask=mask, causal=causal), q, k, v)
    g = np.random.default_rng(0).standard_normal(out.shape)
    theirs.backward(torch.tensor(g))
    np.testing.assert_allclose(out, theirs.detach(), rtol=1e-10, atol=1e-12)
    for mine, other in zip(pullback(g), inputs, strict=True):
        # Where a query sees nothing, PyTorch's gradients are NaN.
        expected = np.nan_to_num(other.grad.numpy()[0])
        if np.isfinite(other.grad.numpy()).all():
            np.testing.assert_allclose(mine, expected, rtol=1e-10, atol=1e-12)


def torch_block(block: Any, x: Any, causal: bool, mask: Any) -> Any:
    """PyTorch's encoder layer with the parameters of a block, and which gradient is whose."""
    import torch

    features, dtype = x.shape[-1], getattr(torch, x.dtype.name)
    layer = torch.nn.TransformerEncoderLayer(
        features, block.heads, block.hidden.weights.shape[1], 0.0, "gelu", batch_first=True,
        norm_first=True, dtype=dtype,
    )  # fmt: skip
    attending = block.attention
    pairs = [
        (layer.norm1.weight, block.attention_norm.scale),
        (layer.norm1.bias, block.attention_norm.offset),
        (layer.norm2.weight, block.hidden_norm.scale),
        (layer.norm2.bias, block.hidden_norm.offset),
        (layer.self_attn.out_proj.weight, attending.out.weights.T),
        (layer.self_attn.out_proj.bias, attending.out.bias),
        (layer.linear1.weight, block.hidden.weights.T),
        (layer.linear1.bias, block.hidden.bias),
        (layer.linear2.weight, block.out.weights.T),
        (layer.linear2.bias, block.out.bias),
        (
            layer.self_attn.in_proj_weight,
            np.concatenate(
                [d.weights.T for d in (attending.query, attending.key, attending.value)]
            ),
        ),
        (
            layer.self_attn.in_proj_bias,
            np.concatenate([d.bias for d in (attending.query, attending.key, attending.value)]),
        ),
    ]
    with torch.no_grad():
        for parameter, value in pairs:
            parameter.copy_(torch.tensor(np.ascontiguousarray(value)))
    inputs = torch.tensor(x, requires_grad=True)
    length = x.shape[1]
    unseen = ~torch.ones(length, length, dtype=torch.bool).tril() if causal else None
    padding = None if mask is None else ~torch.tensor(mask)
    out = layer(inputs, src_mask=unseen, src_key_padding_mask=padding)
    return layer, inputs, out


def gradients_like_pytorch(grads: Any) -> dict[str, np.ndarray]:
    attending = grads.attention
    three = (attending.query, attending.key, attending.value)
    return {
        "norm1.weight": grads.attention_norm.scale, "norm1.bias": grads.attention_norm.offset,
        "norm2.weight": grads.hidden_norm.scale, "norm2.bias": grads.hidden_norm.offset,
        "self_attn.out_proj.weight": attending.out.weights.T,
        "self_attn.out_proj.bias": attending.out.bias,
        "linear1.weight": grads.hidden.weights.T, "linear1.bias": grads.hidden.bias,
        "linear2.weight": grads.out.weights.T, "linear2.bias": grads.out.bias,
        "self_attn.in_proj_weight": np.concatenate([d.weights.T for d in three]),
        "self_attn.in_proj_bias": np.concatenate([d.bias for d in three]),
    }  # fmt: skip


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
def test_a_block_agrees_with_pytorch(
    causal: bool, masked: bool, dtype: Any, tolerance: float
) -> None:
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    block = nn.TransformerBlock(12, heads=3, rng=rng, hidden=20, causal=causal, dtype=dtype)
    for leaf in tg.tree.leaves(block):
        leaf += rng.uniform(-0.1, 0.1, leaf.shape).astype(dtype)
    x = rng.standard_normal((4, 6, 12)).astype(dtype)
    mask = np.arange(6) < np.array([[6], [4], [1], [3]]) if masked else None
    g = rng.standard_normal(x.shape).astype(dtype)
    layer, inputs, theirs = torch_block(block, x, causal, mask)
    import torch

    theirs.backward(torch.tensor(g))
    out, pullback = tg.vjp(lambda block, x: block(x, mask=mask), block, x)
    np.testing.assert_allclose(out, theirs.detach(), rtol=tolerance, atol=tolerance)
    grads, by_x = pullback(g)
    expected = dict(layer.named_parameters())
    found = gradients_like_pytorch(grads)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        scale = max(1.0, np.abs(gradient).max())
        assert np.abs(gradient - expected[name].grad.numpy()).max() <= tolerance * scale, name
    np.testing.assert_allclose(by_x, inputs.grad, rtol=tolerance, atol=tolerance)


# What may be seen


def test_a_softmax_by_hand() -> None:
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal(shape) for shape in ((5, 4), (6, 4), (6, 3)))
    p = np.exp(q @ k.T / 2)
    expected = (p / p.sum(axis=1, keepdims=True)) @ v
    np.testing.assert_allclose(nn.attention(q, k, v), expected, rtol=1e-12)


@pytest.mark.parametrize("size", [1e4, 1e30])
def test_large_scores(size: float) -> None:
    q = k = np.float32(np.eye(3) * size)
    v = np.arange(6, dtype=np.float32).reshape(3, 2)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(nn.attention(q, np.float32(k / size), v), v)


def test_what_is_masked_makes_no_difference() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, 5, 6))
    mask = np.array([[True] * 5, [True, True, True, False, False]])
    out = nn.multi_head_attention(x, x, x, 3, mask)
    alone = nn.multi_head_attention(*[x[1:, :3]] * 3, 3)
    np.testing.assert_allclose(out[1:, :3], alone, rtol=1e-12)
    other = np.where(mask[..., None], x, 1e3)
    found = nn.multi_head_attention(x, other, other, 3, mask)
    np.testing.assert_allclose(found, out, rtol=1e-12)
    gradient = tg.grad(lambda x: (nn.multi_head_attention(x, x, x, 3, mask)[mask] ** 2).sum())(x)
    assert not gradient[~mask].any()


def test_masks_of_every_shape_say_the_same() -> None:
    rng = np.random.default_rng(2)
    x, heads = rng.standard_normal((2, 4, 6)), 3
    padding = np.array([[True] * 4, [True, True, False, False]])
    full = np.broadcast_to(padding[:, None, None], (2, heads, 4, 4))
    expected = nn.multi_head_attention(x, x, x, heads, full)
    for mask in (padding, padding[:, None], padding[:, None, None], full[:, 0], full[:, :1]):
        found = nn.multi_head_attention(x, x, x, heads, mask)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    listed = nn.multi_head_attention(x, x, x, heads, [list(map(bool, row)) for row in padding])
    np.testing.assert_array_equal(listed, nn.multi_head_attention(x, x, x, heads, padding))
    causal = np.tri(4, dtype=bool)
    np.testing.assert_array_equal(
        nn.multi_head_attention(x, x, x, heads, padding, causal=True),
        nn.multi_head_attention(x, x, x, heads, padding[:, None] & causal),
    )


def test_a_query_that_may_see_nothing_gets_zero() -> None:
    rng = np.random.default_rng(3)
    q, k, v = (rng.standard_normal((3, 4)) for _ in range(3))
    mask = np.array([[True, False, True], [False, False, False], [True, True, True]])
    for fun in (
        lambda q, k, v: nn.attention(q, k, v, mask),
        lambda q, k, v: nn.attention(q, k, v, np.zeros((3, 3), bool)),
    ):
        out = fun(q, k, v)
        assert not out[1].any()
        tg.testing.check_grads(fun, (q, k, v))
        gradients = tg.vjp(fun, q, k, v)[1](np.ones((3, 4)))
        assert not gradients[0][1].any()
    assert nn.attention(q, k[:0], v[:0]).tolist() == np.zeros((3, 4)).tolist()
    assert nn.attention(q[:0], k, v).shape == (0, 4)


def test_queries_at_the_end_of_a_sequence() -> None:
    """Step by step, with the keys so far, it is what it is all at once."""
    rng = np.random.default_rng(4)
    q, k, v = (rng.standard_normal((2, 5, 4)) for _ in range(3))
    whole = nn.attention(q, k, v, causal=True)
    for end in range(1, 6):
        step = nn.attention(q[:, end - 1 : end], k[:, :end], v[:, :end], causal=True)
        np.testing.assert_allclose(step, whole[:, end - 1 : end], rtol=1e-12)
    # Queries before the first key see nothing.
    assert not nn.attention(q, k[:, 2:], v[:, 2:], causal=True)[:, :2].any()


@pytest.mark.parametrize(
    "shapes",
    [((3,), (3, 2), (3, 2)), ((3, 2), (3, 3), (3, 2)), ((3, 2), (3, 2), (4, 2)),
     ((2, 3, 2), (3, 3, 2), (3, 3, 2))],
)  # fmt: skip
def test_shapes_that_do_not_fit(shapes: Any) -> None:
    with pytest.raises(
        ValueError, match=r"attention: q, k and v have shapes .*\(\.\.\., keys, val"
    ):
        nn.attention(*[np.zeros(shape) for shape in shapes])


def test_masks_that_do_not_fit() -> None:
    x = np.zeros((2, 5, 6))
    for wrong in (np.ones((5, 4), bool), np.ones((3, 5, 5), bool), np.ones((1, 2, 5, 5), bool)):
        with pytest.raises(ValueError, match=r"attention: the mask .* does not broadcast to"):
            nn.attention(x, x, x, wrong)
    with pytest.raises(TypeError, match=r"the mask is of dtype float64; it is of bool"):
        nn.attention(x, x, x, np.ones((5, 5)))
    with pytest.raises(ValueError, match=r"mask has shape \(5, 5\);.*is mask\[np.newaxis\]"):
        nn.multi_head_attention(x, x, x, 3, np.ones((5, 5), bool))
    for shape in ((5,), (3, 5), (2, 4), (2, 5, 4), (2, 2, 5, 5), (1, 1, 1, 1, 1)):
        with pytest.raises(
            ValueError, match=r"mask has shape .*expected \(batch, keys\), \(2, 5\)"
        ):
            nn.multi_head_attention(x, x, x, 3, np.ones(shape, bool))


def test_heads_that_do_not_fit() -> None:
    x = np.zeros((2, 5, 6))
    with pytest.raises(ValueError, match="heads=4 does not divide the 6 features of q"):
        nn.multi_head_attention(x, x, x, 4)
    with pytest.raises(ValueError, match="heads=3 does not divide the 7 features of v"):
        nn.multi_head_attention(x, x, np.zeros((2, 5, 7)), 3)
    for heads in (0, -1, 1.5, None, True):
        with pytest.raises(ValueError, match=r"heads=.*; expected a positive integer"):
            nn.multi_head_attention(x, x, x, heads)
    with pytest.raises(ValueError, match=r"q has shape \(5, 6\).*q\[np.newaxis\] makes a batch"):
        nn.multi_head_attention(x[0], x, x, 3)
    with pytest.raises(ValueError, match="q, k and v are of 2, 1 and 2 sequences"):
        nn.multi_head_attention(x, x[:1], x, 3)
    with pytest.raises(TypeError, match="multi_head_attention: k: expected real numbers"):
        nn.multi_head_attention(x, x + 0j, x, 3)


def test_masks_mapped_over_a_batch() -> None:
    rng = np.random.default_rng(5)
    q, k, v = (rng.standard_normal((3, 2, 4, 6)) for _ in range(3))
    mask = rng.random((3, 2, 4)) < 0.6

    def loss(q: Any, k: Any, v: Any, mask: Any) -> Any:
        return (nn.multi_head_attention(q, k, v, 2, mask, causal=True) ** 2).sum()

    for function in (loss, tg.grad(loss)):
        expected = [function(*one) for one in zip(q, k, v, mask, strict=True)]
        np.testing.assert_allclose(tg.vmap(function)(q, k, v, mask), expected, rtol=1e-10)
    shared = [loss(q[0], k[0], v[0], one) for one in mask]
    found = tg.vmap(loss, (None, None, None, 0))(q[0], k[0], v[0], mask)
    np.testing.assert_allclose(found, shared, rtol=1e-10)


# Positions


@pytest.mark.parametrize("features", [1, 2, 5, 8])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_positions(features: int, dtype: Any) -> None:
    found = nn.positional_encoding(7, features, dtype)
    assert found.dtype == dtype
    for position in range(7):
        for column in range(features):
            angle = position / 10000 ** ((column // 2 * 2) / features)
            expected = np.cos(angle) if column % 2 else np.sin(angle)
            np.testing.assert_allclose(found[position, column], expected, atol=np.finfo(dtype).eps)
    found[...] = 0
    assert nn.positional_encoding(7, features, dtype).any()
    assert nn.positional_encoding(0, features).shape == (0, features)


def test_positions_that_are_none() -> None:
    for wrong in ((-1, 2), (2, -1), (1.5, 2), (2, None)):
        with pytest.raises(ValueError, match=r"positional_encoding: .*expected an integer from 0"):
            nn.positional_encoding(*wrong)
    with pytest.raises(ValueError, match="dtype int64; expected a floating one"):
        nn.positional_encoding(2, 2, np.int64)
    layer = nn.PositionalEncoding()
    x = np.ones((2, 3, 4), np.float32)
    np.testing.assert_array_equal(layer(x), x + nn.positional_encoding(3, 4))
    assert layer(x).dtype == np.float32
    with pytest.raises(
        ValueError, match=r"PositionalEncoding: the input has shape \(2, 3\) .*int64"
    ):
        layer(np.ones((2, 3), int))


# Dropout


@pytest.mark.parametrize("rate", [0.3, 0.8])
def test_dropped_weights_agree_with_pytorch(rate: float) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in ((2, 3, 4), (2, 5, 4), (2, 5, 6))]
    cotangent = rng.standard_normal((2, 3, 6))
    mask = rng.random((3, 5)) < 0.7
    mask[0] = True, False, False, True, False
    kept = np.random.default_rng(7).random((2, 3, 5), np.float32) >= rate

    def dropping(*arrays: Any) -> Any:
        return nn.attention(*arrays, mask, dropout=rate, rng=np.random.default_rng(7))

    q, k, v = [torch.tensor(array, requires_grad=True) for array in arrays]
    scores = (q @ k.mT / 2).masked_fill(~torch.tensor(mask), -torch.inf)
    expected = (torch.softmax(scores, -1) * torch.tensor(kept) / (1 - rate)) @ v
    gradients = torch.autograd.grad(expected, (q, k, v), torch.tensor(cotangent))
    out, pullback = tg.vjp(dropping, *arrays)
    np.testing.assert_allclose(out, expected.detach(), rtol=1e-10, atol=1e-12)
    for found, gradient in zip(pullback(cotangent), gradients, strict=True):
        np.testing.assert_allclose(found, gradient, rtol=1e-10, atol=1e-12)
    tg.testing.check_grads(dropping, arrays)


def test_weights_are_dropped_as_often_as_is_said() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 40, 8)).astype(np.float32)
    whole = nn.multi_head_attention(x, x, x, heads=2)
    many, settings = np.repeat(x, 500, axis=0), {"dropout": 0.25, "rng": rng}
    mean = nn.multi_head_attention(many, many, many, heads=2, **settings).mean(axis=0)
    np.testing.assert_allclose(mean, whole[0], atol=0.12)
    # With the identity as values, the result is the weights.
    values = np.eye(40, dtype=np.float32)
    weights = nn.attention(x[0], x[0], values, **settings)
    assert weights.dtype == np.float32
    assert 0.2 < (weights == 0).mean() < 0.3
    none = nn.attention(x, x, x, dropout=1, rng=rng)
    np.testing.assert_array_equal(none, np.zeros_like(x))


def test_without_dropout_nothing_is_drawn() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 4))
    before = rng.bit_generator.state
    np.testing.assert_array_equal(nn.attention(x, x, x, dropout=0, rng=rng), nn.attention(x, x, x))
    assert rng.bit_generator.state == before


def test_dropout_that_makes_no_sense() -> None:
    x, rng = np.ones((2, 3, 4)), np.random.default_rng(0)
    for attend in (nn.attention, lambda *a, **s: nn.multi_head_attention(*a, heads=2, **s)):
        for rate in (-0.1, 1.5, np.nan):
            with pytest.raises(ValueError, match=r"attention: dropout=.*; expected a number"):
                attend(x, x, x, dropout=rate, rng=rng)
        with pytest.raises(TypeError, match=r"attention: dropout=.*; expected a real number"):
            attend(x, x, x, dropout="0.5", rng=rng)
        for bad in (None, 3):
            with pytest.raises(TypeError, match="attention: rng is of type"):
                attend(x, x, x, dropout=0.5, rng=bad)


# Layers


def test_attention_looks_at_a_context() -> None:
    rng = np.random.default_rng(0)
    layer = nn.MultiHeadAttention(6, heads=2, rng=rng, dtype=np.float64)
    x, context = rng.standard_normal((2, 3, 6)), rng.standard_normal((2, 5, 6))
    mask = np.array([[True] * 5, [True, False, False, True, True]])
    expected = layer.out(
        nn.multi_head_attention(layer.query(x), layer.key(context), layer.value(context), 2, mask)
    )
    np.testing.assert_array_equal(layer(x, context=context, mask=mask), expected)
    np.testing.assert_array_equal(layer(x), layer(x, context=x))
    tg.testing.check_grads(lambda layer, x: layer(x, context=context, mask=mask), (layer, x))
    assert len(tg.tree.leaves(layer)) == 8
    assert tg.tree.paths(layer)[:2] == ["query.weights", "query.bias"]
    assert len(tg.tree.leaves(nn.MultiHeadAttention(6, 2, bias=False))) == 4


@pytest.mark.parametrize("kind", [nn.MultiHeadAttention, nn.TransformerBlock])
def test_a_layer_finds_its_size(kind: Any) -> None:
    known = kind(6, heads=2, rng=np.random.default_rng(0), causal=True)
    found = kind(heads=2, rng=np.random.default_rng(0), causal=True)
    assert repr(found) == f"{kind.__name__}(heads=2, causal=True)"
    assert repr(kind(2)) == f"{kind.__name__}(heads=2)"
    x = np.random.default_rng(1).standard_normal((3, 4, 6))
    np.testing.assert_array_equal(found(x), known(x))
    assert repr(found) == repr(known) == f"{kind.__name__}(6, heads=2, causal=True)"
    np.testing.assert_allclose(known(x[:, :2]), known(x)[:, :2], atol=1e-6)


def test_the_parts_of_a_block() -> None:
    rng = np.random.default_rng(0)
    block = nn.TransformerBlock(6, heads=2, rng=rng, activation=nn.relu, dtype=np.float64)
    x = rng.standard_normal((2, 3, 6))
    between = x + block.attention(block.attention_norm(x))
    expected = between + block.out(nn.relu(block.hidden(block.hidden_norm(between))))
    np.testing.assert_array_equal(block(x), expected)
    assert block.hidden.weights.shape == (6, 24)
    assert {leaf.dtype for leaf in tg.tree.leaves(block)} == {np.dtype(np.float64)}


def test_a_block_drops_in_training_only() -> None:
    block = nn.TransformerBlock(6, heads=2, rng=np.random.default_rng(0), dropout=0.5)
    x = np.random.default_rng(1).standard_normal((2, 3, 6)).astype(np.float32)
    np.testing.assert_array_equal(block(x), block(x))
    assert (block(x, training=True) != block(x)).any()
    assert (block(x, training=True) != block(x, training=True)).any()
    whole = nn.TransformerBlock(6, heads=2, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(whole(x, training=True), whole(x))
    np.testing.assert_array_equal(whole(x), block(x))
    everything = nn.TransformerBlock(6, heads=2, dropout=1.0)
    np.testing.assert_array_equal(everything(x, training=True), x)


def test_attention_drops_in_training_only() -> None:
    x = np.random.default_rng(1).standard_normal((2, 3, 6)).astype(np.float32)
    make = lambda seed, rate: nn.MultiHeadAttention(
        6, heads=2, rng=np.random.default_rng(seed), dropout=rate
    )
    layer, whole = make(0, 0.5), make(0, 0.0)
    np.testing.assert_array_equal(layer(x), whole(x))
    np.testing.assert_array_equal(whole(x, training=True), whole(x))
    first, second = layer(x, training=True), layer(x, training=True)
    assert (first != second).any()
    assert (first != whole(x)).any()
    np.testing.assert_array_equal(make(0, 0.5)(x, training=True), first)
    np.testing.assert_array_equal(
        make(0, 1)(x, training=True), np.broadcast_to(layer.out.bias, x.shape)
    )
    assert len(tg.tree.leaves(layer)) == 8


@pytest.mark.parametrize("features", [(6,), ()])
def test_a_block_drops_weights_of_its_attention(features: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).standard_normal((2, 3, 6)).astype(np.float32)
    block = nn.TransformerBlock(
        *features, heads=2, rng=np.random.default_rng(0), attention_dropout=1
    )
    block(x)
    assert block.dropout is None
    between = x + block.attention.out.bias
    expected = between + block.out(nn.gelu(block.hidden(block.hidden_norm(between))))
    np.testing.assert_array_equal(block(x, training=True), expected)
    assert (block(x) != expected).any()


def test_a_network_of_blocks_learns_to_look_back() -> None:
    """Each step's label is the word at the first step, which only attention can bring there."""
    from tinygrad_np import optim

    rng = np.random.default_rng(0)
    words = rng.integers(0, 4, (32, 6))
    network = nn.NeuralNetwork([
        nn.Embedding(4, 8, rng=rng), nn.PositionalEncoding(),
        nn.TransformerBlock(heads=2, rng=rng, causal=True), nn.LayerNorm(), nn.Dense(4, rng=rng),
    ])  # fmt: skip
    labels = np.broadcast_to(words[:, :1], words.shape)
    network(words)
    optimizer = optim.Adam(0.01)
    loss = tg.value_and_grad(lambda network: nn.softmax_crossentropy(labels, network(words)))
    for _ in range(60):
        value, gradients = loss(network)
        optimizer.step(network, gradients)
    assert value < 0.2


@pytest.mark.parametrize("kind", [nn.MultiHeadAttention, nn.TransformerBlock])
def test_layers_that_cannot_be(kind: Any) -> None:
    name = kind.__name__
    with pytest.raises(ValueError, match=f"{name}: heads=4 does not divide the 6 features"):
        kind(6, heads=4)
    with pytest.raises(ValueError, match=f"{name}: heads=4 does not divide the 6 features"):
        kind(4)(np.zeros((2, 3, 6)))
    for sizes in ((0,), (6, 0), (6, 1.5), (-6, 2), (True,)):
        with pytest.raises(ValueError, match=rf"{name}: .* expected a positive integer"):
            kind(*sizes)
    with pytest.raises(ValueError, match="cannot be trained"):
        kind(6, 2, dtype=int)
    layer = kind(6, 2)
    for x, advice in (
        (np.zeros((3, 6)), r"x\[np.newaxis\] makes a batch"),
        (np.zeros((2, 6, 3)), r"np.swapaxes\(x, 1, 2\)"),
        (np.zeros((2, 3, 5)), r"expected \(batch, length, 6\)$"),
        (np.zeros((2, 3, 4, 6)), r"expected \(batch, length, 6\)$"),
    ):
        with pytest.raises(ValueError, match=rf"{name}\(6, heads=2\): the input has .*{advice}"):
            layer(x)
    with pytest.raises(ValueError, match=r"expected \(batch, length, features\)"):
        kind(2)(np.zeros((2, 3, 4, 6)))
    with pytest.raises(ValueError, match="the mask has shape"):
        layer(np.zeros((2, 3, 6)), mask=np.ones((2, 4), bool))


def test_settings_of_a_block_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="TransformerBlock: hidden is 0; expected a positive int"):
        nn.TransformerBlock(6, 2, hidden=0)
    for rate in (-0.1, 1.5):
        with pytest.raises(ValueError, match="rate"):
            nn.TransformerBlock(6, 2, dropout=rate)
        with pytest.raises(ValueError, match="TransformerBlock: attention_dropout="):
            nn.TransformerBlock(2, attention_dropout=rate)
        with pytest.raises(ValueError, match="rate"):
            nn.MultiHeadAttention(2, dropout=rate)
