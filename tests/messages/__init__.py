"""What residents and units are told: templates, the messenger, gateways that work and gateways that do not."""
