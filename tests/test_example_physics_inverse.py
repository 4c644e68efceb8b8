"""A simulation in plain NumPy is inverted: what examples/physics_inverse.py claims."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run

import tinygrad_np as tg


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("physics"), "physics_inverse.py", "--quick")


def test_it_finds_what_is_hidden(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    misfits = re.findall(r"^misfit of .*: ([\d.]+)%$", quick.out, re.MULTILINE)
    water, found, noise = (float(misfit) for misfit in misfits)
    assert noise < found < 0.1 * water
    before, after = (float(error) for error in re.findall(r"([\d.]+) m/s", quick.last_line))
    assert after < 0.5 * before


def test_the_gradient_is_right_with_checkpoints_and_without(quick: Run) -> None:
    away = re.findall(r": (\S+) away$", quick.out, re.MULTILINE)
    assert len(away) == 2
    finite_differences, checkpoint = (float(number) for number in away)
    assert finite_differences < 1e-6
    assert checkpoint < 1e-12
    _, kept, recomputed = (float(memory) for memory in re.findall(r"([\d.]+) MB", quick.out))
    assert recomputed < 0.7 * kept


def test_it_leaves_a_picture(quick: Run) -> None:
    pixels = matplotlib.image.imread(quick.folder / "physics_inverse.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def unmeasured(done: Run) -> list[str]:
    """Return the words that were printed, without what time and memory it took."""
    return re.sub(r"[\d.]+ MB", "", done.untimed()).split()


def test_the_seed_decides(tmp_path: Path) -> None:
    options = "--size 20 --emitters 2 --receivers 5 --steps 2 --seed"
    first, again, other = (
        run(tmp_path, "physics_inverse.py", *options.split(), seed) for seed in "001"
    )
    assert first.code == 0, first.err
    assert unmeasured(first) == unmeasured(again)
    assert first.last_line != other.last_line


def test_the_simulation_is_differentiated_to_second_order(monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = module_of("physics_inverse.py", monkeypatch).simulate
    rng = np.random.default_rng(0)
    speed = 1 + 0.1 * rng.random((6, 5))
    places = np.array([1, 3]), np.array([3, 1])
    damping = np.full(speed.shape, 0.9)

    def records(speed: np.ndarray) -> np.ndarray:
        return simulate(speed, places, places, np.array([1.0, -2.0, 0.5, 0.0]), 1.0, 0.5, damping)

    assert type(records(speed)) is np.ndarray
    assert records(speed).shape == (4, 2, 2)
    tg.testing.check_grads(records, (speed,), order=2)


def test_sound_takes_the_time_that_the_speed_says(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of("physics_inverse.py", monkeypatch)
    experiment = module.Experiment(80, 4, 4)

    def arrival(speed: np.ndarray) -> float:
        trace = experiment.records(speed, [0])[:, 0, 2]  # at the opposite side
        return float(experiment.times[np.argmax(trace)])

    slow, fast = arrival(experiment.water), arrival(experiment.water * 1.1)
    across = 0.8 * module.WIDTH / module.WATER
    assert slow - fast == pytest.approx(across * (1 - 1 / 1.1), abs=1)
    # Emitter and receiver may be exchanged.
    records = experiment.records(experiment.hidden())
    np.testing.assert_allclose(records[:, 0, 2], records[:, 2, 0], atol=1e-9 * records.max())


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--size 10", "--size 10: a wave is 2.5 of 20 cells long"),
        ("--emitters 0", "--emitters: 0 is not a positive number"),
        ("--noise none", "--noise: invalid float value: 'none'"),
        ("--steps -1", "--steps: -1 is not a positive number"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: str, complaint: str) -> None:
    done = run(tmp_path, "physics_inverse.py", *options.split())
    assert done.code == 2
    assert complaint in done.err.splitlines()[-1]


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, "physics_inverse.py", "--help")
    assert done.code == 0
    for option in ("--size", "--emitters", "--receivers", "--noise", "--steps", "--quick"):
        assert option in done.out
