"""Which names of variables, keys, flags and headers are those of a secret, judged by their parts."""

import functools
import re
import string

from diagnose.text.patterns import lazy

MAX_NAME = 128
NAME_CHARACTERS = f"{string.ascii_letters}{string.digits}_.-"

_PART = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# Parts that make a name that of a secret wherever they are in it, also at the end of a longer part: "pgpassword".
_STEMS_TEXT = """
    password passwd passphrase passcode passwort kennwort contrasena motdepasse senha secret token credential cred
    apikey privatekey accesskey secretkey masterkey authkey sessionkey datakey signingkey encryptionkey sharedkey
    accountkey jwt mnemonic bearer
"""
_STEMS = tuple(_STEMS_TEXT.split())
_STEM_END = lazy(rf"(?:{'|'.join(_STEMS)})(?:e?s|hash|value|string|data|text|id)?\Z|password|passphrase")

# Parts that do so as a whole part.
_STRONG_TEXT = """
    pass passe pw pwd pwds auth authorization cookie cookies session sessionid sid sig signature hmac salt pepper
    dsn otp totp mfa pin cvv jwt pat psk pem csrf xsrf nonce seed license licence privkey passkey requirepass
    masterauth unlock webhook hook private creds userpass htpasswd pgpass apikeys sas mac
"""
_STRONG = frozenset(_STRONG_TEXT.split())
_STRONG_END = lazy(r"[a-z](?:pass|pwd|pw|auth|apikey)\Z")
_NOT_STRONG_TEXT = """
    bypass compass overpass underpass surpass trespass encompass oauth noauth preauth
"""
_NOT_STRONG = frozenset(_NOT_STRONG_TEXT.split())

# Weak: the value decides, for these are also names of methods, states and objects.
_WEAK_TEXT = """
    auth session sig seed license licence unlock mac nonce sid webhook hook private pem
"""
_WEAK = frozenset(_WEAK_TEXT.split())

# A name that ends with one of these is about a secret and has none as its value.
_DESCRIBES_TEXT = """
    name names path paths file files filename url urls uri uris provider providers chain length len bytes ttl queue
    prefix suffix policy policies type types kind ref refs count expiry expires expiration expired age max min size
    alg algorithm version enabled disabled enable disable required rotation rotated period interval timeout issuer
    audience audiences mount dir folder store manager engine endpoint review reviews reviewer lifetime format field
    fields env variable variables class template status state error errors message valid invalid missing exists
    created updated at source scope scopes usage limit used index host port user users username role region backend
    driver mode method methods strategy hint label plugin service server renewer bucket failed set group num number
    owner handler check validator rule rules reset change changed location address config configuration namespace
    level duration seconds ms minutes days rounds iterations cost accessor mech mechanism sandbox time date domain
    controller operator injector agent sync params options present length request response requests events event
    webhooks handlers middleware plugins client clients window affinity store budget expire renew renewal
"""
_DESCRIBES = frozenset(_DESCRIBES_TEXT.split())

# Parts after which the name still is that of the value itself: DB_PASSWORD_SERVER, token_2, apiKeyValue.
_NEUTRAL_TEXT = """
    value values string text data plain raw base64 b64 hash encoded encrypted server client admin app prod
    production dev development staging stage test live old new current previous next primary secondary backup
    default local remote superuser root main readonly writer reader master replica environment variable
"""
_NEUTRAL = frozenset(_NEUTRAL_TEXT.split())

