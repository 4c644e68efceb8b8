"""nn/losses.py: losses, their gradients, and what they refuse."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, seeds

import tinygrad_np as tg
from tinygrad_np import nn
from tinygrad_np.nn import losses

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
# JAX compiles anew for each shape.
compiled = hypothesis.settings(max_examples=4)
FLOATS = (np.float16, np.float32, np.float64)
KINDS = ("integers", "one-hot", "soft")
FROM_CLASSES = (nn.softmax_crossentropy, nn.categorical_crossentropy)


def softmax(x: np.ndarray) -> np.ndarray:
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    return (labels[..., None] == np.arange(classes)).astype(float)


def draw_labels(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Labels for scores of ``shape``: classes or distributions."""
    labels = rng.integers(0, shape[-1], shape[:-1])
    if kind == "integers":
        return labels
    if kind == "one-hot":
        return one_hot(labels, shape[-1])
    return softmax(rng.standard_normal(shape))


score_shapes = npst.array_shapes(min_dims=2, max_dims=3, max_side=4)


@st.composite
def scores_and_labels(draw: Any, kinds: tuple[str, ...] = KINDS, softmaxed: bool = False) -> Call:
    """Scores to differentiate by, with labels as a setting."""
    rng = np.random.default_rng(draw(seeds))
    shape = draw(score_shapes)
    # Close to a probability of 0, finite differences prove nothing.
    scores = rng.uniform(-1, 1, shape) if softmaxed else rng.uniform(-4, 4, shape)
    labels = draw_labels(rng, draw(st.sampled_from(kinds)), shape)
    return Call((softmax(scores) if softmaxed else scores,), {"labels": labels})


@st.composite
def scores_and_distributions(draw: Any, softmaxed: bool = False) -> Call:
    """Scores and soft labels, to differentiate by both."""
    call = draw(scores_and_labels(kinds=("soft",), softmaxed=softmaxed))
    return Call((call.settings["labels"], *call.arrays))


@st.composite
def alike(draw: Any, probabilities: bool = False) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = draw(npst.array_shapes(min_dims=0, max_dims=3, max_side=4))
    truth = rng.uniform(0.05, 0.95, shape) if probabilities else rng.uniform(-2, 2, shape)
    return Call((truth, rng.uniform(-4, 4, shape)))


def normalised(loss: Any) -> Any:
    """A loss of arguments that need not be probabilities: they are made such."""

    def function(*arguments: Any) -> Any:
        return loss(*[a / a.sum(axis=-1, keepdims=True) for a in arguments])

    function.__name__ = f"{loss.__name__}_normalised"
    return function


def with_labels(function: Any, arrays: Any, settings: Any) -> Any:
    return function(settings["labels"], *arrays)


def of_softmax(labels: Any, logits: Any) -> Any:
    """What a network that ends in a softmax computes."""
    return nn.categorical_crossentropy(labels, nn.softmax(logits))


def unfused(labels: Any, logits: Any) -> Any:
    exponentials = np.exp(logits)
    p = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return nn.categorical_crossentropy(labels, p)


def soft_targets(loss: Any) -> Any:
    """Both arguments come from scores."""

    def function(a: Any, b: Any) -> Any:
        return loss(nn.softmax(a), b)

    function.__name__ = f"{loss.__name__}_of_softmax"
    return function


@st.composite
def signs(draw: Any) -> Call:
    """Scores, none of them close to where the hinge has its kink, with labels as a setting."""
    rng = np.random.default_rng(draw(seeds))
    shape = draw(npst.array_shapes(min_dims=1, max_dims=3, max_side=4))
    margins = np.where(
        rng.random(shape) < 0.5, rng.uniform(-3, 0.9, shape), rng.uniform(1.1, 3, shape)
    )
    labels = rng.choice([-1.0, 1.0], shape)
    return Call((labels * margins,), {"labels": labels})


@st.composite
def apart(draw: Any, kinks: tuple[float, ...]) -> Call:
    """Arrays whose differences are not close to a kink."""
    rng = np.random.default_rng(draw(seeds))
    shape = draw(npst.array_shapes(min_dims=1, max_dims=3, max_side=4))
    truth, difference = rng.uniform(-2, 2, shape), rng.uniform(-3, 3, shape)
    for kink in kinks:
        difference += 0.2 * (abs(difference - kink) < 0.1)
    return Call((truth, truth + difference))


