"""Which requirement brings which import: package names and module names are two different lists."""

from __future__ import annotations

from wizard.values.pattern import lazy_pattern

# import name -> distributions that bring it (normalised names), where the two are spelt differently
DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "PIL": ("pillow",),
    "Crypto": ("pycryptodome", "pycrypto"),
    "MySQLdb": ("mysqlclient",),
    "OpenSSL": ("pyopenssl",),
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "click": ("click", "flask"),
    "cv2": ("opencv-python", "opencv-python-headless"),
    "dateutil": ("python-dateutil", "pandas"),
    "dotenv": ("python-dotenv", "pydantic-settings"),
    "engineio": ("python-engineio", "python-socketio", "flask-socketio"),
    "git": ("gitpython",),
    "grpc": ("grpcio",),
    "itsdangerous": ("itsdangerous", "flask"),
    "jinja2": ("jinja2", "flask"),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "kafka": ("kafka-python", "kafka-python-ng"),
    "markupsafe": ("markupsafe", "jinja2", "flask"),
    "multidict": ("multidict", "aiohttp"),
    "multipart": ("python-multipart",),
    "nacl": ("pynacl",),
    "numpy": ("numpy", "pandas", "scipy", "scikit-learn"),
    "pkg_resources": ("setuptools",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "psycopg_pool": ("psycopg-pool", "psycopg"),
    "pydantic": ("pydantic", "pydantic-settings", "fastapi", "sqlmodel"),
    "pydantic_core": ("pydantic", "pydantic-core"),
    "pythonjsonlogger": ("python-json-logger",),
    "pytz": ("pytz", "pandas"),
    "requests": ("requests", "ccxt"),
    "rest_framework": ("djangorestframework",),
    "ruamel": ("ruamel-yaml",),
    "serial": ("pyserial",),
    "sklearn": ("scikit-learn",),
    "socketio": ("python-socketio", "flask-socketio"),
    "starlette": ("starlette", "fastapi"),
    "talib": ("ta-lib", "ta-lib-binary", "ta-lib-precompiled"),
    "telegram": ("python-telegram-bot",),
    "typing_extensions": ("typing-extensions", "pydantic", "fastapi", "sqlalchemy"),
    "websocket": ("websocket-client",),
    "werkzeug": ("werkzeug", "flask"),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}
_SEPARATORS = lazy_pattern(r"[-_.]+")


def provides(requirements: frozenset[str], module: str) -> bool:
    """True when one of the (normalised) requirement names brings `module`.

    Beyond the table: equal names, or every word of the module's name is a word of the requirement's
    (`telegram` in `python-telegram-bot`).
    """
    if any(name in requirements for name in DISTRIBUTIONS.get(module, ())):
        return True
    words = set(_SEPARATORS.split(module.lower()))
    return any(words <= set(_SEPARATORS.split(name.lower())) for name in requirements)
