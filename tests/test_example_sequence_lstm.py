"""The example of a memory over many steps: examples/sequence_lstm.py."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run

from tinygrad_np import nn

SCRIPT = "sequence_lstm.py"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("quick"), SCRIPT, "--quick", "--seed", "1")


def test_the_lstm_solves_it_and_the_simple_network_does_less_well(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    match = re.fullmatch(r"mean squared error: LSTM (\S+), simple RNN (\S+)", quick.last_line)
    assert match, quick.last_line
    lstm, simple = float(match[1]), float(match[2])
    assert lstm < simple / 2
    assert lstm < (1 / 6) / 6


def test_it_leaves_a_picture(quick: Run) -> None:
    assert [path.name for path in quick.folder.iterdir()] == ["sequence_lstm.png"]
    pixels = matplotlib.image.imread(quick.folder / "sequence_lstm.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_the_same_seed_gives_the_same_and_another_does_not(tmp_path: Path) -> None:
    options = ["--quick", "--steps", "3", "--picture", "p.svg", "--seed"]
    first, again, other = (run(tmp_path, SCRIPT, *options, seed) for seed in "558")
    assert first.code == 0, first.err
    assert first.out == again.out != other.out


def test_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    x, sums = module.adding_problem(np.random.default_rng(0), 4000, 9)
    assert x.shape == (4000, 9, 2)
    assert sums.shape == (4000, 1)
    assert x.dtype == sums.dtype == np.float32
    numbers, marks = np.moveaxis(x, -1, 0)
    np.testing.assert_array_equal(marks[:, :4].sum(axis=1), 1)
    np.testing.assert_array_equal(marks[:, 4:].sum(axis=1), 1)
    assert (marks.sum(axis=0) > 0).all()
    np.testing.assert_allclose(sums[:, 0], np.einsum("ij,ij->i", numbers, marks), rtol=1e-6)
    assert np.mean((sums - 1) ** 2) == pytest.approx(module.BASELINE, rel=0.05)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM])
def test_the_gradient_by_a_state_is_that_of_finite_differences(
    monkeypatch: pytest.MonkeyPatch, kind: type
) -> None:
    module = module_of(SCRIPT, monkeypatch)
    rng = np.random.default_rng(0)
    layer, output = kind(2, 3, rng, dtype=float), nn.Dense(3, 1, rng, dtype=float)
    x = rng.normal(size=(1, 6, 2))
    _, state = layer.run(x[:, :-2])
    parts = state if isinstance(state, tuple) else (state,)
    slopes = []
    for part in parts:
        for i in range(3):
            answers = []
            for step in (1e-6, -1e-6):
                part[0, i] += step
                _, end = layer.run(x[:, -2:], initial_state=state)
                answers.append(output(end[0] if isinstance(end, tuple) else end).item())
                part[0, i] -= step
            slopes.append((answers[0] - answers[1]) / 2e-6)
    found = module.what_reaches(nn.NeuralNetwork([layer, output]), x, [1, 2])
    assert found[1] == pytest.approx(np.linalg.norm(slopes), rel=1e-6)


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--help")
    assert done.code == 0
    for option in ("--length", "--steps", "--units", "--lr", "--seed", "--picture", "--quick"):
        assert option in done.out


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--length 0", "--length: 0 is not a positive number"),
        ("--length 3", "there is little to remember; give at least 4"),
        ("--lr 0.1", "--lr: expected 2 arguments"),
        ("--picture picture.txt", "the name ends in .png, .svg, .pdf"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: str, complaint: str) -> None:
    done = run(tmp_path, SCRIPT, *options.split())
    assert done.code == 2
    assert complaint in done.err.splitlines()[-1]