@st.composite
def vectors(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = draw(npst.array_shapes(min_dims=2, max_dims=3, max_side=4))
    return Call((rng.uniform(0.3, 2, shape), rng.uniform(0.3, 2, shape)))


@st.composite
def with_options(
    draw: Any, inputs: st.SearchStrategy[Call], classes: bool = False, axes: int = 0
) -> Call:
    """The same call with weights, a mask, and options of classes; ``axes`` are not averaged."""
    call = draw(inputs)
    rng = np.random.default_rng(draw(seeds))
    shape = call.arrays[-1].shape
    averaged = shape[: len(shape) - axes]
    hypothesis.assume(averaged)
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        of_weights = averaged[: draw(st.integers(1, len(averaged)))]
        options["sample_weight"] = rng.uniform(0, 2, of_weights) * (rng.random(of_weights) < 0.8)
    if draw(st.booleans()):
        options["mask"] = rng.random(averaged[: draw(st.integers(1, len(averaged)))]) < 0.7
    if classes and draw(st.booleans()):
        options["class_weight"] = rng.uniform(0, 2, shape[-1])
    if classes and draw(st.booleans()):
        options["label_smoothing"] = draw(st.sampled_from([0, 0.1, 1]))
    return Call(call.arrays, call.settings | {"options": options})


def optional(loss: Any) -> Any:
    """The same loss under another name, so that it has a case of its own."""

    def function(*arguments: Any, **options: Any) -> Any:
        return loss(*arguments, **options)

    function.__name__ = f"{loss.__name__}_with_options"
    return function


def called(function: Any, arrays: Any, settings: Any) -> Any:
    labels = (settings["labels"],) if "labels" in settings else ()
    return function(*labels, *arrays, **settings.get("options", {}))


ELEMENTWISE = {
    nn.mse: alike(),
    nn.mae: apart((0.0,)),
    nn.huber: apart((-1.0, 1.0)),
    nn.hinge: signs(),
    nn.sigmoid_crossentropy: alike(probabilities=True),
}


def of_soft_labels(loss: Any) -> Any:
    """Two softmaxes, of which the loss differentiates both."""

    def function(a: Any, b: Any, **options: Any) -> Any:
        return loss(nn.softmax(a), nn.softmax(b), **options)

    function.__name__ = f"{loss.__name__}_of_softmaxes"
    return function


def of_softmax_with(labels: Any, logits: Any, **options: Any) -> Any:
    return nn.categorical_crossentropy(labels, nn.softmax(logits), **options)


def unfused_with(labels: Any, logits: Any, **options: Any) -> Any:
    exponentials = np.exp(logits)
    p = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return nn.categorical_crossentropy(labels, p, **options)


OPTIONAL = [
    *[Case(optional(f), with_options(inputs), called) for f, inputs in ELEMENTWISE.items()],
    Case(optional(nn.softmax_crossentropy), with_options(scores_and_labels(), True, 1), called),
    Case(of_softmax_with, with_options(scores_and_labels(), True, 1), called),
    Case(unfused_with, with_options(scores_and_labels(), True, 1), called),
    Case(of_soft_labels(nn.categorical_crossentropy), with_options(vectors(), True, 1), called),
    Case(of_soft_labels(nn.kl_divergence), with_options(vectors(), axes=1), called),
    Case(optional(nn.cosine_distance), with_options(vectors(), axes=1), called),
]

CASES = op_cases.by_function(
    *OPTIONAL,
    Case(nn.mae, apart((0.0,))),
    Case(nn.huber, apart((-1.0, 1.0))),
    Case(nn.hinge, signs(), called),
    Case(nn.cosine_distance, vectors()),
    Case(of_soft_labels(nn.kl_divergence), vectors()),
    Case(nn.mse, alike()),
    Case(nn.sigmoid_crossentropy, alike(probabilities=True)),
    Case(nn.softmax_crossentropy, scores_and_labels(), with_labels),
    Case(of_softmax, scores_and_labels(), with_labels),
    Case(unfused, scores_and_labels(), with_labels),
    Case(soft_targets(nn.softmax_crossentropy), scores_and_distributions()),
    Case(soft_targets(of_softmax), scores_and_distributions()),
    Case(soft_targets(unfused), scores_and_distributions()),
    Case(normalised(nn.categorical_crossentropy), scores_and_distributions(softmaxed=True)),
)


def test_every_op_has_inputs() -> None:
    own = {op.name for op in op_cases.ops_of(losses) if op_cases.is_from(op.forward, losses)}
    tested = {"mse", "sigmoid_crossentropy", "softmax_crossentropy", "categorical_crossentropy"}
    assert own == tested


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_the_recorded_value_is_the_plain_one(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


# Labels that are differentiated by keep the loss from being fused with the softmax below it, which
# is another way to compute the same numbers, but for rounding.
IN_ONE_WAY = {
    key: case
    for key, case in CASES.items()
    if case.name not in ("of_softmax_of_softmax", "categorical_crossentropy_of_softmaxes")
}


@op_cases.each(IN_ONE_WAY)
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(CASES)
@hypothesis.settings(few, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject, monkeypatch: pytest.MonkeyPatch) -> None:
    op_cases.check_float32(case, data, monkeypatch)


# Other libraries


def torch_mse(y_true: Any, y_pred: Any) -> Any:
    return ((y_pred - y_true) ** 2).mean()


def torch_binary(labels: Any, logits: Any) -> Any:
    from torch.nn.functional import binary_cross_entropy_with_logits

    return binary_cross_entropy_with_logits(logits, labels)


def torch_classes(labels: Any, logits: Any) -> Any:
    import torch

    flat = logits.reshape(-1, logits.shape[-1])
    labels = torch.as_tensor(labels)
    soft = labels.ndim == logits.ndim
    return torch.nn.functional.cross_entropy(flat, labels.reshape(flat.shape if soft else -1))


@pytest.mark.parametrize(
    ("function", "theirs"),
    [
        (nn.mse, torch_mse),
        (nn.sigmoid_crossentropy, torch_binary),
        (nn.softmax_crossentropy, torch_classes),
        (of_softmax, torch_classes),
        (unfused, torch_classes),
    ],
    ids=lambda function: function.__name__,
)
@few
@hypothesis.given(data=st.data())
def test_agrees_with_pytorch(
    function: Any, theirs: Callable[..., Any], data: st.DataObject
) -> None:
    pytest.importorskip("torch")
    op_cases.check_against_torch(CASES[function], theirs, data)


@pytest.mark.parametrize("function", [nn.mse, nn.sigmoid_crossentropy])
@compiled
@hypothesis.given(data=st.data())
def test_agrees_with_jax(function: Any, data: st.DataObject, jax_numpy: Any) -> None:
    import jax

    def binary(y: Any, z: Any) -> Any:
        return -(y * jax.nn.log_sigmoid(z) + (1 - y) * jax.nn.log_sigmoid(-z)).mean()

    theirs = binary if function is nn.sigmoid_crossentropy else torch_mse
    op_cases.check_against_jax(CASES[function], theirs, data)


@pytest.mark.parametrize("function", [nn.softmax_crossentropy, of_softmax])
@compiled
@hypothesis.given(data=st.data())
def test_classes_agree_with_jax(function: Any, data: st.DataObject, jax_numpy: Any) -> None:
    import jax

    def theirs(labels: Any, logits: Any) -> Any:
        if labels.ndim < logits.ndim:
            labels = jax.nn.one_hot(labels, logits.shape[-1])
        return -(labels * jax.nn.log_softmax(logits)).sum(axis=-1).mean()

    op_cases.check_against_jax(CASES[function], theirs, data)


@pytest.mark.parametrize("function", [nn.softmax_crossentropy, of_softmax])
@pytest.mark.parametrize("kind", KINDS)
@hypothesis.given(shape=score_shapes, seed=seeds)
def test_float32_agrees_with_pytorch(
    function: Any, kind: str, shape: tuple[int, ...], seed: int
) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    logits = rng.uniform(-20, 20, shape).astype(np.float32)
    labels = draw_labels(rng, kind, shape)
    variable = torch.tensor(logits, requires_grad=True)
    theirs = torch_classes(labels if kind == "integers" else labels.astype(np.float32), variable)
    (expected,) = torch.autograd.grad(theirs, variable)
    value, gradient = tg.value_and_grad(lambda z: function(labels, z))(logits)
    assert value.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(value, theirs.item(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


def torch_cosine(y_true: Any, y_pred: Any) -> Any:
    from torch.nn.functional import cosine_similarity

    return (1 - cosine_similarity(y_true, y_pred, dim=-1)).mean()


def torch_kl(a: Any, b: Any) -> Any:
    from torch.nn.functional import kl_div, log_softmax, softmax

    rows = int(np.prod(a.shape[:-1]))
    return kl_div(log_softmax(b, -1), softmax(a, -1), reduction="sum") / rows


def torch_huber(y_true: Any, y_pred: Any) -> Any:
    from torch.nn.functional import huber_loss

    return huber_loss(y_pred, y_true)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("mae", lambda y_true, y_pred: (y_pred - y_true).abs().mean()),
        ("huber", torch_huber),
        ("cosine_distance", torch_cosine),
        ("kl_divergence_of_softmaxes", torch_kl),
    ],
)
@few
@hypothesis.given(data=st.data())
def test_more_losses_agree_with_pytorch(
    name: str, theirs: Callable[..., Any], data: st.DataObject
) -> None:
    pytest.importorskip("torch")
    case = next(c for c in CASES.values() if c.name == name and c not in OPTIONAL)
    op_cases.check_against_torch(case, theirs, data)


@pytest.mark.parametrize("function", [nn.softmax_crossentropy, of_softmax_with])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
def test_class_weights_and_smoothing_agree_with_pytorch(
    function: Any, dtype: Any, tolerance: float, smoothing: float, weighted: bool
) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    logits = rng.uniform(-5, 5, (20, 6)).astype(dtype)
    labels = rng.integers(0, 6, 20)
    weights = rng.uniform(0, 3, 6).astype(dtype) if weighted else None
    variable = torch.tensor(logits, requires_grad=True)
    theirs = torch.nn.functional.cross_entropy(
        variable, torch.tensor(labels), label_smoothing=smoothing,
        weight=None if weights is None else torch.tensor(weights),
    )  # fmt: skip
    (expected,) = torch.autograd.grad(theirs, variable)
    for truth in (labels, one_hot(labels, 6)):
        value, gradient = tg.value_and_grad(function, 1)(
            truth, logits, label_smoothing=smoothing, class_weight=weights
        )
        assert value.dtype == gradient.dtype == dtype
        np.testing.assert_allclose(value, theirs.item(), rtol=tolerance)
        np.testing.assert_allclose(gradient, expected, rtol=tolerance, atol=tolerance)


# Weights


def examples_of(loss: Any, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    if loss in (nn.mse, nn.mae, nn.huber, nn.cosine_distance):
        return rng.standard_normal((n, 3)), rng.standard_normal((n, 3))
    if loss is nn.hinge:
        return rng.choice([-1, 1], (n, 3)), rng.standard_normal((n, 3))
    if loss is nn.sigmoid_crossentropy:
        return rng.random((n, 3)), rng.standard_normal((n, 3))
    p = softmax(rng.standard_normal((n, 3)))
    return (
        softmax(rng.standard_normal((n, 3))) if loss is nn.kl_divergence else rng.integers(0, 3, n)
    ), p


WEIGHTED = [
    nn.mse, nn.mae, nn.huber, nn.hinge, nn.sigmoid_crossentropy, nn.softmax_crossentropy,
    nn.categorical_crossentropy, nn.kl_divergence, nn.cosine_distance,
]  # fmt: skip
each_weighted = pytest.mark.parametrize("loss", WEIGHTED, ids=lambda loss: loss.__name__)


@each_weighted
def test_an_example_of_weight_two_is_two_examples(loss: Any) -> None:
    rng = np.random.default_rng(0)
    y, p = examples_of(loss, rng, 6)
    counts = np.array([2, 1, 0, 3, 0, 1])
    expected = loss(np.repeat(y, counts, axis=0), np.repeat(p, counts, axis=0))
    np.testing.assert_allclose(loss(y, p, sample_weight=counts), expected, rtol=1e-12)
    np.testing.assert_allclose(loss(y, p, sample_weight=counts / 7), expected, rtol=1e-12)
    if y.ndim > 1 and loss not in (nn.kl_divergence, nn.cosine_distance):
        of_each = np.repeat(counts[:, None], 3, axis=1)
        np.testing.assert_allclose(loss(y, p, sample_weight=of_each), expected, rtol=1e-12)


@each_weighted
def test_a_mask_leaves_examples_out(loss: Any) -> None:
    rng = np.random.default_rng(1)
    y, p = examples_of(loss, rng, 6)
    mask, weights = np.array([1, 0, 1, 1, 0, 1], bool), rng.random(6)
    np.testing.assert_allclose(loss(y, p, mask=mask), loss(y[mask], p[mask]), rtol=1e-12)
    np.testing.assert_allclose(
        loss(y, p, mask=[*map(bool, mask)]), loss(y[mask], p[mask]), rtol=1e-12
    )
    np.testing.assert_allclose(
        loss(y, p, mask=mask, sample_weight=weights),
        loss(y[mask], p[mask], sample_weight=weights[mask]),
        rtol=1e-12,
    )


@each_weighted
@pytest.mark.parametrize("which", ["mask", "sample_weight"])
def test_what_has_no_weight_may_be_anything(loss: Any, which: str) -> None:
    y, p = examples_of(loss, np.random.default_rng(2), 6)
    mask = np.array([1, 0, 1, 1, 0, 1], bool)
    expected = tg.value_and_grad(lambda p: loss(y[mask], p[mask]))(p)
    for garbage in (-100, 1000) if y.dtype.kind == "i" else (np.nan, np.inf, -7.0):
        spoilt = y.copy()
        spoilt[~mask] = garbage
        options = {which: mask if which == "mask" else mask.astype(float)}
        value, gradient = tg.value_and_grad(loss, 1)(spoilt, p, **options)
        np.testing.assert_allclose(value, expected[0], rtol=1e-12)
        np.testing.assert_allclose(gradient, expected[1], rtol=1e-12, atol=1e-15)
        assert not gradient[~mask].any()


@each_weighted
def test_if_nothing_counts_the_loss_is_zero(loss: Any) -> None:
    y, p = examples_of(loss, np.random.default_rng(3), 4)
    for options in ({"mask": np.zeros(4, bool)}, {"sample_weight": np.zeros(4)}):
        value, gradient = tg.value_and_grad(loss, 1)(y, p, **options)
        assert value == 0
        np.testing.assert_array_equal(gradient, np.zeros(p.shape))
    if loss in (nn.softmax_crossentropy, nn.categorical_crossentropy):
        value, gradient = tg.value_and_grad(loss, 1)(y, p, class_weight=np.zeros(3))
        assert value == 0
        assert not gradient.any()


@each_weighted
@pytest.mark.parametrize("dtype", FLOATS)
def test_weights_do_not_change_the_dtype(loss: Any, dtype: Any) -> None:
    y, p = examples_of(loss, np.random.default_rng(4), 4)
    y = y.astype(dtype) if y.dtype.kind == "f" else y
    value, gradient = tg.value_and_grad(loss, 1)(y, p.astype(dtype), sample_weight=np.arange(4.0))
    assert value.dtype == gradient.dtype == dtype


@each_weighted
def test_weights_mapped_over_a_batch(loss: Any) -> None:
    rng = np.random.default_rng(5)
    pairs = [examples_of(loss, rng, 4) for _ in range(3)]
    y, p = (np.stack(part) for part in zip(*pairs, strict=True))
    weights = rng.random((3, 4)) * (rng.random((3, 4)) < 0.7)

    def function(y: Any, p: Any, w: Any) -> Any:
        return loss(y, p, sample_weight=w)

    for mapped in (function, tg.grad(function, argnums=1)):
        expected = [mapped(*one) for one in zip(y, p, weights, strict=True)]
        np.testing.assert_allclose(tg.vmap(mapped)(y, p, weights), expected, rtol=1e-10, atol=1e-15)


@each_weighted
def test_weights_can_be_differentiated_by(loss: Any) -> None:
    y, p = examples_of(loss, np.random.default_rng(6), 4)
    weights = np.array([0.5, 1.0, 2.0, 0.3])
    tg.testing.check_grads(lambda w: loss(y, p, sample_weight=w), (weights,))


@each_weighted
def test_weights_that_do_not_fit(loss: Any) -> None:
    y, p = examples_of(loss, np.random.default_rng(7), 4)
    for wrong in (np.ones(3), np.ones((4, 1)), np.ones((1, 4)), np.ones(()), np.ones((4, 3, 1))):
        with pytest.raises(
            ValueError, match=f"{loss.__name__}: sample_weight has shape .*expected"
        ):
            loss(y, p, sample_weight=wrong)
        with pytest.raises(ValueError, match=f"{loss.__name__}: mask has shape .*expected"):
            loss(y, p, mask=wrong > 0)
    for value in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="negative or infinite elements, or NaN"):
            loss(y, p, sample_weight=np.array([1.0, 1.0, value, 1.0]))
    with pytest.raises(TypeError, match=r"the mask is of dtype int64.*sample_weight="):
        loss(y, p, mask=np.ones(4, np.int64))


@pytest.mark.parametrize("loss", FROM_CLASSES)
def test_options_of_classes_that_do_not_fit(loss: Any) -> None:
    y, p = examples_of(loss, np.random.default_rng(8), 4)
    for wrong in (np.ones(4), np.ones(2), np.ones((1, 3)), np.ones(())):
        with pytest.raises(ValueError, match=rf"{loss.__name__}: class_weight .* expected \(3,\)"):
            loss(y, p, class_weight=wrong)
    with pytest.raises(TypeError, match=r"class_weight is a dict; .* of shape \(3,\)"):
        loss(y, p, class_weight={0: 1.0})
    for smoothing in (-0.1, 1.5, np.nan):
        with pytest.raises(ValueError, match=r"label_smoothing=.*; expected 0 to 1"):
            loss(y, p, label_smoothing=smoothing)
    # A mask neither hides labels of the wrong shape, nor those that count.
    with pytest.raises(ValueError, match="label 7 at index 1 is out of range"):
        loss(np.array([0, 7, -1, 2]), p, mask=np.array([True, True, False, True]))
    for labels in (np.zeros(1, int), np.zeros((4, 1), int), np.zeros(3, int)):
        with pytest.raises(ValueError, match="expected integer labels"):
            loss(labels, p, mask=np.ones(4, bool))


def test_sequences_of_labels() -> None:
    """(batch, length) labels, with a weight for each sequence or each step."""
    rng = np.random.default_rng(9)
    logits, labels = rng.standard_normal((2, 3, 4)), rng.integers(0, 4, (2, 3))
    mask = np.array([[True, True, False], [True, False, False]])
    by_step = nn.softmax_crossentropy(labels, logits, mask=mask)
    np.testing.assert_allclose(by_step, nn.softmax_crossentropy(labels[mask], logits[mask]))
    by_sequence = nn.softmax_crossentropy(labels, logits, sample_weight=np.array([1.0, 3.0]))
    one, other = (nn.softmax_crossentropy(y, z) for y, z in zip(labels, logits, strict=True))
    np.testing.assert_allclose(by_sequence, (one + 3 * other) / 4)


# Single values


@pytest.mark.parametrize(
    ("difference", "value", "slope", "curvature"),
    [(0.5, 0.125, 0.5, 1.0), (-3.0, 2.5, -1.0, 0.0), (1e300, 1e300, 1.0, 0.0)],
)
def test_huber(difference: float, value: float, slope: float, curvature: float) -> None:
    y, p = np.zeros(1), np.array([difference])
    assert nn.huber(y, p) == value
    assert tg.grad(nn.huber, 1)(y, p) == slope
    assert tg.hessian(lambda p: nn.huber(y, p))(p) == curvature
    assert nn.huber(y, 2 * np.ones(1), delta=0.5) == 0.875


def test_kinks_of_losses() -> None:
    assert tg.grad(nn.mae, 1)(np.ones(1), np.ones(1)) == 0
    assert tg.grad(nn.hinge, 1)(np.ones(1), np.ones(1)) == 0
    assert tg.grad(nn.huber, 1)(np.zeros(1), np.ones(1)) == 1


def test_a_cosine_with_zero_is_zero() -> None:
    y, p = np.array([[1.0, 0.0], [0.0, 0.0]]), np.zeros((2, 2))
    value, gradient = tg.value_and_grad(nn.cosine_distance, 1)(y, p)
    assert value == 1
    assert np.isfinite(gradient).all()
    assert nn.cosine_distance(y, np.array([[2.0, 0.0], [1.0, 1.0]])) == 0.5


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1.0, 1e200, 1e300])
def test_the_size_of_vectors_makes_no_difference_to_their_cosine(size: float) -> None:
    y, p = np.array([[1.0, 2.0, 2.0]]), np.array([[2.0, -1.0, 2.0]])
    for scaled in ((y * size, p), (y, p * size)):
        np.testing.assert_allclose(nn.cosine_distance(*scaled), 1 - 4 / 9, rtol=1e-12)


