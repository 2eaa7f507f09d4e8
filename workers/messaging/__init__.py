"""What residents and units are told: written by the messenger, sent through a gateway."""
