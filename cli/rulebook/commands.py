"""`suqiu rulebook`: what the rules say."""

from cli.help import branch
from cli.rulebook import adopt, book, people, scenarios

RULEBOOK = branch(
    "rulebook",
    (book.check, "check", None, "suqiu rulebook check rulebook/baiyang/rulebook.yaml"),
    (book.deadline, "deadline", None, "suqiu rulebook deadline --received 2025-09-30T15:00 --tier district"),
    (adopt.adopt, "adopt", None, "suqiu rulebook adopt rulebook/baiyang --from 2026-01-01 --by leader-1"),
    (people.units, "units", None, "suqiu rulebook units --tier district"),
    (people.staff, "staff", None, "suqiu rulebook staff --unit window\nsuqiu rulebook staff --role leader"),
    (scenarios.scenarios, "scenarios", None, "suqiu rulebook scenarios rulebook/baiyang"),
)
