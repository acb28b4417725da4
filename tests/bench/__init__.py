"""Benchmarks: numbers to look at, never tests that time things."""
