"""A stand-in API server that serves a healthy run, faults in its answers, and runs of all commands against them."""
