"""The command line, the only package that imports checks and renderers."""
