"""One petition: its events, commands, state (`evolve`), decisions (`decide`), agenda, and whose it is."""
