"""Learn to write Python by reading its standard library: python examples/char_lm.py

A language model gives a probability to each character, given those before it; what it writes is
drawn from them. This one is a small transformer (Vaswani et al., 2017), which reads the source of
the modules that the running Python itself came with, once, and nothing else. It knows neither words
nor syntax: it begins with 97 characters that mean nothing to it.

It is measured in bits per character, the mean of −log₂ of the probability that it gave to what came
next, on modules that it does not read. Compressors are measured by the same: what the zipped text
becomes longer by, when those modules are added to it. Guessing takes 6.6 bits, and single
characters, by how frequent they are, 5.2. The three and a half minutes of the training bring it to
2.6 (of the text that it reads, 2.0); zlib takes 2.3, and lzma, which remembers all of it, 1.7.
Four spaces count as one character, so that indentation is as easy to see for it as for us.

Ctrl-C ends the training early; the model writes with what it knows by then. With --checkpoint
FOLDER a run that was stopped goes on where it was, when it is started again, and one that came to
its end writes again, from another --prompt, say. It leaves a picture, char_lm.png.
"""

from __future__ import annotations

import argparse
import lzma
import math
import sysconfig
import zlib
from pathlib import Path

import common
import numpy as np
from common import BLUE, GREY, RED

from tinygrad_np import nn, optim, tree
from tinygrad_np.train import Checkpoint, DivergenceError
from tinygrad_np.train.callbacks import Callback

# The end of a line, four spaces, and what can be printed in ASCII.
ALPHABET = "\n\t" + "".join(map(chr, range(32, 127)))
TAB = 4 * " "
HELD_OUT = 10  # every tenth module
SEEN = "for name in names:\n    print(name)\n"
PAPER, MONOSPACE, LINES, COLUMNS = "#f7f8fa", "DejaVu Sans Mono", 19, 84


# The text
# --------


