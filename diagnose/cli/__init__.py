"""The command line: the only place that knows checks and renderers."""
