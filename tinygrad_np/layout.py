"""The picture of a graph: boxes in layers, each below what it was computed from.

It is laid out as Sugiyama, Tagawa and Toda (1981) do it: put the boxes into layers; where an edge
passes a layer, put a bend there; order each layer so that few edges cross; then move everything
sideways until the edges are as straight as they can be.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from html import escape
from typing import TYPE_CHECKING

from .drawing import COLOURS, Box, captions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .drawing import Graph

INK, GREY, EDGE, FRAME = "#1b2733", "#66727e", "#9aa7b4", "#dde3e8"
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
LARGE, SMALL = 13, 11
LETTER = 0.602
"""The width of a letter of these fonts, as a part of its size."""

HEIGHT, GAP, PADDING, MARGIN, HEADER = 42, 22, 12, 24, 30
PORT = 18
"""How far the ends of edges are apart, at most, where they meet a box."""

SWEEPS = 8


class Vertex:
    """A box, or a bend that all edges from one box share where they pass a layer."""

    def __init__(self, layer: int, width: float, box: int, weight: float) -> None:
        self.layer = layer
        self.width = width
        self.box = box
        self.weight = weight
        self.above: list[tuple[Vertex, float]] = []
        self.below: list[tuple[Vertex, float]] = []
        self.place = 0.0
        self.x = 0.0

    @property
    def is_bend(self) -> bool:
        return self.weight == BEND


BEND, OP, OTHER = 100.0, 4.0, 0.2
"""How much vertices resist being moved: edges are to be straight, long ones most of all."""


def picture(graph: Graph, limit: int | None) -> str:
    """Draw a graph as SVG."""
    boxes, sources, tips = fold(graph, limit)
    widths = [width_of(box, len(some)) for box, some in zip(boxes, sources, strict=True)]
    layers = layers_of(boxes, sources, widths)
    reduce_crossings(layers)
    straighten(layers)
    tops = rows(layers)
    left = min([vertex.x - vertex.width / 2 for layer in layers for vertex in layer], default=0)
    right = max([vertex.x + vertex.width / 2 for layer in layers for vertex in layer], default=0)
    for layer in layers:
        for vertex in layer:
            vertex.x += MARGIN - left
    subtitle = counted(graph.boxes)
    header = len(graph.name) * LETTER * LARGE + (len(subtitle) + 2) * LETTER * SMALL
    width = 2 * MARGIN + max(right - left, header)
    height = tops[-1] + MARGIN if len(tops) > 1 else HEADER + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{FONT}" '
        f'font-size="{SMALL}" fill="{INK}">',
        f"<title>{escape(f'{graph.name}: {subtitle}')}</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8" '
        f'fill="#fcfdfe" stroke="{FRAME}"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 6}"><tspan font-size="{LARGE}" font-weight="bold">'
        f'{escape(graph.name)}</tspan><tspan dx="12" fill="{GREY}">{subtitle}</tspan></text>',
        *draw_edges(layers, tops, len(boxes)),
    ]
    for layer, top in zip(layers, tops):
        for vertex in layer:
            if not vertex.is_bend:
                lines.append(draw_box(vertex, top, boxes[vertex.box], tips[vertex.box]))
    return "\n".join([*lines, "</svg>"])


def counted(boxes: Sequence[Box]) -> str:
    counts = []
    for role in ("input", "constant", "op"):
        count = sum(box.role == role for box in boxes)
        if count:
            counts.append(f"{count:,} {role}{'s' * (count > 1)}")
    return ", ".join(counts) or "nothing recorded"


# What is drawn


def fold(graph: Graph, limit: int | None) -> tuple[list[Box], list[list[int]], list[str]]:
    """The boxes to draw, and for each where its edges come from, and its line of the text.

    Of a large graph the first ops are drawn, and one box that stands for the rest.
    """
    sources = [[arg for arg in box.args if isinstance(arg, int)] for box in graph.boxes]
    chosen = list(range(len(sources)))
    if limit is not None and len(sources) > limit:
        chosen = first_ops(graph.boxes, sources, limit)
    place = {number: i for i, number in enumerate(chosen)}
    boxes = [graph.boxes[number] for number in chosen]
    edges = [[place[source] for source in sources[number]] for number in chosen]
    tips = [graph.line(box) for box in boxes]
    rest = [number for number in range(len(sources)) if number not in place]
    if rest:
        used = [place[source] for number in rest for source in sources[number] if source in place]
        ops = sum(graph.boxes[number].role == "op" for number in rest)
        title = f"{ops:,} more op{'s' * (ops != 1)}"
        boxes.append(Box("rest", title, kind="svg(limit=None) draws all"))
        edges.append(list(dict.fromkeys(used)))
        tips.append("The text of the graph, print(graph), is complete.")
    return boxes, edges, tips


def first_ops(boxes: Sequence[Box], sources: Sequence[Sequence[int]], limit: int) -> list[int]:
    """The first ops and what they are computed from, fewer than ``limit`` boxes in all."""
    found: set[int] = set()
    for number, box in enumerate(boxes):
        if box.role == "op":
            needed = {number, *sources[number]} - found
            if len(found) + len(needed) >= limit:
                break
            found |= needed
    return sorted(found)


def width_of(box: Box, edges: int) -> float:
    title, settings, kind = captions(box)
    text = max(len(title + settings) * LARGE, len(kind) * SMALL) * LETTER
    return max(text, min(edges * PORT, 400)) + 2 * PADDING


# Layers


def layers_of(
    boxes: Sequence[Box], sources: Sequence[Sequence[int]], widths: Sequence[float]
) -> list[list[Vertex]]:
    """Put each box as low as what is computed from it allows, and bends where edges pass."""
    height = [0] * len(boxes)
    for number in reversed(range(len(boxes))):
        for source in sources[number]:
            height[source] = max(height[source], height[number] + 1)
    highest = max(height, default=-1)
    layer_of = [highest - one for one in height]
    for number, box in enumerate(boxes):
        if box.role == "output":
            layer_of[number] = max([layer_of[source] + 1 for source in sources[number]], default=0)
        elif box.role == "input" and not height[number]:
            layer_of[number] = 0
    vertices = [
        Vertex(layer, width, number, OP if boxes[number].role == "op" else OTHER)
        for number, (layer, width) in enumerate(zip(layer_of, widths, strict=True))
    ]
    layers: list[list[Vertex]] = [[] for _ in range(highest + 1)]
    for turn, number in enumerate(outputs_first(sources)):
        vertices[number].place = turn
        layers[layer_of[number]].append(vertices[number])
    ends: list[list[Vertex]] = [[vertex] for vertex in vertices]
    for number, vertex in enumerate(vertices):
        spacing = PORT if len(sources[number]) * PORT < 400 else 400 / len(sources[number])
        for i, source in enumerate(sources[number]):
            port = (i - (len(sources[number]) - 1) / 2) * spacing
            bends = ends[source]
            while len(bends) < vertex.layer - layer_of[source]:
                bend = Vertex(layer_of[source] + len(bends), 0, source, BEND)
                bend.place = vertices[source].place
                bend.above.append((bends[-1], 0))
                bends[-1].below.append((bend, 0))
                layers[bend.layer].append(bend)
                bends.append(bend)
            above = bends[vertex.layer - layer_of[source] - 1]
            above.below.append((vertex, port))
            vertex.above.append((above, port))
    return layers


def outputs_first(sources: Sequence[Sequence[int]]) -> list[int]:
    """All boxes, each after its sources, which come from left to right."""
    order: list[int] = []
    found: set[int] = set()
    used = {source for some in sources for source in some}
    for sink in (number for number in range(len(sources)) if number not in used):
        pending = [(sink, False)]
        while pending:
            number, is_ready = pending.pop()
            if is_ready:
                order.append(number)
            elif number not in found:
                found.add(number)
                pending.append((number, True))
                pending += [(source, False) for source in reversed(sources[number])]
    return order


# The order within a layer


def reduce_crossings(layers: list[list[Vertex]]) -> None:
    """Move each vertex to the mean of its neighbours, above and below in turn; keep the best."""
    for layer in layers:
        put_in_order(layer)
    best = crossings(layers), [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        if not best[0]:
            break
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            for vertex in layer:
                beside = (
                    [above.place for above, _ in vertex.above]
                    if sweep % 2 == 0
                    else [below.place + slot(below, port) for below, port in vertex.below]
                )
                if beside:
                    vertex.place = sum(beside) / len(beside)
            put_in_order(layer)
        found = crossings(layers)
        if found < best[0]:
            best = found, [list(layer) for layer in layers]
    for layer, ordered in zip(layers, best[1], strict=True):
        layer[:] = ordered
        put_in_order(layer, is_sorted=True)


def put_in_order(layer: list[Vertex], is_sorted: bool = False) -> None:
    if not is_sorted:
        layer.sort(key=lambda vertex: vertex.place)
    for place, vertex in enumerate(layer):
        vertex.place = place


def slot(vertex: Vertex, port: float) -> float:
    """Where at a vertex an edge ends, from −½ at its left to ½ at its right."""
    return port / (vertex.width + 1)


def crossings(layers: list[list[Vertex]]) -> int:
    """How many pairs of edges cross."""
    total = 0
    for layer in layers:
        ends: list[float] = []
        for vertex in layer:
            targets = [below.place + slot(below, port) for below, port in vertex.below]
            total += sum(len(ends) - bisect_right(ends, target) for target in targets)
            for target in targets:
                insort(ends, target)
    return total


# Coordinates


def straighten(layers: list[list[Vertex]]) -> None:
    """Move the vertices, in their order, to where the edges are straight."""
    for layer in layers:
        spread(layer, [0.0] * len(layer))
    for sweep in range(3 * SWEEPS):
        side = "both" if sweep >= 2 * SWEEPS else "below" if sweep % 2 else "above"
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            spread(layer, [wanted(vertex, side) for vertex in layer])


def wanted(vertex: Vertex, side: str) -> float:
    """The mean of where a vertex's neighbours are; long edges count more."""
    total = weights = 0.0
    if side != "below":
        for above, port in vertex.above:
            total += above.weight * (above.x - port)
            weights += above.weight
    if side != "above":
        for below, port in vertex.below:
            total += below.weight * (below.x + port)
            weights += below.weight
    return total / weights if weights else vertex.x


