"""Asks for a picture and shows a bar until it is there. A worker has to be running: examples/worker.py.

    python3 examples/python/studio_picture.py "$TOKEN" "A castle in fog" [http://localhost:3000]
"""

import json
import sys
import urllib.request

import socketio

token = sys.argv[1]
prompt = sys.argv[2] if len(sys.argv) > 2 else "A castle in fog"
url = sys.argv[3] if len(sys.argv) > 3 else "http://localhost:3000"

request = urllib.request.Request(
    f"{url}/api/v1/media",
    json.dumps({"kind": "image", "prompt": prompt}).encode(),
    {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as answer:
    media_id = json.load(answer)["data"]["mediaId"]

sio = socketio.Client()


@sio.on("authenticated", namespace="/media")
def on_authenticated(data):
    # After every reconnect, too: the last state comes again.
    sio.emit("subscribeMedia", media_id, namespace="/media")


@sio.on("mediaProgress", namespace="/media")
def on_progress(data):
    bar = ("#" * round(data["progress"] / 4)).ljust(25, "-")
    print(f"\r[{bar}] {data['progress']} % {data['stage']}   ", end="", flush=True)


@sio.on("mediaComplete", namespace="/media")
def on_complete(data):
    print(f"\ndone: {data['url']}", flush=True)
    sio.disconnect()


@sio.on("mediaError", namespace="/media")
def on_error(data):
    print(f"\nfailed: {data['error']}", flush=True)
    sio.disconnect()


sio.connect(url, auth={"token": token}, namespaces=["/media"])
sio.wait()
