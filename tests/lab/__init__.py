"""Faults as code: each is put into a real cluster, diagnosed, and taken out again."""
