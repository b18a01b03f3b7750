"""The document's Python client: authenticates after connecting, joins a chat and waits for a message.

Arguments: base URL, token, app, transport. Prints what it hears, one JSON value a line.
"""

import json
import sys
import threading

import socketio

url, token, app_id, transport = sys.argv[1:5]
sio = socketio.Client(reconnection=False)
done = threading.Event()


def show(event, data):
    print(json.dumps({event: data}), flush=True)


@sio.on("connect")
def on_connect():
    sio.emit("authenticate", {"token": token, "app_id": app_id})


@sio.on("authenticated")
def on_authenticated(data):
    show("authenticated", data)
    sio.emit("chat:join", {"stream_id": "stream_qwe456"})


@sio.on("chat:joined")
def on_joined(data):
    show("chat:joined", data)


@sio.on("chat:message")
def on_message(data):
    show("chat:message", data)
    done.set()


sio.connect(url, transports=[transport])
done.wait(10)
sio.disconnect()
