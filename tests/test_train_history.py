"""History: a dict of lists, one entry an epoch, that a person can read."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_np import train


def make(*losses: float, validation: tuple[float, ...] = ()) -> train.History:
    history = train.History()
    for i, loss in enumerate(losses):
        row = {"loss": loss}
        if validation:
            row["validation_loss"] = validation[i]
        history.append({**row, "seconds": 1.25})
    return history


def test_columns_are_lists_by_epoch() -> None:
    history = make(0.5, 0.25, validation=(0.6, 0.7))
    assert len(history) == 2
    assert history["loss"] == [0.5, 0.25]
    assert list(history) == ["loss", "validation_loss", "seconds"]
    assert dict(history) == {
        "loss": [0.5, 0.25], "validation_loss": [0.6, 0.7], "seconds": [1.25, 1.25]
    }  # fmt: skip
    assert "loss" in history
    assert "accuracy" not in history


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="no 'val_loss' in this history; it has loss, seconds"):
        make(0.5)["val_loss"]


def test_before_the_first_epoch_everything_is_empty() -> None:
    history = train.History()
    assert not history
    assert history["loss"] == []
    assert dict(history) == {}
    assert history.best_epoch is None
    assert history.interrupted is False
    assert repr(history) == "History of 0 epochs"


def test_best_epoch_is_by_validation_loss_if_there_is_one() -> None:
    assert make(0.5, 0.25, 0.3).best_epoch == 2
    assert make(0.5, 0.25, 0.3, validation=(0.5, 0.9, 0.8)).best_epoch == 1
    assert make(0.5, 0.5).best_epoch == 1, "of equals the first"


def test_epochs_have_the_same_names() -> None:
    history = make(0.5)
    with pytest.raises(ValueError, match=r"the new epoch has \['accuracy'\], and those before it"):
        history.append({"accuracy": 0.5})
    assert len(history) == 1


def test_repr_is_a_table() -> None:
    history = make(123456.0, 0.25, 0.00001, validation=(0.5, 0.4, 0.6))
    history.interrupted = True
    title, *table = repr(history).splitlines()
    assert title == "History of 3 epochs, interrupted; the best by validation loss is epoch 2"
    assert [line.split() for line in table] == [
        ["epoch", "loss", "validation", "loss", "seconds"],
        ["1", "1.235e+05", "0.5000", "1.2"],
        ["2", "0.2500", "0.4000", "1.2"],
        ["3", "1.000e-05", "0.6000", "1.2"],
    ]
    assert len(set(map(len, table))) == 1, "the columns line up"


def test_repr_of_a_long_run_leaves_out_the_middle() -> None:
    lines = repr(make(*[1.0] * 1000)).splitlines()
    assert len(lines) < 30
    assert lines[2].split()[0] == "1"
    assert lines[-1].split()[0] == "1000"
    assert any("…" in line for line in lines)


def test_a_divergence_error_survives_pickling() -> None:
    # As between the processes of a search for settings.
    error = pickle.loads(pickle.dumps(train.DivergenceError("message", make(0.5))))
    assert str(error) == "message"
    assert error.history["loss"] == [0.5]
    assert issubclass(train.DivergenceError, ValueError)


# --- the picture


def full() -> train.History:
    history = train.History()
    for epoch in range(1, 4):
        history.append(
            {
                "loss": 1 / epoch, "accuracy": epoch / 4, "f1": epoch / 5, "mae": 1.0,
                "confusion_matrix": np.eye(2), "validation_loss": 1.5 / epoch,
                "validation_accuracy": epoch / 5, "validation_confusion_matrix": np.eye(2),
                "seconds": 0.5,
            }
        )  # fmt: skip
    return history


def test_a_history_draws_itself(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "history.svg"
    figure = full().plot(path)
    assert path.read_text(encoding="utf-8").startswith("<?xml")
    assert [axes.get_title() for axes in figure.axes] == ["loss", "accuracy", "f1", "mae"]
    loss, _, f1, _ = figure.axes
    lines = {line.get_label(): list(line.get_ydata()) for line in loss.lines}
    assert lines == {"training": [1, 1 / 2, 1 / 3], "validation": [1.5, 0.75, 0.5]}
    assert list(loss.lines[0].get_xdata()) == [1, 2, 3]
    assert len(f1.lines) == 1
    assert f1.get_legend() is None
    assert full().plot().axes[0].get_xlabel() == "epoch"


def test_a_name_without_a_suffix_is_a_png(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    full().plot(str(tmp_path / "history"))
    assert (tmp_path / "history").read_bytes().startswith(b"\x89PNG")


def test_nothing_is_not_drawn() -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match=r"History\.plot: no epoch was completed"):
        train.History().plot()


def test_a_picture_needs_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad_np\[plot\]"'):
        full().plot()


def test_arrays_are_not_in_the_table() -> None:
    _, titles, *_ = repr(full()).splitlines()
    assert "matrix" not in titles
    assert "validation accuracy" in titles
    np.testing.assert_array_equal(full()["confusion_matrix"], [np.eye(2)] * 3)
