from flask import Blueprint

from .listener import last_seen

bp = Blueprint("status", __name__)


@bp.route("/health", methods=["GET"])
def health():
    return ({"status": "ok"}, 200) if last_seen() else ({"status": "waiting"}, 503)
