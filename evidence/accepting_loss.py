"""Accepting a loss: a person records that missing events will not come back, before anything is signed again.

The order makes it safe to stop anywhere and to repeat: a new key is created beside the old one; the act is appended to
the log and names both; the old file of checkpoints is set aside; the keys change places; the new one signs. From the
second step on the old key signs nothing more: one key can never sign two contradicting checkpoints.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psycopg

from aggregates.event import Actor, Header
from aggregates.office.decisions import accept_loss
from aggregates.office.events import LOG, LossReason, Missing
from aggregates.record import Recorded
from eventstore.folder_owner import make_folder
from eventstore.log import Append, EventLog
from eventstore.once import append_once
from eventstore.private_files import read_private_file
from eventstore.proofs.checkpoint import encode
from eventstore.proofs.notes import BadKey, KeySigner, Verifier, read_signer, read_verifier
from evidence.eras import Era, eras
from evidence.known_heads import PutBack
from evidence.log_key import keep_key, log_key_file, write_public
from rulebook.problems import Expected


class NothingLost(Expected):
    """The log agrees with every checkpoint signed over it: there is no loss to accept."""


class Accepted(NamedTuple):
    """The recorded act, the new public key, and the new paths of the old checkpoint file and the old private key."""

    era: Era
    key: Verifier
    set_aside: Path | None
    retired: Path | None


def next_name(name: str) -> str:
    """The name of the key after this one: `suqiu/baiyang`, `suqiu/baiyang/2`, `suqiu/baiyang/3`."""
    before, slash, number = name.rpartition("/")
    return f"{before}/{int(number) + 1}" if slash and number.isdecimal() else f"{name}/2"


def new_signer(path: Path, name: str) -> KeySigner:
    """The signer of the next key, created in a file (mode 0600) if there is none yet.

    Raises:
        OSError: the file cannot be written.
        NotPrivate: the existing file is another user's, or open to others.
        BadKey: it holds no key, or one of another name.
    """
    make_folder(path.parent)
    if not path.exists():
        keep_key(path, KeySigner(name, os.urandom(32)))
    signer = read_signer(read_private_file(path))
    if signer.verifier.name != name:
        raise BadKey(f"{path}: expected a key of {name}; found one of {signer.verifier.name}: move it away")
    return signer


def write_down(
    event_log: EventLog,
    found: PutBack,
    missing: Sequence[Missing] | None,
    retired: Verifier,
    earlier: Sequence[Verifier],
    key: Verifier,
    by: Actor,
    reason: LossReason,
    rulebook: str,
    now: datetime,
) -> Era:
    """Append the act to the log. `missing`: what Temporal knows beyond the log; None: it could not be asked.

    Raises:
        PersistenceError: the database was lost.
    """
    known = found.known.checkpoint
    header = Header(now, by, rulebook)

    def decide(records: list[Recorded]) -> Append:
        event = accept_loss(
            header,
            known=known.size,
            known_root=encode(known.root),
            known_at=known.at,
            known_from=found.known.where,
            kept=found.kept,
            size=event_log.head(),
            retired_key=str(retired),
            earlier_keys=[str(each) for each in earlier],
            key=str(key),
            reason=reason,
            missing=missing,
        )
        return Append(LOG, len(records), (event,), f"accept-loss:{len(records) + 1}", now)

    append_once(event_log, LOG, decide)
    with psycopg.connect(event_log.datastore.dsn) as connection:
        return eras(connection)[-1]


def set_aside(file: Path | None, at: datetime) -> Path | None:
    """Rename a file, adding the date; never overwrites. Returns its new path; None: there is no such file.

    Raises:
        OSError: it cannot be renamed.
    """
    if file is None or not file.exists():
        return None
    kept = _kept_name(file, at)
    file.rename(kept)
    return kept


def _kept_name(file: Path, at: datetime) -> Path:
    """The file's name with a date, which no other file has."""
    kept, number = file.with_name(f"{file.name}.until-{at:%Y%m%dT%H%M%S}"), 1
    while kept.exists() and not kept.samefile(file):
        number += 1
        kept = file.with_name(f"{file.name}.until-{at:%Y%m%dT%H%M%S}-{number}")
    return kept


def earlier_keys(data: Path) -> list[Verifier]:
    """The log's retired public keys, as stored in a data folder.

    Raises:
        OSError, BadKey: one cannot be read.
    """
    public = log_key_file(data).with_suffix(".pub")
    return [read_verifier(file.read_text("utf-8")) for file in sorted(public.parent.glob(f"{public.name}.until-*"))]


def keep_public(data: Path, retired: Verifier, at: datetime) -> None:
    """Store a retired public key in a data folder, also where its private key never was.

    Raises:
        OSError: the file cannot be written.
    """
    public = log_key_file(data).with_suffix(".pub")
    if retired not in earlier_keys(data):
        make_folder(public.parent)
        number = len(list(public.parent.glob(f"{public.name}.until-*"))) + 1
        write_public(public.with_name(f"{public.name}.until-{at:%Y%m%dT%H%M%S}-{number}"), retired)


def change_keys(data: Path, new: Path, at: datetime) -> Path | None:
    """Replace a data folder's log key by the new one; returns the path at which the old one is kept.

    At no instant is there none: the old key has both names until the new one replaces it.

    Raises:
        OSError: a file cannot be renamed.
    """
    place = log_key_file(data)
    kept = _kept_name(place, at) if place.exists() else None
    if kept is not None and not kept.exists():
        os.link(place, kept)
    write_public(place.with_suffix(".pub"), read_signer(new.read_text("utf-8")).verifier)
    new.replace(place)
    return kept
