from __future__ import annotations

import gc
import re
import weakref
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_np as tg
import tinygrad_np.numpy as tgn
from tinygrad_np import drawing, layout, nn
from tinygrad_np.drawing import Graph


def statements(graph: Graph) -> list[str]:
    """The lines of the text, without dtypes and shapes."""
    return [line.split("   ")[0] for line in str(graph).splitlines()]


def ops(graph: Graph) -> list[str]:
    return [line.partition(" = ")[2] for line in statements(graph) if line.startswith("%")]


def only_op(fun: object, *args: object) -> str:
    (op,) = ops(tg.graph(fun, *args))
    return op


# The text


def test_text_of_a_loss() -> None:
    def loss(params, x, labels):
        hidden = np.tanh(x @ params["w"] + params["b"])
        return np.mean(np.where(labels == 1, hidden, 0.5 * hidden), axis=0), np.max(hidden)

    params = {"w": np.ones((3, 2), np.float32), "b": np.zeros(2, np.float32)}
    text = str(tg.graph(loss, params, np.ones((4, 3), np.float32), np.ones((4, 1), int)))
    assert text.splitlines() == [
        "params['w'] = input           float32 (3, 2)",
        "params['b'] = input           float32 (2,)",
        "x = input                     float32 (4, 3)",
        "labels = input                int64 (4, 1)",
        "%1 = matmul(x, params['w'])   float32 (4, 2)",
        "%2 = add(%1, params['b'])     float32 (4, 2)",
        "%3 = tanh(%2)                 float32 (4, 2)",
        "%4 = multiply(0.5, %3)        float32 (4, 2)",
        "#1 = constant                 bool (4, 1)",
        "%5 = where(#1, %3, %4)        float32 (4, 2)",
        "%6 = mean(%5, axis=0)         float32 (2,)",
        "%7 = max(%3)                  float32 () = 0.995055",
        "return[0] = %6",
        "return[1] = %7",
    ]
    graph = tg.graph(loss, params, np.ones((4, 3), np.float32), np.ones((4, 1), int))
    assert repr(graph) == str(graph) == text


class Pair(NamedTuple):
    first: object
    second: object


@dataclass
class Point:
    x: object
    y: object
    name: str = "p"


def test_inputs_are_named_as_expressions_that_read_them() -> None:
    def names(fun: object, *args: object) -> list[str]:
        return [s.removesuffix(" = input") for s in statements(tg.graph(fun, *args))[:-1]]

    assert names(lambda a: None, {"w": [1.0, (2.0,)], 3: 4.0, "it's": 5.0}) == [
        "a['w'][0]", "a['w'][1][0]", "a[3]", 'a["it\'s"]',
    ]  # fmt: skip
    assert names(lambda p, q: None, Pair(1.0, [2.0]), Point(3.0, 4.0)) == [
        "p.first", "p.second[0]", "q.x", "q.y",
    ]  # fmt: skip
    assert names(lambda a, *rest, keyword=1: None, 1.0, 2.0, [3.0]) == [
        "a", "rest[0]", "rest[1][0]",
    ]  # fmt: skip
    network = nn.NeuralNetwork([nn.Dense(2, 3, rng=np.random.default_rng(0)), nn.ReLU()])
    assert names(lambda net, x: None, network, 1.0) == [
        "net.layers[0].weights", "net.layers[0].bias", "x",
    ]  # fmt: skip
    assert names(tg.grad(lambda weights: 2.0 * weights), 1.0) == ["weights"]


def test_functions_without_a_signature_that_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(function: object) -> None:
        raise ValueError("no signature")

    monkeypatch.setattr(drawing.inspect, "signature", unknown)
    assert statements(tg.graph(np.add, 1.0, 2.0))[:2] == ["arg0 = input", "arg1 = input"]
    monkeypatch.undo()

    def wrapped(x):
        pass

    wrapper = lambda *args: args[0] * args[1]
    wrapper.__wrapped__ = wrapped
    assert statements(tg.graph(wrapper, 2.0, 3.0))[:2] == ["x = input", "arg1 = input"]


