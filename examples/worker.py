"""A worker of the studio API with nothing but Python's standard library.

Claims jobs of the kind "image", draws rings of colour that the prompt decides on, tells how far it is, and serves the
picture itself. Its front page is studio.html.

    python3 examples/worker.py KEY [http://localhost:3000] [8090]
"""

import hashlib
import http.server
import json
import math
import os
import pathlib
import re
import struct
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib

if len(sys.argv) < 2:
    sys.exit("usage: python3 examples/worker.py KEY [URL] [PORT]")
KEY, API, PORT = (sys.argv[1:] + ["http://localhost:3000", "8090"][len(sys.argv) - 2 :])[:3]
SIZE = 240
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="headend-worker-"))
PAGE = pathlib.Path(__file__).with_name("studio.html").read_text(encoding="utf-8")


class Over(Exception):
    """The job is over for somebody else's reasons."""


class Pictures(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/":
            return self.answer("text/html; charset=utf-8", PAGE.replace("http://localhost:3000", API).encode())
        name = self.path.removeprefix("/")
        if re.fullmatch(r"[\w-]+\.png", name) and (FOLDER / name).exists():
            return self.answer("image/png", (FOLDER / name).read_bytes())
        self.send_error(404)

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def call(path, body):
    """The status and the data of a call."""
    headers = {"X-API-Key": KEY, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{API}/api/v1/media/{path}", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
            return answer.status, json.loads(text)["data"] if text else None
    except urllib.error.HTTPError as error:
        if error.code == 409:
            raise Over() from None
        raise RuntimeError(f"{path} answered {error.code}: {error.read().decode(errors='replace')}") from None


def report(media_id, share):
    filled = round(share * 30)
    print(f"\r{media_id} [{'#' * filled}{'-' * (30 - filled)}] {int(share * 100)} %", end="", flush=True)
    message = f"Row {round(share * SIZE)} of {SIZE}"
    call(f"{media_id}/progress", {"progress": int(share * 100), "stage": "rendering", "message": message})


def draw(prompt, tell):
    """Rings around three points; where those are and what colours they have comes from the prompt's hash."""
    seed = hashlib.sha256(prompt.encode()).digest()
    centres = [(seed[n] / 255, seed[n + 1] / 255, 8 + seed[n + 2] / 8) for n in (0, 3, 6)]
    phases = [value / 255 * 2 * math.pi for value in seed[9:12]]
    rows = bytearray()
    for y in range(SIZE):
        rows.append(0)  # each row of a PNG begins with its filter: none
        for x in range(SIZE):
            value = sum(math.sin(width * math.hypot(x / SIZE - left, y / SIZE - top)) for left, top, width in centres)
            rows.extend(int(127.5 + 127.5 * math.cos(value + phase)) for phase in phases)
        if y % 8 == 0:
            tell(y / SIZE)
    tell(1)
    return png(SIZE, SIZE, bytes(rows))


def png(width, height, rows):
    """A picture of 8-bit RGB as a PNG file."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def work(job, port):
    media_id = job["mediaId"]
    try:
        image = draw(job["prompt"] or "", lambda share: report(media_id, share))
        (FOLDER / f"{media_id}.png").write_bytes(image)
        url = f"http://localhost:{port}/{media_id}.png"
        call(f"{media_id}/complete", {"url": url, "metadata": {"width": SIZE, "height": SIZE, "bytes": len(image)}})
        print(f"\n{url}", flush=True)
    except Over:
        print("\ncancelled", flush=True)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Pictures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    print(f"pictures and a page to ask for them: http://localhost:{port}/#TOKEN", flush=True)
    while True:
        try:
            _, job = call("claim", {"kinds": ["image"], "worker": f"python-{os.getpid()}"})
            if job:
                work(job, port)
            else:
                time.sleep(0.5)
        except (OSError, RuntimeError) as error:
            print(f"\n{error}; trying again", file=sys.stderr, flush=True)
            time.sleep(2)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
