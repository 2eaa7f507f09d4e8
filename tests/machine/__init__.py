"""The servers of one machine, its folder and its doctor."""
