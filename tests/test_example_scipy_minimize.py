"""SciPy minimises with exact derivatives: what examples/scipy_minimize.py claims."""

from __future__ import annotations

import os
import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import PACKAGE, Run, module_of, run
from scipy.optimize import least_squares

import tinygrad_np as tg


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("scipy"), "scipy_minimize.py", "--quick")


def test_every_way_finds_the_best_fit(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    rows = re.findall(r"^(\S.+?) +([\d,]+) +[\d.]+ s +1/1 +(\S+)$", quick.out, re.MULTILINE)
    assert len(rows) == 8
    evaluations = {name: int(calls.replace(",", "")) for name, calls, _ in rows}
    slope = {name: float(slope) for name, _, slope in rows}
    for exact, numerical in (
        ("L-BFGS-B, tg.value_and_grad", "L-BFGS-B, finite differences"),
        ("BFGS, tg.value_and_grad", "BFGS, finite differences"),
        ("least_squares, tg.jacobian", "least_squares, finite differences"),
    ):
        assert 10 * evaluations[exact] < evaluations[numerical]
    assert slope["trust-exact, tg.hessian"] < 1e-4
    assert slope["BFGS, tg.value_and_grad"] < 0.1 * slope["BFGS, finite differences"]


def test_the_centres_are_found_within_their_errors(quick: Run) -> None:
    rows = re.findall(r"^ +([\d.]+) +([\d.]+) ± ([\d.]+)$", quick.out, re.MULTILINE)
    assert len(rows) == 10
    for true, found, error in rows:
        assert abs(float(true) - float(found)) < 4 * float(error) < 0.1
    covered = re.match(r"(\d+)% of the true parameters lie in", quick.last_line)
    assert covered
    assert int(covered[1]) >= 80


def test_errors_from_the_hessian_are_as_large_as_errors_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = module_of("scipy_minimize.py", monkeypatch)
    rng = np.random.default_rng(0)
    parameters, curve = [], []
    for _ in range(6):
        measured = module.model(module.TRUTH) + module.SIGMA * rng.normal(size=600)

        def residuals(p: np.ndarray, measured: np.ndarray = measured) -> np.ndarray:
            return (module.model(p) - measured) / module.SIGMA

        best = least_squares(residuals, module.TRUTH, jac=tg.jacobian(residuals)).x
        errors, band = module.uncertainty(residuals, best)
        parameters.append((best - module.TRUTH) / errors)
        curve.append((module.model(best) - module.model(module.TRUTH)) / band)
    assert 0.8 < np.std(parameters) < 1.2
    assert 0.7 < np.std(curve) < 1.3


def test_the_model_is_a_background_and_its_peaks(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of("scipy_minimize.py", monkeypatch)
    peaks = module.peaks(module.TRUTH)
    np.testing.assert_allclose(peaks.max(axis=1), module.HEIGHTS, rtol=0.02)
    # The width is where half of the height is left.
    halves = [np.sum(peak > height / 2) for peak, height in zip(peaks, module.HEIGHTS, strict=True)]
    channel = module.CHANNELS[1]
    np.testing.assert_allclose(np.array(halves) * channel / 2, module.WIDTHS, atol=channel)
    direction = np.linspace(-1, 1, len(module.TRUTH))
    _, tangent = tg.jvp(module.model, (module.TRUTH,), (direction,))
    np.testing.assert_allclose(tg.jacobian(module.model)(module.TRUTH) @ direction, tangent)


def test_it_leaves_a_picture(quick: Run) -> None:
    pixels = matplotlib.image.imread(quick.folder / "scipy_minimize.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_the_seed_decides(quick: Run, tmp_path: Path) -> None:
    again = run(tmp_path, "scipy_minimize.py", "--quick", "--seed", "0")
    assert again.untimed().split() == quick.untimed().split()
    other = run(tmp_path, "scipy_minimize.py", "--quick", "--seed", "1")
    assert other.untimed().split() != quick.untimed().split()


def test_scipy_that_is_not_installed_is_one_line(tmp_path: Path) -> None:
    # Stands before the real one on the path, and is as absent as can be.
    absent = 'raise ModuleNotFoundError("No module named \'scipy\'", name="scipy")'
    (tmp_path / "scipy.py").write_text(absent, encoding="utf-8")
    done = run(tmp_path, "scipy_minimize.py", path=os.pathsep.join([str(tmp_path), PACKAGE]))
    assert done.code == 1
    assert done.err == 'scipy is not installed: pip install -e ".[examples]"\n'


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--starts 0", "--starts: 0 is not a positive number"),
        ("--seed -1", "--seed: -1 is negative"),
        ("--picture picture.txt", "the name ends in .png, .svg, .pdf"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: str, complaint: str) -> None:
    done = run(tmp_path, "scipy_minimize.py", *options.split())
    assert done.code == 2
    assert complaint in done.err.splitlines()[-1]


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, "scipy_minimize.py", "--help")
    assert done.code == 0
    for option in ("--starts", "--seed", "--picture", "--quick"):
        assert option in done.out
