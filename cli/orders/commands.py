"""`suqiu order`: posted, looked at, acted on, listed."""

from cli.help import branch
from cli.orders import acts, lists, order

ORDER = branch(
    "order",
    (
        order.post,
        "post",
        None,
        (
            "suqiu order post @text.txt --service homework-help --age @age.txt\n"
            "suqiu order post @text.txt --kind micro_wish --by window-1"
        ),
    ),
    (order.show, "show", None, "suqiu order show SQ-8F2K-M3QT-9WVB-0C4E7"),
    *acts.COMMANDS,
    (lists.list_, "list", None, "suqiu order list --open --unit partner-school"),
    (lists.lists, "lists", None, "suqiu order lists --json"),
)
