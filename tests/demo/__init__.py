"""The demo: its script read, its story played on the real engine."""
