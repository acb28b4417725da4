"""Made-up secrets in the shapes that they have in logs, events, manifests and configuration: names × syntaxes × values.

Each case is a text and the secret in it. Nothing here is or was a secret of anything.
"""

import base64
import json
import random
import string
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

_LINES = Path(__file__).parent / "secret_lines.json"
_RANDOM = random.Random(20261129)
MIXED = string.ascii_letters + string.digits


def made_up(length: int, alphabet: str = MIXED) -> str:
    """Returns random characters, at least one of them a digit where the alphabet has digits."""
    return "".join(_RANDOM.choice(alphabet) for _ in range(length))


class Case(NamedTuple):
    """A text with a secret in it."""

    name: str
    text: str
    secret: str


VALUES = {
    "canary": "CANARYmadeup0123456789",
    "words": "madeup-horse-battery",
    "signs": "Made^up!Canary%42~x",
    "random": made_up(20),
    "short": "mU7!pq9z",
}

NAMES = (
    "password passwd PASSWORD DB_PASS SMTP_PASS MYSQL_PWD DB_PASSWORD_SERVER pgpassword userPass pw secret "
    "clientSecret "
    "CLIENT_SECRET token accessToken refresh_token API_KEY apiKey api-key APP_KEY masterKey dataKey session_key "
    "private_key signingKey STRIPE_WEBHOOK_SECRET SALT PEPPER AccountKey SharedAccessKey otp credentials passphrase "
    "bearer signature unseal_key jwt spring.datasource.password secret_id vendorKey RAILS_MASTER_KEY passcode"
)

# The syntaxes of an assignment; N is the name, V the value.
SYNTAXES = {
    "equals": "N=V",
    "colon": "N: V",
    "arrow": "N => V",
    "thin arrow": "N -> V",
    "walrus": "N := V",
    "spaces": "N = V",
    "quoted": 'N="V"',
    "single quotes": "N = 'V'",
    "json": '{"N":"V"}',
    "pretty json": '{\n  "N": "V",\n  "other": 1\n}',
    "json in json": '{"message":"{\\"N\\":\\"V\\"}"}',
    "json in json in json": '{"a":"{\\"b\\":\\"{\\\\\\"N\\\\\\":\\\\\\"V\\\\\\"}\\"}"}',
    "python": "{'N': 'V', 'a': 1}",
    "go map": "map[N:V other:1]",
    "go struct": "&{Name:x N:V Other:1}",
    "tuple": "('N', 'V')",
    "tab": "N\tV",
    "table": "| N | V |",
    "xml": "<N>V</N>",
    "attribute": '<add key="N" value="V"/>',
    "flag": "tool --N V --verbose",
    "flag equals": "tool --N=V --verbose",
    "arguments": '["tool", "--N", "V"]',
    "pair": '{"name":"N","value":"V"}',
    "pair key": '{"key": "N", "value": "V"}',
    "pair escaped": '{"m":"{\\"name\\":\\"N\\",\\"value\\":\\"V\\"}"}',
    "pair reversed": '{"value":"V","name":"N"}',
    "pair yaml": "- name: N\n  value: V",
    "yaml block": "N: |\n  V\nnext: 1",
    "yaml list": "N:\n  - V\n",
    "next line": '"N":\n    "V"',
    "array": '{"N":["V"]}',
    "object": '{"N":{"value":"V"}}',
    "export": "export N=V",
    "form": "user=x&N=V&page=2",
    "semicolons": "Server=db;N=V;Timeout=3",
    "properties": "a=1\nN=V\nb=2",
    "multipart": 'Content-Disposition: form-data; name="N"\r\n\r\nV\r\n--x',
    "constructor": 'N=Secret("V")',
    "bytes": "N=b'V'",
    "percent": quote("N=V", safe=""),
    "base64": "BASE64",
    "hex": "HEX",
}

WRAPPERS = {
    "line": "X",
    "log": "2026-11-29T10:00:00.000Z ERROR [main] worker failed: X",
    "record": "JSON",
}

