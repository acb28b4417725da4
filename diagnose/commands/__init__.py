"""Commands as values: the only place that writes kubectl, vault, psql, temporal or helm."""
