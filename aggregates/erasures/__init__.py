"""Erasing a resident's personal data: asked for by one person, approved by another, done by destroying the key.

`events.py` has the events, in a stream of the resident's own (`erasure-…`); `decisions.py` the decisions. Nothing here
is personal: pseudonyms, code words, ids and counts, so that the record outlives the data.
"""
