"""A player: signs in, says where it is every five seconds, and plays what it is told to.

    python3 examples/python/playback_player.py "$TOKEN" [http://localhost:8080]

Needs python-socketio (Debian: python3-socketio python3-websocket), as the other files of this folder.
"""

import sys

import socketio

token = sys.argv[1]
url = sys.argv[2] if len(sys.argv) > 2 else "http://localhost:8080"
sio = socketio.Client()
playing = {"type": "movie", "movieId": "123-456"}
time = 0


@sio.event
def connect():
    # After every reconnect, too: signing in lasts as long as the connection.
    sio.emit("authenticate", {"token": token}, callback=signed_in)


def signed_in(answer):
    print("signed in" if answer["success"] else f"not signed in: {answer['error']}", flush=True)
    report()


@sio.on("play")
def on_play(data):
    global playing, time
    if "movieId" in data:
        playing = {"type": "movie", "movieId": data["movieId"]}
    else:
        playing = {"type": "tv", "episodeId": data["episodeId"]}
    time = 0
    print(f"now playing {data.get('movieId') or data['episodeId']}", flush=True)
    report()


def report():
    if sio.connected:
        sio.emit("playing", {**playing, "time": time, "progress": min(1, time / 7200)})


sio.connect(url, auth={"name": "Python player"})
while True:
    sio.sleep(5)
    time += 5
    report()
