"""fit: what it learns, that it is exact and repeatable, how it ends, and what it refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import data, nn, optim, train


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


X = generator(1).normal(size=(100, 6)).astype(np.float32)
LABELS = (X[:, :3] + 0.1).argmax(axis=1)
ONE_HOT = np.eye(3, dtype=np.float32)[LABELS]


def classifier(last: nn.Layer | None = None, seed: int = 0) -> nn.NeuralNetwork:
    rng = generator(seed)
    layers = [nn.Dense(6, 8, rng=rng), nn.ReLU(), nn.Dense(8, 3, rng=rng), last or nn.Softmax()]
    return nn.NeuralNetwork(layers)


def leaves(model: Any) -> list[np.ndarray]:
    return [leaf.copy() for leaf in tg.tree.leaves(model)]


def assert_same(found: Any, expected: Any) -> None:
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def fit(model: Any, x: Any = X, y: Any = LABELS, **settings: Any) -> train.History:
    defaults = {"epochs": 3, "optimizer": optim.SGD(0.1), "rng": generator(), "progress": False}
    return train.fit(model, x, y, **{**defaults, **settings})


# --- learning


def test_learns_mnist() -> None:
    (x, y), (x_test, y_test) = data.mnist()
    rng = generator()
    network = nn.NeuralNetwork(
        [nn.Dense(784, 64, rng=rng), nn.ReLU(), nn.Dense(64, 10, rng=rng), nn.Softmax()]
    )
    history = network.fit(
        x[:2000], y[:2000], epochs=5, optimizer=optim.Adam(0.003), rng=rng, progress=False,
        validation_data=(x_test[:1000], y_test[:1000]),
    )  # fmt: skip
    result = network.evaluate(x_test, y_test)
    assert result.accuracy is not None
    assert result.accuracy > 0.85
    assert len(history) == 5
    assert history["loss"][-1] < history["loss"][0] / 2
    assert history["validation_accuracy"][-1] > 0.85


def test_learns_a_line() -> None:
    layer = nn.Dense(1, 1, rng=generator(), dtype=np.float64)
    x = np.linspace(-1, 1, 64)[:, np.newaxis]
    fit(layer, x, 3 * x - 2, loss=nn.mse, optimizer=optim.SGD(0.3), epochs=50)
    np.testing.assert_allclose(layer.weights, 3, rtol=1e-6)
    np.testing.assert_allclose(layer.bias, -2, rtol=1e-6)


def test_works_without_an_optimizer_or_a_generator() -> None:
    network = classifier()
    history = network.fit(X, LABELS, epochs=20, batch_size=5, progress=False)
    assert history["loss"][-1] < 0.7 * history["loss"][0]


@pytest.mark.parametrize("labels", [LABELS, LABELS.astype(np.uint8), ONE_HOT, ONE_HOT.tolist()])
def test_integer_and_one_hot_labels_are_the_same(labels: Any) -> None:
    model, expected = classifier(), classifier()
    history, other = fit(model, y=labels), fit(expected)
    assert history["loss"] == pytest.approx(other["loss"], rel=1e-5)
    assert history["accuracy"] == other["accuracy"]
    for a, b in zip(leaves(model), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_float32_stays_float32_whatever_the_data() -> None:
    seen: set[np.dtype[Any]] = set()

    class Spy(nn.Layer):
        def __call__(self, x: Any, training: bool = False) -> Any:
            seen.add(x.dtype)
            return x

    layers = classifier().layers
    model = nn.NeuralNetwork([Spy(), *layers[:-1], Spy(), nn.Softmax()])
    expected = classifier()
    fit(model, X.astype(np.float64), ONE_HOT.astype(np.float64), validation_data=(X, LABELS))
    fit(expected, X, ONE_HOT)
    assert seen == {np.dtype(np.float32)}
    assert_same(model, expected)


def test_the_stable_gradient_is_taken_where_probabilities_underflow() -> None:
    x, labels = np.array([[1000.0, -1000.0]] * 4), np.array([0, 1, 1, 1])
    network = nn.NeuralNetwork([nn.Dense(2, 2, rng=generator(), dtype=np.float64), nn.Softmax()])
    network.layers[0].weights[:] = [[1, -1], [-1, 1]]
    assert network(x)[0, 1] == 0
    fit(network, x, labels, epochs=1, optimizer=optim.SGD(1.0), batch_size=4)
    # The gradient of the bias is the mean of p − y, (3/4, −3/4), though p is 0 and 1.
    np.testing.assert_array_equal(network.layers[0].bias, [-0.75, 0.75])


def test_a_layer_in_two_places_is_trained_once() -> None:
    layer = nn.Dense(1, 1, rng=generator(), dtype=np.float64)
    layer.weights[:] = 2
    network = nn.NeuralNetwork([layer, layer])
    fit(
        network, np.ones((1, 1)), np.zeros((1, 1)), loss=nn.mse, optimizer=optim.SGD(0.01), epochs=1
    )
    # (w² + w b + b)² at w = 2, b = 0: by w 2 · 4 · 4 = 32, by b 2 · 4 · 3 = 24.
    np.testing.assert_allclose(layer.weights, 2 - 0.32, rtol=1e-12)
    np.testing.assert_allclose(layer.bias, -0.24, rtol=1e-12)


def test_history_has_the_means_of_the_epoch() -> None:
    # Nothing changes at a learning rate of nearly nothing, so the means are those of the model.
    model = classifier()
    history = fit(
        model,
        epochs=2,
        optimizer=optim.SGD(1e-30),
        batch_size=32,
        validation_data=(X[:7], LABELS[:7]),
    )
    whole, part = model.evaluate(X, LABELS), model.evaluate(X[:7], LABELS[:7])
    for epoch in range(2):
        row = {name: history[name][epoch] for name in history}
        assert row.pop("seconds") >= 0
        assert row == pytest.approx(
            {
                "loss": whole.loss, "accuracy": whole.accuracy,
                "validation_loss": part.loss, "validation_accuracy": part.accuracy,
            },
            rel=1e-5,
        )  # fmt: skip


def test_training_is_told_from_measuring() -> None:
    calls: list[tuple[bool, int]] = []

    class Spy(nn.Layer):
        def __call__(self, x: Any, training: bool = False) -> Any:
            calls.append((training, len(x)))
            return x

    model = nn.NeuralNetwork([Spy(), *classifier().layers])
    fit(model, epochs=2, batch_size=64, validation_data=(X[:5], LABELS[:5]))
    before, of_an_epoch = [(False, 64), (False, 5)], [(True, 64), (True, 36), (False, 5)]
    assert calls == [*before, *of_an_epoch, *of_an_epoch]


# --- exactness


def functional(rng: np.random.Generator) -> tuple[dict[str, Any], Callable[..., Any]]:
    """Return the classifier as functions over a dict of arrays, and its loss."""
    he = nn.initializers.glorot_uniform
    params = {
        "hidden": {"weights": he(rng, (6, 8), np.float32), "bias": np.zeros(8, np.float32)},
        "output": {"weights": he(rng, (8, 3), np.float32), "bias": np.zeros(3, np.float32)},
    }

    def loss(params: Any, x: Any, labels: Any) -> Any:
        hidden = nn.relu(x @ params["hidden"]["weights"] + params["hidden"]["bias"])
        logits = hidden @ params["output"]["weights"] + params["output"]["bias"]
        return nn.categorical_crossentropy(labels, nn.softmax(logits))

    return params, loss


@pytest.mark.parametrize("make", [lambda: optim.SGD(0.1, momentum=0.9), optim.Adam])
def test_the_same_training_written_as_functions_gives_the_same_bits(
    make: Callable[[], optim.Optimizer],
) -> None:
    model = classifier()
    history = fit(model, optimizer=make(), batch_size=16, rng=generator(7), epochs=4)

    params, loss = functional(generator(0))
    optimizer, rng = make(), generator(7)
    step = tg.value_and_grad(loss)
    losses = []
    for _epoch in range(4):
        total = 0.0
        for x, labels in data.batches(X, LABELS, 16, rng):
            value, gradients = step(params, x, labels)
            optimizer.step(params, gradients)
            total += float(value) * len(x)
        losses.append(total / len(X))
    assert_same(model, params)
    assert history["loss"] == losses


def test_a_seed_determines_everything_and_validation_nothing() -> None:
    models = [classifier() for _ in range(4)]
    first = fit(models[0], rng=generator(5))
    second = fit(models[1], rng=generator(5))
    fit(models[2], rng=generator(5), validation_data=(X[:9], LABELS[:9]), callbacks=[print_nothing])
    fit(models[3], rng=generator(6))
    assert first["loss"] == second["loss"]
    assert_same(models[1], models[0])
    assert_same(models[2], models[0])
    assert np.any(leaves(models[3])[0] != leaves(models[0])[0])


def print_nothing(epoch: int, history: train.History, model: Any) -> None:
    model.evaluate(X, LABELS)


def test_two_runs_are_as_one_of_both_lengths() -> None:
    whole, parts = classifier(), classifier()
    fit(whole, epochs=5, optimizer=optim.Adam())
    optimizer, rng = optim.Adam(), generator()
    fit(parts, epochs=2, optimizer=optimizer, rng=rng)
    fit(parts, epochs=3, optimizer=optimizer, rng=rng)
    assert_same(parts, whole)


def test_the_optimizer_goes_on_with_the_model_by_hand() -> None:
    model, optimizer = classifier(), optim.Adam()
    fit(model, optimizer=optimizer)
    assert optimizer.state is not None
    assert list(optimizer.state["first_moment"]) == tg.tree.paths(model)
    steps = int(optimizer.state["step"])
    optimizer.step(model, tg.tree.map(np.ones_like, model))
    assert int(optimizer.state["step"]) == steps + 1


def test_a_batch_of_more_than_there_is_is_all_there_is() -> None:
    model, expected = classifier(), classifier()
    fit(model, batch_size=10_000)
    fit(expected, batch_size=100)
    assert_same(model, expected)


def test_the_data_are_left_alone() -> None:
    x, y = X.astype(np.float64), LABELS.copy()
    fit(classifier(), x, y)
    np.testing.assert_array_equal(x, X.astype(np.float64))
    np.testing.assert_array_equal(y, LABELS)


# --- validation that is split off


def test_a_share_is_split_off_by_the_generator() -> None:
    model, expected = classifier(), classifier()
    history = fit(model, rng=generator(5), validation_split=0.2)
    rng = generator(5)
    rest, aside = data.train_validation_split(X, LABELS, 0.2, rng)
    by_hand = fit(expected, *rest, rng=rng, validation_data=aside)
    assert_same(model, expected)
    assert history["validation_loss"] == by_hand["validation_loss"]
    assert history["validation_accuracy"] == by_hand["validation_accuracy"]


def test_what_is_split_off_keeps_its_weights_but_not_those_of_classes() -> None:
    weights = generator(2).random(100)
    settings: dict[str, Any] = {"optimizer": optim.SGD(1e-30), "epochs": 1}
    history = fit(
        classifier(), rng=generator(5), validation_split=20, sample_weight=weights,
        class_weight=[1, 50, 1], **settings,
    )  # fmt: skip
    positions = np.arange(100)
    (kept, _), (aside, _) = data.train_validation_split(positions, positions, 20, generator(5))
    of_classes = weights * np.array([1, 50, 1])[LABELS]
    for name, chosen, counted in [("", kept, of_classes), ("validation_", aside, weights)]:
        found = classifier().evaluate(X[chosen], LABELS[chosen], sample_weight=counted[chosen])
        assert history[f"{name}loss"][0] == pytest.approx(found.loss, rel=1e-5)
        assert history[f"{name}accuracy"][0] == pytest.approx(found.accuracy)


# --- weights


def test_a_weight_of_two_is_as_being_there_twice() -> None:
    weights = generator(2).integers(0, 3, 100)
    model, expected = classifier(), classifier()
    settings: dict[str, Any] = {"batch_size": 300, "epochs": 5, "optimizer": None}
    history = fit(model, sample_weight=weights, **settings)
    repeated = np.repeat(np.arange(100), weights)
    other = fit(expected, X[repeated], LABELS[repeated], **settings)
    assert history["loss"] == pytest.approx(other["loss"], rel=1e-5)
    for a, b in zip(leaves(model), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("y", [LABELS, ONE_HOT])
@pytest.mark.parametrize("given", [{0: 1, 2: 0.5, 1: 4.0}, [1, 4, 0.5], np.array([1, 4, 0.5])])
def test_class_weights_are_weights_of_their_examples(y: Any, given: Any) -> None:
    model, expected = classifier(), classifier()
    weights = generator(2).random(100)
    fit(model, y=y, class_weight=given, sample_weight=weights)
    fit(expected, y=y, sample_weight=weights * np.array([1, 4, 0.5])[LABELS])
    assert_same(model, expected)


def test_the_weights_of_an_epoch_are_those_of_all_batches() -> None:
    weights = generator(2).random(100)
    history = fit(
        classifier(), sample_weight=weights, batch_size=7, epochs=1, optimizer=optim.SGD(1e-30),
        validation_data=(X, LABELS, weights),
    )  # fmt: skip
    each = -np.log(classifier()(X)[np.arange(100), LABELS])
    expected = np.average(each, weights=weights)
    assert history["loss"][0] == pytest.approx(expected, rel=1e-5)
    assert history["validation_loss"][0] == pytest.approx(expected, rel=1e-5)
    assert classifier().evaluate(X, LABELS, sample_weight=weights, batch_size=9).loss == (
        pytest.approx(expected, rel=1e-5)
    )


def test_yes_and_no_can_have_weights() -> None:
    y = (X[:, :2] > 0.7).astype(np.float32)
    logits = nn.NeuralNetwork([nn.Dense(6, 2, rng=generator())])
    history = fit(
        logits, y=y, loss=nn.sigmoid_crossentropy, class_weight={0: 1, 1: 3}, epochs=1,
        optimizer=optim.SGD(1e-30),
    )  # fmt: skip
    scores = nn.NeuralNetwork([nn.Dense(6, 2, rng=generator())])(X).astype(np.float64)
    each = np.logaddexp(0, scores) - y * scores
    expected = np.average(each, weights=np.where(y == 1, 3, 1))
    assert history["loss"][0] == pytest.approx(expected, rel=1e-5)


def test_steps_of_a_sequence_can_have_weights() -> None:
    x, labels = X[:96].reshape(8, 12, 6), LABELS[:96].reshape(8, 12)
    weights = generator(2).random((8, 12))
    found = train.evaluate(classifier(), x, labels, sample_weight=weights, batch_size=3)
    each = -np.log(np.take_along_axis(classifier()(x), labels[..., None], -1)[..., 0])
    assert found.loss == pytest.approx(np.average(each, weights=weights), rel=1e-5)


@pytest.mark.parametrize("y", [LABELS, ONE_HOT])
@pytest.mark.parametrize("junk", [-1, 1000])
def test_what_weighs_nothing_may_be_anything_and_is_not_counted(y: Any, junk: int) -> None:
    x, y = X[:96].reshape(8, 12, 6), y[:96].reshape(8, 12, *y.shape[1:])
    mask = generator(2).random((8, 12)) < 0.6
    padded = y.copy()
    padded[~mask] = junk
    settings: dict[str, Any] = {"metrics": ["f1", "confusion_matrix"], "epochs": 2, "batch_size": 3}
    validation = {"validation_data": (x, padded, mask)}
    model, expected = classifier(), classifier()
    history = fit(model, x, padded, sample_weight=mask, **validation, **settings)
    other = fit(expected, x, y, sample_weight=mask, **settings)
    assert_same(model, expected)
    assert history["loss"] == other["loss"]
    found = model.evaluate(x[mask], y[mask], metrics=["f1", "confusion_matrix"])
    assert history["validation_accuracy"][-1] == found.accuracy
    assert history["validation_f1"][-1] == found.metrics["f1"]
    np.testing.assert_array_equal(
        history["validation_confusion_matrix"][-1], found.metrics["confusion_matrix"]
    )
    assert history["confusion_matrix"][0].sum() == mask.sum()


def test_a_number_that_weighs_nothing_is_not_counted() -> None:
    y, mask = X[:, :2].copy(), generator(2).random((100, 2)) < 0.5
    y[~mask] = np.nan
    model = nn.NeuralNetwork([nn.Dense(6, 2, rng=generator())])
    found = model.evaluate(
        X, y, loss=nn.mse, sample_weight=mask, metrics=["mean_absolute_error"], batch_size=9
    )
    errors = (model(X) - y)[mask]
    assert found.loss == pytest.approx((errors**2).mean(), rel=1e-5)
    assert found.metrics["mean_absolute_error"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)


def test_metrics_of_nothing_are_no_numbers() -> None:
    weights = np.zeros(100)
    weights[:50] = 1
    history = fit(
        classifier(), sample_weight=weights, validation_data=(X, LABELS, weights), batch_size=10
    )
    assert np.isfinite(history["accuracy"]).all()
    measured = train.measures.Measures([train.metrics.Accuracy()])
    measured.add(0.0, 0.0, LABELS, ONE_HOT, np.zeros(100))
    np.testing.assert_equal(measured.named(), {"loss": 0.0, "accuracy": np.nan})


def test_a_loss_of_ones_own_takes_weights_by_a_keyword() -> None:
    def loss(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        errors = ((y_pred - y_true) ** 2).mean(axis=1)
        return (
            np.mean(errors) if sample_weight is None else np.average(errors, weights=sample_weight)
        )

    model, expected = (nn.NeuralNetwork([nn.Dense(6, 2, rng=generator())]) for _ in range(2))
    weights = generator(2).random(100)
    fit(model, y=X[:, :2], loss=loss, sample_weight=weights)
    fit(expected, y=X[:, :2], loss=nn.mse, sample_weight=weights)
    for a, b in zip(leaves(model), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


# --- batches in parts


@pytest.mark.parametrize("count", [2, 3, 7, 32, 1000])
@pytest.mark.parametrize("weights", [None, generator(2).random(100)])
def test_parts_of_a_batch_make_the_same_step_as_the_batch(count: int, weights: Any) -> None:
    layers = [nn.Dense(6, 8, rng=generator(), dtype=np.float64), nn.Sigmoid()]
    whole = nn.NeuralNetwork([*layers, nn.Dense(8, 3, rng=generator(), dtype=np.float64)])
    parts = tg.tree.map(np.copy, whole)
    settings: dict[str, Any] = {"loss": nn.softmax_crossentropy, "sample_weight": weights}
    settings |= {"optimizer": optim.SGD(0.1, momentum=0.9), "metrics": ["f1"], "epochs": 4}
    expected = fit(whole, **settings)
    history = fit(parts, micro_batches=count, **{**settings, "optimizer": optim.SGD(0.1, 0.9)})
    for a, b in zip(leaves(parts), leaves(whole), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-12)
    assert history["f1"] == expected["f1"]


def test_a_part_of_a_batch_is_what_the_model_sees() -> None:
    seen: list[int] = []

    class Spy(nn.Layer):
        def __call__(self, x: Any, training: bool = False) -> Any:
            if training:
                seen.append(len(x))
            return x

    model = nn.NeuralNetwork([Spy(), *classifier().layers])
    optimizer = optim.SGD(0.1)
    fit(model, batch_size=48, micro_batches=5, epochs=1, optimizer=optimizer)
    assert seen == [9, 10, 9, 10, 10] * 2 + [1] * 4
    assert optimizer.state is not None
    assert optimizer.state["step"] == 3


def test_parts_leave_the_dtype() -> None:
    model = classifier()
    fit(model, micro_batches=3, class_weight=[1, 2, 3])
    assert {leaf.dtype for leaf in leaves(model)} == {np.dtype(np.float32)}


# --- callbacks, and which parameters remain


def test_callbacks_see_each_epoch_and_end_the_training() -> None:
    seen: list[tuple[int, int, Any]] = []

    def first(epoch: int, history: train.History, model: Any) -> bool:
        seen.append((epoch, len(history), model))
        return epoch == 2

    model = classifier()
    history = fit(model, epochs=5, callbacks=[first, lambda *_: seen.append("second")])
    assert seen == [(1, 1, model), "second", (2, 2, model), "second"]
    assert len(history) == 2
    assert not history.interrupted


def test_only_true_ends_the_training() -> None:
    answers = iter([1, "yes", None, np.False_, np.True_, None])
    assert len(fit(classifier(), epochs=6, callbacks=[lambda *_: next(answers)])) == 5


def test_a_callback_may_give_the_model_other_arrays() -> None:
    given = np.zeros((8, 3), np.float32)

    def prune(epoch: int, history: train.History, model: Any) -> None:
        if epoch == 1:
            model.layers[2].weights = given

    model = classifier()
    fit(model, epochs=2, callbacks=[prune], restore_best=True)
    assert model.layers[2].weights is given
    assert np.any(given), "it is the new array that was trained"


def overfit(**settings: Any) -> tuple[train.History, list[list[np.ndarray]], nn.NeuralNetwork]:
    """Train so that the validation loss is best in the middle; return the parameters by epoch."""
    kept: list[list[np.ndarray]] = []
    model = classifier()
    rng = generator(3)
    validation = (X, ONE_HOT[rng.permutation(100)] * 0.6 + ONE_HOT * 0.4)
    keep = [lambda epoch, history, model: kept.append(leaves(model))]
    callbacks = keep + settings.pop("callbacks", [])
    history = fit(
        model, epochs=8, optimizer=optim.Adam(0.03), validation_data=validation,
        callbacks=callbacks, **settings,
    )  # fmt: skip
    return history, kept, model


def test_a_completed_run_leaves_the_last_parameters() -> None:
    history, kept, model = overfit()
    assert 1 < (history.best_epoch or 0) < 8, "or this test and the next prove nothing"
    for a, b in zip(leaves(model), kept[-1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_restore_best_leaves_those_of_the_best_epoch() -> None:
    history, kept, model = overfit(restore_best=True)
    assert history.best_epoch is not None
    for a, b in zip(leaves(model), kept[history.best_epoch - 1], strict=True):
        np.testing.assert_array_equal(a, b)


def interrupt_at(last: int) -> Callable[..., None]:
    def callback(epoch: int, history: train.History, model: Any) -> None:
        if epoch == last:
            raise KeyboardInterrupt

    return callback


def test_an_interrupted_run_leaves_the_best_parameters_and_returns_its_history(
    capsys: pytest.CaptureFixture[str],
) -> None:
    history, kept, model = overfit(callbacks=[interrupt_at(7)])
    assert history.interrupted
    assert len(history) == 7
    best = history.best_epoch
    assert best is not None
    assert best < 7
    for a, b in zip(leaves(model), kept[best - 1], strict=True):
        np.testing.assert_array_equal(a, b)
    value = f"{history['validation_loss'][best - 1]:.4f}"
    assert capsys.readouterr().out == (
        f"interrupted after 7 of 8 epochs. The parameters are those of epoch {best}, the best so "
        f"far (validation loss {value})\n"
    )


class InterruptAt(nn.Layer):
    """Raises KeyboardInterrupt in a step of the training."""

    def __init__(self, step: int) -> None:
        self.count = iter(range(1, 1000))
        self.step = step

    def __call__(self, x: Any, training: bool = False) -> Any:
        if training and next(self.count) == self.step:
            raise KeyboardInterrupt
        return x


def test_an_interrupt_in_the_middle_of_an_epoch_falls_back_on_the_last_best(
    capsys: pytest.CaptureFixture[str],
) -> None:
    expected = classifier()
    fit(expected, epochs=2, batch_size=50)
    model = nn.NeuralNetwork([InterruptAt(6), *classifier().layers])
    history = fit(model, epochs=9, batch_size=50)
    assert history.interrupted
    assert len(history) == 2
    assert_same(model, expected)
    assert "interrupted after 2 of 9 epochs" in capsys.readouterr().out


def test_an_interrupt_in_the_first_epoch_leaves_what_was_learned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    expected = classifier()
    [(x, y), *_] = data.batches(X, LABELS, 50, generator())
    fit(expected, x, y, epochs=1, batch_size=50)
    model = nn.NeuralNetwork([InterruptAt(2), *classifier().layers])
    history = fit(model, epochs=9, batch_size=50)
    assert history.interrupted
    assert len(history) == 0
    for a, b in zip(leaves(model), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert "The parameters are as the last step left them" in capsys.readouterr().out


TRAIN_FOREVER = """
import json
import numpy as np
from tinygrad_np import nn

