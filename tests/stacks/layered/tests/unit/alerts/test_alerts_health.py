import pytest


@pytest.mark.unit
def test_waits_for_the_first_reading():
    from alerts import create_app

    assert create_app(listening=False).test_client().get("/health").status_code == 503
