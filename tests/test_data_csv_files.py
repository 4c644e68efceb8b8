"""data.read_csv: layouts that are read, and the line and column of what cannot be."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from tinygrad_np import data

pytest.importorskip("pandas")

KAGGLE = "label,pixel0,pixel1,pixel2\n7,0,255,51\n3,102,0,255\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "digits.csv"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv") / "digits.csv"


def read(path: Path, content: str | bytes, **options: object) -> tuple[list[object], list[int]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    x, y = data.read_csv(path, **options)
    assert x.dtype == np.float32
    assert y.dtype == np.int64
    return x.tolist(), y.tolist()


def test_the_layout_of_kaggle(path: Path) -> None:
    assert read(path, KAGGLE) == ([[0, 255, 51], [102, 0, 255]], [7, 3])


def test_divide_by(path: Path) -> None:
    x, _ = read(path, KAGGLE, divide_by=255)
    assert x == (np.float32([[0, 255, 51], [102, 0, 255]]) / np.float32(255)).tolist()


def test_rows_are_contiguous_and_writable(path: Path) -> None:
    path.write_text(KAGGLE)
    x, y = data.read_csv(path)
    assert x.flags.c_contiguous
    x += 1
    y += 1
    assert (x[0, 0], y[0]) == (1, 8)


@pytest.mark.parametrize(
    "content",
    [
        KAGGLE.replace("\n", "\r\n"),
        KAGGLE.rstrip("\n"),
        KAGGLE + "\n\n",
        "\n\n" + KAGGLE.replace("\n", "\n\n"),
        KAGGLE.replace(",", ", "),
        KAGGLE.replace(",", " ,"),
        KAGGLE.replace("255", '"255"'),
        KAGGLE.replace("label", '"label"'),
        KAGGLE.replace("7,", "7.0,").replace("51", "5.1e1"),
        b"\xef\xbb\xbf" + KAGGLE.encode(),
        gzip.compress(KAGGLE.encode()),
        KAGGLE.partition("\n")[2],
    ],
    ids=[
        "Windows line ends",
        "no last line end",
        "blank lines at the end",
        "blank lines everywhere",
        "space after commas",
        "space before commas",
        "quoted numbers",
        "quoted names",
        "numbers in other notations",
        "byte order mark",
        "gzipped",
        "no header",
    ],
)
def test_what_else_says_the_same(path: Path, content: str | bytes) -> None:
    assert read(path, content) == ([[0, 255, 51], [102, 0, 255]], [7, 3])


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("a,b,digit\n1,2,9\n", {"label": "digit"}),
        ("a,b,digit\n1,2,9\n", {"label": -1}),
        ("a,digit,b\n1,9,2\n", {"label": 1}),
        ("1,2,9\n", {"label": 2}),
        ("1,9,2\n", {"label": np.int64(1)}),
        ("9,1,2\n", {"header": False}),
        ("label,true,false\n9,1,2\n", {}),
        ("0,1,2\n9,1,2\n", {"header": True, "label": "0"}),
        ("0,1,2\n9,1,2\n", {"header": True, "label": 0}),
    ],
)
def test_where_the_labels_are(path: Path, content: str, options: dict[str, object]) -> None:
    assert read(path, content, **options) == ([[1, 2]], [9])


def test_large_and_negative_labels_are_exact(path: Path) -> None:
    assert read(path, f"{2**53},0\n-{2**53 - 1},0\n")[1] == [2**53, 1 - 2**53]


BAD = {
    "words": ("label,a,b\n1,2,3\n4,five,6\n", r"line 3, column 2 \(a\): 'five' is not a number"),
    "no name": ("1,2,3\n4,5,x\n", "line 2, column 3: 'x' is not a number; wanted a finite number"),
    "empty cell": ("label,a,b\n1,2,3\n4,,6\n", r"line 3, column 2 \(a\): the cell is empty"),
    "last cell empty": ("label,a,b\n1,2,\n4,5,6\n", r"line 2, column 3 \(b\): the cell is empty"),
    "blank cell": ("label,a,b\n1,  ,3\n", r"line 2, column 2 \(a\): the cell is empty"),
    "nan": ("label,a,b\n1,2,nan\n", r"line 2, column 3 \(b\): 'nan' is not a finite number"),
    "NA": ("label,a,b\n1,2,NA\n", r"line 2, column 3 \(b\): 'NA' is not a number"),
    "infinite": ("label,a,b\n1,-inf,2\n", r"line 2, column 2 \(a\): '-inf' is not a finite"),
    "too large": ("label,a\n1,1e39\n", "'1e39' is not a finite number of at most 3.40282e.38"),
    "true": ("label,a,b\n1,True,2\n", r"line 2, column 2 \(a\): 'True' is not a number"),
    "column of booleans": ("label,a\n1,FALSE\n2,TRUE\n", r"line 2, column 2 \(a\): 'FALSE' is not"),
    "underscore": ("label,a,b\n1,1_0,2\n", r"line 2, column 2 \(a\): '1_0' is not a number"),
    "other digits": ("label,a,b\n1,٣,2\n", r"line 2, column 2 \(a\): '٣' is not a number"),
    "not UTF-8": (b"label,a,b\n1,\xff,2\n", r"line 2, column 2 \(a\): .* is not a number"),
    "blank lines count": ("label,a\n\n1,2\n\n\n3,x\n", r"line 6, column 2 \(a\): 'x'"),
    "fractional label": ("label,a\n1,2\n1.5,2\n", r"line 3, column 1 \(label\): '1.5' is not an i"),
    "label a word": ("label,a\n1,2\ncat,2\n", r"line 3, column 1 \(label\): 'cat' is not a numb"),
    "label missing": ("label,a\n1,2\n,2\n", r"line 3, column 1 \(label\): the cell is empty; wan"),
    "label infinite": ("label,a\ninf,2\n", r"line 2, column 1 \(label\): 'inf' is not an integer"),
    "label too large": ("label,a\n1e17,2\n", "'1e17' is not an integer of at most 9.0072e.15"),
    "row too long": (
        "label,a,b\n1,2,3\n4,5,6,7\n",
        "line 3: 4 cells, and the first line has 3; the first cell too many is column 4",
    ),
    "row too short": (
        "label,a,b\n1,2,3\n4,5\n",
        "line 3: 2 cells, and the first line has 3; the first cell missing is column 3",
    ),
    "every row too long": ("label,a\n1,2,3\n4,5,6\n", "line 2: 3 cells, and the first line has 2"),
    "every row too short": ("label,a,b\n1,2\n4,5\n", "line 2: 2 cells, and the first line has 3"),
    "comma at the end": ("1,2,3\n4,5,6,\n", "line 2: 4 cells, and the first line has 3"),
    "quote left open": ('label,a\n1,2\n3,"4\n5,6\n', "line 4, column 2"),
    "empty": ("", "the file is empty"),
    "blank": ("\n  \n\n", "the file is empty"),
    "only a header": ("label,a,b\n", "no examples, only a header"),
    "one column": ("label\n1\n", "the first line has one column"),
    "semicolons": ("label;a;b\n1;2;3\n", "one column; .*with commas between them"),
    "no label column": (
        "digit,p0,p1,p2,p3,p4\n1,2,3,4,5,6\n",
        r"no columns are called 'label' in the first line \(digit, p0, p1, p2, p3, …\)",
    ),
    "labels twice": ("label,a,label\n1,2,3\n", "2 columns are called 'label'"),
    "bad first line": ("5,,3\n1,2,3\n", "no columns are called 'label'.*header=False"),
    "gzip cut short": (gzip.compress(KAGGLE.encode())[:-9], "its gzip data is cut short"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "wanted a label and numbers"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_by_line_and_column(
    path: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(ValueError, match=rf"digits\.csv.*{message}"):
        read(path, content)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label": "digit"}, "no columns are called 'digit'"),
        ({"label": 4}, "label=4, but the first line has 4 columns"),
        ({"label": -5}, "label=-5, but the first line has 4 columns"),
        ({"header": False}, r"line 1, column 1: 'label' is not a number; wanted an integer"),
        ({"header": False, "label": "digit"}, "label='digit', but the file has no header"),
    ],
)
def test_options_that_do_not_fit_the_file(
    path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        read(path, KAGGLE, **options)


CELLS = [
    "0",
    "7",
    "-3",
    "2.5",
    " 4",
    "5 ",
    "1e3",
    "+6",
    ".5",
    "nan",
    "",
    "x",
    "1e39",
    "NULL",
    "1,2",
]


@hypothesis.given(
    rows=st.lists(st.lists(st.sampled_from(CELLS), min_size=1, max_size=4), min_size=1, max_size=4),
    header=st.booleans(),
)
def test_agrees_with_reading_cell_by_cell(
    scratch: Path, rows: list[list[str]], header: bool
) -> None:
    lines = [",".join(row) for row in rows]
    content = "".join(f"{line}\n" for line in (["label,a,b"] if header else []) + lines)
    cells = [line.split(",") for line in lines if line.strip()]
    try:
        table = np.array([[float(cell) for cell in row] for row in cells])
        good = table.ndim == 2 and table.shape[1] == 3 if header else table.shape[1] > 1
        good = good and (np.abs(table) < 1e38).all() and not (table[:, 0] % 1).any()
    except (ValueError, IndexError):
        good = False
    if good:
        x, y = read(scratch, content, header=header)
        assert x == table[:, 1:].astype(np.float32).tolist()
        assert y == table[:, 0].tolist()
    else:
        with pytest.raises(ValueError, match=r"digits\.csv"):
            read(scratch, content, header=header)


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"read_csv: there is no such file.*digits\.csv"):
        data.read_csv(path)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=r"read_csv wants a file.*test_a_folder"):
        data.read_csv(tmp_path)


def test_without_pandas(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(KAGGLE)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad_np\[examples\]"'):
        data.read_csv(path)
