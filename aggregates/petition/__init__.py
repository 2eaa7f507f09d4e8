"""One petition: its events, commands, state (`evolve`), decisions (`decide`), agenda, and who may act on it."""
