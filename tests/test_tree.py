"""tree: taking trees apart, putting them together, and saying where two differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np import tree


class Point(NamedTuple):
    x: Any
    y: Any


@dataclass
class Model:
    weights: Any
    bias: Any
    size: int = 3
    name: str = "model"
    activation: Any = np.tanh


@dataclass(frozen=True)
class Frozen:
    value: Any
    inner: Any = None


class Callable:
    """A tree that can be called, as a layer can."""

    def __init__(self, weights: Any) -> None:
        self.weights = weights

    def __call__(self, x: Any) -> Any:
        return self.weights * x

    def tree_flatten(self) -> tuple[tuple[Any, ...], None]:
        return (self.weights,), None

    @classmethod
    def tree_unflatten(cls, static: None, children: list[Any]) -> Callable:
        return cls(*children)


numbers = st.floats(-10, 10)
trees = st.recursive(
    numbers | st.none(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
        st.builds(Point, inner, inner),
        st.builds(Model, inner, inner, st.integers()),
        st.builds(Frozen, inner),
        st.builds(Model, st.just(1.0), st.builds(Frozen, inner)),
    ),
    max_leaves=8,
)


@hypothesis.given(value=trees)
def test_unflatten_undoes_flatten(value: Any) -> None:
    leaves, structure = tree.flatten(value)
    assert all(isinstance(leaf, float) for leaf in leaves)
    assert tree.unflatten(structure, leaves) == value
    assert tree.leaves(value) == leaves


@hypothesis.given(value=trees)
def test_structures_know_the_form_and_not_the_leaves(value: Any) -> None:
    leaves, structure = tree.flatten(value)
    other = tree.unflatten(structure, [object() for _ in leaves])
    again = tree.flatten(other)[1]
    assert again == structure
    assert hash(again) == hash(structure)
    assert repr(again) == repr(structure)
    assert repr(structure).count("*") == len(leaves)


@hypothesis.given(value=trees)
def test_map_keeps_the_form(value: Any) -> None:
    doubled = tree.map(lambda a, b: a + b, value, value)
    assert tree.flatten(doubled)[1] == tree.flatten(value)[1]
    assert tree.leaves(doubled) == [2 * leaf for leaf in tree.leaves(value)]


@hypothesis.given(value=trees)
def test_each_leaf_has_a_path_of_its_own(value: Any) -> None:
    hypothesis.assume("''" not in repr(value))
    paths = tree.paths(value)
    assert len(paths) == len(set(paths)) == len(tree.leaves(value))


@hypothesis.given(value=trees, other=trees)
def test_trees_of_different_form_are_told_apart(value: Any, other: Any) -> None:
    same = tree.flatten(value)[1] == tree.flatten(other)[1]
    if same:
        tree.map(lambda a, b: None, value, other)
    else:
        with pytest.raises(tg.TreeError, match=r"tree\.map.*\n  expected: .*\n  found:    "):
            tree.map(lambda a, b: None, value, other)


def test_what_is_a_leaf() -> None:
    values = [np.ones(2), 1, "text", {1, 2}, tg.Tensor(1.0), np.float32(1), print, object()]
    leaves, structure = tree.flatten(values)
    assert all(leaf is value for leaf, value in zip(leaves, values, strict=True))
    assert repr(structure) == "[*, *, *, *, *, *, *, *]"


def test_order_of_the_leaves() -> None:
    assert tree.leaves({"b": 1.0, "a": [2.0, (3.0,), Point(4.0, 5.0)], "c": None}) == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert tree.paths({"b": 1.0, "a": [2.0, Point(3.0, 4.0)]}) == ["b", "a.0", "a.1.x", "a.1.y"]
    assert tree.paths(Model(1.0, {"k": 2.0})) == ["weights", "bias.k"]
    assert tree.paths(1.0) == [""]


def test_representation() -> None:
    structure = tree.flatten(({"w": 1.0}, [None], (2.0,), Point(3.0, 4.0), Frozen(5.0)))[1]
    shown = "({'w': *}, [None], (*,), Point(x=*, y=*), Frozen(value=*, inner=None))"
    assert repr(structure) == shown


# Dataclasses


def test_numbers_that_count_texts_and_functions_are_no_leaves_of_a_dataclass() -> None:
    model = Model(np.ones(2), 0.5)
    leaves, structure = tree.flatten(model)
    assert len(leaves) == 2
    assert leaves[1] == 0.5
    again = tree.unflatten(structure, leaves)
    assert (again.size, again.name, again.activation) == (3, "model", np.tanh)
    for change in ({"size": 4}, {"name": "other"}, {"activation": np.sin}):
        assert tree.flatten(Model(1.0, 2.0, **change))[1] != tree.flatten(Model(1.0, 2.0))[1]
        with pytest.raises(tg.TreeError, match="is not"):
            tree.map(lambda a, b: a, Model(1.0, 2.0, **change), Model(1.0, 2.0))


def test_a_tree_that_can_be_called_is_still_a_tree_in_a_dataclass() -> None:
    model = Frozen(Callable(2.0), Model(Callable(3.0), 4.0))
    assert tree.leaves(model) == [2, 3, 4]
    gradient = tg.grad(lambda m, x: m.value(x) * m.inner.weights(x))(model, 5.0)
    assert gradient.value.weights == 75
    assert gradient.inner.weights.weights == 50


def test_a_dataclass_is_rebuilt_without_its_init() -> None:
    @dataclass
    class Checked:
        value: Any
        twice: Any = field(init=False)

        def __post_init__(self) -> None:
            assert self.value > 0
            self.twice = 2 * self.value

    changed = tree.map(lambda leaf: -leaf, Checked(1.0))
    assert (changed.value, changed.twice) == (-1, -2)


# Types of one's own


def test_register() -> None:
    class Pair:
        def __init__(self, a: Any, b: Any, label: str) -> None:
            self.a, self.b, self.label = a, b, label

    assert tree.leaves(Pair(1.0, 2.0, "p"))[0].label == "p"
    tree.register(
        Pair,
        lambda pair: ((pair.a, pair.b), pair.label),
        lambda label, children: Pair(*children, label),
        lambda label: [f"{label}.a", f"{label}.b"],
    )
    pair = tree.map(lambda x: -x, Pair(1.0, [2.0], "p"))
    assert (pair.a, pair.b, pair.label) == (-1, [-2], "p")
    assert tree.paths(pair) == ["p.a", "p.b.0"]
    assert repr(tree.flatten(pair)[1]) == "Pair(p.a=*, p.b=[*])"
    with pytest.raises(ValueError, match="Pair is registered as a tree already"):
        tree.register(Pair, lambda pair: ((), None), lambda static, children: None)

    class Sub(Pair):
        pass

    assert len(tree.leaves(Sub(1.0, 2.0, "s"))) == 1
    gradient = tg.grad(lambda pair: pair.a**2 * pair.b)(Pair(3.0, 2.0, "p"))
    assert (gradient.a, gradient.b, gradient.label) == (12, 9, "p")


@pytest.mark.parametrize("kind", [tuple, list, dict, type(None)])
def test_pythons_own_trees_cannot_be_registered(kind: type) -> None:
    with pytest.raises(ValueError, match=f"{kind.__name__} is registered"):
        tree.register(kind, lambda value: ((), None), lambda static, children: None)


# Errors


def test_the_wrong_number_of_leaves() -> None:
    structure = tree.flatten({"w": 1.0, "b": [2.0, 3.0]})[1]
    with pytest.raises(tg.TreeError, match=r"2 leaves are too few for the tree \{'w': \*"):
        tree.unflatten(structure, [1.0, 2.0])
    with pytest.raises(tg.TreeError, match="4 leaves are too many"):
        tree.unflatten(structure, [1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"w": 1.0}, {"w": 1.0, "b": 2.0}, r": missing \[\], extra \['b'\]"),
        ({"w": 1.0, "b": 2.0}, {"b": 2.0}, r": missing \['w'\], extra \[\]"),
        ({"w": 1.0, "b": 2.0}, {"b": 1.0, "w": 2.0}, "the keys come in another order"),
        ({"w": [1.0]}, {"w": (1.0,)}, "at 'w': expected list, found tuple"),
        ({"w": [1.0, {"k": 1.0}]}, {"w": [1.0, 2.0]}, "at 'w.1': expected dict, found a leaf"),
        ([1.0, None], [1.0, 2.0], "at '1': expected NoneType, found a leaf"),
        ([1.0], [1.0, 2.0], r"missing \[\], extra \['1'\]"),
        (Point(1.0, [2.0]), Point(1.0, 2.0), "at 'y': expected list, found a leaf"),
    ],
)
def test_the_message_says_where_two_trees_differ(first: Any, second: Any, message: str) -> None:
    with pytest.raises(tg.TreeError, match=message):
        tree.map(lambda a, b: a, first, second)


def test_a_structure_is_not_equal_to_other_things() -> None:
    assert tree.flatten(1.0)[1] != "*"
