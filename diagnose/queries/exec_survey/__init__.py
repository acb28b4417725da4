"""One inspection from inside a container, and its scripts."""