def test_divergence_from_itself_and_from_certainty() -> None:
    p = softmax(np.random.default_rng(0).standard_normal((5, 4)))
    np.testing.assert_allclose(nn.kl_divergence(p, p), 0, atol=1e-15)
    certain = np.array([[1.0, 0.0]])
    np.testing.assert_allclose(nn.kl_divergence(certain, np.array([[0.25, 0.75]])), np.log(4))
    value, gradient = tg.value_and_grad(lambda z: nn.kl_divergence(certain, nn.softmax(z)))(
        np.array([[-1000.0, 0.0]])
    )
    assert np.isfinite(value)
    np.testing.assert_allclose(gradient, [[-1.0, 1.0]])


def test_labels_of_two_classes() -> None:
    with pytest.raises(
        ValueError, match=r"hinge: a label is 0.0; expected -1 and 1.*2 \* y_true - 1"
    ):
        nn.hinge(np.array([0, 1]), np.ones(2))
    with pytest.raises(
        ValueError, match=r"kl_divergence: y_true has shape .*as many probabilities"
    ):
        nn.kl_divergence(np.array([0, 1]), HALVES)
    for delta in (0, -1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match=r"huber: delta=.*; expected a positive number"):
            nn.huber(np.ones(1), np.ones(1), delta)
    with pytest.raises(ValueError, match=r"cosine_distance: y_pred is a single number"):
        nn.cosine_distance(1.0, 1.0)


