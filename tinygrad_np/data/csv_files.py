"""Labelled examples from a CSV file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.data import checks
from tinygrad_np.data.files import read_content
from tinygrad_np.errors import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

UTF8_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BOOLEANS = (b"rue", b"RUE", b"alse", b"ALSE")  # pandas makes ones of a column of "True"
LARGEST = float(np.finfo(np.float32).max)
LARGEST_LABEL = 2**53  # up to here a float64 holds every integer


def read_csv(
    path: str | os.PathLike[str],
    *,
    label: str | int = "label",
    header: bool | None = None,
    divide_by: float = 1.0,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    r"""Read a CSV file, one example a line, into ``x`` (numbers) and ``y`` (integer labels).

    This is the layout of Kaggle's digits: a header, a column ``label``, then the pixels.

    Parameters
    ----------
    path : str or os.PathLike
        The file, comma-separated, plain or gzipped. Blank lines are skipped.
    label : str or int
        The column of labels: its name in the header, or its number counted from 0 (-1 is the
        last). In a file without header the default is the first column.
    header : bool, optional
        Whether the first line names the columns. By default it does if any of its cells is not a
        number; say ``header=True`` for column names that are all numbers.
    divide_by : float
        What ``x`` is divided by: 255 makes pixels lie in [0, 1], as in `mnist`.

    Returns
    -------
    x : float32 ndarray of shape (examples, columns - 1)
        Every column but the labels, in the file's order.
    y : int64 ndarray of shape (examples,)
        The labels.

    Raises
    ------
    ValueError
        If a cell is missing or not a finite number, a label is not an integer, a line has more
        or fewer cells than the first, there is no column of that label, or there are no
        examples. The message names the file, the line (counted from 1) and the column.
    FileNotFoundError, IsADirectoryError
        If ``path`` is not a file.
    ImportError
        If pandas is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from tinygrad_np import data
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "digits.csv")
    ...     _ = path.write_text("label,pixel0,pixel1\n7,0,255\n3,51,0\n")
    ...     x, y = data.read_csv(path, divide_by=255)
    >>> x
    array([[0. , 1. ],
           [0.2, 0. ]], dtype=float32)
    >>> y
    array([7, 3])
    """
    pandas = require("pandas", "examples")
    source = os.fspath(path)
    content = read_content("read_csv", path).removeprefix(UTF8_BYTE_ORDER_MARK)
    first_line, first = next(_rows(content, source), (0, []))
    if not first:
        raise ValueError(f"{source}: the file is empty; wanted a label and numbers on each line")
    names = _names(first, header)
    column = _label_column(label, names, len(first), source)
    try:
        table = _parse(pandas, content, first_line if names else 0, column)
        if table.shape[1] != len(first):
            raise ValueError("lines of different lengths")
        y, x = _arrays(table, column)
    except ValueError as error:
        _check_cells(content, source, first, names, column)
        raise ValueError(f"{source}: {error}") from error
    if any(word in content for word in BOOLEANS):
        _check_cells(content, source, first, names, column)
    if divide_by != 1:
        x /= divide_by
    return x, y


def _rows(content: bytes, source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that is not blank."""
    import csv
    import io

    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", errors="replace", newline="")
    reader = csv.reader(text)
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"{source}, line {reader.line_num}: not CSV: {error}") from None


def _names(first: list[str], header: bool | None) -> list[str] | None:
    if header is None:
        header = any(_problem(cell) for cell in first)
    return [name.strip() for name in first] if header else None


def _label_column(label: str | int, names: list[str] | None, columns: int, source: str) -> int:
    if columns == 1:
        raise ValueError(
            f"{source}: the first line has one column; wanted a label and numbers, "
            "with commas between them"
        )
    if checks.is_integer(label):
        if not -columns <= int(label) < columns:
            raise ValueError(f"{source}: label={label}, but the first line has {columns} columns")
        return int(label) % columns
    if names is None:
        if label == "label":
            return 0
        raise ValueError(
            f"{source}: label={label!r}, but the file has no header; give the column's number"
        )
    if names.count(str(label)) != 1:
        some = ", ".join(names[:5]) + (", …" if columns > 5 else "")
        raise ValueError(
            f"{source}: {names.count(str(label)) or 'no'} columns are called {label!r} in the "
            f"first line ({some}); say which holds the labels (label=0 is the first), "
            "or header=False if that line is an example"
        )
    return names.index(str(label))


def _parse(pandas: Any, content: bytes, skip: int, column: int) -> Any:
    import collections
    import io

    dtypes: dict[int, Any] = collections.defaultdict(lambda: np.float32, {column: np.float64})
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        return pandas.read_csv(
            io.BytesIO(content), header=None, skiprows=skip, dtype=dtypes, skipinitialspace=True
        )


def _arrays(table: Any, column: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    labels = table.pop(column).to_numpy()
    # pandas keeps columns together; training takes rows.
    x = np.require(table.to_numpy(np.float32), requirements=["C", "W"])
    if not np.isfinite(x).all():
        raise ValueError("a cell is missing or not finite")
    if not (np.abs(labels) <= LARGEST_LABEL).all() or (labels % 1).any():
        raise ValueError("a label is not an integer")
    return labels.astype(np.int64), x


def _check_cells(
    content: bytes, source: str, first: list[str], names: list[str] | None, column: int
) -> None:
    """Read the file cell by cell, which is slow, and say where the first mistake is."""
    rows = _rows(content, source)
    if names:
        next(rows)
    line = 0
    for line, row in rows:
        if len(row) != len(first):
            raise ValueError(
                f"{source}, line {line}: {len(row)} cells, and the first line has {len(first)}; "
                f"the first cell {'too many' if len(row) > len(first) else 'missing'} is column "
                f"{min(len(row), len(first)) + 1}"
            ) from None
        if _is_all_short_digits(row):
            continue
        for index, cell in enumerate(row):
            if problem := _problem(cell, is_label=index == column):
                name = f" ({names[index]})" if names else ""
                raise ValueError(
                    f"{source}, line {line}, column {index + 1}{name}: {problem}"
                ) from None
    if not line:
        raise ValueError(f"{source}: no examples, only a header") from None


def _is_all_short_digits(row: list[str]) -> bool:
    """Tell at a glance that a row is right, as nearly all are."""
    joined = "".join(row)
    return joined.isascii() and joined.isdigit() and all(row) and max(map(len, row)) < 16


def _problem(cell: str, is_label: bool = False) -> str | None:
    wanted = "an integer" if is_label else "a finite number"
    if not cell.strip():
        return f"the cell is empty; wanted {wanted}"
    try:
        if not cell.isascii() or "_" in cell:  # numbers in Python, but not in CSV
            raise ValueError
        value = float(cell)
    except ValueError:
        return f"{cell!r} is not a number; wanted {wanted}"
    limit = LARGEST_LABEL if is_label else LARGEST
    if not abs(value) <= limit or (is_label and value % 1):
        bound = f" of at most {limit:g}" if limit < abs(value) < float("inf") else ""
        return f"{cell!r} is not {wanted}{bound}"
    return None
