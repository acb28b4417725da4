"""What several checks know of Temporal: task queues, schedules, workflows."""
