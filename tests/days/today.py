"""What day it is, for the few tests whose program runs on this machine's own clock."""

import time
from datetime import date, datetime, timedelta

from office.clock import wall_clock
from office.rules.rulebooks import read_rulebook
from office.settings import Settings
from rulebook.model import Rulebook

ENOUGH = timedelta(seconds=90)


def day_with_time_left() -> date:
    """The office's day, with a while of it left: near midnight it is waited for the next, so that days do not mix."""
    zone = _book().zone
    now = wall_clock().astimezone(zone)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), zone)
    if midnight - now < ENOUGH:
        time.sleep((midnight - now).total_seconds() + 0.1)
        return midnight.date()
    return now.date()


def _book() -> Rulebook:
    """The office's rulebook."""
    return read_rulebook(Settings.model_fields["rulebook"].default)
