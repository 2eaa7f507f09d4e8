"""A data folder with the program on it, and the real messages."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.suqiu import Suqiu

MESSAGES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "messages.jsonl"


@pytest.fixture
def suqiu() -> Iterator[Suqiu]:
    """A fresh folder; nothing is left running on it."""
    home = Path(tempfile.mkdtemp(prefix="suqiu-"))
    home.chmod(0o711)
    here = Suqiu(home / "data")
    yield here
    here.end()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def messages() -> Path:
    """The real messages, beside the project; a clone of a user does not have them."""
    if not MESSAGES.is_file():
        if os.environ.get("CI"):
            pytest.fail(f"with CI set, {MESSAGES.name} must be beside the project")
        pytest.skip("the real messages are not here")
    return MESSAGES
