"""What several checks know of names, routes, Services and NetworkPolicies."""
