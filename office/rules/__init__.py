"""The rulebook in force: read from files, adopted into the log, applied to running petitions; scenarios played."""
