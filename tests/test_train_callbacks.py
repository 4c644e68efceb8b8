"""Callbacks: the protocol, and each that comes with the library."""

from __future__ import annotations

import os
import sys
import types
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import nn, optim, train
from tinygrad_np.train.callbacks import (
    BestModel,
    Callback,
    CSVLog,
    EarlyStopping,
    LearningRate,
    LivePlot,
    ReduceOnPlateau,
)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


X = generator(1).normal(size=(40, 6)).astype(np.float32)
LABELS = (X[:, :3] + 0.1).argmax(axis=1)


def classifier() -> nn.NeuralNetwork:
    return nn.NeuralNetwork([nn.Dense(6, 3, rng=generator()), nn.Softmax()])


def leaves(model: Any) -> list[np.ndarray]:
    return [leaf.copy() for leaf in tg.tree.leaves(model)]


class Scripted(Callback):
    """Puts numbers of our own into the history, as if they had been measured."""

    def __init__(self, **columns: list[float]) -> None:
        self.columns = columns

    def after_epoch(self, run: Any) -> None:
        for name, column in self.columns.items():
            run.history.rows[-1][name] = column[run.epoch - 1]


def fit(*callbacks: Any, **settings: Any) -> train.History:
    defaults = {"optimizer": optim.SGD(0.1), "rng": generator(), "progress": False}
    model = settings.pop("model", None) or classifier()
    return train.fit(model, X, LABELS, callbacks=callbacks, **{**defaults, **settings})


# --- the protocol


class Diary(Callback):
    def __init__(self) -> None:
        self.lines: list[Any] = []

    def note(self, what: str, run: Any) -> None:
        self.lines.append((what, run.epoch, run.step, len(run.history)))

    def begin(self, run: Any) -> None:
        self.note("begin", run)
        self.seen = run.epochs, run.steps, run.model, run.optimizer

    def after_step(self, run: Any) -> None:
        self.note("step", run)

    def after_epoch(self, run: Any) -> bool:
        self.note("epoch", run)
        return run.epoch == 2

    def end(self, run: Any) -> None:
        self.note("end", run)


