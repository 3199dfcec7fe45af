"""Mails people when their parcel moves. Begun before the holidays."""
import os

from common.redis_helper import ensure_group, get_redis

SMTP = os.environ["NOTIFIER_SMTP"]
STREAM = "parcel.moved"
PORT = 5082


def compose_mail(fields):
    pass


def main():
    client = get_redis("notifier")
    ensure_group(client, STREAM, "notifier")
    last = ">"
    while True:
        for _, entries in client.xreadgroup("notifier", "n1", {STREAM: last}, block=5000):
            for entry_id, fields in entries:
                compose_mail(fields)
                client.xack(STREAM, "notifier", entry_id)


if __name__ == "__main__":
    main()