HEADERS = {
    "bearer": "Authorization: Bearer V",
    "basic": "authorization: Basic V",
    "token": "Authorization: Token V",
    "api key": "Authorization: ApiKey V",
    "own scheme": "Authorization: Madeup V",
    "raw": "Authorization: V",
    "digest": 'Authorization: Digest username="x", realm="r", nonce="n", response="V"',
    "aws": "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us/s3/aws4_request, SignedHeaders=host, Signature=V",
    "proxy": "Proxy-Authorization: Bearer V",
    "curl": "curl -H 'Authorization: Token V' https://api.example.test/x",
    "json": '{"headers":{"authorization":"Bearer V","accept":"*/*"}}',
    "json digest": '{"authorization":"Digest username=\\"x\\", response=\\"V\\""}',
    "tuples": "[('accept', '*/*'), ('authorization', 'Bearer V')]",
    "go": "map[Accept:[*/*] Authorization:[Bearer V]]",
    "vault": "X-Vault-Token: V",
    "own header": "X-Madeup-Auth-Token: V",
    "key header": "x-functions-key: V",
    "api key header": "X-Api-Key: V",
    "cookies": "Cookie: theme=dark; sid=V",
    "first cookie": "cookie: V=1",
    "set-cookie": "Set-Cookie: lang=en; session=V; Path=/; HttpOnly",
    "cookie json": '{"cookie":"a=1; session=V"}',
    "bearer alone": "using bearer V for the call",
}

URLS = {
    "password": "postgres://user:V@db.msp:5432/app?sslmode=require",
    "slash": "postgres://user:a/V/b@db.msp:5432/app",
    "at": "amqp://user:V@x@mq.msp:5672/",
    "hash": "redis://:V#1@redis:6379/0",
    "token": "https://V@github.com/org/repo.git",
    "token and user": "https://V:x-oauth-basic@github.com/org/repo.git",
    "user and token": "https://oauth2:V@gitlab.example.test/a.git",
    "jdbc": "jdbc:postgresql://db/app?user=x&password=V",
    "sqlserver": "jdbc:sqlserver://db:1433;user=sa;password=V;encrypt=true",
    "key": "https://maps.example.test/api?key=V&q=x",
    "sig": "https://blob.example.test/c/f?sv=2024&sig=V&se=1",
    "amazon": "https://s3.example.test/b/k?X-Amz-Credential=x&X-Amz-Signature=V",
    "code": "https://app.example.test/callback?code=V&state=x",
    "unknown": "https://app.example.test/x?limit=1&zq=V",
    "fragment": "https://app.example.test/cb#access_token=V&token_type=x",
    "sentry": "https://V@o1.ingest.example.test/42",
    "two lines": "postgres://user:V\nrest@db.msp:5432/app",
    "second line": "postgres://user:first\nV@db.msp:5432/app",
    "no scheme": "user:V@db.msp:5432/app",
    "cut": "postgres://user:V",
    "in json": '{"url":"mongodb+srv://user:V@cluster.example.test/db"}',
    "quoted": "could not connect to 'mysql://root:V@db/app'",
}

STATEMENTS = {
    "role": "ALTER ROLE app LOGIN PASSWORD 'V'",
    "encrypted": "CREATE USER app WITH ENCRYPTED PASSWORD 'V' IN ROLE x",
    "identified": "CREATE USER 'app'@'%' IDENTIFIED BY 'V'",
    "identified with": "ALTER USER app IDENTIFIED WITH mysql_native_password BY 'V'",
    "set password": "SET PASSWORD FOR app = PASSWORD('V')",
    "escaped literal": "ALTER ROLE app PASSWORD E'V'",
    "row": "INSERT INTO users (name, password_hash) values (lower('app'), 'V')",
    "rows": "insert into tokens (token)\n  values ('x'),\n  ('V')",
    "upsert": "INSERT INTO users(id, api_token) values (1, 'x'), (2, E'V') ON CONFLICT DO NOTHING",
    "national": "ALTER LOGIN app WITH PASSWORD = N'V'",
    "unicode": "CREATE ROLE app PASSWORD U&'V'",
    "setting": "SELECT set_config('app.jwt_secret', 'V', false)",
    "parameters": "DETAIL:  parameters: $1 = 'app', $2 = 'V'",
    "libpq": "host=db port=5432 user=app password='V' dbname=app",
    "libpq escaped": r"host=db password='a\'V' dbname=app",
    "pgpass": "db.msp:5432:app:user:V",
    "netrc": "machine api.example.test login app password V",
    "netrc lines": "machine api.example.test\n  login app\n  password V",
    "docker": '{"auths":{"registry.example.test":{"auth":"V"}}}',
    "mysql": "mysql -uroot -pV app",
    "mysql spaced": "mysql -u root -p V app",
    "curl": "curl -u app:V https://api.example.test",
    "login": "docker login -u app -p V registry.example.test",
    "sshpass": "sshpass -p V ssh host",
    "redis": "redis-cli -h redis -a V ping",
    "is": "the password is V",
    "for": "the password for user app is V",
    "was": "Initial admin password was set to V",
    "announced": "Using DB_PASSWORD_ADMIN environment variable: V",
    "unseal": "Unseal Key 1: V",
    "root token": "Initial Root Token: V",
    "userlist": '"app_user" "V"',
    "with": "login failed with password V for app",
    "openssl": "openssl rsa -passin pass:V -in key.pem",
    "secret data": "data: {password: V, user: x}",
    "env dump": "HOME=/root DB_PASS=V PATH=/bin",
    "redis.conf": 'requirepass "V"',
    "redis.conf in YAML": "data:\n  redis.conf: |\n    port 6379\n    masterauth V\n",
    "from literal": "kubectl create secret generic x --from-literal=first=V",
    "from quoted literal": "kubectl -n msp create secret generic x --from-literal 'first=two V' --from-literal=b=c",
    "from escaped literal": r'{"cmd": "kubectl create secret generic x --from-literal=first=\"V\""}',
    "two words": "Enter pass phrase: V",
    "bracket": "config[password]=V",
    "ruby": ':password=>"V"',
    "php": "define('DB_PASSWORD', 'V');",
    "toml": '[db]\npassword = "V"\nhost = "x"',
    "ini": "[db]\npassword = V\nhost = x",
    "hcl": 'token = "V"',
    "log fields": "level=info user=x token=V duration=3ms",
}

