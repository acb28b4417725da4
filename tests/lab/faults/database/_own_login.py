"""The operator's own login to the lab's database, with the made-up password of the lab's Secret."""

from tests.lab.services.settings import CREDENTIALS

DSN = f"postgresql://postgres:{CREDENTIALS['DB_PASSWORD_SUPERUSER']}@/server"
COMMAND = ("all", "--no-exec", "--db-dsn", DSN)
"""Without a look into any pod."""
