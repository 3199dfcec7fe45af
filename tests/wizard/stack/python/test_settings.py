"""Environment variables, however the code reads them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.rules.secrets import is_secret
from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.values.facts.code import SettingVar


def read(code: str) -> dict[str, SettingVar]:
    return {v.name: v for v in read_python(dedent(code), "services/x/config.py").variables}


def service(**files: str) -> dict[str, SettingVar]:
    parsed = tuple(read_python(dedent(code), f"services/x/{name}.py") for name, code in files.items())
    return {v.name: v for file in resolve(parsed) for v in file.variables}


@pytest.mark.parametrize(
    ("code", "required", "default", "type_"),
    [
        ("os.getenv('X')", False, None, "str"),
        ("os.getenv('X', 'a')", False, "a", "str"),
        ("os.environ['X']", True, None, "str"),
        ("os.environ.get('X', default='a')", False, "a", "str"),
        ("int(os.getenv('X', '8005'))", False, "8005", "int"),
        ("int(os.getenv('X', 8005))", False, "8005", "int"),
        ("int(os.environ['X'])", True, None, "int"),
        ("int(os.getenv('X'))", True, None, "int"),
        ("os.getenv('X') or 'b'", False, "b", "str"),
        ("(os.getenv('X') or 'b').strip()", False, "b", "str"),
        ("float(os.environ.get('X', '0.5'))", False, "0.5", "float"),
        ("os.getenv('X', None)", False, None, "str"),
        ("'X' in os.environ", False, None, "str"),
        ("os.getenv('X', fallback())", False, "fallback()", "str"),
    ],
)
def test_reads_of_the_environment(code: str, required: bool, default: str | None, type_: str) -> None:
    variable = read(f"import os\nvalue = {code}\n")["X"]
    assert (variable.required, variable.default, variable.type) == (required, default, type_)
    assert variable.at_import
    assert variable.source.line == 2


def test_names_of_os_imported_otherwise() -> None:
    found = read("from os import environ, getenv as env\nA = environ['A_B']\nB = env('B_C', '1')\n")
    assert found["A_B"].required and found["B_C"].default == "1"


def test_setting_the_environment_is_no_read() -> None:
    assert read("import os\nos.environ['X'] = '1'\ndel os.environ['Y']\nos.environ.setdefault('Z', '1')\n") == {}


def test_a_check_that_raises_makes_it_required() -> None:
    found = read(
        """\
        import os
        TOKEN = os.getenv("A_TOKEN")
        HOST = os.getenv("A_HOST")
        if not TOKEN:
            raise RuntimeError("A_TOKEN is missing")

        class Config:
            def __init__(self):
                self.user = os.getenv("A_USER")
                if self.user is None:
                    sys.exit("A_USER")
        if "A_ZONE" not in os.environ:
            raise SystemExit(1)
        """
    )
    assert [name for name, variable in found.items() if variable.required] == ["A_TOKEN", "A_USER", "A_ZONE"]


def test_helpers_give_their_callers_names_and_defaults() -> None:
    found = read(
        """\
        import os

        def _required(name):
            value = os.environ.get(name)
            if not value:
                raise RuntimeError(name)
            return value

        def _required_int(name):
            return int(_required(name))

        def env(name, default=None):
            return os.getenv(name, default)

        LIMIT = _required_int("X_LIMIT")
        RATE = float(_required("X_RATE"))
        NAME = env("X_NAME", "n")
        OPTION = env("X_OPTION")
        """
    )
    assert {name: (v.required, v.default, v.type) for name, v in found.items()} == {
        "X_LIMIT": (True, None, "int"),
        "X_RATE": (True, None, "float"),
        "X_NAME": (False, "n", "str"),
        "X_OPTION": (False, None, "str"),
    }
    assert found["X_LIMIT"].source.line == 15
    assert found["X_LIMIT"].kind == "helper" and found["X_LIMIT"].at_import


def test_helpers_of_another_module_through_another_helper() -> None:
    found = service(
        env="""\
            import os, sys
            def env_str(name: str, default: str | None = None) -> str:
                value = os.environ.get(name, default)
                if value is None:
                    sys.exit(f"{name} is required")
                return value
            def env_int(name, default=None):
                return int(env_str(name, None if default is None else str(default)))
            """,
        main="""\
            from .env import env_int, env_str
            def start():
                env_str("X_URL")
                env_int("X_BATCH", 20)
            """,
    )
    assert (found["X_URL"].required, found["X_URL"].at_import) == (True, False)
    assert (found["X_BATCH"].required, found["X_BATCH"].default, found["X_BATCH"].type) == (False, "20", "int")


def test_helpers_that_the_stack_shares_are_known_by_their_name() -> None:
    found = read(
        """\
        from core.domain.secrets import get_secret, require_env
        PASSWORD = get_secret("redis_password", "REDIS_PASSWORD")
        ZONE = require_env("X_ZONE")
        other = translate("HELLO_WORLD")
        """
    )
    assert set(found) == {"REDIS_PASSWORD", "X_ZONE"}
    assert not found["REDIS_PASSWORD"].required and found["REDIS_PASSWORD"].secret
    assert found["X_ZONE"].required


def test_reads_inside_functions_are_at_import_only_when_the_module_calls_them() -> None:
    code = """\
        import os
        class Config:
            @classmethod
            def from_env(cls):
                return cls(os.environ["X_URL"])
        """
    assert not read(code)["X_URL"].at_import
    assert read(dedent(code) + "config = Config.from_env()\n")["X_URL"].at_import
    assert not read(dedent(code) + "if __name__ == '__main__':\n    Config.from_env()\n")["X_URL"].at_import


def test_dataclass_fields_are_read_at_import() -> None:
    found = read(
        """\
        import os
        from dataclasses import dataclass, field
        @dataclass
        class Config:
            port: int = int(os.getenv("X_PORT", "8001"))
            name: str = field(default_factory=lambda: os.environ["X_NAME"])
        """
    )
    assert found["X_PORT"].at_import and not found["X_NAME"].at_import


def test_decouple_and_environs() -> None:
    found = read(
        """\
        from decouple import config
        from environs import Env
        env = Env()
        A = config("X_A")
        B = config("X_B", default=5, cast=int)
        C = env.int("X_C", 7)
        D = env("X_D")
        """
    )
    assert {n: (v.required, v.default, v.type) for n, v in found.items()} == {
        "X_A": (True, None, "str"),
        "X_B": (False, "5", "int"),
        "X_C": (False, "7", "int"),
        "X_D": (True, None, "str"),
    }


def test_pydantic_settings() -> None:
    found = read(
        """\
        from typing import Annotated, ClassVar, Optional
        from pydantic import AliasChoices, Field, SecretStr
        from pydantic_settings import BaseSettings, SettingsConfigDict
        PREFIX = "MARKET_"

        class Settings(BaseSettings):
            model_config = SettingsConfigDict(env_prefix=PREFIX, secrets_dir="/run/secrets")
            KIND: ClassVar[str] = "x"
            port: int = 8005
            host: str
            rate: float = Field(0.5, ge=0)
            window: Annotated[int, Field(gt=0)] = 20
            limit: int = Field(...)
            note: Optional[str] = None
            tags: list[str] = Field(default_factory=list)
            password: SecretStr = Field(validation_alias="redis_password")
            token: str = Field("abc", validation_alias=AliasChoices("X_TOKEN", "Y_TOKEN"))
            _private: int = 3

        settings = Settings()
        """
    )
    assert {n: (v.required, v.default, v.type) for n, v in found.items()} == {
        "MARKET_PORT": (False, "8005", "int"),
        "MARKET_HOST": (True, None, "str"),
        "MARKET_RATE": (False, "0.5", "float"),
        "MARKET_WINDOW": (False, "20", "int"),
        "MARKET_LIMIT": (True, None, "int"),
        "MARKET_NOTE": (False, None, "str"),
        "MARKET_TAGS": (False, "", "str"),
        "REDIS_PASSWORD": (True, None, "str"),
        "X_TOKEN": (False, "***", "str"),
    }
    assert found["REDIS_PASSWORD"].secret and found["REDIS_PASSWORD"].secrets_dir == "/run/secrets"
    assert found["X_TOKEN"].aliases == ("Y_TOKEN",)
    assert all(variable.at_import for variable in found.values())
    assert found["MARKET_PORT"].source.line == 9


def test_settings_inherit_prefix_and_kind_across_modules() -> None:
    found = service(
        base="""\
            from pydantic_settings import BaseSettings
            class Base(BaseSettings):
                class Config:
                    env_prefix = "x_"
                log_level: str = "INFO"
            """,
        config="""\
            from pydantic import BaseModel
            from .base import Base
            class Limits(BaseModel):
                most: int = 3
            class Settings(Base):
                port: int
                limits: Limits = Limits()
            """,
        service="""\
            from .config import Settings
            def main():
                return Settings(_secrets_dir="/run/secrets")
            """,
    )
    assert set(found) == {"X_LOG_LEVEL", "X_PORT", "X_LIMITS"}
    assert found["X_PORT"].required and not found["X_PORT"].at_import
    assert found["X_PORT"].secrets_dir == "/run/secrets"


def test_secrets_never_keep_their_default() -> None:
    found = read(
        """\
        import os
        A = os.getenv("DB_PASSWORD", "hunter2")
        B = os.getenv("DATABASE_URL", "postgresql://app:hunter2@db/app")
        C = os.getenv("API_KEY", "")
        """
    )
    assert found["DB_PASSWORD"].default == "***"
    assert found["DATABASE_URL"].default == "postgresql://app:***@db/app"
    assert found["API_KEY"].default == ""
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("name", ["REDIS_PASSWORD", "API_KEY", "X_TOKEN", "AWS_SECRET_ACCESS_KEY", "apikey"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["TOKEN_TTL", "SECRETS_DIR", "REDIS_PASSWORD_FILE", "KEY_PREFIX", "MONKEY", "PORT"])
def test_names_that_only_look_like_secrets(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("default", "secret", "kept"),
    [
        ("'hunter2'", True, "***"),
        ("HERE", True, "***"),
        ("''", True, ""),
        ("None", True, None),
        ("settings.redis_password", True, ""),
        ("NOWHERE", True, ""),
        ("made()", True, ""),
        ("f'{settings.salt}'", True, ""),
        ("'true'", False, "true"),
        ("'0'", False, "0"),
    ],
)
@pytest.mark.parametrize("spelt", ["os.getenv('KEEP_PASSWORD', {})", "os.getenv('KEEP_PASSWORD') or {}"])
def test_only_a_value_that_stands_in_the_code_is_a_secrets_default(
    spelt: str, default: str, secret: bool, kept: str | None
) -> None:
    found = read(f"import os\nfrom app import settings\nHERE = 'hunter2'\nx = {spelt.format(default)}\n")
    assert (found["KEEP_PASSWORD"].secret, found["KEEP_PASSWORD"].default) == (secret, kept)


def test_numbers_and_secrets_made_at_the_start_are_no_leaked_defaults() -> None:
    found = read(
        """\
        import secrets
        from pydantic_settings import BaseSettings

        class Settings(BaseSettings):
            SECRET_KEY: str = secrets.token_urlsafe(32)
            ACCESS_TOKEN_EXPIRE_MINUTES: int = 60 * 24 * 8
            API_TOKEN: str = "hunter2"
        """
    )
    assert (found["SECRET_KEY"].secret, found["SECRET_KEY"].default, found["SECRET_KEY"].required) == (True, "", False)
    assert not found["ACCESS_TOKEN_EXPIRE_MINUTES"].secret
    assert (found["API_TOKEN"].secret, found["API_TOKEN"].default) == (True, "***")


@pytest.mark.parametrize(
    ("body", "required", "default"),
    [
        (
            "    value = os.getenv(key)\n    if value is None:\n        return default\n    return int(value)\n",
            False,
            "587",
        ),
        (
            "    value = os.environ.get(key)\n    if not value:\n        value = default\n    return value\n",
            False,
            "587",
        ),
        ("    raw = os.getenv(key)\n    if raw == '':\n        return None\n    return raw\n", False, None),
        ("    value = os.getenv(key)\n    if not value:\n        raise KeyError(key)\n    return value\n", True, None),
    ],
)
def test_what_a_helper_does_without_the_variable(body: str, required: bool, default: str | None) -> None:
    """A check in one helper says nothing about a variable of the same name in the next."""
    strict = "    value = os.getenv(key)\n    if not value:\n        raise KeyError(key)\n    return value\n"
    code = f"import os\n\ndef needed(key, why):\n{strict}\ndef number(key, default, why):\n{body}"
    code += "\nurl = needed('URL', 'the database')\nport = number('SMTP_PORT', 587, 'the port')\n"
    found = read(code)
    assert (found["SMTP_PORT"].required, found["SMTP_PORT"].default) == (required, default)
    assert found["URL"].required


@pytest.mark.parametrize(
    "made",
    [
        "settings = Settings.model_validate(os.environ)",
        "settings = Settings.model_validate(dict(os.environ))",
        "settings = Settings(**os.environ)",
        "def load():\n    return Settings.parse_obj({**os.environ})",
    ],
)
def test_a_model_that_is_made_of_the_environment(made: str) -> None:
    code = f"""import os
from pydantic import BaseModel, Field
class Settings(BaseModel):
    url: str = Field(alias="REDIS_URL")
    group: str = Field(default="g", alias="GROUP")
class Other(BaseModel):
    name: str
{made}
"""
    found = read(code)
    assert {n: (v.required, v.default) for n, v in found.items()} == {"REDIS_URL": (True, None), "GROUP": (False, "g")}


def test_a_class_method_makes_it_too() -> None:
    code = "import os\nfrom pydantic import BaseModel\nclass S(BaseModel):\n    URL: str\n    @classmethod\n"
    assert read(code + "    def load(cls):\n        return cls.model_validate(os.environ)\n")["URL"].required
    assert read(code + "    def load(cls, data):\n        return cls.model_validate(data)\n") == {}
