"""`suqiu audit …`, `replay`, `export`, `keys`, `resident`: for disputes and auditors."""
