"""Typed queries to the outside, each with its answer type and its rights on the Kubernetes API."""
