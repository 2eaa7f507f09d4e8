"""No core dumps: the memory of a process that has keys is neither written down nor shown to other processes."""

import ctypes
import resource
import sys

_SET_DUMPABLE = 4  # linux/prctl.h


def off() -> None:
    """Switch core dumps off for this process and what it starts; on Linux also those given to a program (`|…`)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
