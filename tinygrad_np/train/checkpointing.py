"""Checkpoints: what a training run was, in files from which it goes on as if it had not ended."""

from __future__ import annotations

import os
import re
import warnings
from typing import Any, NamedTuple

import numpy as np

from ..data.checks import positive_integer
from . import saving

__all__ = ["Checkpoint"]

FORMATS = ("npz", "safetensors")
NAME = re.compile(rf"checkpoint-(\d+)\.(?:{'|'.join(FORMATS)})")
TEMPORARY = ".checkpoint"


class Loaded(NamedTuple):
    """What `Checkpoint.load` found."""

    step: int
    state: Any
    path: str


class Checkpoint:
    """A folder of checkpoints: the last few states of a run, each in a file of its own.

    Given to ``fit(…, checkpoint=…)``, it makes a run one that can be stopped at any moment, by a
    loss of power too, and resumed by the same program with ``resume=True``: it ends with the same
    parameters, to the last bit, as if it had not been stopped. A training loop of one's own calls
    `save` and `load`.

    A file appears complete or not at all, has checksums, and holds arrays and text: nothing in it
    is ever executed.

    Parameters
    ----------
    folder : str or path-like
        Made if there is none. Each run has one of its own.
    every : int, optional
        After how many steps `fit` saves; without it, after each epoch. It always does so at the
        end.
    keep : int
        How many checkpoints are kept: the newest ones. If the newest is found damaged, `load`
        takes the one before.
    format : {"npz", "safetensors"}
        Of the files; the latter needs the library of that name.

    Raises
    ------
    ValueError, TypeError
        If a setting makes no sense.

    Examples
    --------
    >>> import tempfile
    >>> from tinygrad_np import nn, train
    >>> def run(epochs):
    ...     rng = np.random.default_rng(0)
    ...     network = nn.NeuralNetwork([nn.Dense(1, 1, rng=rng)])
    ...     x = np.linspace(-1, 1, 100)[:, np.newaxis]
    ...     network.fit(
    ...         x, 2 * x, epochs=epochs, loss=nn.mse, rng=rng, progress=False,
    ...         checkpoint=train.Checkpoint(folder), resume=True,
    ...     )
    ...     return network.layers[0].weights
    >>> folder = tempfile.mkdtemp() + "/run"
    >>> stopped = run(epochs=2)
    >>> resumed = run(epochs=4)
    >>> folder = tempfile.mkdtemp() + "/run"
    >>> np.array_equal(resumed, run(epochs=4))
    True

    In a loop of one's own:

    >>> checkpoint = train.Checkpoint(tempfile.mkdtemp())
    >>> rng = np.random.default_rng(0)
    >>> w, start = np.zeros(3), 0
    >>> if (loaded := checkpoint.load()) is not None:  # not yet
    ...     start, w = loaded.step, loaded.state["w"]
    ...     rng.bit_generator.state = loaded.state["rng"]
    >>> for step in range(start, 10):
    ...     w = 0.9 * w + rng.normal(size=3)
    ...     checkpoint.save(step + 1, {"w": w, "rng": rng.bit_generator.state})
    >>> loaded = checkpoint.load()
    >>> loaded.step, np.array_equal(loaded.state["w"], w)
    (10, True)
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every: int | None = None,
        keep: int = 3,
        format: str = "npz",
    ) -> None:
        self.folder = os.fsdecode(folder)
        self.every = None if every is None else positive_integer("Checkpoint", "every", every)
        self.keep = positive_integer("Checkpoint", "keep", keep)
        if format not in FORMATS:
            names = " or ".join(map(repr, FORMATS))
            raise ValueError(f"Checkpoint: format={format!r}; expected {names}")
        self.format = format

    def __repr__(self) -> str:
        settings = f"every={self.every}, keep={self.keep}, format={self.format!r}"
        return f"Checkpoint({self.folder!r}, {settings})"

    def save(self, step: int, state: Any) -> None:
        """Write a state to a new file; remove the oldest ones that are not to be kept.

        Parameters
        ----------
        step : int
            How many steps were made: it orders the files.
        state : nested dicts and lists
            Of arrays, numbers, strings and None; the keys are strings. A generator's is
            ``rng.bit_generator.state``, an optimizer's ``optimizer.state``.

        Raises
        ------
        TypeError
            If there is something else in it.
        """
        arrays: dict[str, np.ndarray] = {}
        rest = without_arrays(state, "", arrays)
        self.make_folder()
        path = os.path.join(self.folder, f"checkpoint-{step:09d}.{self.format}")
        saving.write(path, arrays, {}, {"step": step, "state": rest}, TEMPORARY)
        # Files of later steps were found damaged, or the run would not be here.
        older = [path for number, path in self.files() if number <= step]
        for path in [*older[: -self.keep], *self._cut_short()]:
            os.remove(path)

    def load(self) -> Loaded | None:
        """Read the newest checkpoint that is whole; warn of those that are not.

        Returns
        -------
        Loaded or None
            With the attributes ``step``, ``state``, in which tuples have become lists, and
            ``path``; None if there are no checkpoints.

        Raises
        ------
        ValueError
            If none is whole.
        """
        files = self.files()
        for step, path in reversed(files):
            try:
                return Loaded(step, *self._read(path))
            except (ValueError, OSError) as error:
                if path == files[0][1]:
                    raise
                message = f"Checkpoint: {error}. Going back to the one before"
                warnings.warn(message, RuntimeWarning, stacklevel=2)
        return None

    def make_folder(self) -> None:
        """Make the folder, if there is none; raise OSError if nothing can be written to it."""
        os.makedirs(self.folder, exist_ok=True)
        saving.check_writable("Checkpoint", self.folder)

    def files(self) -> list[tuple[int, str]]:
        """List the steps and paths of the checkpoints that there are, the newest last."""
        names = os.listdir(self.folder) if os.path.isdir(self.folder) else []
        found = [(NAME.fullmatch(name), os.path.join(self.folder, name)) for name in names]
        return sorted([(int(match[1]), path) for match, path in found if match])

    def _read(self, path: str) -> tuple[Any, str]:
        arrays, metadata = saving.read(path)
        try:
            return with_arrays(metadata["state"], arrays), path
        except KeyError as error:
            raise ValueError(f"load: {path} is no checkpoint: it has no {error}") from None

    def _cut_short(self) -> list[str]:
        """List the files of processes that were killed while they wrote."""
        return [
            os.path.join(self.folder, name)
            for name in os.listdir(self.folder)
            if name.startswith(TEMPORARY) and name.endswith(".tmp")
        ]


ARRAY = "__array__"


def without_arrays(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """Return a state in which names stand for the arrays, which are put under these names."""
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.hasobject:
            raise TypeError(f"Checkpoint: state {path!r} is an array of Python objects")
        if path in arrays:
            raise TypeError(f"Checkpoint: two arrays in the state have the path {path!r}")
        arrays[path] = np.asarray(value)
        return {ARRAY: path, "scalar": isinstance(value, np.generic)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        strange = [key for key in value if not isinstance(key, str) or key == ARRAY]
        if strange:
            raise TypeError(
                f"Checkpoint: state {path!r} has a key {strange[0]!r}; keys are strings"
            )
        inside = value
    elif isinstance(value, (list, tuple)):
        inside = {str(i): item for i, item in enumerate(value)}
    else:
        raise TypeError(
            f"Checkpoint: state {path!r} is a {type(value).__name__}; expected dicts and lists of "
            "arrays, numbers, strings and None. Of a layer, dict(zip(tg.tree.paths(layer), "
            "tg.tree.leaves(layer)))"
        )
    saved = {
        key: without_arrays(item, f"{path}.{key}" if path else key, arrays)
        for key, item in inside.items()
    }
    return saved if isinstance(value, dict) else list(saved.values())


def with_arrays(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Put arrays in the places of their names."""
    if isinstance(value, list):
        return [with_arrays(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if ARRAY in value:
        array = arrays[value[ARRAY]]
        return array[()] if value["scalar"] else array
    return {key: with_arrays(item, arrays) for key, item in value.items()}


def fingerprint(*arrays: Any) -> str:
    """Return a checksum of data, which takes little memory."""
    import zlib

    total = 0
    for array in arrays:
        if array is None:
            continue
        total = zlib.crc32(f"{array.dtype.name} {array.shape}".encode(), total)
        rows = max(1, BLOCK // max(1, array[0].nbytes))
        for start in range(0, len(array), rows):
            total = zlib.crc32(array[start : start + rows].tobytes(), total)
    return f"{total:08x}"


BLOCK = 1 << 22
