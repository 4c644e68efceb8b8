"""Settings of the whole suite: threads, hypothesis profiles, and no test may leave a trace."""

from __future__ import annotations

import os
from pathlib import Path

# Before anything imports NumPy: a BLAS reads these once, when it is loaded. Threads gain nothing on
# small matrices, and on a machine that has other work they wait for each other: a training run was
# thirty times slower on two threads than on one.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
# Pictures are written to files, on machines without a screen too.
os.environ.setdefault("MPLBACKEND", "Agg")
# MNIST is read from this clone, even where the package under test is an installed wheel.
os.environ["TINYGRAD_NP_DATA"] = str(Path(__file__).resolve().parent.parent / "examples" / "data")

from collections.abc import Iterator
from types import ModuleType

import hypothesis
import numpy as np
import pytest

import tinygrad_np as tg

# Programs of other people, which `test_user_projects.py` runs.
collect_ignore = ["user_projects"]

# `ci` draws the same examples every time, so that green stays green; `nightly` looks for new ones:
# HYPOTHESIS_PROFILE=nightly python -m pytest
hypothesis.settings.register_profile(
    "ci",
    derandomize=True,
    max_examples=30,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "nightly",
    max_examples=2000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def global_state() -> dict[str, object]:
    """Return what the library must leave as it found it, in a form that `==` compares."""
    algorithm, key, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002 - watched, not used
    return {
        "np.geterr()": np.geterr(),
        "np.get_printoptions()": np.get_printoptions(),
        "np.random's legacy state (pass a np.random.Generator instead)": (
            algorithm,
            key.tobytes(),
            position,
            has_gauss,
            cached,
        ),
        "the working directory": os.getcwd(),
    }


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """Fail a test that leaves global state changed.

    Floating-point errors: NumPy's own policy stays in force (warn, underflow excepted), and
    setup.cfg turns each warning into an error. A test that means to divide by zero says so with
    `np.errstate`.
    """
    before = global_state()
    yield
    after = global_state()
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, f"the test left these changed: {', '.join(changed)}"


@pytest.fixture(scope="module")
def jax_numpy() -> Iterator[ModuleType]:
    """`jax.numpy` in double precision, to compare with; skips the test if JAX is not installed."""
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax.numpy
    jax.config.update("jax_enable_x64", before)
    # What it has compiled, for each shape anew, is a gigabyte for linear algebra alone.
    jax.clear_caches()


@pytest.fixture
def plain_numpy() -> Iterator[None]:
    """Exchange no names in functions that are differentiated."""
    with tg.plain_numpy():
        yield
