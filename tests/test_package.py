"""What holds for the package as a whole: metadata, public names, documentation, imports."""

from __future__ import annotations

import doctest
import importlib
import importlib.metadata
import importlib.resources
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

import tinygrad_np as tg
from tinygrad_np import errors

LAZY = ("data", "nn", "optim", "testing", "train")


def public_modules(module: ModuleType) -> Iterator[ModuleType]:
    """Yield a module and the modules among its public names, and theirs."""
    yield module
    for name in module.__all__:
        if isinstance(value := getattr(module, name), ModuleType):
            yield from public_modules(value)


PUBLIC_MODULES = {module.__name__: module for module in (*public_modules(tg), errors)}


def public_names() -> Iterator[tuple[str, object]]:
    for module_name, module in PUBLIC_MODULES.items():
        for name in module.__all__:
            yield f"{module_name}.{name}", getattr(module, name)


def documented_names() -> Iterator[tuple[str, object]]:
    """Yield every public function and class once, under the first name it is found by."""
    seen: set[int] = set()
    for name, value in public_names():
        if callable(value) and id(value) not in seen:
            seen.add(id(value))
            yield name, value


DOCUMENTED = dict(documented_names())
CLASSES = {name: value for name, value in DOCUMENTED.items() if inspect.isclass(value)}


def run_python(code: str) -> str:
    """Run `code` in a fresh interpreter and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def distribution() -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution("tinygrad_np")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("tinygrad_np is on the path but not installed, so it has no metadata")


def test_version_is_the_installed_one(distribution: importlib.metadata.Distribution) -> None:
    assert tg.__version__ == distribution.version


def test_numpy_is_the_only_requirement(distribution: importlib.metadata.Distribution) -> None:
    required = [line for line in distribution.requires or [] if "extra ==" not in line]
    assert required == ["numpy>=2.0"]


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert importlib.resources.files("tinygrad_np").joinpath("py.typed").is_file()


@pytest.mark.parametrize("module", PUBLIC_MODULES.values(), ids=PUBLIC_MODULES)
def test_all_lists_names_that_exist_once_each(module: ModuleType) -> None:
    assert sorted(module.__all__) == sorted(set(module.__all__))
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert not missing
    assert set(module.__all__) <= set(dir(module))


def test_an_unknown_name_is_an_attribute_error() -> None:
    name = "no_such_name"
    with pytest.raises(AttributeError, match=name):
        getattr(tg, name)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_docstring_opens_with_one_line_and_has_an_example(name: str) -> None:
    documentation = inspect.getdoc(DOCUMENTED[name]) or ""
    summary, _, rest = documentation.partition("\n")
    assert summary, f"{name} has no docstring"
    assert not rest or rest.startswith("\n"), f"{name}: a blank line must follow the first line"
    _, heading, example = documentation.partition("\nExamples\n--------\n")
    assert heading, f"{name} has no Examples section"
    assert ">>> " in example, f"{name}: nothing runs in its Examples section"


@pytest.mark.parametrize("name", CLASSES)
def test_public_methods_have_a_docstring(name: str) -> None:
    bare = [
        f"{name}.{attribute}"
        for attribute, value in vars(CLASSES[name]).items()
        if not attribute.startswith("_")
        and (inspect.isroutine(value) or isinstance(value, property))
        and not inspect.getdoc(getattr(CLASSES[name], attribute))
    ]
    assert not bare


def test_every_documented_example_is_run() -> None:
    # doctest passes over, without a word, what a decorator from another module has wrapped.
    finder = doctest.DocTestFinder()
    found = {
        test.docstring
        for module in pkgutil.walk_packages(tg.__path__, "tinygrad_np.")
        for test in finder.find(importlib.import_module(module.name))
    } | {test.docstring for test in finder.find(tg)}
    forgotten = [name for name, value in DOCUMENTED.items() if value.__doc__ not in found]
    assert not forgotten


def test_import_loads_numpy_and_little_else() -> None:
    loaded = run_python(
        "import sys, numpy; before = set(sys.modules)\n"
        "import tinygrad_np; print(*(set(sys.modules) - before))"
    ).split()
    optional = {"pandas", "matplotlib", "tqdm", "torch", "scipy"}
    # Modules of the standard library that cost a good part of NumPy's own import.
    slow = {"inspect", "dataclasses", "urllib", "hashlib", "gzip", "csv", "tempfile", "subprocess"}
    lazy = {f"tinygrad_np.{name}" for name in (*LAZY, "custom", "debugging", "drawing")}
    assert not set(loaded) & (optional | slow | lazy)


@pytest.mark.parametrize("name", LAZY)
def test_lazy_modules_are_attributes(name: str) -> None:
    code = f"import tinygrad_np as tg; print(tg.{name}.__name__, {name!r} in dir(tg))"
    assert run_python(code).split() == [f"tinygrad_np.{name}", "True"]


def test_optional_packages_load_only_where_they_are_used() -> None:
    loaded = run_python(
        "import sys, pkgutil, importlib, tinygrad_np as tg\n"
        "for module in pkgutil.walk_packages(tg.__path__, 'tinygrad_np.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(*sys.modules)"
    ).split()
    assert not set(loaded) & {"pandas", "matplotlib", "tqdm", "torch", "scipy"}
