"""Where the master key comes from: the environment, else a file in the data folder that only its owner can read."""

import base64
import os
from pathlib import Path

from eventstore.sealing import KEY_BYTES, MasterKey
from workers.settings import Settings, SettingsError


def master_key_file(data: Path) -> Path:
    """The key's file in a data folder."""
    return data / "keys" / "master.key"


def master_key(settings: Settings) -> MasterKey | None:
    """The master key of these settings; None where there is none.

    Raises:
        SettingsError: what is given is no key.
    """
    if settings.master_key is not None:
        return _key(settings.master_key.get_secret_value(), "SUQIU_MASTER_KEY")
    path = master_key_file(settings.data)
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    return _key(text, str(path))


def make_master_key(settings: Settings) -> MasterKey:
    """The master key of these settings, made and kept in the data folder where there is none yet.

    Raises:
        SettingsError: see `master_key`.
    """
    if (found := master_key(settings)) is not None:
        return found
    path = master_key_file(settings.data)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    made = master_key(settings)
    assert made is not None
    return made


def _key(text: str, where: str) -> MasterKey:
    try:
        return MasterKey(base64.b64decode(text.strip(), validate=True))
    except ValueError as error:
        raise SettingsError(
            f"{where}: expected {KEY_BYTES} bytes in base64, as `openssl rand -base64 32` gives"
        ) from error
