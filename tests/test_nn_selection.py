"""nn/selection.py: dropout and embedding."""

from __future__ import annotations

from typing import Any

import batch_checks
import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, seeds

import tinygrad_np as tg
from tinygrad_np import nn
from tinygrad_np.nn import selection

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


def drop(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return function(*arrays, settings["rate"], np.random.default_rng(settings["seed"]))


@st.composite
def dropping(draw: Any) -> Call:
    settings = {"rate": draw(st.sampled_from([0.0, 0.2, 0.5, 1])), "seed": draw(seeds)}
    return Call(draw(op_cases.unary()).arrays, settings)


@st.composite
def keeping(draw: Any) -> Call:
    (x,) = draw(op_cases.unary()).arrays
    kept = np.random.default_rng(draw(seeds)).random(x.shape) < 0.5
    return Call((x,), {"kept": kept, "factor": 1.25})


@st.composite
def looking_up(draw: Any) -> Call:
    """A table, and indices of which some may be equal, perhaps none."""
    rng = np.random.default_rng(draw(seeds))
    rows, features = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    dtype = draw(st.sampled_from([np.int64, np.uint8, np.int32]))
    indices = rng.integers(0, rows, shape).astype(dtype)
    return Call((rng.standard_normal((rows, features)),), {"indices": indices})


CASES = op_cases.by_function(
    Case(nn.dropout, dropping(), drop),
    Case(nn.embedding, looking_up()),
    Case(
        selection.keep_op,
        keeping(),
        lambda op, arrays, settings: op(*arrays, settings["kept"], factor=settings["factor"]),
    ),
)


def test_every_function_has_inputs() -> None:
    assert {getattr(selection, name) for name in selection.__all__} <= set(CASES)
    assert op_cases.ops_of(selection) == [selection.keep_op]


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_the_recorded_value_is_the_plain_one(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@hypothesis.settings(few, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject, monkeypatch: pytest.MonkeyPatch) -> None:
    op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    batch_checks.check_batches(case, data)


def test_embedding_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    for dtype, rtol in ((np.float64, 1e-12), (np.float32, 1e-5)):
        table = rng.standard_normal((50, 8)).astype(dtype)
        indices = rng.integers(0, 50, (16, 30))
        out, pullback = tg.vjp(lambda table: nn.embedding(table, indices), table)
        cotangent = rng.standard_normal(out.shape).astype(dtype)
        tensor = torch.tensor(table, requires_grad=True)
        theirs = torch.nn.functional.embedding(torch.tensor(indices), tensor)
        (gradient,) = torch.autograd.grad(theirs, tensor, torch.tensor(cotangent))
        np.testing.assert_array_equal(out, theirs.detach())
        np.testing.assert_allclose(pullback(cotangent)[0], gradient, rtol=rtol, atol=rtol)


def test_each_example_of_a_batch_can_look_up_its_own_rows() -> None:
    rng = np.random.default_rng(0)
    table, indices = rng.standard_normal((5, 2)), rng.integers(0, 5, (4, 3))
    found = tg.vmap(nn.embedding, (None, 0))(table, indices)
    np.testing.assert_array_equal(found, table[indices])
    gradients = tg.vmap(tg.grad(lambda t, i: nn.embedding(t, i).sum()), (None, 0))(table, indices)
    for gradient, row in zip(gradients, indices, strict=True):
        np.testing.assert_array_equal(gradient[:, 0], np.bincount(row, minlength=5))
    with pytest.raises(ValueError, match=r"indices\[0, 0\] is "):
        tg.vmap(nn.embedding, (None, 0))(table, indices + 5 * (indices == indices[0, 0]))


# dropout


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_drops_as_many_as_it_says_and_keeps_the_mean(rate: float, dtype: Any) -> None:
    out = nn.dropout(np.ones((400, 500), dtype), rate, np.random.default_rng(0))
    assert out.dtype == dtype
    assert abs(np.mean(out == 0) - rate) < 0.005
    assert abs(out.mean() - 1) < 0.02
    np.testing.assert_allclose(out[out != 0], 1 / (1 - rate), rtol=1e-6)


def test_the_gradient_is_dropped_where_the_value_is() -> None:
    x = np.ones((20, 30))
    out, pullback = tg.vjp(lambda x: nn.dropout(x, 0.4, np.random.default_rng(1)), x)
    np.testing.assert_array_equal(pullback(x)[0], out)


def test_the_same_seed_drops_the_same() -> None:
    x = np.ones(100)
    outs = [nn.dropout(x, 0.5, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(outs[0], outs[1])
    assert np.any(outs[0] != outs[2])


def test_rate_zero_draws_nothing_and_rate_one_leaves_nothing() -> None:
    rng = np.random.default_rng(0)
    x = np.ones(5)
    np.testing.assert_array_equal(nn.dropout(x, 0, rng), x)
    assert rng.random() == np.random.default_rng(0).random()
    np.testing.assert_array_equal(nn.dropout(x, 1, rng), np.zeros(5))


def test_dropout_refuses_what_makes_no_sense() -> None:
    rng = np.random.default_rng(0)
    for rate in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match=r"dropout: rate=.*; expected a number from 0 to 1"):
            nn.dropout(np.ones(3), rate, rng)
    for rate in ("half", None, np.ones(3)):
        with pytest.raises(TypeError, match=r"dropout: rate=.*; expected a real number"):
            nn.dropout(np.ones(3), rate, rng)
    for bad in (None, 0, np.random):
        with pytest.raises(TypeError, match="dropout: rng is of type"):
            nn.dropout(np.ones(3), 0.5, bad)
    with pytest.raises(TypeError, match="dropout: expected real numbers"):
        nn.dropout(np.ones(3, complex), 0.5, rng)


# embedding


@pytest.mark.parametrize("indices", [[0, 3], [[0, 1], [7, 1]], [-1], 3, [2**40]])
def test_a_row_that_is_not_there_is_refused(indices: Any) -> None:
    with pytest.raises(ValueError, match=r"embedding: indices.* the table has 3 rows, and ind"):
        nn.embedding(np.ones((3, 2)), indices)


def test_embedding_refuses_what_makes_no_sense() -> None:
    for indices in ([0.0, 1.0], [True], ["a"], None):
        with pytest.raises(TypeError, match="embedding: indices: expected integers"):
            nn.embedding(np.ones((3, 2)), indices)
    with pytest.raises(ValueError, match=r"the table has shape \(3,\); expected \(rows, features"):
        nn.embedding(np.ones(3), [0])
    assert nn.embedding(np.ones((3, 2)), []).shape == (0, 2)
