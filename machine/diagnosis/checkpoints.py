"""Checkpoints: whether the log is signed up to now, continues what was signed, and the file can be written."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg

from eventstore.folder_owner import belongs_to_another
from eventstore.proofs.archive import signed_so_far
from eventstore.proofs.tree import BrokenLog
from evidence.known_heads import LogPutBack, put_back, sources
from evidence.log_key import checkpoint_file, log_verifier
from machine.diagnosis.check import Check
from machine.diagnosis.looking import Site, could_not_look
from machine.diagnosis.words import span
from office.settings import SettingsError

BEHIND_SECONDS = 300.0
"""The notary signs every minute."""


def look_at_checkpoints(connection: psycopg.Connection[Any], site: Site) -> Iterator[Check]:
    """How long the log's oldest unsigned event waits, and the file."""
    found = signed_so_far(connection)
    well = found.seconds <= BEHIND_SECONDS
    last = "none yet" if found.size is None else f"the last is over {found.size}"
    behind = "" if well else f"; what comes after it waits since {span(found.seconds)}"
    says = f"{last} of {found.head} events{behind}"
    remedy = (
        "start `suqiu relay` with the log key (SUQIU_LOG_KEY, or the data folder's); else its log says why it waits"
    )
    yield Check("checkpoints", well, says, remedy)
    yield from _file(site)


def look_at_what_was_signed(connection: psycopg.Connection[Any], site: Site) -> Iterator[Check]:
    """Whether the log leads to the latest checkpoints that are kept elsewhere: the file's, and those of witnesses."""
    name = "log"
    try:
        verifier = log_verifier(site.settings)
        files = sources(checkpoint_file(site.settings), site.settings.witness_notes)
        found = put_back(connection, verifier, files) if verifier is not None and files else None
    except BrokenLog as error:
        yield Check(name, False, str(error), "`suqiu audit verify` names the first place; put the right copy back")
        return
    except (OSError, SettingsError) as error:
        yield could_not_look(name, str(error))
        return
    except LogPutBack as error:
        yield Check(name, False, str(error), "put the new key where SUQIU_LOG_KEY or the data folder has the old one")
        return
    if found is not None:
        yield Check(
            name, False, found.sentence(), "`suqiu audit missing` names what is gone; the sentence has the ways on"
        )
    elif verifier is None or not files:
        yield Check(
            name, True, "no checkpoint kept elsewhere is known here (SUQIU_CHECKPOINT_FILE, SUQIU_WITNESS_NOTES)"
        )
    else:
        yield Check(name, True, f"leads to the latest checkpoints of {', '.join(file.name for file in files)}")


def _file(site: Site) -> Iterator[Check]:
    """Asked where these settings name one."""
    path = checkpoint_file(site.settings)
    if path is None:
        return
    there = path if path.exists() else path.parent
    well = there.exists() and os.access(there, os.R_OK | os.W_OK) and not path.is_dir()
    says = f"{path} can{'' if well else 'not'} be read and written"
    if os.geteuid() == 0 and belongs_to_another(path):  # root may; the user the relay runs as is who has the folder
        uid = path.resolve().parent.stat().st_uid
        well, says = False, f"{path} is not the user's who has its folder (uid {uid}), and who may not write it"
    remedy = "give it back to the user the relay runs as, or name another one in SUQIU_CHECKPOINT_FILE"
    yield Check("checkpoint file", well, says, remedy)
