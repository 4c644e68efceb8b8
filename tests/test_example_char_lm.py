"""The example of a language model: examples/char_lm.py."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from types import SimpleNamespace

import matplotlib.image
import numpy as np
import pytest
from example_runs import Run, module_of, run

SCRIPT = "char_lm.py"
SMALL = ("--quick", "--characters", "10000", "--length", "40", "--seed", "2")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("quick"), SCRIPT, "--quick")


def number(pattern: str, text: str) -> float:
    match = re.search(pattern, text, re.MULTILINE)
    assert match, text
    return float(match[1])


def test_it_learns_what_comes_next(quick: Run) -> None:
    assert quick.code == 0, quick.err
    assert quick.err == ""
    single = number(r"^single characters: ([\d.]+) bits per character$", quick.out)
    assert re.fullmatch(r"validation [\d.]+ bits per character", quick.last_line)
    # What it has from the characters before: without them, none gets below this.
    assert number(r"^validation ([\d.]+)", quick.last_line) < single - 0.3
    lines = re.findall(r"^step +[\d,]+ +training ([\d.]+) +validation", quick.out, re.MULTILINE)
    assert float(lines[-1]) < float(lines[0]) - 0.5


def test_compressors_are_measured_too(quick: Run) -> None:
    zlib, lzma = (number(rf"^{name}: ([\d.]+) bits", quick.out) for name in ("zlib", "lzma"))
    assert 0.5 < lzma < zlib < 4


def test_it_writes_from_the_prompt_on(quick: Run) -> None:
    assert len(quick.out.partition("\nclass ")[2]) > 200


def test_it_leaves_a_picture(quick: Run) -> None:
    assert [path.name for path in quick.folder.iterdir()] == ["char_lm.png"]
    pixels = matplotlib.image.imread(quick.folder / "char_lm.png")
    assert min(pixels.shape[:2]) > 1000
    assert pixels.std() > 0.05


def test_ctrl_c_ends_the_training_and_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = module_of(SCRIPT, monkeypatch)

    def press(self: object, run: SimpleNamespace) -> None:
        if run.step == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(module.Curve, "after_step", press)
    monkeypatch.setattr("sys.argv", [SCRIPT, *SMALL, "--picture", str(tmp_path / "p.svg")])
    module.main()
    out = capsys.readouterr().out
    assert "interrupted after 0 of 1 epochs" in out
    assert len(out.partition("\nclass ")[2]) > 40
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_run_that_was_stopped_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = run(tmp_path, SCRIPT, *SMALL)
    assert whole.code == 0, whole.err
    module = module_of(SCRIPT, monkeypatch)
    measure = module.Curve.after_step

    def stop(self: object, run: SimpleNamespace) -> None:
        measure(self, run)
        if run.step == 13:
            raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(module.Curve, "after_step", stop)
        folder = str(tmp_path / "run")
        patch.setattr("sys.argv", [SCRIPT, *SMALL, "--checkpoint", folder])
        with pytest.raises(ZeroDivisionError):
            module.main()
    capsys.readouterr()
    for _ in range(2):  # after the end of the run, it has only to write
        resumed = run(tmp_path, SCRIPT, *SMALL, "--checkpoint", "run")
        assert "resumed from run" in resumed.out
        assert resumed.out.partition("\nclass ")[2] == whole.out.partition("\nclass ")[2]
    other = run(tmp_path, SCRIPT, *SMALL, "--checkpoint", "run", "--seed", "3")
    assert other.code == 1
    assert other.err.startswith("char_lm: fit: ")
    assert "Traceback" not in other.err


def test_another_seed_writes_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    options = SimpleNamespace(width=8, heads=2, blocks=1, context=5, length=30, temperature=1.0)
    network = module.build_network(options, np.random.default_rng(0))
    first, again, other = (
        "".join(module.write(network, "x = ", options, np.random.default_rng(seed)))
        for seed in (0, 0, 1)
    )
    assert first == again != other
    options.temperature = 1e-6
    coldly = {
        "".join(module.write(network, "x = ", options, np.random.default_rng(seed)))
        for seed in range(3)
    }
    assert len(coldly) == 1


def test_characters_and_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    text = "def f(x):\n    if x:\n        return {'a': ~x}\n"
    numbers = module.encode(text)
    assert len(numbers) == len(text) - 9
    assert module.decode(numbers) == text
    assert module.decode(module.encode("\tä\x0c")) == 8 * " " + "?\n"
    assert module.encode("".join(map(chr, range(128)))).max() == len(module.ALPHABET) - 1


def test_windows_are_followed_by_the_next_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    for count in (7, 8, 9):
        x, y = module.windows(np.arange(count, dtype=np.uint8), 3)
        np.testing.assert_array_equal(x, [[0, 1, 2], [3, 4, 5]])
        np.testing.assert_array_equal(y, x + 1)


def test_attention_is_a_mean_of_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    options = SimpleNamespace(width=8, heads=2, blocks=2)
    network = module.build_network(options, np.random.default_rng(0))
    looks = module.attention_of(network, module.encode(module.SEEN))
    np.testing.assert_allclose(looks.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(np.triu(looks, 1), 0)


def test_modules_are_either_read_or_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(SCRIPT, monkeypatch)
    files = list(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    text, held_out = module.read_library(10**9, np.random.default_rng(0))
    assert len(text) + len(held_out) == len(module.source_of(files))
    assert 0 < len(held_out) < len(text)


def test_without_the_source_of_the_library_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of(SCRIPT, monkeypatch)
    zipped = tmp_path / "python.zip"
    zipped.write_bytes(b"")
    for folder in (tmp_path, tmp_path / "nowhere", zipped):
        monkeypatch.setattr(module.sysconfig, "get_paths", lambda at=folder: {"stdlib": str(at)})
        with pytest.raises(SystemExit, match="does not hold the source of the standard library"):
            module.read_library(1000, np.random.default_rng(0))


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT, "--help")
    assert done.code == 0
    for option in ("--prompt", "--length", "--temperature", "--checkpoint", "--seed", "--quick"):
        assert option in done.out


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--temperature", "0"), "--temperature: 0 is not a positive number"),
        (("--prompt", ""), "give at least a character"),
        (("--prompt", "π = "), "ASCII ones only"),
        (("--heads", "3"), "--heads 3 does not divide --width 128"),
        (("--characters", "128"), "--characters 128: a single window has 128"),
        (("--picture", "picture.txt"), "the name ends in .png, .svg, .pdf"),
    ],
)
def test_options_that_make_no_sense(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...], complaint: str,
) -> None:  # fmt: skip
    module = module_of(SCRIPT, monkeypatch)
    monkeypatch.setattr("sys.argv", [SCRIPT, *options])
    with pytest.raises(SystemExit) as ended:
        module.read_arguments()
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err.splitlines()[-1]