def spread(layer: list[Vertex], places: Sequence[float]) -> None:
    """Move vertices as near to ``places`` as their widths allow, in the sense of least squares.

    Less the widths to the left of each, the places are to increase: isotonic regression, by pooling
    neighbours that are in each other's way.
    """
    shifts = []
    shift = previous = 0.0
    for vertex in layer:
        shift += previous + vertex.width / 2
        shifts.append(shift)
        previous = vertex.width / 2 + GAP
    pools: list[tuple[float, float, int]] = []
    for vertex, place, shift in zip(layer, places, shifts, strict=True):
        pool = (place - shift) * vertex.weight, float(vertex.weight), 1
        while pools and pools[-1][0] * pool[1] >= pool[0] * pools[-1][1]:
            last = pools.pop()
            pool = last[0] + pool[0], last[1] + pool[1], last[2] + pool[2]
        pools.append(pool)
    vertices = iter(zip(layer, shifts, strict=True))
    for total, weight, count in pools:
        for _ in range(count):
            vertex, shift = next(vertices)
            vertex.x = total / weight + shift


def rows(layers: list[list[Vertex]]) -> list[float]:
    """The top of each layer, and the bottom of all: flat edges get more room between them."""
    tops = [float(MARGIN + HEADER)]
    for layer in layers:
        across = max(
            [abs(vertex.x - below.x - port) for vertex in layer for below, port in vertex.below],
            default=0,
        )
        gap = min(28 + across / 8, 90) if any(vertex.below for vertex in layer) else 0
        tops.append(tops[-1] + HEIGHT + gap)
    return tops


