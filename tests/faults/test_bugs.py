"""What a seeded bug replaces is there: one that replaces nothing would break nobody, and be found by nothing."""

import ast
import inspect
from pathlib import Path

import pytest

from tests.faults import bugs


@pytest.mark.parametrize("name", bugs.BUGS)
def test_a_seeded_bug_replaces_something_of_the_program(name: str) -> None:
    tree = ast.parse(inspect.getsource(bugs.BUGS[name]))
    replaced = [
        target
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
    ]
    assert replaced, f"{Path(bugs.__file__).name}: {name} replaces nothing"
    for target in replaced:
        owner = eval(ast.unparse(target.value), vars(bugs))  # noqa: S307 - a name in our own file
        assert hasattr(owner, target.attr), ast.unparse(target)
