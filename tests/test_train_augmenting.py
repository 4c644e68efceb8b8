"""fit with a function that changes each batch of the training data: what it gets, and resuming."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stopping import StopAt

import tinygrad_np as tg
from tinygrad_np import data, nn, optim, train


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


X = generator(1).normal(size=(70, 6)).astype(np.float32)
LABELS = (X[:, :3] + 0.1).argmax(axis=1)


def classifier() -> nn.NeuralNetwork:
    return nn.NeuralNetwork([nn.Dense(6, 3, rng=generator()), nn.Softmax()])


def fit(model: Any, **settings: Any) -> train.History:
    defaults = {"epochs": 3, "optimizer": optim.SGD(0.1), "rng": generator(), "progress": False}
    return train.fit(model, X, LABELS, **{**defaults, **settings})


def leaves(model: Any) -> list[np.ndarray]:
    return [leaf.copy() for leaf in tg.tree.leaves(model)]


def noisy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x + rng.normal(scale=0.1, size=x.shape)


def test_each_batch_is_changed_as_in_a_loop_written_out() -> None:
    model, expected = classifier(), classifier()
    history = fit(model, augment=noisy, batch_size=16)
    optimizer, rng, losses = optim.SGD(0.1), generator(), []
    for _epoch in range(3):
        total = 0.0
        for x, labels in data.batches(X, LABELS, 16, rng):
            x = noisy(x, rng).astype(np.float32)
            value, gradients = tg.value_and_grad(
                lambda model, x, y: nn.categorical_crossentropy(y, model(x, training=True))
            )(expected, x, labels)
            optimizer.step(expected, gradients)
            total += float(value) * len(x)
        losses.append(total / len(X))
    np.testing.assert_equal(leaves(model), leaves(expected))
    assert history["loss"] == losses


def test_the_data_and_the_validation_data_are_left_alone() -> None:
    def erase(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        x[:] = 0
        return x

    x = X.copy()
    model = classifier()
    history = train.fit(
        model, x, LABELS, augment=erase, validation_data=(x, LABELS), epochs=1, progress=False
    )
    np.testing.assert_array_equal(x, X)
    assert history["validation_loss"] == [model.evaluate(X, LABELS).loss]
    np.testing.assert_array_equal(model.layers[0].weights, classifier().layers[0].weights)


def test_a_batch_is_changed_before_it_is_cut_into_parts() -> None:
    shapes = []

    def spy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        shapes.append(x.shape)
        return x

    fit(classifier(), augment=spy, batch_size=32, micro_batches=4, epochs=1)
    assert shapes[-3:] == [(32, 6), (32, 6), (6, 6)]


@pytest.mark.parametrize("step", [1, 3, 4, 7, 9])
@pytest.mark.parametrize("every", [1, 2, None])
def test_a_run_stopped_anywhere_ends_as_one_that_was_not(
    step: int, every: int | None, tmp_path: Path
) -> None:
    def run(folder: Path | None, stop: int | None) -> Any:
        model, rng = classifier(), generator()
        history = fit(
            model, augment=noisy, rng=rng, callbacks=[StopAt(stop)], validation_split=0.1,
            batch_size=16, checkpoint=folder and train.Checkpoint(folder, every=every),
            resume=folder is not None,
        )  # fmt: skip
        return leaves(model), history["loss"], history["validation_loss"], rng.random()

    with pytest.raises(StopAt.Stop):
        run(tmp_path, step)
    np.testing.assert_equal(run(tmp_path, None), run(None, None))


def test_a_checkpoint_of_data_that_were_not_changed_is_of_another_run(tmp_path: Path) -> None:
    fit(classifier(), checkpoint=train.Checkpoint(tmp_path), epochs=1)
    with pytest.raises(ValueError, match="augment: None then, 'noisy' now"):
        fit(classifier(), checkpoint=train.Checkpoint(tmp_path), resume=True, augment=noisy)


@pytest.mark.parametrize(
    ("augment", "error", "message"),
    [
        ("flip", TypeError, r"fit: augment='flip' is not a function\(x, rng\)"),
        (lambda x, rng: None, ValueError, r"made object of shape \(\) of inputs of"),
        (lambda x, rng: x[0], ValueError, r"made float32 of shape \(6,\) .* the 32 inputs"),
        (lambda x, rng: x[:, :5], ValueError, r"layer 0, Dense\(6, 3\): the input has shape"),
        (lambda x, rng: (x, 1), ValueError, "augment made"),
    ],
)
def test_what_makes_no_batch_is_refused_before_anything_is_changed(
    augment: Any, error: type[Exception], message: str
) -> None:
    model, rng = classifier(), generator()
    with pytest.raises(error, match=message):
        fit(model, augment=augment, rng=rng)
    np.testing.assert_equal(leaves(model), leaves(classifier()))
    assert rng.random() == generator().random()
