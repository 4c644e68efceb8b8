"""A training run: all that happens between its first step and its last."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from math import isfinite
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tree
from ..nn.layer import buffers_of
from ..optim.clipping import NormError
from ..transforms import value_and_grad
from . import saving
from .callbacks import Callback, Monitor
from .checkpointing import fingerprint
from .feeding import augmented, parts
from .history import OF_VALIDATION, DivergenceError, History, format_number, title_of
from .measures import Measures, loss_of, weight_of
from .progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ..nn.layer import Layer
    from ..optim import ExponentialMovingAverage
    from .checkpointing import Checkpoint, Loaded
    from .feeding import Augment, Batch, Data
    from .measures import Loss


class Run:
    """A training run, as callbacks see it, and as a checkpoint keeps it.

    Attributes
    ----------
    model, optimizer, loss
        What is trained, and how.
    history : History
    epoch, epochs : int
        How many epochs were completed, and how many there shall be.
    step, steps : int
        How many steps were made in all, and how many there are in an epoch.
    """

    def __init__(
        self,
        model: Layer,
        optimizer: Any,
        loss: Loss,
        epochs: int,
        callbacks: Sequence[Callback],
        checkpoint: Checkpoint | None,
        average: ExponentialMovingAverage | None,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.loss = loss
        self.epochs = epochs
        self.callbacks = callbacks
        self.checkpoint = checkpoint
        self.average = average
        self.history = History()
        self.epoch = 0
        self.step = 0
        self.stopped = False
        self.best = Best(model)
        self.restores_best = False
        # Of the epoch that has begun, if one has: its steps so far, and the time they took.
        self.done = 0
        self.seconds = 0.0
        self.before_order: Any = None

    def feed(
        self,
        data: Data,
        validation_data: Data | None,
        batch_size: int,
        micro_batches: int,
        augment: Augment | None,
        rng: np.random.Generator,
        beginning: Any,
    ) -> None:
        """Take the data; ``beginning`` is the state in which ``rng`` was before the run."""
        self.data = data
        self.metrics = data.metrics
        self.validation_data = validation_data
        self.batch_size = min(batch_size, len(data.inputs))
        self.micro_batches = micro_batches
        self.augment = augment
        self.steps = -(-len(data.inputs) // self.batch_size)
        self.rng = rng
        self.beginning = beginning
        self.measures = Measures(self.metrics)

    def keep_best(self, monitor: Monitor) -> None:
        """End with the parameters of the epoch that is best by a monitor."""
        if self.restores_best and monitor.name != self.best.monitor.name:
            raise ValueError(
                "fit: restore_best is asked for twice, and each time by another number of the "
                f"history: {monitor.name!r} and {self.best.monitor.name!r}"
            )
        self.restores_best = True
        self.best.monitor = monitor

    def train(self, earlier: Loaded | None, shows_progress: bool) -> History:
        """Make the steps that are left, whatever happens."""
        if self.checkpoint is not None:
            self.same_settings = self.settings()
        if earlier is not None:
            self.resume(earlier)
        with ExitStack() as stack:
            for callback in self.callbacks:
                callback.begin(self)
                stack.callback(callback.end, self)
            if earlier is not None:
                self.resume_callbacks(earlier.state)
            try:
                made = self.epoch * self.steps + self.done
                with Progress(self.epochs, self.steps, shows_progress, made) as shown:
                    if earlier is not None:
                        shown.resumed(earlier.path, self.epoch, self.done)
                    while self.epoch < self.epochs and not self.stopped:
                        self.train_epoch(shown)
            except KeyboardInterrupt:
                self.history.interrupted = True
                if self.best.epoch:
                    self.best.restore()
                kept = self.best.described("as the last step left them")
                count = len(self.history)
                print(f"interrupted after {count} of {self.epochs} epochs. {kept}", flush=True)
            except DivergenceError as error:
                self.best.restore()
                error.history = self.history
                kept = self.best.described("those from before the training")
                error.args = (f"{error}. {kept}. A smaller learning rate often helps",)
                raise
            else:
                if self.restores_best:
                    self.best.restore()
                else:
                    self.put_averages()
        return self.history

    def train_epoch(self, shown: Progress) -> None:
        """Complete an epoch."""
        began = perf_counter() - self.seconds
        if not self.done:
            self.before_order = self.rng.bit_generator.state
            self.order = self.rng.permutation(len(self.data.inputs))
            self.measures = Measures(self.metrics)
        self.make_steps(shown, began)
        epoch = self.epoch + 1
        self.check_parameters(f"after epoch {epoch}")
        with self.averages():
            row = {**self.measures.named(), **self.validated(epoch)}
            row["seconds"] = perf_counter() - began
            self.epoch, self.done, self.seconds = epoch, 0, 0.0
            self.best.compare(epoch, row)
            self.history.append(row)
            shown.epoch_ended(epoch, row)
            answers = [callback.after_epoch(self) for callback in self.callbacks]
        # A True, and not merely something.
        self.stopped = any(isinstance(x, (bool, np.bool_)) and bool(x) for x in answers)
        if self.stopped or epoch == self.epochs or self.saves_at(self.step, epoch=True):
            self.save()

    def make_steps(self, shown: Progress, began: float) -> None:
        """Make the steps that an epoch lacks, one for each batch."""
        # To the optimizer, the parameters under their paths are the model itself, and a dict is
        # taken apart and put together again, several times in a step, faster than layers are.
        leaves, structure = tree.flatten(self.model)
        parameters = dict(zip(tree.paths(self.model), leaves, strict=True))

        def loss_and_outputs(parameters: dict[str, Any], x: Any, y: Any, w: Any) -> Any:
            outputs = tree.unflatten(structure, list(parameters.values()))(x, training=True)
            return loss_of(self.loss, y, outputs, w), outputs

        differentiated = value_and_grad(loss_and_outputs, has_aux=True)
        averaged = averaged_arrays(self.model)
        gradients_of = self.gradients if self.micro_batches == 1 else self.gradients_in_parts
        observers = [
            callback
            for callback in self.callbacks
            if type(callback).after_step is not Callback.after_step
        ]
        for batch in self.data.batches(self.order, self.batch_size, self.done):
            if self.augment is not None:
                batch = (augmented(self.augment, batch[0], self.rng), *batch[1:])
            value, gradients = gradients_of(differentiated, parameters, batch)
            if not isfinite(value):
                raise DivergenceError(
                    f"fit: in epoch {self.epoch + 1}, step {self.done + 1} of {self.steps}, the "
                    f"loss is {value}"
                )
            try:
                self.optimizer.step(parameters, gradients)
            except NormError as error:
                raise DivergenceError(
                    f"fit: in epoch {self.epoch + 1}, step {self.done + 1} of {self.steps}: {error}"
                ) from error
            # Not to be held while the next step makes its own.
            del gradients
            if self.average is not None:
                self.average.step(averaged)
            self.step += 1
            self.done += 1
            for callback in observers:
                callback.after_step(self)
            if self.done < self.steps and self.saves_at(self.step):
                self.check_parameters(f"in epoch {self.epoch + 1}, after step {self.done}")
                self.seconds = perf_counter() - began
                self.save()
            if perf_counter() >= shown.due:
                shown.move(self.epoch + 1, self.done, self.measures.named())

    def gradients(
        self, differentiated: Any, parameters: dict[str, Any], batch: Batch
    ) -> tuple[float, dict[str, Any]]:
        """Return the loss of a batch and its gradient, and take the measures of the batch."""
        (value, outputs), gradients = differentiated(parameters, *batch)
        value = float(value)
        _, y, w = batch
        self.measures.add(value, weight_of(y, w), y, outputs, w)
        return value, gradients

    def gradients_in_parts(
        self, differentiated: Any, parameters: dict[str, Any], batch: Batch
    ) -> tuple[float, dict[str, Any]]:
        """Do so in parts, of which the whole is the mean, weighted by how much each counts."""
        _, y, w = batch
        whole = weight_of(y, w) or 1.0
        total, sums = 0.0, dict.fromkeys(parameters, 0.0)
        for part in parts(batch, self.micro_batches):
            value, gradients = self.gradients(differentiated, parameters, part)
            share = weight_of(part[1], part[2]) / whole
            total += share * value
            for name, gradient in gradients.items():
                sums[name] = sums[name] + share * gradient
        return total, sums

    @contextmanager
    def averages(self) -> Iterator[None]:
        """Lend the model the averages, if there are any, in place of what is trained."""
        if self.average is None:
            yield
            return
        trained = [(array, array.copy()) for array in averaged_arrays(self.model).values()]
        try:
            self.put_averages()
            yield
        finally:
            for array, copy in trained:
                np.copyto(array, copy)

    def put_averages(self) -> None:
        """Write the averages, if there are any, into the model."""
        if self.average is not None:
            arrays = averaged_arrays(self.model)
            for array, mean in zip(
                arrays.values(), self.average.average(arrays).values(), strict=True
            ):
                np.copyto(array, mean)

    def validated(self, epoch: int) -> dict[str, Any]:
        """Measure the model on the validation data, if there are any."""
        if self.validation_data is None:
            return {}
        numbers = self.validation_data.measured(self.model, self.loss).named(OF_VALIDATION)
        if not isfinite(numbers["validation_loss"]):
            raise DivergenceError(
                f"fit: after epoch {epoch}, the validation loss is {numbers['validation_loss']}"
            )
        return numbers

    def check_parameters(self, when: str) -> None:
        for name, array in zip(tree.paths(self.model), tree.leaves(self.model), strict=True):
            if not np.isfinite(array).all():
                raise DivergenceError(f"fit: {when}, the parameter {name} is not finite")

    # --- checkpoints

    def saves_at(self, step: int, epoch: bool = False) -> bool:
        """Whether a checkpoint is due after a step, or after that which completes an epoch."""
        if self.checkpoint is None:
            return False
        every = self.checkpoint.every
        return epoch if every is None else step % every == 0

    def settings(self) -> dict[str, Any]:
        """Return what must be the same in a run that is resumed."""
        data, held_out, augment = self.data, self.validation_data, self.augment
        _, generators = saving.named_parts("fit", self.model)
        return {
            "batch_size": self.batch_size,
            "micro_batches": self.micro_batches,
            "augment": getattr(augment, "__name__", augment and type(augment).__name__),
            "optimizer": type(self.optimizer).__name__,
            "average": None if self.average is None else type(self.average).__name__,
            "metrics": [metric.name for metric in self.metrics],
            "callbacks": [type(callback).__name__ for callback in self.callbacks],
            "generators in the model": {
                name: type(rng.bit_generator).__name__ for name, rng in generators.items()
            },
            "checksum of the data": fingerprint(data.inputs, data.targets, data.weights),
            "checksum of the validation data": fingerprint(*(held_out or ())[:3]),
        }

    def resume(self, earlier: Loaded) -> None:
        """Become the run that a checkpoint is of, but for what callbacks and `best` know."""
        path, state = earlier.path, earlier.state
        model, generators = saving.named_parts("fit", self.model)
        fresh = self.optimizer.init(dict(zip(tree.paths(self.model), tree.leaves(self.model))))
        optimizer, _ = saving.named_parts("fit", fresh)
        expected = under_names(model=model, optimizer=optimizer)
        found = under_names(model=state["model"], optimizer=state["optimizer"])
        saving.check_fits(path, expected, {}, found, {})
        differences = [
            f"{name}: {state['settings'].get(name)!r} then, {now!r} now"
            for name, now in self.same_settings.items()
            if state["settings"].get(name) != now
        ]
        if differences:
            raise ValueError("\n  ".join([f"fit: {path} is of another run:", *differences]))
        # From here on, nothing fails.
        for name, array in model.items():
            np.copyto(array, state["model"][name])
        leaves, structure = tree.flatten(fresh)
        values = [put(state["optimizer"][name], leaf) for name, leaf in zip(optimizer, leaves)]
        self.optimizer.state = tree.unflatten(structure, values)
        if self.average is not None:
            self.average.state = state["average"]
        self.step, self.epoch, self.done = earlier.step, state["epoch"], state["done"]
        self.seconds, self.stopped = state["seconds"], state["stopped"]
        self.history.rows = state["history"]
        if self.done:
            self.measures.restore(state["measures"])
            self.before_order = state["generator"]["before the order"]
            again = saving.generator_in(self.before_order, self.rng)
            self.order = again.permutation(len(self.data.inputs))
        self.rng.bit_generator.state = state["generator"]["now"]
        for name, generator in generators.items():
            generator.bit_generator.state = state["generators"][name]

    def resume_callbacks(self, state: dict[str, Any]) -> None:
        """Let callbacks, which have begun, go on."""
        self.best.resume(state["best"])
        for callback, own in zip(self.callbacks, state["callbacks"], strict=True):
            callback.restore(own)

    def save(self) -> None:
        """Write a checkpoint."""
        if self.checkpoint is None:
            return
        model, generators = saving.named_parts("fit", self.model)
        optimizer, _ = saving.named_parts("fit", self.optimizer.state)
        state = {
            "model": model,
            "generators": {name: rng.bit_generator.state for name, rng in generators.items()},
            "optimizer": optimizer,
            "average": None if self.average is None else self.average.state,
            "settings": self.same_settings,
            "generator": {
                "at the beginning": self.beginning,
                "before the order": self.before_order,
                "now": self.rng.bit_generator.state,
            },
            "epoch": self.epoch,
            "done": self.done,
            "seconds": self.seconds,
            "stopped": self.stopped,
            "measures": self.measures.state() if self.done else None,
            "history": self.history.rows,
            "best": self.best.state(),
            "callbacks": [callback.state() for callback in self.callbacks],
        }
        self.checkpoint.save(self.step, state)


def under_names(**groups: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{group}.{name}": one for group, all in groups.items() for name, one in all.items()}


def put(array: NDArray[Any], leaf: Any) -> Any:
    """Write an array into another one, whose memory order stays; or return it as a number."""
    if not isinstance(leaf, np.ndarray):
        return saving.as_leaf(array, leaf)
    np.copyto(leaf, array)
    return leaf


class Best:
    """The parameters at the end of the best epoch so far; before the first, at the beginning."""

    def __init__(self, model: Layer) -> None:
        self.model = model
        self.monitor = Monitor()
        self.epoch = 0
        self.copies = copies_of(model)

    def compare(self, epoch: int, row: dict[str, Any]) -> None:
        """Take the parameters as they are now, if the epoch was better."""
        value = self.monitor.value("fit", row)
        if value < self.monitor.best:
            # A Ctrl-C between two arrays must not leave a mixture.
            copies = copies_of(self.model)
            self.epoch, self.monitor.best, self.copies = epoch, value, copies

    def restore(self) -> None:
        for array, copy in zip(arrays_of(self.model), self.copies, strict=True):
            np.copyto(array, copy)

    def described(self, otherwise: str) -> str:
        """Say which parameters the model has."""
        if not self.epoch:
            return f"The parameters are {otherwise}"
        name = self.monitor.name or "loss"
        value = format_number(name, self.monitor.sign * self.monitor.best)
        return (
            f"The parameters are those of epoch {self.epoch}, the best so far "
            f"({title_of(name)} {value})"
        )

    def state(self) -> Any:
        return [self.epoch, self.monitor.name, self.monitor.best, self.copies]

    def resume(self, state: Any) -> None:
        self.epoch, self.monitor.name, self.monitor.best, self.copies = state


def arrays_of(model: Layer) -> list[NDArray[Any]]:
    """List what training changes: the parameters, and buffers such as running statistics."""
    return [*tree.leaves(model), *buffers_of(model)]


def copies_of(model: Layer) -> list[NDArray[Any]]:
    return [array.copy() for array in arrays_of(model)]


def averaged_arrays(model: Layer) -> dict[str, NDArray[Any]]:
    """Return what is averaged of a model, under its paths: parameters and running statistics."""
    arrays, _ = saving.named_parts("fit", model)
    return {name: array for name, array in arrays.items() if array.dtype.kind == "f"}