rng = np.random.default_rng(0)
x = rng.normal(size=(3000, 20)).astype(np.float32)
y = rng.integers(0, 3, 3000)
network = nn.NeuralNetwork(
    [nn.Dense(20, 50, rng=rng), nn.ReLU(), nn.Dense(50, 3, rng=rng), nn.Softmax()]
)
validation = x[2000:], y[2000:]
history = network.fit(x[:2000], y[:2000], epochs=100_000, validation_data=validation, rng=rng)
best = history["validation_loss"][history.best_epoch - 1]
lengths = sorted({len(history[name]) for name in history})
loss = network.evaluate(*validation).loss
print(json.dumps([history.interrupted, len(history), lengths, loss, best]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to a child")
def test_ctrl_c_ends_the_training_and_not_the_program() -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", TRAIN_FOREVER],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for _epoch in range(3):
        assert process.stdout.readline().startswith("epoch ")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    *_, notice, last = out.splitlines()
    interrupted, epochs, lengths, loss, best = json.loads(last)
    assert interrupted
    assert epochs >= 3
    assert lengths == [epochs]
    assert loss == best
    assert notice.startswith(f"interrupted after {epochs} of 100000 epochs. The parameters are")


# --- divergence


def test_a_loss_that_is_no_number_ends_the_training_with_the_best_parameters() -> None:
    kept: list[list[np.ndarray]] = []

    def spoil(epoch: int, history: train.History, model: Any) -> None:
        kept.append(leaves(model))
        if epoch == 2:
            model.layers[2].bias[:] = np.nan

    model = classifier()
    with pytest.raises(train.DivergenceError) as caught:
        fit(model, epochs=5, batch_size=25, callbacks=[spoil])
    best = caught.value.history.best_epoch
    assert len(caught.value.history) == 2
    assert str(caught.value) == (
        "fit: in epoch 3, step 1 of 4, the loss is nan. The parameters are those of epoch "
        f"{best}, the best so far (loss {caught.value.history['loss'][1]:.4f}). A smaller learning "
        "rate often helps"
    )
    for a, b in zip(leaves(model), kept[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_divergence_in_the_first_epoch_leaves_the_model_as_it_was() -> None:
    model = nn.NeuralNetwork([nn.Dense(6, 1, rng=generator())])
    before = leaves(model)
    with (
        np.errstate(all="ignore"),
        pytest.raises(
            train.DivergenceError, match=r"epoch 1, step \d+ of 50, the loss is inf.* befo"
        ),
    ):
        fit(model, y=X[:, :1], loss=nn.mse, optimizer=optim.SGD(1e30), batch_size=2)
    for a, b in zip(leaves(model), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_last_step_that_spoils_the_parameters_is_noticed() -> None:
    model = nn.NeuralNetwork([nn.Dense(6, 1, rng=generator())])
    before = leaves(model)
    with (
        np.errstate(all="ignore"),
        pytest.raises(
            train.DivergenceError, match=r"after epoch 1, the parameter layers\.0\.weights"
        ),
    ):
        fit(model, y=X[:, :1], loss=nn.mse, optimizer=optim.SGD(3e38), batch_size=100, epochs=1)
    for a, b in zip(leaves(model), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_validation_loss_that_is_no_number_is_noticed() -> None:
    def loss(y_true: Any, y_pred: Any) -> Any:
        return nn.mse(y_true, y_pred) + (np.nan if len(y_true) == 7 else 0)

    model = nn.NeuralNetwork([nn.Dense(6, 1, rng=generator())])
    with pytest.raises(train.DivergenceError, match="after epoch 1, the validation loss is nan"):
        fit(model, y=X[:, :1], loss=loss, validation_data=(X[:7], X[:7, :1]))


@pytest.mark.parametrize(
    ("slope", "reason"), [(np.nan, "holds NaN or infinity"), (1e200, "their squares overflow")]
)
def test_gradients_that_cannot_be_clipped_end_the_training(slope: float, reason: str) -> None:
    steep = tg.custom_op(lambda x: 1.0 * x).defvjp(lambda cotangent, out, x: cotangent * slope)
    model = nn.NeuralNetwork([nn.Dense(6, 1, rng=generator(), dtype=np.float64), steep])
    before, optimizer = leaves(model), optim.SGD(0.1, clip_norm=1.0)
    message = f"fit: in epoch 1, step 1 of 4: SGD.step: clip_norm: .*{reason}.*from before the tr"
    with pytest.raises(train.DivergenceError, match=message):
        fit(model, y=X[:, :1], loss=nn.mse, optimizer=optimizer)
    for a, b in zip(leaves(model), before, strict=True):
        np.testing.assert_array_equal(a, b)


# --- bad input: refused before anything is changed


def with_value(array: Any, index: tuple[int, ...], value: float) -> Any:
    changed = np.array(array, np.float64)
    changed[index] = value
    return changed


LINEAR = {"last": nn.Dense(3, 1), "loss": nn.mse}
BAD_DATA: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "nan in x": ({"x": with_value(X, (17, 3), np.nan)}, ValueError, r"x\[17, 3\] is nan; drop"),
    "inf in x": ({"x": with_value(X, (0, 0), -np.inf)}, ValueError, r"x\[0, 0\] is -inf; drop"),
    "huge x": (
        {"x": with_value(X, (99, 5), 1e300)},
        ValueError,
        r"x\[99, 5\] is 1e\+300, too large for float32, the dtype of the model's parameters",
    ),
    "nan in y": ({"y": with_value(ONE_HOT, (4, 1), np.nan)}, ValueError, r"y\[4, 1\] is nan; drop"),
    "nan in validation": (
        {"validation_data": (with_value(X, (2, 1), np.nan), LABELS)},
        ValueError,
        r"validation x\[2, 1\] is nan",
    ),
    "lengths": ({"y": LABELS[:99]}, ValueError, r"x has 100 examples and y has 99 \(shapes"),
    "validation lengths": (
        {"validation_data": (X, LABELS[:9])},
        ValueError,
        "validation x has 100 examples and validation y has 9",
    ),
    "no examples": (
        {"x": X[:0], "y": LABELS[:0]},
        ValueError,
        r"x has shape \(0, 6\): no examples",
    ),
    "no axes": ({"x": 3.0, "y": 1}, ValueError, r"x has shape \(\): no examples"),
    "images as stored": (
        {"x": np.zeros((100, 6), np.uint8)},
        TypeError,
        r"x is uint8, as images are stored, .* x\.astype\(np\.float32\) / 255",
    ),
    "text in x": ({"x": X.astype(str)}, TypeError, "x has dtype <U32, which is not numeric"),
    "text in y": (
        {"y": np.array(["cat"] * 100)},
        TypeError,
        r"y has dtype <U3, .* np\.unique\(y, return_inverse=True\)",
    ),
    "a dict": ({"x": {"a": X}}, TypeError, "fit: x is a dict, not an array of rows"),
    "batches": ({"x": iter(X)}, TypeError, "fit: x is a .*iterator, not an array of rows"),
    "objects": ({"x": X.astype(object)}, TypeError, "x has dtype object"),
    "x of another width": (
        {"x": X[:, :5]},
        ValueError,
        r"layer 0, Dense\(6, 8\): the input has shape \(32, 5\); expected \(\.\.\., 6\)",
    ),
    "validation of another width": (
        {"validation_data": (X[:, :5], LABELS)},
        ValueError,
        r"layer 0, Dense\(6, 8\): the input has shape \(32, 5\)",
    ),
    "label out of range": (
        {"y": np.where(np.arange(100) == 98, 3, LABELS)},
        ValueError,
        "y: label 3 at index 98 is out of range; with 3 classes",
    ),
    "negative label": (
        {"validation_data": (X, LABELS - 1)},
        ValueError,
        "fit: validation y: label -1 at index .* is out of range",
    ),
    "no distribution": ({"y": 2 * ONE_HOT}, ValueError, "y: labels are no probabilities"),
    "classes as numbers": (
        {"y": LABELS.astype(float)},
        ValueError,
        r"y has dtype float32, and classes are integers; .* y\.astype\(np\.int64\)",
    ),
    "labels under a loss for numbers": (
        {"loss": nn.mse},
        ValueError,
        r"mse: y_true has shape \(32,\) and y_pred has shape \(32, 3\)",
    ),
    "rows of unequal length": (
        {"x": [[1.0, 2.0], [1.0]], "y": [0, 1]},
        ValueError,
        "fit: x is no array .* all of its rows must be equally long",
    ),
    "classes missing": ({"y": ONE_HOT[:, :2]}, ValueError, r"have shape \(100, 2\)"),
    "a column of labels": ({"y": LABELS[:, None]}, ValueError, r"have shape \(100, 1\)"),
    "(n,) against (n, 1)": (
        {"y": X[:, 0], **LINEAR},
        ValueError,
        r"y has shape \(100,\) and the outputs have shape \(100, 1\), .* y\.reshape\(-1, 1\)",
    ),
    "(n,) against (n, 1) under a loss of one's own": (
        {"y": X[:, 0], **LINEAR, "loss": lambda y_true, y_pred: ((y_true - y_pred) ** 2).mean()},
        ValueError,
        r"would broadcast against each other",
    ),
    "(n, 1) against (n,)": (
        {"y": X[:, :1], "last": nn.Activation(lambda x: x.sum(axis=1)), "loss": nn.mse},
        ValueError,
        r"y has shape \(100, 1\) and the outputs have shape \(100,\), .* y\.reshape\(-1,\)",
    ),
    "a loss for each example": (
        {"y": X[:, :1], **LINEAR, "loss": lambda y_true, y_pred: (y_true - y_pred) ** 2},
        ValueError,
        r"the loss returned shape \(32, 1\); it must be one number",
    ),
    "batches that vanish": (
        {"last": nn.Activation(lambda x: x.sum(axis=0)), "loss": nn.mse},
        ValueError,
        r"from x of shape \(32, 6\) the model made shape \(3,\), not 32 outputs",
    ),
}
BAD_SETTINGS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no loss": (
        {"last": nn.ReLU()},
        ValueError,
        r"ends in ReLU\(\), not Softmax, so pass its loss",
    ),
    "the name of a loss": ({"loss": "mse"}, TypeError, "loss='mse' is not a function; .*nn.mse"),
    "softmax twice": (
        {"loss": nn.softmax_crossentropy},
        ValueError,
        r"softmax_crossentropy takes logits, and the network ends in Softmax\(\)",
    ),
    "sigmoid twice": (
        {"loss": nn.sigmoid_crossentropy, "last": nn.Sigmoid(), "y": ONE_HOT},
        ValueError,
        r"sigmoid_crossentropy takes logits, and the network ends in Sigmoid\(\)",
    ),
    "the name of an optimizer": (
        {"optimizer": "adam"},
        TypeError,
        "optimizer='adam' is not an opt",
    ),
    "an optimizer's class": (
        {"optimizer": optim.Adam},
        TypeError,
        r"such as optim\.Adam\(0\.001\)",
    ),
    "no epochs": ({"epochs": 0}, ValueError, "fit: epochs=0 must be 1 or more"),
    "half an epoch": ({"epochs": 0.5}, TypeError, "fit: epochs=0.5 must be an integer"),
    "no batch": ({"batch_size": 0}, ValueError, "fit: batch_size=0 must be 1 or more"),
    "a seed": ({"rng": 3}, TypeError, r"rng=3 must be .*np\.random\.default_rng\(seed\)"),
    "one callback": ({"callbacks": print}, TypeError, "callbacks must be a list"),
    "no callbacks": ({"callbacks": [3]}, TypeError, "callbacks must be a list"),
    "validation share": (
        {"validation_data": 0.1},
        TypeError,
        r"must be a pair of arrays, \(x, y\)",
    ),
    "two validations": (
        {"validation_data": (X, LABELS), "validation_split": 0.1},
        ValueError,
        "both validation_data and validation_split",
    ),
    "a share of all": ({"validation_split": 1.0}, ValueError, "fit: validation_split=1.0: a share"),
    "a share as text": ({"validation_split": "a"}, TypeError, "fit: validation_split='a' must be"),
    "all aside": ({"validation_split": 100}, ValueError, "validation_split=100 means 100 of 100"),
    "weights of fewer": (
        {"sample_weight": np.ones(99)},
        ValueError,
        r"sample_weight is float64 of shape \(99,\); expected a number for each of 100 examples",
    ),
    "weights in text": ({"sample_weight": ["a"] * 100}, ValueError, "sample_weight is <U1 of"),
    "a negative weight": (
        {"sample_weight": np.linspace(-1, 1, 100)},
        ValueError,
        "fit: sample_weight goes from -1.0 to 1.0; weights are finite and at least 0",
    ),
    "no weight": ({"sample_weight": np.zeros(100)}, ValueError, "not all of them are 0"),
    "nan as weight": ({"sample_weight": np.full(100, np.nan)}, ValueError, "goes from nan to nan"),
    "weights of validation": (
        {"validation_data": (X, LABELS, np.ones(3))},
        ValueError,
        r"validation sample_weight is float64 of shape \(3,\)",
    ),
    "a class too few": (
        {"class_weight": {0: 1, 1: 2}},
        ValueError,
        r"class_weight has weights of \[0, 1\]; expected one of each of the 3 classes, 0 to 2",
    ),
    "balanced": ({"class_weight": "balanced"}, TypeError, r"len\(y\) / \(classes \* np\.bin"),
    "a class too many": ({"class_weight": [1, 2, 3, 4]}, ValueError, "each of the 3 classes"),
    "a negative class": ({"class_weight": [1, 2, -3]}, ValueError, "class_weight goes from -3"),
    "classes of numbers": (
        {"class_weight": [1, 2], "y": X[:, :1], **LINEAR},
        ValueError,
        r"class_weight is for classes, .* y is float32 of shape \(100, 1\)",
    ),
    "weights under a loss of one's own": (
        {
            "sample_weight": np.ones(100),
            "y": ONE_HOT,
            "loss": lambda y_true, y_pred: nn.mse(y_true, y_pred),
        },
        TypeError,
        r"the loss <lambda> takes no weights, which it must: .* Σ w l / Σ w",
    ),
    "no part": ({"micro_batches": 0}, ValueError, "fit: micro_batches=0 must be 1 or more"),
    "an unknown metric": ({"metrics": ["f2"]}, ValueError, "there is no 'f2'"),
    "validation x": ({"validation_data": X}, TypeError, r"must be a pair of arrays, \(x, y\)"),
}
BAD = {**BAD_DATA, **BAD_SETTINGS}


@pytest.mark.parametrize(("given", "error", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_and_nothing_is_changed(
    given: dict[str, Any], error: type[Exception], message: str
) -> None:
    settings = dict(given)
    model = classifier(settings.pop("last", None))
    optimizer, rng = optim.Adam(), generator()
    before = leaves(model)
    with pytest.raises(error, match=message):
        fit(model, **{"optimizer": optimizer, "rng": rng, **settings})
    for a, b in zip(before, leaves(model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert optimizer.state is None
    assert rng.random() == generator().random()


@pytest.mark.parametrize(
    ("settings", "batches"),
    [
        ({"batch_size": 33}, "100 examples in batches of 33 leave one"),
        ({"batch_size": 1}, "100 examples in batches of 1 leave one"),
        ({"batch_size": 30, "validation_split": 9}, "91 examples in batches of 30 leave one"),
        ({"batch_size": 9, "micro_batches": 3}, "100 .* batches of 9, each in 3 parts, leave one"),
        ({"batch_size": 20, "micro_batches": 11}, "100 .* 20, each in 11 parts, leave one"),
    ],
)
def test_a_batch_of_one_that_the_model_refuses_is_foreseen(
    settings: dict[str, Any], batches: str
) -> None:
    model = nn.NeuralNetwork([nn.BatchNorm(6), nn.Dropout(0.5, generator(7)), *classifier().layers])
    before, rng = leaves(model), generator()
    message = f"fit: {batches}.*, and layer 0, BatchNorm.*: of 1 number for each feature there is"
    with pytest.raises(ValueError, match=message):
        fit(model, rng=rng, **settings)
    np.testing.assert_equal(leaves(model), before)
    assert rng.random() == generator().random()
    assert model.layers[1].rng.random() == generator(7).random()


def test_a_batch_of_one_that_the_model_takes_is_no_matter() -> None:
    images = X[:97, :4].reshape(97, 2, 2, 1)
    model = nn.NeuralNetwork(
        [nn.BatchNorm(1), nn.Flatten(), nn.Dense(4, 3, rng=generator()), nn.Softmax()]
    )
    expected = nn.NeuralNetwork(
        [nn.BatchNorm(1), nn.Flatten(), nn.Dense(4, 3, rng=generator()), nn.Softmax()]
    )
    fit(model, images, LABELS[:97], epochs=1)
    optimizer = optim.SGD(0.1)
    for x, y in data.batches(images, LABELS[:97], 32, generator()):
        optimizer.step(expected, tg.grad(lambda model, x, y: (
            nn.categorical_crossentropy(y, model(x, training=True))
        ))(expected, x, y))  # fmt: skip
    assert_same(model, expected)
    np.testing.assert_array_equal(model.layers[0].mean, expected.layers[0].mean)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="fit: the model is a dict, not a layer or a NeuralNetwork"):
        fit({"weights": np.ones((6, 3))})


def test_parameters_that_cannot_be_trained_are_named() -> None:
    frozen = classifier()
    frozen.layers[2].bias.flags.writeable = False
    with pytest.raises(ValueError, match=r"the parameter layers\.2\.bias is read-only"):
        fit(frozen)

    tied = classifier()
    tied.layers[2].bias = tied.layers[0].bias
    message = r"layers\.0\.bias and layers\.2\.bias are the same array"
    with pytest.raises(ValueError, match=message):
        fit(tied)

    class Scale(nn.Layer):
        def __init__(self) -> None:
            self.factor = np.float32(2)

        def __call__(self, x: Any, training: bool = False) -> Any:
            return x * self.factor

    message = r"the parameter layers\.0\.factor is a float32, which cannot be updated in place"
    with pytest.raises(TypeError, match=message):
        fit(nn.NeuralNetwork([Scale(), *classifier().layers]))


def test_a_network_without_parameters_is_refused() -> None:
    with pytest.raises(ValueError, match="fit: the model has no parameters"):
        fit(nn.NeuralNetwork([nn.Softmax()]), X[:, :3])
