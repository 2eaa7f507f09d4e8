"""The rulebook: checked, adopted, played, and who works by it."""
