"""What may be asked of a petition. Every door speaks these: shell, page, classifier and deadline alike.

A command says when it counts (`at`) and who asks (`by`); what follows is the business of `decisions`.
By subject: `door`, `routing`, `waiting`, `answers`, as with the events. A new command is a class in its file; nothing
is listed here again.
"""

from aggregates.command import Command as Command
from aggregates.petition.commands import answers, door, routing, waiting
from aggregates.petition.commands.answers import *
from aggregates.petition.commands.door import *
from aggregates.petition.commands.routing import *
from aggregates.petition.commands.waiting import *
from rulebook.words import Words

COMMANDS: tuple[type[Command], ...] = tuple(
    kind
    for subject in (door, routing, waiting, answers)
    for kind in vars(subject).values()
    if isinstance(kind, type) and issubclass(kind, Command) and kind.__module__ == subject.__name__
)
"""Every command on a petition."""
ACTS: Words = {kind.NAME: kind.WORD for kind in COMMANDS if kind.WORD is not None}
"""What people call those they do, by the command's name."""
