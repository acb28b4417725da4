"""`diagnose watch`: repeated runs, compared and displayed."""
