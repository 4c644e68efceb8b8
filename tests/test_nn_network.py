"""NeuralNetwork: calling, nesting, differentiating, the summary, saving, and its errors."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import nn, optim, train


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def classifier(seed: int = 0) -> nn.NeuralNetwork:
    rng = generator(seed)
    return nn.NeuralNetwork(
        [nn.Dense(6, 5, rng=rng), nn.ReLU(), nn.Dense(5, 3, rng=rng), nn.Softmax()]
    )


def leaves(model: Any) -> list[np.ndarray]:
    return [leaf.copy() for leaf in tg.tree.leaves(model)]


class Scale(nn.Layer):
    def __init__(self, features: int) -> None:
        self.factors = np.ones(features, np.float32)

    def __call__(self, x: Any, training: bool = False) -> Any:
        return x * self.factors


class Records(nn.Layer):
    """Remembers the type and the ``training`` of each call."""

    def __init__(self, calls: list[tuple[type, bool]]) -> None:
        self.note = lambda *call: calls.append(call)

    def __call__(self, x: Any, training: bool = False) -> Any:
        self.note(type(x), training)
        return x


def test_calls_the_layers_one_after_another() -> None:
    network = classifier()
    first, _, second, _ = network.layers
    x = generator(1).normal(size=(4, 6)).astype(np.float32)
    by_hand = nn.softmax(nn.relu(x @ first.weights + first.bias) @ second.weights + second.bias)
    out = network(x)
    np.testing.assert_array_equal(out, by_hand)
    assert type(out) is np.ndarray
    assert out.dtype == np.float32


def test_passes_training_on_to_every_layer() -> None:
    calls: list[tuple[type, bool]] = []
    inner = nn.NeuralNetwork([Records(calls)])
    network = nn.NeuralNetwork([Records(calls), inner])
    network(np.ones((1, 2)))
    network(np.ones((1, 2)), training=True)
    network.forward(np.ones((1, 2)), training=True)
    assert [training for _, training in calls] == [False, False, True, True, True, True]


def test_is_a_layer_that_nests() -> None:
    flat = classifier()
    nested = nn.NeuralNetwork(
        [nn.NeuralNetwork(flat.layers[:2]), nn.NeuralNetwork([nn.NeuralNetwork(flat.layers[2:])])]
    )
    assert isinstance(nested, nn.Layer)
    x, labels = generator(1).normal(size=(4, 6)), np.array([0, 1, 2, 0])

    def loss(network: nn.NeuralNetwork) -> Any:
        return nn.categorical_crossentropy(labels, network(x))

    expected, found = tg.grad(loss)(flat), tg.grad(loss)(nested)
    assert isinstance(found, nn.NeuralNetwork)
    for a, b in zip(leaves(expected), leaves(found), strict=True):
        assert np.any(a)
        np.testing.assert_array_equal(a, b)


def test_forward_and_backward_agree_with_grad() -> None:
    network = classifier()
    rng = generator(1)
    x, cotangent = rng.normal(size=(4, 6)), rng.normal(size=(4, 3))
    network.forward(x)
    by_input = network.backward(cotangent)
    gradient, expected_by_input = tg.grad(lambda n, x: (n(x) * cotangent).sum(), (0, 1))(network, x)
    np.testing.assert_allclose(by_input, expected_by_input, rtol=1e-12)
    for a, b in zip(leaves(network.grads), leaves(gradient), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_function_becomes_an_activation() -> None:
    network = nn.NeuralNetwork([np.tanh, lambda x: 2 * x])
    assert [type(layer) for layer in network.layers] == [nn.Activation, nn.Activation]
    np.testing.assert_allclose(network(np.array([[0.5]])), [[2 * np.tanh(0.5)]])


def test_takes_any_iterable_and_keeps_a_list_of_its_own() -> None:
    layers = [nn.ReLU(), nn.Sigmoid()]
    assert nn.NeuralNetwork(iter(layers)).layers == layers
    network = nn.NeuralNetwork(layers)
    layers.pop()
    assert len(network.layers) == 2


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        ([], ValueError, "there are no layers"),
        ([nn.ReLU(), 128], TypeError, "layer 1 is 128, neither a layer nor a function"),
        ([nn.ReLU], TypeError, r"layer 0 is the class ReLU; .* ReLU\(…\)"),
        (nn.ReLU(), TypeError, r"expected a list of layers, not ReLU\(\)"),
        (3, TypeError, "expected a list of layers, not 3"),
    ],
)
def test_refuses_what_are_no_layers(layers: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nn.NeuralNetwork(layers)


def test_shapes_that_do_not_fit_name_the_layer_and_both_shapes() -> None:
    network = nn.NeuralNetwork([nn.Dense(8, 64), nn.ReLU(), nn.Dense(128, 10)])
    message = (
        r"^layer 2, Dense\(128, 10\): the input has shape \(32, 64\); expected \(\.\.\., 128\)"
    )
    x = np.zeros((32, 8), np.float32)
    for call in (network, network.forward, network.predict):
        with pytest.raises(ValueError, match=message):
            call(x)


def test_an_error_in_a_layer_of_ones_own_or_inside_a_network_says_where() -> None:
    class Picky(nn.Layer):
        def __call__(self, x: Any, training: bool = False) -> Any:
            raise TypeError("no, thank you")

    network = nn.NeuralNetwork([np.tanh, nn.NeuralNetwork([np.tanh, np.tanh, Picky()])])
    with pytest.raises(TypeError, match=r"^layer 1, layer 2, Picky\(\): no, thank you$"):
        network(np.ones(2))


def test_softmax_and_crossentropy_are_fused_where_probabilities_underflow() -> None:
    network = classifier()
    for leaf in tg.tree.leaves(network):
        leaf *= 1e4
    logits = nn.NeuralNetwork(network.layers[:-1])
    x, labels = generator(1).normal(size=(5, 6)).astype(np.float32), np.array([0, 1, 2, 0, 1])
    assert np.any(network(x)[np.arange(5), labels] == 0)

    stable = tg.grad(lambda n: nn.softmax_crossentropy(labels, n(x)))(logits)
    found = tg.grad(lambda n: nn.categorical_crossentropy(labels, n(x)))(network)
    for a, b in zip(leaves(stable), leaves(found), strict=True):
        assert np.any(a)
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_repr_shows_the_layers_as_one_would_write_them() -> None:
    network = nn.NeuralNetwork([nn.Dense(6, 5), nn.NeuralNetwork([nn.ReLU()])])
    assert repr(network) == "NeuralNetwork([Dense(6, 5), NeuralNetwork([ReLU()])])"


def test_a_deep_copy_shares_nothing() -> None:
    network = classifier()
    twin = copy.deepcopy(network)
    before = leaves(network)
    for leaf in tg.tree.leaves(twin):
        leaf += 1
    for a, b in zip(before, leaves(network), strict=True):
        np.testing.assert_array_equal(a, b)


# --- the summary


def test_summary_prints_layers_output_shapes_and_parameters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert nn.NeuralNetwork([nn.Dense(784, 128), nn.ReLU(), nn.Dense(128, 10)]).summary() is None
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        ["layer", "output", "shape", "parameters"],
        ["0", "Dense(784,", "128)", "(batch,", "128)", "100,480"],
        ["1", "ReLU()", "(batch,", "128)", "0"],
        ["2", "Dense(128,", "10)", "(batch,", "10)", "1,290"],
        ["total", "101,770", "(407.1", "kB)"],
    ]
    ends = {line.rindex(line.split()[-1]) + len(line.split()[-1]) for line in lines[:-1]}
    assert len(ends) == 1, "the numbers of parameters line up"


def test_summary_counts_bytes_in_the_parameters_dtype(capsys: pytest.CaptureFixture[str]) -> None:
    nn.NeuralNetwork([nn.Dense(3, 2, dtype=np.float64)]).summary()
    assert "8  (64 bytes)" in capsys.readouterr().out


def test_summary_looks_into_networks(capsys: pytest.CaptureFixture[str]) -> None:
    inner = nn.NeuralNetwork([nn.Dense(4, 3), nn.ReLU()])
    nn.NeuralNetwork([inner, nn.Dense(3, 2)]).summary()
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [
        ["0", "NeuralNetwork", "(batch,", "3)", "15"],
        ["0", "Dense(4,", "3)", "(batch,", "3)", "15"],
        ["1", "ReLU()", "(batch,", "3)", "0"],
        ["1", "Dense(3,", "2)", "(batch,", "2)", "8"],
        ["total", "23", "(92", "bytes)"],
    ]


def test_summary_takes_the_shape_of_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    def flatten(x: Any) -> Any:
        return x.reshape(len(x), -1)

    network = nn.NeuralNetwork([flatten, nn.Dense(12, 2)])
    network.summary(input_shape=(3, 4))
    assert "(batch, 12)" in capsys.readouterr().out
    nn.NeuralNetwork([np.tanh]).summary(input_shape=12)
    assert "(batch, 12)" in capsys.readouterr().out
    with pytest.raises(
        ValueError, match=r"^layer 1, Dense\(12, 2\): the input has shape \(1, 10\)"
    ):
        network.summary(input_shape=(2, 5))


def test_summary_leaves_shapes_open_that_nothing_tells(capsys: pytest.CaptureFixture[str]) -> None:
    nn.NeuralNetwork([np.tanh]).summary()
    shown = capsys.readouterr().out
    assert "?" in shown
    assert "batch" not in shown


def test_summary_says_why_shapes_are_open(capsys: pytest.CaptureFixture[str]) -> None:
    nn.NeuralNetwork([nn.Dense(4, 3), nn.NeuralNetwork([nn.Dense(4, 2)]), nn.ReLU()]).summary()
    *table, problem, remedy = capsys.readouterr().out.splitlines()
    assert ["?" in line for line in table] == [False, False, True, True, True, False]
    assert problem == (
        "layer 1, layer 0, Dense(4, 2): the input has shape (1, 3); expected (..., 4)"
    )
    assert remedy == "If an example has another shape: summary(input_shape=…)"


def test_summary_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    network = nn.NeuralNetwork([Scale(4), nn.Dense(4, 2)])
    before = leaves(network)
    network.summary()
    assert "Scale(factors: 4)" in capsys.readouterr().out
    for a, b in zip(before, leaves(network), strict=True):
        np.testing.assert_array_equal(a, b)


# --- saving and loading


def test_load_brings_back_what_save_wrote(tmp_path: Path) -> None:
    network, other = classifier(0), classifier(1)
    network.save(tmp_path / "network.npz")
    arrays = tg.tree.leaves(other)
    assert other.load(tmp_path / "network.npz") is None
    for a, b, same in zip(leaves(network), tg.tree.leaves(other), arrays, strict=True):
        np.testing.assert_array_equal(a, b)
        assert b is same, "loaded in place: whoever holds the array sees it"


def test_save_again_while_training_goes_on(tmp_path: Path) -> None:
    network, path = classifier(), tmp_path / "network.npz"
    x, y = generator(1).normal(size=(20, 6)), generator(2).integers(0, 3, 20)
    saved: list[list[np.ndarray]] = []

    def save(epoch: int, history: train.History, model: Any) -> None:
        model.save(path)
        saved.append(leaves(model))

    network.fit(x, y, epochs=3, optimizer=optim.SGD(0.1), callbacks=[save], progress=False)
    other = classifier(1)
    other.load(path)
    for a, b in zip(saved[-1], leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.any(saved[0][0] != saved[-1][0])


def test_another_architecture_is_refused_with_a_list_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    classifier().save(path)
    other = nn.NeuralNetwork([nn.Dense(6, 4), nn.Dense(4, 3, dtype=np.float64), nn.ReLU()])
    before = leaves(other)
    with pytest.raises(ValueError, match="does not fit") as caught:
        other.load(path)
    assert str(caught.value).splitlines()[1:] == [
        "  missing in the file: layers.1.weights, layers.1.bias",
        "  extra in the file: layers.2.weights, layers.2.bias",
        "  layers.0.weights: shape (6, 5) in the file, (6, 4) expected",
        "  layers.0.bias: shape (5,) in the file, (4,) expected",
    ]
    for a, b in zip(before, leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_load_into_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    network = classifier()
    network.save(tmp_path / "network.npz")
    network.layers[2].weights.flags.writeable = False
    before = leaves(network)
    with pytest.raises(ValueError, match=r"load: the parameter layers\.2\.weights is read-only"):
        network.load(tmp_path / "network.npz")
    for a, b in zip(before, leaves(network), strict=True):
        np.testing.assert_array_equal(a, b)


# --- its methods are train's functions


def test_methods_do_what_the_functions_of_train_do() -> None:
    x, y = generator(1).normal(size=(40, 6)), generator(2).integers(0, 3, 40)
    network, twin = classifier(), classifier()
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 8, "progress": False}
    history = network.fit(x, y, optimizer=optim.SGD(0.1), rng=generator(3), **settings)
    expected = train.fit(twin, x, y, optimizer=optim.SGD(0.1), rng=generator(3), **settings)
    assert history["loss"] == expected["loss"]
    np.testing.assert_array_equal(network.predict(x, batch_size=7), train.predict(twin, x, 7))
    assert network.evaluate(x, y, batch_size=9) == train.evaluate(twin, x, y, batch_size=9)
