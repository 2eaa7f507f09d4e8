"""The checker: named rules, pure functions over evidence; a finding says by which rule, about whom, what is wrong."""

from tests.faults.checker.findings import Finding, check, told
from tests.faults.checker.rules import RULES

__all__ = ["RULES", "Finding", "check", "told"]
