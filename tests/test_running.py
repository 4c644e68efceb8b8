"""running.py: functions are differentiated as they stand; names are as they were afterwards."""

from __future__ import annotations

import builtins
import copy
import functools
import gc
import importlib
import json
import math
import numbers
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import types
import weakref
from collections.abc import Callable
from math import sin
from pathlib import Path
from typing import Any

import numpy
import numpy as np
import numpy.linalg as la
import pytest
from numpy import array, zeros
from numpy.linalg import norm
from numpy.random import default_rng

import tinygrad_np as tg
from tinygrad_np import running

X = np.array([0.5, 1.5, 2.5])


def powers(x: Any) -> Any:
    out = zeros(3)
    for i in range(3):
        out[i] = x[i] ** (i + 1)
    return out


class Spring:
    """A class whose methods make arrays."""

    scale = 2.0

    def __init__(self, x: Any) -> None:
        self.matrix = np.array([[x[0], 1.0], [x[1], x[2]]])

    def __call__(self, y: Any) -> Any:
        return self.scale * la.det(self.matrix) * y

    @property
    def length(self) -> Any:
        return la.norm(array([self.matrix[0, 0], 3.0]))


def joined(x: Any) -> Any:
    weights = default_rng(0).normal(size=2)
    weights += x[0]
    return norm([x[0], x[1]]) * np.sum(weights)


def total(x: Any) -> Any:
    spring = Spring(powers(x))
    return spring(sin(x[0])) + spring.length + math.hypot(x[1], x[2]) + numpy.max([x[0], joined(x)])


def names() -> dict[str, Any]:
    return {name: value for name, value in globals().items() if name != "__warningregistry__"}


def same_names(before: dict[str, Any]) -> bool:
    return all(globals()[name] is value for name, value in before.items())


