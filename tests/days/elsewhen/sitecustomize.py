"""Loaded first by each Python process that lives on another day: what libfaketime cannot do for it.

- `time.sleep`: Python sleeps until an instant of the monotonic clock since 3.11. libfaketime 0.9.10 shifts that instant
  although it was told to leave the monotonic clock alone (mended in its 0.9.11), and the kernel refuses it.
- Temporal's server is linked statically and stays in the present. So no process is judged by the engine's clock here;
  by the database's, which lives on the same day, it is.
"""

import select
import sys
import time
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

GUARD = "eventstore.clock_guard"


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


class _Mild(Loader):
    """Loads the clock's guard as it is, and lets the engine's time pass."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        judge = module.ClockGuard.judge

        def mildly(self: Any, ahead: Any, other: Any, whose: str = "the database") -> Any:
            return None if whose == "Temporal" else judge(self, ahead, other, whose)

        module.ClockGuard.judge = mildly


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != GUARD:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Mild(spec.loader)
        return spec


time.sleep = _sleep
sys.meta_path.insert(0, _Finder())
