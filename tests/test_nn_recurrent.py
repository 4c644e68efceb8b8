"""nn/recurrent.py: sequences read step by step, masked, reversed, and continued."""

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
from tinygrad_np.nn import recurrent

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)

FUNCTIONS = {"rnn": nn.rnn, "lstm": nn.lstm, "gru": nn.gru}
BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
STATES = {"rnn": 1, "lstm": 2, "gru": 1}
EACH = pytest.mark.parametrize("name", FUNCTIONS)


def arrays_of(
    name: str, rng: np.random.Generator, batch: int, length: int, features: int, units: int
) -> dict[str, np.ndarray]:
    """Every array that a function takes, its state in parts."""
    wide = BLOCKS[name] * units
    shapes = {
        "x": (batch, length, features), "weights": (features, wide),
        "recurrent_weights": (units, wide), "bias": (wide,),
    }  # fmt: skip
    if name == "gru":
        shapes["recurrent_bias"] = (wide,)
    shapes |= dict.fromkeys(("h", "c")[: STATES[name]], (batch, units))
    return {key: rng.uniform(-1, 1, shape) for key, shape in shapes.items()}


@st.composite
def sequences(draw: Any, name: str, least: int = 0) -> Call:
    """Sequences and weights, with or without a bias, an initial state and a mask."""
    rng = np.random.default_rng(draw(seeds))
    batch, length = draw(st.integers(least, 3)), draw(st.integers(least, 4))
    arrays = arrays_of(name, rng, batch, length, draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    for group in (("bias",), ("recurrent_bias",), ("h", "c")):
        if draw(st.booleans()):
            for key in group:
                arrays.pop(key, None)
    settings: dict[str, Any] = {"names": tuple(arrays)}
    if draw(st.booleans()):
        settings["mask"] = rng.random((batch, length)) < 0.6
    if draw(st.booleans()):
        settings["reverse"] = True
    return Call(tuple(arrays.values()), settings)


def call(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    """Call by keyword; return the outputs and the states in one list."""
    keywords: dict[str, Any] = dict(zip(settings["names"], arrays, strict=True))
    if "c" in keywords:
        keywords["initial_state"] = keywords.pop("h"), keywords.pop("c")
    elif "h" in keywords:
        keywords["initial_state"] = keywords.pop("h")
    rest = {key: value for key, value in settings.items() if key != "names"}
    outputs, state = function(**keywords, **rest)
    return [outputs, *(state if isinstance(state, tuple) else [state])]


CASES = op_cases.by_function(
    *[
        # Transposed arrays are multiplied, and added up, in another order.
        Case(function, sequences(name), call, ulps=32)
        for name, function in FUNCTIONS.items()
    ]
)


def test_every_function_has_inputs() -> None:
    assert {getattr(recurrent, name) for name in FUNCTIONS} == set(CASES)
    assert len(op_cases.ops_of(recurrent)) == 3


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
@few
@hypothesis.given(data=st.data())
def test_the_loops_compute_what_single_operations_do(case: Case, data: st.DataObject) -> None:
    """Values, and the gradients by every argument, of a weighted sum of all outputs."""
    drawn = case.draw(data, np.float64)
    op = recurrent.OPS[case.name]
    fun = case.bind(drawn.settings)
    rng = np.random.default_rng(data.draw(seeds))

    def loss(*arrays: Any) -> Any:
        return sum([(out * g).sum() for out, g in zip(fun(*arrays), cotangents, strict=True)])

    cotangents = [rng.standard_normal(out.shape) for out in fun(*drawn.arrays)]
    argnums = tuple(range(len(drawn.arrays)))
    fast = tg.value_and_grad(loss, argnums)(*drawn.arrays)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(op, "forward", lambda *args: (recurrent.unrolled(op.cell, *args), None))
        slow = tg.value_and_grad(loss, argnums)(*drawn.arrays)
    np.testing.assert_allclose(fast[0], slow[0], rtol=1e-12, atol=1e-12)
    for one, other in zip(fast[1], slow[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


# PyTorch


def of_torch(name: str, arrays: dict[str, np.ndarray], dtype: Any) -> Any:
    """PyTorch's module with the same parameters, and the names that its gradients have here."""
    import torch

    features, units = arrays["weights"].shape[0], arrays["recurrent_weights"].shape[0]
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[name]
    module = kind(features, units, batch_first=True, dtype=getattr(torch, np.dtype(dtype).name))
    other_bias = arrays.get("recurrent_bias", np.zeros_like(arrays["bias"]))
    with torch.no_grad():
        for parameter, value in (
            (module.weight_ih_l0, arrays["weights"].T),
            (module.weight_hh_l0, arrays["recurrent_weights"].T),
            (module.bias_ih_l0, arrays["bias"]),
            (module.bias_hh_l0, other_bias),
        ):
            parameter.copy_(torch.tensor(np.ascontiguousarray(value)))
    return module


@EACH
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
@pytest.mark.parametrize("sizes", [(3, 7, 4, 5), (1, 1, 1, 1), (8, 30, 6, 16)])
def test_agrees_with_pytorch(name: str, dtype: Any, tolerance: float, sizes: Any) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = {key: a.astype(dtype) for key, a in arrays_of(name, rng, *sizes).items()}
    # Of the size that weights have, lest float32 be told by how numbers add up.
    arrays |= {k: arrays[k] / np.sqrt(sizes[3]).astype(dtype) for k in arrays if "weights" in k}
    module = of_torch(name, arrays, dtype)
    states = ["h", "c"][: STATES[name]]
    inputs = [torch.tensor(arrays[k], requires_grad=True) for k in ("x", *states)]
    x, *initial = inputs
    theirs, state = module(
        x, tuple(s[None] for s in initial) if len(initial) > 1 else initial[0][None]
    )
    theirs_flat = [theirs, *[s[0] for s in (state if isinstance(state, tuple) else (state,))]]
    cotangents = [rng.standard_normal(tuple(out.shape)).astype(dtype) for out in theirs_flat]
    torch.autograd.backward(theirs_flat, [torch.tensor(g) for g in cotangents])

    names = tuple(arrays)
    out, pullback = tg.vjp(lambda *a: call(FUNCTIONS[name], a, {"names": names}), *arrays.values())
    for mine, other in zip(out, theirs_flat, strict=True):
        np.testing.assert_allclose(mine, other.detach(), rtol=tolerance, atol=tolerance)
    gradients = dict(zip(names, pullback(cotangents), strict=True))
    expected = {
        "weights": module.weight_ih_l0.grad.T, "recurrent_weights": module.weight_hh_l0.grad.T,
        "bias": module.bias_ih_l0.grad, "recurrent_bias": module.bias_hh_l0.grad,
        **{k: t.grad for k, t in zip(("x", *states), inputs, strict=True)},
    }  # fmt: skip
    for key, gradient in gradients.items():
        scale = max(1.0, np.abs(gradient).max())
        assert np.abs(gradient - expected[key].numpy()).max() <= tolerance * scale, key


@EACH
def test_sequences_of_different_lengths_agree_with_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    arrays = arrays_of(name, rng, 4, 6, 3, 2)
    lengths = np.array([6, 4, 3, 1])
    module = of_torch(name, arrays, np.float64)
    x = torch.tensor(arrays["x"], requires_grad=True)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True)
    theirs, state = module(packed)
    theirs, _ = torch.nn.utils.rnn.pad_packed_sequence(theirs, batch_first=True)
    last = (state[0] if isinstance(state, tuple) else state)[0]
    g, g_last = rng.standard_normal((4, 6, 2)), rng.standard_normal((4, 2))
    mask = np.arange(6) < lengths[:, None]
    (
        (theirs * torch.tensor(g * mask[..., None])).sum() + (last * torch.tensor(g_last)).sum()
    ).backward()

    weights = [arrays[k] for k in arrays if k not in ("h", "c", "x")]

    def loss(x: Any) -> Any:
        outputs, state = FUNCTIONS[name](x, *weights, mask=mask)
        return (outputs * g * mask[..., None]).sum() + (tg.tree.leaves(state)[0] * g_last).sum()

    x_with_garbage = np.where(mask[..., None], arrays["x"], np.nan)
    gradient = tg.grad(loss)(x_with_garbage)
    np.testing.assert_allclose(gradient, x.grad.numpy(), rtol=1e-10, atol=1e-12)


# What it means


@EACH
@pytest.mark.parametrize("masked", [False, True])
def test_read_in_two_parts(name: str, masked: bool) -> None:
    rng = np.random.default_rng(2)
    arrays = arrays_of(name, rng, 3, 7, 2, 4)
    weights = [arrays[k] for k in arrays if k not in ("h", "c", "x")]
    mask = rng.random((3, 7)) < 0.5 if masked else None
    x, function = arrays["x"], FUNCTIONS[name]
    whole, state = function(x, *weights, mask=mask)
    start, middle = function(x[:, :3], *weights, mask=None if mask is None else mask[:, :3])
    rest, end = function(
        x[:, 3:], *weights, initial_state=middle, mask=None if mask is None else mask[:, 3:]
    )
    np.testing.assert_allclose(np.concatenate([start, rest], axis=1), whole, rtol=1e-12)
    for one, other in zip(tg.tree.leaves(state), tg.tree.leaves(end), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@EACH
def test_the_final_state_is_the_last_output(name: str) -> None:
    arrays = arrays_of(name, np.random.default_rng(3), 3, 5, 2, 4)
    weights = [arrays[k] for k in ("weights", "recurrent_weights")]
    for reverse, last in ((False, -1), (True, 0)):
        outputs, state = FUNCTIONS[name](arrays["x"], *weights, reverse=reverse)
        h = tg.tree.leaves(state)[0]
        np.testing.assert_array_equal(h, outputs[:, last])
        assert not np.shares_memory(h, outputs)


@EACH
def test_reversed(name: str) -> None:
    arrays = arrays_of(name, np.random.default_rng(4), 3, 5, 2, 4)
    weights = [arrays[k] for k in ("weights", "recurrent_weights")]
    mask = np.array([[True] * 5, [True] * 3 + [False] * 2, [False] * 5])
    outputs, state = FUNCTIONS[name](arrays["x"], *weights, mask=mask, reverse=True)
    mirrored, same = FUNCTIONS[name](arrays["x"][:, ::-1], *weights, mask=mask[:, ::-1])
    np.testing.assert_array_equal(outputs, mirrored[:, ::-1])
    np.testing.assert_array_equal(tg.tree.leaves(state)[0], tg.tree.leaves(same)[0])
    # Padding, which comes first, is as good as absent.
    alone, _ = FUNCTIONS[name](arrays["x"][1:2, :3], *weights, reverse=True)
    np.testing.assert_allclose(outputs[1:2, :3], alone, rtol=1e-12)


@EACH
def test_padding_makes_no_difference_whatever_it_is(name: str) -> None:
    arrays = arrays_of(name, np.random.default_rng(5), 3, 5, 2, 4)
    mask = np.array([[True] * 5, [True, False, True, True, False], [False] * 5])
    keys = tuple(arrays)

    def run(x: Any) -> Any:
        def loss(*a: Any) -> Any:
            out = call(FUNCTIONS[name], a, {"names": keys, "mask": mask})
            return sum([(o * o).sum() for o in out])

        return tg.value_and_grad(loss, tuple(range(len(keys))))(*(arrays | {"x": x}).values())

    clean = run(np.where(mask[..., None], arrays["x"], 0.0))
    for garbage in (1e300, np.nan, np.inf):
        padded = run(np.where(mask[..., None], arrays["x"], garbage))
        for one, other in zip(tg.tree.leaves(padded), tg.tree.leaves(clean), strict=True):
            np.testing.assert_array_equal(one, other)
    by_x = clean[1][0]
    assert (by_x[~mask] == 0).all()
    assert (by_x[mask] != 0).all()


@EACH
def test_nothing_to_read(name: str) -> None:
    """No steps, none that is real, no sequences: the state stays what it was."""
    arrays = arrays_of(name, np.random.default_rng(6), 3, 4, 2, 5)
    weights = [arrays[k] for k in ("weights", "recurrent_weights")]
    state = tuple(arrays[k] for k in ("h", "c")[: STATES[name]])
    initial = state if len(state) > 1 else state[0]
    function = FUNCTIONS[name]
    for x, mask in ((arrays["x"][:, :0], None), (arrays["x"], np.zeros((3, 4), bool))):
        outputs, final = function(x, *weights, initial_state=initial, mask=mask)
        assert outputs.shape == (3, x.shape[1], 5)
        for one, other in zip(tg.tree.leaves(final), state, strict=True):
            np.testing.assert_array_equal(one, other)
        _, zeros = function(x, *weights, mask=mask)
        assert not any(leaf.any() for leaf in tg.tree.leaves(zeros))
        gradient = tg.grad(lambda w, x=x, m=mask: function(x, w, weights[1], mask=m)[0].sum())
        assert not gradient(weights[0]).any()
    outputs, final = function(arrays["x"][:0], *weights)
    assert outputs.shape == (0, 4, 5)
    assert tg.tree.leaves(final)[0].shape == (0, 5)


@EACH
@pytest.mark.parametrize("size", [1e3, 1e30])
def test_large_inputs_saturate(name: str, size: float) -> None:
    arrays = arrays_of(name, np.random.default_rng(7), 2, 3, 2, 4)
    weights = [arrays[k] for k in ("weights", "recurrent_weights")]
    function = FUNCTIONS[name]
    value, gradient = tg.value_and_grad(
        lambda w: function(size * arrays["x"], w, weights[1])[0].sum()
    )(weights[0])
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@EACH
def test_second_derivatives_of_longer_sequences(name: str) -> None:
    arrays = arrays_of(name, np.random.default_rng(8), 2, 6, 2, 3)
    rest = [arrays[k] for k in ("weights", "recurrent_weights", "bias")]

    def loss(*weights: Any) -> Any:
        outputs, _ = FUNCTIONS[name](arrays["x"], *weights)
        return (outputs**2).sum()

    tg.testing.check_grads(loss, rest)
    direction = [np.ones_like(a) for a in rest]
    argnums = (0, 1, 2)
    forward_over_reverse = tg.jvp(tg.grad(loss, argnums), tuple(rest), tuple(direction))[1]

    def slope(*weights: Any) -> Any:
        gradients = tg.grad(loss, argnums)(*weights)
        return sum([(g * d).sum() for g, d in zip(gradients, direction, strict=True)])

    for one, other in zip(forward_over_reverse, tg.grad(slope, argnums)(*rest), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@EACH
def test_gradients_of_every_example(name: str) -> None:
    arrays = arrays_of(name, np.random.default_rng(9), 4, 3, 2, 3)
    w, u = arrays["weights"], arrays["recurrent_weights"]

    def loss(w: Any, x: Any) -> Any:
        return (FUNCTIONS[name](x[None], w, u)[0] ** 2).sum()

    found = tg.vmap(tg.grad(loss), (None, 0))(w, arrays["x"])
    expected = [tg.grad(loss)(w, x) for x in arrays["x"]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@EACH
def test_a_pullback_can_be_called_again(name: str) -> None:
    arrays = arrays_of(name, np.random.default_rng(10), 2, 3, 2, 3)
    _, pullback = tg.vjp(
        lambda w: FUNCTIONS[name](arrays["x"], w, arrays["recurrent_weights"])[0],
        arrays["weights"],
    )
    g = np.ones((2, 3, 3))
    np.testing.assert_array_equal(pullback(g)[0], pullback(g)[0])
    np.testing.assert_allclose(pullback(2 * g)[0], 2 * pullback(g)[0], rtol=1e-12)


# What is refused


@EACH
def test_layouts_that_do_not_fit(name: str) -> None:
    rng = np.random.default_rng(11)
    arrays = arrays_of(name, rng, 3, 5, 2, 4)
    weights = [arrays[k] for k in ("weights", "recurrent_weights")]
    function, x = FUNCTIONS[name], arrays["x"]
    h = tuple(np.zeros((3, 4)) for _ in range(STATES[name]))
    initial = h if len(h) > 1 else h[0]
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (x.swapaxes(1, 2), {}, r"np.swapaxes\(x, 1, 2\)"),
        (x[0], {}, r"one sequence, not a batch, write x\[np.newaxis\]"),
        (x[..., 0], {}, r"expected \(batch, length, 2\)$"),
        (x.swapaxes(0, 1), {"initial_state": initial}, r"steps first: np.swapaxes\(x, 0, 1\)"),
        (x.swapaxes(0, 1), {"mask": np.ones((3, 5), bool)}, r"steps first: np.swapaxes\(x, 0, 1\)"),
        (x, {"mask": np.ones((3, 4), bool)}, r"the mask has shape \(3, 4\) .* \(batch, length\)$"),
        (x, {"initial_state": (h[0][0],) * 2 if len(h) > 1 else h[0][0]}, "initial_state has"),
    ]
    for wrong, keywords, message in cases:
        with pytest.raises(ValueError, match=f"^{name}: .*{message}"):
            function(wrong, *weights, **keywords)
    one = [np.ones((1, weights[0].shape[1])), weights[1]]
    with pytest.raises(ValueError, match=r"each step is one number, write x\[\.\.\., np.newaxis\]"):
        function(x[..., 0], *one)


@EACH
def test_weights_that_do_not_fit(name: str) -> None:
    arrays = arrays_of(name, np.random.default_rng(12), 3, 5, 2, 4)
    w, u, b = (arrays[k] for k in ("weights", "recurrent_weights", "bias"))
    function, x = FUNCTIONS[name], arrays["x"]
    for wrong in ((w[:, :-1], u), (w, u[:-1]), (w, u[:, :-1]), (w[0], u), (w[:0], u), (w.T, u)):
        with pytest.raises(ValueError, match=f"^{name}: weights have .* recurrent_weights .* expe"):
            function(x, *wrong)
    with pytest.raises(ValueError, match=f"^{name}: bias has shape"):
        function(x, w, u, b[:-1])
    with pytest.raises(TypeError, match=f"^{name}: the mask is of dtype int64"):
        function(x, w, u, mask=np.ones((3, 5), np.int64))
    with pytest.raises(TypeError, match=f"^{name}: x: expected real numbers"):
        function(x + 0j, w, u)
    integers = np.arange(30).reshape(3, 5, 2)
    assert function(integers, w.astype(np.float32), u.astype(np.float32))[0].dtype == np.float32


def test_an_lstm_has_two_states() -> None:
    arrays = arrays_of("lstm", np.random.default_rng(13), 3, 5, 2, 4)
    w, u = arrays["weights"], arrays["recurrent_weights"]
    with pytest.raises(TypeError, match=r"lstm: initial_state is a pair \(h, c\)"):
        nn.lstm(arrays["x"], w, u, initial_state=np.zeros((3, 4)))


# Layers

LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def parameters_of(layer: Any) -> list[np.ndarray]:
    return [getattr(layer, name) for name in ("weights", "recurrent_weights", *layer.biases)]


@EACH
@pytest.mark.parametrize("reverse", [False, True])
def test_a_layer_calls_its_function(name: str, reverse: bool) -> None:
    rng = np.random.default_rng(0)
    layer = LAYERS[name](3, 5, rng=rng, reverse=reverse, dtype=np.float64)
    x, mask = rng.standard_normal((4, 6, 3)), rng.random((4, 6)) < 0.5
    outputs, state = FUNCTIONS[name](x, *parameters_of(layer), mask=mask, reverse=reverse)
    last = tg.tree.leaves(state)[0]
    np.testing.assert_array_equal(layer(x, mask=mask), last)
    np.testing.assert_array_equal(layer(x, mask=mask, training=True), last)
    layer.return_sequences = True
    np.testing.assert_array_equal(layer(x, mask=mask), outputs)
    ran, same = layer.run(x, initial_state=state)
    other, _ = FUNCTIONS[name](x, *parameters_of(layer), initial_state=state, reverse=reverse)
    np.testing.assert_array_equal(ran, other)
    assert len(tg.tree.leaves(same)) == STATES[name]


@EACH
def test_how_a_layer_begins(name: str) -> None:
    layer = LAYERS[name](30, 20, rng=np.random.default_rng(0))
    blocks = BLOCKS[name]
    assert layer.weights.shape == (30, 20 * blocks)
    for block in np.split(layer.weights, blocks, axis=1):
        assert abs(block.std() / np.sqrt(2 / 50) - 1) < 0.1
    for block in np.split(layer.recurrent_weights, blocks, axis=1):
        np.testing.assert_allclose(block.T @ block, np.eye(20), atol=1e-5)
    expected = np.zeros(20 * blocks)
    if name == "lstm":
        expected[20:40] = 1
    np.testing.assert_array_equal(layer.bias, expected)
    assert {leaf.dtype for leaf in tg.tree.leaves(layer)} == {np.dtype(np.float32)}
    assert tg.tree.paths(layer) == ["weights", "recurrent_weights", *layer.biases]
    assert len(tg.tree.leaves(LAYERS[name](3, 5, bias=False))) == 2


@EACH
def test_a_layer_finds_its_size(name: str) -> None:
    known = LAYERS[name](3, 5, rng=np.random.default_rng(0))
    found = LAYERS[name](5, rng=np.random.default_rng(0))
    assert repr(found) == f"{name.upper()}(5)"
    found(np.zeros((2, 4, 3)))
    assert repr(found) == repr(known) == f"{name.upper()}(3, 5)"
    for one, other in zip(tg.tree.leaves(found), tg.tree.leaves(known), strict=True):
        np.testing.assert_array_equal(one, other)
    described = repr(LAYERS[name](3, 5, return_sequences=True, reverse=True, bias=False))
    assert described == f"{name.upper()}(3, 5, return_sequences=True, reverse=True, bias=False)"


@EACH
def test_a_network_of_layers_that_read(name: str, tmp_path: Any) -> None:
    rng = np.random.default_rng(0)
    layers = [LAYERS[name](4, rng=rng, return_sequences=True), LAYERS[name](3, rng=rng)]
    network = nn.NeuralNetwork([*layers, nn.Dense(2, rng=rng)])
    x = rng.standard_normal((5, 6, 2))
    out = network(x)
    assert out.shape == (5, 2)
    network.save(tmp_path / "network.npz")
    other = nn.NeuralNetwork(
        [LAYERS[name](2, 4, return_sequences=True), LAYERS[name](4, 3), nn.Dense(3, 2)]
    )
    other.load(tmp_path / "network.npz")
    np.testing.assert_array_equal(other(x), out)
    network.forward(x)
    assert network.backward(np.ones((5, 2))).shape == x.shape
    assert all(np.abs(leaf).max() > 0 for leaf in tg.tree.leaves(network.grads))


@EACH
def test_a_layer_learns_to_remember(name: str) -> None:
    """Which of two signals came first, twelve steps ago."""
    from tinygrad_np import optim

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 64)
    x = 0.1 * rng.standard_normal((64, 12, 2)).astype(np.float32)
    x[np.arange(64), 0, labels] += 1
    network = nn.NeuralNetwork([LAYERS[name](2, 8, rng=rng), nn.Dense(8, 2, rng=rng)])
    optimizer = optim.Adam(0.02)
    loss = tg.value_and_grad(lambda network: nn.softmax_crossentropy(labels, network(x)))
    for _ in range(100):
        value, gradients = loss(network)
        optimizer.step(network, gradients)
    assert value < 0.1


def test_bidirectional() -> None:
    rng = np.random.default_rng(0)
    onward, back = nn.GRU(3, 5, rng=rng), nn.LSTM(3, 4, rng=rng, reverse=True)
    layer = nn.Bidirectional(onward, back)
    x, mask = rng.standard_normal((2, 6, 3)), np.arange(6) < np.array([[6], [2]])
    np.testing.assert_array_equal(layer(x)[:, :5], onward(x))
    np.testing.assert_allclose(layer(x, mask=mask)[1:, 5:], back(x[1:, :2]), rtol=1e-12)
    assert repr(layer) == "Bidirectional(GRU(3, 5), LSTM(3, 4, reverse=True))"
    assert tg.tree.paths(layer)[0] == "onward.weights"
    onward.return_sequences = back.return_sequences = True
    assert layer(x).shape == (2, 6, 9)
    with pytest.raises(ValueError, match=r"only the second one is made with reverse=True"):
        nn.Bidirectional(back, onward)
    with pytest.raises(ValueError, match="only the second one is made with reverse=True"):
        nn.Bidirectional(onward, nn.GRU(3, 5))
    with pytest.raises(ValueError, match="one of the layers returns sequences"):
        nn.Bidirectional(onward, nn.GRU(3, 5, reverse=True))
    with pytest.raises(TypeError, match="is not an RNN, LSTM or GRU"):
        nn.Bidirectional(onward, nn.Dense(3, 5))  # type: ignore[arg-type]


@EACH
def test_layers_that_cannot_be(name: str) -> None:
    kind = LAYERS[name]
    for sizes in ((0,), (3, 0), (3, -1), (2.5,), (True,), ("3",)):
        with pytest.raises(
            ValueError, match=rf"{kind.__name__}: .* is .*; expected a positive int"
        ):
            kind(*sizes)
    with pytest.raises(ValueError, match=f"{kind.__name__}: units is None"):
        kind()
    with pytest.raises(ValueError, match=f"{kind.__name__}: dtype int64 cannot be trained"):
        kind(3, 5, dtype=np.int64)
    with pytest.raises(
        ValueError, match=rf"{name}: x has shape \(2, 4\); expected \(batch, length"
    ):
        kind(3, 5)(np.zeros((2, 4)))
