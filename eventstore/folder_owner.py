"""What root creates in another user's folder is given to that user, whose processes have to write it again."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def hand_over(path: Path) -> None:
    """Give a file or folder owned by root to its parent folder's owner, if this process is root; else do nothing.

    Left alone: a file with further hard links, which the folder's owner may have made, and a file system that refuses.

    Raises:
        OSError: `path` does not exist.
    """
    if os.geteuid() != 0:
        return
    path = path.resolve()
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found, folder = os.fstat(opened), path.parent.stat()
        alone = stat.S_ISDIR(found.st_mode) or found.st_nlink == 1
        if found.st_uid == 0 and folder.st_uid != 0 and alone:
            with suppress(PermissionError):
                os.fchown(opened, folder.st_uid, folder.st_gid)
    finally:
        os.close(opened)


def make_folder(folder: Path) -> None:
    """Create a folder (mode 0700) and its missing parents; each gets the owner of the folder it is in.

    Raises:
        OSError: the folder cannot be created.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    hand_over(folder)


def belongs_to_another(path: Path) -> bool:
    """Whether the file exists with another owner than its folder, which is not root's: root would not notice."""
    path = path.resolve()
    if not path.exists():
        return False
    return path.parent.stat().st_uid not in (0, path.stat().st_uid)
