"""What a dossier does not show: texts that stay sealed, texts without a key, and what may have been left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evidence.verifier.dossier import Dossier, Event
from evidence.verifier.limits import Said, Wrong


class Shown(NamedTuple):
    """Counts of sealed texts: `opened`, `erased` (the erasure is on record), `sealed` (nothing is said of them here).

    `without_key`: of those opened, the texts whose key is on record as destroyed: somebody kept them, or the key.
    `orders`, `erasures`: streams in the dossier. `not_shown`: residents for whom no proof tells whether an erasure was
    left out; of orders nothing ever tells.
    """

    opened: int
    erased: int
    sealed: int
    without_key: int
    residents: int
    orders: int
    erasures: int
    not_shown: int


def shown_of(dossier: Dossier) -> Shown:
    """What is shown, and what is not; the openings were checked before."""
    destroyed = {key for each in carried_out(dossier) if (key := str(each.body.get("key") or ""))}
    opened = erased = sealed = without_key = 0
    for event, name, key in sealed_fields(dossier):
        place = (event.position, name)
        if place not in dossier.openings:
            sealed += 1
        elif dossier.openings[place] is None:
            erased += 1
        else:
            opened += 1
            without_key += key in destroyed
    residents = {str(event.body["resident"]) for event in dossier.petition if event.body.get("resident")}
    heads = {stream for size, stream in dossier.heads if size == dossier.newest.size}
    return Shown(
        opened,
        erased,
        sealed,
        without_key,
        len(residents),
        sum(stream.startswith("o-") for stream in dossier.streams),
        sum(stream.startswith("erasure-") for stream in dossier.streams),
        sum(f"erasure-{resident}" not in heads for resident in residents),
    )


def sealed_fields(dossier: Dossier) -> Iterator[tuple[Event, str, str]]:
    """Each sealed field of the events: the event, the field's name, its key's name (empty: it never had a key)."""
    for event in dossier.events:
        for name, value in event.body.items():
            if isinstance(value, dict) and set(value) == {"commitment", "key"}:
                yield event, name, str(value["key"])


def carried_out(dossier: Dossier) -> list[Event]:
    """The approvals of erasures that were carried out, and that they were."""
    done = {event.stream: event.version for event in dossier.events if event.topic == "resident.erased"}
    return [
        event
        for event in dossier.events
        if event.version <= done.get(event.stream, 0)
        and (
            event.topic == "resident.erased"
            or (event.topic == "resident.erasure_decided" and event.body.get("approved") is True)
        )
    ]


def check_erased(dossier: Dossier) -> None:
    """Check that a text which never had a key was written after an erasure of its resident, approved and carried out.

    Raises:
        Wrong: no such erasure is on record.
    """
    since: dict[str, int] = {}
    for event in carried_out(dossier):
        since.setdefault(event.stream, event.position)
    for event, name, key in sealed_fields(dossier):
        if not key and dossier.openings.get((event.position, name), "") is None:
            resident = event.body.get("resident")
            begun = since.get(f"erasure-{resident}") if resident else min(since.values(), default=None)
            if begun is None or begun > event.position:
                raise Wrong(
                    f"第 {event.position} 条事件的 {name} 称已删除，却没有此前的删除记录。",
                    f"The {name} of event {event.position} is called erased, but no erasure before it is on record.",
                )


def not_shown(dossier: Dossier) -> list[Said]:
    """What to bear in mind of what is not in the dossier, in sentences."""
    found, made_for = shown_of(dossier), str(dossier.manifest["made_for"])
    said = []
    if found.sealed:
        zh = f"仍密封、未开启的内容 {found.sealed} 项：其文本不在卷宗内，只有承诺值。"
        en = f"{found.sealed} sealed texts are not opened here: of them only commitments are in the dossier."
        if made_for == "court" and dossier.manifest["opened"]:
            zh += "本卷为法院而作，本应全部开启：办公室没有其密钥，或未予开启，且无删除记录。"
            en += " It was made for the court, which reads all of them: the office had no key for them, or did not open"
            en += " them, and no erasure is on record."
        said.append(Said(zh, en))
    if found.without_key:
        zh = f"所示文本中 {found.without_key} 项的密钥按记录已销毁：有人留存了文本或密钥。"
        en = f"Of {found.without_key} of the texts shown the key is on record as destroyed: somebody kept text or key."
        said.append(Said(zh, en))
    zh = f"随附服务单 {found.orders} 件：此外是否还有，仅凭办公室所称。删除记录 {found.erasures} 件："
    en = f"{found.orders} service orders come with it; that there are no others is the office's word alone. "
    en += f"{found.erasures} erasures come with it: "
    if found.not_shown:
        zh += f"{found.residents} 位居民中有 {found.not_shown} 位，卷宗未证明没有略去其删除记录。"
        en += f"for {found.not_shown} of {found.residents} residents nothing shows that none was left out."
    else:
        zh += f"已证明 {found.residents} 位居民的删除记录没有略去。"
        en += f"it is shown that none of its {found.residents} residents' was left out."
    return [*said, Said(zh, en)]
