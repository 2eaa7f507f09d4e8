"""`docs/commands.md`, written by the program itself: `python -m cli.reference > docs/commands.md`, or `make docs`."""

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import yaml
from cyclopts import App
from rich.console import Console

from cli.main import explained, make_app

COLUMNS = 100

HEAD = Path(__file__).with_suffix(".md")
"""What stands above the commands; edit it there."""
ANSWERS = Path(__file__).with_suffix(".yaml")
"""What each command answers with `--json`; tests hold real answers against it."""


class Answer(NamedTuple):
    """What a command answers with `--json`: its shape, what is to be known of it, the entry whose shape it has."""

    shape: str
    says: str
    like: str


def answers() -> dict[str, Answer]:
    """The answer of each command, by its path without `suqiu`; an act answers as its group says."""
    told = yaml.safe_load(ANSWERS.read_text("utf-8"))
    found = {}
    for name, each in told.items():
        shape = told[each["like"]]["shape"] if "like" in each else each["shape"]
        found[name] = Answer(shape.strip(), each.get("says", ""), each.get("like", ""))
    for path in command_paths(make_app()):
        group, name = " ".join(path[:-1]), " ".join(path)
        if group in found and name not in found:
            found[name] = Answer(found[group].shape, "", group)
    return found


def command_paths(app: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command and group of commands, the program itself first."""
    yield path
    for name in app:
        if not name.startswith("-"):
            yield from command_paths(app[name], (*path, name))


def help_of(app: App, path: tuple[str, ...]) -> str:
    """What `--help` says, plain, at a fixed width."""
    page = StringIO()
    explained(app, list(path)).help_print(
        list(path), console=Console(file=page, width=COLUMNS, force_terminal=False, color_system=None)
    )
    return "\n".join(line.rstrip() for line in page.getvalue().strip().splitlines())


def reference() -> str:
    """The whole page."""
    app, told = make_app(), answers()
    paths = list(command_paths(app))
    pages = [HEAD.read_text("utf-8"), _index(app, paths)]
    for path in paths:
        title = " ".join(("suqiu", *path))
        pages.append(f"## {title}\n\n```text\n{help_of(app, path)}\n```\n")
        if answer := told.get(" ".join(path)):
            pages.append(_answer(answer))
    return "\n".join(pages)


def _index(app: App, paths: list[tuple[str, ...]]) -> str:
    rows = "\n".join(f"| {_link('suqiu', *path)} | {_first_sentence(app, path)} |" for path in paths if path)
    return f"## Index\n\n| command | |\n|---|---|\n{rows}\n"


def _link(*words: str) -> str:
    return f"[`{' '.join(words[1:])}`](#{'-'.join(words)})"


def _first_sentence(app: App, path: tuple[str, ...]) -> str:
    for name in path:
        app = app[name]
    return str(app.help).split("\n\n", maxsplit=1)[0].replace("|", r"\|")


def _answer(answer: Answer) -> str:
    if answer.like:
        return f"With `--json`: as {_link('suqiu', *answer.like.split())}. {answer.says}".rstrip() + "\n"
    return f"With `--json`: {answer.says or 'an object'}\n\n```text\n{answer.shape}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
