"""A fictional district on the real engine: its petitions as data, and the director who lets two weeks go by.

script.py       petitions.yaml, read and checked           cast.py      who does what, as commands
story_clock.py  the time of the story, as a `Now`          stage.py     servers, office, worker, relay, read models
chronicle.py    the log, read as it grows                  director.py  what is next, and until when to wait
figures.py      what it came to, counted from log and ledger
"""