def test_a_program_of_functions_and_classes() -> None:
    before = names()
    tg.testing.check_grads(total, (X,), order=2)
    assert tg.vjp(total, X)[0] == pytest.approx(total(X), rel=1e-14)
    assert tg.grad(total)(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(
        tg.vmap(total)(np.stack([X, X + 1])), [total(X), total(X + 1)], rtol=1e-13
    )
    assert tg.hessian(total)(X).shape == (3, 3)
    assert same_names(before)


def test_names_are_restored_after_an_error() -> None:
    before = names()

    def fails(x: Any) -> Any:
        assert np is not before["np"]
        raise KeyError("no such spring")

    with pytest.raises(KeyError):
        tg.grad(fails)(X)
    assert same_names(before)


def test_within_nested_transforms() -> None:
    def inner(x: Any) -> Any:
        return tg.grad(total)(x)[0] * np.array([x[0]])[0]

    before = names()
    step = 1e-6
    slope = (inner(X + step) - inner(X - step)) / (2 * step)
    assert np.sum(tg.grad(inner)(X)) == pytest.approx(slope, rel=1e-6)
    assert same_names(before)


def method_of(x: Any) -> Any:
    return Filling().fill(x)


class Filling:
    """A class with methods of each kind."""

    def fill(self, x: Any) -> Any:
        return np.sum(self.doubled(np.array([x[0], x[1]])))

    @staticmethod
    def doubled(x: Any) -> Any:
        return np.array([2 * x[0], x[1]])

    @classmethod
    def made(cls, x: Any) -> Any:
        return cls().fill(x)

    def __call__(self, x: Any) -> Any:
        return self.fill(x)


def decorated(fun: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fun)
    def wrapped(*args: Any) -> Any:
        return fun(*args)

    return wrapped


@pytest.mark.parametrize(
    "fun",
    [
        method_of,
        Filling().fill,
        Filling.made,
        Filling(),
        decorated(method_of),
        lambda x: method_of(x),
        tg.checkpoint(method_of),
        functools.partial(Filling.fill, Filling()),
        functools.lru_cache(decorated(method_of)),
    ],
)
def test_callables_of_every_kind(fun: Callable[..., Any]) -> None:
    if isinstance(fun, functools._lru_cache_wrapper):
        np.testing.assert_array_equal(tg.grad(lambda x: fun(Hashable(x)))(X), [2, 1, 0])
    else:
        np.testing.assert_array_equal(tg.grad(fun)(X), [2, 1, 0])


class Hashable:
    """An argument for a function that remembers."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, index: int) -> Any:
        return self.x[index]


def test_with_plain_numpy_nothing_is_exchanged() -> None:
    seen = []

    def fun(x: Any) -> Any:
        seen.append((np, math))
        return x**2

    with tg.plain_numpy():
        tg.grad(fun)(1.0)
        with tg.plain_numpy():
            pass
        tg.grad(fun)(1.0)
        with pytest.raises(tg.GradientError):
            tg.grad(total)(X)
    assert seen == [(numpy, math)] * 2
    tg.grad(fun)(1.0)
    assert seen[2] != (numpy, math)


def module(name: str, source: str, folder: Path, monkeypatch: Any) -> types.ModuleType:
    (folder / f"{name}.py").write_text(textwrap.dedent(source))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)
    found = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    sys.modules[name] = found
    return found


FILLING = """
    import numpy as np

    def fill(x):
        y = np.zeros(2)
        y[0], y[1] = x[0], x[1]
        return np.sum(y)
"""


def test_functions_of_other_modules(tmp_path: Path, monkeypatch: Any) -> None:
    first = module("springs_of_a_test", FILLING, tmp_path, monkeypatch)
    np.testing.assert_array_equal(tg.grad(lambda x: first.fill(x) * x[0])(X), [2.5, 0.5, 0])
    # A module that is imported anew has variables of its own.
    monkeypatch.delitem(sys.modules, "springs_of_a_test")
    second = module(
        "springs_of_a_test", FILLING.replace("np.sum(y)", "3 * np.sum(y)"), tmp_path, monkeypatch
    )
    np.testing.assert_array_equal(tg.grad(lambda x: second.fill(x))(X), [3, 3, 0])
    assert first.np is second.np is numpy


def test_names_that_come_later(tmp_path: Path, monkeypatch: Any) -> None:
    found = module(
        "springs_of_a_test",
        "def fill(x):\n    return np.array([x[0], x[1]])",
        tmp_path,
        monkeypatch,
    )
    tg.grad(lambda x: x)(1.0)
    found.np = numpy
    np.testing.assert_array_equal(tg.jacobian(lambda x: found.fill(x))(X), [[1, 0, 0], [0, 1, 0]])


def test_installed_packages_are_left_alone(tmp_path: Path, monkeypatch: Any) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    found = module("springs_of_a_test", FILLING, folder, monkeypatch)
    with pytest.raises(tg.GradientError, match="an installed package"):
        tg.grad(lambda x: found.fill(x))(X)
    # But not the one whose function is to be differentiated.
    np.testing.assert_array_equal(tg.grad(found.fill)(X), [1, 1, 0])
    np.testing.assert_array_equal(tg.vmap(tg.grad(found.fill))(np.stack([X, X]))[1], [1, 1, 0])
    assert found.np is numpy


def test_a_module_that_the_function_imports(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "late_springs_of_a_test.py").write_text(textwrap.dedent(FILLING))
    monkeypatch.syspath_prepend(tmp_path)

    def fun(x: Any) -> Any:
        late = importlib.import_module("late_springs_of_a_test")
        return late.fill(x)

    with pytest.raises(tg.GradientError) as caught:
        tg.grad(fun)(X)
    assert "call it once more" in caught.value.__notes__[0]
    np.testing.assert_array_equal(tg.grad(fun)(X), [1, 1, 0])
    del sys.modules["late_springs_of_a_test"]


def test_code_that_is_executed() -> None:
    variables: dict[str, Any] = {"__name__": "cell"}
    exec(
        "from numpy import *\ndef fun(x):\n    return sum(array([x[0] * sin(x[1]), x[2]]))",
        variables,
    )
    before = dict(variables)
    tg.testing.check_grads(variables["fun"], (X,))
    assert all(variables[name] is value for name, value in before.items())


def test_a_custom_op_is_called_with_plain_arrays() -> None:
    @tg.custom_op
    def sums(x: Any) -> Any:
        out = np.zeros(len(x))
        assert type(out) is np.ndarray
        for i in range(len(x)):
            out[i] = np.sum(np.array(x[: i + 1]))
        return out

    sums.defvjp(lambda g, out, x: np.cumsum(g[::-1])[::-1])
    fun = lambda x: np.sum(np.array([sums(x)[0], sums(x**2)[2]]))
    np.testing.assert_allclose(tg.grad(fun)(X), [1 + 2 * X[0], 2 * X[1], 2 * X[2]])
    tg.testing.check_grads(fun, (X,), order=2)


def test_constants_that_a_loop_writes_again() -> None:
    def fun(x: Any) -> Any:
        buffer = np.arange(3.0)
        result = 0.0
        for i in range(3):
            buffer[:] = buffer * 2 + i
            np.random.default_rng(0).permutation(3)
            result = result + np.sum(x * buffer)
        return result

    tg.testing.check_grads(fun, (X,))
    assert tg.vjp(fun, X)[0] == fun(X)


def test_constants_go_where_arrays_go() -> None:
    """What is made in a function serves as an array elsewhere, as long as it is a constant."""

    def fun(x: Any) -> Any:
        grid = np.linspace(0.0, 1.0, 4)
        memory = memoryview(np.asarray(np.arange(4)))
        counts = np.bincount(np.digitize(grid, [0.3, 0.6]), minlength=4)
        picked = np.random.default_rng(0).choice(grid, 4)
        text = f"{grid[1]:.2f} {np.array2string(grid, precision=1)} {grid.tolist()}"
        assert text == "0.33 [0.  0.3 0.7 1. ] [0.0, 0.3333333333333333, 0.6666666666666666, 1.0]"
        assert float(grid[1]) == 1 / 3
        assert memory[3] == 3
        return np.interp(x, grid, counts) + np.polyval(picked, x)

    found, _ = tg.vjp(fun, X[:1])
    np.testing.assert_allclose(found, fun(X[:1]), rtol=1e-14)


def test_threads_do_not_meet() -> None:
    before = names()
    errors = []
    expected = tg.grad(total)(X)
    barrier = threading.Barrier(4)

    def many(plain: bool) -> None:
        try:
            barrier.wait()
            for _ in range(50):
                if plain:
                    assert type(powers(X)) is np.ndarray
                    assert total(X) == pytest.approx(total(X))
                else:
                    np.testing.assert_array_equal(tg.grad(total)(X), expected)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=many, args=(i == 0,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert same_names(before)


FORKING = """
    import os

    import numpy as np

    import tinygrad_np as tg


    def pair(x):
        return np.sum(np.array([x[0], 2 * x[1]]))


    def forks(x):
        child = os.fork()
        if not child:
            os._exit(tg.grad(pair)(np.ones(2)).tolist() != [1.0, 2.0])
        assert os.waitpid(child, 0)[1] == 0
        return pair(x)


    print(tg.grad(forks)(np.ones(2)), np.__name__)
"""


def output_of(program: str, folder: Path) -> str:
    """What a program prints in a process of its own; the tests' has threads of other libraries."""
    script = folder / "program.py"
    script.write_text(textwrap.dedent(program))
    finished = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.stderr == ""
    return finished.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on Unix alone")
def test_a_forked_process_differentiates(tmp_path: Path) -> None:
    assert output_of(FORKING, tmp_path) == "[1. 2.] numpy\n"


def test_what_a_function_leaves_behind_is_an_array() -> None:
    """What was made in a function and kept is a constant afterwards, and computes as an array."""
    kept = []

    def fun(x: Any) -> Any:
        kept.append(np.linspace(0.0, 1.0, 3))
        return np.sum(x * kept[0])

    tg.grad(fun)(X)
    np.testing.assert_array_equal(np.asarray(kept[0]), [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(np.asarray(kept[0] * 2 + np.ones(3)), [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(tg.grad(fun)(X), [0.0, 0.5, 1.0])


# What a function asks of its values


@functools.singledispatch
def kind(x: Any) -> str:
    return "something else"


@kind.register
def _(x: np.ndarray) -> str:
    return "array"


@kind.register
def _(x: float) -> str:
    return "number"


def asks(x: Any) -> Any:
    assert isinstance(x, np.ndarray)
    assert not isinstance(x, float)
    assert not np.isscalar(x)
    assert isinstance(x[0], float)
    assert isinstance(x[0], np.floating)
    assert isinstance(x[0], numbers.Real)
    assert not isinstance(x[0], np.ndarray)
    assert np.isscalar(x[0])
    assert isinstance(np.zeros(3), np.ndarray)
    assert isinstance(x[:1], (list, np.ndarray))
    assert kind(x) + kind(x[0]) == "arraynumber"
    match x[0]:
        case float():
            return np.sum(x**2)


def test_values_are_what_they_stand_for() -> None:
    np.testing.assert_array_equal(tg.grad(asks)(X), 2 * X)
    np.testing.assert_array_equal(tg.hessian(asks)(X), 2 * np.eye(3))
    np.testing.assert_array_equal(tg.vmap(asks)(np.stack([X, 2 * X])), [asks(X), asks(2 * X)])
    with tg.plain_numpy(), pytest.raises(AssertionError):
        tg.grad(asks)(X)
    x = tg.Tensor(X)
    assert not isinstance(x, np.ndarray)
    assert x.__class__ is type(x) is tg.Tensor


TABLE = {np.add: "sum", np.tanh: "activation", np.array: "made", math.sin: "sine"}
ACTIVATION = np.tanh


def test_functions_are_what_they_stand_for() -> None:
    def looks_up(x: Any) -> Any:
        assert TABLE[np.add] + TABLE[np.tanh] + TABLE[np.array] == "sumactivationmade"
        assert TABLE[math.sin] == "sine"
        assert np.tanh == ACTIVATION
        assert np.tanh == ACTIVATION
        assert np.tanh != np.sin
        assert isinstance(np.add, np.ufunc)
        assert pickle.loads(pickle.dumps(np.add)) == copy.deepcopy(np.add) == np.add
        return np.add.reduce(x)

    np.testing.assert_array_equal(tg.grad(looks_up)(X), np.ones(3))


def test_numbers_of_constant_arrays_are_looked_up() -> None:
    def looks_up(x: Any) -> Any:
        grid = np.linspace(0.0, 1.0, 3)
        weights = {grid[0]: 1.0, grid[1]: 2.0}
        assert grid[0].is_integer()
        assert not grid[1].is_integer()
        assert len({*grid, *grid}) == 3
        return np.sum(x) * weights[0.5] * weights[grid[1]]

    np.testing.assert_array_equal(tg.grad(looks_up)(X), np.full(3, 4.0))


def test_a_value_that_is_recorded_is_no_key() -> None:
    remembered: dict[Any, Any] = {}

    def remembers(x: Any) -> Any:
        if x not in remembered:
            remembered[x] = x**2
        return remembered[x]

    remembers(2.0)
    with pytest.raises(TypeError, match="lose its gradient"):
        tg.grad(remembers)(2.0)


# What is between programs and the exchange


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_anywhere_leaves_names_as_they_were() -> None:
    """Python raises a KeyboardInterrupt where a function begins: here, in turn, at each of them."""
    before, outer = names(), sys.gettrace()
    gradient = tg.grad(lambda x: np.sum(np.array([x, 2 * x])))
    gradient(1.0)
    begun = place = 0
    while begun == place:
        begun, place = 0, place + 1

        def interrupt(*_: Any, place: int = place) -> None:
            nonlocal begun
            begun += 1
            if begun == place:
                raise KeyboardInterrupt

        sys.settrace(interrupt)
        try:
            gradient(1.0)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(outer)
        assert same_names(before)
        assert not running.names.callers
        assert not running.running.depth
    assert place > 20


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a timer's signals are Unix's")
def test_a_signal_handler_differentiates_in_the_midst_of_a_call() -> None:
    before = names()
    gradient = tg.grad(powers_sum)
    expected = gradient(X)
    found = []

    def handle(*_: Any) -> None:
        found.append(gradient(X))

    outer = signal.signal(signal.SIGALRM, handle)
    try:
        for i in range(300):
            signal.setitimer(signal.ITIMER_REAL, 1e-5 * (i % 30 + 1))
            np.testing.assert_array_equal(gradient(X), expected)
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer)
    assert found
    np.testing.assert_array_equal(found, [expected] * len(found))
    assert same_names(before)


def powers_sum(x: Any) -> Any:
    return np.sum(powers(x))


FORKING_BESIDE_A_THREAD = """
    import os
    import threading
    import warnings

    import numpy as np

    import tinygrad_np as tg

    # Of a fork beside threads, which is what happens here.
    warnings.simplefilter("ignore", DeprecationWarning)
    inside, goes_on = threading.Event(), threading.Event()


    def pair(x):
        return np.sum(np.array([x[0], 2 * x[1]]))


    def waits(x):
        inside.set()
        goes_on.wait()
        return x


    thread = threading.Thread(target=tg.grad(waits), args=(1.0,))
    thread.start()
    inside.wait()
    child = os.fork()
    if not child:
        right = tg.grad(pair)(np.ones(2)).tolist() == [1.0, 2.0]
        os._exit(not (right and np.__name__ == "numpy"))
    goes_on.set()
    thread.join()
    print(os.waitpid(child, 0)[1], np.__name__)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on Unix alone")
def test_a_process_forked_while_another_thread_differentiates(tmp_path: Path) -> None:
    assert output_of(FORKING_BESIDE_A_THREAD, tmp_path) == "0 numpy\n"


class Unwilling:
    """What stands among the modules and does not answer as a module does."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"{name} was asked for")


class Lazy(types.ModuleType):
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"imported for the sake of {name}")


def test_what_is_no_module_among_the_modules(monkeypatch: Any) -> None:
    space = types.SimpleNamespace(np=numpy)
    unnamed = types.ModuleType("unnamed")
    unnamed.__file__ = 1
    odd: list[Any] = [space, unnamed, Unwilling(), Lazy("lazy"), None, 3, Unwilling]
    for i, value in enumerate(odd):
        monkeypatch.setitem(sys.modules, f"odd_{i}", value)
    monkeypatch.setitem(sys.modules, 7, types.ModuleType("seven"))
    np.testing.assert_array_equal(tg.grad(lambda x: space.np.sum(space.np.array([x])))(1.0), 1)
    assert space.np is numpy


def test_functions_of_namespaces_with_odd_names() -> None:
    for name in (None, ["a"], "nowhere"):
        variables: dict[str, Any] = {"__name__": name}
        exec(textwrap.dedent(FILLING), variables)
        np.testing.assert_array_equal(tg.grad(variables["fill"])(X), [1, 1, 0])

    class Odd:
        __globals__ = 3

        def __call__(self, x: Any) -> Any:
            return x

    assert tg.grad(Odd())(1.0) == 1


def test_modules_that_are_gone_are_not_kept() -> None:
    references = []
    for i in range(5):
        found: Any = types.ModuleType("plugin_of_a_test")
        sys.modules[found.__name__] = found
        exec(textwrap.dedent(FILLING), vars(found))
        found.data = Filling()
        references.append(weakref.ref(found.data))
        np.testing.assert_array_equal(tg.grad(found.fill)(X), [1, 1, 0])
        del sys.modules[found.__name__], found
        sys.modules[f"another_of_a_test_{i}"] = types.ModuleType("another")
        tg.grad(lambda x: x)(1.0)
        del sys.modules[f"another_of_a_test_{i}"]
    gc.collect()
    assert [reference() for reference in references] == [None] * 5


@pytest.mark.parametrize("name", ["this", "springs_of_a_test"])
def test_your_folder_and_files_may_be_named_like_those_of_python(
    name: str, tmp_path: Path, monkeypatch: Any
) -> None:
    folder = tmp_path / "my-site-packages-demo"
    folder.mkdir()
    found = module(name, FILLING, folder, monkeypatch)
    assert str(found.__file__).startswith(str(folder))
    np.testing.assert_array_equal(tg.grad(lambda x: found.fill(x))(X), [1, 1, 0])


def test_a_name_that_takes_another_ones_place(tmp_path: Path, monkeypatch: Any) -> None:
    found = module(
        "springs_of_a_test",
        "xp = None\ndef fill(x):\n    return xp.array([x[0], x[1]])",
        tmp_path,
        monkeypatch,
    )
    tg.grad(lambda x: x)(1.0)
    found.xp = numpy
    with pytest.raises(tg.GradientError) as caught:
        tg.jacobian(lambda x: found.fill(x))(X)
    assert "gave NumPy another name" in caught.value.__notes__[0]
    np.testing.assert_array_equal(tg.jacobian(lambda x: found.fill(x))(X), [[1, 0, 0], [0, 1, 0]])


def test_plain_numpy_within_a_function() -> None:
    def fun(x: Any) -> Any:
        with tg.plain_numpy():
            scratch = np.zeros(3)
            assert type(scratch) is np.ndarray
        out = np.zeros(3)
        out[0] = x * scratch.size
        return np.sum(out)

    assert tg.grad(fun)(1.0) == 3


def test_errors_of_yours_are_not_replaced() -> None:
    class Unsolvable(ValueError):
        pass

    def fun(x: Any) -> Any:
        try:
            return complex(x)
        except tg.GradientError as error:
            raise Unsolvable from error

    with pytest.raises(Unsolvable):
        tg.grad(fun)(1.0)


def test_a_module_that_another_thread_imports_meanwhile(monkeypatch: Any) -> None:
    late: Any = types.ModuleType("late_of_a_test")
    exec(textwrap.dedent(FILLING), vars(late))

    class Importing:
        """What is looked at just before another thread imports a module."""

        @property
        def __dict__(self) -> Any:
            if late.__name__ not in sys.modules:
                monkeypatch.setitem(sys.modules, late.__name__, late)
            return {}

    monkeypatch.setitem(sys.modules, "importing_of_a_test", Importing())
    tg.grad(lambda x: x)(1.0)
    assert late.__name__ in sys.modules
    np.testing.assert_array_equal(tg.grad(lambda x: late.fill(x))(X), [1, 1, 0])


def test_what_is_installed_where_numpy_is_is_left_alone(tmp_path: Path, monkeypatch: Any) -> None:
    assert numpy.__file__.startswith(running.PACKAGES)
    monkeypatch.setattr(running, "PACKAGES", f"{tmp_path}{os.sep}packed{os.sep}")
    folder = tmp_path / "packed"
    folder.mkdir()
    found = module("springs_of_a_test", FILLING, folder, monkeypatch)
    with pytest.raises(tg.GradientError, match="installed package's"):
        tg.grad(lambda x: found.fill(x))(X)
    np.testing.assert_array_equal(tg.grad(found.fill)(X), [1, 1, 0])


def test_compiled_modules_are_left_alone(monkeypatch: Any) -> None:
    compiled: Any = types.ModuleType("compiled_of_a_test")
    compiled.__file__ = "compiled_of_a_test.cpython-311-x86_64-linux-gnu.so"
    exec("import numpy as np\nseen = []\ndef fun(x):\n    seen.append(np)", vars(compiled))
    monkeypatch.setitem(sys.modules, compiled.__name__, compiled)

    def calls(x: Any) -> Any:
        compiled.fun(x)
        return x

    tg.grad(calls)(1.0)
    with pytest.raises(tg.GradientError, match="None"):
        tg.grad(compiled.fun)(1.0)
    assert compiled.seen == [numpy, numpy]


# float, and functions that were made of others before


@np.vectorize
def step_of(x: float, width: float = 1.0) -> float:
    return math.erfc(-x / width) / 2 if x > 0 else math.exp(x)


def converts(x: Any) -> Any:
    squared = float(x @ x)
    assert isinstance(squared, float)
    assert not isinstance(1, float)
    assert float == builtins.float  # noqa: E721 - exchanged, it is another
    assert np.zeros(2, dtype=float).dtype == x.astype(float).dtype == np.dtype(float)
    assert float("2.5") + 0.0 == 2.5
    return squared * float(x[0]) + np.sum(step_of(x - 1, width=2.0))


def test_numbers_made_float_and_functions_made_of_others() -> None:
    before = names()
    tg.testing.check_grads(converts, (X,), order=2)
    assert tg.vjp(converts, X)[0] == pytest.approx(converts(X), rel=1e-14)
    assert tg.grad(lambda x: float(x[0]) ** 2)(X.astype(np.float32)).dtype == np.float32
    assert same_names(before)
    assert float is builtins.float
    with pytest.raises(TypeError, match=r"0-dimensional|length-1"):
        tg.grad(lambda x: float(x))(X)


def test_subclasses_of_float_that_a_function_makes() -> None:
    def fun(x: Any) -> Any:
        class Celsius(float):
            unit = "C"

        class Kelvin(float):
            def __new__(cls, value: float) -> Kelvin:
                made = float.__new__(cls, value)
                made.unit = "K"
                return made

        assert Celsius(3.0) == 3.0
        assert Celsius(3.0).unit + Kelvin(3.0).unit == "CK"
        assert isinstance(Celsius(3.0), Celsius)
        assert isinstance(Celsius(3.0), float)
        assert not isinstance(3.0, Celsius)
        assert not isinstance(Kelvin(3.0), Celsius)
        assert issubclass(Celsius, float)
        assert not issubclass(float, Celsius)
        assert len({Celsius, Kelvin, float, builtins.float}) == 3
        assert "Celsius" in repr(Celsius)
        return x * float(Celsius(3.0))

    assert tg.grad(fun)(1.0) == 3


def test_constants_have_what_arrays_have() -> None:
    def fun(x: Any) -> Any:
        grid = np.linspace(0.0, 1.0, 3)
        assert json.dumps([grid[1], np.sum(grid)]) == "[0.5, 1.5]"
        assert type(grid[1]) is type(np.sum(grid)) is np.float64
        assert grid[1].hex() == (0.5).hex()
        assert grid.flags.c_contiguous
        assert grid.strides == (8,)
        assert grid.tobytes() == bytes(numpy.linspace(0.0, 1.0, 3).data)
        assert np.array(grid.view(np.int64)).shape == (3,)
        assert numpy.frombuffer(grid.tobytes()).tolist() == grid.tolist()
        with pytest.raises(AttributeError, match=r"np\.resize"):
            grid.resize(4)
        with pytest.raises(AttributeError, match="strides"):
            x.strides  # noqa: B018 - what is tested
        return np.sum(x * grid) * np.sum(grid)

    np.testing.assert_array_equal(tg.grad(fun)(X), [0.0, 0.75, 1.5])
