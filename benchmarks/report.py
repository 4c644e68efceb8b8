"""The measurements as Markdown: one function a table."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from benchmarks import driver, footprint
from benchmarks import protocol as numpys
from benchmarks.driver import ROOT, Timing
from benchmarks.libraries import LIBRARIES
from benchmarks.problems import CHAINS, PROBLEMS

OURS = "tinygrad_np"
START, END = "<!-- benchmarks:start -->", "<!-- benchmarks:end -->"


class Settings(NamedTuple):
    """What the command line says."""

    libraries: list[str]
    rounds: int
    seconds: float
    threads: int
    quick: bool


def markdown(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table under its caption."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return f"{caption}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def number(value: float) -> str:
    """Return three significant digits, or all digits before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def ratio(timings: dict[str, Timing], library: str) -> str:
    """Return how long tinygrad_np takes, in units of another library's time."""
    if OURS not in timings or library == OURS:
        return ""
    return f"{timings[OURS].ratio(timings[library]):.2f}"


def title(library: str) -> str:
    """Return the name that a row shows."""
    return f"**{LIBRARIES[library].title}**" if library == OURS else LIBRARIES[library].title


def measure(settings: Settings, problem: str) -> dict[str, Timing]:
    """Interleave the libraries that the settings name on one problem."""
    return driver.interleave(
        settings.libraries, problem, settings.threads, settings.rounds, settings.seconds
    )


def mlp(settings: Settings) -> str:
    """Microseconds of a step of an MLP."""
    names = ["mlp-small", "mlp-large"]
    results = [measure(settings, name) for name in names]
    header = ["step of an MLP"]
    for name in names:
        header += [f"{PROBLEMS[name].title}: µs", "tinygrad_np ÷ it"]
    rows = []
    for library in settings.libraries:
        row = [title(library)]
        for timings in results:
            row += cells(timings, library)
        rows.append(row)
    caption = (
        "One step of training: loss, gradients and the update, in float32, "
        f"{settings.threads} thread{'s' if settings.threads > 1 else ''}."
    )
    return markdown(caption, header, drop_empty(rows))


def cnn(settings: Settings) -> str:
    """Milliseconds and megabytes of a step of a convolutional network."""
    timings = measure(settings, "cnn")
    answers = driver.alone(settings.libraries, "cnn", settings.threads)
    header = ["step of a CNN", "ms", "tinygrad_np ÷ it", "MB", "tinygrad_np ÷ it"]
    ours = answers[OURS][0] if OURS in answers else 0
    rows = []
    for library in settings.libraries:
        row = [title(library)]
        if library in timings and library in answers:
            grown = answers[library][0]
            share = f"{ours / grown:.2f}" if ours and grown and library != OURS else ""
            milliseconds = number(timings[library].median() * 1e3)
            row += [milliseconds, ratio(timings, library), number(grown / 1e6), share]
        rows.append(row)
    caption = (
        f"{PROBLEMS['cnn'].title}: loss, gradients and the update, in float32, "
        f"{settings.threads} thread{'s' if settings.threads > 1 else ''}. Megabytes are the growth "
        "of the resident process at the peak of its first two steps, after some of two images."
    )
    return markdown(caption, header, drop_empty(rows))


def sequences(settings: Settings) -> str:
    """Milliseconds of a step of an LSTM, and of a transformer."""
    names = ["lstm", "transformer"]
    results = [measure(settings, name) for name in names]
    header = ["step of a network that reads sequences"]
    for name in names:
        header += [f"{PROBLEMS[name].title}: ms", "tinygrad_np ÷ it"]
    rows = []
    for library in settings.libraries:
        row = [title(library)]
        for timings in results:
            row += cells(timings, library, 1e3)
        rows.append(row)
    caption = (
        "One step of training: loss, gradients and the update, in float32, "
        f"{settings.threads} thread{'s' if settings.threads > 1 else ''}."
    )
    return markdown(caption, header, drop_empty(rows))


def cells(timings: dict[str, Timing], library: str, units: float = 1e6) -> list[str]:
    """Return the time, of so many units a second, and the ratio; blanks, if it was skipped."""
    if library not in timings:
        return ["", ""]
    return [number(timings[library].median() * units), ratio(timings, library)]


def drop_empty(rows: list[list[str]]) -> list[list[str]]:
    """Leave out the libraries that have nothing to show."""
    return [row for row in rows if any(row[1:])]


def chain(settings: Settings) -> str:
    """Microseconds of an op in a chain."""
    names = ["chain-array", "chain-scalar"]
    results = [measure(settings, name) for name in names]
    header = ["µs an op"]
    for name in names:
        header += [f"{PROBLEMS[name].title}: forward", "backward", "both", "tinygrad_np ÷ it"]
    rows = []
    for library in settings.libraries:
        row = [title(library)]
        for timings in results:
            if library not in timings:
                row += [""] * 4
            elif library == "jax-jit":
                row += ["", "", *cells(timings, library)]
            else:
                row += [
                    number(timings[library].median(part) * 1e6) for part in ("forward", "backward")
                ] + cells(timings, library)
        rows.append(row)
    caption = (
        "A chain of small ops, differentiated in all its leaves: `y * w`, `y + b`, and `tanh` "
        "(arrays) or the ReLU (scalars); *both* also frees the graph."
    )
    return markdown(caption, header, drop_empty(rows))


