"""Knowledge of Helm, Argo Workflows, GitOps controllers and rollbacks that several checks share."""
