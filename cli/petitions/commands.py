"""`suqiu petition`: its page, what may be done, and the acts."""

from cli.help import branch
from cli.petitions import acts, may, petition

PETITION = branch(
    "petition",
    (petition.show, "show", acts.SEE, "suqiu petition show SQ-8F2K-M3QT-9WVB-0C4E7"),
    (may.may, "may", acts.SEE, "suqiu petition may SQ-8F2K-M3QT-9WVB-0C4E7 --by repairs-1"),
    *acts.COMMANDS,
)
