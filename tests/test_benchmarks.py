"""The benchmarks still run, refuse wrong gradients, and pair their rounds; no time is judged."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import driver, footprint, report, worker
from benchmarks.__main__ import main
from benchmarks.libraries import LIBRARIES, Library, by_hand
from benchmarks.problems import CNN, LSTM, MLP, Chain, Transformer

OURS = ["numpy", "tinygrad_np", "tinygrad_np-layers"]


def rows(markdown: str) -> dict[str, list[str]]:
    """Return the cells of each table row, by the name in its first column."""
    lines = [line.strip("| ").split(" | ") for line in markdown.splitlines() if line[:2] == "| "]
    return {name.strip("*"): [cell.strip() for cell in cells] for name, *cells in lines}


@pytest.mark.parametrize("table", ["mlp", "cnn", "sequences", "chain", "deep", "memory"])
def test_quick_run_prints_a_number_for_numpy_and_for_us(
    table: str, capfd: pytest.CaptureFixture[str]
) -> None:
    main(["--quick", "--threads", "1", "--only", table, "--libraries", ",".join(OURS)])

    printed = capfd.readouterr()
    table_rows = rows(printed.out)
    assert "skipped" not in printed.err
    for name in ("NumPy by hand", "tinygrad_np"):
        assert float(table_rows[name][0].replace(",", "")) > 0
    assert ("tinygrad_np, layers" in table_rows) == (table in ("mlp", "cnn", "sequences", "memory"))
    assert f"numpy {np.__version__}" in printed.out


def test_the_cost_of_numpys_protocols_is_shown_for_each_call(
    capfd: pytest.CaptureFixture[str],
) -> None:
    main(["--quick", "--threads", "1", "--only", "protocol", "--libraries", "numpy"])

    table_rows = rows(capfd.readouterr().out)
    for call in ("np.dot(x, w)", "np.concatenate([x, y])", "np.where(c, x, y)"):
        through, directly, ratio = map(float, table_rows[f"`{call}`"])
        assert through > 0
        assert directly > 0
        assert ratio > 0


def test_a_library_that_cannot_run_is_skipped_by_name(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIBRARIES, "absent", Library("An absent library", "absent", ()))
    assert driver.start(["absent"], "chain-array", 1) == {}
    assert "skipped An absent library" in capfd.readouterr().err


def test_a_library_has_no_row_where_it_has_no_place() -> None:
    assert driver.start(["micrograd"], "chain-array", 1) == {}


def test_gradients_by_hand_match_finite_differences() -> None:
    problem = MLP((5, 4, 3), 6)
    x, labels = problem.data()
    parameters = [parameter.astype(np.float64) for parameter in problem.parameters()]
    _, gradients = by_hand.loss_and_gradients(parameters, x, labels)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        index = tuple(0 for _ in parameter.shape)
        losses = []
        for shift in (1e-6, -1e-6):
            parameter[index] += shift
            losses.append(by_hand.loss_and_gradients(parameters, x, labels)[0])
            parameter[index] -= shift
        assert gradient[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-4, abs=1e-7)


def test_gradients_of_a_cnn_by_hand_match_finite_differences() -> None:
    problem = CNN(3, (16, 16, 2), (3, 4), (5, 3))
    x, labels = problem.data()
    parameters = [parameter.astype(np.float64) for parameter in problem.parameters()]
    _, gradients = by_hand.cnn_loss_and_gradients(parameters, x.astype(np.float64), labels)
    assert [g.shape for g in gradients] == [parameter.shape for parameter in parameters]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        index = tuple(n - 1 for n in parameter.shape)
        losses = []
        for shift in (1e-6, -1e-6):
            parameter[index] += shift
            losses.append(by_hand.cnn_loss_and_gradients(parameters, x, labels)[0])
            parameter[index] -= shift
        assert gradient[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize(
    ("problem", "function"),
    [
        (LSTM(3, 4, 2, 5, 3), by_hand.lstm_loss_and_gradients),
        (Transformer(2, 2, 8, 5, 3), by_hand.transformer_loss_and_gradients),
    ],
    ids=["lstm", "transformer"],
)
def test_gradients_of_sequences_by_hand_match_finite_differences(
    problem: LSTM | Transformer, function: Any
) -> None:
    x, labels = problem.data()
    x = x.astype(np.float64)
    parameters = [parameter.astype(np.float64) for parameter in problem.parameters()]
    _, gradients = function(parameters, x, labels)
    assert [g.shape for g in gradients] == [parameter.shape for parameter in parameters]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        index = tuple(n - 1 for n in parameter.shape)
        losses = []
        for shift in (1e-6, -1e-6):
            parameter[index] += shift
            losses.append(function(parameters, x, labels)[0])
            parameter[index] -= shift
        assert gradient[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("size", [None, 3])
def test_chain_by_hand_matches_finite_differences(size: int | None) -> None:
    leaves = Chain(20, size).leaves()
    forward, backward = by_hand.chain(20, *leaves)
    gradients = backward(forward())

    def last(*leaves: np.ndarray) -> np.ndarray:
        y, w, b = leaves
        for link in range(20):
            y = [y * w, y + b, np.tanh(y) if size else np.maximum(y, 0)][link % 3]
        return y

    for i, gradient in enumerate(gradients):
        above, below = list(leaves), list(leaves)
        above[i], below[i] = leaves[i] + 1e-6, leaves[i] - 1e-6
        np.testing.assert_allclose(gradient, (last(*above) - last(*below)) / 2e-6, rtol=1e-6)


def test_a_wrong_gradient_is_not_timed() -> None:
    def mlp(parameters: list, x: np.ndarray, labels: np.ndarray) -> tuple:
        step, read = by_hand.mlp(parameters, x, labels)
        return step, lambda: [*read()[:-1], read()[-1] * 1.001]

    with pytest.raises(AssertionError, match="gradient 3 differs"):
        worker.step_round(types.SimpleNamespace(mlp=mlp), MLP((5, 4, 3), 6))


def test_ratios_are_taken_round_by_round() -> None:
    ours = driver.Timing({"total": [1.0, 10.0, 100.0]})
    theirs = driver.Timing({"total": [2.0, 20.0, 50.0]})
    assert ours.median() == 10.0
    assert ours.ratio(theirs) == 0.5


def test_importing_is_timed_against_an_empty_process() -> None:
    timings = footprint.import_timings(["numpy", "micrograd-that-is-not-there"], rounds=1)
    assert list(timings) == ["numpy"]
    assert len(timings["numpy"].seconds["total"]) == 1


def test_installed_bytes_counts_requirements_but_not_numpy() -> None:
    assert (
        footprint.installed_bytes("hypothesis") > footprint.installed_bytes("sortedcontainers") > 0
    )
    assert footprint.installed_bytes("numpy") > 10**6


def test_update_readme_replaces_what_is_between_the_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "ROOT", tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text(f"above\n{report.START}\nold\n{report.END}\nbelow\n", encoding="utf-8")
    report.update_readme(report.readme_frame(), "new")
    assert re.sub(r"<!--.*?-->", "-", readme.read_text(encoding="utf-8")) == (
        "above\n-\nnew\n-\nbelow\n"
    )

    readme.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="benchmarks:start"):
        main(["--quick", "--only", "size", "--libraries", "numpy", "--update-readme"])
    assert readme.read_text(encoding="utf-8") == "no marks"
