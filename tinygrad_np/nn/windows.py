"""Windows that slide over images: what convolutions and pooling have in common."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..batching import batch_size
from ..recording import Array

Pair = tuple[int, int]

NO_PADDING = (0, 0), (0, 0)


class Window(NamedTuple):
    """How a window lies on an image; each pair is (along the height, along the width)."""

    size: Pair
    stride: Pair
    padding: tuple[Pair, Pair]
    dilation: Pair = (1, 1)

    def outputs(self, image: Pair) -> Pair:
        """How many places there are for the window on an image of (height, width)."""
        height, width = [
            (length + before + after - extent) // stride + 1
            for length, (before, after), extent, stride in zip(
                image, self.padding, self.extent, self.stride
            )
        ]
        return height, width

    @property
    def extent(self) -> Pair:
        """Over how many pixels the window reaches."""
        return (
            self.dilation[0] * (self.size[0] - 1) + 1,
            self.dilation[1] * (self.size[1] - 1) + 1,
        )

    def along(self, axis: int, position: int, places: int) -> slice:
        """The pixels that a position of the window meets at its first ``places`` places."""
        start, step = position * self.dilation[axis], self.stride[axis]
        return slice(start, start + step * (places - 1) + 1, step)


def window_over(
    function: str, image: Pair, size: Pair, stride: Any, padding: Any, dilation: Any = 1
) -> Window:
    """Make a window from what a caller says, and check that it fits on an image."""
    window = Window(
        size, pair(function, "stride", stride), NO_PADDING, pair(function, "dilation", dilation)
    )
    # "same": as many places as there are strides in the image.
    same = [
        (-(-length // step) - 1) * step + extent - length
        for length, step, extent in zip(image, window.stride, window.extent)
    ]
    window = window._replace(padding=padding_of(function, padding, same))
    around = tuple([length + sum(side) for length, side in zip(image, window.padding)])
    things, axes = ("sequences", 1) if function == "conv1d" else ("images", 0)
    if 0 in image:
        raise ValueError(f"{function}: there is nothing in {things} of {by(image[axes:])}")
    if around[0] < window.extent[0] or around[1] < window.extent[1]:
        dilated = f", dilated to {by(window.extent[axes:])}," if window.extent != size else ""
        raise ValueError(
            f"{function}: a window of {by(size[axes:])}{dilated} does not fit on {things} of "
            f"{by(around[axes:])}{', padding included' if around != image else ''}; make it "
            "smaller, or pad more"
        )
    return window


def pair(function: str, name: str, value: Any, least: int = 1) -> Pair:
    """Return a number twice, or a pair as it is."""
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2 or not all(is_integer(one) and one >= least for one in both):
        kind = "positive integer" if least else "integer from 0 on"
        raise ValueError(f"{function}: {name}={value!r}; expected a {kind} or a pair of them")
    return int(both[0]), int(both[1])


def single(function: str, name: str, value: Any) -> int:
    """Return a positive integer as it is."""
    if not is_integer(value) or value < 1:
        raise ValueError(f"{function}: {name}={value!r}; expected a positive integer")
    return int(value)


def is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def padding_of(function: str, padding: Any, same: list[int]) -> tuple[Pair, Pair]:
    """The pixels before and after along each axis; ``same`` says how many "same" means."""
    if isinstance(padding, str) and padding == "valid":
        return NO_PADDING
    if isinstance(padding, str) and padding == "same":
        totals = [max(total, 0) for total in same]
        height, width = [(total // 2, total - total // 2) for total in totals]
        return height, width
    sides = padding if isinstance(padding, (tuple, list)) else (padding, padding)
    try:
        height, width = [pair(function, "padding", side, 0) for side in sides]
    except ValueError:
        raise ValueError(
            f'{function}: padding={padding!r}; expected "valid", "same", a number of pixels, a '
            "pair (height, width), or ((top, bottom), (left, right))"
        ) from None
    return height, width


def ends_of(function: str, padding: Any) -> Any:
    """What the padding of sequences is, taken for images of one row."""
    if isinstance(padding, str) and padding in ("valid", "same"):
        return padding
    try:
        return (0, 0), pair(function, "padding", padding, 0)
    except ValueError:
        raise ValueError(
            f'{function}: padding={padding!r}; expected "valid", "same", a number of steps, or a '
            "pair (before, after)"
        ) from None


def check_settings(function: str, axes: int, stride: Any, padding: Any, dilation: Any = 1) -> None:
    """Raise if there is no image, or no sequence, on which a window could lie so."""
    for name, value in (("stride", stride), ("dilation", dilation)):
        if axes == 2:
            pair(function, name, value)
        else:
            single(function, name, value)
    padding_of(function, padding if axes == 2 else ends_of(function, padding), [0, 0])


def by(lengths: Any) -> str:
    return "×".join(map(str, lengths))


def check_layout(function: str, x: Array, axes: str, channels: int | None = None) -> None:
    """Raise unless x is a batch of things with so many channels, which come last."""
    shape, ndim = x.shape, axes.count(",") + 3
    if len(shape) == ndim and channels in (None, shape[-1]):
        return
    advice = ""
    if len(shape) == ndim and shape[1] == channels:
        advice = ". The channels seem to come first: np.moveaxis(x, 1, -1) puts them last"
    elif len(shape) == ndim - 1 and shape[-1] == channels:
        advice = ". If this is one example, not a batch, write x[np.newaxis]"
    elif len(shape) == ndim - 1 and channels in (None, 1):
        advice = ". If there is one channel, write x[..., np.newaxis]"
    expected = "channels" if channels is None else channels
    raise ValueError(
        f"{function}: x has shape {shape}; expected (batch, {axes}, {expected}){advice}"
    )


def channels_seem_first(shape: tuple[int, ...]) -> bool:
    """Whether (batch, height, width, channels) is more likely (batch, channels, height, width).

    These are grey or coloured square images; the others would be of one row, or three, and of as
    many channels as columns.
    """
    return len(shape) == 4 and shape[1] in (1, 3) and shape[2] == shape[3] > 3


def padded(x: Array, padding: tuple[Pair, Pair], fill: Any = 0) -> Array:
    """Return x with pixels around each image; x itself if there are none."""
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return x
    batch, height, width, channels = x.shape
    shape = (batch, top + height + bottom, left + width + right, channels)
    out = np.full(shape, fill, x.dtype) if fill else np.zeros(shape, x.dtype)
    out[:, top : top + height, left : left + width] = x
    return out


def cropped(x: Array, padding: tuple[Pair, Pair]) -> Array:
    """Return x without the pixels that `padded` put around it."""
    (top, bottom), (left, right) = padding
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def sliding(x: Array, window: Window) -> Array:
    """View padded images as (batch, place, place, position, position, channel)."""
    batch, height, width, channels = x.shape
    places = window._replace(padding=NO_PADDING).outputs((height, width))
    image, row, pixel, channel = x.strides
    return np.lib.stride_tricks.as_strided(
        x,
        (batch, *places, *window.size, channels),
        (
            image, row * window.stride[0], pixel * window.stride[1],
            row * window.dilation[0], pixel * window.dilation[1], channel,
        ),
        writeable=False,
    )  # fmt: skip


def joined_batch(function: Any, values: Any, flags: Any, **settings: Any) -> Array:
    """Carry out an op on the images of a whole batch of batches."""
    size = batch_size(values, flags)
    joined = []
    for value, mine in zip(values, flags):
        value = value if mine else np.broadcast_to(value, (size, *value.shape))
        joined.append(np.reshape(value, (size * value.shape[1], *value.shape[2:])))
    out = function(*joined, **settings)
    return np.reshape(out, (size, out.shape[0] // size, *out.shape[1:]))
