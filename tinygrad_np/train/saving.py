"""Save trees of arrays to files and load them back, all or nothing, without pickle.

The files are NumPy's ``.npz`` or, where the name ends so, ``.safetensors``.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .. import tree
from ..errors import require
from ..nn.layer import Held, held, with_held

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

__all__ = ["load", "save"]

FORMAT = 1
METADATA = "tinygrad_np.json"
SAFETENSORS = ".safetensors"
TEMPORARY = ".tinygrad_np"

Tree = TypeVar("Tree")


def save(path: str | os.PathLike[str], tree: Any) -> None:
    """Write the leaves of a tree to an ``.npz`` or ``.safetensors`` file, under their paths.

    With those of layers, their buffers are written, such as running statistics, and the states of
    their generators of random numbers.

    The file appears complete or not at all: it is written under another name in the same folder,
    flushed to the disk, and renamed. A process killed in the middle leaves the old file whole, and
    at worst a hidden file ``.name.….tmp`` beside it. Equal trees give equal files, byte for byte.

    Parameters
    ----------
    path : str or path-like
        The file, taken as given: nothing is appended to a name without suffix. What was there
        is replaced. If it ends in ``.safetensors``, it is written by the library of that name,
        and is an ``.npz`` file otherwise.
    tree : tree
        Layers, dicts of arrays, optimizer states, …: its leaves are arrays or numbers.

    Raises
    ------
    TypeError
        If a leaf is not an array or a number.
    ValueError
        If two leaves have the same path.
    ImportError
        If it takes safetensors, which is not installed.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from tinygrad_np import train
    >>> path = tempfile.mkdtemp() + "/params.npz"
    >>> train.save(path, {"weights": np.ones((2, 3)), "bias": np.zeros(3)})
    >>> sorted(np.load(path).files)  # the file is NumPy's own format
    ['bias', 'tinygrad_np.json', 'weights']
    """
    arrays, generators = named_parts("save", tree)
    write(path, arrays, generators)


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
        If it is cut short or damaged, is of another format, or holds another tree; the message then
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
    found, metadata = read(path)
    loaded: Tree = fitted(path, like, found, metadata)
    return loaded


def fitted(path: str, like: Any, found: dict[str, np.ndarray], metadata: dict[str, Any]) -> Any:
    """Return a tree like another one, of the arrays and generators that a file holds."""
    states = metadata["generators"]
    expected, generators = named_parts("load", like)
    check_fits(path, expected, generators, found, states)
    leaves, structure = tree.flatten(like)
    values = [as_leaf(found[name], leaf) for name, leaf in zip(expected, leaves, strict=False)]
    # What one object is in several places is again one.
    replaced: dict[int, Held] = {}
    for name, one in held(structure):
        if id(one.value) not in replaced:
            value = generator_in(states.get(name), one.value) if name in generators else found[name]
            replaced[id(one.value)] = Held(value)
    structure = with_held(structure, lambda one: replaced[id(one.value)])
    return tree.unflatten(structure, values)


def named_parts(
    function: str, values: Any
) -> tuple[dict[str, np.ndarray], dict[str, np.random.Generator]]:
    """Return the leaves as arrays, under their paths, then the buffers; and the generators."""
    leaves, structure = tree.flatten(values)
    named = list(zip(tree.structure_paths(structure), leaves, strict=True))
    generators: dict[str, np.random.Generator] = {}
    seen: set[int] = set()
    for name, one in held(structure):
        if id(one.value) not in seen:
            seen.add(id(one.value))
            if isinstance(one.value, np.random.Generator):
                generators[name] = one.value
            else:
                named.append((name, one.value))
    return as_arrays(function, named), generators


def as_arrays(function: str, named: list[tuple[str, Any]]) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for name, leaf in named:
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


def write(
    path: str | os.PathLike[str],
    arrays: dict[str, np.ndarray],
    generators: dict[str, np.random.Generator],
    more: dict[str, Any] | None = None,
    temporary: str = TEMPORARY,
) -> None:
    """Write arrays, the states of generators, and whatever JSON holds besides, all or nothing."""
    import json

    from .. import __version__

    metadata: dict[str, Any] = {"format": FORMAT, "written_by": f"tinygrad_np {__version__}"}
    if generators:
        metadata["generators"] = {
            name: generator.bit_generator.state for name, generator in generators.items()
        }
    # The state of some generators has arrays of integers in it.
    text = json.dumps(metadata | (more or {}), default=lambda array: array.tolist())
    write_content = write_tensors if is_safetensors(path) else write_archive
    with replacing(path, temporary) as file:
        write_content(file, arrays, text)


def read(path: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays of a file under their names, and its metadata."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "load wants a file, and this is a folder", path)
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, "load: there is no such file", path)
    return read_tensors(path) if is_safetensors(path) else read_archive(path)


def is_safetensors(path: str | os.PathLike[str]) -> bool:
    return os.fsdecode(path).endswith(SAFETENSORS)


def writable_place(function: str, path: str | os.PathLike[str]) -> str:
    """Return a path to a file, or raise what writing it would raise, but now."""
    # Through a symbolic link, so that the link stays one.
    path = os.path.realpath(os.fsdecode(path))
    folder = os.path.dirname(path)
    if os.path.isdir(path):
        message = f"{function} wants a file, and this is a folder"
        raise IsADirectoryError(errno.EISDIR, message, path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"{function}: there is no such folder", folder)
    return path


def check_writable(function: str, folder: str) -> None:
    """Raise what making a file in a folder would raise, but now, as far as can be told."""
    if not os.access(folder, os.W_OK):
        message = f"{function}: nothing can be written to this folder"
        raise PermissionError(errno.EACCES, message, folder)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], temporary: str = TEMPORARY) -> Iterator[IO[bytes]]:
    """Open a file to write that takes the place of ``path`` once it is complete."""
    path = writable_place("save", path)
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f"{temporary}-{os.urandom(8).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            # Of a disk that is full, the system does not say what was being written.
            raise OSError(error.errno, error.strerror, path) from error
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


def write_archive(file: IO[bytes], arrays: dict[str, np.ndarray], metadata: str) -> None:
    # Not np.savez: it appends a suffix to names and takes no array called "file".
    import zipfile

    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(METADATA), metadata)
        for name, array in arrays.items():
            # A ZipInfo's own date, 1980, keeps the clock out of the file.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read_archive(path: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    members = read_members(path)
    metadata = read_metadata(path, members.get(METADATA))
    arrays = {
        name.removesuffix(".npy"): read_array(path, name, content)
        for name, content in members.items()
        if name.endswith(".npy")
    }
    return arrays, metadata


def read_members(path: str) -> dict[str, bytes]:
    import zipfile

    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            raise ValueError(f"load: {path} is not an .npz file, as train.save writes them")
        try:
            with zipfile.ZipFile(file) as archive:
                return {name: archive.read(name) for name in archive.namelist()}
        except Exception as error:  # a damaged archive raises whatever its damage leads to
            raise damaged(path, error) from error


def read_array(path: str, name: str, content: bytes) -> np.ndarray:
    import io

    try:
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except ValueError as error:
        raise ValueError(f"load: {path}: {name} is not an array of numbers ({error})") from error


def write_tensors(file: IO[bytes], arrays: dict[str, np.ndarray], metadata: str) -> None:
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise TypeError(
                f"save: leaf {name!r} is {array.dtype}, which a {SAFETENSORS} file cannot hold; an "
                ".npz file can"
            )
    require("safetensors", "safetensors")
    from safetensors.numpy import save as serialized

    arrays = {name: np.array(array, order="C") for name, array in arrays.items()}
    header = {METADATA: metadata, CHECKSUM: checksum(arrays, metadata)}
    file.write(serialized(arrays, header))


def read_tensors(path: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    library = require("safetensors", "safetensors")
    try:
        with library.safe_open(path, framework="np") as file:
            header = file.metadata() or {}
            arrays = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    except Exception as error:  # a damaged file raises whatever its damage leads to
        raise damaged(path, error) from error
    metadata = header.get(METADATA)
    # A file of somebody else has neither.
    if (METADATA in header or CHECKSUM in header) and (
        header.get(CHECKSUM) != checksum(arrays, metadata or "")
    ):
        raise damaged(path, "its checksum is another")
    return arrays, read_metadata(path, metadata)


DTYPES = {
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64",
}  # fmt: skip
CHECKSUM = "crc32"


def checksum(arrays: dict[str, np.ndarray], metadata: str) -> str:
    """Return a sum over what a file holds; an ``.npz`` file has such sums by itself."""
    import zlib

    total = zlib.crc32(metadata.encode())
    for name in sorted(arrays):
        array = arrays[name]
        total = zlib.crc32(f"{name} {array.dtype.name} {array.shape}".encode(), total)
        total = zlib.crc32(array.tobytes(), total)
    return f"{total:08x}"


def damaged(path: str, reason: object) -> ValueError:
    return ValueError(f"load: {path} is cut short or damaged ({reason}); take another copy of it")


def read_metadata(path: str, content: bytes | str | None) -> dict[str, Any]:
    """Return what is known besides the arrays, if the file has a format that is known here."""
    import json

    if content is None:
        return {"generators": {}}
    try:
        metadata: dict[str, Any] = json.loads(content)
        version = metadata["format"]
        metadata["generators"] = dict(metadata.get("generators", {}))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"load: {path}: {METADATA} is not what train.save writes") from error
    if version != FORMAT:
        raise ValueError(
            f"load: {path} has format {version!r}, and this tinygrad_np reads format {FORMAT}; "
            "update tinygrad_np"
        )
    return metadata


def generator_in(state: Any, like: np.random.Generator) -> np.random.Generator:
    """Make a generator that is in a state, or else in that of another one."""
    made = np.random.Generator(type(like.bit_generator)(0))
    made.bit_generator.state = like.bit_generator.state if state is None else with_arrays(state)
    return made


def with_arrays(state: Any) -> Any:
    """Make of the lists in a generator's state arrays again."""
    if isinstance(state, dict):
        return {name: with_arrays(value) for name, value in state.items()}
    return np.array(state, np.uint64) if isinstance(state, list) else state


