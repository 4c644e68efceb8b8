"""What must hold of every op under tg.vmap: it does to a batch what a loop does."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
from op_cases import Case, outputs, seeds

import tinygrad_np as tg


def check_batches(case: Case, data: st.DataObject) -> None:
    """Values and gradients of a batch are those of its examples, one by one."""
    call = case.draw(data, np.float64)
    fun = lambda *arrays: outputs(case.bind(call.settings)(*arrays))
    rng = np.random.default_rng(data.draw(seeds))
    mapped = [data.draw(st.booleans()) for _ in call.arrays]
    hypothesis.assume(any(mapped))
    # Near to each other, so that all are in the domain from which the first was drawn.
    batches = [
        np.stack([array * scale for scale in (1, 0.99, 1.01)]) if is_mapped else array
        for array, is_mapped in zip(call.arrays, mapped, strict=True)
    ]
    axes = tuple(0 if is_mapped else None for is_mapped in mapped)
    examples = [
        [batch[i] if is_mapped else batch for batch, is_mapped in zip(batches, mapped, strict=True)]
        for i in range(3)
    ]
    compare(tg.vmap(fun, axes)(*batches), [fun(*example) for example in examples])
    cotangents = [rng.standard_normal(np.shape(out)) for out in fun(*examples[0])]

    def gradients(*arrays: Any) -> Any:
        return tg.vjp(fun, *arrays)[1](cotangents)

    compare(tg.vmap(gradients, axes)(*batches), [gradients(*example) for example in examples])


def compare(found: Any, one_by_one: list[Any]) -> None:
    for batch, *rows in zip(found, *one_by_one, strict=True):
        expected = np.stack(rows)
        assert batch.dtype == expected.dtype
        np.testing.assert_allclose(batch, expected, rtol=1e-9, atol=1e-9)
