"""Service orders: commands on their streams, steps of their agenda."""
