"""NeuralNetwork: layers one after another, and the training of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import tree
from ..recording import Array
from .activation_layers import Activation
from .layer import Layer, held, is_sized
from .layers import Dense, Embedding

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from ..optim import ExponentialMovingAverage, Optimizer
    from ..train import Checkpoint, Evaluation, History

__all__ = ["NeuralNetwork"]


class NeuralNetwork(Layer):
    """fₙ(… f₂(f₁(x))): layers, each called on what the one before returned.

    A network is itself a layer: it nests in others, and ``tg.grad(loss)(network, x)`` is a network
    that holds gradients.

    Parameters
    ----------
    layers : iterable of layers
        At least one. A plain function of an array is made an `Activation`.

    Attributes
    ----------
    layers : list of Layer

    Raises
    ------
    ValueError
        If there are no layers; in a call, if shapes do not fit, with the layer's position and name.
    TypeError
        If something is neither a layer nor a function.

    Examples
    --------
    >>> from tinygrad_np import nn
    >>> rng = np.random.default_rng(0)
    >>> network = nn.NeuralNetwork(
    ...     [nn.Dense(784, 128, rng=rng), nn.ReLU(), nn.Dense(128, 10, rng=rng), nn.Softmax()]
    ... )
    >>> network(np.zeros((32, 784), np.float32)).shape
    (32, 10)
    >>> network(np.zeros((32, 64), np.float32))
    Traceback (most recent call last):
        ...
    ValueError: layer 0, Dense(784, 128): the input has shape (32, 64); expected (..., 784)
    """

    layers: list[Layer]

    def __init__(self, layers: Iterable[Layer | Callable[[Any], Any]]) -> None:
        if isinstance(layers, Layer) or not hasattr(layers, "__iter__"):
            raise TypeError(
                f"NeuralNetwork: expected a list of layers, not {layers!r}; "
                "write NeuralNetwork([first, second, …])"
            )
        self.layers = [as_layer(position, layer) for position, layer in enumerate(layers)]
        if not self.layers:
            raise ValueError("NeuralNetwork: there are no layers; a network has at least one")

    def __call__(self, x: Array, training: bool = False) -> Array:
        position = 0
        try:
            for layer in self.layers:
                x = layer(x, training=training)
                position += 1
        except (ValueError, TypeError) as error:
            say_where(error, position, self.layers[position])
            raise
        return x

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        epochs: int = 10,
        batch_size: int = 32,
        loss: Callable[..., Any] | None = None,
        optimizer: Optimizer | None = None,
        validation_data: Sequence[ArrayLike] | None = None,
        validation_split: float | None = None,
        metrics: Sequence[Any] = (),
        sample_weight: ArrayLike | None = None,
        class_weight: dict[int, float] | ArrayLike | None = None,
        micro_batches: int = 1,
        augment: Callable[[NDArray[Any], np.random.Generator], ArrayLike] | None = None,
        average: ExponentialMovingAverage | None = None,
        rng: np.random.Generator | None = None,
        callbacks: Sequence[Any] = (),
        checkpoint: Checkpoint | None = None,
        resume: bool = False,
        progress: bool = True,
        restore_best: bool = False,
    ) -> History:
        """Train the network, in place; see `tinygrad_np.train.fit`, which this calls.

        Parameters
        ----------
        x, y : array_like, shape (n, ...)
            The inputs and the truth: integers for classes, or one-hot rows, or numbers.
        epochs, batch_size : int
            How often to go through the data, and by how many examples at a time.
        loss : callable, optional
            ``loss(y_true, y_pred)``. Without it, categorical cross-entropy if the network ends in
            `Softmax`; otherwise it must be given.
        optimizer : Optimizer, optional
            By default ``optim.Adam()``.
        validation_data : sequence of arrays, optional
            ``(x, y)`` to measure loss and metrics on after each epoch.
        validation_split : float or int, optional
            Instead: which share of the examples, or how many, to put aside for that.
        metrics : sequence
            What else to measure, as ``"f1"`` or ``"confusion_matrix"``; see `evaluate`.
        sample_weight, class_weight : array_like, optional
            How much each example and each class counts in the loss.
        micro_batches : int
            In how many parts to go through a batch, which takes less memory.
        augment : callable, optional
            ``augment(x, rng)`` changes the inputs of a batch at random and returns them.
        average : ExponentialMovingAverage, optional
            Averages the parameters over the steps; the network is validated, and ends, with the
            averages.
        rng : np.random.Generator, optional
            Shuffles the examples; the same seed leads to the same parameters.
        callbacks : sequence of callables
            ``callback(epoch, history, model)`` after each epoch; True ends the training. Or what
            `tinygrad_np.train.callbacks` has.
        checkpoint : Checkpoint, optional
            Where to save the state of the run, and how often.
        resume : bool
            Whether to go on from the newest checkpoint, exactly, if there is one.
        progress : bool
            Whether to show how it goes.
        restore_best : bool
            Whether to end with the parameters of the best epoch, not the last.

        Returns
        -------
        History
            Of each epoch the loss, of classifiers the accuracy, and the metrics; ``plot()`` draws
            it. After Ctrl-C, ``interrupted`` is set, and the network has the parameters of the best
            epoch so far.

        Examples
        --------
        >>> from tinygrad_np import nn, optim
        >>> network = NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
        >>> x = np.linspace(-1, 1, 100)[:, np.newaxis]
        >>> rng = np.random.default_rng(0)
        >>> history = network.fit(
        ...     x, 2 * x + 1, loss=nn.mse, optimizer=optim.SGD(0.3), rng=rng, progress=False
        ... )
        >>> network.layers[0].weights.round(1), network.layers[0].bias.round(1)
        (array([[2.]], dtype=float32), array([1.], dtype=float32))
        """
        from .. import train

        return train.fit(
            self, x, y, epochs=epochs, batch_size=batch_size, loss=loss, optimizer=optimizer,
            validation_data=validation_data, validation_split=validation_split, metrics=metrics,
            sample_weight=sample_weight, class_weight=class_weight, micro_batches=micro_batches,
            augment=augment, average=average, rng=rng, callbacks=callbacks, checkpoint=checkpoint,
            resume=resume, progress=progress, restore_best=restore_best,
        )  # fmt: skip

    def predict(self, x: ArrayLike, batch_size: int = 256) -> NDArray[Any]:
        """Compute the outputs, batch by batch, in plain NumPy; see `tinygrad_np.train.predict`.

        Parameters
        ----------
        x : array_like, shape (n, ...)
            The inputs.
        batch_size : int
            How many examples go through the network at once.

        Returns
        -------
        ndarray, shape (n, ...)

        Examples
        --------
        >>> from tinygrad_np import nn
        >>> NeuralNetwork([nn.Softmax()]).predict([[0.0, 0.0], [9.0, 0.0]]).argmax(axis=1)
        array([0, 0])
        """
        from .. import train

        return train.predict(self, x, batch_size)

    def evaluate(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        loss: Callable[..., Any] | None = None,
        metrics: Sequence[Any] = (),
        sample_weight: ArrayLike | None = None,
        batch_size: int = 256,
    ) -> Evaluation:
        """Measure the mean loss and the accuracy on data; see `tinygrad_np.train.evaluate`.

        Parameters
        ----------
        x, y : array_like, shape (n, ...)
            The inputs and the truth.
        loss : callable, optional
            ``loss(y_true, y_pred)``; by default as in `fit`.
        metrics : sequence
            What else to measure: names such as ``"f1"``, ``"top_5_accuracy"`` or
            ``"confusion_matrix"``, metrics from `tinygrad_np.train.metrics`, or functions.
        sample_weight : array_like, shape (n,) or (n, ...), optional
            How much each example, or each of what there is in one, counts in the loss.
        batch_size : int
            How many examples go through the network at once.

        Returns
        -------
        Evaluation
            ``(loss, accuracy)``; the accuracy is None if the task is not to tell classes apart. Its
            attribute ``metrics`` is a dict of what was asked for.

        Examples
        --------
        >>> from tinygrad_np import nn
        >>> network = NeuralNetwork([nn.Softmax()])
        >>> result = network.evaluate([[0.0, 9.0], [0.0, 9.0]], [1, 0], metrics=["f1"])
        >>> result.accuracy, result.metrics
        (0.5, {'f1': 0.6666666666666666})
        """
        from .. import train

        return train.evaluate(
            self, x, y, loss=loss, metrics=metrics, sample_weight=sample_weight,
            batch_size=batch_size,
        )  # fmt: skip

    def summary(self, input_shape: int | Sequence[int] | None = None) -> None:
        """Print a table of the layers, the shapes of their outputs, and their parameters.

        Parameters
        ----------
        input_shape : int or sequence of int, optional
            The shape of one example, without the batch. Without it, it is taken from the first
            `Dense` layer; where that does not tell, the output shapes are left open.

        Raises
        ------
        ValueError
            If an ``input_shape`` that was given does not fit.

        Examples
        --------
        >>> from tinygrad_np import nn
        >>> NeuralNetwork([nn.Dense(784, 128), nn.ReLU(), nn.Dense(128, 10)]).summary()
           layer            output shape  parameters
        0  Dense(784, 128)  (batch, 128)     100,480
        1  ReLU()           (batch, 128)           0
        2  Dense(128, 10)   (batch, 10)        1,290
           total                             101,770  (407.1 kB)
        >>> NeuralNetwork([nn.Dense(10)]).summary()
           layer      output shape  parameters
        0  Dense(10)  ?                      ?
           total                             ?
        Dense(10): the size of the input is found at the first call
        Where there is a ?, the shape of an example tells: summary(input_shape=…)
        """
        print(summary_table(self, input_shape))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to an ``.npz`` file, all or nothing; see `tinygrad_np.train.save`.

        Parameters
        ----------
        path : str or path-like
            The file, taken as given; what was there is replaced.

        Examples
        --------
        >>> import tempfile
        >>> from tinygrad_np import nn
        >>> path = tempfile.mkdtemp() + "/network.npz"
        >>> NeuralNetwork([nn.Dense(3, 2)]).save(path)
        >>> network = NeuralNetwork([nn.Dense(3, 2)])
        >>> network.load(path)
        """
        from .. import train

        train.save(path, self)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take over the parameters from a file that `save` wrote.

        The file holds arrays only. To load a network, build it as it was built, then load into it.

        Parameters
        ----------
        path : str or path-like
            The file.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is cut short or damaged, or from another architecture; the message lists what is
            missing, extra, or of other shape or dtype. The network is then unchanged.

        Examples
        --------
        >>> import tempfile
        >>> from tinygrad_np import nn
        >>> path = tempfile.mkdtemp() + "/network.npz"
        >>> NeuralNetwork([nn.Dense(3, 2)]).save(path)
        >>> NeuralNetwork([nn.Dense(3, 4)]).load(path)
        Traceback (most recent call last):
            ...
        ValueError: load: .../network.npz does not fit:
          layers.0.weights: shape (3, 2) in the file, (3, 4) expected
          layers.0.bias: shape (2,) in the file, (4,) expected
        """
        from .. import train
        from ..train.checks import parameters

        arrays = parameters("load", self)
        loaded = train.load(path, self)
        for array, value in zip(arrays, tree.leaves(loaded), strict=True):
            np.copyto(array, value)
        for (_, own), (_, new) in zip(*[held(tree.flatten(each)[1]) for each in (self, loaded)]):
            own.take_over(new)

    def __repr__(self) -> str:
        return f"NeuralNetwork([{', '.join(map(repr, self.layers))}])"


def as_layer(position: int, layer: Any) -> Layer:
    """Return a layer as it is and a function as an `Activation`."""
    if isinstance(layer, Layer):
        return layer
    if isinstance(layer, type):
        raise TypeError(
            f"NeuralNetwork: layer {position} is the class {layer.__name__}; make a layer of it: "
            f"{layer.__name__}(…)"
        )
    if not callable(layer):
        raise TypeError(
            f"NeuralNetwork: layer {position} is {layer!r}, neither a layer nor a function"
        )
    return Activation(layer)


def say_where(error: Exception, position: int, layer: Layer) -> None:
    """Put the layer's position and name before the message of its error."""
    if len(error.args) != 1:
        return
    message = str(error.args[0])
    named = message.startswith((repr(layer), "layer "))
    error.args = (f"layer {position}, {message if named else f'{layer!r}: {message}'}",)


