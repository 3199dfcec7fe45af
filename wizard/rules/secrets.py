"""Answers whether a name or a text is a secret, where one stands, and how one is handed over. Pure."""

from __future__ import annotations

import re

from wizard.values.pattern import lazy_pattern

SECRETS_FOLDER = "/run/secrets"
HIDDEN = "***"
EXAMPLES = (".example", ".sample", ".template", ".dist")
"""What the name of a file ends in that stands in the repository for one that is kept out of it."""
# Words that mean a secret wherever they stand in a name: `PASSWORD_HASH`, `SECRET_KEY_BASE`, `PGPASSWORD`.
_STRONG = lazy_pattern(
    r"(?:^|_)(?:\w*PASSWORD|\w*PASSWD|PASSPHRASE|\w*SECRET|CREDENTIALS?|TOKEN"
    r"|(?:API|PRIVATE|ACCESS|SECRET|ENCRYPTION|SIGNING|MASTER|AUTH|JWT|HMAC|SSH|DEPLOY|LICEN[CS]E|STORAGE)_?KEY)(?:_|$)"
)
# Words that mean one only at the end, since they mean other things elsewhere: `DB_PASS` but `PASS_RATE`,
# `REDISCLI_AUTH` but `AUTH_BACKEND`; an index or an encoding may follow (`TOKEN_2`, `DB_PASS_B64`).
_WEAK = lazy_pattern(
    r"(?:^|_)(?:(?:DB|PG|MYSQL|SMTP|REDIS|MAIL)?PASS|PW|(?:DB|USER)?PWD|AUTH)(?:_(?:\d+|B64|BASE64|HEX|OLD|NEW|PLAIN))*$"
)
# What a name ends in when it speaks about a secret without being one.
_ABOUT = lazy_pattern(
    r"_(?:FILE|PATH|DIR|FOLDER|TTL|TIMEOUT|SECONDS|MINUTES|HOURS|DAYS|EXPIRES?(?:_IN)?|EXPIRY|EXPIRATION|ALG|ALGORITHM|NAME"
    r"|ENABLED|DISABLED|REQUIRED|LIMIT|COUNT|LENGTH|SIZE|MIN|MAX|URL|URI|ENDPOINT|HOST|PORT|ID|TYPE|MODE|METHOD|SCHEME"
    r"|ADDRESS|USER|USERNAME|POLICY|PREFIX|HEADER|FIELD|ISSUER|AUDIENCE|REALM|SCOPES?|PROVIDER|BACKEND|STORE|ROTATION"
    r"|INTERVAL|VERSION|REGION|ARN|CHANGED?|RESET|STRENGTH|REGEX|PATTERN|HASHER|ROUNDS|RETRIES|ATTEMPTS|HISTORY|FORMAT|QUOTA|BUDGET|WINDOW|RATE|USAGE|COST|PER_(?:SECOND|MINUTE|HOUR|DAY))$|^(?:ENABLE|DISABLE|USE|REQUIRE|REQUIRES|ALLOW|SKIP|NO|HAS|IS|WITH)_|^PWD$"
)
_NUMBERS = frozenset({"int", "float", "bool"})
# What names with a weak word are set to when they choose a way instead of holding a secret: `HTTP_AUTH=basic`.
_SWITCH = frozenset({"true", "false", "yes", "no", "on", "off", "0", "1"})
_CHOICES = _SWITCH | {"none", "basic", "digest", "bearer", "trust"}
_PATH = lazy_pattern(r"/(?:run|var|etc|secrets|mnt|vault)/|\.(?:txt|pem|key|crt)$")
# Possessive and bounded: `${x}` is also single characters, and trying both ways of each would take for ever.
_URL_PASSWORD = lazy_pattern(r"([A-Za-z][\w+.\-]{0,40}://[^/\s:@\"']{0,200}:)((?:\$\{[^}]{0,200}\}|[^@\s/\"'])++)(?=@)")
_QUERY_PASSWORD = lazy_pattern(
    r"((?:^|[?&;\s])(?:password|passwd|pwd|sslpassword|access_token|api_?key|token)=)([^&;\s\"']+)", re.IGNORECASE
)
_INNERMOST = lazy_pattern(r"\$\{[A-Za-z_]\w*(?:(:?[-?+])([^{}]*))?\}")
_VARIABLE = lazy_pattern(r"\$\{?([A-Za-z_]\w*)")
# More than any hand-written expression nests; a text that goes on is taken for one that holds a value.
_DEEPEST = 20
_SHELL_FILE = r"\"?(?:\$\$?\(\s*(?:cat\s+|<\s*)|`\s*cat\s+)[\"']?" + SECRETS_FOLDER + r"/([\w.-]+)"
_EXPORTED = lazy_pattern(r"(?:^|[\s;&|\"'(])(?:export\s+)?([A-Za-z_]\w*)=" + _SHELL_FILE)
_SECRET_FILE = lazy_pattern(SECRETS_FOLDER + r"/([\w.-]+)")
# A name and what it is set to, as code, YAML, JSON, shells and Dockerfiles write it; a comma after a quoted name only.
_SET_TO = lazy_pattern(
    r"(?<![\w$.{/-])(?P<name>[A-Za-z_][\w.-]*)(?:[\"'](?:\s*\])?\s*[:=,]\s*|\s*(?:=|:=|:(?=\s))\s*)"
    r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s\"'#,;()\[{][^\s\"',;]*))"
)
# `ENV DB_PASSWORD hunter2` and SQL's `PASSWORD 'hunter2'`.
_SET_BESIDE = lazy_pattern(
    r"^\s*(?:ENV|env|export|set)\s+(?P<name>[A-Za-z_]\w*)\s+(?P<value>[^\s=]+)\s*$"
    r"|(?:\bPASSWORD|\bIDENTIFIED\s+BY)\s+'(?P<text>[^'\n]+)'",
    re.IGNORECASE,
)
# What is one wherever it stands: options of servers and clients, headers, tokens of well-known makers, lines of a key.
_BY_FORM = (
    lazy_pattern(r"--?(?:requirepass|masterauth|password|passwd|token|secret|api-?key)(?:=|[\"',\s]+)([^\s\"',\]]+)"),
    lazy_pattern(r"\bredis-cli\b[^\n|;&]*?\s-a[\"',\s]+([^\s\"',\]]+)"),
    lazy_pattern(r"\b(?:requirepass|masterauth)\s+([^\s\"',\]]+)"),
    lazy_pattern(r"\b(?:Bearer|Basic)\s+([\w+/.=~-]{8,})"),
    lazy_pattern(
        r"\b((?:AKIA|ASIA)[A-Z0-9]{16}|gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}"
        r"|sk_(?:live|test)_\w{10,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+|npm_\w{30,}|pypi-[\w-]{30,}|dckr_pat_[\w-]{20,}"
        r"|hf_\w{30,}|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16,}|sk-[\w-]{30,})"
    ),
    # `.npmrc`; `.netrc`, on one line or a line each; `.pgpass`; htpasswd and shadow, in Compose with two dollar signs.
    lazy_pattern(r"(?:^|:)_(?:authToken|auth|password)\s*=\s*\"?([^\s\"]+)"),
    lazy_pattern(r"^\s*machine\s+\S+\s.*?\bpassword\s+(\S+)"),
    lazy_pattern(r"^\s*password\s+(\S+)\s*$"),
    lazy_pattern(r"^[\w.*-]+:(?:\d{2,5}|\*):[^:\s/]+:[^:\s/]+:([^:\s][^\s]*)\s*$"),
    lazy_pattern(r"\$\$?(?:apr1|2[abxy]|[156y]|argon2\w*|scrypt)\$\$?([^\s\"',:]{10,})"),
    lazy_pattern(r"^\s*([A-Za-z0-9+/]{60,}={0,2})\s*$"),
)
_GENERIC = lazy_pattern(r"pass|pwd|auth|cred|secret|env|conf")
# The beginning of a block scalar, and a command whose output is the secret.
_HOLDS_NONE = lazy_pattern(r"[|>][-+0-9]*\Z|\$\(|`|\*\*\*\Z")
_COMMON_WORDS = frozenset(
    {"password", "passwd", "pwd", "pw", "pass", "secret", "token", "key", "file", "api", "credentials", "auth"}
)
# Servers under the names that variables and secrets give them.
_SERVERS = {
    "redis": lazy_pattern(r"redis|valkey"),
    "postgres": lazy_pattern(r"postgres|pgpass|(?:^|[_.-])(?:pg|db|database|psql)(?:$|[_.-])|^dbpass|^db_?pwd"),
}


