"""Thousands of real messages through the program as people run it: kills, an engine that is away, and a canary."""
