"""The entry point; it takes over signals before anything is imported that takes time."""

import gc
import sys

from diagnose.cli.process import INCOMPLETE, process


def main() -> None:
    """Runs the command; an error of the tool itself ends with exit code 3, never with 0 or 1."""
    try:
        process.begin(_finish_files, _abandon_files)
    except RuntimeError as error:
        process.leave(_failed(error))
    process.leave(_run())


def complete_for_kubectl() -> None:
    """Prints the completions of `kubectl diagnose ARGUMENT...`, for kubectl_complete-diagnose."""
    from diagnose.cli.completion import for_kubectl

    for_kubectl(sys.argv[1:])


def _finish_files() -> None:
    from diagnose.cli import stubs

    stubs.finish()


def _abandon_files() -> None:
    # Without an import, which could wait for one of the main thread.
    if files := sys.modules.get("diagnose.sources.files"):
        files.abandon()


def _run() -> int:
    # Modules are many objects and no garbage: by default, collections that find nothing take a tenth of a run.
    gc.set_threshold(250_000)
    try:
        import click

        from diagnose.cli.command import program_name
        from diagnose.cli.group import group

        if not debugs():
            _silence()

        try:
            return int(
                group.main(prog_name=program_name(), standalone_mode=False, complete_var="_DIAGNOSE_COMPLETE") or 0
            )
        except click.ClickException as error:
            error.show()
            return error.exit_code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException as error:  # noqa: BLE001 - whatever happens, the exit code is neither 0 nor 1
        return _failed(error)


def debugs() -> bool:
    """Whether the user wants to see where diagnose itself failed."""
    return "--debug" in sys.argv


def _silence() -> None:
    """Hides warnings of libraries and errors of their threads; what they cost is in the report."""
    import threading
    import warnings

    warnings.simplefilter("ignore")
    threading.excepthook = lambda _: None
    sys.unraisablehook = lambda _: None


def _failed(error: BaseException) -> int:
    from contextlib import suppress

    from diagnose.text.faults import described, environment

    with suppress(Exception):
        _finish_files()
    if debugs():
        sys.excepthook(type(error), error, error.__traceback__)
    elif reason := environment(error):
        print(f"diagnose cannot run: {reason}.", file=sys.stderr)  # noqa: T201
    else:
        print(f"diagnose itself failed, {described(error)}", file=sys.stderr)  # noqa: T201
        print("Run it again with --debug and report what that prints.", file=sys.stderr)  # noqa: T201
    return INCOMPLETE
