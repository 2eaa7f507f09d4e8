"""`suqiu store`, `projections` and `workflows`: looking after what runs."""

from cli.help import branch
from cli.running import projections, reconcile, store, workflows

STORE = branch(
    "store",
    (store.set_up, "set-up", None, "suqiu store set-up --program suqiu_program"),
)
PROJECTIONS = branch(
    "projections",
    (projections.status, "status", None, "suqiu projections status"),
    (projections.rebuild, "rebuild", None, "suqiu projections rebuild ledger"),
)
WORKFLOWS = branch(
    "workflows",
    (workflows.rebuild, "rebuild", None, "suqiu workflows rebuild"),
    (reconcile.reconcile, "reconcile", None, "suqiu workflows reconcile --dry-run"),
)