@pytest.mark.parametrize(
    ("fun", "expected"),
    [
        (lambda x: x + 1.0, "add(x, 1.0)"),
        (lambda x: 1 - x, "subtract(1, x)"),
        (lambda x: x / np.float32(0.1), "divide(x, 0.1)"),
        (lambda x: x * np.array(1 / 3), "multiply(x, 0.333333)"),
        (lambda x: np.add(x, -np.inf), "add(x, -inf)"),
        (lambda x: x + np.nan, "add(x, nan)"),
        (lambda x: x * True, "multiply(x, True)"),
        (lambda x: x * (1 + 2j), "multiply(x, (1+2j))"),
        (lambda x: x * tg.Tensor(2.0), "multiply(x, 2.0)"),
        (lambda x: x * np.longdouble(2), "multiply(x, 2.0)"),
    ],
)
def test_scalar_constants_stand_where_they_are_used(fun: object, expected: str) -> None:
    assert only_op(fun, 2.0) == expected


def test_constant_arrays_have_a_name_each() -> None:
    mask, table = np.array([True, False]), np.array([1.0, 2.0])

    def fun(x, y):
        return np.where(mask, x * table, x + table) * [3.0, 4.0] * y

    text = statements(tg.graph(fun, np.ones(2), np.array([1, 2])))
    assert text == [
        "x = input", "y = input", "#1 = constant", "%1 = multiply(x, #1)", "%2 = add(x, #1)",
        "#2 = constant", "%3 = where(#2, %1, %2)", "#3 = constant", "%4 = multiply(%3, #3)",
        "%5 = multiply(%4, y)", "return %5",
    ]  # fmt: skip


def test_a_layer_names_its_own_arrays() -> None:
    layer = nn.Dense(2, 3, rng=np.random.default_rng(0))
    assert "dense(x, weights, bias)" in only_op(layer, np.ones((4, 2), np.float32))


@pytest.mark.parametrize(
    ("fun", "expected"),
    [
        (lambda x: np.sum(x), "sum(x)"),
        (lambda x: np.sum(x, axis=1), "sum(x, axis=1)"),
        (lambda x: np.sum(x, axis=(0, 1), keepdims=True), "sum(x, axis=(0, 1), keepdims=True)"),
        (lambda x: x.reshape(-1), "reshape(x, shape=-1)"),
        (lambda x: np.reshape(x, (3, 2), order="F"), "reshape(x, shape=(3, 2), order='F')"),
        (lambda x: x[0], "getitem(x, [0])"),
        (lambda x: x[1:, None, ..., ::2], "getitem(x, [1:, None, ..., ::2])"),
        (lambda x: x[np.arange(2) % 2, [2, 1]], "getitem(x, [int64 (2,), [2, 1]])"),
        (lambda x: x[:, np.int64(1)], "getitem(x, [:, 1])"),
        (lambda x: x.astype(np.float32), "astype(x, dtype=float32)"),
        (lambda x: np.concatenate([x, x, np.ones((1, 3))]), "concatenate(x, x, #1)"),
    ],
)
def test_settings_are_shown(fun: object, expected: str) -> None:
    assert only_op(fun, np.ones((2, 3))) == expected


def test_long_settings_are_shortened() -> None:
    op = only_op(lambda x: x[list(range(20)) * 10], np.ones(20))
    assert op == "getitem(x, [[0, 1, 2, 3, 4, 5, 6, 7, …]])"


def test_values_of_scalars() -> None:
    def fun(x):
        total = np.sum(np.sin(x))
        return np.exp(-total) if total > 0 else np.exp(total)

    x = np.array([0.5, 0.25, -2.0])
    total = np.sum(np.sin(x))
    lines = str(tg.graph(fun, x)).splitlines()
    shown = [float(line.partition("() = ")[2]) for line in lines if "() = " in line]
    np.testing.assert_allclose(shown, [total, np.exp(total)], rtol=1e-5)
    assert "int = 3" in str(tg.graph(lambda n: None, 3))
    assert "str = 'deep'" in str(tg.graph(lambda s: None, "deep"))


