"""The list of all rules, by name, in the order they are told."""

from collections.abc import Callable, Iterator, Mapping

from tests.faults.checker import answers, clocks, messages, promises, store
from tests.faults.evidence import Evidence

Rule = Callable[[Evidence], Iterator[tuple[str, str]]]


def _said(name: str) -> Rule:
    """A rule that passes on what one of the program's own checks found."""
    return lambda evidence: ((each.about, each.what) for each in getattr(evidence, name))


RULES: Mapping[str, Rule] = {
    "acknowledged-lost": store.acknowledged_lost,
    "refused-on-record": store.refused_on_record,
    "receipt-double": store.receipt_double,
    "command-double": store.command_double,
    "repeat-taken-as-new": store.repeat_taken_as_new,
    "nobody-asked": store.nobody_asked,
    "log-gap": store.log_gap,
    "adopted-once": store.adopted_once,
    "erased": store.erased,
    "impossible": store.impossible,
    "recorded-ahead": clocks.recorded_ahead,
    "recorded-behind": clocks.recorded_behind,
    "early": promises.early,
    "deadline-wrong": promises.deadline_wrong,
    "deadline-twice": promises.deadline_twice,
    "deadline-missed": promises.deadline_missed,
    "late": promises.late,
    "recovery": promises.recovery,
    "unanswered": answers.unanswered,
    "not-settled": answers.not_settled,
    "takeover": promises.takeover,
    "message-lost": messages.lost,
    "message-double": messages.double,
    "message-unasked": messages.unasked,
    "message-undelivered": messages.undelivered,
    "reader-behind": messages.reader_behind,
    "log-whole": _said("audit"),
    "replay-differs": _said("replays"),
    "view-differs": _said("views"),
    "history-differs": _said("histories"),
    "engine-differs": _said("reconciled"),
    "erased-readable": _said("keys"),
}
