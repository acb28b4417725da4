"""Knowledge of PostgreSQL and its poolers that several checks share."""
