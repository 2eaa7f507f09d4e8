"""The contents of a backup's folder: its files with their hashes, and the Merkle tree of the log in them."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from eventstore.folder_owner import hand_over
from eventstore.private_files import create
from eventstore.proofs.rows import Frontier
from rulebook.problems import Expected

FILE = "manifest.json"
FORM = "suqiu/backup/1"


class BadBackup(Expected):
    """The folder is not a whole backup, or one of another store; the message names the file and the error."""


class Part(BaseModel):
    """One file: rows of a table in COPY's text format, gzipped. `bytes` and `sha256` are of the gzipped file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    table: str
    columns: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """A backup: `stretches` hold the `events` in order and without a gap; `tables` are of the same snapshot.

    `tree` are the complete subtrees (height, index, hash) of the first `events` leaves, from the left.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: Literal["suqiu/backup/1"] = "suqiu/backup/1"
    made_at: datetime
    program: str
    events: int
    root: str
    tree: tuple[tuple[int, int, str], ...]
    stretches: tuple[Part, ...]
    tables: tuple[Part, ...]

    def frontier(self) -> Frontier:
        """The tree, to which more leaves can be added."""
        return Frontier((height, index, bytes.fromhex(digest)) for height, index, digest in self.tree)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None: it has none.

    Raises:
        BadBackup: the file is not a manifest.
    """
    path = folder / FILE
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError, ValueError) as error:
        what = str(error).splitlines()[0]
        raise BadBackup(f"{path}: expected the manifest of a backup ({FORM}): {what}") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest atomically; it is on disk when this returns."""
    draft = folder / f"{FILE}.part"
    with os.fdopen(create(draft), "w", encoding="utf-8") as file:
        file.write(json.dumps(manifest.model_dump(mode="json"), indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    hand_over(draft)
    draft.replace(folder / FILE)
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
