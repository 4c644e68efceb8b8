"""``python -m benchmarks``: measure, and print the tables that the README shows.

The libraries to compare with: ``pip install -r benchmarks/requirements.txt``. One that is missing
is skipped by name. Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks.libraries import LIBRARIES
from benchmarks.report import TABLES, Settings, readme_frame, update_readme, versions


def names_among(known: list[str]) -> Callable[[str], list[str]]:
    """Return a parser of comma-separated names that must be known."""

    def parse(text: str) -> list[str]:
        chosen = text.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return chosen

    return parse


def main(arguments: list[str] | None = None) -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="one short round: does it still run?")
    for option, known in (("--only", list(TABLES)), ("--libraries", list(LIBRARIES))):
        parser.add_argument(
            option,
            type=names_among(known),
            default=known,
            metavar="NAMES",
            help=f"comma-separated, of {', '.join(known)}",
        )
    parser.add_argument("--rounds", type=int, default=15, help="rounds to take medians of (15)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each library (2)")
    parser.add_argument("--update-readme", action="store_true", help="put the tables in README.md")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.threads < 1:
        parser.error("--rounds and --threads are at least 1")
    # Minutes of measuring must not end with a README that cannot take the tables.
    frame = readme_frame() if options.update_readme else None
    settings = Settings(
        libraries=options.libraries,
        rounds=1 if options.quick else options.rounds,
        seconds=0 if options.quick else 0.2,
        threads=options.threads,
        quick=options.quick,
    )
    parts = []
    for name in options.only:
        parts.append(TABLES[name](settings))
        print(parts[-1], flush=True)
    parts.append(versions(settings))
    print(parts[-1])
    if frame:
        update_readme(frame, "\n".join(parts))


if __name__ == "__main__":
    main()
