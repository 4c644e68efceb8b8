"""Every Python block of README.md runs, and prints what the README says that it prints.

The blocks under one heading share a namespace and run in order, so a section can be pasted into
an interpreter by itself. A `text` block directly after a Python block is what that block prints,
compared as doctest compares: white space is free, and `...` stands for anything.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

import tinygrad_np as tg

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


class Block(NamedTuple):
    language: str
    text: str
    line: int
    follows_directly: bool  # nothing but blank lines since the block before


class Example(NamedTuple):
    code: str
    line: int
    output: str | None


def sections(markdown: str) -> dict[str, list[Block]]:
    """Return the fenced blocks under each heading, in order."""
    found: dict[str, list[Block]] = {"": []}
    heading = ""
    language: str | None = None
    body: list[str] = []
    begin, directly = 0, False
    for number, line in enumerate(markdown.splitlines(), start=1):
        fence = re.fullmatch(r"```(\w*)", line)
        if language is None and fence:
            language, body, begin = fence[1], [], number
        elif language is not None and fence:
            found[heading].append(Block(language, "\n".join([*body, ""]), begin, directly))
            language, directly = None, True
        elif language is not None:
            body.append(line)
        elif line.startswith("#"):
            heading, directly = line.lstrip("# "), False
            assert heading not in found, f"README.md:{number}: two headings say {heading!r}"
            found[heading] = []
        elif line.strip():
            directly = False
    assert language is None, f"README.md:{begin}: this block does not end"
    return found


def examples(blocks: list[Block]) -> list[Example]:
    """Pair each Python block with the output that the README promises for it, if any."""
    return [
        Example(
            block.text,
            block.line,
            after.text
            if after is not None and after.language == "text" and after.follows_directly
            else None,
        )
        for block, after in zip_longest(blocks, blocks[1:])
        if block.language == "python"
    ]


def run(code: list[Example]) -> None:
    """Run the examples in one namespace; raise if one fails or prints something else."""
    namespace: dict[str, object] = {"__name__": "readme"}
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    for example in code:
        # The blank lines make the line numbers of a traceback those of README.md.
        source = compile("\n" * example.line + example.code, "README.md", "exec")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(source, namespace)
        if example.output is not None:
            got = printed.getvalue()
            same = doctest.OutputChecker().check_output(example.output, got, flags)
            assert same, (
                f"README.md:{example.line}: this block promises\n{example.output}and prints\n{got}"
            )


SECTIONS = {name: code for name, blocks in sections(README).items() if (code := examples(blocks))}


@pytest.mark.parametrize("name", SECTIONS)
def test_python_blocks_of_section(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a block may save a file
    run(SECTIONS[name])


def test_readme_has_python_blocks() -> None:
    assert sum(len(code) for code in SECTIONS.values()) >= 3


def test_first_two_sh_blocks_are_the_main_job_and_the_tests() -> None:
    commands = [
        block.text
        for blocks in sections(README).values()
        for block in blocks
        if block.language == "sh"
    ]
    main_job, tests = commands[:2]
    for command in (main_job, tests):
        assert command.count("\n") == 1, f"one line each; this is {command!r}"
        assert command.startswith("python3 -m venv .venv && ")
    assert main_job.endswith(" examples/mnist.py\n")
    assert tests.endswith(" -m pytest\n")


def test_the_files_that_the_readme_names_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    # The package under test may be installed elsewhere, and not in the clone at all.
    package = Path(tg.__file__).parent
    missing = [
        link
        for link in links
        if not (package.parent if link.startswith("tinygrad_np/") else ROOT).joinpath(link).exists()
    ]
    assert not missing


MARKDOWN = """
## One
```python
a = 1
print(a, "…", 0.25)
```

```text
1 … 0.2...
```
Words.
```python
print(a + 1)
```
Words between, so this is no output:
```text
3
```
## Two
```python
print("a" in globals())
```
```text
False
```
"""


def test_blocks_under_one_heading_share_a_namespace_and_print_what_is_promised() -> None:
    one, two = (examples(blocks) for name, blocks in sections(MARKDOWN).items() if name)
    assert [example.output for example in one] == ["1 … 0.2...\n", None]
    run(one)
    run(two)


def test_a_wrong_promise_and_a_failing_block_are_caught() -> None:
    with pytest.raises(AssertionError, match=r"README\.md:3: .* promises\s+1\s+and prints\s+2"):
        run([Example("print(2)\n", 3, "1\n")])
    with pytest.raises(ZeroDivisionError):
        run([Example("1 / 0\n", 3, None)])


def test_an_unfinished_block_is_caught() -> None:
    with pytest.raises(AssertionError, match=r"README\.md:2: this block does not end"):
        sections("\n```python\nprint(1)\n")
