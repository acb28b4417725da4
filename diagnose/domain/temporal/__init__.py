"""Knowledge of Temporal that several checks share: task queues, schedules, workflows."""
