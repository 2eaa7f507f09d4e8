"""What root types by hand leaves nothing in the parts' folders that the parts cannot write."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from eventstore.folder_owner import belongs_to_another, hand_over, make_folder
from eventstore.group_commit import GroupCommit
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from office.settings import read_settings
from tests.erasure.conftest import MASTER, Place

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for another user"),
]
PARTS = 12_345
"""The user the parts run as: a number is enough."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder of the parts' user."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, PARTS, PARTS)
    return data


@pytest.fixture
def typed(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., str]]:
    """Type a command as root beside that folder; answers what it wrote."""
    monkeypatch.setenv("SUQIU_DATA", str(folder))
    monkeypatch.setenv("SUQIU_DATABASE_URL", database)
    monkeypatch.setenv("SUQIU_MASTER_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
    datastore = Datastore(database)
    event_log = EventLog(datastore, MASTER)
    with GroupCommit(event_log) as commit:
        Place(database, event_log, commit).comes(1)

    def type_in(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        done = run(list(words))
        answer = capsys.readouterr()
        assert done == code, answer
        return answer.out

    yield type_in
    datastore.close()


def owners(folder: Path) -> set[int]:
    """Whose everything is in a folder, itself too."""
    found = {path: path.stat().st_uid for path in (folder, *folder.rglob("*"))}
    assert len(found) > 1
    return set(found.values())


def test_a_backup_can_be_added_to_by_its_folders_owner(folder: Path, typed: Callable[..., str]) -> None:
    typed("backup", str(folder / "backups" / "log"), "--keys", str(folder / "safe" / "keys"))
    typed("backup", str(folder / "backups" / "log"), "--keys", str(folder / "safe" / "keys"))
    typed("keys", "backup", str(folder / "keys.jsonl"))
    assert owners(folder) == {PARTS}


def test_keys_and_checkpoints_are_the_folders_owners(folder: Path, typed: Callable[..., str]) -> None:
    keys = folder / "keys"
    make_folder(keys)
    typed("keys", "make-log", str(keys / "log.key"))
    typed("audit", "checkpoint")
    assert (folder / "checkpoints.txt").exists()
    assert owners(folder) == {PARTS}
    assert keys.stat().st_mode & 0o777 == 0o700
    assert (keys / "log.key").stat().st_mode & 0o777 == 0o600


def test_after_an_accepted_loss_the_parts_read_their_new_key_and_write_its_checkpoints(
    folder: Path, typed: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("rulebook", "adopt", str(read_settings().rulebook))
    file = folder / "outside.key"
    typed("keys", "make-log", str(file))
    monkeypatch.setenv("SUQIU_LOG_KEY", file.read_text("utf-8").strip())
    monkeypatch.setenv("SUQIU_CHECKPOINT_FILE", str(folder / "checkpoints.txt"))
    typed("audit", "checkpoint")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evidence.known_heads._leads_to", lambda *_: False)
        typed("audit", "accept-loss", "--by", "leader-1", "--reason", "mistake", "--new-key", str(folder / "next.key"))
    assert list((folder / "keys").glob("log.pub.until-*"))
    assert owners(folder) == {PARTS}


def test_the_doctor_typed_as_root_says_that_the_parts_cannot_write_the_file(
    folder: Path, typed: Callable[..., str]
) -> None:
    make_folder(folder / "keys")
    typed("keys", "make-log", str(folder / "keys" / "log.key"))
    typed("audit", "checkpoint")
    file = folder / "checkpoints.txt"
    assert not belongs_to_another(file)
    assert checked(typed)["ok"]
    os.chown(file, 0, 0)
    found = checked(typed)
    assert not found["ok"]
    assert "is not the user's who has its folder (uid 12345)" in found["says"]


def checked(typed: Callable[..., str]) -> dict[str, Any]:
    """What the doctor says of the file; nothing runs, so that it is not content otherwise."""
    (found,) = (
        row for row in json.loads(typed("doctor", "--json", code=1))["checks"] if row["name"] == "checkpoint file"
    )
    return dict(found)


def test_what_has_another_name_elsewhere_stays_roots(folder: Path, tmp_path: Path) -> None:
    """The folder's owner could have put there a name of any file of root's."""
    precious = tmp_path / "precious"
    precious.write_text("root's", "utf-8")
    os.link(precious, folder / "linked")
    (folder / "led").symlink_to(precious)
    for name in ("linked", "led"):
        hand_over(folder / name)
    assert precious.stat().st_uid == 0


def test_another_user_than_root_changes_nothing(folder: Path) -> None:
    file = folder / "file"
    file.write_text("root's", "utf-8")
    file.chmod(0o666)
    program = (
        f"import os; os.seteuid({PARTS}); from eventstore.folder_owner import hand_over as h; "
        f"from pathlib import Path; h(Path({str(file)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert file.stat().st_uid == 0
