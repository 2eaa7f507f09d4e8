"""The doors: the HTTP API and the pages live here when they come; today the doors are in `cli/`.

May import `workers` and what is below it.
"""
