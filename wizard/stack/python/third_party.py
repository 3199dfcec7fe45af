"""What an import needs: the standard library, the stack itself or a distribution from the package index."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

STDLIB = frozenset(sys.stdlib_module_names) | {"__future__", "distutils", "imp", "asynchat", "asyncore", "smtpd"}
"""Names of any supported Python's standard library: modules that newer versions dropped count too."""

_DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "yaml": ("pyyaml",),
    "dotenv": ("python-dotenv", "pydantic-settings"),
    "psycopg2": ("psycopg2-binary", "psycopg2"),
    "psycopg": ("psycopg", "psycopg-binary"),
    "psycopg_pool": ("psycopg-pool", "psycopg"),
    "cv2": ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"),
    "PIL": ("pillow",),
    "sklearn": ("scikit-learn",),
    "skimage": ("scikit-image",),
    "jwt": ("pyjwt",),
    "jose": ("python-jose",),
    "dateutil": ("python-dateutil", "pandas"),
    "bs4": ("beautifulsoup4",),
    "Crypto": ("pycryptodome", "pycrypto"),
    "Cryptodome": ("pycryptodomex",),
    "nacl": ("pynacl",),
    "OpenSSL": ("pyopenssl",),
    "MySQLdb": ("mysqlclient",),
    "pymysql": ("pymysql",),
    "google": (
        "google-cloud-storage",
        "google-cloud-pubsub",
        "google-api-core",
        "protobuf",
        "google-auth",
        "google-genai",
    ),
    "grpc": ("grpcio",),
    "grpc_health": ("grpcio-health-checking",),
    "jinja2": ("jinja2", "flask"),
    "markdown": ("markdown",),
    "slugify": ("python-slugify",),
    "multipart": ("python-multipart",),
    "magic": ("python-magic", "python-magic-bin"),
    "serial": ("pyserial",),
    "usb": ("pyusb",),
    "zmq": ("pyzmq",),
    "paho": ("paho-mqtt",),
    "nats": ("nats-py",),
    "kafka": ("kafka-python", "kafka-python-ng"),
    "confluent_kafka": ("confluent-kafka",),
    "pika": ("pika",),
    "telegram": ("python-telegram-bot",),
    "discord": ("discord-py", "py-cord"),
    "slack_sdk": ("slack-sdk",),
    "decouple": ("python-decouple",),
    "environ": ("django-environ", "environ-config"),
    "environs": ("environs",),
    "consul": ("python-consul", "python-consul2"),
    "ldap": ("python-ldap",),
    "docx": ("python-docx",),
    "pptx": ("python-pptx",),
    "fitz": ("pymupdf",),
    "attr": ("attrs",),
    "attrs": ("attrs",),
    "pkg_resources": ("setuptools",),
    "setuptools": ("setuptools",),
    "redis": ("redis",),
    "rediscluster": ("redis-py-cluster",),
    "flask_cors": ("flask-cors",),
    "flask_restful": ("flask-restful",),
    "flask_sqlalchemy": ("flask-sqlalchemy",),
    "flask_socketio": ("flask-socketio",),
    "socketio": ("python-socketio", "flask-socketio"),
    "engineio": ("python-engineio", "python-socketio", "flask-socketio"),
    "websocket": ("websocket-client",),
    "websockets": ("websockets",),
    "prometheus_client": ("prometheus-client",),
    "pythonjsonlogger": ("python-json-logger",),
    "pydantic_settings": ("pydantic-settings",),
    "pydantic_core": ("pydantic-core", "pydantic"),
    "sentry_sdk": ("sentry-sdk",),
    "ujson": ("ujson",),
    "tzlocal": ("tzlocal",),
    "git": ("gitpython",),
    "github": ("pygithub",),
    "gitlab": ("python-gitlab",),
    "kubernetes": ("kubernetes",),
    "elasticsearch": ("elasticsearch",),
    "opensearchpy": ("opensearch-py",),
    "influxdb_client": ("influxdb-client",),
    "pymongo": ("pymongo", "motor"),
    "bson": ("pymongo", "motor"),
    "talib": ("ta-lib", "ta-lib-binary", "ta-lib-precompiled"),
    "pandas_ta": ("pandas-ta",),
    "binance": ("python-binance", "binance-connector"),
    "kiteconnect": ("kiteconnect",),
    "dns": ("dnspython",),
    "ruamel": ("ruamel-yaml",),
    "win32api": ("pywin32",),
    "mpl_toolkits": ("matplotlib",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-gpu"),
    "faiss": ("faiss-cpu", "faiss-gpu"),
    "Levenshtein": ("levenshtein", "python-levenshtein"),
    "typing_extensions": ("typing-extensions", "pydantic", "fastapi", "sqlalchemy"),
    "starlette": ("starlette", "fastapi"),
    "werkzeug": ("werkzeug", "flask"),
    "markupsafe": ("markupsafe", "jinja2", "flask"),
    "click": ("click", "flask"),
    "itsdangerous": ("itsdangerous", "flask"),
    "opentelemetry": ("opentelemetry-api", "opentelemetry-sdk"),
    "cachetools": ("cachetools",),
    "six": ("six",),
    "pytz": ("pytz", "pandas"),
    "tomli": ("tomli",),
    "requests_oauthlib": ("requests-oauthlib",),
    "jsonschema": ("jsonschema",),
    "httpx_sse": ("httpx-sse",),
    "aiohttp_cors": ("aiohttp-cors",),
    "uvicorn": ("uvicorn",),
    "peewee": ("peewee",),
    "playhouse": ("peewee",),
    "orjson": ("orjson",),
    "snappy": ("python-snappy",),
    "lz4": ("lz4",),
    "gi": ("pygobject",),
    "apt": ("python-apt",),
    "wx": ("wxpython",),
    "umap": ("umap-learn",),
    "pylibmc": ("pylibmc",),
    "memcache": ("python-memcached",),
    "thrift": ("thrift",),
    "proto": ("proto-plus",),
    "ibm_db": ("ibm-db",),
    "cx_Oracle": ("cx-oracle",),
    "pyodbc": ("pyodbc",),
    "stdnum": ("python-stdnum",),
    "tabula": ("tabula-py",),
    "faker": ("faker",),
    "multidict": ("multidict", "aiohttp"),
    "numpy": ("numpy", "pandas", "scipy", "scikit-learn"),
    "pydantic": ("pydantic", "pydantic-settings", "fastapi", "sqlmodel"),
    "requests": ("requests", "ccxt"),
    "rest_framework": ("djangorestframework",),
    "alpaca": ("alpaca-py",),
    "amqp": ("amqp", "celery", "kombu"),
    "argon2": ("argon2-cffi",),
    "avro": ("avro", "avro-python3"),
    "barcode": ("python-barcode",),
    "billiard": ("billiard", "celery"),
    "botocore": ("botocore", "boto3"),
    "cassandra": ("cassandra-driver", "scylla-driver"),
    "certifi": ("certifi", "requests", "httpx"),
    "charset_normalizer": ("charset-normalizer", "requests"),
    "Cython": ("cython",),
    "docopt": ("docopt", "docopt-ng"),
    "gridfs": ("pymongo", "motor"),
    "httpcore": ("httpcore", "httpx"),
    "idna": ("idna", "requests", "httpx"),
    "imblearn": ("imbalanced-learn",),
    "impala": ("impyla",),
    "IPython": ("ipython",),
    "kombu": ("kombu", "celery"),
    "markdown_it": ("markdown-it-py",),
    "mysql": ("mysql-connector-python", "mysql-connector"),
    "newspaper": ("newspaper4k", "newspaper3k"),
    "nmap": ("python-nmap",),
    "odf": ("odfpy",),
    "pdfminer": ("pdfminer-six",),
    "pinecone": ("pinecone", "pinecone-client"),
    "polygon": ("polygon-api-client",),
    "pywt": ("pywavelets",),
    "pyximport": ("cython",),
    "readability": ("readability-lxml",),
    "s3transfer": ("s3transfer", "boto3"),
    "shapefile": ("pyshp",),
    "skopt": ("scikit-optimize",),
    "snowflake": ("snowflake-connector-python", "snowflake-sqlalchemy"),
    "socks": ("pysocks",),
    "speech_recognition": ("speechrecognition",),
    "sseclient": ("sseclient-py", "sseclient"),
    "telebot": ("pytelegrambotapi",),
    "tortoise": ("tortoise-orm",),
    "urllib3": ("urllib3", "requests"),
    "vcr": ("vcrpy",),
    "weaviate": ("weaviate-client",),
    "whisper": ("openai-whisper",),
    "whois": ("python-whois",),
    "Xlib": ("python-xlib",),
    "aiobotocore": ("aiobotocore", "aioboto3"),
    "alembic": ("alembic", "flask-migrate"),
    "apiclient": ("google-api-python-client",),
    "asgiref": ("asgiref", "django"),
    "Bio": ("biopython",),
    "corsheaders": ("django-cors-headers",),
    "dash_core_components": ("dash-core-components", "dash"),
    "dash_html_components": ("dash-html-components", "dash"),
    "django_filters": ("django-filter",),
    "fpdf": ("fpdf2", "fpdf"),
    "geventwebsocket": ("gevent-websocket",),
    "googleapiclient": ("google-api-python-client",),
    "nacos": ("nacos-sdk-python",),
    "oauth2_provider": ("django-oauth-toolkit",),
    "oauthlib": ("oauthlib", "requests-oauthlib"),
    "osgeo": ("gdal",),
    "past": ("future",),
    "progressbar": ("progressbar2", "progressbar"),
    "pylab": ("matplotlib",),
    "pythoncom": ("pywin32",),
    "rest_framework_simplejwt": ("djangorestframework-simplejwt",),
    "slack": ("slackclient", "slack-sdk"),
    "sqlalchemy": ("sqlalchemy", "sqlmodel", "flask-sqlalchemy", "alembic", "flask-migrate"),
    "win32com": ("pywin32",),
    "wtforms": ("wtforms", "flask-wtf"),
}
_NAMESPACES = frozenset({"google", "opentelemetry", "azure", "zope", "ruamel", "backports"})


