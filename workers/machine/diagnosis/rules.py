"""The rulebook: that of the file, and the one the store goes by."""

from pathlib import Path

import yaml

from rulebook.problems import RulebookError
from workers.composition import NotReachable
from workers.machine.diagnosis.check import Check
from workers.rules.adoption import OtherRulebook
from workers.rules.book_in_use import book_in_use
from workers.rules.rulebooks import RulebookUnreadable, main_file, read_rulebook
from workers.settings import Settings


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


def check_rules_in_force(settings: Settings) -> Check:
    """Which rulebook the store goes by, and whether it is that of the file; asked only where the database answers."""
    try:
        file, book = read_rulebook(settings.rulebook), book_in_use(settings)
    except OtherRulebook as error:
        return Check("rules in force", False, str(error), "name that file in SUQIU_RULEBOOK")
    except (NotReachable, RulebookError, RulebookUnreadable) as error:
        return Check("rules in force", False, str(error).splitlines()[0], "mend that first")
    told = f"{book.name.zh} {book.hash[:19]}"
    return Check("rules in force", True, told if book.hash == file.hash else f"{told}; the file differs from it")