def test_a_long_statement_does_not_move_the_column() -> None:
    def fun(a):
        return a["x" * 100] * a["y"]

    lines = str(tg.graph(fun, {"x" * 100: 1.0, "y": 2.0})).splitlines()
    assert lines[0] == f"a['{'x' * 100}'] = input   float64 () = 1.0"
    assert lines[1].index("float64") == drawing.COLUMN + 3


# What functions can be and return


def test_what_is_returned() -> None:
    def last(fun: object, *args: object) -> list[str]:
        return [line for line in statements(tg.graph(fun, *args)) if line.startswith("return")]

    assert last(lambda x: x, 1.0) == ["return x"]
    both = ["return['a'] = x", "return['b'][0] = x"]
    assert last(lambda x: {"a": x, "b": (x, None)}, 1.0) == both
    assert last(lambda x: 3.0, 1.0) == ["return 3.0"]
    assert last(lambda x: [], 1.0) == ["return []"]
    assert last(lambda x: None, 1.0) == ["return None"]
    assert last(lambda: "text") == ["return 'text'"]
    assert last(lambda x: x > 0, np.ones(2)) == ["return #1"]
    assert last(lambda n: n, np.arange(2)) == ["return n"]
    assert str(tg.graph(lambda: np.ones(3))) == "#1 = constant   float64 (3,)\nreturn #1"
    assert "nothing recorded" in tg.graph(lambda: None).svg()


def test_arguments_that_are_not_used_are_shown() -> None:
    graph = tg.graph(lambda x, y, n, s: 2.0 * x, 1.0, np.ones((2, 2)), 3, "s")
    assert statements(graph)[:4] == ["x = input", "y = input", "n = input", "s = input"]
    assert len(boxes_of(graph)) == 6
    assert graph.dot().count("->") == 2


def test_keywords_are_passed_on() -> None:
    def layer(x, training=False):
        return 2.0 * x if training else x

    assert ops(tg.graph(layer, 1.0, training=True)) == ["multiply(2.0, x)"]
    assert not ops(tg.graph(layer, 1.0))


def test_transforms_inside() -> None:
    custom = tg.custom_op(lambda x: x**3).defvjp(lambda g, out, x: 3 * g * x**2)

    def cube(x):
        return np.sum(x**3)

    x = np.array([1.0, 2.0])
    cases = {
        "gradient": (tg.grad(cube), "power"),
        "value": (lambda x: tg.value_and_grad(cube)(x), "power"),
        "jacobian": (tg.jacobian(lambda x: x**3), "power"),
        "hessian": (tg.hessian(cube), "product"),
        "jvp": (lambda x: tg.jvp(cube, (x,), (x + 1.0,)), "add(x, 1.0)"),
        "batch": (lambda x: tg.vmap(lambda a: a * 3.0)(x), "multiply(x, 3.0)"),
        "recomputed": (tg.checkpoint(cube), "checkpoint of cube(x)"),
        "custom": (custom, "<lambda>(x)"),
        "captured": (tg.Tensor([3.0, 4.0], requires_grad=True).__mul__, "multiply("),
    }
    for name, (fun, expected) in cases.items():
        found = "\n".join(ops(tg.graph(fun, x)))
        assert expected in found, name


def test_inside_transforms() -> None:
    seen = []

    def fun(x):
        seen.append(str(tg.graph(lambda y: np.sum(x * y) + 1.0, np.array([3.0, 4.0]))))
        return np.sum(x**2)

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(tg.grad(fun)(x), 2 * x)
    tg.vmap(fun)(np.stack([x, x]))
    with tg.no_grad():
        fun(x)
    in_grad, in_batch, in_no_grad = seen
    assert in_grad == in_no_grad
    assert "%3 = add(%2, 1.0)      float64 () = 12.0" in in_grad
    # A value that stands for a batch has no number to show.
    assert re.search(r"%3 = add\(%2, 1\.0\) +float64 \(\)$", in_batch, re.MULTILINE)


