"""Towns the mechanism is tested on: they never change, so what an office changes in its rules breaks no such test.

`baiyang` is Baiyang's rulebook as it was shipped first, with its scenarios. What is shipped now is tested by its own
scenarios (`tests/scenarios`) and by `tests/rulebook/test_baiyang.py`.
"""

from pathlib import Path

FROZEN = Path(__file__).parent / "baiyang"
SHIPPED = Path(__file__).parents[2] / "rulebook" / "baiyang"
