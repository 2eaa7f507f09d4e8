"""Which rulebook is in force: read from files, adopted into the log, brought to running petitions; scenarios played."""