def test_gradients_inside_are_those_outside() -> None:
    found = []

    def fun(x):
        found.append(tg.grad(lambda y: np.sum(np.sin(y) * x))(x))
        return found[-1]

    x = np.array([1.0, 2.0])
    tg.graph(fun, x)
    np.testing.assert_allclose(tg.stop_gradient(found[0]), np.cos(x) * x)


@pytest.mark.parametrize("zeros", [np.zeros_like, lambda x: tgn.zeros(3)])
def test_a_filled_array_is_drawn_to_the_end(zeros: object) -> None:
    def fill(x):
        out = zeros(x)
        for i in range(2):
            out[i] = x[i] * 2.0
        out[2] = 5.0
        return np.sum(out) + 1.0

    graph = tg.graph(fill, np.ones(3))
    names = [op.partition("(")[0] for op in ops(graph)]
    assert names[-2:] == ["sum", "add"]
    assert ops(graph)[-1].endswith(", 1.0)")
    assert str(graph).splitlines()[-2].endswith("float64 () = 10.0")


# What it leaves behind


def test_nothing_is_left_behind() -> None:
    kept: list[tg.Tensor] = []

    def fails(x):
        kept.append(x * 2.0)
        raise ArithmeticError("no")

    with pytest.raises(ArithmeticError, match="no"):
        tg.graph(fails, 1.0)
    tg.graph(lambda x: x * 2.0, 1.0)
    assert not drawing.noted
    assert (kept[0] + 1.0).item() == 3.0


def test_a_drawing_does_not_keep_arrays() -> None:
    arrays = [np.ones((100, 100)), np.ones((100, 100))]
    graph = tg.graph(lambda x: x * arrays[1], arrays[0])
    alive = [weakref.ref(array) for array in arrays]
    arrays.clear()
    gc.collect()
    assert [reference() for reference in alive] == [None, None]
    assert ops(graph) == ["multiply(x, #1)"]


def test_what_tg_grad_refuses_is_refused() -> None:
    with pytest.raises(tg.GradientError, match="would lose its gradient"):
        tg.graph(lambda x: complex(x), 1.0)


def chain(length: int):
    def fun(x):
        for _ in range(length):
            x = np.sin(x) + x
        return x

    return fun


def test_graphs_of_any_depth() -> None:
    graph = tg.graph(chain(3000), 1.0)
    assert len(ops(graph)) == 6000
    assert graph.dot().count(" -> ") == 9001
    folded = boxes_of(graph)
    assert len(folded) == drawing.LIMIT
    assert len(boxes_of(graph, None)) == 6002


# DOT


AWKWARD = {'a"b\\n': 1.0, "<&>'": 2.0, "new\nline\0\ud800": 3.0, "ключ": 4.0}


def test_dot_is_quoted() -> None:
    def fun(a):
        return sum(a.values())

    fun.__name__ = 'f"\\'
    lines = tg.graph(fun, AWKWARD).dot().splitlines()
    assert lines[0] == 'digraph "f\\"\\\\" {'
    assert lines[-1] == "}"
    string = r'"(?:[^"\\]|\\.)*"'
    node = rf"  n\d+ \[label={string}, fillcolor={string}, color={string}\];"
    for line in lines[2:-1]:
        assert re.fullmatch(rf"{node}|  n\d+ -> n\d+;", line), line
    assert r"""label="a['a\"b\\\\n']\nfloat64 () = 1.0",""" in lines[2]


def test_dot_has_the_edges_of_the_text() -> None:
    dot = tg.graph(lambda x, y: x * x + y, 1.0, 2.0).dot()
    assert re.findall(r"(n\d+) -> (n\d+);", dot) == [
        ("n0", "n2"), ("n0", "n2"), ("n2", "n3"), ("n1", "n3"), ("n3", "n4"),
    ]  # fmt: skip


# SVG

SVG = "{http://www.w3.org/2000/svg}"


class Place(NamedTuple):
    title: str
    left: float
    right: float
    top: float
    bottom: float
    fill: str


