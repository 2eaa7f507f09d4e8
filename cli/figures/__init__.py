"""Lists and figures: ledger, worklist, scorecards, reports; as tables, JSON, CSV and spreadsheets."""
