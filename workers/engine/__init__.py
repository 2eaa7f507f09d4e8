"""Temporal as this process reaches it: connection, calls, clock, search attributes, failed workflow tasks."""
