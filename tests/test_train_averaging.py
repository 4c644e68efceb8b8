"""fit with averaged parameters: what is validated, saved, left in the model, and resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stopping import StopAt

import tinygrad_np as tg
from tinygrad_np import nn, optim, train
from tinygrad_np.train.callbacks import BestModel, Callback, EarlyStopping


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


X = generator(1).normal(size=(90, 6)).astype(np.float32)
LABELS = (X[:, :3] + 0.1).argmax(axis=1)
HELD_OUT = generator(2).normal(size=(30, 6)).astype(np.float32), np.arange(30) % 3


def classifier() -> nn.NeuralNetwork:
    return nn.NeuralNetwork(
        [
            nn.Dense(6, 8, rng=generator()), nn.BatchNorm(8), nn.ReLU(),
            nn.Dropout(0.2, generator(5)), nn.Dense(8, 3, rng=generator(1)), nn.Softmax(),
        ]
    )  # fmt: skip


def fit(model: Any, **settings: Any) -> train.History:
    defaults = {"epochs": 3, "optimizer": optim.Adam(0.02), "rng": generator(), "progress": False}
    return train.fit(model, X, LABELS, **{**defaults, **settings})


def arrays(model: Any) -> dict[str, np.ndarray]:
    """Return copies of the parameters and of the running statistics."""
    return {name: x.copy() for name, x in train.saving.named_parts("test", model)[0].items()}


class Watch(Callback):
    """Notes the parameters after each step, and those that are shown after each epoch."""

    def __init__(self) -> None:
        self.steps: list[dict[str, np.ndarray]] = []
        self.epochs: list[dict[str, np.ndarray]] = []

    def after_step(self, run: Any) -> None:
        self.steps.append(arrays(run.model))

    def after_epoch(self, run: Any) -> None:
        self.epochs.append(arrays(run.model))


def mean_of(steps: list[dict[str, np.ndarray]], average: Any) -> dict[str, np.ndarray]:
    """Average by hand."""
    state = average.init(steps[0])
    for step in steps:
        state = average.update(step, state)
    result: dict[str, np.ndarray] = average.average(steps[0], state)
    return result


@pytest.mark.parametrize("corrected", [False, True])
def test_the_model_ends_with_the_averages_and_was_trained_without_them(corrected: bool) -> None:
    plain, model, watch = classifier(), classifier(), Watch()
    unwatched = fit(plain)
    average = optim.ExponentialMovingAverage(0.9, bias_correction=corrected)
    history = fit(model, average=average, callbacks=[watch])
    np.testing.assert_equal(watch.steps[-1], arrays(plain))
    assert history["loss"] == unwatched["loss"]
    again = optim.ExponentialMovingAverage(0.9, bias_correction=corrected)
    np.testing.assert_equal(arrays(model), mean_of(watch.steps, again))
    assert np.any(model.layers[0].weights != plain.layers[0].weights)
    assert np.any(model.layers[1].mean != plain.layers[1].mean)


def test_the_averages_are_what_is_validated_and_shown_after_an_epoch() -> None:
    model, watch = classifier(), Watch()
    losses = []

    def measure(epoch: int, history: train.History, model: Any) -> None:
        losses.append(model.evaluate(*HELD_OUT).loss)

    average = optim.ExponentialMovingAverage(0.9)
    history = fit(model, average=average, validation_data=HELD_OUT, callbacks=[watch, measure])
    assert history["validation_loss"] == losses
    for epoch, shown in enumerate(watch.epochs, start=1):
        again = optim.ExponentialMovingAverage(0.9)
        np.testing.assert_equal(shown, mean_of(watch.steps[: 3 * epoch], again))


def test_the_best_averages_are_saved_and_restored(tmp_path: Path) -> None:
    model, watch, best = classifier(), Watch(), BestModel(tmp_path / "best.npz")
    history = fit(
        model, average=optim.ExponentialMovingAverage(0.5), validation_data=HELD_OUT, epochs=30,
        callbacks=[watch, best, EarlyStopping(4, restore_best=True)],
    )  # fmt: skip
    assert history.best_epoch is not None
    assert history.best_epoch < len(history) < 30
    np.testing.assert_equal(arrays(model), watch.epochs[history.best_epoch - 1])
    saved = classifier()
    saved.load(tmp_path / "best.npz")
    np.testing.assert_equal(arrays(saved), arrays(model))


@pytest.mark.parametrize("step", [1, 2, 3, 4, 8, 9])
@pytest.mark.parametrize("restore_best", [False, True])
def test_a_run_stopped_anywhere_ends_as_one_that_was_not(
    step: int, restore_best: bool, tmp_path: Path
) -> None:
    def run(folder: Path | None, stop: int | None) -> Any:
        model, average = classifier(), optim.ExponentialMovingAverage(0.8, bias_correction=True)
        history = fit(
            model, average=average, callbacks=[StopAt(stop)], validation_data=HELD_OUT,
            restore_best=restore_best, resume=folder is not None,
            checkpoint=folder and train.Checkpoint(folder, every=2),
        )  # fmt: skip
        return arrays(model), average.state, history["validation_loss"]

    with pytest.raises(StopAt.Stop):
        run(tmp_path, step)
    found = run(tmp_path, None)
    np.testing.assert_equal(found, run(None, None))
    np.testing.assert_equal(run(tmp_path, None), found)


def test_more_epochs_go_on_from_the_parameters_and_not_from_the_averages(tmp_path: Path) -> None:
    def run(folder: Path, epochs: int) -> Any:
        model = classifier()
        checkpoint = train.Checkpoint(tmp_path / folder)
        average = optim.ExponentialMovingAverage(0.8)
        fit(model, average=average, epochs=epochs, checkpoint=checkpoint, resume=True)
        return arrays(model)

    run(tmp_path / "parts", 2)
    np.testing.assert_equal(run(tmp_path / "parts", 4), run(tmp_path / "whole", 4))


def test_a_checkpoint_without_averages_is_of_another_run(tmp_path: Path) -> None:
    fit(classifier(), checkpoint=train.Checkpoint(tmp_path), epochs=1)
    with pytest.raises(ValueError, match="average: None then, 'ExponentialMovingAverage' now"):
        fit(
            classifier(), checkpoint=train.Checkpoint(tmp_path), resume=True,
            average=optim.ExponentialMovingAverage(),
        )  # fmt: skip


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupt_leaves_the_best_averages_and_an_error_the_parameters(
    error: type[BaseException],
) -> None:
    def fail(epoch: int, history: train.History, model: Any) -> None:
        if epoch == 2:
            raise error

    model, watch = classifier(), Watch()
    settings: dict[str, Any] = {"average": optim.ExponentialMovingAverage(0.9), "epochs": 5}
    if error is KeyboardInterrupt:
        history = fit(model, callbacks=[watch, fail], **settings)
        assert history.best_epoch is not None
        np.testing.assert_equal(arrays(model), watch.epochs[history.best_epoch - 1])
    else:
        with pytest.raises(RuntimeError):
            fit(model, callbacks=[watch, fail], **settings)
        np.testing.assert_equal(arrays(model), watch.steps[-1])


def test_a_second_run_goes_on_with_the_averages() -> None:
    average = optim.ExponentialMovingAverage(0.9)
    model = classifier()
    fit(model, average=average, epochs=1)
    assert average.state is not None
    assert int(average.state["step"]) == 3
    fit(model, average=average, epochs=1)
    assert int(average.state["step"]) == 6


def test_what_is_no_average_is_refused_before_anything_is_changed() -> None:
    model, before = classifier(), arrays(classifier())
    with pytest.raises(TypeError, match=r"average=0\.9; .*optim\.ExponentialMovingAverage\(0\.9"):
        fit(model, average=0.9)
    other = optim.ExponentialMovingAverage(0.9)
    other.step({"w": np.ones(3)})
    with pytest.raises(tg.TreeError, match=r"(?s)ExponentialMovingAverage.*layers\.0\.weights"):
        fit(model, average=other)
    np.testing.assert_equal(arrays(model), before)
