"""The commands of kubectl that need more than one program."""

from diagnose.commands import kubectl


def test_a_login_for_a_pull_secret_touches_no_file_of_the_directory_that_it_is_made_in() -> None:
    login, made, last = str(kubectl.create_pull_secret("harbor", "harbor.example.com", namespace="msp")).split(" && ")
    assert login == f"docker --config {kubectl.LOGIN} login harbor.example.com"
    assert made.endswith(f"--from-file=.dockerconfigjson={kubectl.LOGIN}/config.json")
    assert last == f"rm -r {kubectl.LOGIN}"


def test_a_command_that_deletes_very_many_objects_names_the_first_of_them() -> None:
    names = [f"worker-{number}" for number in range(5000)]
    assert str(kubectl.delete("pod", *names, namespace="msp")).split()[5:] == names[: kubectl.MOST_NAMES]
