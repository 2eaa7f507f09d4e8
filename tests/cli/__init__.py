"""The program `suqiu`, typed as people type it."""