def test_a_callback_is_called_throughout() -> None:
    diary, model, optimizer = Diary(), classifier(), optim.SGD(0.1)
    fit(diary, model=model, optimizer=optimizer, epochs=5, batch_size=20)
    assert diary.lines == [
        ("begin", 0, 0, 0), ("step", 0, 1, 0), ("step", 0, 2, 0), ("epoch", 1, 2, 1),
        ("step", 1, 3, 1), ("step", 1, 4, 1), ("epoch", 2, 4, 2), ("end", 2, 4, 2),
    ]  # fmt: skip
    assert diary.seen == (5, 2, model, optimizer)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_it_is_told_of_the_end_whatever_the_end_is(
    error: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(epoch: int, history: train.History, model: Any) -> None:
        raise error

    diary = Diary()
    if error is RuntimeError:
        with pytest.raises(RuntimeError):
            fit(diary, fail)
    else:
        fit(diary, fail)
    assert diary.lines[-1] == ("end", 1, 2, 1)


def test_at_the_end_the_model_is_what_fit_leaves() -> None:
    seen: list[np.ndarray] = []

    class Spy(Callback):
        def end(self, run: Any) -> None:
            seen.extend(leaves(run.model))

    model = classifier()
    fit(Scripted(loss=[1, 2, 3]), Spy(), model=model, epochs=3, restore_best=True)
    for a, b in zip(seen, leaves(model), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_neither_a_function_nor_a_callback_is_refused() -> None:
    for given in (3, EarlyStopping, "print"):
        with pytest.raises(TypeError, match=r"callbacks must be a list of .* is neither"):
            fit(given)
    with pytest.raises(TypeError, match="callbacks must be a list of callback"):
        train.fit(classifier(), X, LABELS, callbacks=EarlyStopping(), progress=False)


# --- early stopping


def test_early_stopping_waits_for_something_better() -> None:
    losses = [5, 4, 4, 3, 3.5, 3, 3.1, 2, 1, 1]
    assert len(fit(Scripted(loss=losses), EarlyStopping(3), epochs=10)) == 7
    assert len(fit(Scripted(loss=losses), EarlyStopping(4), epochs=10)) == 10
    assert len(fit(Scripted(loss=losses), EarlyStopping(2, min_delta=1.5), epochs=10)) == 3


def test_it_watches_the_validation_loss_if_there_is_one() -> None:
    columns = {"loss": [3, 2, 1, 0], "validation_loss": [1, 2, 3, 4]}
    history = fit(Scripted(**columns), EarlyStopping(2), epochs=4, validation_data=(X, LABELS))
    assert len(history) == 3


@pytest.mark.parametrize(
    ("monitor", "more_is_better", "epochs"),
    [
        ("loss", None, 2),
        ("accuracy", None, 4),
        ("accuracy", False, 2),
        ("loss", True, 4),
        ("top_2_accuracy", None, 4),
    ],
)
def test_more_of_what_is_right_is_better(
    monitor: str, more_is_better: bool | None, epochs: int
) -> None:
    rising = Scripted(**{monitor: [1, 2, 3, 4]})
    stop = EarlyStopping(1, monitor, more_is_better=more_is_better)
    assert len(fit(rising, stop, epochs=4, metrics=["top_2_accuracy"])) == epochs


def test_a_metric_of_ones_own_says_whether_more_is_better() -> None:
    class Benefit(train.metrics.Metric):
        more_is_better = True

        def counts(self, y_true: Any, y_pred: Any) -> Any:
            return np.ones(1)

        def result(self, total: Any) -> float:
            return 1.0

    rising = Scripted(benefit=[1, 2, 3, 3, 3])
    assert len(fit(rising, EarlyStopping(2, "benefit"), epochs=5, metrics=[Benefit()])) == 5
    falling = Scripted(benefit=[3, 2, 1, 0, 0])
    assert len(fit(falling, EarlyStopping(2, "benefit"), epochs=5, metrics=[Benefit()])) == 3


def test_it_restores_the_best_by_its_own_monitor() -> None:
    kept: list[list[np.ndarray]] = []
    model = classifier()
    history = fit(
        Scripted(loss=[9, 8, 7, 6, 5]), lambda *_: kept.append(leaves(model)),
        EarlyStopping(9, "validation_accuracy", restore_best=True),
        model=model, epochs=5, optimizer=optim.SGD(9.0, momentum=0.9), validation_data=(X, LABELS),
    )  # fmt: skip
    best = int(np.argmax(history["validation_accuracy"]))
    assert 0 < best < 4, "or this proves nothing"
    for a, b in zip(leaves(model), kept[best], strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_that_restore_must_agree() -> None:
    with pytest.raises(ValueError, match=r"restore_best is asked for twice, .* 'accuracy' and"):
        fit(EarlyStopping(3, "accuracy", restore_best=True), restore_best=True)
    fit(EarlyStopping(3, restore_best=True), restore_best=True, epochs=1)


def test_a_monitor_that_is_not_in_the_history_is_named() -> None:
    message = r"EarlyStopping: monitor='f1'; the history has loss, accuracy, seconds"
    with pytest.raises(ValueError, match=message):
        fit(EarlyStopping(3, "f1"))
    with pytest.raises(ValueError, match="monitor='confusion_matrix'; the history has loss, acc"):
        fit(EarlyStopping(3, "confusion_matrix"), metrics=["confusion_matrix"])


def test_a_callback_can_be_used_again() -> None:
    stop = EarlyStopping(2)
    for _ in range(2):
        assert len(fit(Scripted(loss=[3, 2, 2, 2, 2]), stop, epochs=5)) == 4


# --- the best model


def test_the_best_model_is_saved(tmp_path: Path) -> None:
    kept: list[list[np.ndarray]] = []
    model, path = classifier(), tmp_path / "best.npz"
    losses = [3, 1, 2, 0.5, 4]
    written: list[int] = []
    fit(
        Scripted(loss=losses), BestModel(path), lambda *_: kept.append(leaves(model)),
        lambda *_: written.append(os.stat(path).st_ino), model=model, epochs=5,
    )  # fmt: skip
    other = classifier()
    other.load(path)
    for a, b in zip(leaves(other), kept[3], strict=True):
        np.testing.assert_array_equal(a, b)
    assert [a != b for a, b in pairwise(written)] == [1, 0, 1, 0]


@pytest.mark.parametrize("kind", [BestModel, CSVLog, LivePlot])
def test_a_place_where_nothing_can_be_written_is_refused_at_once(kind: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"{kind.__name__}: there is no such folder"):
        kind(tmp_path / "nowhere" / "file")
    with pytest.raises(IsADirectoryError, match=f"{kind.__name__} wants a file"):
        kind(tmp_path)


@pytest.mark.parametrize("kind", [BestModel, LivePlot])
def test_so_is_a_folder_that_is_read_only(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write to any folder, so the system is not asked.
    monkeypatch.setattr(os, "access", lambda path, mode: path != os.path.realpath(tmp_path))
    with pytest.raises(PermissionError, match=f"{kind.__name__}: nothing can be written to this"):
        kind(tmp_path / "file")


# --- learning rates


def test_a_schedule_by_epochs() -> None:
    rates: list[float] = []
    optimizer = optim.SGD(9.0)

    class Spy(Callback):
        def after_step(self, run: Any) -> None:
            rates.append(run.optimizer.lr)

    schedule = optim.step_decay(0.1, every=2, factor=0.5)
    fit(LearningRate(schedule), Spy(), optimizer=optimizer, epochs=5, batch_size=20)
    expected = np.repeat([0.1, 0.1, 0.05, 0.05, 0.025], 2)
    np.testing.assert_allclose(rates, expected)


def test_a_plateau_lowers_the_rate() -> None:
    rates: list[float] = []
    losses = [5, 4, 4, 4, 3, 3, 3, 3, 3, 3]
    optimizer = optim.Adam(0.1)
    fit(
        Scripted(loss=losses), ReduceOnPlateau(0.1, patience=2, lowest=0.0005),
        lambda *_: rates.append(optimizer.lr), optimizer=optimizer, epochs=10,
    )  # fmt: skip
    expected = [0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001, 0.0005, 0.0005]
    np.testing.assert_allclose(rates, expected)


def test_rates_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match=r"LearningRate: a learning rate of nan after 0 epochs"):
        fit(LearningRate(lambda epochs: np.nan))
    with pytest.raises(TypeError, match=r"LearningRate: schedule=0\.1 is not a function"):
        LearningRate(0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ReduceOnPlateau: factor=2; expected one between 0 and 1"):
        ReduceOnPlateau(2)
    for callback in (ReduceOnPlateau(), LearningRate(lambda epochs: 0.1)):
        with pytest.raises(ValueError, match="learning rate is a schedule; give it a number"):
            fit(callback, optimizer=optim.SGD(lambda step: 0.1))


# --- what writes


def test_the_log_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    seen: list[int] = []

    def look(epoch: int, history: train.History, model: Any) -> None:
        seen.append(len(path.read_text().splitlines()))

    for _ in range(2):
        history = fit(
            CSVLog(path), look, epochs=3, metrics=["f1", "confusion_matrix"], validation_split=0.25
        )
    assert seen == [2, 3, 4] * 2, "a line an epoch, to be seen at once"
    header, *lines = path.read_text().splitlines()
    columns = header.split(",")
    numbers = [name for name in history if not name.endswith("matrix")]
    assert columns == ["epoch", *numbers]
    table = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    np.testing.assert_array_equal(table[:, 0], [1, 2, 3])
    for name, column in zip(numbers, table[:, 1:].T, strict=True):
        np.testing.assert_array_equal(column, history[name])


def test_the_plot_is_drawn_after_each_epoch(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "history.png"
    written: list[bytes] = []
    fit(LivePlot(path), lambda *_: written.append(path.read_bytes()), epochs=3)
    assert len(set(written)) == 3
    assert all(content.startswith(b"\x89PNG") for content in written)
    assert os.listdir(tmp_path) == ["history.png"]


def test_the_plot_in_a_notebook_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    shown: list[Any] = []
    handle = types.SimpleNamespace(update=shown.append)
    display = types.SimpleNamespace(display=lambda display_id: handle)
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    # matplotlib asks which one it is.
    ipython = types.SimpleNamespace(version_info=(8, 24), get_ipython=lambda: None)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    fit(LivePlot(), epochs=3)
    assert [type(figure).__name__ for figure in shown] == ["Figure"] * 3
    (line,) = shown[-1].axes[0].lines
    assert list(line.get_xdata()) == [1, 2, 3]


def test_without_a_notebook_a_path_is_asked_for() -> None:
    with pytest.raises(ImportError, match="there is no notebook to show the picture in; pass a pa"):
        fit(LivePlot())
