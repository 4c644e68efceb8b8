"""Save trees of arrays to ``.npz`` files and load them back, all or nothing, without pickle."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .. import tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

__all__ = ["load", "save"]

FORMAT = 1
METADATA = "tinygrad_np.json"

Tree = TypeVar("Tree")


def save(path: str | os.PathLike[str], tree: Any) -> None:
    """Write the leaves of a tree to an ``.npz`` file, under their paths.

    The file appears complete or not at all: it is written under another name in the same folder,
    flushed to the disk, and renamed. A process killed in the middle leaves the old file whole, and
    at worst a hidden file ``.name.….tmp`` beside it. Equal trees give equal files, byte for byte.

    Parameters
    ----------
    path : str or path-like
        The file, taken as given: nothing is appended to a name without suffix. What was there
        is replaced.
    tree : tree
        Layers, dicts of arrays, optimizer states, …: its leaves are arrays or numbers.

    Raises
    ------
    TypeError
        If a leaf is not an array or a number.
    ValueError
        If two leaves have the same path.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from tinygrad_np import train
    >>> path = tempfile.mkdtemp() + "/params.npz"
    >>> train.save(path, {"weights": np.ones((2, 3)), "bias": np.zeros(3)})
    >>> sorted(np.load(path).files)  # the file is NumPy's own format
    ['bias', 'tinygrad_np.json', 'weights']
    """
    arrays = named_arrays("save", tree)
    with replacing(path) as file:
        write_archive(file, arrays)


def load(path: str | os.PathLike[str], like: Tree) -> Tree:
    """Read what `save` wrote into a new tree, shaped like another one.

    Parameters
    ----------
    path : str or path-like
        The file.
    like : tree
        Says what to expect: the same paths, shapes and dtypes as in the file. It is not changed.

    Returns
    -------
    tree
        Of the structure of ``like``, with the arrays of the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is cut short or damaged, is no ``.npz`` file, or holds another tree; the message then
        lists the names that are missing, those that are extra, and those of other shape or dtype.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from tinygrad_np import train
    >>> path = tempfile.mkdtemp() + "/params.npz"
    >>> train.save(path, {"weights": np.ones((2, 3))})
    >>> train.load(path, like={"weights": np.zeros((2, 3))})
    {'weights': array([[1., 1., 1.], [1., 1., 1.]])}
    >>> train.load(path, like={"weights": np.zeros((2, 4)), "bias": np.zeros(4)})
    Traceback (most recent call last):
        ...
    ValueError: load: .../params.npz does not fit:
      missing in the file: bias
      weights: shape (2, 3) in the file, (2, 4) expected
    """
    path = os.fsdecode(path)
    expected = named_arrays("load", like)
    found = read_archive(path)
    check_fits(path, expected, found)
    leaves, structure = tree.flatten(like)
    values = [as_leaf(found[name], leaf) for name, leaf in zip(expected, leaves, strict=True)]
    loaded: Tree = tree.unflatten(structure, values)
    return loaded


def named_arrays(function: str, values: Any) -> dict[str, np.ndarray]:
    """Return the leaves as arrays, under their paths."""
    arrays: dict[str, np.ndarray] = {}
    for name, leaf in zip(tree.paths(values), tree.leaves(values), strict=True):
        if not isinstance(leaf, (np.ndarray, np.generic, bool, int, float, complex)) or (
            np.asarray(leaf).dtype.hasobject
        ):
            raise TypeError(
                f"{function}: leaf {name!r} is a {type(leaf).__name__}, not an array of numbers or "
                "a number; what is not an array belongs to the program, not to the file"
            )
        if name in arrays:
            raise ValueError(f"{function}: two leaves have the path {name!r}; rename a key")
        arrays[name] = np.asarray(leaf)
    return arrays


def as_leaf(array: np.ndarray, leaf: Any) -> Any:
    """Return what was loaded as what it was saved from: an array, NumPy's scalar, or Python's."""
    if isinstance(leaf, np.ndarray):
        return array
    return array[()] if isinstance(leaf, np.generic) else array.item()


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file to write that takes the place of ``path`` once it is complete."""
    # Through a symbolic link, so that the link stays one.
    path = os.path.realpath(os.fsdecode(path))
    folder = os.path.dirname(path)
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "save wants a file, and this is a folder", path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "save: there is no such folder", folder)
    temporary = os.path.join(folder, f".tinygrad_np-{os.urandom(8).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
        raise
    flush_folder(folder)


def flush_folder(folder: str) -> None:
    """Make a rename outlast a loss of power, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_archive(file: IO[bytes], arrays: dict[str, np.ndarray]) -> None:
    # Not np.savez: it appends a suffix to names and takes no array called "file".
    import json
    import zipfile

    from .. import __version__

    metadata = {"format": FORMAT, "written_by": f"tinygrad_np {__version__}"}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(METADATA), json.dumps(metadata))
        for name, array in arrays.items():
            # A ZipInfo's own date, 1980, keeps the clock out of the file.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read_archive(path: str) -> dict[str, np.ndarray]:
    """Return the arrays of a file under their names."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "load wants a file, and this is a folder", path)
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, "load: there is no such file", path)
    members = read_members(path)
    if METADATA in members:
        check_format(path, members[METADATA])
    return {
        name.removesuffix(".npy"): read_array(path, name, content)
        for name, content in members.items()
        if name.endswith(".npy")
    }


def read_members(path: str) -> dict[str, bytes]:
    import zipfile

    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            raise ValueError(f"load: {path} is not an .npz file, as train.save writes them")
        try:
            with zipfile.ZipFile(file) as archive:
                return {name: archive.read(name) for name in archive.namelist()}
        except Exception as error:  # a damaged archive raises whatever its damage leads to
            raise ValueError(
                f"load: {path} is cut short or damaged ({error}); take another copy of it"
            ) from error


def read_array(path: str, name: str, content: bytes) -> np.ndarray:
    import io

    try:
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except ValueError as error:
        raise ValueError(f"load: {path}: {name} is not an array of numbers ({error})") from error


def check_format(path: str, content: bytes) -> None:
    import json

    try:
        version = json.loads(content)["format"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"load: {path}: {METADATA} is not what train.save writes") from error
    if version != FORMAT:
        raise ValueError(
            f"load: {path} has format {version!r}, and this tinygrad_np reads format {FORMAT}; "
            "update tinygrad_np"
        )


def check_fits(path: str, expected: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> None:
    """Raise one error that lists everything in the file that is not as expected."""
    problems = []
    if missing := [name for name in expected if name not in found]:
        problems.append(f"missing in the file: {names_of(missing)}")
    if extra := [name for name in found if name not in expected]:
        problems.append(f"extra in the file: {names_of(extra)}")
    for name, array in expected.items():
        if name in found and (found[name].shape, found[name].dtype) != (array.shape, array.dtype):
            what = "shape" if found[name].shape != array.shape else "dtype"
            problems.append(
                f"{name}: {what} {getattr(found[name], what)} in the file, "
                f"{getattr(array, what)} expected"
            )
    if problems:
        raise ValueError("\n  ".join([f"load: {path} does not fit:", *problems]))


def names_of(paths: Sequence[str]) -> str:
    return ", ".join([path or "(the tree itself)" for path in paths])
