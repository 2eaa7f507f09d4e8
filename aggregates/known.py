"""How it was known whose word an act is: by their code, by who looked at what at the counter, or only by who noted it.

Doors find it out (`office/codes.py`), decisions demand it, and events keep it. Nothing of a code is in it.
"""

from typing import Literal, Self

from pydantic import model_validator

from aggregates.event import Value

How = Literal["code", "counter", "noted", "before_codes"]
"""`code`: they gave the code of the petition. `counter`: they came in person, and who noted it looked at a paper of
theirs. `noted`: somebody of the staff says that they said so. `before_codes`: on record from before there were
codes, when nobody was asked; no act is done so any more."""

Seen = Literal["id_card", "household_book", "residence_permit", "social_card"]
"""What was looked at; never its number."""


class Known(Value):
    """How a resident was known whose word an act is. Who looked is the event's `by`."""

    how: How
    seen: Seen | None = None

    @model_validator(mode="after")
    def _who_looked_says_at_what(self) -> Self:
        if (self.how == "counter") != (self.seen is not None):
            raise ValueError("seen: what was looked at goes with `counter`, and only with it")
        return self

    @property
    def proven(self) -> bool:
        """Whether it was them: enough for what cannot be taken back."""
        return self.how in ("code", "counter")


BY_CODE = Known(how="code")
NOTED = Known(how="noted")
BEFORE_CODES = Known(how="before_codes")
