"""A moderator that never sleeps: deletes what holds a bad word, and takes its author's voice for a minute.

    python3 examples/python/live_moderator.py "$TOKEN" [stream_qwe456] [http://localhost:7070]

The token needs the role moderator: bun run --silent headend token bot --role moderator
"""

import sys

import socketio

BAD_WORDS = {"spam", "scam"}

token = sys.argv[1]
stream_id = sys.argv[2] if len(sys.argv) > 2 else "stream_qwe456"
url = sys.argv[3] if len(sys.argv) > 3 else "http://localhost:7070"
sio = socketio.Client()


@sio.event
def connect():
    sio.emit("authenticate", {"token": token})


@sio.on("authenticated")
def on_authenticated(data):
    sio.emit("chat:join", {"stream_id": stream_id})


@sio.on("chat:joined")
def on_joined(data):
    print(f"watching over {data['online_users']}", flush=True)


@sio.on("chat:message")
def on_message(data):
    if not BAD_WORDS & set(data["message"].lower().split()):
        return
    print(f"{data['username']} said: {data['message']}", flush=True)
    sio.emit("moderation:delete-message", {"stream_id": stream_id, "message_id": data["message_id"]})
    mute = {"stream_id": stream_id, "target_user_id": data["user_id"], "duration": 60, "reason": "Mind your words"}
    sio.emit("moderation:mute", mute)


@sio.on("unauthorized")
def on_unauthorized(data):
    print(f"not signed in: {data['message']}", flush=True)


@sio.on("error")
def on_error(data):
    print(f"{data['type']}: {data['message']}", flush=True)


sio.connect(url)
sio.wait()
