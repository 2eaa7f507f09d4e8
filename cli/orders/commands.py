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
            "suqiu order post 想有人教数学 --service homework-help --age 72\n"
            "suqiu order post 想要一副老花镜 --kind micro_wish --by window-1"
        ),
    ),
    (order.show, "show", None, "suqiu order show SQ-8F2K-M3QT-9WVB-0C4E7"),
    *acts.COMMANDS,
    (lists.list_, "list", None, "suqiu order list --open --unit partner-school"),
    (lists.lists, "lists", None, "suqiu order lists --json"),
)
