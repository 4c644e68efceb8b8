"""The example of a law of motion that is learned: examples/neural_ode.py."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run

import tinygrad_np as tg

SCRIPT = "neural_ode.py"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("quick"), SCRIPT, "--quick", "--seed", "1")


def test_it_learns_the_law(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    before, after = re.findall(r"^loss ([\d,.]+) before, ([\d.]+) after", quick.out, re.M)[0]
    assert float(after) < float(before.replace(",", "")) / 50
    law = re.search(r"learned law is wrong by ([\d.]+)%", quick.out)
    assert law is not None
    assert float(law[1]) < 40


def test_a_checkpoint_keeps_less_and_gives_the_same(quick: Run) -> None:
    rows = re.findall(r"^(?:gradient|tg\.checkpoint) .* ([\d.]+) MB$", quick.out, re.MULTILINE)
    kept, recomputed = map(float, rows)
    assert recomputed < kept / 2
    difference = re.search(r"^difference: (\S+)$", quick.out, re.MULTILINE)
    assert difference is not None
    assert float(difference[1]) < 1e-9


def test_it_leaves_a_picture(quick: Run) -> None:
    assert [path.name for path in quick.folder.iterdir()] == ["neural_ode.png"]
    pixels = matplotlib.image.imread(quick.folder / "neural_ode.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_the_same_seed_gives_the_same_and_another_does_not(tmp_path: Path) -> None:
    options = ["--quick", "--steps", "3", "--picture", "p.svg", "--seed"]
    first, again, other = (run(tmp_path, SCRIPT, *options, seed) for seed in "558")
    assert first.code == 0, first.err
    assert first.last_line == again.last_line != other.last_line


def test_the_integration_is_of_fourth_order(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    exact = np.exp(module.INTERVAL)
    errors = [abs(module.advance(lambda x: x, np.array(1.0), n) - exact) for n in (1, 2, 4)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (np.abs(orders - 4) < 0.4).all()


def test_the_gradient_goes_through_the_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)

    def later(state: np.ndarray) -> np.ndarray:
        return module.integrate(module.law, state, 3)

    tg.testing.check_grads(later, (module.UNSEEN,), order=2)


def test_options(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--help")
    assert done.code == 0
    for option in ("--steps", "--width", "--noise", "--seed", "--picture", "--quick"):
        assert option in done.out
    done = run(tmp_path, SCRIPT, "--steps", "0")
    assert done.code == 2
    assert done.err.splitlines()[-1].endswith("--steps: 0 is not a positive number")
