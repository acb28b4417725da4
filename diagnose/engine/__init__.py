"""Plans a run, executes it and evaluates its outcomes."""
