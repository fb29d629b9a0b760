"""Orders: from placement to done, with their holds, cancellations and returns."""
