import pytest
from app.settings import Settings

pytestmark = [pytest.mark.unit]


class TestSettings:
    def test_defaults(self):
        assert Settings(redis_url="redis://x", database_dsn="postgresql://x").port == 9000
