"""What several renderers write alike."""