# The derivatives by name


@hypothesis.given(call=alike())
def test_mse_derivative_is_the_gradient(call: Call) -> None:
    gradient = tg.grad(nn.mse, argnums=1)(*call.arrays)
    np.testing.assert_array_equal(nn.mse_derivative(*call.arrays), gradient)


@pytest.mark.parametrize("dtype", FLOATS)
@hypothesis.given(data=st.data())
def test_categorical_crossentropy_derivative_is_the_gradient(
    dtype: Any, data: st.DataObject
) -> None:
    call = data.draw(scores_and_labels(softmaxed=True))
    p, labels = call.arrays[0].astype(dtype), call.settings["labels"]
    zero = data.draw(st.booleans())
    if zero:
        p = one_hot(p.argmax(axis=-1), p.shape[-1]).astype(dtype)
    gradient = tg.grad(nn.categorical_crossentropy, argnums=1)(labels, p)
    derivative = nn.categorical_crossentropy_derivative(labels, p)
    assert derivative.dtype == dtype
    assert np.isfinite(derivative).all()
    np.testing.assert_allclose(derivative, gradient, rtol=4 * np.finfo(dtype).eps)


def test_derivatives_can_be_differentiated() -> None:
    y, p = np.array([[0.0, 1.0]]), np.array([[0.75, 0.25]])
    by_name = tg.jacobian(nn.categorical_crossentropy_derivative, argnums=1)(y, p)
    np.testing.assert_array_equal(by_name.reshape(2, 2), [[0, 0], [0, 16]])
    np.testing.assert_array_equal(tg.hessian(nn.categorical_crossentropy, argnums=1)(y, p), by_name)
    by_name = tg.jacobian(nn.mse_derivative, argnums=1)(y, p)
    np.testing.assert_array_equal(tg.hessian(nn.mse, argnums=1)(y, p), by_name)


def test_a_derivative_at_zero_is_not_minus_zero() -> None:
    y, p = np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])
    assert not np.signbit(nn.categorical_crossentropy_derivative(y, p)[0, 0])


def test_a_perfect_prediction_has_loss_zero_not_minus_zero() -> None:
    logits = np.array([[1000.0, 0.0]])
    for labels in (np.array([0]), np.array([[1.0, 0.0]])):
        for value in (
            nn.softmax_crossentropy(labels, logits),
            nn.categorical_crossentropy(labels, np.array([[1.0, 0.0]])),
            of_softmax(labels, tg.Tensor(logits, requires_grad=True)).numpy(),
        ):
            assert value == 0
            assert not np.signbit(value)


