"""The report, the timeline, the gate, comparisons and fleets as plain immutable data."""
