"""A fictional district on the real engine: its petitions as data, and the director who plays two weeks.

petitions.yaml     what residents ask for, and what people then do about it script.py          its entries;
`script_reading.py` reads and checks the file cast.py            who does what, as commands of people of the rulebook
story_clock.py     the simulated time, as a `Now` earlier_story.py   marks the story of an earlier version's demo
stage.py           the real servers, worker, relay and read models, with that clock director.py        what comes next,
and waiting until the engine has done it chronicle.py       the log read as it grows; all that is shown comes from here
figures.py         the totals, counted from log and ledger
"""
