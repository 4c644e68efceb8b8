"""data.mnist: the arrays, where the files are looked for, downloads, damaged files.

Nothing here uses the network: the mirrors are a server on this machine.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import os
import shutil
import sys
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tinygrad_np import data
from tinygrad_np.data import mnist_files

CLONE = Path(__file__).parent.parent / "examples" / "data" / "mnist"
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
SMALLEST = NAMES[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with copies of the four gzipped files."""
    return Path(shutil.copytree(CLONE, tmp_path / "mnist"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the cache folder, empty, of an installation that is not in a clone."""
    monkeypatch.setattr(mnist_files, "CLONE", str(tmp_path / "site-packages"))
    monkeypatch.setenv("TINYGRAD_NP_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mnist"


@pytest.fixture
def almost_full_cache(cache: Path) -> Path:
    """Return a cache that lacks the smallest file."""
    shutil.copytree(CLONE, cache)
    (cache / f"{SMALLEST}.gz").unlink()
    return cache


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves the files; the first part of the address says what goes wrong."""

    asked: list[str]
    hang_up: threading.Event

    def do_GET(self) -> None:
        self.asked.append(self.path)
        _, fault, name = self.path.split("/")
        content = (CLONE / name).read_bytes()
        if fault == "missing":
            self.send_error(404)
            return
        if fault == "silent":
            self.hang_up.wait()
            return
        if fault == "corrupt":
            content = content[:100] + bytes([content[100] ^ 1]) + content[101:]
        if fault == "other":
            content = gzip.compress(b"some other file")
        if fault == "page":
            content = b"<html>Please log in to this hotel's network</html>"
        self.send_response(200)
        if fault != "no-length":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:1000] if fault == "truncated" else content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve on this machine and yield the address, to which a fault is to be added."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(Mirror, "asked", [], raising=False)
    monkeypatch.setattr(Mirror, "hang_up", threading.Event(), raising=False)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Mirror.hang_up.set()
    server.shutdown()
    thread.join()
    server.server_close()


def unpack(folder: Path, *names: str) -> None:
    for name in names:
        packed = folder / f"{name}.gz"
        (folder / name).write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()


@functools.cache
def good_files() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    return data.mnist(CLONE, dtype=np.uint8)


def assert_loads_mnist(root: str | Path | None = None, mirrors: Sequence[str] = ()) -> None:
    loaded = data.mnist(root, dtype=np.uint8, mirrors=mirrors)
    for (x, y), (x_good, y_good) in zip(loaded, good_files(), strict=True):
        np.testing.assert_array_equal(x, x_good)
        np.testing.assert_array_equal(y, y_good)


# The arrays


def test_shapes_dtypes_and_range() -> None:
    (x_train, y_train), (x_test, y_test) = data.mnist()
    assert (x_train.shape, y_train.shape) == ((60000, 784), (60000,))
    assert (x_test.shape, y_test.shape) == ((10000, 784), (10000,))
    for x, y in ((x_train, y_train), (x_test, y_test)):
        assert x.dtype == np.float32
        assert y.dtype == np.int64
        assert (x.min(), x.max()) == (0, 1)
        assert set(y.tolist()) == set(range(10))
        assert x.flags.c_contiguous
        assert x.flags.writeable
        assert y.flags.writeable


def test_the_values_are_those_of_the_files() -> None:
    (x_train, y_train), (x_test, y_test) = data.mnist()
    for x, name in ((x_train, NAMES[0]), (x_test, NAMES[2])):
        raw = data.read_idx(CLONE / f"{name}.gz").reshape(-1, 784)
        np.testing.assert_array_equal(x, raw.astype(np.float32) / np.float32(255))
    for y, name in ((y_train, NAMES[1]), (y_test, NAMES[3])):
        np.testing.assert_array_equal(y, data.read_idx(CLONE / f"{name}.gz"))


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.uint8])
def test_dtype_and_images_that_are_not_flat(dtype: type) -> None:
    (x_train, _), (x_test, _) = data.mnist(flatten=False, dtype=dtype)
    raw = data.read_idx(CLONE / f"{NAMES[2]}.gz")[..., np.newaxis]
    assert x_train.shape == (60000, 28, 28, 1)
    assert x_test.dtype == dtype
    assert x_test.flags.writeable
    np.testing.assert_array_equal(x_test, raw if dtype == np.uint8 else raw / dtype(255))


@pytest.mark.parametrize("dtype", [np.int64, bool, complex, str])
def test_a_dtype_that_cannot_hold_them(dtype: type) -> None:
    with pytest.raises(TypeError, match=r"mnist: dtype=.* must be floating .* or uint8"):
        data.mnist(dtype=dtype)


