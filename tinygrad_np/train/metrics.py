"""Metrics: how good predictions are, counted batch by batch.

A metric is an array of counts that adds up over examples, and a function of the sum. So the F1 of
an epoch is that of all its examples, and not the mean of the F1 of its batches.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.checks import positive_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    Decisions = tuple[NDArray[Any], NDArray[Any], int]
    """The true and the predicted classes, and how many there are; for yes and no, booleans, and 0
    classes: then each column is a question of its own."""
    Decide = Callable[[NDArray[Any], NDArray[Any]], Decisions]

__all__ = [
    "F1", "Accuracy", "ConfusionMatrix", "MeanAbsoluteError", "Metric", "Precision", "Recall",
    "TopKAccuracy",
]  # fmt: skip


class Metric:
    """A number, or an array of them, for how good predictions are: the base class.

    A subclass defines `counts` and `result`; ``train.fit(…, metrics=[…])`` takes an instance, and
    so does `evaluate`. An instance can also be called, on all examples at once.

    Attributes
    ----------
    name : str
        Under which a `History` has it: unless it is set, the name of the class, as in
        ``mean_absolute_error``.
    more_is_better : bool
        Whether it is to be as large as possible. False, unless a subclass says otherwise.

    Examples
    --------
    >>> from tinygrad_np import train
    >>> class RootMeanSquare(train.metrics.Metric):
    ...     def counts(self, y_true, y_pred):
    ...         return np.array([np.sum((y_pred - y_true) ** 2), y_pred.size])
    ...
    ...     def result(self, total):
    ...         return np.sqrt(total[0] / total[1])
    >>> metric = RootMeanSquare()
    >>> print(metric.name, metric([1.0, 2.0], [1.0, 4.0]).round(4))
    root_mean_square 1.4142
    """

    name: str
    more_is_better = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "name" not in cls.__dict__:
            cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def counts(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
        """Return what is to be added up over the batches."""
        raise NotImplementedError(f"{type(self).__name__} must define counts(y_true, y_pred)")

    def result(self, total: NDArray[Any]) -> Any:
        """Return the metric of all examples, from the sum of the counts."""
        raise NotImplementedError(f"{type(self).__name__} must define result(total)")

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike) -> Any:
        """Compute the metric of these examples."""
        return self.result(self.counts(np.asarray(y_true), np.asarray(y_pred)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class MeanOf(Metric):
    """The mean over the examples of a function that returns the mean of a batch."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", type(function).__name__)

    def counts(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
        value = self.function(y_true, y_pred)
        if np.shape(value) != ():
            raise ValueError(
                f"metric {self.name}: it returned shape {np.shape(value)}; a function returns one "
                "number, the mean over the examples. For more, write a train.metrics.Metric"
            )
        return np.array([float(value) * len(y_true), len(y_true)])

    def result(self, total: NDArray[Any]) -> Any:
        return float(total[0] / total[1])


class MeanAbsoluteError(Metric):
    """Σ |y_pred − y_true| / n, over all n elements.

    Examples
    --------
    >>> MeanAbsoluteError()([1.0, 2.0], [1.0, 4.0])
    1.0
    """

    def counts(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
        """Return the sum of the errors, and their number."""
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"metric {self.name}: y_true has shape {y_true.shape} and y_pred has shape "
                f"{y_pred.shape}; they must be alike"
            )
        return np.array([np.abs(y_pred - y_true).sum(dtype=np.float64), y_pred.size])

    def result(self, total: NDArray[Any]) -> float:
        """Return the mean."""
        return float(total[0] / total[1])


class ClassMetric(Metric):
    """A metric of classes, or of answers to yes-or-no questions, that are right or wrong."""

    more_is_better = True
    decide: Decide | None = None

    def deciding(self, decide: Decide) -> Self:
        """Return the metric for outputs from which classes are decided in another way."""
        metric = copy.copy(self)
        metric.decide = decide
        return metric

    def decided(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> Decisions:
        decide = self.decide or decision(self.name, y_true, y_pred)
        return decide(y_true, y_pred)


class Accuracy(ClassMetric):
    """The share of right answers.

    Examples
    --------
    >>> Accuracy()([0, 1, 2, 2], [0, 1, 2, 0])
    0.75
    """

    def counts(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
        """Return the number of right answers, and of all."""
        true, predicted, _ = self.decided(y_true, y_pred)
        return np.array([np.count_nonzero(true == predicted), true.size])

    def result(self, total: NDArray[Any]) -> float:
        """Return the share."""
        return int(total[0]) / int(total[1])


class TopKAccuracy(ClassMetric):
    """The share of examples whose true class is among the k of highest score.

    Of classes with equal scores, the first count as higher, as they do in `Accuracy`.

    Parameters
    ----------
    k : int
        How many guesses there are. The metric's name has it: ``top_5_accuracy``.

    Examples
    --------
    >>> TopKAccuracy(2)([0, 0], [[0.3, 0.6, 0.1], [0.1, 0.6, 0.3]])
    0.5
    """

    def __init__(self, k: int = 5) -> None:
        self.k = positive_integer("TopKAccuracy", "k", k)
        self.name = f"top_{self.k}_accuracy"

    def counts(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
        """Return the number of right answers, and of all."""
        true, _, classes = self.decided(y_true, y_pred)
        if y_pred.shape != (*true.shape, classes):
            raise ValueError(
                f"metric {self.name}: y_pred has shape {y_pred.shape}; expected a score for each "
                "class, (batch, classes)"
            )
        true = true[..., np.newaxis]
        score = np.take_along_axis(y_pred, true, axis=-1)
        earlier = np.arange(classes) < true
        rank = ((y_pred > score) | ((y_pred == score) & earlier)).sum(axis=-1)
        return np.array([np.count_nonzero(rank < self.k), rank.size])

    def result(self, total: NDArray[Any]) -> float:
        """Return the share."""
        return int(total[0]) / int(total[1])

    def __repr__(self) -> str:
        return f"TopKAccuracy({self.k})"


class ConfusionMatrix(ClassMetric):
    """How many examples of class i (the row) were taken for class j (the column).

    For yes-or-no questions it is 2 × 2, and one for each column if there are several.

    Examples
    --------
    >>> ConfusionMatrix()([0, 1, 2, 2], [0, 1, 2, 0])
    array([[1, 0, 0],
           [0, 1, 0],
           [1, 0, 1]])
    """

    def counts(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
        """Return the matrix of a batch."""
        true, predicted, classes = self.decided(y_true, y_pred)
        if classes:
            pairs = np.ravel(true).astype(np.intp) * classes + np.ravel(predicted)
            return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
        questions = true.shape[-1] if true.ndim > 1 else 1
        pairs = 2 * true.astype(np.intp) + predicted
        pairs = pairs.reshape(-1, questions) + 4 * np.arange(questions)
        return np.bincount(pairs.ravel(), minlength=4 * questions).reshape(questions, 2, 2)

    def result(self, total: NDArray[Any]) -> Any:
        """Return the matrix of all examples."""
        return total[0] if total.shape == (1, 2, 2) else total


AVERAGES = ("auto", "macro", "micro", "weighted", "each")


class Averaged(ConfusionMatrix):
    """A number for each class, from its true positives, false positives and false negatives."""

    def __init__(self, average: str = "auto") -> None:
        if average not in AVERAGES:
            names = ", ".join(map(repr, AVERAGES))
            raise ValueError(f"{type(self).__name__}: average={average!r}; expected {names}")
        self.average = average

    def score(self, tp: Any, fp: Any, fn: Any) -> Any:
        raise NotImplementedError

    def result(self, total: NDArray[Any]) -> Any:
        """Return the score of all examples."""
        if total.ndim == 2:
            tp = total.diagonal()
            fp, fn = total.sum(axis=0) - tp, total.sum(axis=1) - tp
        else:
            tp, fp, fn = total[:, 1, 1], total[:, 0, 1], total[:, 1, 0]
        if self.average == "micro":
            return float(self.score(tp.sum(), fp.sum(), fn.sum()))
        scores = self.score(tp, fp, fn)
        if self.average == "each":
            return scores
        if self.average == "auto" and total.shape == (2, 2):
            return float(scores[1])
        # A class that is neither there nor predicted has no score.
        weights = tp + fn if self.average == "weighted" else (tp + fp + fn > 0).astype(int)
        return float(ratio((scores * weights).sum(), weights.sum()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.average!r})"


class Precision(Averaged):
    """tp / (tp + fp): the share of what was taken for a class that is of it.

    Parameters
    ----------
    average : {"auto", "macro", "micro", "weighted", "each"}
        What becomes of the numbers of the classes. ``"macro"``: their mean, over the classes that
        are there or were predicted; ``"weighted"``: the same, weighted by how often each is there;
        ``"micro"``: one number from all their counts; ``"each"``: they are returned as an array.
        ``"auto"`` is the number of class 1 if there are two classes, and else ``"macro"``.

    Notes
    -----
    Where nothing was taken for a class, it is 0.

    Examples
    --------
    >>> Precision()([0, 0, 1, 1], [0, 1, 1, 1]), Precision("each")([0, 0, 1, 1], [0, 1, 1, 1])
    (0.6666666666666666, array([1.        , 0.66666667]))
    """

    def score(self, tp: Any, fp: Any, fn: Any) -> Any:
        """Return tp / (tp + fp)."""
        return ratio(tp, tp + fp)


class Recall(Averaged):
    """tp / (tp + fn): the share of what is of a class that was taken for it.

    Parameters
    ----------
    average : {"auto", "macro", "micro", "weighted", "each"}
        What becomes of the numbers of the classes, as in `Precision`.

    Notes
    -----
    Where nothing is of a class, it is 0.

    Examples
    --------
    >>> Recall()([0, 1, 1, 1], [0, 0, 1, 1])
    0.6666666666666666
    """

    def score(self, tp: Any, fp: Any, fn: Any) -> Any:
        """Return tp / (tp + fn)."""
        return ratio(tp, tp + fn)


class F1(Averaged):
    """2 tp / (2 tp + fp + fn): the harmonic mean of `Precision` and `Recall`.

    Parameters
    ----------
    average : {"auto", "macro", "micro", "weighted", "each"}
        What becomes of the numbers of the classes, as in `Precision`.

    Examples
    --------
    >>> F1()([0, 1, 1, 1], [0, 0, 1, 1])
    0.8
    """

    def score(self, tp: Any, fp: Any, fn: Any) -> Any:
        """Return 2 tp / (2 tp + fp + fn)."""
        return ratio(2 * tp, 2 * tp + fp + fn)


def ratio(part: Any, whole: Any) -> Any:
    """part / whole, and 0 where there is nothing."""
    return part / np.where(whole == 0, 1, whole)


# --- how outputs become classes


def of_labels(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Decisions:
    return y_true, y_pred.argmax(axis=-1), y_pred.shape[-1]


def of_one_hot(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Decisions:
    return y_true.argmax(axis=-1), y_pred.argmax(axis=-1), y_pred.shape[-1]


def of_logits(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Decisions:
    return y_true > 0.5, y_pred > 0, 0


def of_probabilities(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Decisions:
    return y_true > 0.5, y_pred > 0.5, 0


def of_classes(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Decisions:
    return y_true, y_pred, 1 + max(int(y_true.max(initial=0)), int(y_pred.max(initial=0)))


def decision(name: str, y_true: NDArray[Any], y_pred: NDArray[Any]) -> Decide:
    """Tell from the arrays alone how the predictions become classes."""
    integers = y_true.dtype.kind in "iub"
    if integers and y_true.shape == y_pred.shape[:-1]:
        return of_labels
    if y_true.shape == y_pred.shape and y_true.size:
        if integers and y_pred.dtype.kind in "iub" and min(y_true.min(), y_pred.min()) >= 0:
            return of_classes
        if is_binary(y_true):
            return of_one_hot if is_one_hot(y_true) else of_probabilities
    raise ValueError(
        f"metric {name}: y_true is {y_true.dtype} of shape {y_true.shape} and y_pred is "
        f"{y_pred.dtype} of shape {y_pred.shape}; expected classes 0, 1, … and scores of shape "
        "(…, classes), or classes and classes, or 0 and 1 and as many probabilities"
    )


def is_binary(values: NDArray[Any]) -> bool:
    return bool(((values == 0) | (values == 1)).all())


def is_one_hot(values: NDArray[Any]) -> bool:
    """Whether each row of what is binary has a single 1, among several numbers."""
    return values.ndim > 1 and values.shape[-1] > 1 and bool((values.sum(axis=-1) == 1).all())


# --- by name


NAMED: dict[str, type[Metric]] = {
    kind.name: kind
    for kind in (Accuracy, Precision, Recall, F1, ConfusionMatrix, MeanAbsoluteError)
}


def as_metrics(function: str, given: Sequence[Any]) -> list[Metric]:
    """Return metrics, functions and names as metrics with different names."""
    if isinstance(given, str) or callable(given) or not hasattr(given, "__iter__"):
        raise TypeError(f"{function}: metrics={given!r} must be a list, such as ['f1']")
    metrics: dict[str, Metric] = {}
    for item in given:
        metric = as_metric(function, item)
        if metric.name in metrics or metric.name in ("loss", "seconds"):
            raise ValueError(f"{function}: metrics: there are two {metric.name!r}; set a .name")
        metrics[metric.name] = metric
    return list(metrics.values())


def as_metric(function: str, given: Any) -> Metric:
    if isinstance(given, Metric):
        return given
    if isinstance(given, str):
        if top := re.fullmatch(r"top_([1-9]\d*)_accuracy", given):
            return TopKAccuracy(int(top[1]))
        if given in NAMED:
            return NAMED[given]()
        names = ", ".join([*NAMED, "top_5_accuracy"])
        raise ValueError(f"{function}: metrics: there is no {given!r}; the names are {names}")
    if isinstance(given, type) or not callable(given):
        raise TypeError(
            f"{function}: metrics: {given!r} is not a metric; expected a name such as 'f1', a "
            "train.metrics.Metric, or a function of (y_true, y_pred)"
        )
    return MeanOf(given)
