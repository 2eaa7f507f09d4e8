"""A fictional district for the demo: its petitions and what happens to them, as data."""
