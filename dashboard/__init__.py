"""Shows, asks, calls: the screens and the one server process."""
