"""What the office does by the calendar: schedules, reports, retention, and the reconciler."""
