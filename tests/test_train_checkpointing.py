"""Checkpoints: a run that was stopped anywhere goes on as if it had not been, to the last bit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stopping import StopAt

import tinygrad_np as tg
from tinygrad_np import nn, optim, train
from tinygrad_np.train.callbacks import Callback, CSVLog, EarlyStopping, ReduceOnPlateau


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


X = generator(1).normal(size=(70, 6)).astype(np.float32)
LABELS = (X[:, :3] + 0.1).argmax(axis=1)


class Averaging(Callback):
    """Averages the parameters after each step: a callback with arrays in its state."""

    def __init__(self) -> None:
        self.averaged = optim.ExponentialMovingAverage(0.9)

    def after_step(self, run: Any) -> None:
        self.averaged.step(run.model)

    def state(self) -> Any:
        return self.averaged.state

    def restore(self, state: Any) -> None:
        self.averaged.state = state


class Outcome:
    """All that a run leaves behind."""

    def __init__(self, model: Any, history: Any, **more: Any) -> None:
        self.parts = {
            "model": {name: leaf.copy() for name, leaf in named(model)},
            "history": [{**row, "seconds": 0} for row in history.rows],
            **more,
        }

    def assert_same(self, other: Outcome) -> None:
        np.testing.assert_equal(self.parts, other.parts)


def named(model: Any) -> list[tuple[str, np.ndarray]]:
    arrays, _ = train.saving.named_parts("test", model)
    return list(arrays.items())


def run(
    folder: Path | None,
    stop: int | None = None,
    bits: type = np.random.PCG64,
    shared: bool = True,
    **settings: Any,
) -> Outcome:
    """Train with everything that has a state: dropout, running statistics, a schedule, …"""
    rng = np.random.Generator(bits(3))
    other = rng if shared else np.random.Generator(bits(5))
    model = nn.NeuralNetwork(
        [
            nn.Dense(8, rng=rng), nn.BatchNorm(), nn.ReLU(),
            nn.Dropout(0.3, np.random.Generator(bits(4))), nn.Dropout(0.1, other),
            nn.Dense(3, rng=rng), nn.Softmax(),
        ]
    )  # fmt: skip
    averaging = Averaging()
    schedule = optim.cosine(0.05, steps=40)
    defaults = {
        "epochs": 4,
        "batch_size": 16,
        "optimizer": optim.AdamW(schedule, clip_norm=1.0),
        "validation_split": 0.2,
        "metrics": ["f1", "confusion_matrix"],
        "callbacks": [averaging, EarlyStopping(3), StopAt(stop)],
        "checkpoint": folder and train.Checkpoint(folder, every=3),
        "resume": folder is not None,
    }
    settings = {**defaults, **settings}
    history = train.fit(model, X, LABELS, rng=rng, progress=False, **settings)
    state = settings["optimizer"].state
    return Outcome(
        model, history, average=averaging.averaged.state, optimizer=state, next=rng.random()
    )


def stopped(folder: Path, step: int, **settings: Any) -> None:
    with pytest.raises(StopAt.Stop):
        run(folder, step, **settings)


@pytest.fixture(scope="module")
def whole() -> Outcome:
    return run(None)


STEPS = 16  # of 56 examples, 16 at a time, in 4 epochs


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_run_stopped_after_any_step_ends_as_one_that_was_not(
    tmp_path: Path, step: int, whole: Outcome
) -> None:
    stopped(tmp_path, step)
    run(tmp_path).assert_same(whole)


@pytest.mark.parametrize(
    "settings",
    [
        {"checkpoint": lambda folder: train.Checkpoint(folder)},
        {"checkpoint": lambda folder: train.Checkpoint(folder, every=1, keep=1)},
        {"checkpoint": lambda folder: train.Checkpoint(folder, every=4)},
        {"bits": np.random.MT19937},
        {"bits": np.random.Philox},
        {"bits": np.random.SFC64},
        {"shared": False},
        {"micro_batches": 3},
        {"class_weight": [1, 2, 3], "sample_weight": np.linspace(0, 1, 70)},
        {"validation_split": None, "validation_data": (X, LABELS)},
        {"optimizer": lambda: optim.SGD(0.1)},
        {"optimizer": lambda: optim.Momentum(optim.one_cycle(0.1, steps=40))},
        {"restore_best": True},
    ],
    ids=lambda settings: ",".join(settings),
)
def test_so_with_other_settings(tmp_path: Path, settings: dict[str, Any]) -> None:
    make_optimizer = settings.pop("optimizer", None)
    make_checkpoint = settings.pop("checkpoint", None)

    def again(folder: Path | None, stop: int | None = None) -> Outcome:
        more: dict[str, Any] = {}
        if make_optimizer is not None:
            more["optimizer"] = make_optimizer()
        if make_checkpoint is not None and folder is not None:
            more["checkpoint"] = make_checkpoint(folder)
        return run(folder, stop, **settings, **more)

    for step in (6, 11, 14):
        with pytest.raises(StopAt.Stop):
            again(tmp_path, step)
    again(tmp_path).assert_same(again(None))


def test_a_run_without_a_generator_keeps_its_order(tmp_path: Path) -> None:
    # Its seed is nowhere but in the checkpoint: what was split off, and the order of the rest.
    seen: list[list[list[int]]] = []

    class Spy(nn.Layer):
        def __call__(self, x: Any, training: bool = False) -> Any:
            if training:
                seen[-1].append(np.ravel(x).astype(int).tolist())
            return x

    def again(stop: int | None) -> None:
        seen.append([])
        model = nn.NeuralNetwork([Spy(), nn.Dense(1, 1, rng=generator())])
        x = np.arange(40.0)[:, np.newaxis]
        train.fit(
            model, x, x, epochs=1, batch_size=8, loss=nn.mse, optimizer=optim.SGD(1e-9),
            validation_split=8, callbacks=[StopAt(stop)], progress=False,
            checkpoint=train.Checkpoint(tmp_path, every=1), resume=True,
        )  # fmt: skip

    with pytest.raises(StopAt.Stop):
        again(3)
    again(None)
    first, second = seen
    assert [len(batch) for batch in first + second] == [8] * 5
    # The checkpoint after the third step was not yet written when the third step was stopped.
    assert first[2] == second[0]
    assert len({x for batch in first[:2] + second for x in batch}) == 32


def test_a_run_that_is_over_is_not_gone_on_with(tmp_path: Path) -> None:
    first = run(tmp_path, restore_best=True)
    files = sorted(os.listdir(tmp_path))
    run(tmp_path, restore_best=True).assert_same(first)
    assert sorted(os.listdir(tmp_path)) == files


def test_a_run_that_a_callback_ended_stays_ended(tmp_path: Path) -> None:
    def stop(epoch: int, history: train.History, model: Any) -> bool:
        return epoch == 2

    first = run(tmp_path, callbacks=[stop])
    assert len(first.parts["history"]) == 2
    run(tmp_path, callbacks=[stop]).assert_same(first)


@pytest.mark.parametrize(
    ("every", "epochs", "steps"),
    [
        (None, 3, [4, 8, 12]),
        (2, 2, [2, 4, 6, 8]),
        (3, 2, [3, 6, 8]),
        (4, 2, [4, 8]),
        (99, 2, [8]),
    ],
)
def test_a_checkpoint_is_written_when_it_is_due_and_at_the_end(
    tmp_path: Path, every: int | None, epochs: int, steps: list[int]
) -> None:
    checkpoint = train.Checkpoint(tmp_path, every=every, keep=99)
    run(None, checkpoint=checkpoint, epochs=epochs)
    assert [step for step, _ in checkpoint.files()] == steps


def test_more_epochs_go_on_from_the_last(tmp_path: Path) -> None:
    run(tmp_path, epochs=2)
    run(tmp_path, epochs=5).assert_same(run(None, epochs=5))


def test_it_says_where_it_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fit(stop: int | None) -> None:
        model = nn.NeuralNetwork([nn.Dense(6, 3, rng=generator()), nn.Softmax()])
        model.fit(
            X, LABELS, epochs=3, rng=generator(), batch_size=20, callbacks=[StopAt(stop)],
            checkpoint=train.Checkpoint(tmp_path, every=2), resume=True,
        )  # fmt: skip

    with pytest.raises(StopAt.Stop):
        fit(7)
    assert [line[:9] for line in capsys.readouterr().out.splitlines()] == ["epoch 1/3"]
    fit(None)
    first, *rest = capsys.readouterr().out.splitlines()
    path = tmp_path / "checkpoint-000000006.npz"
    assert first == f"resumed from {path}, after 1 of 3 epochs and 2 of 4 steps"
    assert [line[:9] for line in rest] == ["epoch 2/3", "epoch 3/3"]


def test_a_callback_goes_on_counting(tmp_path: Path) -> None:
    def again(folder: Path | None, stop: int | None = None) -> tuple[int, float, str]:
        optimizer = optim.SGD(0.01)
        log = tmp_path / "log.csv"
        callbacks = [
            ReduceOnPlateau(0.5, patience=2, min_delta=9), EarlyStopping(7, min_delta=9),
            CSVLog(log), StopAt(stop),
        ]  # fmt: skip
        outcome = run(folder, callbacks=callbacks, optimizer=optimizer, epochs=30)
        lines = [line.rpartition(",")[0] for line in log.read_text().splitlines()]
        return len(outcome.parts["history"]), optimizer.lr, "\n".join(lines)

    expected = again(None)
    assert expected[:2] == (8, 0.01 / 8)
    for step in (6, 14, 19, 25, 30):
        with pytest.raises(StopAt.Stop):
            again(tmp_path / "run", step)
    assert again(tmp_path / "run") == expected


# --- killed


PROGRAM = """
import sys
import numpy as np
from tinygrad_np import nn, optim, train

