"""Layers of all kinds: what each computes, its parameters, how it looks, and what it refuses."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import nn, optim, train
from tinygrad_np.nn import (
    activation_layers,
    image_layers,
    initializers,
    layers,
    normalization_layers,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def numbers(*shape: int) -> np.ndarray:
    return rng().standard_normal(shape)


KERNEL = {"rng": rng(), "dtype": float}
IMAGES, SEQUENCES, ROWS = numbers(2, 6, 5, 4), numbers(2, 6, 4), numbers(3, 4)

# A layer, the input that it is tried with, and what it computes.
LAYERS: list[tuple[nn.Layer, np.ndarray, Callable[[Any, Any], Any]]] = [
    (nn.Dense(4, 3, **KERNEL), ROWS, lambda layer, x: nn.dense(x, layer.weights, layer.bias)),
    (nn.Conv2D(4, 6, 3, stride=2, padding="same", groups=2, **KERNEL), IMAGES,
     lambda layer, x: nn.conv2d(x, layer.kernel, layer.bias, 2, "same", 1, 2)),
    (nn.Conv2D(4, 3, (2, 3), dilation=(2, 1), bias=False, **KERNEL), IMAGES,
     lambda layer, x: nn.conv2d(x, layer.kernel, dilation=(2, 1))),
    (nn.Conv1D(4, 3, 2, padding=(1, 0), **KERNEL), SEQUENCES,
     lambda layer, x: nn.conv1d(x, layer.kernel, layer.bias, padding=(1, 0))),
    (nn.ConvTranspose2D(4, 2, 3, stride=2, padding=1, **KERNEL), IMAGES,
     lambda layer, x: nn.conv_transpose2d(x, layer.kernel, layer.bias, 2, 1)),
    (nn.MaxPool2D(3, 2, "same"), IMAGES, lambda layer, x: nn.max_pool2d(x, 3, 2, "same")),
    (nn.AvgPool2D((2, 1)), IMAGES, lambda layer, x: nn.avg_pool2d(x, (2, 1))),
    (nn.GlobalMaxPool2D(), IMAGES, lambda layer, x: nn.global_max_pool2d(x)),
    (nn.GlobalAvgPool2D(), IMAGES, lambda layer, x: nn.global_avg_pool2d(x)),
    (nn.LayerNorm(4, eps=0.1, dtype=float), SEQUENCES,
     lambda layer, x: nn.layer_norm(x, layer.scale, layer.offset, 0.1)),
    (nn.RMSNorm(4, eps=0.1, dtype=float), SEQUENCES,
     lambda layer, x: nn.rms_norm(x, layer.scale, 0.1)),
    (nn.GroupNorm(2, 4, eps=0.1, dtype=float), IMAGES,
     lambda layer, x: nn.group_norm(x, 2, layer.scale, layer.offset, 0.1)),
    (nn.BatchNorm(4, eps=0.1, dtype=float), IMAGES,
     lambda layer, x: nn.batch_norm(
         x, layer.scale, layer.offset, layer.mean, layer.variance, 0.1)),
    (nn.Embedding(7, 3, **KERNEL), rng().integers(0, 7, (2, 5)),
     lambda layer, x: nn.embedding(layer.table, x)),
    (nn.Dropout(0.5, rng()), ROWS, lambda layer, x: x),
    (nn.Flatten(), IMAGES, lambda layer, x: x.reshape(2, 120)),
    (nn.Reshape((5, -1, 3)), IMAGES, lambda layer, x: x.reshape(2, 5, 8, 3)),
    (nn.Residual(nn.Dense(4, 4, **KERNEL)), ROWS,
     lambda layer, x: x + nn.dense(x, layer.inner.weights, layer.inner.bias)),
    (nn.Lambda(np.sin), ROWS, lambda layer, x: np.sin(x)),
    (nn.Tanh(), ROWS, lambda layer, x: np.tanh(x)),
    (nn.LeakyReLU(0.3), ROWS, lambda layer, x: nn.leaky_relu(x, 0.3)),
    (nn.ELU(0.5), ROWS, lambda layer, x: nn.elu(x, 0.5)),
    (nn.SELU(), ROWS, lambda layer, x: nn.selu(x)),
    (nn.GELU(), ROWS, lambda layer, x: nn.gelu(x)),
    (nn.GELU(approximate=True), ROWS, lambda layer, x: nn.gelu(x, approximate=True)),
    (nn.SiLU(), ROWS, lambda layer, x: nn.silu(x)),
    (nn.Mish(), ROWS, lambda layer, x: nn.mish(x)),
    (nn.Softplus(), ROWS, lambda layer, x: nn.softplus(x)),
    (nn.HardSigmoid(), ROWS, lambda layer, x: nn.hard_sigmoid(x)),
    (nn.LogSoftmax(axis=0), ROWS, lambda layer, x: nn.log_softmax(x, axis=0)),
]  # fmt: skip
EACH = pytest.mark.parametrize(
    ("layer", "x", "function"), LAYERS, ids=[repr(layer) for layer, *_ in LAYERS]
)


@EACH
def test_a_layer_is_its_function_of_its_parameters(layer: Any, x: Any, function: Any) -> None:
    np.testing.assert_array_equal(layer(x), function(layer, x))
    assert type(layer(x)) is np.ndarray
    np.testing.assert_array_equal(nn.NeuralNetwork([layer])(x), layer(x))


@EACH
def test_gradients_reach_the_parameters_and_the_input(layer: Any, x: Any, function: Any) -> None:
    if x.dtype.kind == "f":
        tg.testing.check_grads(lambda layer, x: layer(x), (layer, x), order=1)
    else:
        tg.testing.check_grads(lambda layer: layer(x), (layer,), order=1)
    out = layer.forward(x)
    layer.backward(np.ones_like(out))
    assert tg.tree.paths(layer.grads) == tg.tree.paths(layer)


@EACH
def test_copies_and_pickles_compute_the_same(layer: Any, x: Any, function: Any) -> None:
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        expected = copy.deepcopy(layer)(x, training=True)
        np.testing.assert_array_equal(other(x, training=True), expected)
        assert repr(other) == repr(layer)


@EACH
def test_float32_stays(layer: Any, x: Any, function: Any) -> None:
    single = tg.tree.map(lambda leaf: leaf.astype(np.float32), layer)
    x = x.astype(np.float32) if x.dtype.kind == "f" else x
    for training in (False, True):
        assert single(x, training=training).dtype == np.float32


def test_every_layer_is_tried() -> None:
    modules = activation_layers, image_layers, layers, normalization_layers
    kinds = {getattr(module, name) for module in modules for name in module.__all__}
    elsewhere = {nn.Activation, nn.ReLU, nn.Sigmoid, nn.Softmax}
    assert kinds - elsewhere == {type(layer) for layer, *_ in LAYERS}


# How they look


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.Conv2D(4, 6, 3), "Conv2D(4, 6, 3)"),
        (nn.Conv2D(4, 6, (3, 5)), "Conv2D(4, 6, (3, 5))"),
        (nn.Conv2D(4, 6, 3, stride=2, padding="same", dilation=2, groups=2, bias=False),
         "Conv2D(4, 6, 3, stride=2, padding='same', dilation=2, groups=2, bias=False)"),
        (nn.Conv2D(6, 3), "Conv2D(6, 3)"),
        (nn.Conv1D(4, 6, 3, padding=(2, 0)), "Conv1D(4, 6, 3, padding=(2, 0))"),
        (nn.ConvTranspose2D(4, 6, 3, stride=2), "ConvTranspose2D(4, 6, 3, stride=2)"),
        (nn.MaxPool2D(), "MaxPool2D(2)"),
        (nn.AvgPool2D(3, stride=2, padding=1), "AvgPool2D(3, stride=2, padding=1)"),
        (nn.GlobalAvgPool2D(), "GlobalAvgPool2D()"),
        (nn.BatchNorm(4), "BatchNorm(4)"),
        (nn.BatchNorm(), "BatchNorm()"),
        (nn.GroupNorm(2, 4), "GroupNorm(2, 4)"),
        (nn.GroupNorm(2), "GroupNorm(2)"),
        (nn.Dense(5), "Dense(5)"),
        (nn.Dense(5, bias=False), "Dense(5, bias=False)"),
        (nn.Embedding(10, 4), "Embedding(10, 4)"),
        (nn.Dropout(0.5), "Dropout(0.5)"),
        (nn.Reshape((2, -1)), "Reshape((2, -1))"),
        (nn.Residual(nn.ReLU()), "Residual(ReLU())"),
        (nn.Residual([nn.ReLU()], np.tanh),
         "Residual(NeuralNetwork([ReLU()]), shortcut=Lambda(tanh))"),
        (nn.LeakyReLU(), "LeakyReLU()"),
        (nn.LeakyReLU(0.2), "LeakyReLU(slope=0.2)"),
        (nn.ELU(2), "ELU(alpha=2.0)"),
        (nn.GELU(approximate=True), "GELU(approximate=True)"),
        (nn.LogSoftmax(), "LogSoftmax()"),
    ],
)  # fmt: skip
def test_repr(layer: nn.Layer, expected: str) -> None:
    assert repr(layer) == expected


def test_parameters_come_in_order_and_begin_as_they_should() -> None:
    layer = nn.Conv2D(4, 6, 3, groups=2, rng=rng(), initializer=initializers.he_normal)
    assert tg.tree.paths(layer) == ["kernel", "bias"]
    np.testing.assert_array_equal(layer.kernel, initializers.he_normal(rng(), (3, 3, 2, 6)))
    np.testing.assert_array_equal(layer.bias, np.zeros(6, np.float32))
    assert tg.tree.paths(nn.Conv1D(4, 6, 3, bias=False)) == ["kernel"]
    assert nn.Conv1D(4, 6, 3).kernel.shape == (3, 4, 6)
    assert tg.tree.paths(nn.GroupNorm(2, 4)) == ["scale", "offset"]
    assert tg.tree.paths(nn.RMSNorm(4)) == ["scale"]
    table = nn.Embedding(2000, 50, rng=rng()).table
    assert abs(table.std() - 1) < 0.01
    assert table.dtype == np.float32


# Sizes that are found at the first input

UNSIZED: list[tuple[Callable[..., nn.Layer], tuple[int, ...], np.ndarray]] = [
    (nn.Dense, (3,), ROWS),
    (nn.Conv2D, (6, 3), IMAGES),
    (nn.Conv1D, (6, 3), SEQUENCES),
    (nn.ConvTranspose2D, (6, 3), IMAGES),
]


@pytest.mark.parametrize(("kind", "sizes", "x"), UNSIZED)
def test_a_size_that_is_left_out_is_found_at_the_first_input(
    kind: Any, sizes: Any, x: Any
) -> None:
    layer = kind(*sizes, rng=rng())
    sized = kind(4, *sizes, rng=rng())
    out = layer(x)
    np.testing.assert_array_equal(out, sized(x))
    assert repr(layer) == repr(sized)
    assert tg.tree.paths(layer) == tg.tree.paths(sized)
    assert vars(layer).keys() == vars(sized).keys()
    with pytest.raises(ValueError, match=r"shape \(.*7\)"):
        layer(np.ones((*x.shape[:-1], 7)))


def test_normalization_finds_its_size_too() -> None:
    for layer in (nn.BatchNorm(), nn.LayerNorm(), nn.RMSNorm(), nn.GroupNorm(2)):
        layer(IMAGES, training=True)
        assert layer.scale.shape == (4,)
        with pytest.raises(ValueError, match=r"scale has shape \(4,\)"):
            layer(IMAGES[..., :2])
    with pytest.raises(ValueError, match=r"GroupNorm: groups=3; .* number of channels, 4"):
        nn.GroupNorm(3)(IMAGES)


def network() -> nn.NeuralNetwork:
    return nn.NeuralNetwork([
        nn.Conv2D(5, 3, rng=rng(1)), nn.BatchNorm(), nn.ReLU(), nn.MaxPool2D(), nn.Flatten(),
        nn.Residual([nn.Dense(8, rng=rng(2)), nn.Tanh(), nn.Dense(10, rng=rng(3))]),
        nn.Dropout(0.2, rng(4)), nn.Dense(3, rng=rng(5)),
    ])  # fmt: skip


def loss(model: Any, x: Any, y: Any) -> Any:
    return nn.softmax_crossentropy(y, model(x, training=True))


DATA = numbers(12, 6, 4, 2).astype(np.float32), rng().integers(0, 3, 12)


def test_a_model_that_waits_for_input_says_so_where_its_parameters_are_needed(
    tmp_path: Any,
) -> None:
    model = network()
    message = r"Conv2D\(5, 3\) takes its sizes from the first input.*model\(x\[:1\]\)"
    for use in (
        lambda: tg.grad(loss)(model, *DATA),
        lambda: tg.tree.leaves(model),
        lambda: train.save(tmp_path / "model.npz", model),
        lambda: model.load(tmp_path / "model.npz"),
        lambda: optim.Adam().init(model),
    ):
        with pytest.raises(tg.errors.UnseenError, match=message):
            use()
    model(DATA[0][:1])
    assert repr(model.layers[0]) == "Conv2D(2, 5, 3)"
    assert repr(model.layers[-1]) == "Dense(10, 3)"
    assert len(tg.tree.leaves(tg.grad(loss)(model, *DATA))) == 10


def test_forward_and_fit_and_predict_show_a_model_its_first_input() -> None:
    expected = network()
    expected(DATA[0])
    for use in (
        lambda model: model.forward(DATA[0]),
        lambda model: model.predict(DATA[0]),
        lambda model: model.evaluate(*DATA, loss=nn.softmax_crossentropy),
        lambda model: model.fit(
            *DATA, loss=nn.softmax_crossentropy, epochs=1, optimizer=optim.SGD(1e-30),
            progress=False,
        ),
    ):
        model = network()
        use(model)
        for a, b in zip(tg.tree.leaves(model), tg.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-20)


def test_an_input_that_does_not_fit_sizes_nothing() -> None:
    model = nn.NeuralNetwork([nn.Dense(4), nn.Dense(5, 3)])
    for use in (model.forward, model.predict):
        with pytest.raises(ValueError, match=r"layer 1, Dense\(5, 3\)"):
            use(ROWS)
    assert repr(model.layers[0]) == "Dense(4)"
    with pytest.raises(ValueError, match=r"Dense\(4\): the input has shape \(\)"):
        model.layers[0](1.0)
    with pytest.raises(ValueError, match=r"Conv2D\(4, 3\): the input has shape \(6, 5, 4\)"):
        nn.Conv2D(4, 3)(IMAGES[0])
    with pytest.raises(ValueError, match=r"Conv1D: groups=2 does not divide 3 in_channels"):
        nn.Conv1D(4, 3, groups=2)(SEQUENCES[..., :3])


@pytest.mark.parametrize("shape", [(2, 1, 28, 28), (2, 3, 32, 32)])
@pytest.mark.parametrize("make", [nn.Conv2D, nn.ConvTranspose2D])
def test_images_whose_channels_come_first_size_no_convolution(shape: Any, make: Any) -> None:
    layer = make(8, 3, padding="same")
    with pytest.raises(ValueError, match=r"\(8, 3, padding='same'\): .* seem to come first: np"):
        layer(np.zeros(shape))
    assert layer(np.moveaxis(np.zeros(shape), 1, -1)).shape[-1] == 8
    assert make(shape[-1], 8, 3, padding="same")(np.zeros(shape)).shape[1] == shape[1]


def test_copies_of_a_layer_that_waits_go_their_own_way() -> None:
    layer = nn.Dense(3, rng=rng())
    others = [copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))]
    layer(ROWS)
    for other in others:
        assert repr(other) == "Dense(3)"
        other(SEQUENCES[..., :2])
        assert repr(other) == "Dense(2, 3)"


def test_summary_says_what_is_found_at_the_first_call(capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.NeuralNetwork([nn.Dense(8), nn.ReLU(), nn.Dense(3)])
    model.summary()
    *table, found, shape = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in table[1:]] == ["?", "0", "?", "?"]
    assert found == "Dense(8), Dense(3): the size of the input is found at the first call"
    assert shape.endswith("summary(input_shape=…)")
    model.summary(input_shape=5)
    *table, found = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in table[1:4]] == ["48", "0", "27"]
    assert "75" in table[-1]
    assert "Dense(5, 8)" in table[1]
    assert "Dense(8), Dense(3)" in found
    assert repr(model.layers[0]) == "Dense(8)", "the sizes of a summary do not stay"
    model(ROWS)
    model.summary()
    assert "found" not in capsys.readouterr().out


def test_summary_of_images_and_of_words(capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.NeuralNetwork([nn.Conv2D(1, 4, 3), nn.Flatten(), nn.Dense(16, 3)])
    model.summary()
    assert "?" in (shown := capsys.readouterr().out)
    assert "summary(input_shape=…)" in shown
    model.summary(input_shape=(4, 4, 1))
    assert "(batch, 2, 2, 4)" in capsys.readouterr().out
    words = nn.NeuralNetwork([nn.Embedding(10, 4), nn.Flatten(), nn.Dense(3)])
    words.summary(input_shape=6)
    assert "(batch, 6, 4)" in capsys.readouterr().out


# Running statistics


def batches(count: int) -> list[np.ndarray]:
    return [2 + 3 * rng(seed).standard_normal((4, 3, 3, 5)) for seed in range(count)]


def test_running_statistics_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    layer = nn.BatchNorm(5, momentum=0.3, eps=1e-3, dtype=float)
    theirs = torch.nn.BatchNorm2d(5, momentum=0.3, eps=1e-3, dtype=torch.float64)
    for x in batches(5):
        first = torch.tensor(x).movedim(-1, 1)
        out = layer(x, training=True)
        np.testing.assert_allclose(out, theirs(first).movedim(1, -1).detach(), atol=1e-10)
    np.testing.assert_allclose(layer.mean, theirs.running_mean, rtol=1e-12)
    np.testing.assert_allclose(layer.variance, theirs.running_var, rtol=1e-12)
    theirs.eval()
    np.testing.assert_allclose(layer(x), theirs(first).movedim(1, -1).detach(), atol=1e-10)


def test_statistics_are_no_parameters_and_change_in_place_only_in_training() -> None:
    layer = nn.BatchNorm(5)
    mean, variance = layer.mean, layer.variance
    assert tg.tree.paths(layer) == ["scale", "offset"]
    x = batches(1)[0]
    layer(x)
    tg.grad(lambda layer: layer(x).sum())(layer)
    np.testing.assert_array_equal(mean, np.zeros(5))
    grads = tg.grad(lambda layer: (layer(x, training=True) ** 3).sum())(layer)
    assert layer.mean is mean
    assert layer.variance is variance
    expected = 0.1 * x.mean(axis=(0, 1, 2))
    np.testing.assert_allclose(mean, expected, rtol=1e-6)
    assert mean.dtype == variance.dtype == np.float32
    optim.SGD(0.1).step(layer, grads)
    np.testing.assert_allclose(mean, expected, rtol=1e-6)
    moved, _ = optim.SGD(0.1).update(grads, optim.SGD(0.1).init(layer), layer)
    assert moved.mean is mean


def test_structures_are_equal_whatever_the_buffers_and_generators_hold() -> None:
    for kind in (lambda: nn.BatchNorm(5), lambda: nn.Dropout(0.5)):
        one, other = kind(), kind()
        one(batches(1)[0], training=True)
        assert tg.tree.flatten(one)[1] == tg.tree.flatten(other)[1]
        assert hash(tg.tree.flatten(one)[1]) == hash(tg.tree.flatten(other)[1])
        tg.tree.map(np.add, one, other)
    with pytest.raises(tg.TreeError):
        tg.tree.map(np.add, nn.BatchNorm(5), nn.BatchNorm(4))
    assert tg.tree.flatten(nn.Dropout(0.5))[1] != tg.tree.flatten(nn.Dropout(0.4))[1]


def test_training_gradients_go_through_the_statistics_of_the_batch() -> None:
    layer = nn.BatchNorm(5, dtype=float)
    x = batches(1)[0]
    gradient = tg.grad(lambda x: (layer(x, training=True) ** 3).sum())(x)
    expected = tg.grad(lambda x: (nn.batch_norm(x, layer.scale, layer.offset) ** 3).sum())(x)
    np.testing.assert_array_equal(gradient, expected)


def test_batch_norm_says_what_it_cannot_do() -> None:
    layer = nn.BatchNorm(3, dtype=float)
    before = layer.mean.copy()
    with pytest.raises(ValueError, match="there is no variance"):
        layer(np.ones((1, 3)), training=True)
    with pytest.raises(tg.GradientError, match=r"BatchNorm: inside tg\.vmap"):
        tg.vmap(lambda x: layer(x, training=True))(numbers(2, 4, 3))
    np.testing.assert_array_equal(layer.mean, before)
    x = numbers(2, 4, 3)
    np.testing.assert_allclose(tg.vmap(layer)(x), layer(x), rtol=1e-12)
    for momentum in (-0.1, 2, np.nan):
        with pytest.raises(ValueError, match=r"BatchNorm: momentum=.*; expected a number from 0"):
            nn.BatchNorm(3, momentum=momentum)


def test_the_buffers_of_a_layer_of_ones_own() -> None:
    class Counter(nn.Layer):
        buffers = ("calls",)

        def __init__(self) -> None:
            self.factor = np.ones(2)
            self.calls = np.zeros((), int)

        def __call__(self, x: Any, training: bool = False) -> Any:
            if training:
                self.calls += 1
            return x * self.factor

    layer = nn.NeuralNetwork([Counter()])
    assert tg.tree.paths(layer) == ["layers.0.factor"]
    for _ in range(3):
        tg.grad(lambda layer: layer(np.ones(2), training=True).sum())(layer)
    assert layer.layers[0].calls == 3


# What is drawn


def test_dropout_draws_in_training_from_its_own_generator() -> None:
    layer = nn.Dropout(0.5, rng(7))
    x = np.ones((20, 20))
    expected = nn.dropout(x, 0.5, rng(7))
    np.testing.assert_array_equal(layer(x, training=True), expected)
    assert layer(x) is x
    masks = [tg.grad(lambda x: layer(x, training=True).sum())(x) for _ in range(2)]
    assert np.any(masks[0] != masks[1])
    assert np.any(masks[0] != expected), "the generator moves on under a transform too"


# Saved and loaded with the model


def trained(model: nn.NeuralNetwork, steps: int) -> list[float]:
    optimizer = optim.SGD(0.05)
    values = []
    for _ in range(steps):
        value, gradients = tg.value_and_grad(loss)(model, *DATA)
        optimizer.step(model, gradients)
        values.append(float(value))
    return values


def sized(seed: int = 0) -> nn.NeuralNetwork:
    model = network()
    model(DATA[0])
    return tg.tree.map(lambda leaf: leaf + seed, model)


def test_a_model_that_is_loaded_goes_on_as_the_one_that_was_saved(tmp_path: Any) -> None:
    model = sized()
    trained(model, 3)
    model.save(tmp_path / "model.npz")
    expected = trained(model, 3)

    other = sized(1)
    held = other.layers[1].mean, other.layers[6].rng
    other.load(tmp_path / "model.npz")
    assert (other.layers[1].mean, other.layers[6].rng)[0] is held[0]
    assert other.layers[6].rng is held[1]
    assert trained(other, 3) == expected
    for a, b in zip(tg.tree.leaves(model), tg.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(other.layers[1].variance, model.layers[1].variance)


def test_load_leaves_the_tree_that_it_is_like_as_it_is(tmp_path: Any) -> None:
    model, like = sized(), sized()
    trained(model, 2)
    train.save(tmp_path / "model.npz", {"models": [model]})
    before = like.layers[1].mean.copy(), like.layers[6].rng.bit_generator.state
    loaded = train.load(tmp_path / "model.npz", {"models": [like]})["models"][0]
    np.testing.assert_array_equal(like.layers[1].mean, before[0])
    assert like.layers[6].rng.bit_generator.state == before[1]
    np.testing.assert_array_equal(loaded.layers[1].mean, model.layers[1].mean)
    state = model.layers[6].rng.bit_generator.state
    assert loaded.layers[6].rng.bit_generator.state == state
    assert trained(loaded, 2) == trained(model, 2)


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64", "PCG64DXSM"])
def test_generators_of_every_kind_are_saved(kind: str, tmp_path: Any) -> None:
    make = lambda seed: np.random.Generator(getattr(np.random, kind)(seed))
    layers = [nn.Dropout(0.5, make(seed)) for seed in (0, 1)]
    layers[0].rng.random(5, np.float32)
    train.save(tmp_path / "layer.npz", layers[0])
    loaded = train.load(tmp_path / "layer.npz", layers[1])
    x = np.ones(100)
    np.testing.assert_array_equal(loaded(x, training=True), layers[0](x, training=True))


def test_one_generator_in_two_layers_stays_one(tmp_path: Any) -> None:
    shared = rng()
    model = nn.NeuralNetwork([nn.Dropout(0.5, shared), nn.Dropout(0.1, shared), nn.Dense(2, 2)])
    train.save(tmp_path / "model.npz", model)
    loaded = train.load(tmp_path / "model.npz", model)
    assert loaded.layers[0].rng is loaded.layers[1].rng
    assert loaded.layers[0].rng is not shared


def test_what_of_the_state_does_not_fit_is_listed(tmp_path: Any) -> None:
    path = tmp_path / "model.npz"
    train.save(path, [nn.BatchNorm(3), nn.Dropout(0.5)])
    with pytest.raises(ValueError, match="does not fit") as caught:
        train.load(path, [nn.BatchNorm(4), nn.ReLU(), nn.Dropout(0.5)])
    assert str(caught.value).splitlines()[1:] == [
        "  missing in the file: 2.rng",
        "  extra in the file: 1.rng",
        *[
            f"  0.{name}: shape (3,) in the file, (4,) expected"
            for name in ("scale", "offset", "mean", "variance")
        ],
    ]
    other = nn.Dropout(0.5, np.random.Generator(np.random.MT19937(0)))
    with pytest.raises(ValueError, match=r"1\.rng: a generator PCG64 in the file, MT19937 expec"):
        train.load(path, [nn.BatchNorm(3), other])


def test_a_file_of_arrays_alone_leaves_the_generators_as_they_are(tmp_path: Any) -> None:
    model = nn.NeuralNetwork([nn.Dense(2, 2), nn.Dropout(0.5, rng())])
    names = {"layers.0.weights": np.ones((2, 2), np.float32), "layers.0.bias": np.ones(2, "f")}
    np.savez(tmp_path / "model.npz", **names)
    model.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(model.layers[0].weights, np.ones((2, 2)))
    assert model.layers[1].rng.random() == rng().random()


def test_the_best_epoch_brings_its_statistics_back() -> None:
    model = nn.NeuralNetwork([nn.BatchNorm(4), nn.Dense(4, 1, rng=rng())])
    x, y = numbers(16, 4), numbers(16, 1)
    seen = []

    def watch(epoch: int, history: train.History, model: Any) -> None:
        seen.append(model.layers[0].mean.copy())
        if epoch == 1:
            model.layers[1].weights += 100  # so that later epochs are worse

    model.fit(
        x, y, loss=nn.mse, epochs=3, batch_size=4, optimizer=optim.SGD(1e-6), callbacks=[watch],
        restore_best=True, progress=False, rng=rng(),
    )  # fmt: skip
    np.testing.assert_array_equal(model.layers[0].mean, seen[0])
    assert np.any(seen[0] != seen[-1])


# A whole network


def test_a_convolutional_network_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    generator = rng()
    model = nn.NeuralNetwork([
        nn.Conv2D(1, 4, 3, dtype=float, rng=generator), nn.BatchNorm(4, dtype=float), nn.ReLU(),
        nn.MaxPool2D(), nn.Conv2D(4, 6, 3, padding="same", dtype=float, rng=generator), nn.GELU(),
        nn.GlobalAvgPool2D(), nn.Dense(6, 3, dtype=float, rng=generator),
    ])  # fmt: skip
    x, y = numbers(8, 10, 10, 1), rng().integers(0, 3, 8)
    value, grads = tg.value_and_grad(loss)(model, x, y)

    leaves = [torch.tensor(leaf, requires_grad=True) for leaf in tg.tree.leaves(model)]
    kernel1, bias1, scale, offset, kernel2, bias2, weights, bias3 = leaves
    h = torch.tensor(x).movedim(-1, 1)
    h = functional.conv2d(h, kernel1.permute(3, 2, 0, 1).contiguous(), bias1)
    h = functional.relu(functional.batch_norm(h, None, None, scale, offset, True))
    h = functional.max_pool2d(h, 2)
    h = functional.gelu(functional.conv2d(h, kernel2.permute(3, 2, 0, 1), bias2, padding="same"))
    result = functional.cross_entropy(h.mean(dim=(2, 3)) @ weights + bias3, torch.tensor(y))
    result.backward()
    assert abs(float(value) - result.item()) < 1e-12
    for gradient, leaf in zip(tg.tree.leaves(grads), leaves, strict=True):
        np.testing.assert_allclose(gradient, leaf.grad, rtol=1e-10, atol=1e-10)


def test_a_network_learns_images() -> None:
    generator = rng()
    x = generator.standard_normal((300, 8, 8, 1)).astype(np.float32)
    y = generator.integers(0, 2, 300)
    x[y == 1, 2:5, 3] += 3  # a short vertical line
    x[y == 0, 3, 2:5] += 3  # a short horizontal one
    model = nn.NeuralNetwork([
        nn.Conv2D(8, 3, rng=rng(1)), nn.BatchNorm(), nn.ReLU(), nn.MaxPool2D(), nn.Flatten(),
        nn.Dropout(0.1, rng(2)), nn.Dense(2, rng=rng(3)), nn.Softmax(),
    ])  # fmt: skip
    history = model.fit(
        x[:200], y[:200], epochs=12, batch_size=25, optimizer=optim.Adam(0.01), rng=rng(4),
        validation_data=(x[200:], y[200:]), progress=False,
    )  # fmt: skip
    assert history["validation_accuracy"][-1] > 0.9


# Bad input


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Conv2D(4), "Conv2D: size=None; expected a positive integer"),
        (lambda: nn.Conv2D(0, 4, 3), "Conv2D: in_channels is 0; expected a positive integer"),
        (lambda: nn.Conv2D(4, 4, 0), "Conv2D: size=0; expected a positive integer or a pair"),
        (lambda: nn.Conv1D(4, 4, (3, 3)), r"Conv1D: size is \(3, 3\); expected a positive"),
        (lambda: nn.Conv2D(4, 6, 3, groups=4), "Conv2D: groups=4 does not divide 4 in_channels"),
        (lambda: nn.Conv2D(4, 6, 3, dtype=int), "Conv2D: dtype int64 cannot be trained"),
        (lambda: nn.Conv2D(4, 6, 3, dtype=complex), "Conv2D: dtype complex128 cannot be trained"),
        (lambda: nn.Conv2D(4, 4, 3, stride=0), "Conv2D: stride=0; expected a positive integer or"),
        (lambda: nn.Conv2D(4, 3, dilation=(1, 0)), r"Conv2D: dilation=\(1, 0\); expected a pos"),
        (lambda: nn.Conv2D(4, 3, padding="SAME"), "Conv2D: padding='SAME'; expected \"valid\", "),
        (lambda: nn.ConvTranspose2D(4, 3, padding=-1), "ConvTranspose2D: padding=-1; expected"),
        (lambda: nn.Conv1D(4, 3, stride=(1, 1)), r"Conv1D: stride=\(1, 1\); expected a positive"),
        (lambda: nn.Conv1D(4, 3, padding=(1, 1, 1)), r"Conv1D: padding=.* \(before, after\)"),
        (lambda: nn.Dense(4, rng()), "Dense: out_features is Gen.*; pass the generator as rng="),
        (lambda: nn.LSTM(4, rng()), "LSTM: units is Gen.*; pass the generator as rng="),
        (lambda: nn.MaxPool2D(2, stride=0), "MaxPool2D: stride=0; expected a positive integer"),
        (lambda: nn.AvgPool2D(2, padding="full"), "AvgPool2D: padding='full'; expected"),
        (lambda: nn.MaxPool2D(0), "MaxPool2D: size=0; expected a positive integer or a pair"),
        (lambda: nn.BatchNorm(0), "BatchNorm: features is 0; expected a positive integer"),
        (lambda: nn.LayerNorm(4, eps=0), "LayerNorm: eps=0; expected a positive number"),
        (lambda: nn.GroupNorm(3, 4), "GroupNorm: groups=3; .* number of channels, 4"),
        (lambda: nn.GroupNorm(0, 4), "GroupNorm: groups is 0; expected a positive integer"),
        (lambda: nn.Embedding(0, 4), "Embedding: rows is 0; expected a positive integer"),
        (lambda: nn.Dropout(1.5), "Dropout: rate=1.5; expected a number from 0 to 1"),
        (lambda: nn.Reshape((-1, -1)), r"Reshape: shape=\(-1, -1\); expected the lengths"),
        (lambda: nn.Reshape("3"), "Reshape: shape='3'; expected the lengths"),
        (lambda: nn.Reshape((2, 3))(ROWS), r"Reshape\(\(2, 3\)\): .* its examples have 4 numbers"),
        (lambda: nn.Reshape((3, -1))(ROWS), r"Reshape\(\(3, -1\)\): .* have 4 numbers"),
        (lambda: nn.Flatten()(1.0), r"Flatten\(\): the input is a single number"),
        (lambda: nn.Residual(nn.Dense(4, 3))(ROWS), r"Residual: f\(x\) has shape \(3, 3\)"),
        (lambda: nn.ELU(-1), "elu: alpha=-1.0; expected a number from 0 on"),
        (lambda: nn.NeuralNetwork([nn.Conv2D(3, 4, 3)])(np.ones((2, 3, 8, 8))),
         r"layer 0, Conv2D\(3, 4, 3\): conv2d: x has shape .*channels seem to come first"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="Conv2D: rng is of type int"):
        nn.Conv2D(4, 6, 3, rng=0)
    with pytest.raises(TypeError, match="Dropout: rng is of type int"):
        nn.Dropout(0.5, 0)
    with pytest.raises(TypeError, match="Residual: 3 is neither a layer, nor a function"):
        nn.Residual(3)
    with pytest.raises(TypeError, match=r"Residual: <class .* is neither a layer"):
        nn.Residual(nn.ReLU)
    with pytest.raises(TypeError, match="Activation: 'relu' is not a function"):
        nn.Lambda("relu")
    with pytest.raises(ValueError, match="initializer returned shape"):
        nn.Conv2D(4, 6, 3, initializer=lambda rng, shape, dtype: np.ones(3))


def test_lists_are_flattened_and_reshaped() -> None:
    np.testing.assert_array_equal(nn.Flatten()([[[1], [2]]]), [[1, 2]])
    np.testing.assert_array_equal(nn.Reshape(2)(np.ones((3, 1, 2))), np.ones((3, 2)))
    assert nn.Flatten()(np.ones((0, 2, 3))).shape == (0, 6)
    assert nn.Reshape((3, -1))(np.ones((0, 6))).shape == (0, 3, 2)