# SVG


def draw_edges(layers: list[list[Vertex]], tops: list[float], boxes: int) -> list[str]:
    """A path for the edges from each box, and one for all the heads of arrows."""
    paths: list[list[str]] = [[] for _ in range(boxes)]
    heads = []
    for layer, top in zip(layers, tops):
        bottom = top + HEIGHT
        for vertex in layer:
            path = paths[vertex.box]
            if vertex.is_bend:
                path.append(f"M{vertex.x:.1f} {top:.1f}V{bottom:.1f}")
            for below, port in vertex.below:
                end = tops[below.layer] - (0 if below.is_bend else 5)
                middle = (bottom + end) / 2
                x = below.x + port
                path.append(
                    f"M{vertex.x:.1f} {bottom:.1f}C{vertex.x:.1f} {middle:.1f} {x:.1f} "
                    f"{middle:.1f} {x:.1f} {end:.1f}"
                )
                if not below.is_bend:
                    heads.append(f"M{x:.1f} {end + 5:.1f}l-3.5 -6.5h7z")
    lines = [f'<path d="{"".join(path)}"/>' for path in paths if path]
    return [
        f'<g fill="none" stroke="{EDGE}" stroke-width="1.4">', *lines, "</g>",
        f'<path d="{"".join(heads)}" fill="{EDGE}"/>',
    ]  # fmt: skip


def draw_box(vertex: Vertex, top: float, box: Box, tip: str) -> str:
    title, settings, kind = captions(box)
    fill, line = COLOURS[box.role]
    left, first = vertex.x - vertex.width / 2, top + (18 if kind else 25)
    # Wide or narrow as a font may be, the settings begin where the title ends.
    end = vertex.x + (len(title) - len(settings)) * LETTER * LARGE / 2
    anchor = "end" if settings else "middle"
    bold = f'font-size="{LARGE}" font-weight="bold"'
    texts = [written(title, end if settings else vertex.x, first, f'{bold} text-anchor="{anchor}"')]
    if settings:
        texts.append(written(settings, end, first, f'font-size="{LARGE}" fill="{GREY}"'))
    if kind:
        texts.append(written(kind, vertex.x, top + 33, f'fill="{GREY}" text-anchor="middle"'))
    dashes = ' stroke-dasharray="4 3"' if box.role == "rest" else ""
    return (
        f"<g><title>{escape(tip)}</title>"
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{vertex.width:.1f}" height="{HEIGHT}" rx="7" '
        f'fill="{fill}" stroke="{line}" stroke-width="1.2"{dashes}/>{"".join(texts)}</g>'
    )


def written(text: str, x: float, y: float, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'
