"""The role that `diagnose rbac` prints, put into a real cluster: it suffices, and nothing of it is there in vain.

python -m tests.lab.rights                   each command under its role, then without each right
python -m tests.lab.rights --only gate-pre   this command alone
python -m tests.lab.rights --whole           only under the whole role
"""
