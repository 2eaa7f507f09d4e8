"""A folder with a short path for each run: unix sockets allow about a hundred bytes."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """Empty, and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sq-faults-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
