"""What a library costs before it does anything: seconds to import, bytes to install."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks.driver import ROOT, Timing

IMPORTS = {
    "numpy": "numpy",
    "tinygrad_np": "tinygrad_np",
    "torch": "torch",
    "jax": "jax.numpy",
    "autograd": "autograd.numpy",
    "mygrad": "mygrad",
    "micrograd": "micrograd.engine",
}
SOURCES = ("tinygrad_np", "pyproject.toml", "setup.cfg", "README.md", "LICENSE")


def import_timings(libraries: list[str], rounds: int) -> dict[str, Timing]:
    """Time ``python -c "import …"``, in turn, less the ``python -c pass`` of the same round."""

    # An installed package has its byte code written; a checkout too, unless this forbids it.
    settings = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}

    def seconds(statement: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], cwd=ROOT, env=settings, check=True)
        return time.perf_counter() - began

    present = [name for name in libraries if name in IMPORTS and find_spec(IMPORTS[name])]
    timings = {name: Timing({"total": []}) for name in present}
    for number in range(rounds + 1):
        bare = seconds("pass")
        for name in present:
            taken = seconds(f"import {IMPORTS[name]}") - bare
            if number:  # the first round reads from disk and writes byte code
                timings[name].seconds["total"].append(taken)
    return timings


def wheel_bytes() -> tuple[int, int]:
    """Return the size of this package's wheel, and what it unpacks to, building it from a copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "source")
        copy.mkdir()
        for name in SOURCES:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, copy)
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--wheel-dir", folder, str(copy)], check=True)
        wheel = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            return wheel.stat().st_size, sum(member.file_size for member in archive.infolist())


def installed_bytes(distribution: str) -> int:
    """Return the size on disk of a distribution and of all that it requires, NumPy apart.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If it is not installed.
    """
    total, waiting, seen = 0, [distribution], {"numpy"}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        metadata = importlib.metadata.distribution(name)
        for path in metadata.files or ():
            file = Path(str(path.locate()))
            total += file.stat().st_size if file.is_file() and file.suffix != ".pyc" else 0
        for requirement in metadata.requires or ():
            required = re.split(r"[^\w.-]", requirement)[0].lower()
            if "extra ==" not in requirement and required not in seen and installed(required):
                waiting.append(required)
    return total


def installed(distribution: str) -> bool:
    """Return whether pip has installed it; another platform's requirements are not."""
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
