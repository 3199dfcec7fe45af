import unittest
from unittest import mock

import pytest


@pytest.mark.unit
class ApiTest(unittest.TestCase):
    def setUp(self):
        with mock.patch.dict("os.environ", {"DATABASE_URL": "postgresql://nowhere"}):
            import app

        self.module = app
        self.client = app.app.test_client()

    def test_unknown_parcel(self):
        with mock.patch.object(self.module, "fetch_parcel", return_value=None):
            self.assertEqual(self.client.get("/parcels/x").status_code, 404)

    def test_health_says_what_is_wrong(self):
        with mock.patch.object(self.module, "ping", return_value="refused"):
            answer = self.client.get("/health")
        self.assertEqual((answer.status_code, answer.json["status"]), (503, "refused"))
