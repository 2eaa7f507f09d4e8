"""What one machine runs by itself: data folder, embedded servers, ports, how a process ends, `doctor`."""
