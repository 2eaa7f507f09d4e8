"""The rooms of the program, as the import contracts in `pyproject.toml` list them."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS: tuple[str, ...] = tuple(
    tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["root_packages"]
)
