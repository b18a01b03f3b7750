"""What a user of a media server hears: requests, downloads and news.

    python3 examples/python/requests_news.py "$TOKEN" [http://localhost:4000]
"""

import sys

import socketio

token = sys.argv[1]
url = sys.argv[2] if len(sys.argv) > 2 else "http://localhost:4000"
sio = socketio.Client()


@sio.on("connect", namespace="/media")
def on_connect():
    print("connected", flush=True)


@sio.on("media:request:status", namespace="/media")
def on_status(data):
    print(f"{data['request']['title']} is {data['currentStatus']}", flush=True)


@sio.on("media:download:progress", namespace="/media")
def on_download(data):
    progress = data["progress"]
    print(f"{progress['percentage']} % at {progress['speed']}, {progress['eta']} left", flush=True)


@sio.on("user:notification", namespace="/authenticated")
def on_notification(data):
    print(f"** {data['title']}: {data['message']}", flush=True)


# Both namespaces share one connection.
sio.connect(url, auth={"token": token}, namespaces=["/media", "/authenticated"])
sio.wait()
