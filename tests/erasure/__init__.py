"""Erasing residents' data, and the keys it hangs on."""
