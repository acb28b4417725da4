"""Commands of Vault, for a namespace of Vault."""

from diagnose.commands import vault
from diagnose.commands.others import for_each, grep


def test_each_call_of_vault_is_for_the_namespace_also_what_runs_for_each_line() -> None:
    command = vault.read("auth/a").pipe(grep("x")).pipe(for_each(vault.write("auth/a", "b=c")))
    assert vault.within("team", command) == (
        "VAULT_NAMESPACE=team vault read auth/a | grep x | VAULT_NAMESPACE=team xargs -I@ vault write auth/a b=c"
    )
