"""How long a call of the engine may take that a part of ours waits for."""

from datetime import timedelta
from typing import Final

ANSWERS_WITHIN: Final = timedelta(seconds=10)
"""A call the engine does not answer by then has failed, and is made again: nobody waits on a dead connection."""