# Prefixes of tokens, with the length and the characters of what follows.
HEX = "0123456789abcdef"
TOKENS = {
    "github": ("ghp_", 36, MIXED),
    "github user": ("ghu_", 36, MIXED),
    "github fine": ("github_pat_", 60, MIXED + "_"),
    "gitlab": ("glpat-", 20, MIXED + "_-"),
    "gitlab runner": ("glrt-", 20, MIXED + "_-"),
    "slack": ("xoxb-", 40, MIXED + "-"),
    "slack app": ("xapp-1-", 60, MIXED),
    "npm": ("npm_", 36, MIXED),
    "google": ("AIza", 35, MIXED + "_-"),
    "google oauth": ("ya29.", 60, MIXED + "_-"),
    "sendgrid": ("SG.", 22, MIXED + "_-"),
    "stripe": ("sk_live_", 24, MIXED),
    "stripe webhook": ("whsec_", 32, MIXED),
    "openai": ("sk-proj-", 48, MIXED + "_-"),
    "anthropic": ("sk-ant-api03-", 80, MIXED + "_-"),
    "huggingface": ("hf_", 34, MIXED),
    "digitalocean": ("dop_v1_", 64, HEX),
    "pypi": ("pypi-", 120, MIXED + "_-"),
    "age": ("AGE-SECRET-KEY-1", 58, string.ascii_uppercase + string.digits),
    "doppler": ("dp.pt.", 43, MIXED),
    "twilio": ("SK", 32, HEX),
    "terraform": ("abcdEFGH123456.atlasv1.", 60, MIXED),
    "docker": ("dckr_pat_", 27, MIXED + "_-"),
    "vault": ("hvs.", 24, MIXED),
    "vault batch": ("hvb.", 60, MIXED + "_-"),
    "vault old": ("s.", 24, MIXED),
    "aws": ("AKIA", 16, string.ascii_uppercase + string.digits),
    "shopify": ("shpat_", 32, HEX),
    "linear": ("lin_api_", 40, MIXED),
    "grafana": ("glsa_", 32, MIXED),
    "new relic": ("NRAK-", 27, string.ascii_uppercase + string.digits),
    "nobody's": ("zzz_", 32, MIXED),
    "nobody's dotted": ("qq7.", 40, MIXED + "_-"),
    "none": ("", 32, MIXED),
    "base64": ("", 44, MIXED + "+/"),
    "base64url": ("", 43, MIXED + "-_"),
    "hexadecimal": ("", 64, HEX),
    "letters": ("", 32, string.ascii_letters),
    "small letters": ("", 40, string.ascii_lowercase),
    "small letters and digits": ("", 32, string.ascii_lowercase + string.digits),
    "capitals and digits": ("", 40, string.ascii_uppercase + string.digits),
    "jwt": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtYWRldXAifQ.", 43, MIXED + "-_"),
}

TOKEN_PLACES = {
    "alone": "V",
    "sentence": "request with V was refused",
    "quoted": 'calling upstream with "V"',
    "field": "handle=V status=401",
    "json": '{"msg":"refused","v":"V"}',
    "path": "GET /v1/items/V/rows HTTP/1.1",
}