folder, result = sys.argv[1:]
rng = np.random.default_rng(0)
x = rng.normal(size=(600, 20)).astype(np.float32)
y = (x[:, :4] + x[:, 4:8] * x[:, 8:12]).argmax(axis=1)
network = nn.NeuralNetwork([
    nn.Dense(48, rng=rng), nn.BatchNorm(), nn.ReLU(), nn.Dropout(0.2, np.random.default_rng(1)),
    nn.Dense(4, rng=rng), nn.Softmax(),
])
print("ready", flush=True)
history = network.fit(
    x, y, epochs=5, batch_size=16, validation_split=0.2, metrics=["f1", "confusion_matrix"],
    optimizer=optim.AdamW(optim.cosine(0.01, steps=150)), rng=rng, progress=False,
    callbacks=[train.callbacks.EarlyStopping(6, restore_best=True)],
    checkpoint=train.Checkpoint(folder, every=2), resume=True,
)
numbers = {name: np.array(history[name]) for name in history if name != "seconds"}
train.save(result, {"network": network, "history": numbers})
"""


def kills_until_the_end(
    folder: Path, kills: int, longest: float, seed: int = 0
) -> tuple[bytes, list[int], float]:
    """Run the program, killing it at random moments; return its result, and its steps at each."""
    rng, made = generator(seed), []
    command = [sys.executable, "-W", "error", "-c", PROGRAM, folder / "run", folder / "result.npz"]
    while True:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        began = time.perf_counter()
        try:
            timeout = rng.uniform(0, longest) if len(made) < kills else None
            _, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        else:
            assert (process.returncode, errors) == (0, "")
            return (folder / "result.npz").read_bytes(), made, time.perf_counter() - began
        files = train.Checkpoint(folder / "run").files()
        made.append(files[-1][0] if files else 0)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_a_run_that_is_killed_at_random_ends_bit_identical(tmp_path: Path) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    expected, _, seconds = kills_until_the_end(tmp_path / "whole", 0, 0)
    found, made, _ = kills_until_the_end(tmp_path / "killed", 3, seconds / 3)
    assert 0 < max(made) < 150, "or nothing was interrupted"
    assert found == expected


# --- what is refused, and what is repaired


def files_in(folder: Path) -> list[Path]:
    return [Path(path) for _, path in train.Checkpoint(folder).files()]


def test_the_newest_are_kept(tmp_path: Path) -> None:
    checkpoint = train.Checkpoint(tmp_path / "a" / "b", keep=2)
    for step in (5, 50, 500, 1000):
        checkpoint.save(step, {"step": step})
    names = sorted(os.listdir(tmp_path / "a" / "b"))
    assert names == ["checkpoint-000000500.npz", "checkpoint-000001000.npz"]
    loaded = checkpoint.load()
    assert loaded is not None
    assert (loaded.step, loaded.state) == (1000, {"step": 1000})
    assert loaded.path == str(tmp_path / "a" / "b" / names[1])


def test_what_a_killed_process_left_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    for name in (".checkpoint-1f.tmp", ".tinygrad_np-1f.tmp", "checkpoint-x.npz", "notes.txt"):
        (tmp_path / name).write_text("half of it")
    train.Checkpoint(tmp_path).save(1, [])
    left = {".tinygrad_np-1f.tmp", "checkpoint-x.npz", "notes.txt", "checkpoint-000000001.npz"}
    assert set(os.listdir(tmp_path)) == left


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "a bit": lambda content: content[:-900] + bytes([content[-900] ^ 1]) + content[-899:],
    "zeros": lambda content: content[:500] + bytes(len(content) - 500),
    "another file": lambda content: b"PK not at all",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    tmp_path: Path, damage: Callable[[bytes], bytes], whole: Outcome
) -> None:
    stopped(tmp_path, 11)
    *_, before, newest = files_in(tmp_path)
    newest.write_bytes(damage(newest.read_bytes()))
    with pytest.warns(RuntimeWarning, match=rf"{newest.name}.*Going back to the one before"):
        outcome = run(tmp_path)
    outcome.assert_same(whole)
    assert before.exists() is False, "later ones have taken its place"


def test_if_all_are_damaged_that_is_an_error(tmp_path: Path) -> None:
    stopped(tmp_path, 11)
    contents = {path: path.read_bytes()[:-99] for path in files_in(tmp_path)}
    for path, content in contents.items():
        path.write_bytes(content)
    with (
        pytest.warns(RuntimeWarning, match="Going back"),
        pytest.raises(ValueError, match="cut short or damaged"),
    ):
        run(tmp_path)
    assert {path: path.read_bytes() for path in files_in(tmp_path)} == contents


def test_a_file_that_was_not_damaged_but_is_none_of_ours_falls_back(tmp_path: Path) -> None:
    checkpoint = train.Checkpoint(tmp_path)
    checkpoint.save(1, {"w": np.ones(2)})
    train.save(tmp_path / "checkpoint-000000002.npz", {"w": np.zeros(2)})
    with pytest.warns(RuntimeWarning, match="is no checkpoint: it has no 'state'"):
        loaded = checkpoint.load()
    assert loaded is not None
    assert loaded.step == 1


def test_a_checkpoint_is_never_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = train.Checkpoint(tmp_path, keep=1)
    checkpoint.save(1, {"w": np.ones(2)})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    message = r"No space left on device: '.*checkpoint-000000002\.npz'"
    with pytest.raises(OSError, match=message) as caught:
        checkpoint.save(2, {"w": np.zeros(2)})
    assert caught.value.errno == 28
    assert os.listdir(tmp_path) == ["checkpoint-000000001.npz"]


def test_a_folder_that_is_read_only_is_refused_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write to any folder, so the system is not asked.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    model = nn.NeuralNetwork([nn.Dense(6, 3, rng=generator(3)), nn.Softmax()])
    before = [leaf.copy() for leaf in tg.tree.leaves(model)]
    with pytest.raises(PermissionError, match="Checkpoint: nothing can be written to this folder"):
        other_run(tmp_path, model)
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="file"):
        other_run(tmp_path / "file", model)
    np.testing.assert_equal(list(tg.tree.leaves(model)), before)


def other_run(folder: Path, model: nn.Layer | None = None, **settings: Any) -> None:
    rng = generator(3)
    if model is None:
        model = nn.NeuralNetwork([nn.Dense(6, 3, rng=rng), nn.Softmax()])
    defaults = {"optimizer": optim.Adam(), "epochs": 3, "batch_size": 16, "progress": False}
    train.fit(
        model, settings.pop("x", X), settings.pop("y", LABELS), rng=settings.pop("rng", rng),
        checkpoint=train.Checkpoint(folder, every=2), resume=True, **{**defaults, **settings},
    )  # fmt: skip


def test_a_checkpoint_of_another_model_says_what_does_not_fit(tmp_path: Path) -> None:
    other_run(tmp_path, epochs=1)
    (path,) = files_in(tmp_path)[-1:]
    model = nn.NeuralNetwork(
        [nn.Dense(6, 4, rng=generator(9)), nn.Dense(4, 3, rng=generator(9)), nn.Softmax()]
    )
    before = [leaf.copy() for leaf in tg.tree.leaves(model)]
    optimizer, rng = optim.Adam(), generator(3)
    with pytest.raises(ValueError, match="does not fit") as caught:
        other_run(tmp_path, model, optimizer=optimizer, rng=rng)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"load: {path} does not fit:"
    assert lines[1].startswith("  missing in the file: model.layers.1.weights, model.layers.1.bias")
    assert "  model.layers.0.weights: shape (6, 3) in the file, (6, 4) expected" in lines
    assert any(line.startswith("  optimizer.first_moment.layers.0.bias: shape") for line in lines)
    for leaf, old in zip(tg.tree.leaves(model), before, strict=True):
        np.testing.assert_array_equal(leaf, old)
    assert optimizer.state is None
    assert rng.random() == generator(3).random()


def test_a_checkpoint_of_another_optimizer_says_what_does_not_fit(tmp_path: Path) -> None:
    other_run(tmp_path, epochs=1)
    with pytest.raises(ValueError, match=r"extra in the file: optimizer\.first_moment\.layers"):
        other_run(tmp_path, optimizer=optim.SGD(0.1))
    with pytest.raises(ValueError, match=r"missing in the file: optimizer\.velocity"):
        other_run(tmp_path, optimizer=optim.Momentum(0.1))
    with pytest.raises(ValueError, match=r"another run:\n  optimizer: 'Adam' then, 'AdamW' now"):
        other_run(tmp_path, optimizer=optim.AdamW())


ANOTHER: dict[str, tuple[dict[str, Any], str]] = {
    "batch size": ({"batch_size": 8}, "batch_size: 16 then, 8 now"),
    "parts": ({"micro_batches": 2}, "micro_batches: 1 then, 2 now"),
    "metrics": ({"metrics": ["f1"]}, r"metrics: \['accuracy'\] then, \['accuracy', 'f1'\] now"),
    "callbacks": ({"callbacks": [Averaging()]}, r"callbacks: \[\] then, \['Averaging'\] now"),
    "inputs": ({"x": X + 1}, r"checksum of the data: '\w{8}' then, '\w{8}' now"),
    "order": ({"x": X[::-1], "y": LABELS[::-1]}, "checksum of the data"),
    "labels": ({"y": (LABELS + 1) % 3}, "checksum of the data"),
    "weights": ({"class_weight": [1, 2, 3]}, "checksum of the data"),
    "validation": ({"validation_data": (X, LABELS)}, "checksum of the validation data"),
    "generator": (
        {"rng": np.random.Generator(np.random.MT19937(0))},
        r"fit: rng draws from MT19937, and in the run of .* it drew from PCG64",
    ),
    "a layer": (
        {
            "model": nn.NeuralNetwork(
                [nn.Dense(6, 3, rng=generator(3)), nn.Dropout(0.1, generator()), nn.Softmax()]
            )
        },
        r"generators in the model: {} then, {'layers\.1\.rng': 'PCG64'} now",
    ),
}


@pytest.mark.parametrize(("settings", "message"), ANOTHER.values(), ids=ANOTHER)
def test_another_run_is_not_taken_for_this_one(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    other_run(tmp_path, epochs=1)
    with pytest.raises(ValueError, match=message):
        other_run(tmp_path, **settings)


def test_checkpoints_of_an_earlier_run_are_not_written_over(tmp_path: Path) -> None:
    other_run(tmp_path, epochs=1)
    model = nn.NeuralNetwork([nn.Dense(6, 3), nn.Softmax()])
    message = r"has checkpoints of another run, the last after 5 steps\. .* resume=True"
    with pytest.raises(ValueError, match=message):
        model.fit(X, LABELS, checkpoint=train.Checkpoint(tmp_path), progress=False)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"resume": True}, ValueError, "resume=True, and no checkpoint= says from where"),
        ({"checkpoint": "run"}, TypeError, r"checkpoint='run' is not .* train\.Checkpoint\(folder"),
    ],
)
def test_settings_of_fit_that_make_no_sense(
    settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    model = nn.NeuralNetwork([nn.Dense(6, 3), nn.Softmax()])
    with pytest.raises(error, match=message):
        model.fit(X, LABELS, progress=False, **settings)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"every": 0}, ValueError, "Checkpoint: every=0 must be 1 or more"),
        ({"keep": 0}, ValueError, "Checkpoint: keep=0 must be 1 or more"),
        ({"every": 0.5}, TypeError, "Checkpoint: every=0.5 must be an integer"),
        ({"format": "pickle"}, ValueError, "format='pickle'; expected 'npz' or 'safetensors'"),
    ],
)
def test_settings_of_a_checkpoint_that_make_no_sense(
    settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        train.Checkpoint("run", **settings)


def test_an_optimizer_without_a_state_is_refused(tmp_path: Path) -> None:
    class Own:
        def step(self, params: Any, grads: Any) -> None:
            raise AssertionError

    with pytest.raises(TypeError, match=r"optimizers that have a state and init\(params\)"):
        other_run(tmp_path, optimizer=Own())


def test_a_checkpoint_holds_no_nan(tmp_path: Path) -> None:
    class Spoil(Callback):
        def after_step(self, run: Any) -> None:
            if run.step == 4:
                run.model.layers[0].bias[1] = np.nan

    with pytest.raises(
        train.DivergenceError, match=r"in epoch 1, after step 4, the parameter layers\.0\.bias is"
    ):
        other_run(tmp_path, callbacks=[Spoil()])
    assert [path.name for path in files_in(tmp_path)] == ["checkpoint-000000002.npz"]


# --- what a state may hold


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    rng = np.random.Generator(np.random.MT19937(5))
    rng.normal(size=3)
    state = {
        "arrays": {"a.b": np.arange(3), "0-d": np.array(2.5), "none": np.zeros((0, 2)), "": [1]},
        "float32": np.float32(0.1),
        "list": [np.array([True]), None, "text ü", 10**40, -1.5, False, []],
        "infinite": [np.inf, -np.inf],
        "rng": rng.bit_generator.state,
        "fortran": np.asfortranarray(np.ones((2, 3))),
        "complex": np.array([1j]),
    }
    checkpoint = train.Checkpoint(tmp_path)
    checkpoint.save(1, state)
    loaded = checkpoint.load()
    assert loaded is not None
    np.testing.assert_equal(loaded.state, state)
    assert type(loaded.state["float32"]) is np.float32
    assert loaded.state["arrays"]["a.b"].dtype == np.arange(3).dtype
    assert loaded.state["fortran"].flags.f_contiguous
    other = np.random.Generator(np.random.MT19937(6))
    other.bit_generator.state = loaded.state["rng"]
    assert other.random() == rng.random()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"model": nn.ReLU()}, r"state 'model' is a ReLU; expected dicts and lists of arrays"),
        ({"a": [{1: 2}]}, r"state 'a\.0' has a key 1; keys are strings"),
        ({"a": np.array([None])}, "state 'a' is an array of Python objects"),
        ({"a": {"b": np.ones(1)}, "a.b": np.ones(1)}, "two arrays in the state have the path 'a.b"),
        ({"a": {"__array__": 1}}, "has a key '__array__'"),
    ],
)
def test_a_state_that_cannot_be_saved_is_refused(tmp_path: Path, state: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        train.Checkpoint(tmp_path).save(1, state)
    assert os.listdir(tmp_path) == []


def test_nothing_in_a_checkpoint_is_executed(tmp_path: Path) -> None:
    stopped(tmp_path, 7)
    with np.load(files_in(tmp_path)[-1], allow_pickle=False) as file:
        assert {"model.layers.0.weights", "optimizer.first_moment.layers.0.bias"} <= set(file.files)
        text = json.loads(file["tinygrad_np.json"])
    assert text["format"] == 1
    assert text["state"]["epoch"] == 1


def test_safetensors_will_do_as_well(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")

    def again(folder: Path | None, stop: int | None) -> Outcome:
        checkpoint = folder and train.Checkpoint(folder, every=2, format="safetensors")
        return run(folder, stop, checkpoint=checkpoint)

    for step in (5, 10):
        with pytest.raises(StopAt.Stop):
            again(tmp_path, step)
    *_, newest = files_in(tmp_path)
    assert newest.name == "checkpoint-000000008.safetensors"
    content = bytearray(newest.read_bytes())
    content[-1] ^= 1
    newest.write_bytes(content)
    with pytest.warns(RuntimeWarning, match=r"\.safetensors is cut short or damaged \(its check"):
        outcome = again(tmp_path, None)
    outcome.assert_same(run(None))
