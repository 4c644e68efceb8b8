"""The examples run as a reader runs them: as programs, from another folder than their own."""

from __future__ import annotations

import os
import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from example_runs import EXAMPLES, PACKAGE, Run, module_of, run

import tinygrad_np as tg

SCRIPTS = ("mnist.py", "mnist_functional.py")


def arrays_of(path: Path) -> list[np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return [file[name] for name in file.files if not name.endswith(".json")]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Run both programs, with nothing but --quick and a seed."""
    return {
        script: run(tmp_path_factory.mktemp(script), script, "--quick", "--seed", "3")
        for script in SCRIPTS
    }


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_trains_and_ends_with_the_test_accuracy(quick: dict[str, Run], script: str) -> None:
    done = quick[script]
    assert done.code == 0, done.err
    assert done.err == ""
    match = re.fullmatch(r"test accuracy (0\.\d{4})", done.last_line)
    assert match, done.last_line
    # From 5,500 digits, in two epochs; guessing gives 0.1.
    assert float(match[1]) > 0.9
    assert len(re.findall(r"^epoch \d", done.out, re.MULTILINE)) == 2


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_leaves_a_model_and_a_picture_where_it_was_started(
    quick: dict[str, Run], script: str
) -> None:
    folder = quick[script].folder
    name = Path(script).stem
    assert sorted(path.name for path in folder.iterdir()) == [f"{name}.npz", f"{name}.png"]
    shapes = [array.shape for array in arrays_of(folder / f"{name}.npz")]
    assert sorted(shapes) == sorted([(784, 512), (512,), (512, 512), (512,), (512, 10), (10,)])
    pixels = matplotlib.image.imread(folder / f"{name}.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_layers_and_functions_train_to_the_same_numbers(quick: dict[str, Run]) -> None:
    layers, functions = (
        arrays_of(quick[script].folder / f"{Path(script).stem}.npz") for script in SCRIPTS
    )
    for ours, theirs in zip(layers, functions, strict=True):
        assert ours.dtype == theirs.dtype == np.float32
        np.testing.assert_array_equal(ours, theirs)
    assert quick["mnist.py"].last_line == quick["mnist_functional.py"].last_line


def test_the_same_seed_gives_the_same_and_another_does_not(
    quick: dict[str, Run], tmp_path: Path
) -> None:
    first = quick["mnist.py"]
    again = run(tmp_path, "mnist.py", "--quick", "--seed", "3")
    assert again.untimed() == first.untimed()
    for ours, theirs in zip(
        arrays_of(first.folder / "mnist.npz"), arrays_of(tmp_path / "mnist.npz"), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    other = run(tmp_path, "mnist.py", "--quick", "--seed", "4")
    assert other.untimed() != first.untimed()


def test_options_reach_the_training(tmp_path: Path) -> None:
    options = "--quick --epochs 1 --widths 20 --batch-size 500 --lr 0.5 --model m --picture p.svg"
    done = run(tmp_path, "mnist.py", *options.split())
    assert done.code == 0, done.err
    assert len(re.findall(r"^epoch \d", done.out, re.MULTILINE)) == 1
    shapes = [array.shape for array in arrays_of(tmp_path / "m")]
    assert shapes == [(784, 20), (20,), (20, 10), (10,)]
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize("script", SCRIPTS)
def test_help(tmp_path: Path, script: str) -> None:
    done = run(tmp_path, script, "--help")
    assert done.code == 0
    for option in ("--epochs", "--seed", "--data", "--batch-size", "--widths", "--quick"):
        assert option in done.out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--epochs 0", "--epochs: 0 is not a positive number"),
        ("--epochs many", "--epochs: invalid int value: 'many'"),
        ("--batch-size -1", "--batch-size: -1 is not a positive number"),
        ("--widths 20 0", "--widths: 0 is not a positive number"),
        ("--lr inf", "--lr: inf is not a positive number"),
        ("--lr nan", "--lr: nan is not a positive number"),
        ("--seed -1", "--seed: -1 is negative"),
        ("--picture there/is/none.png", "there is no folder there/is"),
        ("--picture picture.txt", "the name ends in .png, .svg, .pdf"),
        ("--model .", "is a folder"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: str, complaint: str) -> None:
    done = run(tmp_path, "mnist.py", *options.split())
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("mnist.py: error: ")
    assert complaint in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_folder_without_the_digits_is_one_line(tmp_path: Path, script: str) -> None:
    done = run(tmp_path, script, "--data", "nowhere")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "nowhere" in done.err
    assert "train-images-idx3-ubyte" in done.err


def test_digits_cut_short_are_one_line(tmp_path: Path) -> None:
    for path in (EXAMPLES / "data" / "mnist").iterdir():
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(content[: len(content) // 2])
    done = run(tmp_path, "mnist.py", "--data", ".")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "ubyte.gz" in done.err


def test_a_learning_rate_that_is_too_high_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "mnist.py", "--quick", "--lr", "1e30")
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "smaller learning rate" in done.err.splitlines()[-1]


def test_what_is_not_installed_is_one_line(tmp_path: Path) -> None:
    # Stands before the real one on the path, and is as absent as can be.
    absent = 'raise ModuleNotFoundError("No module named \'matplotlib\'", name="matplotlib")'
    (tmp_path / "matplotlib.py").write_text(absent, encoding="utf-8")
    done = run(tmp_path, "mnist.py", path=os.pathsep.join([str(tmp_path), PACKAGE]))
    assert done.code == 1
    assert done.err == 'matplotlib is not installed: pip install -e ".[examples]"\n'


@pytest.mark.parametrize("mistakes", [0, 3, 40])
@pytest.mark.parametrize("epochs", [1, 12])
def test_the_picture_of_few_epochs_and_few_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistakes: int, epochs: int
) -> None:
    picture = module_of("mnist_picture.py", monkeypatch)
    labels = np.arange(100) % 10
    probabilities = np.full((100, 10), 0.01)
    read = np.where(np.arange(100) < mistakes, (labels + 1) % 10, labels)
    probabilities[np.arange(100), read] = 0.91
    falling = list(np.linspace(0.5, 0.1, epochs))
    picture.draw(
        tmp_path / "picture.png",
        {"loss": (falling, falling), "accuracy": (falling, falling)},
        np.zeros((100, 784)),
        labels,
        probabilities,
        "title",
        "subtitle",
    )
    assert matplotlib.image.imread(tmp_path / "picture.png").shape[2] == 4


def test_gradients_by_hand_are_those_of_the_engine(tmp_path: Path) -> None:
    done = run(tmp_path, "backprop_by_hand.py")
    assert done.code == 0, done.err
    rows = re.findall(r"^(\w+)_bar +\(.*\) +\S+ +(\S+) +(\S+) +(\S+)$", done.out, re.MULTILINE)
    assert [name for name, *_ in rows] == ["w1", "b1", "w2", "b2", "x"]
    for _, finite_differences, engine, layers in rows:
        assert float(finite_differences) < 1e-9
        assert max(float(engine), float(layers)) < 1e-15
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)$", done.out, re.MULTILINE)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.01 * losses[0]


def test_a_wrong_gradient_by_hand_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = module_of("backprop_by_hand.py", monkeypatch)
    right = module.backward

    def wrong(*arguments: object) -> dict[str, np.ndarray]:
        gradients = right(*arguments)
        return {**gradients, "b2": gradients["b2"] * 1.001}

    monkeypatch.setattr(module, "backward", wrong)
    with pytest.raises(SystemExit, match="b2_bar is not"):
        module.main()
    capsys.readouterr()


def test_an_equilibrium_is_differentiated_by_one_linear_system(tmp_path: Path) -> None:
    done = run(tmp_path, "fixed_point.py", "--quick")
    assert done.code == 0, done.err
    assert done.err == ""
    turns, memory, far = zip(
        *re.findall(r"^recorded: ([\d,]+) turns .* ([\d.]+) MB +(\S+)$", done.out, re.MULTILINE),
        strict=True,
    )
    # The more of the iteration is recorded, the more memory it takes, and the nearer it comes.
    assert [int(count) for count in turns] == sorted(int(count) for count in turns)
    assert [float(megabytes) for megabytes in memory] == sorted(float(some) for some in memory)
    errors = [float(error) for error in far]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 1e-4 > 1e-9 > errors[-1]
    implicit = re.search(r"^implicit.* ([\d.]+) MB$", done.out, re.MULTILINE)
    assert implicit is not None
    assert float(implicit[1]) < float(memory[-1])
    numerical = re.findall(r"finite differences +(\S+)$", done.out, re.MULTILINE)
    assert len(numerical) == 2
    assert max(float(error) for error in numerical) < 1e-6
    uneven = re.findall(r"([\d.]+) K", done.last_line)
    assert len(uneven) == 2
    assert float(uneven[1]) < 0.6 * float(uneven[0])
    assert min(matplotlib.image.imread(tmp_path / "fixed_point.png").shape[:2]) > 1000


def test_a_fixed_point_of_another_function(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of("fixed_point.py", monkeypatch)
    eccentricity = np.array([0.0, 0.2, 0.6])
    # Kepler's equation, E = M + e sin E, for many orbits at once.
    solve = module.fixed_point(lambda x, e: 1.0 + e * np.sin(x), np.ones(3))
    x = solve(eccentricity)
    np.testing.assert_allclose(x - eccentricity * np.sin(x), 1.0, rtol=1e-12)
    expected = np.sin(x) / (1 - eccentricity * np.cos(x))
    for mode in ("reverse", "forward"):
        jacobian = tg.jacobian(solve, mode=mode)(eccentricity)
        np.testing.assert_allclose(jacobian, np.diag(expected), rtol=1e-9, atol=1e-12)
    tg.testing.check_grads(solve, (eccentricity,), order=2)
    monkeypatch.setattr(module, "MOST_TURNS", 20)
    with pytest.raises(SystemExit, match="no rest after 20 turns"):
        module.iterate(lambda x, a: -x, None, np.ones(2))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--size 0", "--size: 0 is not a positive number"),
        ("--size 1", "--size 1: a plate of a single cell is even"),
        ("--picture picture.txt", "the name ends in .png, .svg, .pdf"),
    ],
)
def test_options_of_the_fixed_point_that_make_no_sense(
    tmp_path: Path, options: str, complaint: str
) -> None:
    done = run(tmp_path, "fixed_point.py", *options.split())
    assert done.code == 2
    assert complaint in done.err


def test_help_of_the_fixed_point(tmp_path: Path) -> None:
    done = run(tmp_path, "fixed_point.py", "--help")
    assert done.code == 0
    for option in ("--size", "--conduction", "--steps", "--picture", "--quick"):
        assert option in done.out
