"""The curve with error bars: its bands hold what they should, and its options are checked."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run

import tinygrad_np as tg

SCRIPT = "regression_uncertainty.py"
ROW = re.compile(r"^(\S.*?) +(-?\d+\.\d+) +(\d+\.\d)% +(\d+\.\d)%$", re.MULTILINE)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("regression"), SCRIPT, "--quick", "--seed", "1")


def test_the_bands_hold_what_they_should(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    rows = {name: tuple(map(float, numbers)) for name, *numbers in ROW.findall(quick.out)}
    assert len(rows) == 7
    for place in ("left of the gap", "right of the gap"):
        _, narrow, wide = rows[f"noise learned, {place}"]
        assert abs(narrow - 68) < 8
        assert abs(wide - 95) < 5
    # One noise is too much for the quiet side.
    assert rows["one noise, left of the gap"][1] > 85
    # In the gap, noise is not all that the networks do not know.
    assert rows["noise learned, in the gap, nothing else"][2] < rows["noise learned, in the gap"][2]


def test_it_ends_with_the_likelihood(quick: Run) -> None:
    match = re.fullmatch(
        r"log likelihood (\S+), of the truth (\S+), with one noise (\S+)", quick.last_line
    )
    assert match, quick.last_line
    learned, truth, constant = map(float, match.groups())
    assert truth > learned > constant + 0.2
    assert learned > truth - 0.2


def test_the_picture_is_there(quick: Run) -> None:
    assert [path.name for path in quick.folder.iterdir()] == ["regression_uncertainty.png"]
    pixels = matplotlib.image.imread(quick.folder / "regression_uncertainty.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_the_same_seed_gives_the_same_and_another_does_not(quick: Run, tmp_path: Path) -> None:
    assert run(tmp_path, SCRIPT, "--quick", "--seed", "1").out == quick.out
    other = run(tmp_path, SCRIPT, "--quick", "--seed", "2", "--picture", "p.svg", "--steps", "20")
    assert other.out != quick.out
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_help_and_options_that_make_no_sense(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--help")
    assert done.code == 0
    for option in ("--members", "--points", "--steps", "--seed", "--picture", "--quick"):
        assert option in done.out
    done = run(tmp_path, SCRIPT, "--members", "1")
    assert done.code == 2
    assert "--members 1: a single network cannot disagree" in done.err
    assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


def test_all_networks_at_once_are_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    rng = np.random.default_rng(0)
    params, prior = module.initial_params(rng, 3), module.initial_params(rng, 3)
    x = module.outside_gap(rng, 30)
    points = x, module.observe(rng, x)
    together = module.fit(module.negative_log_likelihood, params, prior, points, 5, "")
    prediction = together(x)
    means, variances = [], []
    for one in range(3):
        alone = [tg.tree.map(lambda leaf, k=one: leaf[k : k + 1], part) for part in (params, prior)]
        of_one = module.fit(module.negative_log_likelihood, *alone, points, 5, "")(x)
        assert np.all(of_one.epistemic == 0)
        means.append(of_one.mean)
        variances.append(of_one.aleatoric)
    np.testing.assert_allclose(prediction.mean, np.mean(means, axis=0), rtol=1e-9)
    np.testing.assert_allclose(prediction.epistemic, np.var(means, axis=0), rtol=1e-7)
    np.testing.assert_allclose(prediction.aleatoric, np.mean(variances, axis=0), rtol=1e-9)


def test_likelihood_and_coverage_of_a_known_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    rng = np.random.default_rng(0)
    x = module.outside_gap(rng, 20000)
    assert not np.any((module.GAP[0] < x) & (x < module.GAP[1]))
    assert module.ENDS[0] <= x.min() < x.max() <= module.ENDS[1]
    y = module.observe(rng, x)
    truth = module.truth(x)
    for level in (0.1, 0.68, 0.95):
        assert abs(truth.coverage(y, level) - level) < 0.015
    # The expected log density of a normal variable is the negative of its entropy.
    entropy = np.mean(np.log(module.noise(x) * np.sqrt(2 * np.pi * np.e)))
    assert abs(np.mean(truth.log_likelihood(y)) + entropy) < 0.03
