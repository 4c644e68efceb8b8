"""audit.py and `python -m tinygrad_np.ops`: what the table of functions says was seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import audit
import numpy as np
import pytest
from op_cases import Case, anything, broadcast, distinct, unary

import tinygrad_np as tg
from tinygrad_np.ops import __main__ as command
from tinygrad_np.ops import shaping


def seen(function: Any, inputs: Any) -> dict[str, str]:
    return dict(zip(audit.CHECKS, audit.outcomes(Case(function, inputs)), strict=True))


def test_what_holds() -> None:
    assert seen(np.sin, unary()) == {**dict.fromkeys(audit.CHECKS, "✓"), "broadcasting": ""}
    assert seen(np.subtract, broadcast(anything, anything)) == dict.fromkeys(audit.CHECKS, "✓")
    assert seen(np.arctan2, broadcast(anything, anything))["complex"] == ""
    assert seen(np.unique, unary(distinct))["batching"] == "refused"


def test_what_fails() -> None:
    wrong = tg.custom_op(lambda x: 2 * x).defvjp(lambda g, out, x: 3 * g)
    of_wrong = seen(wrong, unary())
    assert [of_wrong[name] for name in ("reverse", "forward", "second order")] == ["✗"] * 3

    one_way = tg.custom_op(lambda x: 2 * x)
    one_way = one_way.defvjp(lambda g, out, x: 2 * g).defjvp(lambda t, out, x: 3 * t)
    of_one_way = seen(one_way, unary())
    assert of_one_way["reverse"] == "✓"
    assert of_one_way["forward"] == of_one_way["second order"] == "✗"

    second = tg.custom_op(lambda x: x * x).defvjp(lambda g, out, x: 2 * tg.stop_gradient(x) * g)
    of_second = seen(second, unary())
    assert of_second["reverse"] == of_second["forward"] == "✓"
    assert of_second["second order"] == "✗"

    wide = tg.custom_op(lambda x: x * 2).defvjp(
        lambda g, out, x: (g.astype(float) * 2).astype(g.dtype)
    )
    assert seen(wide, unary())["float32"] == "✗"


def test_the_document_has_every_function_once() -> None:
    if not command.DOCUMENT.exists():
        pytest.skip("the document is in the repository, not in the wheel")
    text = command.DOCUMENT.read_text(encoding="utf-8")
    if f"with NumPy {np.__version__.rpartition('.')[0]}," not in text:
        pytest.skip("the document was written with another NumPy")
    named = re.findall(r"`([\w.]+)`", text)
    for namespace in audit.NAMESPACES.values():
        for names in audit.names_of(namespace).values():
            assert set(names) <= set(named)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) >= len(audit.all_cases())
    assert not [row for row in rows if "✗" in row]
    assert shaping.reshape.name in named


def test_the_command_says_what_it_cannot_do(monkeypatch: Any, tmp_path: Path) -> None:
    assert "python -m tinygrad_np.ops [--check]" in (command.main(["--bogus"]) or "")
    monkeypatch.setattr(command, "TESTS", tmp_path)
    assert "run this in a clone" in (command.main([]) or "")


def test_the_command_compares(
    monkeypatch: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "README.md"
    monkeypatch.setattr(command, "DOCUMENT", document)
    # The command is the package's own, which may be an installed wheel.
    monkeypatch.setattr(command, "TESTS", Path(__file__).parent)
    version = np.__version__.rpartition(".")[0]
    monkeypatch.setattr(audit, "document", lambda: f"# with NumPy {version}, new\n")
    assert command.main([]) is None
    assert command.main(["--check"]) is None
    document.write_text(f"# with NumPy {version}, old\n")
    message = command.main(["--check"]) or ""
    assert "is stale" in message
    assert "-# with NumPy" in message
    document.write_text("# with NumPy 1.0, old\n")
    assert command.main(["--check"]) is None
    assert "not compared" in capsys.readouterr().out
