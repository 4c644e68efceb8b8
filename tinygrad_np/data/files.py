"""Read a file whole, unpacking it if its content is gzip."""

from __future__ import annotations

import os

GZIP_MAGIC = b"\x1f\x8b"
COPY_AGAIN = "copy or download the file again"


def read_content(function: str, path: str | os.PathLike[str], remedy: str = COPY_AGAIN) -> bytes:
    """Return what the file holds; gzip is recognised by its content, not by the file's name."""
    import errno

    if os.path.isdir(path):
        raise IsADirectoryError(
            errno.EISDIR, f"{function} wants a file, and this is a folder", os.fspath(path)
        )
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        raise FileNotFoundError(
            errno.ENOENT, f"{function}: there is no such file", os.fspath(path)
        ) from None
    return unpacked(content, os.fspath(path), remedy)


def unpacked(content: bytes, source: str, remedy: str = COPY_AGAIN) -> bytes:
    """Return ``content``, decompressed if it is gzip; ``source`` names it in an error."""
    if not content.startswith(GZIP_MAGIC):
        return content
    import gzip
    import zlib

    try:
        return gzip.decompress(content)
    except EOFError:
        reason = "its gzip data is cut short"
    except (gzip.BadGzipFile, zlib.error) as error:
        reason = f"its gzip data is corrupt ({error})"
    raise ValueError(f"{source}: {reason}; {remedy}")
