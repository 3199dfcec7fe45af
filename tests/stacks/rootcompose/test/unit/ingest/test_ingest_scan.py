import pytest

from ingest.models import Scan

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("raw", ["ab-1", " AB-1 "])
def test_codes_are_upper_case(raw):
    assert Scan(code=raw, place="Depot").code == "AB-1"
