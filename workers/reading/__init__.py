"""Who reads the log and keeps a place in it: the relay to the engine, the runner of read models, rebuilding."""