# A softmax under a cross-entropy


@pytest.mark.parametrize("function", [nn.softmax_crossentropy, of_softmax])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", FLOATS)
@hypothesis.given(shape=score_shapes, seed=seeds, scale=st.sampled_from([1.0, 100.0, 1e4]))
def test_the_gradient_is_p_minus_y(
    function: Any, kind: str, dtype: Any, shape: tuple[int, ...], seed: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.uniform(-scale, scale, shape).astype(dtype)
    labels = draw_labels(rng, kind, shape)
    truth = one_hot(labels, shape[-1]) if kind == "integers" else labels
    rows = logits.size // shape[-1]
    eps = float(np.finfo(dtype).eps)
    expected = (nn.softmax(logits).astype(float) - truth.astype(dtype)) / rows
    value, gradient = tg.value_and_grad(lambda z: function(labels, z))(logits)
    assert value.dtype == gradient.dtype == dtype
    assert np.isfinite(value)
    # A row of soft labels sums to 1 but for rounding, which its gradient takes into account.
    np.testing.assert_allclose(gradient, expected, rtol=2 * eps, atol=4 * eps / rows)
    if kind != "soft":
        last = float(np.finfo(dtype).smallest_subnormal)
        np.testing.assert_allclose(gradient, expected, rtol=2 * eps, atol=last)


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_gradient_does_not_vanish_with_the_probability(dtype: Any) -> None:
    logits = np.array([[1e4, -1e4, 0.0], [-1e4, 0.0, 1e4]], dtype)
    labels = np.array([1, 2])
    assert nn.softmax(logits)[0, 1] == 0
    expected = np.array([[0.5, -0.5, 0], [0, 0, 0]], dtype)
    for function in (nn.softmax_crossentropy, of_softmax):
        for truth in (labels, one_hot(labels, 3), one_hot(labels, 3).astype(np.float32)):
            gradient = tg.grad(function, argnums=1)(truth, logits)
            np.testing.assert_array_equal(gradient, expected)
    assert nn.softmax_crossentropy(labels, logits) == 1e4


def test_the_plain_gradient_is_finite_where_the_probability_is_zero() -> None:
    p = np.array([[1.0, 0.0]], np.float32)
    value, gradient = tg.value_and_grad(nn.categorical_crossentropy, argnums=1)(np.array([1]), p)
    smallest = np.finfo(np.float32).tiny
    np.testing.assert_allclose(value, -np.log(smallest), rtol=1e-6)
    np.testing.assert_allclose(gradient, [[0, -1 / smallest]], rtol=1e-6)


def test_layers_get_the_fused_gradient() -> None:
    rng = np.random.default_rng(0)
    dense = nn.Dense(3, 4, rng=rng)
    dense.weights *= 1000
    network = nn.NeuralNetwork([dense, nn.Softmax()])
    x, labels = rng.standard_normal((5, 3)).astype(np.float32), rng.integers(0, 4, 5)
    assert (network(x) == 0).any()

    grads = tg.grad(lambda network: nn.categorical_crossentropy(labels, network(x)))(network)
    g = (network(x) - one_hot(labels, 4)) / 5
    np.testing.assert_allclose(grads.layers[0].bias, g.sum(axis=0), atol=1e-6)
    np.testing.assert_allclose(grads.layers[0].weights, x.T @ g, atol=1e-6)

    def functional(params: Any) -> Any:
        p = nn.softmax(nn.dense(x, params["weights"], params["bias"]))
        return nn.categorical_crossentropy(labels, p)

    by_name = tg.grad(functional)({"weights": dense.weights, "bias": dense.bias})
    np.testing.assert_array_equal(by_name["weights"], grads.layers[0].weights)

    def from_logits(dense: Any) -> Any:
        return nn.softmax_crossentropy(labels, dense(x))

    np.testing.assert_array_equal(tg.grad(from_logits)(dense).bias, by_name["bias"])


def test_tensors_get_the_fused_gradient() -> None:
    logits = tg.Tensor(np.array([[1e4, -1e4]]), requires_grad=True)
    of_softmax(np.array([1]), logits).backward()
    np.testing.assert_array_equal(logits.grad, [[1, -1]])


SATURATED = np.array([[1e4, -1e4, 0.0], [3.0, 1.0, 2.0]])
SATURATED_LABELS = np.array([1, 0])


@pytest.mark.parametrize("labels", [SATURATED_LABELS, one_hot(SATURATED_LABELS, 3)])
def test_fused_at_every_order(labels: Any) -> None:
    """Beside a probability of 0, derivatives of every kind are those from logits."""
    z, t = SATURATED, np.array([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]])
    loss, reference = [lambda z, f=f: f(labels, z) for f in (of_softmax, nn.softmax_crossentropy)]
    transforms: list[Callable[[Any], Any]] = [
        lambda f: tg.grad(f)(z),
        lambda f: tg.jvp(f, (z,), (t,))[1],
        lambda f: tg.vjp(f, z)[1](3.0)[0],
        lambda f: tg.hessian(f)(z),
        lambda f: tg.hvp(f, (z,), (t,)),
        lambda f: tg.grad(lambda z: (tg.grad(f)(z) * t).sum())(z),
        lambda f: tg.jvp(lambda z: tg.jvp(f, (z,), (t,))[1], (z,), (t,))[1],
        lambda f: tg.grad(lambda z: tg.jvp(f, (z,), (t,))[1])(z),
        lambda f: tg.grad(lambda z: tg.value_and_grad(f)(z)[0])(z),
        lambda f: tg.jacobian(f)(z),
        lambda f: tg.jacobian(f, mode="forward")(z),
    ]
    for transform in transforms:
        np.testing.assert_allclose(transform(loss), transform(reference), rtol=1e-12, atol=1e-15)


def test_second_derivative_of_the_fused_loss() -> None:
    z = np.array([[0.0, np.log(3.0)]])
    hessian = tg.hessian(lambda z: of_softmax(np.array([0]), z))(z).reshape(2, 2)
    np.testing.assert_allclose(hessian, [[3 / 16, -3 / 16], [-3 / 16, 3 / 16]], rtol=1e-14)


@pytest.mark.parametrize("axis", [-1, 1])
def test_fused_whichever_way_the_last_axis_is_named(axis: int) -> None:
    gradient = tg.grad(
        lambda z: nn.categorical_crossentropy(SATURATED_LABELS, nn.softmax(z, axis=axis))
    )(SATURATED)
    np.testing.assert_array_equal(gradient[0], [0.5, -0.5, 0])


def test_a_softmax_over_another_axis() -> None:
    z = np.random.default_rng(0).standard_normal((3, 4))
    labels = np.array([0, 1, 2, 1])
    over_rows = lambda z: nn.categorical_crossentropy(labels, nn.softmax(z, axis=0).T)
    expected = tg.grad(lambda z: nn.softmax_crossentropy(labels, z.T))(z)
    np.testing.assert_allclose(tg.grad(over_rows)(z), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="y_pred are no probabilities"):
        tg.grad(lambda z: nn.categorical_crossentropy([0, 1, 2], nn.softmax(z, axis=0)))(z)


