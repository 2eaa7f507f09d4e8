"""`suqiu demo`: the fictional fortnight, told."""
