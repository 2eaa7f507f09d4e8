"""How checks put things in words."""


def span(seconds: float) -> str:
    """A time in the unit a person would say it in."""
    for length, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def first_line(error: BaseException) -> str:
    """An error's first line, or its type's name."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
