"""predict and evaluate: in batches, recording nothing; losses and accuracies; bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import nn, train


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def network(*layers: Any) -> nn.NeuralNetwork:
    return nn.NeuralNetwork(layers)


def classifier(last: nn.Layer | None = None) -> nn.NeuralNetwork:
    layers = [nn.Dense(6, 5, rng=generator()), nn.ReLU(), nn.Dense(5, 3, rng=generator())]
    return nn.NeuralNetwork(layers if last is None else [*layers, last])


X = generator(1).normal(size=(50, 6)).astype(np.float32)
LABELS = generator(2).integers(0, 3, 50)
ONE_HOT = np.eye(3)[LABELS]


@pytest.mark.parametrize("batch_size", [1, 7, 50, 1000])
def test_predict_is_the_call_in_batches(batch_size: int) -> None:
    model = classifier()
    found = model.predict(X, batch_size=batch_size)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, model(X), rtol=1e-5, atol=1e-6)


def test_predict_records_nothing_and_does_not_train() -> None:
    calls: list[tuple[Any, ...]] = []

    class Spy(nn.Layer):
        def __call__(self, x: Any, training: bool = False) -> Any:
            calls.append((type(x), training, len(x)))
            return x

    network(Spy()).predict(X, batch_size=20)
    assert calls == [(np.ndarray, False, 20), (np.ndarray, False, 20), (np.ndarray, False, 10)]


def test_predict_returns_a_fresh_array() -> None:
    out = network(lambda x: x).predict(X)
    assert not np.shares_memory(out, X)
    out[:] = 0  # and a writable one


def test_any_layer_will_do() -> None:
    layer = nn.Dense(6, 2, rng=generator())
    np.testing.assert_allclose(train.predict(layer, X), layer(X), rtol=1e-6)
    assert train.evaluate(layer, X, np.zeros((50, 2)), loss=nn.mse).accuracy is None


def test_floating_inputs_take_the_dtype_of_the_parameters() -> None:
    model = classifier()
    assert model.predict(X.astype(np.float64)).dtype == np.float32
    np.testing.assert_array_equal(model.predict(X.astype(np.float64)), model.predict(X))
    np.testing.assert_array_equal(model.predict(X.tolist()), model.predict(X))


def test_sequences_and_images_keep_their_axes() -> None:
    model = network(nn.Dense(6, 3, rng=generator()))
    assert model.predict(X.reshape(10, 5, 6)).shape == (10, 5, 3)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (X[0], ValueError, r"from x of shape \(6,\) .* a single example is x\[np\.newaxis\]"),
        (X[0][:5], ValueError, r"layer 0, Dense\(6, 5\): the input has shape \(5,\); expected"),
        (X[:, :4], ValueError, r"layer 0, Dense\(6, 5\): the input has shape \(50, 4\)"),
        (X[:0], ValueError, r"predict: x has shape \(0, 6\): no examples"),
        (X.astype(str), TypeError, "predict: x has dtype <U32, which is not numeric"),
        (X.astype(object), TypeError, "predict: x has dtype object, which is not numeric"),
        (np.zeros((2, 6), np.uint8), TypeError, r"x\.astype\(np\.float32\) / 255"),
    ],
)
def test_predict_refuses(x: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        classifier().predict(x)


def test_predict_refuses_what_is_no_layer_or_batch_size() -> None:
    with pytest.raises(TypeError, match="the model is a function, not a layer"):
        train.predict(lambda x: x, X)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="predict: batch_size=0 must be 1 or more"):
        classifier().predict(X, batch_size=0)


# --- evaluate


@pytest.mark.parametrize("batch_size", [1, 7, 50, 1000])
@pytest.mark.parametrize("labels", [LABELS, ONE_HOT, LABELS.astype(np.uint8)])
def test_evaluate_is_the_mean_over_the_data(batch_size: int, labels: Any) -> None:
    model = classifier(nn.Softmax())
    probabilities = model(X).astype(np.float64)
    result = model.evaluate(X, labels, batch_size=batch_size)
    expected = -np.mean(np.log(probabilities[np.arange(50), LABELS]))
    assert result.loss == pytest.approx(expected, rel=1e-5)
    assert result.accuracy == np.mean(probabilities.argmax(axis=1) == LABELS)
    assert result == (result.loss, result.accuracy)
    assert 0 < result.accuracy < 1


def test_accuracy_of_every_kind_of_classifier() -> None:
    logits = classifier()
    right = np.mean(logits(X).argmax(axis=1) == LABELS)

    def of_ones_own(y_true: Any, y_pred: Any) -> Any:
        return nn.softmax_crossentropy(y_true, y_pred) + 1

    for loss, labels in [
        (nn.softmax_crossentropy, LABELS),
        (nn.softmax_crossentropy, ONE_HOT),
        (nn.softmax_crossentropy, 0.9 * ONE_HOT + 0.1 / 3),
        (of_ones_own, LABELS),
        (nn.mse, ONE_HOT),
    ]:
        assert logits.evaluate(X, labels, loss=loss).accuracy == right


def test_accuracy_of_yes_and_no() -> None:
    layers = [nn.Dense(6, 1, rng=generator())]
    logits, probabilities = network(*layers), network(*layers, nn.Sigmoid())
    answers = (X[:, :1] > 0).astype(int)
    right = np.mean((logits(X) > 0) == answers)
    assert 0 < right < 1
    for model, loss in [(logits, nn.sigmoid_crossentropy), (probabilities, nn.mse)]:
        for y in (answers, answers.astype(bool), answers.astype(np.float32)):
            assert model.evaluate(X, y, loss=loss).accuracy == right


def test_numbers_have_no_accuracy() -> None:
    model = network(nn.Dense(6, 3, rng=generator()))
    y = generator(3).normal(size=(50, 3))
    result = model.evaluate(X, y, loss=nn.mse)
    assert result.accuracy is None
    assert result.loss == pytest.approx(np.mean((model(X) - y) ** 2), rel=1e-5)


def test_sequences_are_right_label_by_label() -> None:
    model = network(nn.Dense(6, 3, rng=generator()))
    x, labels = X.reshape(10, 5, 6), LABELS.reshape(10, 5)
    result = model.evaluate(x, labels, loss=nn.softmax_crossentropy, batch_size=3)
    assert result.accuracy == np.mean(model(x).argmax(axis=-1) == labels)


def test_evaluate_changes_nothing() -> None:
    model = classifier(nn.Softmax())
    before = [leaf.copy() for leaf in tg.tree.leaves(model)]
    x, y = X.copy(), LABELS.copy()
    model.evaluate(x, y)
    for a, b in zip(before, tg.tree.leaves(model), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, LABELS)


def test_the_loss_must_be_told_unless_the_network_ends_in_softmax() -> None:
    with pytest.raises(ValueError, match=r"ends in Dense\(5, 3\), not Softmax, so pass its loss"):
        classifier().evaluate(X, LABELS)
    nested = nn.NeuralNetwork([nn.ReLU(), classifier(nn.Softmax())])
    assert nested.evaluate(X, LABELS).accuracy is not None
