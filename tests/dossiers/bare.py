"""A Python that has `cryptography` and nothing else: what somebody has who gets a dossier."""

import importlib.util
import json
import subprocess
import venv
from pathlib import Path
from typing import Any, NamedTuple

NEEDED = ("cryptography", "cffi", "_cffi_backend", "pycparser")


class Answer(NamedTuple):
    """What `python verify.py …` said."""

    code: int
    out: str
    err: str

    @property
    def row(self) -> dict[str, Any]:
        """Its answer with --json."""
        return dict(json.loads(self.out))


class Bare:
    """A virtual environment made offline from what is installed here."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        self.python = folder / "venv" / "bin" / "python"
        self.folder = folder
        (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
        for name in NEEDED:
            found = importlib.util.find_spec(name)
            assert found is not None, name
            assert found.origin is not None, name
            origin = Path(found.origin)
            source = origin.parent if origin.name == "__init__.py" else origin
            (packages / source.name).symlink_to(source)

    def run(self, *words: str | Path) -> Answer:
        """Run this Python, with no variable of ours and no folder of ours."""
        done = subprocess.run(
            [self.python, *words],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def has(self, name: str) -> bool:
        """Whether a package can be imported there."""
        return self.run("-c", f"import {name}").code == 0
