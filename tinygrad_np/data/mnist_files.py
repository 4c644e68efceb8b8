"""MNIST: find its four files or download them, check them, return arrays."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.data.files import read_content, unpacked
from tinygrad_np.data.idx_files import parse_idx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import DTypeLike, NDArray

    Split = tuple[NDArray[Any], NDArray[np.int64]]

# Of the unpacked files: mirrors differ in how they compress, and a person may have unpacked them.
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://azureopendatastorage.blob.core.windows.net/mnist/",
)
CLONE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS_WITHOUT_AN_ANSWER = 20
REMEDY = (
    "delete the file and call mnist() without root, which downloads what its cache lacks, "
    "or put a good one in its place"
)


def mnist(
    root: str | os.PathLike[str] | None = None,
    *,
    flatten: bool = True,
    dtype: DTypeLike = np.float32,
    mirrors: Sequence[str] = MIRRORS,
) -> tuple[Split, Split]:
    """Return MNIST as ``(x_train, y_train), (x_test, y_test)``: 60,000 and 10,000 digits.

    The four IDX files, plain or gzipped, are taken from the first of these that has them:

    1. ``root``, if given; nothing else is tried then;
    2. ``examples/data/mnist`` of the clone that this package is in;
    3. the cache: ``$TINYGRAD_NP_DATA/mnist`` or, without that variable, ``tinygrad_np/mnist``
       in the user's cache folder (``$XDG_CACHE_HOME`` or ``~/.cache``; ``~/Library/Caches`` on
       macOS, ``%LOCALAPPDATA%`` on Windows);
    4. the mirrors, in turn; what they send is kept in the cache once its checksum is right.

    Every file's content is compared with its published SHA-256 each time it is read.

    Parameters
    ----------
    root : str or os.PathLike, optional
        The folder that holds the four files.
    flatten : bool
        Images of shape ``(n, 784)`` if true, ``(n, 28, 28, 1)`` if not.
    dtype : dtype
        Of the images. A floating one is scaled to [0, 1]; uint8 keeps the file's 0 … 255.
    mirrors : sequence of str
        Addresses of folders that hold the four files, gzipped.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images of shape ``(n, 784)`` or ``(n, 28, 28, 1)``, and int64 labels of shape ``(n,)``.

    Raises
    ------
    FileNotFoundError
        If ``root`` lacks a file; the message lists those that it lacks.
    ValueError
        If a file is not what was published; the message has both checksums.
    OSError
        If no mirror gives a file, with each one's reason, or the cache cannot be written.
    TypeError
        If ``dtype`` is neither floating nor uint8.

    References
    ----------
    Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", 1998.

    Examples
    --------
    >>> from tinygrad_np import data
    >>> (x_train, y_train), (x_test, y_test) = data.mnist()
    >>> x_train.shape, x_train.dtype, y_train[:5]
    ((60000, 784), dtype('float32'), array([5, 0, 4, 1, 9]))
    >>> x_test.shape, float(x_test.min()), float(x_test.max())
    ((10000, 784), 0.0, 1.0)
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f" and dtype != np.uint8:
        raise TypeError(f"mnist: dtype={dtype} must be floating (scaled to [0, 1]) or uint8")
    # A string is a sequence of strings too, and its characters are no addresses.
    paths = _find(root, (mirrors,) if isinstance(mirrors, str) else mirrors)
    train_images, train_labels, test_images, test_labels = paths
    return (
        (_images(train_images, flatten, dtype), _read(train_labels).astype(np.int64)),
        (_images(test_images, flatten, dtype), _read(test_labels).astype(np.int64)),
    )


def _images(path: str, flatten: bool, dtype: np.dtype[Any]) -> NDArray[Any]:
    pixels = _read(path)
    pixels = pixels.reshape(len(pixels), -1) if flatten else pixels[..., np.newaxis]
    if dtype == np.uint8:
        return pixels.copy()
    # The cast happens inside the division, some cells at a time: no second large array.
    images: NDArray[Any] = np.divide(pixels, 255, dtype=dtype)
    return images


def _read(path: str) -> NDArray[Any]:
    name = os.path.basename(path).removesuffix(".gz")
    try:
        content = read_content("mnist", path, REMEDY)
    except ValueError as error:
        raise ValueError(
            f"mnist: {error} (SHA-256 of the file as it is: {_sha256_of_file(path)}; "
            f"of the published file, unpacked: {SHA256[name]})"
        ) from None
    try:
        _verify(name, content)
    except ValueError as error:
        raise ValueError(f"mnist: {path}: {error}; {REMEDY}") from None
    return parse_idx(content, path)


