"""The renderers, one per file."""
