"""The rulebook of the file, and the one in force in the store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import yaml
from eventsourcing.persistence import PersistenceError

from eventstore.adoptions import adopted, unfinished
from eventstore.codec import UnreadableEvent
from machine.diagnosis.check import Check
from machine.diagnosis.looking import Site
from office.connection import NotReachable
from office.rules.adoption import OtherRulebook
from office.rules.book_in_use import book_in_use
from office.rules.rulebooks import RulebookUnreadable, main_file, read_rulebook
from office.settings import Settings
from rulebook.model import Rulebook
from rulebook.problems import RulebookError

BROUGHT_WITHIN_SECONDS = 600.0
"""How long applying an adoption may take from its day on: 66,000 running petitions take some minutes."""


def check_rulebook(path: Path) -> Check:
    """The rulebook can be read; `suqiu rulebook check` says whether it is right."""
    remedy = "give the rulebook's path in SUQIU_RULEBOOK"
    path = main_file(path)
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        return Check("rulebook", False, f"{path}: {error.strerror}", remedy)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        return Check("rulebook", False, f"{path} is not YAML: {str(error).splitlines()[0]}", remedy)
    if not isinstance(document, dict):
        return Check("rulebook", False, f"{path} holds no keys", remedy)
    return Check("rulebook", True, str(path))


def check_rules_in_force(settings: Settings) -> tuple[Check, Rulebook | None]:
    """The rulebook in force in the store, and whether the file is the same; only asked if the database answers.

    Also returns the book, for checks that depend on it.
    """
    name = "rules in force"
    try:
        file, book = read_rulebook(settings.rulebook), book_in_use(settings)
    except OtherRulebook as error:
        return Check(name, False, str(error), "name that file in SUQIU_RULEBOOK"), None
    except (NotReachable, RulebookError, RulebookUnreadable, UnreadableEvent, psycopg.Error, PersistenceError) as error:
        return Check(name, False, str(error).splitlines()[0], "mend that first"), None
    told = f"{book.name.zh} {book.hash[:19]}"
    return Check(name, True, told if book.hash == file.hash else f"{told}; the file differs from it"), book


def look_at_adoptions(connection: psycopg.Connection[Any], site: Site) -> Iterator[Check]:
    """A book was adopted, and each adoption in force was applied to every running petition."""
    name, book = "rules adopted", site.book
    if book is None:
        return
    known = adopted(connection, book.id, book.time_zone)
    late = [each for each in unfinished(connection, book.id, known) if each.seconds > BROUGHT_WITHIN_SECONDS]
    if not known:
        says = f"no rulebook {book.id} was adopted in this store: nothing is taken in, no worker begins"
        remedy = f"`suqiu rulebook adopt {site.settings.rulebook}` (`suqiu up` does it by itself)"
        yield Check(name, False, says, remedy)
    elif late:
        says = f"adoption {late[0].number}, from {late[0].effective_from}, is not brought to every running petition"
        yield Check(name, False, says, "see that workers run; `suqiu workflows rebuild` begins it again")
    else:
        yield Check(name, True, f"{len(known)} times; from {known[-1].effective_from} last")
