"""An instructor's view of a course: who is where, who is new, and how the quizzes go.

    python3 examples/python/learning_class.py "$TOKEN" [course123] [http://localhost:5000]
"""

import sys

import socketio

token = sys.argv[1]
course_id = sys.argv[2] if len(sys.argv) > 2 else "course123"
url = sys.argv[3] if len(sys.argv) > 3 else "http://localhost:5000"
sio = socketio.Client()


@sio.event
def connect():
    sio.emit("join_course", {"course_id": course_id})


@sio.on("joined_course")
def on_joined(data):
    print(f"in {data['course_id']}", flush=True)


@sio.on("new_enrollment")
def on_enrollment(data):
    print(data["message"], flush=True)


@sio.on("student_progress")
def on_student(data):
    print(f"{data['user_id']} is at {data['timestamp']} s of {data['video_id']}", flush=True)


@sio.on("progress_update")
def on_stored(data):
    print(f"{data['user_id']} has seen {data['percent_complete']} % of {data['video_id']}", flush=True)


@sio.on("quiz_submission")
def on_quiz(data):
    print(f"{data['user_id']} has {data['score']} points: {'passed' if data['passed'] else 'failed'}", flush=True)


@sio.on("error")
def on_error(data):
    print(data["message"], flush=True)


sio.connect(url, auth={"token": token})
sio.wait()
