"""Messages to residents and units: written by the messenger, sent through a gateway."""
