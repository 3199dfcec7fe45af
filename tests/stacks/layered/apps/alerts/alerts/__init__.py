import threading

from flask import Flask

from .listener import listen
from .views import bp


def create_app(listening: bool = True) -> Flask:
    flask_app = Flask(__name__)
    flask_app.register_blueprint(bp)
    if listening:
        threading.Thread(target=listen, daemon=True).start()
    return flask_app
