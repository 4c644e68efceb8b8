"""save and load: any tree, all or nothing, no pickle; damaged and foreign files are refused."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import nn, optim, train


class Pair(NamedTuple):
    weights: Any
    bias: Any


def params(seed: int = 0) -> dict[str, Any]:
    """Return a tree with every kind of node and leaf that a model or an optimizer has."""
    rng = np.random.default_rng(seed)
    return {
        "layers": [Pair(rng.normal(size=(3, 4)), None), (rng.normal(size=5).astype(np.float32),)],
        "file": rng.integers(0, 9, (2, 2)),  # a name that np.savez cannot take
        "a/b c": rng.normal(size=(0, 3)),
        "complex": rng.normal(size=2) + 1j,
        "step": np.array(seed + 3),
        "rate": 0.25 + seed,
        "count": 7 + seed,
        "scalar": np.float32(1.5 + seed),
        "fortran": np.asfortranarray(rng.normal(size=(3, 2))),
    }


def assert_same(a: Any, b: Any) -> None:
    leaves, structure = tg.tree.flatten(a)
    others, other_structure = tg.tree.flatten(b)
    assert structure == other_structure
    for x, y in zip(leaves, others, strict=True):
        assert type(x) is type(y)
        np.testing.assert_array_equal(x, y)
        assert np.asarray(x).dtype == np.asarray(y).dtype


def test_load_returns_an_equal_tree_and_leaves_the_other_alone(tmp_path: Path) -> None:
    path = tmp_path / "params.npz"
    train.save(path, params())
    like = params(1)
    loaded = train.load(path, like)
    assert_same(loaded, params())
    assert_same(like, params(1))


def test_any_tree_layers_and_optimizer_states_too(tmp_path: Path) -> None:
    model = nn.Dense(3, 2, rng=np.random.default_rng(0))
    optimizer = optim.Adam()
    optimizer.step(model, tg.tree.map(np.ones_like, model))
    train.save(tmp_path / "state.npz", {"model": model, "state": optimizer.state})
    blank = nn.Dense(3, 2)
    loaded = train.load(tmp_path / "state.npz", {"model": blank, "state": optimizer.init(blank)})
    assert_same(loaded, {"model": model, "state": optimizer.state})
    assert isinstance(loaded["model"], nn.Dense)


@pytest.mark.parametrize("lone", [np.arange(3.0), 2.5])
def test_a_lone_leaf_is_a_tree(tmp_path: Path, lone: Any) -> None:
    train.save(tmp_path / "lone.npz", lone)
    assert_same(train.load(tmp_path / "lone.npz", lone), lone)


def test_the_file_is_numpys_own_format_without_pickle(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    network = nn.NeuralNetwork([nn.Dense(3, 2)])
    network.save(path)
    with np.load(path, allow_pickle=False) as file:
        names = {"layers.0.weights", "layers.0.bias"}
        assert set(file.files) == {*names, "tinygrad_np.json"}
        np.testing.assert_array_equal(file["layers.0.weights"], network.layers[0].weights)
        assert json.loads(file["tinygrad_np.json"])["format"] == 1


def test_a_file_that_numpy_wrote_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "numpy.npz", weights=np.ones((2, 3)))
    np.savez_compressed(tmp_path / "small.npz", weights=np.ones((2, 3)))
    for name in ("numpy.npz", "small.npz"):
        loaded = train.load(tmp_path / name, {"weights": np.zeros((2, 3))})
        np.testing.assert_array_equal(loaded["weights"], np.ones((2, 3)))


def test_equal_trees_give_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        train.save(tmp_path / name, params())
        os.utime(tmp_path / name, (0, 0))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("name", ["model", "model.npz", "model.v1", "Größe ü.npz", "x" * 250])
def test_the_path_is_taken_as_given(tmp_path: Path, name: str) -> None:
    train.save(str(tmp_path / name), np.ones(2))
    assert os.listdir(tmp_path) == [name]
    np.testing.assert_array_equal(train.load(tmp_path / name, np.zeros(2)), np.ones(2))


def test_save_replaces_a_file_and_writes_through_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.npz", tmp_path / "link.npz"
    train.save(real, np.zeros(2))
    link.symlink_to(real)
    train.save(link, np.ones(2))
    assert link.is_symlink()
    np.testing.assert_array_equal(train.load(real, np.zeros(2)), np.ones(2))


# --- what is refused


@pytest.mark.parametrize(
    ("tree", "error", "message"),
    [
        ({"a": "text"}, TypeError, "save: leaf 'a' is a str"),
        ({"a": np.array([None])}, TypeError, "save: leaf 'a' is a ndarray"),
        ({"a": tg.Tensor([1.0])}, TypeError, "save: leaf 'a' is a Tensor"),
        ({"a": 10**30}, TypeError, "save: leaf 'a' is a int"),
        ({"a.b": 1.0, "a": {"b": 2.0}}, ValueError, "two leaves have the path 'a.b'"),
        ({"1": 1.0, 1: 2.0}, ValueError, "two leaves have the path '1'"),
    ],
)
def test_what_cannot_be_saved_leaves_the_old_file(
    tmp_path: Path, tree: Any, error: type[Exception], message: str
) -> None:
    path = tmp_path / "params.npz"
    train.save(path, np.ones(2))
    before = path.read_bytes()
    with pytest.raises(error, match=message):
        train.save(path, tree)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["params.npz"]


def test_an_error_while_writing_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "params.npz"
    train.save(path, np.ones(2))
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        train.save(path, np.zeros(2))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["params.npz"]


def test_folders_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="save: there is no such folder"):
        train.save(tmp_path / "nowhere" / "params.npz", np.ones(2))
    with pytest.raises(IsADirectoryError, match="save wants a file"):
        train.save(tmp_path, np.ones(2))
    with pytest.raises(FileNotFoundError, match="load: there is no such file"):
        train.load(tmp_path / "params.npz", np.ones(2))
    with pytest.raises(IsADirectoryError, match="load wants a file"):
        train.load(tmp_path, np.ones(2))
    with pytest.raises(TypeError, match=r"os\.PathLike object, not NoneType"):
        train.save(None, np.ones(2))  # type: ignore[arg-type]


def test_every_misfit_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "params.npz"
    train.save(path, {"same": np.ones(2), "a": np.ones(2), "b": np.ones((2, 3)), "d": np.ones(1)})
    like = {"same": np.zeros(2), "a": np.zeros(2, np.float32), "b": np.zeros((3, 2)), "c": 1.0}
    with pytest.raises(ValueError, match="does not fit") as caught:
        train.load(path, like)
    assert str(caught.value).splitlines() == [
        f"load: {path} does not fit:",
        "  missing in the file: c",
        "  extra in the file: d",
        "  a: dtype float64 in the file, float32 expected",
        "  b: shape (2, 3) in the file, (3, 2) expected",
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"P", b"not a model", pickle.dumps({"weights": [1.0]}), b"\x93NUMPY\x01\x00v\x00"],
    ids=["empty", "a byte", "text", "pickle", "npy"],
)
def test_a_file_that_is_no_npz_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"other\.npz is not an \.npz file"):
        train.load(path, np.ones(2))


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    path, like = tmp_path / "params.npz", {"w": np.arange(6.0), "b": np.arange(2.0)}
    train.save(path, like)
    whole = path.read_bytes()
    for length in range(0, len(whole), 3):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"cut short or damaged|is not an \.npz file"):
            train.load(path, like)


def test_a_damaged_file_is_refused_or_harmless(tmp_path: Path) -> None:
    path, like = tmp_path / "params.npz", {"w": np.arange(6.0), "b": np.arange(2.0)}
    train.save(path, like)
    whole = path.read_bytes()
    errors = []
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        path.write_bytes(damaged)
        try:
            # Some bytes of a zip archive mean nothing, such as its dates.
            assert_same(train.load(path, like), like)
        except ValueError as error:
            errors.append(str(error))
    assert len(errors) > len(whole) / 2
    assert all(error.startswith("load: ") for error in errors)


def test_python_objects_in_a_file_are_never_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (pytest.fail, ("unpickled",))

    path = tmp_path / "bomb.npz"
    np.savez(path, weights=np.array([Bomb()], dtype=object))
    with pytest.raises(ValueError, match=r"weights\.npy is not an array of numbers"):
        train.load(path, {"weights": np.ones(1)})


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (b'{"format": 2}', "has format 2, and this tinygrad_np reads format 1; update"),
        (b"{}", "is not what train.save writes"),
        (b"[1]", "is not what train.save writes"),
        (b"\xff", "is not what train.save writes"),
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path: Path, metadata: bytes, message: str) -> None:
    path = tmp_path / "later.npz"
    np.savez(path, weights=np.ones(1))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("tinygrad_np.json", metadata)
    with pytest.raises(ValueError, match=message):
        train.load(path, {"weights": np.ones(1)})


# --- safetensors


def tensors(seed: int = 0) -> dict[str, Any]:
    """Return `params` without what the format does not know."""
    tree = params(seed)
    del tree["complex"]
    return tree


def test_the_suffix_asks_for_safetensors(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "params.safetensors"
    train.save(path, tensors())
    assert os.listdir(tmp_path) == ["params.safetensors"]
    loaded = train.load(path, tensors(1))
    assert_same(loaded, tensors())
    loaded["file"] += 1  # its own, and not the file's
    other = library.load_file(path)
    np.testing.assert_array_equal(other["file"], params()["file"])
    np.testing.assert_array_equal(other["fortran"], params()["fortran"])
    library.save_file({"w": np.ones((2, 3))}, path)
    np.testing.assert_array_equal(train.load(path, {"w": np.zeros((2, 3))})["w"], np.ones((2, 3)))


def test_generators_and_buffers_are_in_safetensors_too(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    path = tmp_path / "network.safetensors"
    rng = np.random.Generator(np.random.MT19937(3))
    network = nn.NeuralNetwork([nn.BatchNorm(3), nn.Dropout(0.5, rng)])
    network(np.random.default_rng(0).normal(size=(9, 3)), training=True)
    network.save(path)
    other = nn.NeuralNetwork(
        [nn.BatchNorm(3), nn.Dropout(0.5, np.random.Generator(np.random.MT19937(4)))]
    )
    other.load(path)
    np.testing.assert_array_equal(other.layers[0].mean, network.layers[0].mean)
    assert other.layers[1].rng.random() == rng.random()


def test_damaged_safetensors_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    path, like = tmp_path / "params.safetensors", {"w": np.arange(6.0), "b": np.arange(2.0)}
    train.save(path, like)
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x11
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"load: .*params\.safetensors"):
            train.load(path, like)
    for length in range(0, len(whole), 3):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cut short or damaged"):
            train.load(path, like)


def test_what_safetensors_cannot_hold_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"save: leaf 'a' is complex128, which a \.safetensors"):
        train.save(tmp_path / "params.safetensors", {"a": np.ones(2, complex)})
    assert os.listdir(tmp_path) == []


def test_without_safetensors_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    path = tmp_path / "params.safetensors"
    with pytest.raises(ImportError, match=r'pip install "tinygrad_np\[safetensors\]"'):
        train.save(path, {"a": np.ones(2)})
    assert os.listdir(tmp_path) == []
    path.write_bytes(b"anything")
    with pytest.raises(ImportError, match=r'pip install "tinygrad_np\[safetensors\]"'):
        train.load(path, {"a": np.ones(2)})


SAVE_FOREVER = """
import itertools, sys
import numpy as np
from tinygrad_np import train

for i in itertools.count():
    train.save(sys.argv[1], {"a": np.full(1_000_000, i), "b": np.full(1_000_000, i)})
    print(i, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_a_process_killed_in_the_middle_of_save_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "params.npz"
    like = {"a": np.zeros(1_000_000, int), "b": np.zeros(1_000_000, int)}
    rng = np.random.default_rng(0)
    killed_in_the_middle = 0
    for _attempt in range(40):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOREVER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        printed = [first, *process.communicate()[0].splitlines()]
        loaded = train.load(path, like)
        assert len(np.unique(loaded["a"])) == 1, "a mixture of two saves"
        np.testing.assert_array_equal(loaded["a"], loaded["b"])
        # The rename comes before the print, so the file may be one ahead.
        assert loaded["a"][0] - int(printed[-1]) in (0, 1)
        leftovers = [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]
        killed_in_the_middle += len(leftovers)
        for name in leftovers:
            os.remove(tmp_path / name)
        if killed_in_the_middle == 5:
            return
    pytest.fail(f"of 40 kills only {killed_in_the_middle} came in the middle of a save")
