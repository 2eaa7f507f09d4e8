"""Scenario files of the rulebooks, played; and what a scenario says when the rules do otherwise."""
