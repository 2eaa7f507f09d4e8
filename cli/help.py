"""How commands and groups of commands are put together, and what `--help` says of them beside their options."""

import inspect
from collections.abc import Callable

from cyclopts import App, Group

Command = tuple[Callable[..., int], str, Group | None, str]
"""A function, its name on the command line, where help shows it, and an example."""


def branch(name: str, *commands: Command) -> App:
    """A group of commands; what it is about stands in the contents (`cli/main.py`)."""
    app = App(name=name, help_epilogue=example("\n".join(typed for _, _, _, typed in commands)))
    for function, called, group, typed in commands:
        app.command(function, name=called, group=group, help=about(function), help_epilogue=example(typed))
    return app


def about(function: Callable[..., object]) -> str:
    """The docstring up to its parameters, a line a paragraph: terminals break lines where they end."""
    described = inspect.cleandoc(function.__doc__ or "").split("\nParameters\n---")[0]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in described.strip().split("\n\n"))


def example(lines: str) -> str:
    """What stands below a command's options."""
    head = "Examples:" if "\n" in lines else "Example:"
    return head + "".join(f"\n  {line}" for line in lines.splitlines())
