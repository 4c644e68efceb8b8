"""examples/mnist_cnn.py: a convolutional network that trains on digits it has warped."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run

import tinygrad_np as tg

SCRIPT = "mnist_cnn.py"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("mnist_cnn"), SCRIPT, "--quick")


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module_of(SCRIPT, monkeypatch)


def test_it_trains_and_ends_with_the_test_accuracy(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    match = re.fullmatch(r"test accuracy (0\.\d{4})", quick.last_line)
    assert match, quick.last_line
    # From 3,000 digits, in one epoch; guessing gives 0.1.
    assert float(match[1]) > 0.8


def test_it_prints_the_recipe(quick: Run) -> None:
    for part in (
        "turned by up to 12°, stretched by 10%, shifted by 2 pixels",
        "Conv2D(16, 64, 3, bias=False)",
        "BatchNorm(128)",
        "95,290",
        "labels smoothed by 0.1",
        "he_normal",
        "AdamW(lr=one_cycle(lr=0.005, steps=60,",
        "weight_decay=0.02",
        "epochs: 1, in batches of 50",
        f"NumPy {np.__version__}",
        f"tinygrad_np {tg.__version__}",
        "BLAS threads 1",
    ):
        assert part in quick.out
    assert quick.out.index("Conv2D") < quick.out.index("epoch 1/1")


def test_it_leaves_the_network_and_a_picture(quick: Run) -> None:
    names = sorted(path.name for path in quick.folder.iterdir())
    assert names == ["mnist_cnn.npz", "mnist_cnn.png"]
    with np.load(quick.folder / "mnist_cnn.npz", allow_pickle=False) as file:
        shapes = {np.shape(file[name]) for name in file.files}
    assert {(5, 5, 1, 16), (3, 3, 16, 64), (3, 3, 64, 128), (1152, 10)} < shapes
    pixels = matplotlib.image.imread(quick.folder / "mnist_cnn.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_seeds_give_the_mean_and_each_is_what_it_is_alone(quick: Run, tmp_path: Path) -> None:
    both = run(tmp_path, SCRIPT, "--quick", "--seeds", "2")
    assert both.code == 0, both.err
    first, second = [float(x) for x in re.findall(r"seed \d: (0\.\d{4})", both.out)]
    assert f"{first:.4f}" in quick.last_line
    assert first != second
    match = re.fullmatch(r"test accuracy (0\.\d{4}), mean of 2 seeds", both.last_line)
    assert match, both.last_line
    assert float(match[1]) == pytest.approx((first + second) / 2, abs=1e-4)


def test_warping_moves_pixels(example: ModuleType) -> None:
    image = np.zeros((1, 28, 28, 1), np.float32)
    image[0, 10:18, 12:15] = 1
    images = np.repeat(image, 200, axis=0)
    warped = example.warped(images, np.random.default_rng(0))
    assert warped.shape == images.shape
    assert warped.dtype == np.float32
    assert 0 <= warped.min() < warped.max() <= 1
    assert len(np.unique(warped.reshape(200, -1), axis=0)) == 200
    # As much ink, up to what is stretched, and on average in the same place.
    ink = warped.sum(axis=(1, 2, 3)) / image.sum()
    assert 0.8 < ink.min() < ink.max() < 1.25
    for places in np.indices((28, 28)):
        moved = np.tensordot(warped[..., 0], places, 2) / warped.sum(axis=(1, 2, 3))
        moved -= (image[0, ..., 0] * places).sum() / image.sum()
        assert abs(moved.mean()) < 0.3
        assert 1.5 < np.abs(moved).max() < 3.5


@pytest.mark.parametrize(("degrees", "quarters"), [(0, 0), (90, -1), (180, 2)])
def test_warping_turns_about_the_middle(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch, degrees: float, quarters: int
) -> None:
    class Most:
        """Draws the largest number, always."""

        def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
            return np.full(shape, high)

    monkeypatch.setattr(example, "DEGREES", degrees)
    monkeypatch.setattr(example, "STRETCH", 0)
    monkeypatch.setattr(example, "SHIFT", 0)
    images = np.random.default_rng(0).random((2, 28, 28, 1), np.float32)
    turned = np.rot90(images, quarters, axes=(1, 2))
    # The last row and column are read a thousandth before their places.
    np.testing.assert_allclose(example.warped(images, Most()), turned, atol=3e-3)


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--help")
    assert done.code == 0
    for option in (
        "--epochs", "--batch-size", "--lr", "--seed", "--seeds", "--model", "--picture", "--data",
        "--quick",
    ):  # fmt: skip
        assert option in done.out


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--seeds 0", "--seeds: 0 is not a positive number"),
        ("--model there/is/none.npz", "there is no folder there/is"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: str, complaint: str) -> None:
    done = run(tmp_path, SCRIPT, *options.split())
    assert done.code == 2
    assert complaint in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def test_a_folder_without_the_digits_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--data", "nowhere")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "nowhere" in done.err
