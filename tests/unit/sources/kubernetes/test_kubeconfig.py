"""A kubeconfig of any content is read in time or refused; credential plug-ins never wait for a person."""

import json
import os
import signal
import sys
import textwrap
import threading
import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from diagnose.queries.query import NoAnswerError, NotLoggedInError
from diagnose.sources.kubernetes import credential_plugin, kubeconfig, websocket
from diagnose.sources.kubernetes.api import ApiClient, ApiRequest, Cluster
from diagnose.sources.kubernetes.kubeconfig_files import ClusterConfigError
from diagnose.sources.kubernetes.websocket import StreamError
from diagnose.sources.usage import Counter
from tests.support.certificates import authority, over_tls
from tests.support.http import response, serving
from tests.support.streams import wait_until


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the kubeconfig."""
    path = tmp_path / "config"
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return path


def with_plugin(config: Path, program: str, **more: Any) -> None:
    """Writes a kubeconfig whose user has a plug-in: a program of Python."""
    script = config.parent / "made-up-login"
    script.write_text(f"#!{sys.executable}\n{textwrap.dedent(program)}", encoding="utf-8")
    script.chmod(0o700)
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script), **more}
    config.write_text(
        json.dumps(
            {
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
                "users": [{"name": "u", "user": {"exec": plugin}}],
            }
        ),
        encoding="utf-8",
    )


def headers_of(cluster: Cluster) -> dict[str, str]:
    """The headers of a request to the API."""
    return {name.lower(): value for name, value in cluster.server.headers}


def answer(**status: str) -> str:
    """A program that prints a credential."""
    return f"print({json.dumps(json.dumps({'kind': 'ExecCredential', 'status': status}))})"


def test_the_token_of_a_plugin_is_sent(config: Path) -> None:
    with_plugin(config, answer(token="made-up-token"))
    cluster = Cluster.connect(None, 20)
    assert (cluster.context, cluster.namespace) == ("c", "n")
    assert headers_of(cluster) == {"authorization": "Bearer made-up-token"}


def test_a_plugin_gets_its_arguments_its_variables_and_no_terminal(config: Path) -> None:
    program = """
    import json, os, sys
    info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
    spec = info["spec"]
    token = [sys.argv[1], os.environ["MADE_UP"], sys.stdin.read(), spec["interactive"], "cluster" in spec]
    print(json.dumps({"kind": "ExecCredential", "status": {"token": json.dumps(token)}}))
    """
    with_plugin(config, program, args=["a"], env=[{"name": "MADE_UP", "value": "b"}], provideClusterInfo=True)
    sent = headers_of(Cluster.connect(None, 20))["authorization"].removeprefix("Bearer ")
    assert json.loads(sent) == ["a", "b", "", False, True]


def test_a_token_that_expires_is_renewed_before_a_request(config: Path) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=5)).isoformat().replace("+00:00", "Z")
    program = f"""
    import json, os
    count = len(os.listdir(".")); open(str(count), "w").close()
    print(json.dumps({{"status": {{"token": str(count), "expirationTimestamp": "{soon}"}}}}))
    """
    with_plugin(config, program)
    cluster = Cluster.connect(None, 20)
    first, second = headers_of(cluster), headers_of(cluster)
    assert int(second["authorization"].split()[1]) > int(first["authorization"].split()[1])


def test_the_certificate_of_a_plugin_is_used(config: Path) -> None:
    with_plugin(config, answer(clientCertificateData="made-up certificate", clientKeyData="made-up key"))
    plain = json.loads(config.read_text(encoding="utf-8"))
    user = plain["users"][0]["user"]
    plugin = credential_plugin.Plugin("u", user["exec"], config.parent)
    plugin.log_in(user, 20)
    assert b64decode(user["client-certificate-data"]) == b"made-up certificate"
    assert b64decode(user["client-key-data"]) == b"made-up key"
    assert "exec" not in user


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("print('made up')", "printed no ExecCredential"),
        ("print('[' * 9000)", "printed no ExecCredential"),
        ("print('{\"status\": {}}')", "neither a token nor a certificate"),
        ('print(\'{"status": {"clientCertificateData": "x"}}\')', "neither a token nor a certificate"),
        ("while True: print('x' * 100_000)", "printed more than 1 MB"),
    ],
)
def test_a_plugin_that_gives_no_credential_is_named(program: str, reason: str, config: Path) -> None:
    with_plugin(config, program)
    with pytest.raises(ClusterConfigError, match="plug-in made-up-login of user u") as caught:
        Cluster.connect(None, 20)
    assert reason in str(caught.value)


def test_a_plugin_that_is_missing_is_named(config: Path) -> None:
    with_plugin(config, "")
    config.write_text(config.read_text(encoding="utf-8").replace("made-up-login", "no-such-login"), encoding="utf-8")
    with pytest.raises(ClusterConfigError, match="plug-in no-such-login of user u is not installed"):
        Cluster.connect(None, 20)


def refusal(config: Path, program: str, timeout_s: float) -> str:
    """The reason for which no request can be sent."""
    with_plugin(config, program)
    cluster = Cluster.connect(None, timeout_s)
    with pytest.raises(NoAnswerError) as caught:
        headers_of(cluster)
    return str(caught.value)


def test_a_plugin_that_fails_is_the_reason_of_every_request(config: Path) -> None:
    text = refusal(config, "import sys; sys.exit('no session, password=MADEUPPASSWORD')", 40)
    assert "failed with exit code 1: no session" in text
    assert "MADEUPPASSWORD" not in text


WAITS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pids", "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""


def running(config: Path) -> Iterator[int]:
    """Yields the processes of the plug-in that still run."""
    for pid in map(int, (config.parent / "pids").read_text(encoding="utf-8").split()):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            continue
        if state != "Z":
            yield pid


def test_a_plugin_that_waits_for_a_person_is_ended_with_its_children(config: Path) -> None:
    began = time.monotonic()
    assert "did not answer within 3 s; run `kubectl get --raw /version`" in refusal(config, WAITS, 6)
    assert time.monotonic() - began < 20
    wait_until(lambda: not any(running(config)))


def test_plugins_end_with_the_process(config: Path) -> None:
    with_plugin(config, WAITS)
    connecting = threading.Thread(target=Cluster.connect, args=(None, 120), daemon=True)
    connecting.start()
    wait_until((config.parent / "pids").exists)
    credential_plugin.stop()
    connecting.join(20)
    assert not connecting.is_alive()
    wait_until(lambda: not any(running(config)))


def test_an_interrupt_ends_a_plugin(config: Path) -> None:
    with_plugin(config, WAITS)

    def interrupt() -> None:
        wait_until((config.parent / "pids").exists)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        Cluster.connect(None, 120)
    wait_until(lambda: not any(running(config)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a: [b", "line 1, is no YAML: expected"),
        (b"[]", "is a list, not a kubeconfig"),
        (b"made up", "is plain text, not a kubeconfig"),
        (b"7", "is a number, not a kubeconfig"),
        (b"contexts: 5\ncurrent-context: c", "contexts is no list"),
        (b"current-context: c\ncontexts: [{}]", "contexts has an entry without a name"),
        (b"users: [{name: u, user: [made-up]}]", "users has an entry without a name, or of another structure"),
        (b"[" * 1200, "is no YAML of a kubeconfig"),
        (b"", "has no context"),
        (b"\xff\xfe\0", "is no text in UTF-8"),
    ],
)
def test_what_is_no_kubeconfig_is_refused_with_the_reason(content: bytes, reason: str, config: Path) -> None:
    config.write_bytes(content)
    assert reason in no_kubeconfig()


def no_kubeconfig() -> str:
    """The reason for which the kubeconfig is refused."""
    with pytest.raises(ClusterConfigError, match="no usable kubeconfig") as caught:
        Cluster.connect(None, 60)
    return str(caught.value)


def test_what_is_no_file_is_not_read(config: Path) -> None:
    assert "there is none at" in no_kubeconfig()
    config.mkdir()
    assert "is not a file" in no_kubeconfig()
    config.rmdir()
    os.mkfifo(config)
    assert "is not a file" in no_kubeconfig()
    config.unlink()
    config.symlink_to("/dev/zero")
    assert "is not a file" in no_kubeconfig()


def test_a_file_that_is_too_large_is_not_read(config: Path) -> None:
    config.touch()
    os.truncate(config, 1 << 30)
    assert "has 1024 MB" in no_kubeconfig()


def with_user(config: Path, user: dict[str, Any], **cluster: Any) -> None:
    """Writes a kubeconfig of two contexts, of which c is the current one."""
    plain = {
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": {"server": "http://127.0.0.1:1", **cluster}}],
        "contexts": [{"name": name, "context": {"cluster": "k", "user": "u"}} for name in ("c", "staging")],
        "users": [{"name": "u", "user": user}],
    }
    config.write_text(json.dumps(plain), encoding="utf-8")


def refused() -> str:
    """The reason for which no cluster is configured."""
    with pytest.raises(ClusterConfigError) as caught:
        Cluster.connect(None, 20)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "advice"), [("azure", "kubelogin convert-kubeconfig"), ("gcp", "gke-gcloud-auth-plugin"), ("x", "again")]
)
def test_an_auth_provider_that_was_removed_is_named_with_what_replaces_it(name: str, advice: str, config: Path) -> None:
    with_user(config, {"auth-provider": {"name": name, "config": {}}})
    assert f"auth-provider {name} of user u is none that kubectl still has" in refused()
    assert advice in refused()


def test_an_auth_provider_that_gives_no_token_is_named(config: Path) -> None:
    with_user(config, {"auth-provider": {"name": "oidc", "config": {"id-token": "a.b"}}})
    assert "auth-provider oidc of user u gives no token" in refused()


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", " \n\n"])
def test_the_token_of_a_file_may_end_with_line_breaks(ending: str, config: Path) -> None:
    (config.parent / "made-up.txt").write_text(f"made-up-token{ending}", encoding="utf-8")
    with_user(config, {"tokenFile": "made-up.txt"})
    assert headers_of(Cluster.connect(None, 20)) == {"authorization": "Bearer made-up-token"}


@pytest.mark.parametrize("token", ["made\nup", "made-üp", "made\0up"])
def test_a_token_that_no_header_can_have_is_no_login(token: str, config: Path) -> None:
    with_user(config, {"token": token})
    with pytest.raises(NotLoggedInError, match="characters that no token has"):
        headers_of(Cluster.connect(None, 20))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"current-context": ""}, "has no current context"),
        ({"current-context": "stagin"}, "no context 'stagin', which it names as the current one; did you mean staging"),
        ({"clusters": []}, "context c names the cluster 'k', which"),
        ({"users": []}, "context c names the user 'u', which"),
        ({"contexts": [{"name": "c", "context": {}}]}, "names no cluster"),
    ],
)
def test_a_context_that_lacks_something_is_refused_with_what_there_is(
    change: dict[str, Any], reason: str, config: Path
) -> None:
    with_user(config, {"token": "made-up-token"})
    config.write_text(json.dumps(json.loads(config.read_text(encoding="utf-8")) | change), encoding="utf-8")
    assert reason in refused()
    assert "made-up-token" not in refused()


@pytest.mark.parametrize("server", ["", "https://host:port", "ftp://host", "https://"])
def test_a_cluster_without_the_url_of_a_server_is_refused(server: str, config: Path) -> None:
    with_user(config, {}, server=server)
    assert "cluster k of" in refused()


@pytest.mark.parametrize(
    ("more", "url"), [({}, "http://10.0.0.1:8080"), ({"insecure-skip-tls-verify": True}, "https://10.0.0.1:8080")]
)
def test_a_server_without_a_scheme_is_secure_where_the_cluster_has_a_certificate(
    more: dict[str, Any], url: str, config: Path
) -> None:
    with_user(config, {}, server="10.0.0.1:8080", **more)
    assert Cluster.connect(None, 20).server.url == url


WHOLE = response({"kind": "PodList", "items": []})
REQUEST = ApiRequest(what="list pods", path="/api/v1/pods")


def reached(port: int, user: dict[str, Any], config: Path, **cluster: Any) -> str:
    """Returns "" where the server of a kubeconfig answers a request and a stream, else the reason why it does not."""
    with_user(config, user, server=f"https://127.0.0.1:{port}/", **cluster)
    try:
        connected = Cluster.connect(None, 20)
        ApiClient(connected, Counter()).read(REQUEST, lambda body: bytes(body.data), time.monotonic() + 5)
        with pytest.raises(StreamError, match="not a WebSocket"):
            websocket.connect(connected.server, "/exec", [], ends_at=time.monotonic() + 5, limit=1 << 20)
    except (ClusterConfigError, NoAnswerError) as error:
        return str(error)
    return ""


def secured(**options: Any) -> Any:
    """Returns what makes a server of this machine speak TLS as api.example."""
    return partial(over_tls, certificate=authority().issued("api.example", "api.example"), **options)


def data_of(path: Path) -> str:
    """A file as a kubeconfig has its content."""
    return b64encode(path.read_bytes()).decode()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_the_certificate_of_the_server_is_checked(config: Path) -> None:
    ca, other = authority().ca, authority().issued("other", "other.example")[0]
    named = {"tls-server-name": "api.example"}
    with serving(WHOLE, over=secured()) as (_, script):
        assert reached(script.port, {}, config, **named, **{"certificate-authority": str(ca)}) == ""
        assert reached(script.port, {}, config, **named, **{"certificate-authority-data": data_of(ca)}) == ""
        assert reached(script.port, {}, config, **{"insecure-skip-tls-verify": True}) == ""
        for distrusted in (named, {"certificate-authority": str(ca)}, {**named, "certificate-authority": str(other)}):
            assert "is not accepted" in reached(script.port, {}, config, **distrusted)


def test_the_certificate_of_the_user_is_sent(config: Path) -> None:
    trusted = {"tls-server-name": "api.example", "certificate-authority": str(authority().ca)}
    certificate, key = authority().issued("made-up-user", "user.example")
    of_data = {"client-certificate-data": data_of(certificate), "client-key-data": data_of(key)}
    with serving(WHOLE, over=secured(wants_certificate=True)) as (_, script):
        files = {"client-certificate": str(certificate), "client-key": str(key)}
        assert reached(script.port, files, config, **trusted) == ""
        assert reached(script.port, of_data, config, **trusted) == ""
        assert reached(script.port, {}, config, **trusted) != ""


def test_a_certificate_that_cannot_be_used_is_a_kubeconfig_that_cannot(config: Path) -> None:
    certificate, key = authority().issued("made-up-user", "user.example")
    authority().run("ec", "-in", str(key), "-aes256", "-passout", "pass:made-up", "-out", "encrypted.key")
    encrypted = str(authority().folder / "encrypted.key")
    for user in (
        {"client-certificate": str(certificate), "client-key": encrypted},
        {"client-certificate": str(certificate)},
        {"client-certificate": "missing.pem"},
        {"client-certificate-data": data_of(key)},
    ):
        with_user(config, user, server="https://127.0.0.1:1")
        assert refused().startswith("no usable kubeconfig: ")
    with_user(config, {}, server="https://127.0.0.1:1", **{"certificate-authority-data": data_of(key)})
    assert refused().startswith("no usable kubeconfig: ")


def test_a_user_may_log_in_by_a_password(config: Path) -> None:
    with_user(config, {"username": "made", "password": "up"})
    assert headers_of(Cluster.connect(None, 20)) == {"authorization": "Basic bWFkZTp1cA=="}


def test_the_token_of_an_auth_provider_is_sent(config: Path) -> None:
    token = f"made.{urlsafe_b64encode(json.dumps({'exp': time.time() + 900}).encode()).decode().rstrip('=')}.up"
    with_user(config, {"auth-provider": {"name": "oidc", "config": {"id-token": token}}})
    assert headers_of(Cluster.connect(None, 20)) == {"authorization": f"Bearer {token}"}


def test_the_service_account_of_the_process_is_used_without_a_kubeconfig(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not config.exists()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")
    monkeypatch.setattr(kubeconfig, "MOUNTED", tmp_path)
    (tmp_path / "ca.crt").write_bytes(authority().ca.read_bytes())
    (tmp_path / "namespace").write_text("orders", encoding="utf-8")
    (tmp_path / "token").write_text("made-up-token\n", encoding="utf-8")
    cluster = Cluster.connect(None, 20)
    assert (cluster.context, cluster.namespace, cluster.server.url) == (
        "in-cluster",
        "orders",
        "https://[fd00::1]:6443",
    )
    assert headers_of(cluster) == {"authorization": "Bearer made-up-token"}
    (tmp_path / "token").write_text("", encoding="utf-8")
    assert "token is empty" in refused()


@pytest.mark.parametrize("proxy", ["nonsense", "ftp://user:MADEUPPASSWORD@host", "http://"])
def test_a_proxy_that_cannot_be_used_is_refused_without_its_password(proxy: str, config: Path) -> None:
    with_user(config, {}, **{"proxy-url": proxy})
    assert "the proxy of the kubeconfig (proxy-url)" in refused()
    assert "MADEUPPASSWORD" not in refused()


def test_of_several_files_the_first_current_context_and_the_first_entry_of_a_name_count(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, missing = config.parent / "second" / "config", config.parent / "missing"
    second.parent.mkdir()
    (second.parent / "made-up.txt").write_text("token-of-the-second", encoding="utf-8")
    with_user(second, {"tokenFile": "made-up.txt"})
    plain = json.loads(second.read_text(encoding="utf-8"))
    second.write_text(json.dumps(plain | {"current-context": "c"}), encoding="utf-8")
    config.write_text(
        json.dumps({"current-context": "staging", "contexts": [{"name": "c", "context": {"cluster": "none"}}]}),
        encoding="utf-8",
    )
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (missing, config, second))))
    cluster = Cluster.connect(None, 20)
    assert cluster.context == "staging"
    assert headers_of(cluster) == {"authorization": "Bearer token-of-the-second"}
    with pytest.raises(ClusterConfigError, match="names the cluster 'none'"):
        Cluster.connect("c", 20)


def test_in_a_cluster_any_file_of_several_is_a_kubeconfig(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join((str(config.parent / "missing"), str(config))))
    with_user(config, {})
    assert Cluster.connect(None, 20).context == "c"
    config.unlink()
    assert "no usable service account" in refused()


def test_a_plugin_that_is_missing_is_named_with_how_to_install_it(config: Path) -> None:
    with_user(config, {"exec": {"command": "no-such-login", "installHint": "Install it from\nexample.org."}})
    assert "plug-in no-such-login of user u is not installed" in refused()
    with pytest.raises(ClusterConfigError) as caught:
        Cluster.connect(None, 20)
    assert caught.value.step == "Install it from example.org."
