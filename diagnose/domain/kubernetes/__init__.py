"""What several checks know of Kubernetes objects and their failures."""
