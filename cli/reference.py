"""`docs/commands.md`, written by the program itself: `python -m cli.reference > docs/commands.md`, or `make docs`."""

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from cyclopts import App
from rich.console import Console

from cli.main import make_app

COLUMNS = 100

HEAD = Path(__file__).with_suffix(".md")
"""What stands above the commands; edit it there."""


def command_paths(app: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command and group of commands, the program itself first."""
    yield path
    for name in app:
        if not name.startswith("-"):
            yield from command_paths(app[name], (*path, name))


def help_of(app: App, path: tuple[str, ...]) -> str:
    """What `--help` says, plain, at a fixed width."""
    page = StringIO()
    app.help_print(list(path), console=Console(file=page, width=COLUMNS, force_terminal=False, color_system=None))
    return "\n".join(line.rstrip() for line in page.getvalue().strip().splitlines())


def reference() -> str:
    """The whole page."""
    app = make_app()
    pages = [HEAD.read_text("utf-8")]
    for path in command_paths(app):
        title = " ".join(("suqiu", *path))
        pages.append(f"## {title}\n\n```text\n{help_of(app, path)}\n```\n")
    return "\n".join(pages)


if __name__ == "__main__":
    sys.stdout.write(reference())
