"""A fictional district on the real engine: its petitions as data, and the director who lets two weeks go by.

petitions.yaml     what residents ask for, and what people then do about it
script.py          an entry of it; `script_reading.py` reads and checks the file
cast.py            who does what, as commands of people of the rulebook
story_clock.py     the time of the story, as a `Now`
earlier_story.py   the mark of a story that an earlier version told
stage.py           the real servers, worker, relay and read models, with that clock
director.py        what is next, and waiting until the engine has done it
chronicle.py       the log read as it grows; all that is told comes from here
figures.py         what it came to, counted from log and ledger
"""
