"""Save trees of arrays to ``.npz`` files and load them back, all or nothing, without pickle."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .. import tree
from ..nn.layer import Held, held, with_held

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

__all__ = ["load", "save"]

FORMAT = 1
METADATA = "tinygrad_np.json"

Tree = TypeVar("Tree")


def save(path: str | os.PathLike[str], tree: Any) -> None:
    """Write the leaves of a tree to an ``.npz`` file, under their paths.

    With those of layers, their buffers are written, such as running statistics, and the states of
    their generators of random numbers.

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
    arrays, generators = named_parts("save", tree)
    with replacing(path) as file:
        write_archive(file, arrays, generators)


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
    expected, generators = named_parts("load", like)
    found, states = read_archive(path)
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
    loaded: Tree = tree.unflatten(structure, values)
    return loaded


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


def write_archive(
    file: IO[bytes], arrays: dict[str, np.ndarray], generators: dict[str, np.random.Generator]
) -> None:
    # Not np.savez: it appends a suffix to names and takes no array called "file".
    import json
    import zipfile

    from .. import __version__

    metadata: dict[str, Any] = {"format": FORMAT, "written_by": f"tinygrad_np {__version__}"}
    if generators:
        metadata["generators"] = {
            name: generator.bit_generator.state for name, generator in generators.items()
        }
    with zipfile.ZipFile(file, "w") as archive:
        # The state of some generators has arrays of integers in it.
        text = json.dumps(metadata, default=lambda array: array.tolist())
        archive.writestr(zipfile.ZipInfo(METADATA), text)
        for name, array in arrays.items():
            # A ZipInfo's own date, 1980, keeps the clock out of the file.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read_archive(path: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays of a file under their names, and the states of generators."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "load wants a file, and this is a folder", path)
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, "load: there is no such file", path)
    members = read_members(path)
    states = read_metadata(path, members[METADATA]) if METADATA in members else {}
    arrays = {
        name.removesuffix(".npy"): read_array(path, name, content)
        for name, content in members.items()
        if name.endswith(".npy")
    }
    return arrays, states


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


def read_metadata(path: str, content: bytes) -> dict[str, Any]:
    """Return the states of generators, if the file has a format that is known here."""
    import json

    try:
        metadata = json.loads(content)
        version, states = metadata["format"], dict(metadata.get("generators", {}))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"load: {path}: {METADATA} is not what train.save writes") from error
    if version != FORMAT:
        raise ValueError(
            f"load: {path} has format {version!r}, and this tinygrad_np reads format {FORMAT}; "
            "update tinygrad_np"
        )
    return states


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