def test_memory_is_that_of_the_result_and_of_the_largest_file() -> None:
    tracemalloc.start()
    try:
        loaded = data.mnist(CLONE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    result = sum(array.nbytes for pair in loaded for array in pair)
    assert peak < result + 60000 * 784 + 5e6


# Where the files are


def test_plain_and_gzipped_files_mixed(folder: Path) -> None:
    unpack(folder, NAMES[0], NAMES[3])
    assert_loads_mnist(folder)
    assert_loads_mnist(str(folder))


def test_an_unpacked_file_that_is_still_called_gz(folder: Path) -> None:
    packed = folder / f"{SMALLEST}.gz"
    packed.write_bytes(gzip.decompress(packed.read_bytes()))
    assert_loads_mnist(folder)


def test_a_root_that_lacks_files_lists_them(folder: Path) -> None:
    (folder / f"{NAMES[0]}.gz").unlink()
    (folder / f"{NAMES[3]}.gz").unlink()
    with pytest.raises(
        FileNotFoundError, match=f"mnist lacks {NAMES[0]}, {NAMES[3]} .*without root"
    ) as caught:
        data.mnist(folder)
    assert NAMES[1] not in str(caught.value)


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere is not a folder; it should hold train-"):
        data.mnist(tmp_path / "nowhere")


def test_the_cache_is_used_outside_a_clone(cache: Path) -> None:
    shutil.copytree(CLONE, cache)
    assert_loads_mnist()


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {}, "home/.cache/tinygrad_np/mnist"),
        ("linux", {"XDG_CACHE_HOME": "xdg"}, "xdg/tinygrad_np/mnist"),
        ("linux", {"XDG_CACHE_HOME": "xdg", "TINYGRAD_NP_DATA": "mine"}, "mine/mnist"),
        ("linux", {"TINYGRAD_NP_DATA": "~/mine"}, "home/mine/mnist"),
        ("darwin", {}, "home/Library/Caches/tinygrad_np/mnist"),
        ("win32", {"LOCALAPPDATA": "AppData"}, "AppData/tinygrad_np/mnist"),
    ],
)
def test_where_the_cache_is(
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    variables: dict[str, str],
    folder: str,
) -> None:
    for name in ("XDG_CACHE_HOME", "TINYGRAD_NP_DATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value if value.startswith("~") else str(tmp_path / value))
    monkeypatch.setattr(sys, "platform", platform)
    (tmp_path / folder).parent.mkdir(parents=True)
    (tmp_path / folder).symlink_to(CLONE)
    assert_loads_mnist()


# Downloads


def test_a_download_is_kept_and_used_again(cache: Path, mirror: str) -> None:
    assert_loads_mnist(mirrors=[f"{mirror}/good/"])
    assert sorted(Mirror.asked) == sorted(f"/good/{name}.gz" for name in NAMES)
    assert sorted(os.listdir(cache)) == sorted(f"{name}.gz" for name in NAMES)
    assert_loads_mnist(mirrors=[f"{mirror}/good/"])
    assert len(Mirror.asked) == 4


def test_only_what_is_missing_is_downloaded(almost_full_cache: Path, mirror: str) -> None:
    assert_loads_mnist(mirrors=f"{mirror}/good")
    assert Mirror.asked == [f"/good/{SMALLEST}.gz"]


FAULTS = {
    "missing": "HTTP Error 404",
    "corrupt": "(gzip data is corrupt|SHA-256 of its content is [0-9a-f]{64} )",
    "other": f"SHA-256 of its content is {hashlib.sha256(b'some other file').hexdigest()} ",
    "page": "SHA-256 of its content is [0-9a-f]{64} ",
    "truncated": "(broke off after 1000 of 4517 bytes|1000 bytes read, 3517 more)",
    "silent": "timed out",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_bad_mirror_the_next_one_is_tried(
    almost_full_cache: Path, mirror: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist_files, "SECONDS_WITHOUT_AN_ANSWER", 0.2 if fault == "silent" else 20)
    assert_loads_mnist(mirrors=[f"{mirror}/{fault}/", f"{mirror}/good/"])
    assert Mirror.asked == [f"/{fault}/{SMALLEST}.gz", f"/good/{SMALLEST}.gz"]


@pytest.mark.parametrize(("fault", "reason"), FAULTS.items(), ids=FAULTS)
def test_a_bad_file_is_not_kept(
    almost_full_cache: Path,
    mirror: str,
    fault: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mnist_files, "SECONDS_WITHOUT_AN_ANSWER", 0.2 if fault == "silent" else 20)
    before = sorted(os.listdir(almost_full_cache))
    with pytest.raises(OSError, match=rf"no mirror gave {SMALLEST}\.gz:\n  http.*{reason}"):
        data.mnist(mirrors=[f"{mirror}/{fault}/"])
    assert sorted(os.listdir(almost_full_cache)) == before


def test_if_all_mirrors_fail_each_has_its_reason_and_the_remedy_is_told(
    almost_full_cache: Path, mirror: str
) -> None:
    mirrors = [f"{mirror}/missing/", f"{mirror}/truncated/", "http://127.0.0.1:9/", "no-address"]
    with pytest.raises(OSError, match=f"no mirror gave {SMALLEST}.gz") as caught:
        data.mnist(mirrors=mirrors)
    _, *reasons, remedy = str(caught.value).splitlines()
    assert len(reasons) == len(mirrors)
    for reason, address, said in zip(
        reasons, mirrors, ("404", "1000", "refused", "unknown url"), strict=True
    ):
        assert address in reason
        assert said in reason
    assert str(almost_full_cache) in remedy
    assert "by hand" in remedy
    assert all(name in remedy for name in NAMES)


def test_a_mirror_that_does_not_say_the_length(almost_full_cache: Path, mirror: str) -> None:
    assert_loads_mnist(mirrors=[f"{mirror}/no-length/"])


def test_without_tqdm_there_is_no_bar_and_no_error(
    almost_full_cache: Path,
    mirror: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert_loads_mnist(mirrors=[f"{mirror}/good/"])
    assert capsys.readouterr().err == ""


def test_with_tqdm_a_bar_names_the_file(
    almost_full_cache: Path, mirror: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tqdm")
    data.mnist(mirrors=[f"{mirror}/good/"])
    assert f"{SMALLEST}.gz: 100%" in capsys.readouterr().err


def test_an_interrupted_write_leaves_nothing(
    almost_full_cache: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(os.listdir(almost_full_cache))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        data.mnist(mirrors=[f"{mirror}/good/"])
    assert sorted(os.listdir(almost_full_cache)) == before


def test_a_cache_that_cannot_be_written(
    cache: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str, exist_ok: bool) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "makedirs", refused)
    with pytest.raises(
        OSError, match=r"cannot write to the cache: .*mnist.*set .*TINYGRAD_NP_DATA"
    ):
        data.mnist(mirrors=[f"{mirror}/good/"])
    assert Mirror.asked == []


def test_a_disk_that_fills_up(
    almost_full_cache: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(os.listdir(almost_full_cache))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"cannot write to the cache: .*No space left.*12 MB"):
        data.mnist(mirrors=[f"{mirror}/good/"])
    assert sorted(os.listdir(almost_full_cache)) == before


def test_threads_that_download_at_once(almost_full_cache: Path, mirror: str) -> None:
    errors: list[BaseException] = []

    def load() -> None:
        try:
            data.mnist(mirrors=[f"{mirror}/good/"], dtype=np.uint8)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(os.listdir(almost_full_cache)) == sorted(f"{name}.gz" for name in NAMES)


# Damaged files


def damage(path: Path, kind: str) -> None:
    content = path.read_bytes()
    if kind == "byte changed":
        path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    elif kind == "cut short":
        path.write_bytes(content[:-100])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "another file":
        shutil.copy(path.parent / f"{NAMES[1]}.gz", path)


@pytest.mark.parametrize(
    ("kind", "plain", "place"),
    [
        ("byte changed", False, "root"),
        ("byte changed", True, "cache"),
        ("cut short", False, "cache"),
        ("cut short", True, "root"),
        ("empty", False, "cache"),
        ("another file", False, "root"),
    ],
)
def test_a_damaged_file_is_named_with_both_checksums_and_the_remedy(
    cache: Path, kind: str, plain: bool, place: str
) -> None:
    shutil.copytree(CLONE, cache)
    if plain:
        unpack(cache, SMALLEST)
    path = cache / (SMALLEST if plain else f"{SMALLEST}.gz")
    good = hashlib.sha256(gzip.decompress((CLONE / f"{SMALLEST}.gz").read_bytes())).hexdigest()
    damage(path, kind)
    as_it_is = path.read_bytes()
    unpacked = gzip.decompress(as_it_is) if kind == "another file" else as_it_is
    with pytest.raises(ValueError, match="delete the file") as caught:
        data.mnist(cache if place == "root" else None, mirrors=[])
    message = str(caught.value)
    assert str(path) in message
    assert good in message
    assert hashlib.sha256(unpacked).hexdigest() in message