def test_a_softmax_over_another_axis_that_is_square_is_not_fused() -> None:
    z = np.zeros((2, 2))
    gradient = tg.grad(lambda z: nn.categorical_crossentropy([0, 0], nn.softmax(z, axis=0)))(z)
    np.testing.assert_allclose(gradient, 0)


def test_probabilities_that_were_changed_are_not_fused() -> None:
    """Every change between the softmax and the loss is differentiated too."""
    rng = np.random.default_rng(0)
    z, labels = rng.standard_normal((4, 3)), np.array([0, 1, 2, 1])
    changes: list[Callable[[Any], Any]] = [
        lambda p: 0.9 * p + 0.1 / 3,
        lambda p: p[::-1],
        lambda p: p[:, [1, 2, 0]],
        lambda p: np.clip(p, 0.2, 1) / np.clip(p, 0.2, 1).sum(axis=1, keepdims=True),
        lambda p: p**2 / (p**2).sum(axis=1, keepdims=True),
    ]
    for change in changes:
        tg.testing.check_grads(
            lambda z, c=change: nn.categorical_crossentropy(labels, c(nn.softmax(z))), (z,)
        )


def test_probabilities_that_are_overwritten_are_not_fused() -> None:
    labels = np.array([0, 1])

    def loss(z: Any) -> Any:
        p = nn.softmax(z)
        p *= 0.5
        p += 0.25
        return nn.categorical_crossentropy(labels, p)

    tg.testing.check_grads(loss, (np.array([[1.0, 2.0], [0.5, -1.0]]),))


@pytest.mark.parametrize("labels", [np.array([0, 2]), np.array([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]])])
def test_probabilities_that_are_used_twice(labels: Any) -> None:
    def loss(z: Any) -> Any:
        p = nn.softmax(z)
        confidence = (p * p).sum()
        return nn.categorical_crossentropy(labels, p) + confidence + 2 * of_softmax(labels, z)

    def both(z: Any) -> Any:
        p = nn.softmax(z)
        return nn.categorical_crossentropy(labels, p) * nn.categorical_crossentropy(labels, p)

    z = np.random.default_rng(0).standard_normal((2, 3))
    tg.testing.check_grads(loss, (z,))
    tg.testing.check_grads(both, (z,))


def test_a_distillation_is_differentiated_by_the_teacher_too() -> None:
    rng = np.random.default_rng(0)
    teacher, student = rng.standard_normal((2, 4, 3))
    for loss in (nn.softmax_crossentropy, of_softmax):
        tg.testing.check_grads(lambda a, b, f=loss: f(nn.softmax(a), b), (teacher, student))
        tg.testing.check_grads(lambda z, f=loss: f(nn.softmax(z), 2 * z), (student,))
    fixed = tg.grad(lambda z: nn.softmax_crossentropy(tg.stop_gradient(nn.softmax(z)), 2 * z))(
        student
    )
    np.testing.assert_allclose(
        fixed, 2 * (nn.softmax(2 * student) - nn.softmax(student)) / 4, rtol=1e-12, atol=1e-15
    )


def test_labels_that_are_tensors_without_a_gradient() -> None:
    labels, logits = np.array([0, 2]), np.random.default_rng(0).standard_normal((2, 3))
    for loss in (nn.softmax_crossentropy, of_softmax):
        expected = tg.grad(lambda z, f=loss: f(labels, z))(logits)
        for truth in (labels, one_hot(labels, 3)):
            gradient = tg.grad(lambda z, f=loss, y=truth: f(tg.Tensor(y), z))(logits)
            np.testing.assert_array_equal(gradient, expected)
        assert not loss(tg.Tensor(labels), logits).requires_grad


def test_nothing_is_recorded_under_no_grad() -> None:
    logits = tg.Tensor(np.array([[1.0, 2.0]]), requires_grad=True)
    before = nn.softmax(logits)
    with tg.no_grad():
        for value in (
            nn.softmax_crossentropy([1], logits),
            nn.categorical_crossentropy([1], before),
            nn.categorical_crossentropy([1], nn.softmax(logits)),
            nn.mse([[1.0, 2.0]], logits),
            nn.sigmoid_crossentropy([[1.0, 0.0]], logits),
        ):
            assert not value.requires_grad


def test_a_loss_inside_a_gradient_of_other_things_is_a_constant() -> None:
    p = tg.Tensor([[1.0, 2.0]], requires_grad=True)
    inner = lambda x: x * nn.categorical_crossentropy([1], nn.softmax(p))
    value = tg.grad(inner)(2.0)
    np.testing.assert_allclose(tg.stop_gradient(value), of_softmax([1], np.array([[1.0, 2.0]])))


# Large numbers


@pytest.mark.parametrize("dtype", FLOATS)
@hypothesis.given(seed=seeds, rows=st.integers(1, 40))
def test_extreme_binary_logits(dtype: Any, seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.uniform(-1e4, 1e4, rows).astype(dtype)
    logits[rng.random(rows) < 0.3] /= 1000
    labels = rng.choice([0.0, 1.0, 0.25], rows)
    value, gradient = tg.value_and_grad(lambda z: nn.sigmoid_crossentropy(labels, z))(logits)
    wide = logits.astype(np.longdouble)
    expected = (np.log1p(np.exp(-abs(wide))) + np.maximum(wide, 0) - wide * labels).mean()
    eps = float(np.finfo(dtype).eps)
    assert value.dtype == gradient.dtype == dtype
    np.testing.assert_allclose(float(value), float(expected), rtol=4 * eps)
    slope = (1 / (1 + np.exp(-wide)) - labels) / rows
    np.testing.assert_allclose(gradient, slope.astype(float), rtol=4 * eps, atol=4 * eps / rows)


def test_small_binary_losses_are_exact() -> None:
    value = nn.sigmoid_crossentropy(np.float32([1.0]), np.float32([40.0]))
    np.testing.assert_allclose(value, np.exp(-40.0), rtol=1e-6)


def test_second_derivative_of_binary_crossentropy_at_zero() -> None:
    labels = np.array([0.0, 1.0])
    hessian = tg.hessian(lambda z: nn.sigmoid_crossentropy(labels, z))(np.zeros(2))
    np.testing.assert_array_equal(hessian, np.eye(2) * 0.125)
    value_of_value = tg.hessian(
        lambda z: tg.value_and_grad(lambda z: nn.sigmoid_crossentropy(labels, z))(z)[0]
    )(np.zeros(2))
    np.testing.assert_array_equal(value_of_value, hessian)


def test_a_mean_in_float16_does_not_overflow() -> None:
    logits = np.tile(np.array([1e4, -1e4], np.float16), (1000, 1))
    labels = np.ones(1000, int)
    assert nn.softmax_crossentropy(labels, logits) == 20_000
    assert nn.sigmoid_crossentropy(one_hot(labels, 2), logits) == 10_000
    differences = np.full(10_000, 100, np.float16)
    np.testing.assert_allclose(nn.mse(0 * differences, differences), 1e4, rtol=5e-3)
    assert nn.mse_derivative(0 * differences, differences).dtype == np.float16


@pytest.mark.parametrize("kind", ["integers", "one-hot"])
def test_masked_classes(kind: str) -> None:
    logits = np.array([[1.0, -np.inf, 2.0], [0.0, 3.0, -np.inf]])
    labels = np.array([0, 1])
    truth = labels if kind == "integers" else one_hot(labels, 3)
    value, gradient = tg.value_and_grad(lambda z: nn.softmax_crossentropy(truth, z))(logits)
    np.testing.assert_allclose(value, (np.log1p(np.exp(1.0)) + np.log1p(np.exp(-3.0))) / 2)
    np.testing.assert_allclose(gradient, (nn.softmax(logits) - one_hot(labels, 3)) / 2)
    second = tg.grad(lambda z: (tg.grad(lambda z: nn.softmax_crossentropy(truth, z))(z) ** 2).sum())
    assert np.isfinite(second(logits)).all()


# What goes in


@pytest.mark.parametrize("loss", FROM_CLASSES)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64])
def test_labels_of_every_integer_dtype(loss: Any, dtype: Any) -> None:
    p = softmax(np.random.default_rng(0).standard_normal((200, 130)))
    labels = np.arange(200) % 128
    expected = loss(labels, p)
    assert loss(labels.astype(dtype), p) == expected
    gradient = tg.grad(loss, argnums=1)(labels.astype(dtype), p)
    np.testing.assert_array_equal(gradient, tg.grad(loss, argnums=1)(labels, p))


