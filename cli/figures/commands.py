"""`suqiu report`: figures at a date, kept in the log."""

from cli.figures import report
from cli.help import branch

REPORT = branch(
    "report",
    (report.list_, "list", None, "suqiu report list --kind scorecard"),
    (report.show, "show", None, "suqiu report show scorecard-2025-10.1"),
    (report.make, "make", None, "suqiu report make publication --period 2025-Q4 --csv published.csv"),
    (report.verify, "verify", None, "suqiu report verify scorecard-2025-10.1"),
)
