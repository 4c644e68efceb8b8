"""Metrics: against their definitions, and streamed: batches add up to the whole, however cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_np import nn, train
from tinygrad_np.train import metrics
from tinygrad_np.train.metrics import as_metrics


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@st.composite
def labels_and_scores(draw: Any) -> tuple[np.ndarray, np.ndarray]:
    classes = draw(st.integers(2, 6))
    count = draw(st.integers(1, 40))
    rng = generator(draw(st.integers(0, 99)))
    # Whole numbers, so that there are ties.
    scores = rng.integers(0, 4, (count, classes)).astype(np.float32)
    return rng.integers(0, classes, count), scores


def by_hand(labels: np.ndarray, predicted: np.ndarray, kind: int) -> tuple[int, int, int]:
    """Count the true positives, false positives and false negatives of one class."""
    pairs = list(zip(labels.tolist(), predicted.tolist(), strict=True))
    return (
        sum(true == kind and guess == kind for true, guess in pairs),
        sum(true != kind and guess == kind for true, guess in pairs),
        sum(true == kind and guess != kind for true, guess in pairs),
    )


SCORES: dict[type[metrics.Averaged], Any] = {
    metrics.Precision: lambda tp, fp, fn: tp / (tp + fp) if tp + fp else 0.0,
    metrics.Recall: lambda tp, fp, fn: tp / (tp + fn) if tp + fn else 0.0,
    metrics.F1: lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0,
}


@pytest.mark.parametrize("kind", SCORES)
@given(case=labels_and_scores())
def test_scores_of_classes_are_as_defined(
    kind: type[metrics.Averaged], case: tuple[np.ndarray, np.ndarray]
) -> None:
    labels, scores = case
    predicted, classes = scores.argmax(axis=1), scores.shape[1]
    counts = [by_hand(labels, predicted, one) for one in range(classes)]
    each = [SCORES[kind](*count) for count in counts]
    np.testing.assert_allclose(kind("each")(labels, scores), each, rtol=1e-12)
    there = [score for score, count in zip(each, counts, strict=True) if any(count)]
    macro = sum(there) / len(there)
    assert kind("macro")(labels, scores) == pytest.approx(macro, rel=1e-12)
    support = np.bincount(labels, minlength=classes)
    weighted = np.average(each, weights=support)
    assert kind("weighted")(labels, scores) == pytest.approx(weighted, rel=1e-12)
    assert kind("micro")(labels, scores) == pytest.approx(np.mean(predicted == labels), rel=1e-12)
    expected = each[1] if classes == 2 else macro
    assert kind()(labels, scores) == pytest.approx(expected, rel=1e-12)


@given(case=labels_and_scores())
def test_the_confusion_matrix_counts_pairs(case: tuple[np.ndarray, np.ndarray]) -> None:
    labels, scores = case
    expected = np.zeros((scores.shape[1],) * 2, int)
    for true, guess in zip(labels, scores.argmax(axis=1), strict=True):
        expected[true, guess] += 1
    np.testing.assert_array_equal(metrics.ConfusionMatrix()(labels, scores), expected)


@given(case=labels_and_scores(), k=st.integers(1, 7))
def test_top_k_is_the_first_k_of_the_scores_in_order(
    case: tuple[np.ndarray, np.ndarray], k: int
) -> None:
    labels, scores = case
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    expected = np.mean([true in row for true, row in zip(labels, best, strict=True)])
    assert metrics.TopKAccuracy(k)(labels, scores) == expected
    if k == 1:
        assert expected == metrics.Accuracy()(labels, scores)
    one_hot = np.eye(scores.shape[1])[labels]
    assert metrics.TopKAccuracy(k)(one_hot, scores) == expected


STREAMED = [
    metrics.Accuracy(), metrics.TopKAccuracy(2), metrics.ConfusionMatrix(),
    *[kind(average) for kind in SCORES for average in metrics.AVERAGES],
]  # fmt: skip


@pytest.mark.parametrize("metric", STREAMED, ids=repr)
@given(case=labels_and_scores(), size=st.integers(1, 9))
def test_batches_add_up_to_the_whole(
    metric: metrics.Metric, case: tuple[np.ndarray, np.ndarray], size: int
) -> None:
    labels, scores = case
    starts = range(0, len(labels), size)
    total = sum(
        [metric.counts(labels[i : i + size], scores[i : i + size]) for i in starts],
        start=np.zeros(()),
    )
    np.testing.assert_allclose(metric.result(total), metric(labels, scores), rtol=1e-12)


def test_the_f1_of_an_epoch_is_not_the_mean_of_those_of_its_batches() -> None:
    labels, scores = np.array([1, 1, 0, 0]), np.array([[0.0, 1], [1, 0], [0, 1], [1, 0]])
    f1 = metrics.F1()
    batches = [f1(labels[i : i + 2], scores[i : i + 2]) for i in (0, 2)]
    assert f1(labels, scores) == 0.5
    assert np.mean(batches) == pytest.approx(1 / 3)

    model = nn.NeuralNetwork([nn.Softmax()])
    for size in (1, 2, 3, 4):
        found = model.evaluate(scores * 9, labels, batch_size=size, metrics=["f1"])
        assert found.metrics["f1"] == 0.5


def test_yes_or_no_is_of_what_is_yes() -> None:
    truth = np.array([[1.0], [1], [0], [0], [1]])
    probabilities = np.array([[0.9], [0.2], [0.8], [0.1], [0.7]])
    for y, p in [(truth, probabilities), (truth[:, 0].astype(bool), probabilities[:, 0])]:
        np.testing.assert_array_equal(metrics.ConfusionMatrix()(y, p), [[1, 1], [1, 2]])
        assert metrics.Precision()(y, p) == pytest.approx(2 / 3)
        assert metrics.Accuracy()(y, p) == 0.6


def test_each_column_of_yes_or_no_is_a_question_of_its_own() -> None:
    rng = generator(3)
    truth = (rng.random((50, 3)) < 0.4).astype(float)
    p = rng.random((50, 3))
    matrices = metrics.ConfusionMatrix()(truth, p)
    assert matrices.shape == (3, 2, 2)
    for column in range(3):
        own = metrics.ConfusionMatrix()(truth[:, column], p[:, column])
        np.testing.assert_array_equal(matrices[column], own)
    each = [metrics.F1()(truth[:, i], p[:, i]) for i in range(3)]
    np.testing.assert_allclose(metrics.F1("each")(truth, p), each)
    assert metrics.F1()(truth, p) == pytest.approx(np.mean(each))


def test_the_mean_absolute_error_is_over_all_elements() -> None:
    y, p = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.5, 2.0], [3.0, 2.0]])
    assert metrics.MeanAbsoluteError()(y, p) == 0.625
    with pytest.raises(ValueError, match=r"y_true has shape \(2,\) and y_pred has shape \(2, 2\)"):
        metrics.MeanAbsoluteError()(y[0], p)
    many = np.full(5000, 0.1, np.float16)
    found = metrics.MeanAbsoluteError()(0 * many, many)
    assert found == pytest.approx(0.1, rel=1e-3), "a sum of float16 would be stuck"


def test_names() -> None:
    class MyOwnMetric(metrics.Metric):
        pass

    found = [metric.name for metric in as_metrics("fit", ["f1", "top_3_accuracy", MyOwnMetric()])]
    assert found == ["f1", "top_3_accuracy", "my_own_metric"]
    assert as_metrics("fit", ["mean_absolute_error"])[0].more_is_better is False
    assert as_metrics("fit", ["recall"])[0].more_is_better is True
    assert as_metrics("fit", [nn.mse])[0].name == "mse"


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("f1", TypeError, r"metrics='f1' must be a list, such as \['f1'\]"),
        (nn.mse, TypeError, "must be a list"),
        (3, TypeError, "metrics=3 must be a list"),
        (
            ["f2"],
            ValueError,
            "there is no 'f2'; the names are accuracy, precision, recall, f1",
        ),
        (["top_0_accuracy"], ValueError, "there is no 'top_0_accuracy'"),
        ([metrics.F1], TypeError, "is not a metric; expected a name"),
        ([3], TypeError, "3 is not a metric"),
        (["f1", metrics.F1("macro")], ValueError, "there are two 'f1'; set a .name"),
    ],
)
def test_what_is_no_metric_is_refused(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        as_metrics("fit", given)


def test_settings_and_operands_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match=r"F1: average='mean'; expected 'auto', 'macro'"):
        metrics.F1("mean")
    with pytest.raises(ValueError, match="TopKAccuracy: k=0 must be 1 or more"):
        metrics.TopKAccuracy(0)
    with pytest.raises(ValueError, match=r"metric f1: y_true is float64 of shape \(3,\) and y_pre"):
        metrics.F1()(np.array([0.1, 0.2, 0.3]), np.ones(3))
    with pytest.raises(ValueError, match=r"top_2_accuracy: y_pred .* expected a score for each"):
        metrics.TopKAccuracy(2)([0, 1], [0, 1])
    with pytest.raises(NotImplementedError, match=r"Metric must define counts\(y_true, y_pred\)"):
        metrics.Metric()([0], [0])


# --- in training and evaluation


X = generator(1).normal(size=(100, 6)).astype(np.float32)
LABELS = (X[:, :3] + 0.1).argmax(axis=1)


def classifier(*last: Any) -> nn.NeuralNetwork:
    rng = generator()
    return nn.NeuralNetwork([nn.Dense(6, 8, rng=rng), nn.ReLU(), nn.Dense(8, 3, rng=rng), *last])


NAMES = ["precision", "recall", "f1", "top_2_accuracy", "confusion_matrix"]


@pytest.mark.parametrize("y", [LABELS, np.eye(3)[LABELS]])
def test_evaluate_measures_what_is_asked_for(y: Any) -> None:
    model = classifier(nn.Softmax())
    found = model.evaluate(X, y, metrics=NAMES, batch_size=7)
    loss, accuracy = found
    assert list(found.metrics) == NAMES
    assert accuracy == found.accuracy == np.mean(model(X).argmax(axis=1) == LABELS)
    assert found.loss == loss
    np.testing.assert_array_equal(
        found.metrics["confusion_matrix"], metrics.ConfusionMatrix()(LABELS, model(X))
    )
    assert found.metrics["f1"] == metrics.F1()(LABELS, model(X))
    assert repr(found).startswith(f"Evaluation(loss={loss!r}, accuracy={accuracy!r}, metrics={{'p")


def test_history_has_the_metrics_of_the_epoch() -> None:
    model = classifier(nn.Softmax())

    def largest(y_true: Any, y_pred: Any) -> Any:
        return np.mean(y_pred.max(axis=1))

    settings: dict[str, Any] = {"metrics": ["accuracy", *NAMES, largest], "progress": False}
    history = train.fit(
        model, X, LABELS, epochs=2, batch_size=32, rng=generator(), **settings,
        validation_data=(X[:41], LABELS[:41]),
    )  # fmt: skip
    names = ["accuracy", *NAMES, "largest"]
    validation = [f"validation_{name}" for name in ["loss", *names]]
    assert list(history) == ["loss", *names, *validation, "seconds"]
    found = model.evaluate(X[:41], LABELS[:41], metrics=NAMES)
    for name in NAMES:
        np.testing.assert_array_equal(history[f"validation_{name}"][-1], found.metrics[name])
    expected = np.mean(model(X[:41]).max(axis=1))
    assert history["validation_largest"][-1] == pytest.approx(expected, rel=1e-6)
    assert history["confusion_matrix"][-1].sum() == 100
    assert history["accuracy"][0] == np.trace(history["confusion_matrix"][0]) / 100
    assert "confusion" not in repr(history), "a matrix has no place in a table of numbers"


def test_logits_are_decided_at_zero() -> None:
    rng = generator(2)
    x, y = rng.normal(size=(40, 6)), rng.integers(0, 2, (40, 1))
    layer = nn.Dense(6, 1, rng=rng, dtype=np.float64)
    logits, probabilities = nn.NeuralNetwork([layer]), nn.NeuralNetwork([layer, nn.Sigmoid()])
    first = logits.evaluate(x, y, loss=nn.sigmoid_crossentropy, metrics=["f1", "confusion_matrix"])
    second = probabilities.evaluate(x, y, loss=nn.mse, metrics=["f1", "confusion_matrix"])
    assert first.metrics["f1"] == second.metrics["f1"]
    np.testing.assert_array_equal(
        first.metrics["confusion_matrix"], metrics.ConfusionMatrix()(y > 0, layer(x) > 0)
    )


def test_what_does_not_fit_the_task_is_refused_before_anything_is_changed() -> None:
    x, y = X, X[:, :3]
    model = classifier()
    before = model.layers[0].weights.copy()
    settings: dict[str, Any] = {"loss": nn.mse, "progress": False}
    with pytest.raises(ValueError, match="fit: the metric f1 is one of classes, and y has none"):
        model.fit(x, y, metrics=["f1"], **settings)
    with pytest.raises(ValueError, match=r"metric row: it returned shape \(32,\); a function"):
        model.fit(x, y, metrics=[row], **settings)
    with pytest.raises(ValueError, match="mean_absolute_error: y_true has shape"):
        classifier(nn.Softmax()).fit(x, LABELS, metrics=["mean_absolute_error"], progress=False)
    np.testing.assert_array_equal(model.layers[0].weights, before)


def row(y_true: Any, y_pred: Any) -> Any:
    return np.abs(y_true - y_pred).mean(axis=1)