def is_secret(name: str, type_: str = "str", default: str | None = None) -> bool:
    """Tells whether a variable is named like a secret; one read as a number is none, nor one that its `default` makes a
    switch (`ASK_PASSWORD=true`)."""
    upper = name.upper().replace("-", "_")
    if type_ in _NUMBERS or (default or "").lower() in _SWITCH or _ABOUT.search(upper):
        return False
    return bool(_STRONG.search(upper) or _WEAK.search(upper))


def stands_open(name: str, raw: str) -> bool:
    """Tells whether a secret's value stands in `raw`, what a variable is set to (Compose expressions unresolved).

    A password inside a URL or connection string counts whatever the variable is called; so does the default of
    `${VAR:-default}`. A variable handed through, a path and a mere choice (`AUTH=basic`) are none.
    """
    if has_credentials(raw):
        return True
    return is_secret(name) and is_value(raw) and not _PATH.search(raw) and raw.strip().lower() not in _CHOICES


def has_credentials(raw: str) -> bool:
    """Tells whether a URL or connection string holds a password by value."""
    found = (*_URL_PASSWORD.findall(raw), *(_QUERY_PASSWORD.findall(raw) if "=" in raw else ()))
    return any(is_value(password) for _, password in found)


def mask_credentials(text: str) -> str:
    """Returns `text` with the passwords of URLs and connection strings replaced by `***`."""
    return _QUERY_PASSWORD.sub(rf"\1{HIDDEN}", _URL_PASSWORD.sub(rf"\1{HIDDEN}", text))