_KEY_LINES = [made_up(64, MIXED + "+/") for _ in range(4)] + [made_up(22, MIXED + "+/") + "=="]
_KINDS = ("RSA PRIVATE", "EC PRIVATE", "PRIVATE", "ENCRYPTED PRIVATE", "OPENSSH PRIVATE", "DSA PRIVATE")
BLOCKS = {
    **{kind: [f"-----BEGIN {kind} KEY-----", *_KEY_LINES, f"-----END {kind} KEY-----"] for kind in _KINDS},
    "headers": [
        "-----BEGIN RSA PRIVATE KEY-----",
        "Proc-Type: 4,ENCRYPTED",
        "DEK-Info: AES-128-CBC,0011",
        "",
        *_KEY_LINES,
        "-----END RSA PRIVATE KEY-----",
    ],
    "pgp": ["-----BEGIN PGP PRIVATE KEY BLOCK-----", "", *_KEY_LINES, "=abCD", "-----END PGP PRIVATE KEY BLOCK-----"],
    "ssh2": ["---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", *_KEY_LINES, "---- END SSH2 ENCRYPTED PRIVATE KEY ----"],
    "openvpn": ["-----BEGIN OpenVPN Static key V1-----", *_KEY_LINES, "-----END OpenVPN Static key V1-----"],
    "cut": ["-----BEGIN EC PRIVATE KEY-----", *_KEY_LINES],
    "putty": [
        "PuTTY-User-Key-File-3: ssh-ed25519",
        "Encryption: none",
        "Private-Lines: 5",
        *_KEY_LINES,
        "Private-MAC: " + made_up(64, HEX),
    ],
}


def _of(syntax: str, name: str, value: str) -> str:
    if syntax == "BASE64":
        return base64.b64encode(f"{name}={value}".encode()).decode()
    if syntax == "HEX":
        return f"{name}={value}".encode().hex()
    if "%" in syntax:
        return quote(f"{name}={value}", safe="")
    return syntax.replace("N", "\0").replace("V", value).replace("\0", name)


def _wrapped(wrapper: str, text: str) -> str:
    if wrapper == "JSON":
        return json.dumps({"level": "error", "msg": text})
    return wrapper.replace("X", text)


def assignments() -> Iterator[Case]:
    """Yields every syntax with several names and values, and every name in several syntaxes."""
    names = NAMES.split()
    for number, (label, syntax) in enumerate(SYNTAXES.items()):
        for offset, (kind, value) in enumerate(VALUES.items()):
            name = names[(number * 3 + offset * 7) % len(names)]
            yield Case(f"{label}, {name}, {kind}", _of(syntax, name, value), value)
    plain = ("equals", "colon", "json", "quoted", "pair", "flag equals")
    for number, name in enumerate(names):
        for offset, label in enumerate(plain):
            value = list(VALUES.values())[(number + offset) % len(VALUES)]
            yield Case(f"{name}, {label}", _of(SYNTAXES[label], name, value), value)


def wrapped() -> Iterator[Case]:
    """Yields the assignments that stand on one line within a line of a log and a record in JSON."""
    for case in assignments():
        if not set("\n\t") & set(case.text):
            for label in ("log", "record"):
                yield Case(f"{case.name}, {label}", _wrapped(WRAPPERS[label], case.text), case.secret)


def templates() -> Iterator[Case]:
    """Yields headers, URLs and statements with values that may stand there."""
    for group, kinds in ((HEADERS, "canary random"), (URLS, "canary random"), (STATEMENTS, "canary signs random")):
        for label, template in group.items():
            for kind in kinds.split():
                yield Case(f"{label}, {kind}", template.replace("V", VALUES[kind]), VALUES[kind])


def lines() -> Iterator[Case]:
    """Yields lines of commands, configuration and logs in the field, each with a value of words or of random signs."""
    values = {"words": VALUES["words"], "random": VALUES["random"]}
    for template in json.loads(_LINES.read_text(encoding="utf-8")):
        text = template
        for kind, value in values.items():
            text = text.replace(f"{{{kind}}}", value)
        yield Case(template, text, values["words" if "{words}" in template else "random"])


def tokens() -> Iterator[Case]:
    """Yields tokens by their own shape."""
    for label, (prefix, length, alphabet) in TOKENS.items():
        for place, template in TOKEN_PLACES.items():
            body = made_up(length, alphabet)
            yield Case(f"{label}, {place}", template.replace("V", prefix + body), body)


def blocks() -> Iterator[Case]:
    """Yields keys of several lines; each line of the body is a secret."""
    for label, lines in BLOCKS.items():
        for line in _KEY_LINES:
            yield Case(f"{label}, {line[:4]}", "\n".join(["before", *lines, "after the key"]), line)
            yield Case(f"{label} in JSON, {line[:4]}", json.dumps({"msg": "\n".join(lines)}), line)


def leaked(output: str, secret: str) -> bool:
    """Whether an output has the secret, or a part of it that helps to guess it."""
    size = min(len(secret), 8)
    return any(secret[at : at + size] in output for at in range(len(secret) - size + 1))
