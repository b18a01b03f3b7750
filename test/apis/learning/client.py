"""The document's Python client: joins a course when it connects, and waits for an enrollment.

Arguments: base URL, token, transport. Prints what it hears, one JSON value a line.
"""

import json
import sys
import threading

import socketio

url, token, transport = sys.argv[1:4]
sio = socketio.Client(reconnection=False)
done = threading.Event()


def show(event, data):
    print(json.dumps({event: data}), flush=True)


@sio.event
def connect():
    sio.emit("join_course", {"course_id": "course123"})


@sio.event
def joined_course(data):
    show("joined_course", data)
    sio.emit("video_progress", {"video_id": "video123", "course_id": "course123", "progress": 50, "timestamp": 300})
    sio.emit("join_video", {"video_id": "video123"})


@sio.event
def joined_video(data):
    show("joined_video", data)
    sio.emit("send_chat_message", {"video_id": "video123", "message": "From Python"})


@sio.event
def new_chat_message(data):
    show("new_chat_message", data["message"])


@sio.event
def new_enrollment(data):
    show("new_enrollment", data)
    done.set()


@sio.event
def error(data):
    show("error", data)


sio.connect(url, auth={"token": token}, transports=[transport])
done.wait(10)
sio.disconnect()
