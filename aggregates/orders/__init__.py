"""Service orders (点单、派单、接单): a second kind of stream, in the same order and manner as the petition's.

Residents order, the community posts, teams and partner units claim with a promised time. Pure, as all of
`aggregates`; what may follow what is in `what_may_follow.py`, when the next step is due in `agenda.py`.
"""
