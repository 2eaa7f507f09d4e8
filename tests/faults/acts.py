"""Which act a drawn number means in the state it meets. Pure: so a repeated operation is the same one."""

import random
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.parts import people
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF, TABLE
from rulebook.model import Rulebook
from tests.aggregates.office import SPOKEN, known_of

WEIGHTS: dict[type[c.Command], int] = {
    c.Triage: 12,
    c.Dispatch: 3,
    c.Accept: 10,
    c.Return: 2,
    c.Transfer: 2,
    c.Reclassify: 1,
    c.Contact: 5,
    c.Assist: 1,
    c.EndAssist: 1,
    c.TakePapers: 1,
    c.CarryPapers: 1,
    c.BringResult: 1,
    c.HandOver: 1,
    c.ConfirmHandOver: 1,
    c.OpenMediation: 1,
    c.EndMediation: 1,
    c.Refer: 1,
    c.DecideReferral: 1,
    c.Supervise: 1,
    c.RequestExtension: 2,
    c.DecideExtension: 3,
    c.Pause: 2,
    c.Resume: 4,
    c.RequestParking: 1,
    c.DecideParking: 2,
    c.Unpark: 2,
    c.Merge: 1,
    c.Unmerge: 2,
    c.AddResident: 1,
    c.SetConfidential: 1,
    c.SetUrgency: 1,
    c.Reply: 3,
    c.AskFollowUp: 1,
    c.Confirm: 3,
    c.Dispute: 3,
    c.RequestReview: 2,
    c.DecideReview: 4,
    c.Withdraw: 1,
    c.Close: 1,
    c.ReadSealedFields: 2,
}
NEVER_DRAWN = {c.Receive, c.Recompute, c.SetAside}
"""What the storms do not do, though people may."""
WEIGHTS |= {
    kind: 1 for kind, row in TABLE.items() if row.roles - {Role.ENGINE} and kind not in {*WEIGHTS, *NEVER_DRAWN}
}
TRIED = 12
"""Commands that are looked at before nobody does anything."""


class Other(NamedTuple):
    """Another petition, for what is merged."""

    petition: str
    receipt: str


def choose(state: Petition, draw: int, at: datetime, rules: Rulebook, other: Other | None) -> c.Command | None:
    """What somebody does now: something that may follow, by somebody who may; one in ten is tried whoever they are."""
    rng = random.Random(draw)
    careless = rng.random() < 0.1
    fitting = [kind for kind in WEIGHTS if state.stage in TABLE[kind].stages]
    if not fitting:
        return None
    for _ in range(TRIED):
        kind = rng.choices(fitting, [WEIGHTS[each] for each in fitting])[0]
        values = _values(kind, rng, state, at, rules, other)
        by = _somebody(kind, rng, state, rules)
        if values is None or by is None:
            continue
        command = kind(at=at, by=by, **{**known_of(kind, by), **values})
        if careless:
            return command
        try:
            decide(state, command, rules)
        except Refused:
            continue
        return command
    return None


def _somebody(kind: type[c.Command], rng: random.Random, state: Petition, rules: Rulebook) -> Actor | None:
    roles = sorted(TABLE[kind].roles - {Role.ENGINE, Role.SUPERVISOR})
    role = rng.choice(roles) if roles else None
    if role is None:
        return None
    if role not in STAFF:
        return Actor.resident()
    theirs = sorted({who for part in TABLE[kind].parts for who in people(part, state, rules)})
    fitting = [who for who in theirs if rules.staff_member(who).role == role]
    return Actor(role=role, id=rng.choice(fitting)) if fitting else None


def _values(
    kind: type[c.Command], rng: random.Random, state: Petition, at: datetime, rules: Rulebook, other: Other | None
) -> dict[str, Any] | None:
    said = dict(SPOKEN[kind][1])
    if kind is c.Merge:
        if other is None or other.petition == state.id:
            return None
        return {**said, "into": other.petition}
    if kind is c.Triage and rng.random() < 0.7:
        said |= {"category": rng.choice(rules.categories).id, "tier": rng.choice(rules.tiers).id}
    if kind is c.Reclassify:
        said |= {"category": rng.choice(rules.categories).id, "tier": rng.choice(rules.tiers).id}
    if kind is c.Transfer:
        same = [unit.id for unit in rules.units if unit.tier == state.tier and unit.id != state.unit]
        return {**said, "unit": rng.choice(same)} if same else None
    if kind is c.RequestParking:
        said["look_again_on"] = (at + timedelta(days=rng.randint(2, 20))).astimezone(rules.zone).date()
    if kind is c.Pause:
        said["days"] = rng.choice((None, 1, 3))
    if kind in (c.DecideExtension, c.DecideParking):
        said["approved"] = rng.random() < 0.8
    if kind is c.AddResident:
        said["resident"] = f"r-{rng.randrange(5)}-of-{state.id[-6:]}"
    return said
