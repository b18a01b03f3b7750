"""A client of the playback API in Python, as its users write it: signs in, reports, and obeys one play command.

Arguments: base URL, token, transport. Prints what it hears, one JSON value a line.
"""

import json
import sys
import threading

import socketio

url, token, transport = sys.argv[1:4]
client = socketio.Client(reconnection=False)
played = threading.Event()


def show(value):
    print(json.dumps(value), flush=True)


@client.event
def play(data):
    show({"play": data})
    played.set()


client.connect(url, transports=[transport])
show({"clientId": client.get_sid()})
client.emit("authenticate", {"token": token})
report = {"type": "tv", "episodeId": "e-1", "time": 30, "progress": 0.25}
show({"answer": client.call("playing", report, timeout=5)})
played.wait(10)
client.disconnect()
