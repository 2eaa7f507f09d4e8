"""What the office does for its own good order: reports, reconciling, reception days, losses of the log, its clocks."""