def read_library(count, rng):
    """Return the text to learn from, so many characters of it, and that which is held out."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(folder.glob("*.py"))
    if len(files) < HELD_OUT:
        raise SystemExit(f"char_lm: {folder} does not hold the source of the standard library")
    held_out = files[HELD_OUT // 2 :: HELD_OUT]
    others = [file for file in files if file not in held_out]
    text = source_of([others[i] for i in rng.permutation(len(others))])
    return text[:count], source_of(held_out)


def source_of(files):
    return encode("".join([file.read_text("utf-8", "replace") for file in files]))


def encode(text):
    """Return the number of each character; four spaces are one, and strange ones question marks."""
    codes = text.expandtabs().replace(TAB, "\t").encode("ascii", "replace")
    numbers = np.zeros(128, np.uint8)
    numbers[[ord(character) for character in ALPHABET]] = range(len(ALPHABET))
    return numbers[np.frombuffer(codes, np.uint8)]


def decode(numbers):
    return "".join([ALPHABET[number] for number in numbers]).replace("\t", TAB)


def windows(text, length):
    """Cut a text into windows; return them, and for each of their characters the one after it."""
    count = (len(text) - 1) // length
    return [text[i : i + count * length].reshape(count, length).astype(int) for i in (0, 1)]


# What others need for it
# -----------------------


def single_characters(text, held_out):
    """Return the bits per character if each is coded by how often it is in the text."""
    frequencies = np.bincount(text, minlength=len(ALPHABET)) + 1
    return -np.log2(frequencies / frequencies.sum())[held_out].mean()


def compressed(compress, text, held_out):
    """Return the bits per character that a compressor adds for what is held out."""
    alone, both = len(compress(text.tobytes())), len(compress(text.tobytes() + held_out.tobytes()))
    return 8 * (both - alone) / len(held_out)


def references(text, held_out):
    return {
        "single characters": single_characters(text, held_out),
        "zlib": compressed(lambda text: zlib.compress(text, 9), text, held_out),
        "lzma": compressed(lambda text: lzma.compress(text, preset=9), text, held_out),
    }


# The model
# ---------


def build_network(options, rng):
    """Return a transformer. Each of its steps sees those before it, and none after it."""
    width = options.width
    return nn.NeuralNetwork(
        [
            nn.Embedding(len(ALPHABET), width, rng),
            nn.PositionalEncoding(),
            *[
                nn.TransformerBlock(width, options.heads, rng, causal=True)
                for _ in range(options.blocks)
            ],
            nn.LayerNorm(width),
            nn.Dense(width, len(ALPHABET), rng),
        ]
    )


def bits(characters, scores):
    """Mean of −log₂ of the probabilities of the characters."""
    return nn.softmax_crossentropy(characters, scores) / math.log(2)


class Curve(Callback):
    """Measures the network now and then, on some of the text and some of what is held out."""

    def __init__(self, examples, every):
        self.examples = examples
        self.every = every
        self.rows = []

    def after_step(self, run):
        if run.step % self.every == 0 or run.step == run.epochs * run.steps:
            values = [run.model.evaluate(*each, loss=bits).loss for each in self.examples]
            self.rows.append([run.step, *values])
            line = "step {:>5,}  training {:.3f}  validation {:.3f} bits per character"
            common.tqdm.write(line.format(*self.rows[-1]))

    def state(self):
        return self.rows

    def restore(self, state):
        self.rows = state


def train(network, text, held_out, options, rng):
    """Read the text; return the rows (step, training bits, validation bits)."""
    x, y = windows(text, options.context)
    steps = options.epochs * math.ceil(len(x) / options.batch_size)
    count = min(128, 1 + len(x) // 40)
    samples = [some(windows(each, options.context), count) for each in (text, held_out)]
    curve = Curve(samples, every=max(1, steps // 20))
    schedule = optim.cosine(options.lr, steps, warmup=steps // 20)
    checkpoint = options.checkpoint and Checkpoint(options.checkpoint, every=curve.every)
    network.fit(
        x,
        y,
        epochs=options.epochs,
        batch_size=options.batch_size,
        loss=bits,
        optimizer=optim.AdamW(schedule, weight_decay=0.01, clip_norm=1.0),
        rng=rng,
        callbacks=[curve],
        checkpoint=checkpoint,
        resume=checkpoint is not None,
    )
    return curve.rows


def some(examples, count):
    """Return so many of the examples, from all over them."""
    rows = np.unique(np.linspace(0, len(examples[0]) - 1, count).astype(int))
    return [array[rows] for array in examples]


def write(network, prompt, options, rng):
    """Continue a text, character by character; yield what was written."""
    numbers = list(encode(prompt))
    for _ in range(options.length):
        scores = network(np.array([numbers[-options.context :]]))[0, -1]
        probabilities = nn.softmax(scores.astype(float) / options.temperature)
        numbers.append(rng.choice(len(ALPHABET), p=probabilities))
        yield decode(numbers[-1:])


def attention_of(network, numbers):
    """Return what a head of the last block looks at: how much, of each character, from each.

    Of its heads it is that which looks least at the character that it is at. Attention is a mean of
    values: that of unit vectors is the weights.
    """
    *before, block, _, _ = network.layers
    x = numbers[np.newaxis].astype(int)
    for layer in before:
        x = layer(x)
    x = block.attention_norm(x)
    q, k = [
        layer(x)[0].reshape(len(numbers), block.heads, -1).swapaxes(0, 1)
        for layer in (block.attention.query, block.attention.key)
    ]
    heads = nn.attention(q, k, np.eye(len(numbers), dtype=q.dtype), causal=True)
    return min(heads, key=np.trace)


# The program
# -----------


def main():
    options = read_arguments()
    rng = np.random.default_rng(options.seed)
    text, held_out = read_library(options.characters, rng)
    print(f"{len(text):,} characters to read, {len(held_out):,} of other modules to validate on")
    known = references(text, held_out)
    for name, value in known.items():
        print(f"{name}: {value:.2f} bits per character")
    network = build_network(options, rng)
    rows = train(network, text, held_out, options, rng)

    print()
    sample = options.prompt
    print(sample, end="", flush=True)
    try:
        for character in write(network, options.prompt, options, rng):
            print(character, end="", flush=True)
            sample += character
    except KeyboardInterrupt:
        pass
    print("\n")
    subtitle = (
        f"a transformer of {sum(leaf.size for leaf in tree.leaves(network)):,} parameters "
        f"has read {len(text):,} characters of the standard library"
    )
    seen = encode(SEEN)[: options.context]
    draw(options.picture, subtitle, rows, known, sample, seen, attention_of(network, seen))
    print(f"wrote {options.picture}")
    x, y = some(windows(held_out, options.context), 512)
    print(f"validation {network.evaluate(x, y, loss=bits).loss:.2f} bits per character")


def draw(path, subtitle, rows, known, sample, seen, attention):
    """Write the picture: how it learned, what a head of its attention looks at, what it wrote."""
    with common.picture(path, "Learning to write Python", subtitle, size=(9, 9.6)) as figure:
        curves = figure.add_axes((0.08, 0.515, 0.46, 0.34))
        looks = figure.add_axes((0.625, 0.515, 0.335, 0.34))
        paper = figure.add_axes((0.056, 0.03, 0.904, 0.4))
        draw_curves(curves, rows, known)

        names = [{"\n": "↵", "\t": "→", " ": "·"}.get(ALPHABET[i], ALPHABET[i]) for i in seen]
        looks.imshow(attention, cmap="Blues", vmin=0, aspect="auto")
        looks.set_title("What a head of it looks at")
        looks.set_xticks(range(len(seen)), names, family=MONOSPACE, fontsize=9)
        looks.set_yticks(range(len(seen)), names, family=MONOSPACE, fontsize=9)
        looks.tick_params(length=0)
        looks.grid(False)

        paper.set_title("What it writes")
        paper.set(xticks=[], yticks=[], facecolor=PAPER)
        paper.spines[:].set_visible(False)
        for row, line in enumerate(sample.split("\n")[:LINES]):
            place = (0.02, 1 - (row + 1) / (LINES + 1))
            paper.text(*place, line[:COLUMNS], family=MONOSPACE, va="center", parse_math=False)


def draw_curves(axes, rows, known):
    if rows:
        steps, training, validation = zip(*rows, strict=True)
        axes.plot(steps, training, color=BLUE, label="training")
        axes.plot(steps, validation, color=RED, label="validation")
        axes.legend(loc=(0.55, 0.62))
    for name, value in known.items():
        axes.axhline(value, color=GREY, linestyle="--", linewidth=1.2, zorder=1)
        axes.annotate(
            name, (0, value), (4, 3), color=GREY, xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
        )  # fmt: skip
    axes.set_title("Bits per character")
    axes.set(xlabel="steps of training", xlim=(0, None), ylim=(0, None))


def read_arguments():
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = common.Options(__doc__, "char_lm.png", quick="100,000 characters, a smaller network")
    parser.add("--characters", 3_000_000, "to read")
    parser.add("--epochs", 1, "how often to read them")
    parser.add("--context", 128, "characters that it sees at once")
    parser.add("--blocks", 2, "of the transformer")
    parser.add("--width", 128, "features of a character")
    parser.add("--heads", 4, "of attention in each block")
    parser.add("--batch-size", 8, "windows in a step")
    parser.add("--lr", 5e-3, "highest learning rate")
    parser.add_seed()
    parser.add("--length", 700, "characters to write")
    parser.add(
        "--prompt",
        r"class Reader:\n    def __init__(self",
        "what to go on from",
        type=prompt,
        metavar="TEXT",
    )
    parser.add("--temperature", 0.6, "the lower, the more probable is what it writes")
    parser.add_argument("--checkpoint", help="to save the run in, and resume it", metavar="FOLDER")
    options = parser.parse_args()
    if options.width % options.heads:
        parser.error(f"--heads {options.heads} does not divide --width {options.width}")
    if options.quick:
        for name, most in QUICK.items():
            setattr(options, name, min(getattr(options, name), most))
    if options.characters <= options.context:
        parser.error(f"--characters {options.characters}: a single window has {options.context}")
    return options


QUICK = {"characters": 100_000, "context": 64, "blocks": 1, "width": 64, "length": 200}


def prompt(text):
    """Return the prompt, in which a backslash and an n stand for the end of a line."""
    text = text.replace("\\n", "\n")
    if not text or not text.isascii():
        raise argparse.ArgumentTypeError("give at least a character, and ASCII ones only")
    return text


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("char_lm: interrupted") from None
    except (DivergenceError, ValueError) as error:
        raise SystemExit(f"char_lm: {error}") from None
