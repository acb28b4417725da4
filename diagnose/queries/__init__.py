"""Typed questions to the outside, each with the type of its answer."""
