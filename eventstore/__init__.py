"""How facts are kept: PostgreSQL recorder, codec with topics and upcasts, sealed fields, the positions of the log.

May import `aggregates` and `rulebook`. The SQL of the log is `schema.sql`; what a stored event looks like, `codec.py`.
"""
