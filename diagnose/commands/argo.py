"""Commands of Argo Workflows."""

from diagnose.commands.command import Command, arguments, option


def submit(template: str, *parameters: str, namespace: str) -> Command:
    """Starts a workflow from a WorkflowTemplate; each parameter is NAME=value."""
    given = (word for each in parameters for word in option("-p", each))
    return Command("argo", "submit", *option("-n", namespace), "--from", f"workflowtemplate/{template}", *given)


def resume(workflow: str, *, namespace: str) -> Command:
    """Lets a workflow go on that waits at a suspended step."""
    return Command("argo", "resume", *option("-n", namespace), *arguments(workflow))
