"""data.read_idx: every type, plain and gzipped, and what a damaged file says."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import hypothesis
import hypothesis.extra.numpy
import hypothesis.strategies as st
import numpy as np
import pytest

from tinygrad_np import data

CODES = {
    "uint8": 0x08,
    "int8": 0x09,
    "int16": 0x0B,
    "int32": 0x0C,
    "float32": 0x0D,
    "float64": 0x0E,
}


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, CODES[array.dtype.name], array.ndim])
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return header + shape + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some-file"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx") / "some-file"


arrays = st.sampled_from(sorted(CODES)).flatmap(
    lambda dtype: hypothesis.extra.numpy.arrays(
        dtype, hypothesis.extra.numpy.array_shapes(min_dims=0, max_dims=4, min_side=0)
    )
)


@hypothesis.given(array=arrays, pack=st.booleans())
def test_what_is_written_is_read(scratch: Path, array: np.ndarray, pack: bool) -> None:
    content = idx_bytes(array)
    scratch.write_bytes(gzip.compress(content) if pack else content)
    read = data.read_idx(scratch)
    assert read.dtype == array.dtype
    assert read.dtype.isnative
    assert read.shape == array.shape
    np.testing.assert_array_equal(read, array)


@hypothesis.given(array=arrays, where=st.floats(0, 1, exclude_max=True), pack=st.booleans())
def test_a_file_cut_short_anywhere_is_refused_by_name(
    scratch: Path, array: np.ndarray, where: float, pack: bool
) -> None:
    content = gzip.compress(idx_bytes(array)) if pack else idx_bytes(array)
    scratch.write_bytes(content[: int(where * len(content))])
    with pytest.raises(ValueError, match="some-file: "):
        data.read_idx(scratch)


def test_values_in_the_order_of_the_format(path: Path) -> None:
    path.write_bytes(b"\0\0\x0b\x02" + b"\0\0\0\x02\0\0\0\x03" + b"\0\1\0\2\0\3\xff\xff\1\0\0\0")
    np.testing.assert_array_equal(data.read_idx(path), [[1, 2, 3], [-1, 256, 0]])


def test_the_result_can_be_written_to(path: Path) -> None:
    path.write_bytes(idx_bytes(np.arange(3, dtype=np.uint8)))
    read = data.read_idx(path)
    read[0] = 7
    assert read.tolist() == [7, 1, 2]


def test_a_path_may_be_a_string(path: Path) -> None:
    path.write_bytes(idx_bytes(np.arange(3, dtype=np.uint8)))
    assert data.read_idx(str(path)).tolist() == [0, 1, 2]


GOOD = idx_bytes(np.arange(6, dtype=np.int32).reshape(2, 3))
DAMAGED = {
    "empty": (b"", "0 bytes are too few"),
    "three bytes": (GOOD[:3], "3 bytes are too few"),
    "no dimensions": (GOOD[:9], "cut short in its header: 2 dimensions need 12 bytes.* are 9"),
    "values missing": (
        GOOD[:-1],
        r"cut short: shape \(2, 3\) of int32 needs 36 bytes with the header, and there are 35",
    ),
    "too long": (GOOD + b"\0", "too long: .* needs 36 bytes .* there are 37"),
    "wrong magic": (b"PK\3\4" + GOOD, "not an IDX file: it begins with the bytes 50 4b 03 04"),
    "unknown type": (b"\0\0\x0a" + GOOD[3:], "unknown IDX type code 0x0a.*0x08, 0x09, 0x0b"),
    "too many dimensions": (b"\0\0\x08\xc8" + bytes(800), "200 dimensions"),
    "huge dimensions": (
        b"\0\0\x08\x04" + b"\xff" * 16,
        r"cut short: shape \(4294967295, 4294967295, ",
    ),
    "gzip cut short": (gzip.compress(GOOD)[:-9], "its gzip data is cut short"),
    "gzip checksum": (gzip.compress(GOOD)[:-8] + bytes(8), "its gzip data is corrupt"),
    "gzip body": (gzip.compress(GOOD)[:10] + b"\xff" * 40, "its gzip data is corrupt"),
    "gzip then something else": (gzip.compress(GOOD) + b"more", "its gzip data is corrupt"),
    "gzip of something else": (gzip.compress(b"not IDX"), "not an IDX file"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_says_what_is_wrong(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"some-file: {message}"):
        data.read_idx(path)


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"read_idx: there is no such file.*some-file"):
        data.read_idx(path)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=r"read_idx wants a file.*test_a_folder"):
        data.read_idx(tmp_path)
