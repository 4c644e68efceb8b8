"""What fit prints: a line an epoch that stays and, where somebody sees it, a bar that moves."""

from __future__ import annotations

import io
import re
import sys
import time
from typing import Any

import numpy as np
import pytest

from tinygrad_np import nn, optim

X = np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32)
LABELS = np.random.default_rng(2).integers(0, 3, 40)
NUMBER = r"\d\.\d{4}"


def fit(**settings: Any) -> None:
    rng = np.random.default_rng(0)
    network = nn.NeuralNetwork([nn.Dense(6, 3, rng=rng), nn.Softmax()])
    network.fit(X, LABELS, **{"epochs": 12, "optimizer": optim.SGD(0.1), "rng": rng, **settings})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_one_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    fit(validation_data=(X, LABELS))
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert len(lines) == 12
    pattern = (
        rf"epoch +\d+/12  loss {NUMBER}  accuracy {NUMBER}  "
        rf"validation loss {NUMBER}  validation accuracy {NUMBER}  \d+\.\d s"
    )
    assert all(re.fullmatch(pattern, line) for line in lines)
    assert lines[2].startswith("epoch  3/12  ")
    assert err == "", "no bar where nobody sees it move"


def test_regression_without_validation_has_a_shorter_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    network = nn.NeuralNetwork([nn.Dense(6, 1)])
    network.fit(X, X[:, :1], epochs=1, loss=nn.mse)
    assert re.fullmatch(rf"epoch 1/1  loss {NUMBER}  \d+\.\d s\n", capsys.readouterr().out)


def test_no_progress_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    fit(progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_a_bar_with_loss_accuracy_and_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tqdm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    fit(epochs=2, callbacks=[lambda *_: time.sleep(0.15)])
    shown = terminal.getvalue()
    bar = rf"epoch 2/2  loss {NUMBER}  accuracy {NUMBER}  *\d+%\|.*\| \d\d:\d\d left"
    assert re.search(bar, shown)
    assert shown.split("\r")[-1].strip() == "", "the bar goes away"
    assert len(capsys.readouterr().out.splitlines()) == 2, "the lines stay"


def test_the_bar_is_moved_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    tqdm = pytest.importorskip("tqdm")
    refreshed: list[Any] = []
    monkeypatch.setattr(tqdm.tqdm, "refresh", lambda bar, *a, **k: refreshed.append(bar))
    monkeypatch.setattr(sys, "stderr", Terminal())
    started = time.perf_counter()
    fit(epochs=2, batch_size=1)
    seconds = time.perf_counter() - started
    assert 0 < len(refreshed) <= 10 * seconds + 10


def test_without_tqdm_the_lines_remain(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    fit()
    assert len(capsys.readouterr().out.splitlines()) == 12
    assert terminal.getvalue() == ""
