"""A law of motion is learned through an integration: what examples/neural_ode.py claims."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("neural_ode"), "neural_ode.py", "--quick", "--steps", "200")


def percent(pattern: str, text: str) -> float:
    match = re.search(pattern.replace("NUMBER", r"([\d.]+)%"), text)
    assert match, text
    return float(match[1]) / 100


def test_it_learns_the_law(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    loss = re.search(r"^loss ([\d,]+) before, ([\d.]+) after 200 steps$", quick.out, re.MULTILINE)
    assert loss
    assert float(loss[2]) < 0.05 * float(loss[1].replace(",", ""))
    assert percent("the learned law is wrong by NUMBER", quick.out) < 0.3
    # The logarithms differ by about 1 from their mean.
    assert percent("predictions wrong by NUMBER while there are counts", quick.last_line) < 0.6


def test_checkpoints_save_memory_and_change_no_gradient(quick: Run) -> None:
    kept, recomputed = (float(memory) for memory in re.findall(r"([\d.]+) MB", quick.out))
    assert recomputed < 0.5 * kept
    difference = re.search(r"^difference: (\S+)$", quick.out, re.MULTILINE)
    assert difference
    assert float(difference[1]) < 1e-10


def test_it_leaves_a_picture(quick: Run) -> None:
    pixels = matplotlib.image.imread(quick.folder / "neural_ode.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def unmeasured(done: Run) -> list[str]:
    """Return the words that were printed, without what time and memory it took."""
    return re.sub(r"[\d.]+ MB", "", done.untimed()).split()


def test_the_seed_decides(tmp_path: Path) -> None:
    first, again, other = (
        run(tmp_path, "neural_ode.py", "--steps", "5", "--width", "4", "--seed", seed)
        for seed in "001"
    )
    assert unmeasured(first) == unmeasured(again)
    assert first.last_line != other.last_line
    assert "42 parameters" in first.out


def test_the_integration_is_of_fourth_order(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of("neural_ode.py", monkeypatch)

    def end(substeps: int) -> np.ndarray:
        return module.integrate(
            module.law, module.VALLEYS, 8, lambda law, state: module.advance(law, state, substeps)
        )[-1]

    exact = end(64)
    coarse, fine = (np.max(np.abs(end(substeps) - exact)) for substeps in (4, 8))
    assert 12 < coarse / fine < 20


def test_the_law_has_the_equilibrium_of_its_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of("neural_ode.py", monkeypatch)
    hares = 2 / 3
    lynxes = (1 - hares / 3) * (1 + hares) / 2
    np.testing.assert_allclose(module.law(np.log([hares, lynxes])), 0, atol=1e-15)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--steps 0", "--steps: 0 is not a positive number"),
        ("--width -3", "--width: -3 is not a positive number"),
        ("--noise 0", "--noise: 0 is not a positive number"),
        ("--seed -1", "--seed: -1 is negative"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: str, complaint: str) -> None:
    done = run(tmp_path, "neural_ode.py", *options.split())
    assert done.code == 2
    assert complaint in done.err.splitlines()[-1]


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, "neural_ode.py", "--help")
    assert done.code == 0
    for option in ("--steps", "--width", "--noise", "--seed", "--picture", "--quick"):
        assert option in done.out
