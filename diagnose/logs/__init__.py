"""Log entries and the signatures that match them."""
