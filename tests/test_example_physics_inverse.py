"""The example of a simulation's gradient: examples/physics_inverse.py."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run

import tinygrad_np as tg

SCRIPT = "physics_inverse.py"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("quick"), SCRIPT, "--quick", "--seed", "1")


def test_it_finds_what_is_hidden(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    water, found = re.findall(r"^misfit of (?:water|what).* ([\d.]+)%$", quick.out, re.MULTILINE)
    assert float(found) < float(water) / 5
    before, after = re.findall(r"([\d.]+) m/s", quick.last_line)
    assert float(after) < float(before) / 2


def test_its_gradient_is_right(quick: Run) -> None:
    far = re.findall(r": (\S+) away$", quick.out, re.MULTILINE)
    assert len(far) == 2
    assert max(map(float, far)) < 1e-5


def test_it_leaves_a_picture(quick: Run) -> None:
    assert [path.name for path in quick.folder.iterdir()] == ["physics_inverse.png"]
    pixels = matplotlib.image.imread(quick.folder / "physics_inverse.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_the_same_seed_gives_the_same_and_another_does_not(tmp_path: Path) -> None:
    options = ["--quick", "--steps", "2", "--picture", "p.svg", "--seed"]
    first, again, other = (run(tmp_path, SCRIPT, *options, seed) for seed in "558")
    assert first.code == 0, first.err
    assert first.last_line == again.last_line != other.last_line


def test_the_simulation_is_differentiated_in_both_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    rng = np.random.default_rng(0)
    speed = 1.5 + 0.1 * rng.random((6, 6))
    emitters, receivers = (np.array([2, 3]), np.array([2, 4])), (np.array([4]), np.array([1]))
    pulse, damping = rng.normal(size=7), 1 - 0.1 * rng.random((6, 6))

    def records(speed: np.ndarray) -> np.ndarray:
        return module.simulate(speed, emitters, receivers, pulse, 1.0, 0.3, damping)

    assert records(speed).shape == (7, 2, 1)
    tg.testing.check_grads(records, (speed,), order=2)


def test_options(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--help")
    assert done.code == 0
    for option in ("--size", "--emitters", "--noise", "--seed", "--picture", "--quick"):
        assert option in done.out
    done = run(tmp_path, SCRIPT, "--noise", "much")
    assert done.code == 2
    assert done.err.splitlines()[-1].endswith("--noise: invalid float value: 'much'")
