"""A service behind `--processor http`: adds the length of the data to each message."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Worker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "data" not in message:
            return self.answer(422)  # a dead letter, http-422
        if message["data"] == "":
            return self.answer(204)  # dropped
        message["length"] = len(message["data"])
        message["attempt"] = int(self.headers["Baton-Attempt"])
        self.answer(200, json.dumps(message).encode())

    def answer(self, status, body=b""):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8000), Worker).serve_forever()
