"""The variational autoencoder: it learns, its bound is the ELBO, and its options are checked."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run

import tinygrad_np as tg
from tinygrad_np import nn

SCRIPT = "vae_mnist.py"
SMALL = ("--quick", "--epochs", "1", "--widths", "20", "--latents", "2", "--batch-size", "500")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("vae"), SCRIPT, "--quick", "--seed", "1")


def number(pattern: str, text: str) -> float:
    match = re.search(pattern, text, re.MULTILINE)
    assert match, text
    return float(match[1])


def test_it_learns_more_than_the_mean_of_each_pixel(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    elbo = number(r"^test ELBO (-\d+\.\d\d) nats an image$", quick.last_line)
    alone = number(r"^without a code (-\d+\.\d\d) nats", quick.out)
    assert -210 < alone < -200
    assert alone + 25 < elbo < -80
    pixels, code = (number(rf"{name} (-\d+\.\d\d)", quick.out) for name in ("pixels", "code"))
    assert abs(pixels + code - elbo) < 0.015
    assert len(re.findall(r"^epoch \d", quick.out, re.MULTILINE)) == 4


def test_the_picture_is_there(quick: Run) -> None:
    assert [path.name for path in quick.folder.iterdir()] == ["vae_mnist.png"]
    pixels = matplotlib.image.imread(quick.folder / "vae_mnist.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_the_same_seed_gives_the_same_and_another_does_not(tmp_path: Path) -> None:
    first, again = (run(tmp_path, SCRIPT, *SMALL, "--seed", "3") for _ in range(2))
    assert first.code == 0, first.err
    assert first.untimed() == again.untimed()
    other = run(tmp_path, SCRIPT, *SMALL, "--seed", "4", "--picture", "p.svg")
    assert other.last_line != first.last_line
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--help")
    assert done.code == 0
    for option in ("--epochs", "--widths", "--latents", "--lr", "--seed", "--data", "--quick"):
        assert option in done.out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--latents 0", "--latents: 0 is not a positive number"),
        ("--picture picture.txt", "the name ends in .png, .svg, .pdf"),
        ("--data nowhere", "nowhere"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    options: str, complaint: str,
) -> None:  # fmt: skip
    module = module_of(SCRIPT, monkeypatch)
    monkeypatch.setattr("sys.argv", [SCRIPT, *options.split()])
    with pytest.raises(SystemExit) as ended:
        module.main()
    # A text is what ends a program with code 1, printed; 2 is argparse, which prints by itself.
    last = capsys.readouterr().err.splitlines()[-1] if ended.value.code == 2 else ended.value.code
    assert isinstance(last, str)
    assert complaint in last
    assert "\n" not in last


def test_codes_and_their_divergence(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    model = module.VAE([5], 2, np.random.default_rng(0))
    mean, deviation = np.array([0.5, -1.0]), np.array([0.3, 2.0])
    told = np.concatenate([mean, 2 * np.log(deviation)])
    model.encoder = nn.Lambda(lambda images: np.broadcast_to(told, (len(images), 4)))
    model.decoder = nn.Lambda(lambda codes: codes)
    outputs = model(np.zeros((40000, 784)))
    codes = outputs[:, :-1]
    np.testing.assert_allclose(codes.mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(codes.std(axis=0), deviation, rtol=0.02)
    # The divergence is the mean of log q(z | x) − log p(z).
    log_q = -(((codes - mean) / deviation) ** 2) / 2 - np.log(deviation)
    estimate = np.mean(np.sum(log_q + codes**2 / 2, axis=1))
    np.testing.assert_allclose(outputs[:, -1], outputs[0, -1])
    np.testing.assert_allclose(module.kl(None, outputs), estimate, rtol=0.02)


def test_the_gradient_goes_through_the_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    images = np.random.default_rng(1).random((3, 784))
    model = module.VAE([4], 2, np.random.default_rng(0))
    model = tg.tree.map(lambda leaf: leaf.astype(np.float64), model)

    def loss(bias: np.ndarray) -> np.ndarray:
        model.rng = np.random.default_rng(2)
        last = model.encoder.layers[-1]
        last.bias, kept = bias, last.bias
        value: np.ndarray = module.negative_elbo(images, model(images))
        last.bias = kept
        return value

    tg.testing.check_grads(loss, (np.array([0.3, -0.2, 0.1, -0.4]),), order=1)
    gradient = tg.grad(loss)(np.array([0.3, -0.2, 0.1, -0.4]))
    assert np.min(np.abs(gradient)) > 1e-3


def test_the_loss_is_in_nats_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    images = np.full((10, 784), 0.5, np.float32)
    # A coin for each pixel, and codes that cost 3 nats.
    outputs = np.hstack([np.zeros((10, 784)), np.full((10, 1), 3.0)])
    np.testing.assert_allclose(module.negative_elbo(images, outputs), 784 * np.log(2) + 3)
    np.testing.assert_allclose(module.independent_pixels(images, images), -784 * np.log(2), 1e-6)
