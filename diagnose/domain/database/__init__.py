"""What several checks know of PostgreSQL and its poolers."""
