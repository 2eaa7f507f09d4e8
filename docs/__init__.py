"""What is written about the house; `generate.py` writes the pages the code knows best."""
