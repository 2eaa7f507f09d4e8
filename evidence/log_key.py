"""The key that signs checkpoints: from the environment, else from a file (mode 0600) in the data folder.

The public key beside it (`log.pub`) is for everybody: auditors and witnesses identify the log by it.
"""

import os
from pathlib import Path

from eventstore.folder_owner import hand_over, make_folder
from eventstore.private_files import NotPrivate, new_private_file, read_private_file
from eventstore.proofs.notes import BadKey, KeySigner, Signer, Verifier, read_signer, read_verifier
from office.settings import Settings, SettingsError

ORIGIN = "suqiu/"
"""Prefix of a log's name; the rulebook's id follows."""


def log_key_file(data: Path) -> Path:
    """The key's file in a data folder."""
    return data / "keys" / "log.key"


def checkpoint_file(settings: Settings) -> Path | None:
    """The file that checkpoints are appended to: `SUQIU_CHECKPOINT_FILE`, else one in a data folder with the key."""
    if settings.checkpoint_file is not None:
        return settings.checkpoint_file.expanduser()
    data = settings.data.expanduser()
    return data / "checkpoints.txt" if log_key_file(data).exists() else None


def log_signer(settings: Settings) -> Signer | None:
    """The signer of these settings; None: no key. Another signer (an HSM, a KMS) would be created here.

    Raises:
        SettingsError: the value or file is not a key.
    """
    if settings.log_key is not None:
        return _signer(settings.log_key.get_secret_value(), "SUQIU_LOG_KEY")
    path = log_key_file(settings.data.expanduser())
    try:
        return read_key_file(path)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error


def log_verifier(settings: Settings) -> Verifier | None:
    """The log's public key: of the private key in the settings, else from the data folder; None: neither.

    Raises:
        SettingsError: the value or file is not a key.
    """
    if (signer := log_signer(settings)) is not None:
        return signer.verifier
    public = log_key_file(settings.data.expanduser()).with_suffix(".pub")
    return verifier_of(str(public)) if public.exists() else None


def make_log_key(settings: Settings, community: str) -> Signer:
    """The signer of these settings; if there is none, a key is created in the data folder.

    Raises:
        SettingsError: see `log_signer`.
    """
    if (found := log_signer(settings)) is not None:
        return found
    path = log_key_file(settings.data.expanduser())
    make_folder(path.parent)
    signer = KeySigner(ORIGIN + community, os.urandom(32))
    keep_key(path, signer)
    write_public(path.with_suffix(".pub"), signer.verifier)
    made = log_signer(settings)
    assert made is not None
    return made


def make_key_file(path: Path, name: str) -> tuple[Verifier, bool]:
    """A log's key in a file of its own, created if missing, and its public key beside it; whether it was created.

    Raises:
        SettingsError: the file holds no key, or one of another name; or `name` is not allowed.
        OSError: the file cannot be written.
    """
    made = not path.exists()
    if made:
        try:
            keep_key(path, KeySigner(name, os.urandom(32)))
        except BadKey as error:
            raise SettingsError(f"--name: {error}") from error
    signer = read_key_file(path)
    if signer.verifier.name != name:
        raise SettingsError(
            f"{path}: has a key of {signer.verifier.name}, not of {name}: move it away, or give another"
        )
    write_public(path.with_name(f"{path.name}.pub"), signer.verifier)
    return signer.verifier, made


def read_key_file(path: Path) -> KeySigner:
    """The signer of a private key's file.

    Raises:
        SettingsError: the file is another user's, is open to others, or holds no key.
        OSError, UnicodeDecodeError: it cannot be read.
    """
    try:
        return _signer(read_private_file(path), str(path))
    except NotPrivate as error:
        raise SettingsError(str(error)) from None


def keep_key(path: Path, signer: KeySigner) -> None:
    """Write a private key (mode 0600), on disk when this returns. An existing file stays.

    Raises:
        OSError: the file cannot be written.
    """
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(signer.text() + "\n")
        file.flush()
        os.fsync(file.fileno())
    hand_over(path)


def write_public(path: Path, verifier: Verifier) -> None:
    """Write a public key, readable by everybody, atomically. Raises OSError."""
    draft = path.with_name(f".{path.name}.part")
    with new_private_file(draft) as file:
        file.write(f"{verifier}\n".encode())
    draft.chmod(0o644)
    hand_over(draft)
    draft.replace(path)


def verifier_of(given: str) -> Verifier:
    """A public key given as text or as the path of a file.

    Raises:
        SettingsError: it is neither.
    """
    path = Path(given)
    try:
        text = path.read_text("utf-8") if path.is_file() else given
        return read_verifier(text)
    except (OSError, BadKey, UnicodeDecodeError) as error:
        raise SettingsError(f"--log {given}: {error}") from error


def _signer(text: str, where: str) -> KeySigner:
    try:
        return read_signer(text)
    except BadKey as error:
        raise SettingsError(f"{where}: {error}") from error