def _verify(name: str, content: bytes) -> None:
    import hashlib

    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise ValueError(
            f"the SHA-256 of its content is {found} ({len(content)} bytes), "
            f"and that of the published file is {SHA256[name]}"
        )


def _sha256_of_file(path: str) -> str:
    import hashlib

    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _find(root: str | os.PathLike[str] | None, mirrors: Sequence[str]) -> list[str]:
    if root is not None:
        paths, missing = _look_in(os.fspath(root))
        if missing:
            raise FileNotFoundError(
                f"mnist: {os.fspath(root)} "
                f"{'lacks' if os.path.isdir(root) else 'is not a folder; it should hold'} "
                f"{', '.join(missing)} (plain, or gzipped with .gz at the end); copy them there, "
                "or call mnist() without root to find or download them"
            )
        return paths
    paths, missing = _look_in(os.path.join(CLONE, "examples", "data", "mnist"))
    if missing:
        folder = _cache_folder()
        _, missing = _look_in(folder)
        _download(missing, folder, mirrors)
        paths, _ = _look_in(folder)
    return paths


def _look_in(folder: str) -> tuple[list[str], list[str]]:
    paths, missing = [], []
    for name in SHA256:
        path = os.path.join(folder, name)
        found = [path for path in (path, path + ".gz") if os.path.isfile(path)]
        if found:
            paths.append(found[0])
        else:
            missing.append(name)
    return paths, missing


def _cache_folder() -> str:
    import sys

    if chosen := os.environ.get("TINYGRAD_NP_DATA"):
        return os.path.join(os.path.expanduser(chosen), "mnist")
    base = os.environ.get("XDG_CACHE_HOME")
    if not base and sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    if not base:
        base = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    return os.path.join(os.path.expanduser(base), "tinygrad_np", "mnist")


def _download(names: Sequence[str], folder: str, mirrors: Sequence[str]) -> None:
    with _writing_to_the_cache():
        os.makedirs(folder, exist_ok=True)
    for name in names:
        content = _download_one(name, folder, mirrors)
        with _writing_to_the_cache():
            _keep(os.path.join(folder, name + ".gz"), content)


@contextlib.contextmanager
def _writing_to_the_cache() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(
            f"mnist: cannot write to the cache: {error}; set the environment variable "
            "TINYGRAD_NP_DATA to a folder that can be written to and has 12 MB free"
        ) from error


def _download_one(name: str, folder: str, mirrors: Sequence[str]) -> bytes:
    from http.client import HTTPException

    reasons = []
    for mirror in mirrors:
        address = f"{mirror.rstrip('/')}/{name}.gz"
        try:
            content = _fetch(address)
            _verify(name, unpacked(content, "what it sent"))
            return content
        except (OSError, HTTPException, ValueError) as error:
            reasons.append(f"\n  {address}: {str(error) or type(error).__name__}")
    raise OSError(
        f"mnist: no mirror gave {name}.gz:{''.join(reasons)}\nPut the four files "
        f"({', '.join(SHA256)}; plain, or gzipped with .gz at the end) into {folder} by hand, "
        "or say where they are: mnist(root=...)"
    )


def _fetch(address: str) -> bytes:
    from urllib.request import urlopen

    with urlopen(address, timeout=SECONDS_WITHOUT_AN_ANSWER) as response:
        size = response.headers.get("Content-Length")
        total = int(size) if size else None
        content = bytearray()
        with _progress_bar(address, total) as bar:
            while part := response.read(1 << 16):
                content += part
                bar.update(len(part))
    if total is not None and len(content) != total:
        raise ValueError(f"the transfer broke off after {len(content)} of {total} bytes")
    return bytes(content)


def _progress_bar(address: str, total: int | None) -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        return _NoProgressBar()
    name = address.rpartition("/")[2]
    return tqdm(desc=name, total=total, unit="B", unit_scale=True, unit_divisor=1024)


class _NoProgressBar:
    def __enter__(self) -> _NoProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, count: int) -> None:
        pass


def _keep(path: str, content: bytes) -> None:
    import threading

    # Two processes or threads may be downloading the same file.
    temporary = f"{path}.{os.getpid()}-{threading.get_ident()}.part"
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
