"""Stock: moves, levels, reservations. A move between locations is the one form of every change of stock."""