def check_fits(
    path: str,
    expected: dict[str, np.ndarray],
    generators: dict[str, np.random.Generator],
    found: dict[str, np.ndarray],
    states: dict[str, Any],
) -> None:
    """Raise one error that lists everything in the file that is not as expected.

    A file without any states of generators, as others than `save` write it, leaves them as they
    are.
    """
    problems = []
    missing = [name for name in expected if name not in found]
    missing += [name for name in generators if states and name not in states]
    if missing:
        problems.append(f"missing in the file: {names_of(missing)}")
    extra = [name for name in found if name not in expected]
    extra += [name for name in states if name not in generators]
    if extra:
        problems.append(f"extra in the file: {names_of(extra)}")
    for name, array in expected.items():
        if name in found and (found[name].shape, found[name].dtype) != (array.shape, array.dtype):
            what = "shape" if found[name].shape != array.shape else "dtype"
            problems.append(
                f"{name}: {what} {getattr(found[name], what)} in the file, "
                f"{getattr(array, what)} expected"
            )
    for name, generator in generators.items():
        kind = type(generator.bit_generator).__name__
        if name in states and states[name].get("bit_generator") != kind:
            problems.append(
                f"{name}: a generator {states[name].get('bit_generator')} in the file, "
                f"{kind} expected"
            )
    if problems:
        raise ValueError("\n  ".join([f"load: {path} does not fit:", *problems]))


def names_of(paths: Sequence[str]) -> str:
    return ", ".join([path or "(the tree itself)" for path in paths])
