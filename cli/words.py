"""Words of residents and clerks: given by standard input, by a file or when asked for, not on the command line.

What stands on a command line is in the list of processes, which every user of the machine reads, and in the shell's
history. Which options these are is said by the fields of commands and submissions: those that stand in no `repr`.

A value is `-` (standard input; on a terminal it is asked for), `@FILE`, or the words themselves; `@@` begins words that
begin with `@`.
"""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cli.failures import WrongUse
from cli.screen import ERR, remark

if TYPE_CHECKING:
    from pydantic import BaseModel

    from cli.options import Common

STDIN = "@-"
"""Standard input, as commands see the `-` that was typed: their parser takes a `-` for an option without a name."""
FILE = "@"
LARGEST_BYTES = 2**20
"""Of a file or of standard input: far more than any rulebook lets a petition say."""

HOW = "以 `-` 或 `@FILE` 提供 give it as `-` or `@FILE`: typed here, others on this machine see it."
"""What an option of words says of itself."""
ASKED_FOR = f"{HOW} Left out on a terminal, it is asked for."

NAMES = {
    "text": "内容",
    "texts": "诉求内容",
    "title": "标题",
    "name": "姓名",
    "phone": "电话",
    "address": "地址",
    "age": "年龄",
    "reason": "理由",
    "grounds": "依据",
    "what": "缺什么",
    "answer": "答复内容",
    "terms": "协议内容",
    "decision": "决定",
    "words": "评价",
    "external_id": "来件编号",
}
"""What is asked for on a terminal, by field; without an entry the option's name alone."""


def fields_of_words(kind: "type[BaseModel]") -> frozenset[str]:
    """The fields of a command or submission that hold what somebody said: they stand in no `repr`."""
    return frozenset(name for name, field in kind.model_fields.items() if not field.repr)


def spelt(arguments: list[str]) -> list[str]:
    """A command line as its parser takes it: each `-` by itself as `STDIN`."""
    return [STDIN if each == "-" else each for each in arguments]


class Words:
    """Reads the words of one command. Standard input is read once."""

    def __init__(self, common: "Common", read: str = "") -> None:
        """Use the options that say where the data folder is: no file in it is read. `read`: who has standard input."""
        self._common = common
        self._read = read
        self._typed: list[str] = []

    def of(self, given: Mapping[str, str | None], *, needed: Collection[str] = (), **called: str) -> dict[str, str]:
        """The words by field, of those that were given; those `needed` are asked for. `called`: another option.

        Raises:
            WrongUse: a needed one is missing and nobody can be asked; nothing, no text or too much is in a file or on
                standard input; standard input is meant twice.
        """
        found = {}
        for field, value in given.items():
            option = called.get(field, f"--{field.replace('_', '-')}")
            if value is not None:
                found[field] = self._one(option, field, value)
            elif field in needed:
                found[field] = self._missing(option, field)
        self.warn()
        return found

    def each(self, option: str, field: str, values: Collection[str]) -> tuple[str, ...]:
        """The words of an argument that may be given several times. Raises as `of`; `warn` comes after it."""
        return tuple(self._one(option, field, value) for value in values)

    def warn(self) -> None:
        """Advise whoever typed words at a terminal against it, once; a script is not told at each call."""
        if self._typed and ERR.is_terminal:
            remark(
                f"{', '.join(dict.fromkeys(self._typed))}: 命令行上的内容本机其他用户看得到，也留在历史记录里 what is "
                "typed here is seen by others on this machine and kept by the shell; use - or @FILE"
            )
        self._typed.clear()

    def _one(self, option: str, field: str, value: str) -> str:
        if value == STDIN:
            return self._from_stdin(option, field)
        if value.startswith(FILE * 2):
            self._typed.append(option)
            return value[1:]
        if value.startswith(FILE):
            return self._from_file(option, value.removeprefix(FILE))
        self._typed.append(option)
        return value

    def _missing(self, option: str, field: str) -> str:
        if not on_terminal():
            raise WrongUse(f"{option}: expected it: {option} - reads standard input, {option} @FILE a file")
        return _ask(option, field)

    def _from_stdin(self, option: str, field: str) -> str:
        if on_terminal():
            return _ask(option, field)
        if self._read:
            raise WrongUse(f"{option}: standard input is {self._read}'s already; give this one as @FILE")
        self._read = option
        return _text(option, "standard input", sys.stdin.buffer.read(LARGEST_BYTES + 1) if sys.stdin else b"")

    def _from_file(self, option: str, name: str) -> str:
        if not name:
            raise WrongUse(f"{option}: expected a file's name after @")
        data = self._common.settings().data.expanduser().resolve()
        try:
            path = Path(name).expanduser()
            if path.resolve().is_relative_to(data):
                raise WrongUse(f"{option}: a file of the data folder holds nobody's words")
            with path.open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
        except (OSError, RuntimeError) as error:  # `~nobody` has no home
            why = getattr(error, "strerror", None) or "is no file's name"
            raise WrongUse(f"{option}: @ names a file to read, and it cannot be read: {why}") from None
        return _text(option, "the file", content)


def on_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _ask(option: str, field: str) -> str:
    """Ask for a line on the terminal; what is typed is shown to whoever types, and kept by nobody.

    Raises:
        WrongUse: nothing was typed.
    """
    ERR.print(f"{NAMES.get(field, '')} {option.removeprefix('--')}: ".lstrip(), end="", markup=False, style="bold cyan")
    return _text(option, "the answer", sys.stdin.buffer.readline(LARGEST_BYTES + 1))


def _text(option: str, where: str, content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        raise WrongUse(f"{option}: expected at most {LARGEST_BYTES // 2**20} MiB; {where} is longer")
    try:
        text = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise WrongUse(f"{option}: expected text in UTF-8; {where} is something else") from None
    if not text.strip():
        raise WrongUse(f"{option}: expected words; {where} is empty")
    return text
