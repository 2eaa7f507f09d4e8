"""What root makes in another user's folder is given to that user: the parts run as it, and have to write it again."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def hand_over(path: Path) -> None:
    """Give a file or folder that is root's to the owner of the folder it stands in, if root asks; else do nothing.

    Never what has another name elsewhere, which its folder's owner may have put there; nor against a file system that
    refuses.

    Raises:
        OSError: it is not there.
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
    """Make a folder that only its owner enters, and those above it that are missing; each belongs to whom its own does.

    Raises:
        OSError: it cannot be made.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    hand_over(folder)


def belongs_to_another(path: Path) -> bool:
    """Whether a file is there that belongs to another than its folder does, whom root would not notice."""
    path = path.resolve()
    if not path.exists():
        return False
    return path.parent.stat().st_uid not in (0, path.stat().st_uid)
