"""Knowledge of host names, routes, Services and NetworkPolicies that several checks share."""
