"""`python -m diagnose`: the same as the command `diagnose`."""

from diagnose.cli.main import main

main()
