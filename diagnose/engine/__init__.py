"""Plans a run, runs it and judges what came of it."""
