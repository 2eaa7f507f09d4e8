"""Readers of the log with a stored position: the relay to the engine, the runner of read models, rebuilding."""
