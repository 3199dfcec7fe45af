import psycopg
from psycopg.rows import dict_row

from settings import SETTINGS


def connect():
    return psycopg.connect(SETTINGS["dsn"], connect_timeout=2, row_factory=dict_row)


def ping() -> str:
    try:
        connect().close()
    except psycopg.OperationalError as error:
        return str(error)
    return ""


def fetch_parcel(code: str):
    with connect() as connection:
        return connection.execute("SELECT code, last_place FROM parcels WHERE code = %s", (code,)).fetchone()
