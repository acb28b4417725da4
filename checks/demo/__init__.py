"""Recorded real incidents for `diagnose demo`."""
