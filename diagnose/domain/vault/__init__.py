"""Knowledge of Vault, its agents and its injector that several checks share."""
