"""The office's own records: reports, reconciliations, reception days, losses of the log, wrong clocks."""
