"""Pages of docs/ that are written by hand, held against the program."""
