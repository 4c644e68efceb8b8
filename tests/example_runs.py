"""What the tests of the examples share: an example runs as a program, from another folder."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

import tinygrad_np as tg

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
# The package under test, wherever it lies: a relative PYTHONPATH means nothing in another folder.
PACKAGE = str(Path(tg.__file__).parent.parent)


class Run(NamedTuple):
    code: int
    out: str
    err: str
    folder: Path

    @property
    def last_line(self) -> str:
        return self.out.splitlines()[-1]

    def untimed(self) -> str:
        """Return what was printed, without how long it took."""
        return re.sub(r"[\d.]+ s\b|seconds [\d.]+", "", self.out)


def run(folder: Path, script: str, *options: str, path: str = PACKAGE) -> Run:
    # One thread: the order in which several add up a product is not the same every time.
    environment = os.environ | {
        "PYTHONPATH": path,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / script), *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr, folder)


def module_of(script: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(EXAMPLES)
    spec = importlib.util.spec_from_file_location(f"example_{script[:-3]}", EXAMPLES / script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module
