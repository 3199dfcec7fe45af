from fastapi import APIRouter, Request, Response
from redis.exceptions import RedisError

router = APIRouter()


@router.get("/healthz")
async def healthz(request: Request, response: Response) -> dict[str, str]:
    try:
        await request.app.state.redis.ping()
    except RedisError as error:
        response.status_code = 503
        return {"status": "degraded", "redis": str(error)}
    return {"status": "ok"}
