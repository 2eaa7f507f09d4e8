"""A resident's data: what is kept of them, its keys, and its erasure."""