# A name of several parts that ends with "key" is that of a secret, but after one of these.
_PLAIN_KEYS_TEXT = """
    primary foreign public sort partition hash range cache index unique row shard group lookup search map configmap
    object routing composite idempotency dedup deduplication topology label tag lock property translation i18n
    feature field json query metadata attribute header event parameter entity missing any no unknown invalid
    duplicate bucket
    config the this a an each with for by of find in to and or is its new old first last which same other
    required empty single natural surrogate business item record node value key enter press arrow hot env annotation
    template message dictionary dict host known registry service workflow task activity queue state column wrong bad
    extra unexpected nonexistent that expected multiple
"""
_PLAIN_KEYS = frozenset(_PLAIN_KEYS_TEXT.split())
_KEYS = frozenset({"key", "keys"})
# Passwords and secrets in other languages than English.
_NATIVE = lazy("geheim|contrase|парол|密[码碼]|口令|パスワード|비밀번호", re.IGNORECASE)
_SPOKEN_KEYS_TEXT = """
    api access secret private master unseal recovery encryption decryption signing session auth authentication license
    account shared storage ssh deploy service app application client data root
"""
_SPOKEN_KEYS = frozenset(_SPOKEN_KEYS_TEXT.split())
_MAX_PARTS = 4

# Counts of a language model, references of Kubernetes, and words of sentences.
_COUNTED_TEXT = """
    max min total prompt completion input output num count used cached per n mount automount
"""
_COUNTED = frozenset(_COUNTED_TEXT.split())
_PLAIN = frozenset(
    {
        ("image", "pull", "secret"),
        ("image", "pull", "secrets"),
        ("automount", "service", "account", "token"),
        ("mount", "service", "account", "token"),
        ("service", "account", "token"),
    }
)


def parts_of(name: str) -> list[str]:
    """Returns the parts of a name in lower case: "dbPassword_2" has "db", "password" and "2"."""
    return [part.lower() for part in _PART.findall(name[-MAX_NAME:])]


@functools.lru_cache(maxsize=8_192)
def is_secret_name(name: str) -> bool:
    """Whether the value of a variable with this name must not be shown."""
    if _NATIVE.search(name):
        return True
    parts = _last_parts(name)
    if not parts or parts[-1] in _DESCRIBES or tuple(parts) in _PLAIN:
        return False
    last = parts[-1]
    if last in _KEYS:
        return len(parts) > 1 and parts[-2] not in _PLAIN_KEYS and (last == "key" or parts[-2] not in _COUNTED)
    if last == "tokens" and any(each in _COUNTED for each in parts):
        return False
    return any(map(_is_stem, parts[-_MAX_PARTS:])) or _is_strong(last) or (len(parts) > 1 and _joined(parts))


@functools.lru_cache(maxsize=8_192)
def is_weak_name(name: str) -> bool:
    """Whether the name is also that of a method, a state or an object, so that a plain value is no secret."""
    parts = _last_parts(name)
    return bool(parts) and parts[-1] in _WEAK and not any(each != parts[-1] and _is_stem(each) for each in parts)


@functools.lru_cache(maxsize=1_024)
def is_header_name(name: str) -> bool:
    """Whether the value is that of a header of several words: credentials with parameters, or cookies."""
    last = parts_of(name)[-1:]
    return last in (["authorization"], ["cookie"], ["cookies"])


def is_secret_phrase(before: str, name: str) -> bool:
    """Whether the last part of a name in two words, as in "Unseal Key 1", makes it that of a secret."""
    return name.lower().strip("0123456789") in _KEYS and before.lower() in _SPOKEN_KEYS


def _last_parts(name: str) -> list[str]:
    """Returns the parts after the last dot that has more than neutral ones after it, and without those."""
    parts: list[str] = []
    for segment in reversed(name[-MAX_NAME:].split(".")):
        parts = parts_of(segment)
        while parts and (parts[-1].isdigit() or parts[-1] in _NEUTRAL):
            parts.pop()
        if parts:
            break
    return parts


def _is_stem(part: str) -> bool:
    return _STEM_END.search(part) is not None


def _is_strong(part: str) -> bool:
    return part in _STRONG or (_STRONG_END.search(part) is not None and part not in _NOT_STRONG)


def _joined(parts: list[str]) -> bool:
    """Whether the last parts are one word of a secret: "pass_word", "pass-phrase", "pass_code"."""
    return "".join(parts[-2:]) in {"password", "passphrase", "passcode", "passkey"}