def deep(settings: Settings) -> str:
    """Microseconds and bytes of an op in ever longer chains."""
    names = ["deep-10k"] if settings.quick else ["deep-10k", "deep-100k", "deep-1m"]
    libraries = [name for name in settings.libraries if not name.startswith("jax")]
    header = ["an op in a chain of scalars"]
    columns = []
    for name in names:
        header += [f"{PROBLEMS[name].title}: µs", "bytes"]
        columns.append(driver.alone(libraries, name, settings.threads))
    rows = []
    for library in libraries:
        row = [title(library)]
        for name, answers in zip(names, columns, strict=True):
            if library in answers:
                grown, seconds = answers[library]
                row += [number(seconds * 1e6), f"{grown / CHAINS[name].links:,.0f}"]
            else:
                row += ["", ""]
        rows.append(row)
    caption = (
        "Time and memory of an op as a chain grows: both should stay what they are. Bytes are the "
        "growth of the resident process at its peak, in its first forward and backward."
    )
    return markdown(caption, header, drop_empty(rows))


def memory(settings: Settings) -> str:
    """Peak memory of a step of an MLP."""
    names = ["mlp-small", "mlp-large"] + ([] if settings.quick else ["mlp-batch"])
    traced = ["numpy", OURS, f"{OURS}-layers", "autograd", "mygrad"]
    libraries = [name for name in traced if name in settings.libraries]
    columns = [driver.traced(libraries, name, settings.threads) for name in names]
    header = ["peak memory of a step"]
    for name in names:
        header += [f"{PROBLEMS[name].title}: MB", "÷ NumPy by hand"]
    rows = []
    for library in libraries:
        row = [title(library)]
        for answers in columns:
            if library in answers:
                share = answers[library] / answers["numpy"] if "numpy" in answers else 0
                row += [number(answers[library] / 1e6), f"{share:.2f}" if share else ""]
            else:
                row += ["", ""]
        rows.append(row)
    caption = (
        "The most that a step holds at once besides parameters and data, with what is kept between "
        "steps; counted to the byte by `tracemalloc`, for the libraries whose arrays are NumPy's."
    )
    return markdown(caption, header, drop_empty(rows))


def size(settings: Settings) -> str:
    """Seconds to import, megabytes to install."""
    timings = footprint.import_timings(settings.libraries, settings.rounds)
    rows = []
    for library, timing in timings.items():
        relative = timing.ratio(timings["numpy"]) if "numpy" in timings else 0
        name = title(library).partition(",")[0].removesuffix(" by hand")
        row = [name, number(timing.median() * 1e3), f"{relative:.2f}" if relative else ""]
        if library == OURS:
            wheel, unpacked = footprint.wheel_bytes()
            row.append(f"{unpacked / 1e6:.2f} (wheel: {wheel / 1e3:,.0f} KB)")
        else:
            row.append(number(footprint.installed_bytes(library) / 1e6))
        rows.append(row)
    caption = "Importing, in a fresh process, and installing, with what it requires besides NumPy."
    return markdown(caption, ["", "import: ms", "÷ NumPy", "installed: MB"], rows)


def protocol(settings: Settings) -> str:
    """Microseconds of a gradient of a NumPy function, and of the op that it finds."""
    timings = numpys.timings(settings.rounds, settings.seconds, settings.threads)
    rows = [
        [
            f"`{call}`",
            number(through.median() * 1e6),
            number(directly.median() * 1e6),
            f"{through.ratio(directly):.2f}",
        ]
        for call, (through, directly) in timings.items()
    ]
    caption = (
        "What it costs that a program calls NumPy: `tg.vjp` and the pullback, for each of "
        f"{numpys.CALLS} calls on arrays of {numpys.SIZE}, and of tinygrad_np's own op instead."
    )
    return markdown(caption, ["gradient of", "NumPy's function: µs", "the op: µs", "÷"], rows)


TABLES: dict[str, Any] = {
    "mlp": mlp,
    "cnn": cnn,
    "sequences": sequences,
    "chain": chain,
    "deep": deep,
    "memory": memory,
    "size": size,
    "protocol": protocol,
}


def versions(settings: Settings) -> str:
    """Name what ran and on what."""
    names = dict.fromkeys(
        distribution
        for library in settings.libraries
        for distribution in LIBRARIES[library].distributions
        if distribution != OURS and footprint.installed(distribution)
    )
    packages = [f"{name} {importlib.metadata.version(name)}" for name in names]
    return (
        f"Python {platform.python_version()}, {', '.join(packages)}; {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores. Medians of {settings.rounds} rounds, each "
        "library in its own process, in turn; ratios are medians of the ratios within a round, "
        "below 1 where tinygrad_np is the faster. Before it is timed, every library's loss and "
        "gradients are checked against those worked out by hand."
    )


def readme_frame() -> tuple[str, str]:
    """Return what the README has before and after its tables, marks included.

    Raises
    ------
    ValueError
        If the README lacks the marks.
    """
    path = ROOT / "README.md"
    before, start, rest = path.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{path} has no {START} … {END} to put the tables between")
    return before + start, end + after


def update_readme(frame: tuple[str, str], text: str) -> None:
    """Put ``text`` between the marks in the README."""
    (ROOT / "README.md").write_text(f"{frame[0]}\n{text}\n{frame[1]}", encoding="utf-8")
