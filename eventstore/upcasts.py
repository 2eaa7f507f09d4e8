"""Old shapes of events to today's: `UPCASTS[topic, version]` takes a body of `version` to `version + 1`.

Each entry stays for ever; `tests/eventstore/golden/` keeps a stored example of every version ever released.
"""

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]

UPCASTS: dict[tuple[str, int], Callable[[Body], Body]] = {}
