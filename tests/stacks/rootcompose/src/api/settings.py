from os import environ as env

SETTINGS = {
    "dsn": env["DATABASE_URL"],
    "port": int(env.get("API_PORT", 5080)),
    "page": int(env.get("API_PAGE_SIZE", "20")),
}
