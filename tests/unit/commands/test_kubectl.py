"""The commands of kubectl that need more than one program."""

from diagnose.commands import kubectl


def test_a_login_for_a_pull_secret_touches_no_file_of_the_directory_that_it_is_made_in() -> None:
    command = str(kubectl.create_pull_secret("harbor", "harbor.example.com", namespace="msp"))
    (login, made), last = command.partition("; ")[0].split(" && "), command.partition("; ")[2]
    assert login == f"docker --config {kubectl.LOGIN} login harbor.example.com"
    assert made.endswith(f"--from-file=.dockerconfigjson={kubectl.LOGIN}/config.json")
    assert last == f"rm -rf {kubectl.LOGIN}", "it is removed also where the Secret is not created"


def test_a_pull_secret_is_replaced_also_where_it_is_gone_meanwhile() -> None:
    command = kubectl.create_pull_secret("harbor", "harbor.example.com", namespace="msp", replaces=True)
    assert " && kubectl -n msp delete secret harbor --ignore-not-found && kubectl -n msp create secret " in command


def test_a_copied_password_is_in_no_word_and_in_no_file() -> None:
    command = kubectl.copy_to_secret_key("w-1", "worker", "DB_PASSWORD", "db", "password", namespace="msp")
    assert command.split(" | ") == [
        "kubectl -n msp exec w-1 -c worker -- printenv DB_PASSWORD",
        "grep -q . && kubectl -n msp exec w-1 -c worker -- printenv DB_PASSWORD",
        r"tr -d '\n'",
        "kubectl -n msp create secret generic db --from-file=password=/dev/stdin --dry-run=client --output=json",
        "kubectl -n msp patch secret db --patch-file=/dev/stdin",
    ]


def test_a_command_that_deletes_very_many_objects_names_the_first_of_them() -> None:
    names = [f"worker-{number}" for number in range(5000)]
    assert str(kubectl.delete("pod", *names, namespace="msp")).split()[5:] == names[: kubectl.MOST_NAMES]
