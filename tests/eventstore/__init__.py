"""The store on a real PostgreSQL: what is kept stays whole, sealed, in order, and is written once."""
