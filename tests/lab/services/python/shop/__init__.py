"""Plain programs that know nothing of Temporal: a web server that calls another one, and jobs."""
