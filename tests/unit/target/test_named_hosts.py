"""The hosts that settings name, with their ports, and what is none."""

import tracemalloc

import msgspec
import pytest

from diagnose.resources import ConfigMap, Container, PodTemplate
from diagnose.target import environment
from diagnose.target.named_hosts import NamedHost, named_hosts, texts_of
from tests.support.kit import Json
from tests.support.objects import from_secret, variables


def hosts(
    *env: Json, files: dict[str, str] | None = None, settings: dict[str, str] | None = None, **container: object
) -> list[NamedHost]:
    """Returns the hosts of a container with these variables, and with a ConfigMap as files or as variables."""
    given: Json = {"name": "web", "env": list(env), **container}
    volumes: list[Json] = []
    if files:
        given["volumeMounts"] = [{"name": "config", "mountPath": "/etc/app"}]
        volumes = [{"name": "config", "configMap": {"name": "app-files"}}]
    if settings:
        given["envFrom"] = [{"configMapRef": {"name": "app"}}]
    template = msgspec.convert({"spec": {"containers": [given], "volumes": volumes}}, PodTemplate)
    maps = {"app-files": ConfigMap(data=files or {}), "app": ConfigMap(data=settings or {})}
    own = msgspec.convert(given, Container)
    read = environment.read(template, own, config_maps=maps)
    return list(named_hosts(read, texts_of(template, own, maps)))


def ends(*env: Json, **more: object) -> list[tuple[str, int]]:
    return list(dict.fromkeys((each.host, each.port) for each in hosts(*env, **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BACKEND_URL", "http://backend:8080/api", [("backend", 8080)]),
        ("CATALOG", "https://catalog.shop.svc.cluster.local/v1?x=1", [("catalog.shop.svc.cluster.local", 443)]),
        ("QUEUE_URI", "amqp://user:pass@rabbit.mq/vhost", [("rabbit.mq", 5672)]),
        ("CACHE_URL", "redis://:x@cache", [("cache", 6379)]),
        ("SPRING_DATASOURCE_URL", "jdbc:mysql://orders-db:3307/orders", [("orders-db", 3307)]),
        ("PRODUCT_SERVICE_ADDR", "products:3550", [("products", 3550)]),
        ("KAFKA_BROKERS", "kafka-0.kafka:9092,kafka-1.kafka:9092", [("kafka-0.kafka", 9092), ("kafka-1.kafka", 9092)]),
        ("SEEDS", '["node-a:7000","node-b:7000"]', [("node-a", 7000), ("node-b", 7000)]),
        ("REDIS_HOST", "cache", [("cache", 6379)]),
        ("INVENTORY_HOST", "inventory", [("inventory", 0)]),
        ("BACKEND", "backend.shop.svc", [("backend.shop.svc", 0)]),
        ("METRICS_GRPC", "dns:///backend", []),
        # What names the program, what it listens on, or what it compares.
        ("LISTEN_ADDR", "web:8080", []),
        ("ALLOWED_HOSTS", "shop.example.com:443", []),
        ("APP_URL", "https://shop.example.com", []),
        ("CORS_ORIGIN", "http://localhost:3000", []),
        ("BASE_IMAGE", "registry:5000/web", []),
        ("HOST", "web", []),
        ("NO_PROXY", "db:5432", []),
        # What is no host.
        ("CACHE", "redis:7", []),
        ("START_AT", "12:30", []),
        ("RATIO", "1:100", []),
        ("RUN_AS_USER", "app:1000", []),
        ("LOG_FILE", "file:///var/log/app:8080", []),
        ("URL", "http://$(UNSET_HOST):80", []),
    ],
)
def test_a_value_names_hosts(name: str, value: str, expected: list[tuple[str, int]]) -> None:
    assert ends(*variables(**{name: value})) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ORDERS_HOST": "orders", "ORDERS_PORT": "8081"}, ("orders", 8081)),
        ({"PGHOST": "pg", "PGPORT": "5433"}, ("pg", 5433)),
        ({"MYSQL_HOST": "db", "OTHER_PORT": "1"}, ("db", 3306)),
        ({"A_HOST": "db", "A_URL": "http://$(A_HOST):9000"}, ("db", 0)),
    ],
)
def test_a_host_has_the_port_of_its_group_or_the_usual_one(values: dict[str, str], expected: tuple[str, int]) -> None:
    assert ends(*variables(**values))[0] == expected


