"""`suqiu keys …`: the keys of personal data, apart from the events: a new master key, a backup, bringing it back."""

from pathlib import Path
from typing import TYPE_CHECKING

from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.screen import OUT, emit, remark

if TYPE_CHECKING:
    from eventstore.sealing import MasterKey
    from office.settings import Settings


def rotate_master(*, new: Path, common: Common = COMMON) -> int:
    """换主密钥: wrap every key with another master key, all or none. The old one opens nothing from then on.

    Safe to repeat with the same file. Processes that run have to be started again: with the old key they refuse to
    take anything in.

    Parameters
    ----------
    new
        The file of the new master key; it is made where there is none.
    """
    from office.keys.key_care import rotate, store_of

    settings = common.settings()
    old = _master(settings)
    with store_of(settings, old) as event_log:
        done = rotate(event_log, old, settings, new)
    if common.json:
        emit({"keys": done.keys, "file": str(done.file), "made": done.made, "in_place": done.in_place})
        return 0
    OUT.print(
        f"✓ {done.keys} 把密钥已换 keys wrapped anew"
        if done.keys
        else "✓ 已是此主密钥 this master key is in use already"
    )
    where = "the data folder has it" if done.in_place else f"set SUQIU_MASTER_KEY to what {done.file} holds"
    remark(f"新主密钥 the new master key: {where}; start `suqiu up` and every other process again, destroy the old one")
    return 0


def backup(file: Path, /, *, common: Common = COMMON) -> int:
    """备份密钥: write every key, still wrapped by the master key, into a file. Keep it apart from backups of events.

    Parameters
    ----------
    file
        Where to; an older one there is replaced. Replace it after every erasure: it still has the destroyed key.
    """
    from office.keys.key_care import back_up, store_of

    with store_of(common.settings(), None) as event_log:
        number = back_up(event_log, file)
    if common.json:
        emit({"keys": number, "file": str(file)})
        return 0
    OUT.print(f"✓ {number} → {file}", markup=False)
    remark("此文件须与事件备份分开保管 keep it elsewhere than the backup of events, and the master key elsewhere again")
    return 0


def restore(file: Path, /, *, common: Common = COMMON) -> int:
    """恢复密钥: put back keys that are missing. Those of residents erased since are destroyed again at once.

    Parameters
    ----------
    file
        What `suqiu keys backup` wrote.
    """
    from office.keys.key_care import bring_back, store_of

    settings = common.settings()
    master = _master(settings)
    with store_of(settings, master) as event_log:
        done = bring_back(event_log, master, file)
    if common.json:
        emit(done._asdict())
        return 0
    OUT.print(f"✓ {done.keys} 恢复 put back · {done.erased} 已删除者不恢复 of the erased destroyed again", markup=False)
    return 0


def make_log(file: Path, /, *, name: str | None = None, common: Common = COMMON) -> int:
    """制作日志密钥: make a key that signs checkpoints, in a file only its owner reads; print its public side.

    For production, where no `suqiu up` makes one: set SUQIU_LOG_KEY to what the file holds, for the relay only. Its
    name is that of the rulebook in SUQIU_RULEBOOK. A key that is there already stays.

    Where a loss was accepted and the key since then was lost too, name it as that one: `suqiu audit verify` says how.

    Parameters
    ----------
    file
        Where to; the public key, for auditors and witnesses, comes beside it as FILE.pub.
    name
        Another name than the rulebook's, such as suqiu/baiyang/2.
    """
    from evidence.log_key import ORIGIN, make_key_file
    from office.rules.rulebooks import read_rulebook

    verifier, made = make_key_file(file, name or ORIGIN + read_rulebook(common.settings().rulebook).id)
    if common.json:
        emit({"file": str(file), "made": made, "key": str(verifier)})
        return 0
    OUT.print(str(verifier), markup=False, soft_wrap=True)
    remark(f"{'made' if made else 'was there already'}: {file}; keep a copy elsewhere, no backup has it")
    return 0


def _master(settings: "Settings") -> "MasterKey":
    from office.keys.master_key import master_key

    found = master_key(settings)
    if found is None:
        raise WrongUse("no master key: set SUQIU_MASTER_KEY, or give the data folder that has the key with --data")
    return found
