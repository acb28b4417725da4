"""What several checks know of Vault, its agents and its injector."""
