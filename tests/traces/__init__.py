"""The log for process mining."""
