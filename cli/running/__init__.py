"""What runs: everything on one machine, the parts alone, and looking after them."""
