from flask import Flask as App
from flask import abort, jsonify

from settings import SETTINGS
from db import fetch_parcel, ping

app = App(__name__)


@app.route("/health", methods=["GET", "HEAD"])
def healthcheck():
    problem = ping()
    return jsonify(status="ok" if not problem else problem), 503 if problem else 200


@app.get("/parcels/<code>")
def parcel(code: str):
    row = fetch_parcel(code)
    if row is None:
        abort(404)
    return jsonify(row)


application = app

if __name__ == "__main__":
    app.run(port=SETTINGS["port"])
