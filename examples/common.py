"""What the examples share: the options that all of them have, and the look of their pictures."""

from __future__ import annotations

import argparse
import math
import os
from contextlib import contextmanager
from pathlib import Path

# NumPy reads this when it is imported. Two threads would train a small network faster on an idle
# machine, but many times slower on a busy one: every product waits for the later of its halves.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    import matplotlib
    from matplotlib.figure import Figure
    from tqdm import tqdm
except ModuleNotFoundError as error:
    raise SystemExit(f'{error.name} is not installed: pip install -e ".[examples]"') from None

INK, GREY, LIGHT, BLUE, RED = "#1b2733", "#74808c", "#e6eaee", "#1f6fd0", "#d1352b"
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.axisbelow": True,
    "axes.edgecolor": LIGHT,
    "axes.grid": True,
    "axes.labelcolor": GREY,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "grid.color": LIGHT,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "lines.solid_capstyle": "round",
    "xtick.color": GREY,
    "ytick.color": GREY,
}
FORMATS = (".png", ".svg", ".pdf")


@contextmanager
def picture(path, title, subtitle, size):
    """Give a figure of so many inches, with two lines at its top, and write it to the file.

    Its axes have the height from 0 to 1 − 1.1 / size[1] to themselves.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, dpi=150, facecolor="white")
        left, inch = 0.5 / size[0], 1 / size[1]
        figure.text(left, 1 - 0.42 * inch, title, fontsize=20, fontweight="bold", va="center")
        figure.text(left, 1 - 0.76 * inch, subtitle, fontsize=11, color=GREY, va="center")
        yield figure
        figure.savefig(path)


def progress(steps, title):
    """Return what counts `steps` (a number, or what a loop runs over) on a terminal's last line."""
    steps = range(steps) if isinstance(steps, int) else steps
    return tqdm(steps, desc=title, leave=False, disable=None)


class Options(argparse.ArgumentParser):
    """The options of an example: --picture, --quick, and those that it adds."""

    def __init__(self, documentation, picture, quick):
        super().__init__(description=documentation.partition(":")[0])
        self.files = []
        self.add_file("--picture", picture, "where to write the picture")
        self.add_argument("--quick", help=f"a look: {quick}", action="store_true")

    def add(self, option, default, meaning, **keywords):
        """Add an option, whose default stands in the help. A number must be positive."""
        if isinstance(default, int | float):
            keywords = {"type": positive(type(default)), "metavar": "N"} | keywords
        self.add_argument(option, default=default, help=f"{meaning} (%(default)s)", **keywords)

    def add_seed(self):
        self.add("--seed", 0, "where the random numbers start", type=not_negative)

    def add_file(self, option, default, meaning):
        """Add an option that names a file to be written."""
        self.files.append(option)
        self.add(option, Path(default), meaning, type=Path, metavar="FILE")

    def parse_args(self, *args, **keywords):
        """Return the options; what would fail at the end of the program fails here."""
        options = super().parse_args(*args, **keywords)
        for option in self.files:
            path = getattr(options, option.removeprefix("--").replace("-", "_"))
            if not path.parent.is_dir():
                self.error(f"{option} {path}: there is no folder {path.parent}")
            if path.is_dir():
                self.error(f"{option} {path}: this is a folder; give a file")
        if options.picture.suffix not in FORMATS:
            self.error(f"--picture {options.picture}: the name ends in {', '.join(FORMATS)}")
        return options


def positive(kind):
    """Return the type of an option that is an int, or a float, above 0."""

    def parse(text):
        number = kind(text)
        if not 0 < number < math.inf:
            raise argparse.ArgumentTypeError(f"{text} is not a positive number")
        return number

    parse.__name__ = kind.__name__  # argparse names it where the text is no number at all
    return parse


def not_negative(text):
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return number


not_negative.__name__ = "int"
