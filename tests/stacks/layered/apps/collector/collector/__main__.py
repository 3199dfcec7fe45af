import asyncio

from aiohttp import web

from . import broker
from .env import env_int, env_str


async def health(request: web.Request) -> web.Response:
    up = await request.app["broker"].ping()
    return web.json_response({"status": "ok" if up else "degraded"}, status=200 if up else 503)


async def start(app: web.Application):
    app["broker"] = broker.Broker(env_str("REDIS_URL"))
    app["task"] = asyncio.create_task(app["broker"].pump(env_int("COLLECTOR_BATCH", 20)))
    yield
    app["task"].cancel()


def make_app() -> web.Application:
    app = web.Application()
    app.cleanup_ctx.append(start)
    app.router.add_get("/health", health)
    app.add_routes([web.get("/version", lambda request: web.Response(text="0.3"))])
    return app


if __name__ == "__main__":
    web.run_app(make_app(), port=env_int("COLLECTOR_PORT", 9001))