class Row(NamedTuple):
    """A line of a summary."""

    position: str
    layer: str
    output_shape: str
    parameters: str
    rest: str = ""


def summary_table(network: NeuralNetwork, input_shape: int | Sequence[int] | None) -> str:
    unsized = [repr(layer) for layer in innermost(network) if not is_sized(layer)]
    if unsized:
        # The sizes that are found here are not to stay.
        network = copy.deepcopy(network)
    problems: list[str] = []
    rows = list(summary_rows(network, example(network, input_shape), problems))
    if problems and input_shape is not None:
        raise ValueError(problems[0])
    leaves = tree.leaves(network) if is_sized(network) else None
    size = sum([np.asarray(leaf).nbytes for leaf in leaves or ()])
    table = [
        Row("", "layer", "output shape", "parameters"),
        *rows,
        Row("", "total", "", count(leaves), "" if leaves is None else f"  ({readable_size(size)})"),
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        f"{row.position:{widths[0]}}  {row.layer:{widths[1]}}  "
        f"{row.output_shape:{widths[2]}}  {row.parameters:>{widths[3]}}{row.rest}"
        for row in table
    ]
    notes = [
        f"{problem}\nIf an example has another shape: summary(input_shape=…)"
        for problem in problems
    ]
    if unsized:
        notes.append(f"{', '.join(unsized)}: the size of the input is found at the first call")
    if input_shape is None and not problems and any(row.output_shape == "?" for row in rows):
        notes.append("Where there is a ?, the shape of an example tells: summary(input_shape=…)")
    return "\n".join([*lines, *notes])


