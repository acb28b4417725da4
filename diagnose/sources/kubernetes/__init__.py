"""Answers of the Kubernetes API, logs, exec and port-forward."""