@pytest.mark.parametrize("loss", FROM_CLASSES)
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_one_hot_rows_of_every_dtype(loss: Any, dtype: Any) -> None:
    p = softmax(np.random.default_rng(0).standard_normal((5, 4))).astype(np.float32)
    labels = np.array([0, 3, 2, 1, 1])
    value, gradient = tg.value_and_grad(loss, argnums=1)(one_hot(labels, 4).astype(dtype), p)
    assert value.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(value, loss(labels, p), rtol=1e-6)
    np.testing.assert_allclose(gradient, tg.grad(loss, argnums=1)(labels, p), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("layout", op_cases.LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 3)])
def test_memory_layouts(layout: str, kind: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    p = softmax(rng.standard_normal(shape))
    labels = draw_labels(rng, kind, shape)
    for loss in FROM_CLASSES:
        expected = tg.value_and_grad(loss, argnums=1)(labels, p)
        arguments = [op_cases.laid_out(array, layout) for array in (labels, p)]
        found = tg.value_and_grad(loss, argnums=1)(*arguments)
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(arguments[1], p)


@pytest.mark.parametrize("loss", FROM_CLASSES)
def test_axes_before_the_classes_are_all_the_batch(loss: Any) -> None:
    rng = np.random.default_rng(0)
    p = softmax(rng.standard_normal((2, 3, 4)))
    for kind in KINDS:
        labels = draw_labels(rng, kind, p.shape)
        flat = labels.reshape(-1) if kind == "integers" else labels.reshape(-1, 4)
        value, gradient = tg.value_and_grad(loss, argnums=1)(labels, p)
        expected = tg.value_and_grad(loss, argnums=1)(flat, p.reshape(-1, 4))
        np.testing.assert_allclose(value, expected[0], rtol=1e-12)
        np.testing.assert_allclose(gradient, expected[1].reshape(p.shape), rtol=1e-12)


@pytest.mark.parametrize("loss", FROM_CLASSES)
def test_one_example(loss: Any) -> None:
    p = softmax(np.array([1.0, 2.0, 3.0]))
    assert loss(2, p) == loss([2], p[None])
    np.testing.assert_array_equal(
        tg.grad(loss, argnums=1)(2, p), tg.grad(loss, argnums=1)([2], p[None])[0]
    )


@pytest.mark.parametrize("loss", FROM_CLASSES)
@pytest.mark.parametrize(
    ("kind", "rows"), [("integers", ()), ("integers", (2,)), ("one-hot", (2,)), ("soft", (2,))]
)
def test_mapped_over_a_batch(loss: Any, kind: str, rows: tuple[int, ...]) -> None:
    """Losses and gradients of each example alone, also through a softmax."""
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((5, *rows, 3))
    labels = draw_labels(rng, kind, logits.shape)

    def function(labels: Any, z: Any) -> Any:
        return loss(labels, z if loss is nn.softmax_crossentropy else nn.softmax(z))

    for mapped in (function, tg.grad(function, argnums=1)):
        expected = [mapped(y, z) for y, z in zip(labels, logits, strict=True)]
        np.testing.assert_allclose(tg.vmap(mapped)(labels, logits), expected, rtol=1e-12)
        shared = [mapped(labels[0], z) for z in logits]
        found = tg.vmap(mapped, (None, 0))(labels[0], logits)
        np.testing.assert_allclose(found, shared, rtol=1e-12)


@pytest.mark.parametrize("loss", [nn.mse, nn.sigmoid_crossentropy])
def test_elementwise_losses_mapped_over_a_batch(loss: Any) -> None:
    rng = np.random.default_rng(0)
    y, z = rng.random((4, 3)), rng.standard_normal((4, 3))
    for mapped in (loss, tg.grad(loss, argnums=(0, 1))):
        found = tg.tree.leaves(tg.vmap(mapped)(y, z))
        expected = [tg.tree.leaves(mapped(*pair)) for pair in zip(y, z, strict=True)]
        for leaf, rows in zip(found, zip(*expected, strict=True), strict=True):
            np.testing.assert_allclose(leaf, rows, rtol=1e-12)


@pytest.mark.parametrize("loss", [nn.mse, nn.sigmoid_crossentropy])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("truth", [np.int64, np.uint8, bool, np.float32, np.float64])
def test_a_loss_has_the_dtype_of_the_prediction(loss: Any, dtype: Any, truth: Any) -> None:
    y, z = np.array([1, 0, 1]).astype(truth), np.array([0.5, -0.25, 2.0], dtype)
    value, gradient = tg.value_and_grad(loss, argnums=1)(y, z)
    assert value.dtype == gradient.dtype == dtype
    np.testing.assert_array_equal(value, loss(y.astype(dtype), z))
    np.testing.assert_array_equal(gradient, tg.grad(loss, argnums=1)(y.astype(dtype), z))


def test_mse_derivative_has_the_dtype_of_the_prediction() -> None:
    assert nn.mse_derivative(np.array([1, 2]), np.float32([1, 2])).dtype == np.float32


def test_mse_of_numbers_lists_and_integers() -> None:
    assert nn.mse(1.0, 3.0) == 4
    assert nn.mse([1, 2], [1, 4]) == 2
    assert nn.mse(np.array([1, 2]), np.array([1, 4])).dtype == np.float64
    assert tg.grad(nn.mse, argnums=1)(1.0, 3.0) == 4
    assert nn.mse(np.uint8([0]), np.uint8([200])) == 40_000


def test_outside_of_a_transform_a_loss_is_a_plain_number() -> None:
    p = np.float32([[0.5, 0.5]])
    for value in (
        nn.mse(p, p),
        nn.softmax_crossentropy([1], p),
        nn.categorical_crossentropy([1], p),
        nn.sigmoid_crossentropy(p, p),
    ):
        assert type(value) is np.float32


# What is refused

ALIKE = [
    nn.mse, nn.mse_derivative, nn.mae, nn.huber, nn.hinge, nn.cosine_distance,
    nn.sigmoid_crossentropy,
]  # fmt: skip


@pytest.mark.parametrize("loss", ALIKE)
@pytest.mark.parametrize(
    ("first", "second"),
    [((3, 1), (3,)), ((3,), (3, 1)), ((3,), (1, 3)), ((), (1,)), ((1,), ()), ((3, 1), (1, 3))],
)
def test_operands_that_would_broadcast(loss: Any, first: Any, second: Any) -> None:
    names = ("labels", "logits") if loss is nn.sigmoid_crossentropy else ("y_true", "y_pred")
    with pytest.raises(
        ValueError, match=f"{loss.__name__}: {names[0]} has shape .* {names[1]} has "
    ) as caught:
        loss(np.ones(first), np.ones(second))
    message = str(caught.value)
    assert str(first) in message
    assert str(second) in message
    assert f"{names[0]}.reshape({names[1]}.shape)" in message


@pytest.mark.parametrize("loss", ALIKE)
def test_operands_of_other_sizes_or_empty(loss: Any) -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 3\) .*\(3,\). They must be alike, element"):
        loss(np.ones((2, 3)), np.ones(3))
    for shape in ((0,), (3, 0)):
        with pytest.raises(ValueError, match="empty; the mean of nothing is undefined"):
            loss(np.ones(shape), np.ones(shape))


