"""The smallest role for a run, computed from what checks declare to read."""
