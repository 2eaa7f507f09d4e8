"""The ground processes stand on: servers, folder, settings, logs, exits, doctor."""
