"""`suqiu order …` and the partners' commitments."""
