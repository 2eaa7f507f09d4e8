"""Keys of the store: the master key, its care, and the erasure of a resident."""
