"""The IDX format, in which MNIST is published."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.data.files import COPY_AGAIN, read_content

if TYPE_CHECKING:
    from numpy.typing import NDArray

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_DIMENSIONS = 64  # of a NumPy array


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read an IDX file, plain or gzipped, into an array.

    An IDX file is two zero bytes, a byte for the type, a byte for the number of dimensions, the
    dimensions as big-endian 32-bit integers, and the values, big-endian, last axis fastest.

    Parameters
    ----------
    path : str or os.PathLike
        The file. Gzip is recognised by the content, so the name does not matter.

    Returns
    -------
    ndarray
        The values, with the dimensions that the file gives, in this machine's byte order:
        uint8, int8, int16, int32, float32 or float64.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If ``path`` is not a file.
    ValueError
        If the file is not IDX, has an unknown type, is shorter or longer than its dimensions
        say, or is corrupt gzip. The message names the file.

    References
    ----------
    Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", 1998: "the IDX
    file format".

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from tinygrad_np import data
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "two-by-three.idx")
    ...     header = bytes([0, 0, 0x08, 2]) + bytes([0, 0, 0, 2]) + bytes([0, 0, 0, 3])
    ...     _ = path.write_bytes(header + bytes([1, 2, 3, 4, 5, 6]))
    ...     data.read_idx(path)
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    values = parse_idx(read_content("read_idx", path), os.fspath(path))
    return values.astype(values.dtype.newbyteorder("="))


def parse_idx(content: bytes, source: str) -> NDArray[Any]:
    """Return the array in ``content``: a view of it, read-only and big-endian."""
    import math

    if len(content) < 4:
        raise ValueError(
            f"{source}: {len(content)} bytes are too few for an IDX file, "
            f"whose header has 4 or more; {COPY_AGAIN}"
        )
    if content[:2] != b"\0\0":
        raise ValueError(
            f"{source}: not an IDX file: it begins with the bytes {content[:4].hex(' ')}, "
            "and IDX with two zeros"
        )
    code, dimensions = content[2], content[3]
    if code not in DTYPES:
        known = ", ".join(f"0x{code:02x}" for code in DTYPES)
        raise ValueError(f"{source}: unknown IDX type code 0x{code:02x}; the known ones: {known}")
    if dimensions > MOST_DIMENSIONS:
        raise ValueError(
            f"{source}: {dimensions} dimensions; a NumPy array has at most {MOST_DIMENSIONS}"
        )
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise ValueError(
            f"{source}: cut short in its header: {dimensions} dimensions need {header} bytes, "
            f"and there are {len(content)}; {COPY_AGAIN}"
        )
    shape = tuple(np.frombuffer(content, ">u4", dimensions, offset=4).tolist())
    dtype = np.dtype(DTYPES[code])
    wanted = header + math.prod(shape) * dtype.itemsize
    if len(content) != wanted:
        raise ValueError(
            f"{source}: {'cut short' if len(content) < wanted else 'too long'}: shape {shape} of "
            f"{dtype.name} needs {wanted} bytes with the header, and there are {len(content)}; "
            f"{COPY_AGAIN}"
        )
    return np.frombuffer(content, dtype, offset=header).reshape(shape)
