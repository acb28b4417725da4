"""The exec survey, an inspection from inside a container, and its scripts."""
