"""Cases decided again: the same rules say the same, other rules what would have been; disputes are answered."""
