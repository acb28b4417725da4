"""Nothing is wrong, though it may look so."""
