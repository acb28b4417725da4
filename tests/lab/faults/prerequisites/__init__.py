"""What a new version needs and does not find: asked by the gate before a deploy, so nothing is rolled out here."""