def boxes_of(graph: Graph, limit: int | None = drawing.LIMIT) -> list[Place]:
    """The boxes of the picture: their texts and where they are."""
    found = []
    for group in ElementTree.fromstring(graph.svg(limit)).iter(f"{SVG}g"):
        rectangle = group.find(f"{SVG}rect")
        if rectangle is not None:
            x, y, width, height = (
                float(rectangle.attrib[name]) for name in ("x", "y", "width", "height")
            )
            texts = [text.text or "" for text in group.findall(f"{SVG}text")]
            fill = rectangle.attrib["fill"]
            found.append(Place("|".join(texts), x, x + width, y, y + height, fill))
    return found


def network_like(params, x):
    for weights in params:
        x = np.tanh(x @ weights["w"] + weights["b"]) + x[:, :1]
    return {"mean": np.mean(x, axis=0), "loss": np.sum(x**2)}


def small_graph() -> Graph:
    params = [{"w": np.ones((4, 4)), "b": np.zeros(4)} for _ in range(3)]
    return tg.graph(network_like, params, np.ones((2, 4)))


def test_every_line_of_the_text_has_a_box() -> None:
    graph = small_graph()
    boxes = boxes_of(graph)
    assert len(boxes) == len(str(graph).splitlines())
    titles = [box.title for box in boxes]
    for expected in (
        "params[0]['w']|float64 (4, 4)", "x|float64 (2, 4)", "getitem|[:, :1]|float64 (2, 1)",
        "tanh|float64 (2, 4)", "power|(·, 2)|float64 (2, 4)", "mean|(axis=0)|float64 (4,)",
        "sum|float64 () = 0.0", "return['loss']",
    ):  # fmt: skip
        assert any(re.sub(r"= .*", "= 0.0", title) == expected for title in titles), expected


def test_boxes_do_not_overlap_and_lie_in_the_picture() -> None:
    graph = small_graph()
    root = ElementTree.fromstring(graph.svg())
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = boxes_of(graph)
    for box in boxes:
        assert box.left >= 0
        assert box.right <= width
        assert box.top >= 0
        assert box.bottom <= height
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top


def test_edges_lead_down_from_box_to_box() -> None:
    graph = tg.graph(lambda x, y: np.sin(x * y) * x, 1.0, 2.0)
    boxes = {box.title.partition("|")[0]: box for box in boxes_of(graph)}
    assert boxes["x"].bottom < boxes["sin"].top < boxes["return"].top
    svg = graph.svg()
    numbers = r"(-?[\d.]+) (-?[\d.]+)"
    curves = re.findall(rf"M{numbers}C{numbers} {numbers} {numbers}", svg)
    assert curves
    for _, y0, _, y1, _, y2, _, y3 in curves:
        assert float(y0) < float(y1) <= float(y2) < float(y3)
    # One head of an arrow for each argument.
    assert svg.count("l-3.5 -6.5h7z") == graph.dot().count("->") == 6


def test_svg_needs_nothing_else() -> None:
    svg = small_graph().svg()
    assert not re.search(r"<style|<script|href|url\(|@import|<image|\bid=", svg)
    # Readable on any page: it brings its own background, and a colour for each text.
    root = ElementTree.fromstring(svg)
    background = root.find(f"{SVG}rect")
    assert background is not None
    assert background.attrib["fill"].startswith("#")
    assert root.attrib["fill"].startswith("#")
    assert small_graph()._repr_svg_() == svg


def test_roles_have_colours_of_their_own() -> None:
    mask = np.array([1.0, 2.0])
    graph = tg.graph(lambda x: x * mask, np.ones(2))
    assert len({box.fill for box in boxes_of(graph)}) == 4


def test_svg_is_escaped() -> None:
    def fun(a):
        return sum(a.values())

    fun.__name__ = "<&>\"'\n\1"
    graph = tg.graph(fun, AWKWARD)
    titles = [box.title.partition("|")[0] for box in boxes_of(graph)]
    assert """a["<&>'"]""" in titles
    assert r"a['new\nline\x00\ud800']" in titles
    root = ElementTree.fromstring(graph.svg().encode())
    assert (root.findtext(f"{SVG}title") or "").startswith("<&>\"'")