def test_a_reference_to_an_earlier_variable_is_expanded() -> None:
    assert ("db", 9000) in ends(*variables(DB="db", API_URL="http://$(DB):9000"))


def test_the_host_of_a_url_is_known_although_its_password_is_not_read() -> None:
    env = (from_secret("PASS", "app"), *variables(STORE_URL="mongodb://app:$(PASS)@store:27018/x"))
    (found,) = hosts(*env)
    assert ((found.host, found.port), found.text) == (("store", 27018), "")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("until nc -z -w 2 backend 8080; do sleep 1; done", ("backend", 8080)),
        ("while true; do curl -sf http://api/health || true; done", ("api", 80)),
        ("wget -qO- backend:9000/x && exit 0", ("backend", 9000)),
        ("psql -h mysql-like -p 3307 -U app", ("mysql-like", 3307)),
        ("pg_isready -h db", ("db", 5432)),
        ("exec 3<>/dev/tcp/cache/6379", ("cache", 6379)),
        ("curl http://${API_HOST:-x}:8081/", ("inventory", 8081)),
    ],
)
def test_a_script_names_what_its_programs_connect_to(script: str, expected: tuple[str, int]) -> None:
    assert expected in ends(*variables(API_HOST="inventory"), command=["sh", "-c", script])


@pytest.mark.parametrize("script", ["df -h /data", "node --port 80", "# curl http://old:80\ntrue", "sleep 3600"])
def test_a_script_without_connections_names_no_host(script: str) -> None:
    assert ends(command=["sh", "-c", script]) == []


def test_arguments_name_hosts() -> None:
    found = hosts(args=["--upstream=backend:8080", "--redis-host", "cache", "--redis-port", "6380"])
    assert [(each.host, each.port) for each in found] == [("backend", 8080), ("cache", 6380)]
    assert found[0].source == "argument --upstream of container web"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("app.yaml", "server:\n  port: 80\nredis:\n  host: cache\n  port: 6380\n", ("cache", 6380)),
        ("app.json", '{\n  "redis": {\n    "host": "cache",\n    "port": 6380\n  }\n}', ("cache", 6380)),
        ("app.properties", "orders.host=orders\norders.port=8081\n", ("orders", 8081)),
        ("nginx.conf", "location / {\n  proxy_pass http://backend:8080;\n}\n", ("backend", 8080)),
        ("nginx.conf", "upstream x {\n  server backend:9000;\n}\n", ("backend", 9000)),
        ("envoy.yaml", "# http://old:80\naddress: backend:9001\n", ("backend", 9001)),
    ],
)
def test_a_file_of_a_config_map_names_hosts(name: str, text: str, expected: tuple[str, int]) -> None:
    found = [each for each in hosts(files={name: text}) if (each.host, each.port) == expected]
    assert found
    assert found[0].config_map == "app-files"
    assert ("old", 80) not in ends(files={name: text})


def test_a_variable_of_a_config_map_is_changed_there() -> None:
    (found,) = hosts(settings={"BACKEND_URL": "http://backend:8080"})
    assert (found.config_map, found.variable) == ("app", "")
    assert found.source == "variable BACKEND_URL, key BACKEND_URL of ConfigMap app"


def test_a_script_does_not_get_endless_by_its_variables() -> None:
    tracemalloc.start()
    try:
        found = hosts(*variables(LONG="x" * 100_000, DB="db:5432"), command=["sh", "-c", "nc $DB; " + "$LONG " * 2_000])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ("db", 5432) in {(each.host, each.port) for each in found}
    assert peak < 20_000_000
