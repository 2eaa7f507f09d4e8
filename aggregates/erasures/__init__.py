"""Erasing a resident's personal data: asked by one, approved by another, done by destroying their key.

`events.py` has the events, in a stream of the resident's own (`erasure-…`); `decisions.py` says what may follow.
Nothing here is personal: pseudonyms, code words, ids and counts, so that the record outlives what it is about.
"""
