"""What several checks know of Helm, Argo Workflows, GitOps controllers and rollbacks."""
