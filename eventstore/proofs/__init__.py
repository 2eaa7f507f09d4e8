"""How the log proves itself: the Merkle tree over its leaves, the map of heads, signed checkpoints, and verifying rows.

Pure but for `tree.py`, `archive.py` and `rows.py`, which read and write the database. Knows no event: a leaf is 32
bytes (`eventstore/leaf.py`). The formats are written down in `docs/evidence.md`; a change here is a new format there.
"""
