"""`diagnose mcp`: diagnoses as tools of an assistant, over stdio."""
