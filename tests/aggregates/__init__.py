"""The pure core as stories: given what happened, when something is asked, then this follows."""
