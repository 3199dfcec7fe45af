"""Services that look odd from outside and are not wrong: batches, other payloads, databases and connections."""

from __future__ import annotations

from tests.wizard.verify.shapes import CHANNEL, GROUP, HEAD, LIST, Shape

ASYNC = Shape(
    "",
    whole=HEAD.replace("import redis\n", "import asyncio\n\nimport redis.asyncio as redis\n")
    + """

async def work():
    subscription = client.pubsub()
    await subscription.subscribe("prices")
    async for message in subscription.listen():
        if message["type"] == "message":
            await client.publish("signals", json.dumps(answer(json.loads(message["data"]))))


if __name__ == "__main__":
    threading.Thread(target=ThreadingHTTPServer(("0.0.0.0", PORT), Health).serve_forever, daemon=True).start()
    asyncio.run(work())
""",
)
BATCHES = Shape(
    """
    held = []
    while True:
        taken = client.blpop("prices", timeout=1)
        if taken:
            held.append(answer(json.loads(taken[1])))
        if len(held) >= 10:
            client.rpush("signals", *map(json.dumps, held))
            held.clear()
    """
)
BY_TIME = Shape(
    """
    held, since = [], time.monotonic()
    subscription = client.pubsub(ignore_subscribe_messages=True)
    subscription.subscribe("prices")
    while True:
        message = subscription.get_message(timeout=0.1)
        if message:
            held.append(answer(json.loads(message["data"])))
        if time.monotonic() - since > 1.2:
            for event in held:
                client.publish("signals", json.dumps(event))
            held, since = [], time.monotonic()
    """
)
LATE_ACK = Shape(
    GROUP.work.replace(
        'client.xack("prices", "desk", entry)',
        'threading.Timer(1.5, client.xack, ("prices", "desk", entry)).start()',
    )
)
OTHER_FIELD = Shape(
    CHANNEL.work,
    before='def answer(event):\n    return {"cause": {"event": event["id"]}, "id": "new"}\n',
)
NESTED = Shape(
    CHANNEL.work,
    before='def answer(event):\n    return {"id": event["data"]["order"]["id"]}\n',
    tests='EVENT = {"data": {"order": {"id": "1", "side": "BUY"}}, "kind": "order"}\n',
)
WRAPPED = Shape(
    GROUP.work.replace("answer(fields)", '{"payload": json.dumps(answer(json.loads(fields["payload"])))}'),
)
TEXT = Shape(CHANNEL.work.replace('json.dumps(answer(json.loads(message["data"])))', '"seen: " + message["data"]'))
COMMAS = Shape(
    """
    subscription = client.pubsub()
    subscription.subscribe("prices")
    for message in subscription.listen():
        if message["type"] == "message":
            try:
                market, price = message["data"].split(",")
                client.publish("signals", f"{market}:{float(price) * 2}")
            except ValueError as error:
                print("WARNING", error, flush=True)
    """
)
PICKLED = Shape(
    """
    import pickle
    raw = redis.Redis(host=os.environ["REDIS_HOST"])
    while True:
        taken = raw.blpop("prices", timeout=1)
        if taken:
            try:
                event = pickle.loads(taken[1])
                client.rpush("signals", json.dumps({"id": event["id"], "side": event["side"]}))
            except Exception as error:
                print("ERROR", "no event:", error, flush=True)
    """,
    tests='EVENT = {"id": "1", "side": "BUY"}\n',
)
FILTERS = Shape(
    CHANNEL.work.replace(
        "client.publish", 'if json.loads(message["data"]).get("side") == "BUY":\n                client.publish'
    ),
    tests='EVENT = {"id": "1", "side": "BUY", "size": 3}\n',
)
OTHER_DATABASE = Shape(
    LIST.work,
    before="client = redis.Redis.from_url(f\"redis://{os.environ['REDIS_HOST']}:6379/3\", decode_responses=True)\n",
)
ANEW = Shape(
    LIST.work.replace("client.rpush", 'redis.Redis(host=os.environ["REDIS_HOST"]).rpush').replace(
        'client.blpop(["prices"]', 'redis.Redis(host=os.environ["REDIS_HOST"], decode_responses=True).blpop(["prices"]'
    )
)
TWO_IN = Shape(
    """
    while True:
        taken = client.blpop(["prices", "trades"], timeout=1)
        if taken:
            client.rpush("signals", json.dumps(answer(json.loads(taken[1]))))
    """
)
BESIDES = Shape(
    CHANNEL.work,
    before="""
    def beat():
        while True:
            client.publish("signals", json.dumps({"id": "beat"}))
            time.sleep(0.1)


    threading.Thread(target=beat, daemon=True).start()
    """,
)
FILTERS_BESIDES = Shape(
    CHANNEL.work.replace(
        "client.publish", 'if json.loads(message["data"]).get("side") == "BUY":\n                client.publish'
    ),
    before=BESIDES.before,
)
THREADS = Shape(
    """
    import concurrent.futures
    pool = concurrent.futures.ThreadPoolExecutor(4)
    def one(text):
        client.rpush("signals", json.dumps(answer(json.loads(text))))
    while True:
        taken = client.blpop("prices", timeout=1)
        if taken:
            pool.submit(one, taken[1])
    """
)
MOVES = Shape('while True:\n    client.blmove("prices", "signals", 1, src="RIGHT", dest="LEFT")')
BEGINS = (
    'while True:\n    taken = client.blpop("prices", timeout=1)\n    event = json.loads(taken[1]) if taken else {}\n'
)
ANSWERS = '        client.rpush("signals", json.dumps(answer(event)))\n'
DROPS_REPEATS = Shape(
    f'known = set()\n{BEGINS}    if event and event.get("side") not in known:\n{ANSWERS}'
    '        known.add(event.get("side"))'
)
NOISY = Shape(
    f'{BEGINS}    if event and "side" not in event:\n        print("ERROR no side", flush=True)\n'
    f"    elif event:\n{ANSWERS}"
)
FALLS = Shape(f'{BEGINS}    if event and "side" not in event:\n        os._exit(3)\n    elif event:\n{ANSWERS}')
