"""The templates of deploy/argo in a real Argo controller: `python3 -m tests.lab.argo --help`."""
