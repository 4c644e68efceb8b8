"""nn/layers.py: layers as trees, as functions, and with forward and backward."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from op_cases import seeds

import tinygrad_np as tg
from tinygrad_np import nn, optim, train
from tinygrad_np.nn import initializers

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def same(a: Any, b: Any) -> None:
    """Assert that two trees have the same structure and the same arrays."""
    tg.tree.map(np.testing.assert_array_equal, a, b)
    assert [leaf.dtype for leaf in tg.tree.leaves(a)] == [leaf.dtype for leaf in tg.tree.leaves(b)]


def close(a: Any, b: Any) -> None:
    tg.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12), a, b)


class Scale(nn.Layer):
    """What a user writes: an __init__ and a __call__."""

    def __init__(self, size: int, power: int = 1) -> None:
        self.power = power
        self.factor = np.linspace(1.0, 2.0, size)

    def __call__(self, x: Any) -> Any:
        return x * self.factor**self.power


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclass
class Settings:
    gain: Any
    rate: float = 0.1


class Everything(nn.Layer):
    """Children in all kinds of containers, with static values among them."""

    def __init__(self) -> None:
        self.name = "everything"
        self.blocks = [nn.Dense(2, 3, rng=rng(), dtype=float), np.tanh, 2, nn.ReLU()]
        self.by_name = {"scale": Scale(3), "label": "s", "array": np.array([1.0, 2.0, 3.0])}
        self.pair = Pair(np.array(2.0), None)
        self.tuple = (1, (np.ones(3), "x"), [])
        self.settings = Settings(np.full(3, 0.5))
        self.sizes = [1, 2, 3]
        self.nothing = None

    def __call__(self, x: Any, training: bool = False) -> Any:
        dense, tanh, power, relu = self.blocks
        x = relu(tanh(dense(x)) ** power) * self.by_name["array"]
        x = self.by_name["scale"](x) * self.pair.first + self.tuple[1][0]
        return x * self.settings.gain


class Twice(nn.Layer):
    """The same layer in two places."""

    def __init__(self, inner: nn.Layer) -> None:
        self.first = inner
        self.between = nn.Sigmoid()
        self.second = inner

    def __call__(self, x: Any, training: bool = False) -> Any:
        return self.second(self.between(self.first(x)))


# As trees


def test_the_arrays_of_a_layer_are_its_leaves() -> None:
    layer = Everything()
    assert tg.tree.paths(layer) == [
        "blocks.0.weights",
        "blocks.0.bias",
        "by_name.scale.factor",
        "by_name.array",
        "pair.first",
        "tuple.1.0",
        "settings.gain",
    ]
    assert tg.tree.leaves(layer)[0] is layer.blocks[0].weights
    assert [np.shape(leaf) for leaf in tg.tree.leaves(layer)] == [
        (2, 3), (3,), (3,), (3,), (), (3,), (3,)
    ]  # fmt: skip


def test_a_layer_is_rebuilt_around_other_arrays() -> None:
    layer = Everything()
    doubled = tg.tree.map(lambda leaf: 2 * leaf, layer)
    assert type(doubled) is Everything
    assert list(vars(doubled)) == list(vars(layer))
    assert doubled.blocks[1] is np.tanh
    assert doubled.name == "everything"
    assert doubled.sizes is layer.sizes
    assert type(doubled.pair) is Pair
    assert type(doubled.settings) is Settings
    assert doubled.settings.rate == 0.1
    same(doubled.settings.gain, np.ones(3))
    same(tg.tree.map(lambda leaf: leaf / 2, doubled), layer)


def test_gradients_reach_every_array_and_only_arrays() -> None:
    x = rng().standard_normal((4, 2))
    layer = Everything()
    tg.testing.check_grads(lambda layer, x: layer(x), (layer, x))
    grads = tg.grad(lambda layer: layer(x).sum())(layer)
    assert type(grads) is Everything
    assert all(np.any(leaf != 0) for leaf in tg.tree.leaves(grads))


def test_leaves_come_in_the_order_in_which_they_were_set() -> None:
    layer = nn.Dense(2, 3, rng=rng())
    layer.extra = np.ones(2)
    layer.weights = np.zeros((2, 3), np.float32)
    assert tg.tree.paths(layer) == ["weights", "bias", "extra"]
    del layer.extra
    assert tg.tree.paths(layer) == ["weights", "bias"]


def test_a_static_value_that_differs_makes_another_tree() -> None:
    with pytest.raises(tg.TreeError):
        tg.tree.map(np.add, Scale(3), Scale(3, power=2))
    with pytest.raises(tg.TreeError, match="extra"):
        tg.tree.map(np.add, nn.Dense(2, 3, bias=False), nn.Dense(2, 3))
    with pytest.raises(tg.TreeError):
        tg.tree.map(np.add, nn.NeuralNetwork([nn.ReLU()]), nn.NeuralNetwork([nn.Sigmoid()]))
    same(tg.tree.map(np.add, Scale(3), Scale(3)), tg.tree.map(lambda leaf: 2 * leaf, Scale(3)))


def test_numbers_that_a_reduction_leaves_behind_are_leaves() -> None:
    norms = tg.tree.map(np.linalg.norm, nn.Dense(2, 3, rng=rng()))
    assert len(tg.tree.leaves(norms)) == 2
    assert tg.tree.leaves(tg.tree.map(np.add, norms, norms))[1] == 0


def test_an_array_in_a_container_that_is_no_tree_is_refused_by_name() -> None:
    layer = Scale(3)
    layer.ordered = OrderedDict(a=np.ones(3), b=1)
    with pytest.raises(tg.GradientError, match=r"leaf 'ordered' is of type OrderedDict.*register"):
        tg.grad(lambda layer: layer(np.ones(3)).sum())(layer)
    layer.ordered = OrderedDict(a=1, b=["x"])
    assert tg.grad(lambda layer: layer(np.ones(3)).sum())(layer).ordered is layer.ordered


def test_a_list_that_holds_no_array_stays_itself_while_recorded() -> None:
    class Logging(nn.Layer):
        def __init__(self) -> None:
            self.weights = np.ones(2)
            self.seen: list[Any] = []

        def __call__(self, x: Any) -> Any:
            self.seen.append(x.shape)
            return x * self.weights

    layer = Logging()
    tg.grad(lambda layer: layer(np.ones(2)).sum())(layer)
    assert layer.seen == [(2,)]


def test_a_dataclass_that_is_a_layer() -> None:
    @dataclass(frozen=True)
    class Shift(nn.Layer):
        offset: np.ndarray
        sign: int = -1

        def __call__(self, x: Any) -> Any:
            return x + self.sign * self.offset

    layer = Shift(np.array([1.0, 2.0]))
    grads = tg.grad(lambda layer: layer(np.zeros(2)).sum())(layer)
    same(grads.offset, np.array([-1.0, -1.0]))
    assert grads.sign == -1


def test_a_layer_inside_of_other_trees() -> None:
    params = {"layer": Scale(2), "rest": (np.ones(2),)}
    grads = tg.grad(lambda p: (p["layer"](np.ones(2)) * p["rest"][0]).sum())(params)
    same(grads, {"layer": tg.tree.map(np.ones_like, Scale(2)), "rest": (np.array([1.0, 2.0]),)})


def test_a_recording_leaves_nothing_in_the_layer() -> None:
    layer = Everything()
    before = copy.deepcopy(layer)
    tg.grad(lambda layer: layer(np.ones((1, 2))).sum())(layer)
    same(layer, before)
    assert all(type(leaf) is np.ndarray for leaf in tg.tree.leaves(layer))
    assert type(layer(np.ones((1, 2)))) is np.ndarray


def test_tensors_as_parameters() -> None:
    layer = nn.Dense(2, 3, rng=rng(), dtype=float)
    expected = tg.grad(lambda layer: (layer(np.ones((4, 2))) ** 2).sum())(layer)
    layer.weights = tg.Tensor(layer.weights, requires_grad=True)
    layer.bias = tg.Tensor(layer.bias, requires_grad=True)
    (layer(np.ones((4, 2))) ** 2).sum().backward()
    close(layer.weights.grad, expected.weights)
    close(layer.bias.grad, expected.bias)


# One layer in several places


def test_a_layer_in_two_places_is_one() -> None:
    layer = Twice(nn.Dense(2, 2, rng=rng(), dtype=float))
    assert tg.tree.paths(layer) == ["first.weights", "first.bias"]
    rebuilt = tg.tree.map(np.array, layer)
    assert rebuilt.first is rebuilt.second
    assert rebuilt.first is not layer.first


def test_the_gradient_of_a_layer_in_two_places_is_the_sum() -> None:
    dense = nn.Dense(2, 2, rng=rng(), dtype=float)
    apart = Twice(dense)
    apart.second = copy.deepcopy(dense)
    x = rng().standard_normal((5, 2))
    loss = lambda layer: (layer(x) ** 2).sum()
    grads, parts = tg.grad(loss)(Twice(dense)), tg.grad(loss)(apart)
    close(grads.first, tg.tree.map(np.add, parts.first, parts.second))
    assert grads.second is grads.first
    tg.testing.check_grads(lambda layer: layer(x), (Twice(dense),))


@pytest.mark.parametrize("optimizer", [optim.SGD(0.1, momentum=0.9), optim.Adam(0.1)])
def test_a_layer_in_two_places_is_stepped_once(optimizer: Any) -> None:
    x = rng().standard_normal((5, 2))
    loss = lambda layer: (layer(x) ** 2).sum()
    layer = Twice(nn.Dense(2, 2, rng=rng(), dtype=float))
    other = copy.deepcopy(layer)
    assert other.first is other.second
    state = optimizer.init(other)
    for _ in range(3):
        optimizer.step(layer, tg.grad(loss)(layer))
        other, state = optimizer.update(tg.grad(loss)(other), state, other)
        assert other.first is other.second
        same(other, layer)

    class Once(nn.Layer):
        """The same function, with the parameters in one place."""

        def __init__(self, inner: nn.Layer) -> None:
            self.inner = inner

        def __call__(self, x: Any) -> Any:
            return self.inner(nn.sigmoid(self.inner(x)))

    reference = Once(nn.Dense(2, 2, rng=rng(), dtype=float))
    state = optimizer.init(reference)
    for _ in range(3):
        reference, state = optimizer.update(tg.grad(loss)(reference), state, reference)
    close(reference.inner, layer.first)


def test_a_network_that_repeats_a_layer(tmp_path: Any) -> None:
    dense = nn.Dense(3, 3, rng=rng(), dtype=float)
    network = nn.NeuralNetwork([dense, nn.ReLU(), nn.NeuralNetwork([dense]), nn.Dense(3, 1)])
    assert tg.tree.paths(network) == [
        "layers.0.weights", "layers.0.bias", "layers.3.weights", "layers.3.bias"
    ]  # fmt: skip
    x = rng().standard_normal((20, 3))
    network.fit(x, x[:, :1], loss=nn.mse, epochs=2, rng=rng(), progress=False)
    assert network.layers[2].layers[0] is network.layers[0]
    network.save(tmp_path / "network.npz")
    fresh = tg.tree.map(np.zeros_like, network)
    fresh.load(tmp_path / "network.npz")
    assert fresh.layers[2].layers[0] is fresh.layers[0]
    same(fresh, network)


def test_layers_that_know_each_other_in_a_circle() -> None:
    class Child(nn.Layer):
        def __init__(self, parent: Any) -> None:
            self.parent = parent
            self.factor = np.array([3.0])

        def __call__(self, x: Any) -> Any:
            return x * self.factor * self.parent.gain

    class Parent(nn.Layer):
        def __init__(self) -> None:
            self.gain = np.array([2.0])
            self.child = Child(self)

        def __call__(self, x: Any) -> Any:
            return self.child(x)

    parent = Parent()
    assert tg.tree.paths(parent) == ["gain", "child.factor"]
    grads = tg.grad(lambda parent: parent(np.array([5.0])).sum())(parent)
    assert (grads.gain, grads.child.factor) == (15, 10)
    assert grads.child.parent is grads


def test_an_array_in_two_places_is_refused_by_what_would_update_it_twice() -> None:
    network = nn.NeuralNetwork([nn.Dense(2, 2), nn.Dense(2, 2)])
    network.layers[1].weights = network.layers[0].weights
    grads = tg.grad(lambda network: network(np.ones((1, 2), np.float32)).sum())(network)
    with pytest.raises(ValueError, match=r"layers\.0\.weights.*layers\.1\.weights"):
        optim.SGD(0.1).step(network, grads)


# Copies


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.deepcopy,
        lambda layer: pickle.loads(pickle.dumps(layer)),
        lambda layer: pickle.loads(pickle.dumps(layer, protocol=0)),
    ],
    ids=["deepcopy", "pickle", "pickle, protocol 0"],
)
def test_copies_are_equal_and_independent(duplicate: Callable[[Any], Any]) -> None:
    x = rng().standard_normal((4, 2))
    for layer in (Everything(), Twice(nn.Dense(2, 2, rng=rng()))):
        expected = layer.forward(x)
        layer.backward(np.ones_like(expected))
        other = duplicate(layer)
        same(other, layer)
        np.testing.assert_array_equal(other(x), expected)
        assert not any(
            np.may_share_memory(a, b) for a in tg.tree.leaves(layer) for b in tg.tree.leaves(other)
        )
        assert other.grads is None
        with pytest.raises(tg.GradientError, match="call forward"):
            other.backward(np.ones_like(expected))
        other.forward(x)
        same(other.backward(np.ones_like(expected)), layer.backward(np.ones_like(expected)))


def test_a_shallow_copy_shares_the_arrays_and_not_the_attributes() -> None:
    layer = nn.Dense(2, 3, rng=rng())
    other = copy.copy(layer)
    assert other.weights is layer.weights
    other.weights = None
    assert layer.weights is not None


# As functions


def test_a_layer_by_itself_is_its_function() -> None:
    x = rng().standard_normal((4, 3)).astype(np.float32)
    layer = nn.Dense(3, 2, rng=rng())
    same(layer(x), nn.dense(x, layer.weights, layer.bias))
    assert layer(x).dtype == np.float32
    same(nn.ReLU()(x), nn.relu(x))
    same(nn.Sigmoid()(x), nn.sigmoid(x))
    same(nn.Softmax()(x), nn.softmax(x))
    same(nn.Softmax(axis=0)(x), nn.softmax(x, axis=0))
    same(nn.Activation(np.tanh)(x), np.tanh(x))
    for activation in (nn.ReLU(), nn.Sigmoid(), nn.Softmax()):
        assert tg.tree.leaves(activation) == []
        assert type(activation(x)) is np.ndarray


@few
@hypothesis.given(seed=seeds, batch=st.integers(0, 3), bias=st.booleans())
def test_every_transform_takes_a_layer(seed: int, batch: int, bias: bool) -> None:
    generator = np.random.default_rng(seed)
    layer = nn.NeuralNetwork(
        [nn.Dense(2, 3, rng=generator, bias=bias, dtype=float), nn.Activation(np.tanh)]
    )
    x = generator.standard_normal((batch, 2))
    loss = lambda layer, x: (layer(x) ** 2).sum()
    tangent = tg.tree.map(lambda leaf: generator.standard_normal(leaf.shape), layer)

    value, grads = tg.value_and_grad(loss)(layer, x)
    assert value == loss(layer, x)
    same(grads, tg.grad(loss)(layer, x))
    slope = tg.jvp(lambda layer: loss(layer, x), (layer,), (tangent,))[1]
    inner = sum(
        np.sum(g * t) for g, t in zip(tg.tree.leaves(grads), tg.tree.leaves(tangent), strict=True)
    )
    np.testing.assert_allclose(slope, inner, rtol=1e-10, atol=1e-12)
    same(tg.vjp(loss, layer, x)[1](1.0)[0], grads)
    product = tg.hvp(lambda layer: loss(layer, x), (layer,), (tangent,))
    close(product, tg.jvp(lambda layer: tg.grad(loss)(layer, x), (layer,), (tangent,))[1])


def test_the_hessian_by_a_layer_is_a_layer_of_layers() -> None:
    layer, x = nn.Dense(2, 1, rng=rng(), dtype=float), np.array([[1.0, 3.0]])
    hessian = tg.hessian(lambda layer: (layer(x) ** 2).sum())(layer)
    assert type(hessian.weights) is nn.Dense
    np.testing.assert_allclose(hessian.weights.weights[:, 0, :, 0], 2 * x.T @ x)
    np.testing.assert_allclose(hessian.weights.bias[:, 0, 0], 2 * x[0])
    np.testing.assert_allclose(hessian.bias.weights[0, :, 0], 2 * x[0])
    assert repr(hessian).startswith("Dense(")


def test_a_layer_without_a_training_argument_can_be_called_with_one() -> None:
    layer = Scale(2)
    same(layer(np.ones(2), training=True), layer(np.ones(2)))
    same(layer.forward(np.ones(2), training=True), layer(np.ones(2)))
    same(nn.NeuralNetwork([layer])(np.ones(2), training=True), layer(np.ones(2)))
    assert Scale.__call__.__name__ == "__call__"
    assert tg.Tensor  # the wrapped call records as any other
    same(tg.grad(lambda x: layer(x, training=True).sum())(np.ones(2)), layer.factor)


def test_training_reaches_a_layer_that_asks_for_it() -> None:
    class Noise(nn.Layer):
        def __call__(self, x: Any, training: bool = False) -> Any:
            return x + 100 if training else x

    class Keywords(nn.Layer):
        def __call__(self, x: Any, **keywords: Any) -> Any:
            return x + 100 * keywords["training"]

    class Only(nn.Layer):
        def __call__(self, x: Any, *, training: bool) -> Any:
            return x + 100 * training

    for kind in (Noise, Keywords, Only):
        layer = nn.NeuralNetwork([kind()])
        assert layer(np.zeros(1)) == 0
        assert layer(np.zeros(1), training=True) == 100
        assert layer.forward(np.zeros(1), training=True) == 100


def test_a_subclass_of_a_layer_with_parameters() -> None:
    class Normed(nn.Dense):
        def __init__(self, inputs: int, outputs: int, **keywords: Any) -> None:
            super().__init__(inputs, outputs, **keywords)
            self.gain = np.ones(outputs, np.float32)

        def __call__(self, x: Any, training: bool = False) -> Any:
            return super().__call__(x) * self.gain

    layer = Normed(3, 2, rng=rng())
    assert tg.tree.paths(layer) == ["weights", "bias", "gain"]
    x = np.ones((1, 3), np.float32)
    same(layer(x), nn.dense(x, layer.weights, layer.bias))
    assert type(tg.grad(lambda layer: layer(x).sum())(layer)) is Normed


def test_a_layer_without_a_call_says_so() -> None:
    class Empty(nn.Layer):
        pass

    with pytest.raises(NotImplementedError, match="Empty does not define __call__"):
        Empty()(np.ones(2))
    with pytest.raises(NotImplementedError, match="Empty does not define __call__"):
        nn.NeuralNetwork([Empty()])(np.ones(2))


# forward and backward


@few
@hypothesis.given(seed=seeds, batch=st.integers(0, 4), before=st.integers(0, 2))
def test_backward_is_what_vjp_gives(seed: int, batch: int, before: int) -> None:
    generator = np.random.default_rng(seed)
    shape = (2,) * before + (batch,)
    for layer in (
        nn.Dense(2, 3, rng=generator, dtype=float), nn.Dense(2, 3, rng=generator, bias=False),
        nn.ReLU(), nn.Sigmoid(), nn.Softmax(), nn.Activation(np.tanh), Everything(), Scale(2),
    ):  # fmt: skip
        x = generator.standard_normal((*shape, 2)).astype(np.float32)
        out = layer.forward(x)
        same(out, layer(x))
        cotangent = generator.standard_normal(out.shape).astype(out.dtype)
        gradient = layer.backward(cotangent)
        expected = tg.vjp(lambda layer, x: layer(x), layer, x)[1](cotangent)
        same(gradient, expected[1])
        same(layer.grads, expected[0])
        assert type(layer.grads) is type(layer)
        assert gradient.dtype == np.float32


def test_a_chain_of_layers_by_hand() -> None:
    """What a page on backpropagation does, against the gradient of the whole."""
    network = nn.NeuralNetwork(
        [nn.Dense(3, 4, rng=rng()), nn.Sigmoid(), nn.Dense(4, 2, rng=rng()), nn.Softmax()]
    )
    x, y = (
        rng().standard_normal((5, 3)).astype(np.float32),
        np.eye(2, dtype=np.float32)[[0, 1, 1, 0, 1]],
    )
    out = x
    for layer in network.layers:
        out = layer.forward(out)
    cotangent = nn.categorical_crossentropy_derivative(y, out)
    for layer in reversed(network.layers):
        cotangent = layer.backward(cotangent)
    loss = lambda network, x: nn.categorical_crossentropy(y, network(x))
    grads, by_x = tg.grad(loss, argnums=(0, 1))(network, x)
    np.testing.assert_allclose(cotangent, by_x, rtol=1e-4, atol=1e-7)
    for layer, grad in zip(network.layers, grads.layers, strict=True):
        for found, expected in zip(tg.tree.leaves(layer.grads), tg.tree.leaves(grad), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)

    network.forward(x)
    network.backward(nn.categorical_crossentropy_derivative(y, out))
    np.testing.assert_allclose(
        network.grads.layers[0].weights, grads.layers[0].weights, rtol=1e-4, atol=1e-7
    )


@pytest.mark.parametrize("x", [[[1, 0, 2]], np.array([[1, 0, 2]]), np.uint8([[1, 0, 2]])])
def test_integers_have_no_gradient_and_the_parameters_do(x: Any) -> None:
    layer = nn.Dense(3, 2, rng=rng())
    out = layer.forward(x)
    assert out.dtype == np.float32
    assert layer.backward(np.ones_like(out)) is None
    same(layer.grads.weights, np.float32([[1, 1], [0, 0], [2, 2]]))


def test_a_list_of_numbers_is_an_input() -> None:
    layer = nn.ReLU()
    same(layer.forward([-1.0, 2.0]), np.array([0.0, 2.0]))
    same(layer.backward([1.0, 1.0]), np.array([0.0, 1.0]))


def test_backward_can_be_called_again_and_replaces_the_gradients() -> None:
    layer = nn.Dense(3, 2, rng=rng(), dtype=float)
    layer.forward(np.ones((1, 3)))
    layer.backward(np.ones((1, 2)))
    first = layer.grads
    layer.backward(2 * np.ones((1, 2)))
    same(layer.grads, tg.tree.map(lambda leaf: 2 * leaf, first))
    assert "grads" not in vars(layer)
    assert tg.tree.paths(layer) == ["weights", "bias"]


def test_backward_before_forward_says_so() -> None:
    with pytest.raises(
        tg.GradientError, match=r"Dense\(3, 2\)\.backward\(\).*call forward\(x\) first"
    ):
        nn.Dense(3, 2).backward(np.ones((1, 2)))


@pytest.mark.parametrize("shape", [(), (2,), (2, 1), (1, 2, 3), (3, 2)])
def test_a_cotangent_of_another_shape_is_refused(shape: Any) -> None:
    layer = nn.Dense(3, 2)
    layer.forward(np.ones((1, 3), np.float32))
    with pytest.raises(
        ValueError, match=r"Dense\(3, 2\)\.backward\(\): the cotangent has shape "
    ) as e:
        layer.backward(np.ones(shape))
    assert str(shape) in str(e.value)
    assert "(1, 2)" in str(e.value)
    assert layer.grads is None


def test_forward_inside_of_a_transform() -> None:
    layer = Scale(2)

    def loss(x: Any) -> Any:
        out = layer.forward(x)
        return (layer.backward(out) * out).sum()

    tg.testing.check_grads(loss, (np.array([1.0, 2.0]),))


def test_layers_keep_nothing_alive_in_circles() -> None:
    gc.disable()
    try:
        layer = nn.NeuralNetwork([nn.Dense(3, 2), nn.ReLU()])
        out = layer.forward(np.ones((1, 3), np.float32))
        layer.backward(np.ones_like(out))
        weights = weakref.ref(layer.layers[0].weights)
        del layer
        assert weights() is None
    finally:
        gc.enable()


# Dense


def test_dense_begins_with_the_initializer_and_zeros() -> None:
    layer = nn.Dense(30, 20, rng=rng())
    same(layer.weights, initializers.glorot_uniform(rng(), (30, 20)))
    same(layer.bias, np.zeros(20, np.float32))
    layer = nn.Dense(30, 20, rng=rng(), initializer=initializers.he_normal, dtype=np.float64)
    same(layer.weights, initializers.he_normal(rng(), (30, 20), np.float64))
    assert layer.bias.dtype == np.float64
    layer = nn.Dense(
        3, 2, initializer=lambda rng, shape, dtype: rng.random(shape), rng=rng(), dtype=np.float16
    )
    assert layer.weights.dtype == np.float16
    assert (nn.Dense(30, 20).weights != nn.Dense(30, 20).weights).any()


def test_dense_without_a_bias() -> None:
    layer = nn.Dense(3, 2, rng=rng(), bias=False)
    x = np.ones((1, 3), np.float32)
    same(layer(x), x @ layer.weights)
    assert layer.bias is None
    assert tg.tree.paths(layer) == ["weights"]
    assert tg.grad(lambda layer: layer(x).sum())(layer).bias is None


def test_dense_takes_any_number_of_axes() -> None:
    layer = nn.Dense(3, 2, rng=rng(), dtype=float)
    x = rng().standard_normal((2, 4, 3))
    assert layer(x[0, 0]).shape == (2,)
    close(layer(x)[1, 2], layer(x[1, 2]))


@pytest.mark.parametrize("size", [0, -1, 2.0, "3", True, np.float64(2)])
def test_sizes_that_are_none(size: Any) -> None:
    with pytest.raises(ValueError, match=r"Dense: in_features is .*; expected a positive integer"):
        nn.Dense(size, 2)
    with pytest.raises(ValueError, match=r"Dense: out_features is .*; expected a positive integer"):
        nn.Dense(2, size)


def test_sizes_may_be_numpy_integers() -> None:
    assert nn.Dense(np.int64(3), np.uint8(2)).weights.shape == (3, 2)


def test_other_arguments_that_do_not_fit() -> None:
    for wrong in (0, np.random.RandomState(0), "seed"):
        with pytest.raises(
            TypeError, match=r"Dense: rng is of type .*np.random.default_rng\(seed\)"
        ):
            nn.Dense(3, 2, rng=wrong)
    for dtype in (int, bool, str):
        with pytest.raises(ValueError, match=r"Dense: dtype .* cannot be trained"):
            nn.Dense(3, 2, dtype=dtype)
    with pytest.raises(ValueError, match=r"initializer returned shape \(2, 3\); .* for \(3, 2\)"):
        nn.Dense(3, 2, initializer=lambda rng, shape, dtype: np.ones(shape[::-1]))


@pytest.mark.parametrize(
    ("shape", "advice"),
    [((5, 4), ""), ((), ""), ((4,), ""), ((5, 3, 4), ""), ((5, 3, 1), "reshape(len(x), 3)"),
     ((5, 1, 3, 1), "reshape(len(x), 3)")],
)  # fmt: skip
def test_an_input_of_another_shape_is_refused(shape: Any, advice: str) -> None:
    layer = nn.Dense(3, 2)
    for call in (layer, layer.forward, lambda x: layer(x.tolist())):
        with pytest.raises(ValueError, match=r"Dense\(3, 2\): the input has shape ") as caught:
            call(np.ones(shape))
        message = str(caught.value)
        assert str(shape) in message
        assert "(..., 3)" in message
        assert ("flatten" in message) == bool(advice)
        assert advice in message
    with pytest.raises(ValueError, match=r"layer 1, Dense\(3, 2\): the input has shape"):
        nn.NeuralNetwork([nn.ReLU(), layer])(np.ones(shape))


# Activations


def test_activations_of_functions_and_of_subclasses() -> None:
    class Swish(nn.Activation):
        def __call__(self, x: Any) -> Any:
            return x * nn.sigmoid(x)

    x = np.array([-1.0, 2.0])
    same(Swish()(x, training=True), x * nn.sigmoid(x))
    assert repr(Swish()) == "Swish()"
    assert tg.tree.leaves(Swish()) == []

    class Leaky(nn.Activation):
        def __init__(self, slope: float) -> None:
            super().__init__(lambda x: np.where(x > 0, x, slope * x))

    same(Leaky(0.5)(x), np.array([-0.5, 2.0]))


@pytest.mark.parametrize("wrong", [None, "relu", 3, np.ones(2)])
def test_an_activation_that_is_no_function(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"Activation: .* is not a function of an array"):
        nn.Activation(wrong)
    if wrong is None:
        with pytest.raises(TypeError, match="Activation: None is not a function"):
            nn.Activation()


# How they look


def test_repr() -> None:
    assert repr(nn.Dense(3, 2)) == "Dense(3, 2)"
    assert repr(nn.Dense(3, 2, bias=False)) == "Dense(3, 2, bias=False)"
    assert repr(nn.ReLU()) == "ReLU()"
    assert repr(nn.Sigmoid()) == "Sigmoid()"
    assert repr(nn.Softmax()) == "Softmax()"
    assert repr(nn.Softmax(axis=0)) == "Softmax(axis=0)"
    assert repr(nn.Activation(np.tanh)) == "Activation(tanh)"
    assert repr(Scale(3)) == "Scale(factor: 3)"
    assert repr(Twice(nn.Dense(2, 2))) == "Twice(first.weights: 2×2, first.bias: 2)"
    scalar = Scale(3)
    scalar.factor = np.array(1.0)
    assert repr(scalar) == "Scale(factor: scalar)"


def test_repr_while_recorded_and_of_gradients() -> None:
    seen = []
    layer = nn.Dense(3, 2)

    def loss(layer: Any) -> Any:
        seen.append(repr(layer))
        return layer(np.ones((1, 3), np.float32)).sum()

    assert repr(tg.grad(loss)(layer)) == "Dense(3, 2)"
    assert seen == ["Dense(3, 2)"]


def test_the_structure_of_a_layer_names_its_leaves() -> None:
    structure = repr(tg.tree.flatten(nn.NeuralNetwork([nn.Dense(3, 2)]))[1])
    assert "layers.0.weights" in structure
    with pytest.raises(tg.TreeError, match=r"layers\.1\.weights"):
        tg.tree.map(
            np.add,
            nn.NeuralNetwork([nn.Dense(3, 2)]),
            nn.NeuralNetwork([nn.Dense(3, 2), nn.Dense(2, 2)]),
        )


def test_saving_and_loading_any_layer(tmp_path: Any) -> None:
    layer = Everything()
    train.save(tmp_path / "layer.npz", layer)
    loaded = train.load(tmp_path / "layer.npz", like=tg.tree.map(np.zeros_like, layer))
    same(loaded, layer)