def secret_spans(line: str, *, code: bool = False) -> tuple[tuple[int, int], ...]:
    """Returns where secrets stand in a line of any file, in order. `code`: only quoted texts are values there."""
    found = [match.span(2) for pattern in (_URL_PASSWORD, _QUERY_PASSWORD) for match in pattern.finditer(line)]
    found += [match.span(1) for pattern in _BY_FORM for match in pattern.finditer(line)]
    for match in (*_SET_TO.finditer(line), *_SET_BESIDE.finditer(line)):
        kind, name = match.lastgroup or "", (match["name"] or "").replace(".", "_")
        if code and kind == "bare":
            continue
        if kind == "text" or (stands_open(name, match[kind]) and not has_credentials(match[kind])):
            found.append(match.span(kind))
    return tuple(
        sorted(span for span in set(found) if is_value(text := line[slice(*span)]) and not _HOLDS_NONE.match(text))
    )


def mask_spans(line: str, spans: tuple[tuple[int, int], ...]) -> str:
    """Returns `line` with `***` for each of these places; those that overlap are one."""
    done, parts = 0, []
    for start, end in spans:
        if start >= done:
            parts += [line[done:start], HIDDEN]
        done = max(done, end)
    return "".join([*parts, line[done:]])


def handed_through(raw: str) -> tuple[str, ...]:
    """Returns the variables of the shell or `.env` that a Compose text takes its value from."""
    return tuple(dict.fromkeys(_VARIABLE.findall(raw.replace("$$", ""))))


def is_value(raw: str) -> bool:
    """Tells whether something is left once the variables that Compose fills in are taken out; `$$` is a dollar sign."""
    text = raw.replace("$$", "\0")
    for _ in range(_DEEPEST):
        inner = _INNERMOST.sub(lambda match: match[2] if match[1] and "?" not in match[1] else "", text)
        if inner == text:
            break
        text = inner
    return bool(re.sub(r"\$[A-Za-z_]\w*", "", text).strip())


def file_of(name: str) -> str | None:
    """Returns the secret variable that `NAME_FILE` gives the file of; None when the name is no such."""
    base = name[: -len("_FILE")] if name.upper().endswith("_FILE") else ""
    return base if base and is_secret(base) else None


def secret_files(text: str) -> tuple[str, ...]:
    """Returns the names of the files under `/run/secrets` that a text mentions."""
    return tuple(dict.fromkeys(_SECRET_FILE.findall(text)))


def exported(text: str) -> dict[str, str]:
    """Returns variable -> secret file, as a shell text sets them: `export X=$(cat /run/secrets/x)` and its forms."""
    return dict(_EXPORTED.findall(text))


def server_of(name: str) -> str | None:
    """Returns the server (`redis`, `postgres`) that a variable or secret speaks of; None when its name says none."""
    lower = name.lower()
    return next((server for server, words in _SERVERS.items() if words.search(lower)), None)


def may_hold_any(secret: str) -> bool:
    """Tells whether a Compose secret is named so generally that a password of any server may be in it."""
    return bool(_GENERIC.search(secret.lower()))


def same_secret(variable: str, secret: str, aside: frozenset[str] = frozenset()) -> bool:
    """Tells whether a Compose secret holds what a variable wants: they speak of one server, or share a telling word.

    `aside`: words of the service's own name and of the stack's prefix, which tell nothing.
    """
    wanted, words = (set(re.split(r"[_\-.]", text.lower())) - aside for text in (variable, secret))
    servers = server_of("_".join(wanted)), server_of("_".join(words))
    if all(servers):
        return servers[0] == servers[1]
    return bool(words & wanted - _COMMON_WORDS) or words - _COMMON_WORDS == wanted - _COMMON_WORDS
