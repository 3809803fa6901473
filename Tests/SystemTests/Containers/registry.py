"""A registry with one image, which it gives to one user: registry.py ARCHIVE, with `USER:PASSWORD` in
REGISTRY_LOGIN

The archive is a tar of the image's files, as scripts/machine_image.py writes it. It says `PORT …` when it listens. The image is called
whatever one asks for. Each request is written to the output with the user who made it.
"""

import base64
import gzip
import hashlib
import http.server
import json
import os
import sys

ARCHIVE = sys.argv[1]
USER, PASSWORD = os.environ["REGISTRY_LOGIN"].split(":")
KINDS = "application/vnd.docker"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def image():
    """What a client asks for by a name or a digest: the kind and the content of each."""
    with open(ARCHIVE, "rb") as file:
        files = file.read()
    layer = gzip.compress(files, 1)
    settings = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(files)]},
    }).encode()
    parts = {
        digest(layer): (f"{KINDS}.image.rootfs.diff.tar.gzip", layer),
        digest(settings): (f"{KINDS}.container.image.v1+json", settings),
    }

    def reference(name):
        kind, content = parts[name]
        return {"mediaType": kind, "size": len(content), "digest": name}

    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": f"{KINDS}.distribution.manifest.v2+json",
        "config": reference(digest(settings)), "layers": [reference(digest(layer))],
    }).encode()
    return {**parts, "manifest": (f"{KINDS}.distribution.manifest.v2+json", manifest)}


PARTS = image()


class Registry(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        user, _, password = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
        print("asked by", user or "nobody", self.path, flush=True)
        if (user, password) != (USER, PASSWORD):
            error = json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}).encode()
            return self.answer(401, "application/json", error, ("www-authenticate", 'Basic realm="registry"'))
        if self.path.rstrip("/") == "/v2":
            return self.answer(200, "application/json", b"{}")
        part = self.path.rsplit("/", 1)[1]
        if "/manifests/" in self.path and part not in PARTS:
            part = "manifest"
        if part not in PARTS:
            return self.answer(404, "application/json", b"{}")
        kind, content = PARTS[part]
        return self.answer(200, kind, content, ("docker-content-digest", digest(content)))

    do_HEAD = do_GET

    def answer(self, status, kind, content, *headers):
        self.send_response(status)
        for name, value in [("content-type", kind), ("content-length", str(len(content))), *headers]:
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
print("PORT", server.server_port, flush=True)
server.serve_forever()
