"""`diagnose watch`: one run after the other, compared and shown."""
