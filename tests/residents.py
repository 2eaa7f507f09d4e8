"""Residents at the tests' shells: they remember the code they were told, and give it when they act by themselves."""

import json
from collections.abc import Sequence

from aggregates.command import ResidentsWord
from aggregates.orders.commands import COMMANDS as OF_ORDERS
from aggregates.petition.commands import COMMANDS

THEIRS = {
    ("resident", "ask-erasure"),
    *(("petition", kind.NAME) for kind in COMMANDS if issubclass(kind, ResidentsWord)),
    *(("order", kind.NAME) for kind in OF_ORDERS if issubclass(kind, ResidentsWord)),
}


class Remembered:
    """The codes told at one office, by receipt; of a receipt the last one told."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    def hear(self, words: Sequence[str], out: str) -> None:
        """Remember what `submit --json` or `petition new-code --json` told."""
        if "--json" not in words or '"code":' not in out or "join" in words:
            return
        for line in out.splitlines():
            row = json.loads(line)
            if "code" in row and "receipt" in row:
                self.codes[row["receipt"]] = row["code"]

    def give(self, words: Sequence[str]) -> tuple[list[str], str | None]:
        """The command as a resident types it, and the code for its standard input; None: it is not theirs."""
        theirs = tuple(words[:2]) in THEIRS and len(words) > 2
        receipt = words[2] if theirs else None
        if tuple(words[:2]) == ("order", "post") and "--petition" in words:
            receipt = words[words.index("--petition") + 1]
        if theirs and "--with" in words:
            receipt = words[words.index("--with") + 1]
        showing = {"--by", "--code-from", "--help"} & {*words}
        code = self.codes.get(receipt) if receipt and not showing else None
        return ([*words, "--code-from", "-"], code) if code else ([*words], None)
