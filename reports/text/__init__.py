"""Text that several renderers share."""
