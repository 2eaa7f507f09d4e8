"""Service orders, told as stories and walked pair by pair."""