def normalise(name: str) -> str:
    """Returns a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_stdlib(module: str) -> bool:
    """Returns True when a module's first component belongs to Python's standard library."""
    return module.partition(".")[0] in STDLIB


def distributions(module: str, required: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Returns normalised names of distributions that may provide an import, likeliest first; never empty.

    The table knows the names that differ; for the rest the import's own name is right nearly always. `required`:
    what the service requires; only when none of the candidates is among it, what is installed beside the wizard is
    asked.
    """
    candidates = _candidates(module)
    if required and required.isdisjoint(candidates):
        top = module.partition(".")[0]
        spaced = sorted(name for name in required if top in _NAMESPACES and name.startswith(f"{top}-"))
        candidates = (*candidates, *spaced, *sorted(_installed(top)))
    return candidates


@cache
def _candidates(module: str) -> tuple[str, ...]:
    top = module.partition(".")[0]
    own = normalise(top)
    parts = module.split(".")
    longer = [normalise("-".join(parts[:n])) for n in range(min(len(parts), 4), 1, -1)] if top in _NAMESPACES else []
    affixed = (f"python-{own}", f"py{own}", f"{own}-python", f"{own}-py", f"{own}py", f"{own}-binary")
    close = (own, *affixed, own.replace("-", ""))
    return tuple(dict.fromkeys((*_DISTRIBUTIONS.get(top, ()), *longer, *close)))


@cache
def _installed(top: str) -> frozenset[str]:
    """Distributions installed beside the wizard that provide a module. Their lists of files are searched as text:
    `importlib.metadata` says the same, but parsing all of them takes longer than reading a stack."""
    from importlib.util import find_spec

    try:
        if find_spec(top) is None:
            return frozenset()
    except (ImportError, ValueError):
        return frozenset()
    infos = (info for folder in dict.fromkeys(sys.path) for info in Path(folder).glob("*.dist-info"))
    return frozenset(normalise(info.name.partition("-")[0]) for info in infos if _provides(info, top))


def _provides(info: Path, top: str) -> bool:
    """Whether an installed distribution declares a module or, as most do, just has its files."""
    try:
        declared = info / "top_level.txt"
        if declared.exists():
            return top in declared.read_text("utf-8").split()
        files = "\n" + (info / "RECORD").read_text("utf-8")
    except (OSError, ValueError):
        return False
    return f"\n{top}/" in files or f"\n{top}.py," in files
