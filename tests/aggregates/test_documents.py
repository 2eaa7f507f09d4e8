"""The pages the code writes about itself are the ones that are kept."""

from pathlib import Path

import pytest

from docs.generate import DOCUMENTS, events, life

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_page_is_what_the_code_would_write(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == DOCUMENTS[name](), f"docs/{name} is stale: `make docs`"


def test_the_pages_say_what_matters() -> None:
    assert "| `title` | text or none | sealed |" in events()
    assert "## petition.escalated" in events()
    assert "returned --> dispatched: dispatch, escalate" in life()
