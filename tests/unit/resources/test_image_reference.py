"""References of images, by the grammar and the defaults of Docker and Kubernetes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.resources.image_reference import ImageReference, complete, is_valid, parse

DIGEST = f"sha256:{'0f' * 32}"

hosts = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,5}){1,2}(:[1-9][0-9]{0,4})?|localhost(:5000)?", fullmatch=True)
components = st.from_regex(r"[a-z0-9]{1,6}(([._]|__|-{1,3})[a-z0-9]{1,6}){0,2}", fullmatch=True)
paths = st.lists(components, min_size=1, max_size=4).map("/".join)
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
digests = st.from_regex(r"sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})", fullmatch=True)


@given(hosts, paths, st.just("") | tags, st.just("") | digests)
def test_the_parts_of_a_whole_reference(host: str, path: str, tag: str, digest: str) -> None:
    text = f"{host}/{path}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"
    found = parse(text)
    assert is_valid(text)
    assert (found.registry, found.repository, found.tag, found.digest) == (host, path, tag, digest)
    assert found.version == (digest or tag or "latest")
    assert parse(found.full).full == found.full
    assert found.full.startswith(f"{host}/{path}")


@given(paths, st.just("") | tags)
def test_without_a_registry_it_is_dockers(path: str, tag: str) -> None:
    folder, slash, _ = path.partition("/")
    if slash and ("." in folder or folder == "localhost"):
        return
    found = parse(f"{path}{f':{tag}' if tag else ''}")
    assert found.registry == "docker.io"
    assert found.repository == (path if slash else f"library/{path}")
    assert parse(found.full) == ImageReference(name=f"docker.io/{found.repository}", tag=tag or "latest")


@given(st.text())
def test_any_text_has_parts_that_make_it_again(text: str) -> None:
    found = parse(text)
    tag, digest = f":{found.tag}" if found.tag else "", f"@{found.digest}" if found.digest else ""
    assert not is_valid(text) or f"{found.name}{tag}{digest}" == text
    assert found.with_tag("1").endswith(":1")


@pytest.mark.parametrize(
    ("text", "registry", "repository", "version"),
    [
        ("redis", "docker.io", "library/redis", "latest"),
        ("lab/worker:1", "docker.io", "lab/worker", "1"),
        ("index.docker.io/library/redis:7", "docker.io", "library/redis", "7"),
        ("r.test/a/b/c", "r.test", "a/b/c", "latest"),
        ("localhost/a", "localhost", "a", "latest"),
        ("localhost:5000/a:t", "localhost:5000", "a", "t"),
        ("r:5000/a", "r:5000", "a", "latest"),
        ("[::1]:5000/a:2", "[::1]:5000", "a", "2"),
        ("Registry/a", "Registry", "a", "latest"),
        (f"r.test/a:t@{DIGEST}", "r.test", "a", DIGEST),
        (f"redis@{DIGEST}", "docker.io", "library/redis", DIGEST),
    ],
)
def test_the_parts_of_a_reference(text: str, registry: str, repository: str, version: str) -> None:
    found = parse(text)
    assert is_valid(text)
    assert (found.registry, found.repository, found.version) == (registry, repository, version)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "a b", "a:", "a@", ":1", "@sha256:00", "r.test/", "/a", "a//b", "r.test/Team/a:1", "a:-1", "a:b:c",
        "a@sha256:0f", f"a:{'1' * 129}", f"{'a' * 256}:1", "0f" * 32, "${IMAGE}:1", "a\n", "-a", "a--", "https://r/a",
    ],
)  # fmt: skip
def test_what_no_kubelet_takes(text: str) -> None:
    assert not is_valid(text)


def test_names_of_nodes_and_templates_are_the_same_name() -> None:
    assert parse("redis").full == parse("docker.io/library/redis:latest").full
    assert parse("r.test/a:1").full != parse("r.test/a:2").full
    assert parse(f"r.test/a:1@{DIGEST}").full == parse(f"r.test/a@{DIGEST}").full


def test_a_tag_alone_is_of_the_same_repository() -> None:
    assert complete("2", "r.test:5000/a/b:1") == "r.test:5000/a/b:2"
    assert complete("2", "r.test:5000/a/b") == "r.test:5000/a/b:2"
    assert complete("2", f"r.test/a@{DIGEST}") == "r.test/a:2"
    assert complete("other/a:2", "r.test/a:1") == "other/a:2"


def test_the_program_is_the_last_part() -> None:
    assert parse("r.test:5000/team/worker").program == "worker"
    assert parse(f"r.test/team/worker:1@{DIGEST}").program == "worker"
