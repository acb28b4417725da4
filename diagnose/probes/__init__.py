"""Typed questions to the outside and their typed answers; data and parsing only, no input or output."""
