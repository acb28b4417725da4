"""Redaction, sentences and decoding of text."""