@pytest.mark.parametrize(
    "loss", [nn.mse, nn.mse_derivative, nn.sigmoid_crossentropy, *FROM_CLASSES]
)
@pytest.mark.parametrize(
    "wrong", [np.array([["a", "b"]]), np.array([[None, 1]]), np.ones((1, 2), complex)]
)
def test_operands_that_are_no_real_numbers(loss: Any, wrong: Any) -> None:
    right = np.array([[0.5, 0.5]])
    for operands in ((wrong, right), (right, wrong)):
        with pytest.raises(TypeError, match=f"{loss.__name__}: expected real numbers, not dtype"):
            loss(*operands)


BY_PROBABILITIES = (nn.categorical_crossentropy, nn.categorical_crossentropy_derivative)
HALVES = np.full((2, 2), 0.5)


@pytest.mark.parametrize("loss", [nn.softmax_crossentropy, *BY_PROBABILITIES])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 2], "label 2 at index 1 is out of range; with 2 classes, labels are 0 to 1"),
        ([-1, 1], "label -1 at index 0 is out of range"),
        ([0.0, 1.0], r"labels of dtype float64 have shape \(2,\) and predictions \(2, 2\)"),
        ([[0], [1]], r"labels of dtype int64 have shape \(2, 1\) .* expected integer labels"),
        (
            [0],
            r"labels of dtype int64 have shape \(1,\) .* expected integer labels of shape \(2,\)",
        ),
        ([[1.0, 1.0], [0.0, 1.0]], "labels are no probabilities: .* the sums go from 1.0 to 2.0"),
        ([[0.5, 0.52], [0.0, 1.0]], "labels are no probabilities: .* the sums go from 1.0 to 1.02"),
        ([[-0.5, 1.5], [0.0, 1.0]], "labels are no probabilities: .* the smallest is -0.5"),
        ([[np.nan, 1.0], [0.0, 1.0]], "labels are no probabilities: .* the smallest is nan"),
        ([[np.inf, 1.0], [0.0, 1.0]], "labels are no probabilities"),
        ([[-np.inf, np.inf], [0.0, 1.0]], "labels are no probabilities"),
        ([[0, 0], [0, 1]], "labels are no probabilities: .* the sums go from 0.0 to 1.0"),
    ],
)
def test_labels_that_are_none(loss: Any, labels: Any, message: str) -> None:
    truth = np.array(labels)
    with pytest.raises(ValueError, match=f"{loss.__name__}: {message}"):
        loss(truth, HALVES)
    with pytest.raises(ValueError, match=f"{loss.__name__}: {message}"):
        tg.vjp(lambda p: loss(truth, p), HALVES)
    with pytest.raises(ValueError, match=loss.__name__):
        tg.vmap(loss)(truth[None], HALVES[None])


@pytest.mark.parametrize("loss", BY_PROBABILITIES)
@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([[1.0, 2.0], [0.5, 0.5]], "the sums go from 1.0 to 3.0"),
        ([[0.5, 0.48], [0.5, 0.5]], "the sums go from 0.98 to 1.0"),
        ([[-1.0, 2.0], [0.5, 0.5]], "the smallest is -1.0"),
        ([[np.nan, 0.5], [0.5, 0.5]], "the smallest is nan"),
        ([[np.inf, 0.5], [0.5, 0.5]], "the sums go from 1.0 to inf"),
    ],
)
def test_predictions_that_are_no_probabilities(loss: Any, p: Any, message: str) -> None:
    pattern = f"{loss.__name__}: y_pred are no probabilities: .*{message}"
    for labels in ([0, 1], HALVES):
        with pytest.raises(ValueError, match=pattern):
            loss(labels, np.array(p))
        with pytest.raises(ValueError, match=pattern):
            tg.vjp(lambda p, y=labels: loss(y, p), np.array(p))


@pytest.mark.parametrize("loss", [nn.softmax_crossentropy, *BY_PROBABILITIES])
def test_predictions_without_a_batch_or_classes(loss: Any) -> None:
    for shape in ((), (0, 3), (3, 0), (0,)):
        with pytest.raises(ValueError, match="expected \\(batch, classes\\), not empty"):
            loss(np.zeros(shape[:-1], int), np.zeros(shape))
    # One row of probabilities could as well be a batch of binary ones.
    with pytest.raises(ValueError, match=r"labels of dtype float64 have shape \(2,\)"):
        loss(np.array([0.0, 1.0]), np.array([0.5, 0.5]))


@pytest.mark.parametrize("labels", [[-0.1, 1.0], [0.0, 1.5], [0.0, 2], [np.nan, 0.0]])
def test_binary_labels_that_are_none(labels: Any) -> None:
    with pytest.raises(ValueError, match=r"sigmoid_crossentropy: labels go from .* from 0 to 1"):
        nn.sigmoid_crossentropy(np.array(labels), np.zeros(2))


def test_probabilities_may_be_rounded() -> None:
    rng = np.random.default_rng(0)
    p = softmax(rng.standard_normal((50, 1000))).astype(np.float16)
    labels = draw_labels(rng, "soft", p.shape).astype(np.float16)
    assert np.isfinite(nn.categorical_crossentropy(labels, p))


def test_the_gradient_counts_what_soft_labels_sum_to() -> None:
    """Rounded labels sum to a little more or less than 1; the gradient is that of the loss."""
    labels = np.array([[0.33, 0.33, 0.333], [0.5, 0.25, 0.255]])
    z = np.array([[0.1, -2.0, 1.0], [0.3, 0.2, -0.5]])
    for loss in (nn.softmax_crossentropy, of_softmax):
        tg.testing.check_grads(lambda z, f=loss: f(labels, z), (z,))
    step = 1e-6 * np.array([[1.0, 0, 0], [0, 0, 0]])
    slope = (of_softmax(labels, z + step) - of_softmax(labels, z - step)) / 2e-6
    fused = tg.grad(lambda z: of_softmax(labels, z))(z)[0, 0]
    np.testing.assert_allclose(fused, slope, rtol=1e-7)


def test_nan_logits_give_nan() -> None:
    logits = np.array([[np.nan, 1.0]])
    for function in (nn.softmax_crossentropy, of_softmax):
        value, gradient = tg.value_and_grad(lambda z, f=function: f([1], z))(logits)
        assert np.isnan(value)
        assert np.isnan(gradient).all()


def test_losses_are_pickled_and_copied_by_name() -> None:
    for name in losses.__all__:
        loss = getattr(nn, name)
        assert pickle.loads(pickle.dumps(loss)) is loss
        assert copy.deepcopy(loss) is loss
