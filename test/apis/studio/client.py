"""A client of the studio API in Python: hears its welcome, signs in by event, joins a room and pings.

Arguments: base URL, token, transport. Prints what it hears and is answered, one JSON value a line.
"""

import json
import sys
import threading

import socketio

url, token, transport = sys.argv[1:4]
client = socketio.Client(reconnection=False)
lock = threading.Lock()
heard = {name: threading.Event() for name in ("welcome", "authenticated", "roomJoined", "pong")}


def show(value):
    with lock:
        print(json.dumps(value), flush=True)


def listen(name):
    def handler(data):
        show({name: data})
        heard[name].set()

    client.on(name, handler)


for name in heard:
    listen(name)


def ask(event, payload, answered_by):
    answer = client.call(event, payload, timeout=5)
    heard[answered_by].wait(5)
    show({"answer": answer})


client.connect(url, transports=[transport])
heard["welcome"].wait(5)
ask("authenticate", {"token": token}, "authenticated")
ask("joinRoom", "project-123", "roomJoined")
ask("ping", None, "pong")
client.disconnect()
