"""What looks like a fault and is none: nothing may be found, one a file."""
