"""python -m tinygrad_np.ops [--check]: write what is differentiated, or compare with the file.

The table, README.md beside this file, holds the outcomes of the repository's own tests, so it is
written in a clone: ``pip install -e ".[test]"``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

DOCUMENT = Path(__file__).with_name("README.md")
TESTS = Path(__file__).parents[2] / "tests"


def main(arguments: list[str]) -> str | None:
    """Return what is wrong, if something is."""
    if arguments not in ([], ["--check"]):
        return __doc__
    if not (TESTS / "audit.py").exists():
        return f"{TESTS / 'audit.py'} is missing: run this in a clone of the repository"
    version = np.__version__.rpartition(".")[0]
    written = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    if arguments and f"with NumPy {version}," not in written:
        print(f"{DOCUMENT} was written with another NumPy than {version}: not compared")
        return None
    sys.path.insert(0, str(TESTS))
    audit = __import__("audit")
    found = audit.document()
    if not arguments:
        DOCUMENT.write_text(found, encoding="utf-8")
        return None
    if found != written:
        from difflib import unified_diff

        lines = unified_diff(
            written.splitlines(), found.splitlines(), "written", "found", "", "", 0
        )
        return "\n".join([*lines, f"{DOCUMENT} is stale: python -m tinygrad_np.ops writes it anew"])
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
