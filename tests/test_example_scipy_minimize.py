"""The example of a fit that SciPy drives: examples/scipy_minimize.py."""

from __future__ import annotations

import os
import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import PACKAGE, Run, module_of, run

import tinygrad_np as tg

SCRIPT = "scipy_minimize.py"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("quick"), SCRIPT, "--quick", "--seed", "1")


def test_exact_derivatives_need_fewer_evaluations(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    rows = re.findall(r"^(\S+), (\S.*?)  +([\d,]+) .* (\d+)/(\d+) +\S+$", quick.out, re.MULTILINE)
    assert len(rows) == 8
    counts = {(way, how): int(count.replace(",", "")) for way, how, count, *_ in rows}
    for way, how in (
        ("L-BFGS-B", "tg.value_and_grad"),
        ("BFGS", "tg.value_and_grad"),
        ("least_squares", "tg.jacobian"),
    ):
        assert counts[way, how] < counts[way, "finite differences"] / 5
    assert sum(int(found) for *_, found, _ in rows) >= 6


def test_the_errors_are_those_of_the_fit(quick: Run) -> None:
    share = re.match(r"(\d+)% of the true parameters", quick.last_line)
    assert share is not None
    assert int(share[1]) >= 80


def test_it_leaves_a_picture(quick: Run) -> None:
    assert [path.name for path in quick.folder.iterdir()] == ["scipy_minimize.png"]
    pixels = matplotlib.image.imread(quick.folder / "scipy_minimize.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_the_model_is_differentiated(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    rng = np.random.default_rng(0)
    parameters = module.TRUTH * (1 + 0.01 * rng.normal(size=module.TRUTH.shape))
    tg.testing.check_grads(module.model, (parameters,), order=2)


def test_what_is_not_installed_is_one_line(tmp_path: Path) -> None:
    absent = 'raise ModuleNotFoundError("No module named \'scipy\'", name="scipy")'
    (tmp_path / "scipy.py").write_text(absent, encoding="utf-8")
    done = run(tmp_path, SCRIPT, path=os.pathsep.join([str(tmp_path), PACKAGE]))
    assert done.code == 1
    assert done.err == 'scipy is not installed: pip install -e ".[examples]"\n'


def test_options(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--help")
    assert done.code == 0
    for option in ("--starts", "--seed", "--picture", "--quick"):
        assert option in done.out
    done = run(tmp_path, SCRIPT, "--starts", "0")
    assert done.code == 2
    assert done.err.splitlines()[-1].endswith("--starts: 0 is not a positive number")
