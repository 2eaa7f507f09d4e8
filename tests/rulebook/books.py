"""The books the stories are told with: a village with tiers of its own, and Baiyang, frozen and as it is shipped."""

from functools import cache
from pathlib import Path

from rulebook.model import Rulebook
from rulebook.reading import includes_of, parse
from tests.towns import FROZEN, SHIPPED

BAIYANG = FROZEN
VILLAGE = Path(__file__).parent / "village"


def texts(folder: Path) -> dict[str, str]:
    """The main file and the files it includes, as the caller of `parse` reads them."""
    main = (folder / "rulebook.yaml").read_text("utf-8")
    return {
        "rulebook.yaml": main,
        **{name: (folder / name).read_text("utf-8") for name in includes_of(main)},
    }


def village_texts() -> dict[str, str]:
    return texts(VILLAGE)


@cache
def village() -> Rulebook:
    return parse("rulebook.yaml", village_texts())


@cache
def baiyang() -> Rulebook:
    return parse("rulebook.yaml", texts(BAIYANG))


@cache
def shipped() -> Rulebook:
    return parse("rulebook.yaml", texts(SHIPPED))
