"""Missing requirements of a new version, for the gate before a deployment: nothing is rolled out here."""