def count(leaves: Sequence[Any] | None) -> str:
    """How many numbers there are in arrays; of a layer that has none yet, that is open."""
    return "?" if leaves is None else f"{sum([np.size(leaf) for leaf in leaves]):,}"


def example(network: NeuralNetwork, input_shape: int | Sequence[int] | None) -> NDArray[Any] | None:
    """Return a batch of one example, if its shape is known."""
    layers = list(innermost(network))
    if input_shape is None:
        first = next((one for one in layers if not is_sized(one) or tree.leaves(one)), None)
        if not isinstance(first, Dense) or first.weights is None:
            return None
        input_shape = first.weights.shape[0]
    lengths = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
    if isinstance(layers[0], Embedding):
        return np.zeros((1, *lengths), np.intp)
    dtypes = [leaf.dtype for one in layers if is_sized(one) for leaf in tree.leaves(one)]
    return np.zeros((1, *lengths), np.result_type(*dtypes) if dtypes else np.float32)


def innermost(network: NeuralNetwork) -> Iterator[Layer]:
    for layer in network.layers:
        if isinstance(layer, NeuralNetwork):
            yield from innermost(layer)
        else:
            yield layer


def summary_rows(
    network: NeuralNetwork, x: Array | None, problems: list[str], indent: str = ""
) -> Iterator[Row]:
    """Call the layers one by one; yield what each made of a batch, those inside networks too.

    Where a layer cannot be called, that is added to ``problems``, and further shapes are open.
    """
    for position, layer in enumerate(network.layers):
        before = x
        if x is not None:
            try:
                with np.errstate(all="ignore"):
                    x = layer(x, training=False)
            except Exception as error:  # a layer of the user's own may raise anything
                say_where(error, position, layer)
                problems.append(str(error))
                x = None
        inside = isinstance(layer, NeuralNetwork)
        name = type(layer).__name__ if inside else repr(layer)
        number = count(tree.leaves(layer) if is_sized(layer) else None)
        yield Row(f"{indent}{position}", f"{indent}{name}", batch_shape(x), number)
        if isinstance(layer, NeuralNetwork):
            yield from summary_rows(layer, before, [], indent + "  ")


def batch_shape(x: Array | None) -> str:
    if x is None:
        return "?"
    return f"({', '.join(['batch', *map(str, np.shape(x)[1:])])}{',' * (np.ndim(x) == 1)})"


def readable_size(size: int) -> str:
    value = float(size)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{size} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