def test_the_rest_of_a_large_graph_is_one_box() -> None:
    graph = tg.graph(chain(50), 1.0)
    boxes = boxes_of(graph, 10)
    assert len(boxes) <= 10
    assert boxes[-1].title.startswith("92 more ops|")
    assert boxes[-1].top > max(box.top for box in boxes[:-1])
    assert len(boxes_of(graph, 102)) == 102
    assert not any("more" in box.title for box in boxes_of(graph, 102))
    assert boxes_of(graph, 101)[-1].title.startswith("1 more op|")


def test_of_many_inputs_those_that_are_used_first_are_drawn() -> None:
    graph = tg.graph(lambda xs, y: np.sum(np.stack([y * 2.0, *xs])), [1.0] * 300, 2.0)
    boxes = boxes_of(graph)
    assert [box.title.partition("|")[0] for box in boxes] == ["y", "multiply", "2 more ops"]
    assert len(boxes_of(graph, None)) == 305


def test_a_limit_that_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="limit=0; it is a number of boxes"):
        small_graph().svg(limit=0)


def test_save(tmp_path: Path) -> None:
    graph = small_graph()
    for suffix, text in (("svg", graph.svg()), ("dot", graph.dot()), ("txt", str(graph))):
        graph.save(tmp_path / f"graph.{suffix}")
        assert (tmp_path / f"graph.{suffix}").read_text(encoding="utf-8") == text + "\n"
    graph.save(str(tmp_path / "few.svg"), limit=5)
    assert "more op" in (tmp_path / "few.svg").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"'picture\.png': the name ends in \.svg, \.dot, \.txt"):
        graph.save("picture.png")


# The layout


def vertices(widths: list[float]) -> list[layout.Vertex]:
    return [layout.Vertex(0, width, 0, layout.OP) for width in widths]


@given(st.lists(st.tuples(st.floats(1, 50), st.floats(-200, 200)), min_size=1, max_size=6))
def test_spread_is_the_nearest_that_fits(cases: list[tuple[float, float]]) -> None:
    layer = vertices([width for width, _ in cases])
    places = np.array([place for _, place in cases])
    layout.spread(layer, places)
    found = np.array([vertex.x for vertex in layer])
    gaps = [(a.width + b.width) / 2 + layout.GAP for a, b in pairwise(layer)]
    assert np.all(np.diff(found) >= np.array(gaps) - 1e-6)
    # Nothing near it that fits is nearer to the places: least squares has no other minimum.
    for step in (1e-3, -1e-3):
        for start in range(len(layer)):
            for end in range(start + 1, len(layer) + 1):
                moved = found.copy()
                moved[start:end] += step
                if np.all(np.diff(moved) >= np.array(gaps) - 1e-6):
                    assert np.sum((moved - places) ** 2) >= np.sum((found - places) ** 2) - 1e-9


def test_edges_that_need_not_cross_do_not() -> None:
    def fun(a, b, c, d):
        return np.sin(d) + np.cos(c), np.exp(b) + np.tanh(a)

    graph = tg.graph(fun, 1.0, 2.0, 3.0, 4.0)
    boxes, sources, _ = layout.fold(graph, None)
    layers = layout.layers_of(boxes, sources, [50.0] * len(boxes))
    for layer in layers:
        layer.sort(key=lambda vertex: boxes[vertex.box].name)
        layout.put_in_order(layer, is_sorted=True)
    assert layout.crossings(layers) > 0
    layout.reduce_crossings(layers)
    assert layout.crossings(layers) == 0


@given(st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=4))
def test_crossings_are_counted(targets: list[list[int]]) -> None:
    upper = vertices([10.0] * len(targets))
    lower = vertices([10.0] * 4)
    for place, vertex in enumerate(lower):
        vertex.place = place
    for vertex, below in zip(upper, targets, strict=True):
        vertex.below = [(lower[target], 0.0) for target in below]
    edges = [(i, target) for i, below in enumerate(targets) for target in below]
    expected = sum(a < c and b > d for a, b in edges for c, d in edges)
    assert layout.crossings([upper]) == expected
