"""A container engine of this machine, Docker or Podman, asked over its Unix socket with nothing but the standard library."""

import http.client
import json
import os
import socket
from pathlib import Path


class NoEngine(Exception):
    """There is none, or it does not do what it is asked; the message says what to do."""


class Engine:
    def __init__(self, address: str | None = None):
        places = ["/var/run/docker.sock", "/run/podman/podman.sock"]
        if runtime := os.environ.get("XDG_RUNTIME_DIR"):
            places += [f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock"]
        named = address or os.environ.get("DOCKER_HOST")
        found = [named] if named else [place for place in places if os.access(place, os.R_OK | os.W_OK)]
        if not found:
            raise NoEngine("there is no container engine here: start Docker, or 'podman system service --time=0', or name "
                           "a socket with --docker-host")
        self.socket = found[0].removeprefix("unix://")

    def make_image(self, name: str, tag: str, archive: Path) -> None:
        """Makes an image of the files in a tar archive."""
        with archive.open("rb") as content:
            told = self._ask("POST", f"/images/create?fromSrc=-&repo={name}&tag={tag}", content)
        if b'"error"' in told:
            raise NoEngine(f"the container engine made no image {name}:{tag}: {told.decode(errors='replace')}")
        self._ask("GET", f"/images/{name}:{tag}/json")

    def containers(self) -> list[str]:
        """The names of those that Sluice's agents have made, whether they run or not."""
        found = self._ask("GET", "/containers/json?all=true&filters=%7B%22label%22%3A%5B%22sluice.agent%22%5D%7D")
        return [container["Names"][0] for container in json.loads(found)]

    def _ask(self, method: str, path: str, body=None) -> bytes:
        connection = http.client.HTTPConnection("localhost", timeout=300)
        try:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(self.socket)
            connection.request(method, f"/v1.40{path}", body, {"content-type": "application/x-tar"} if body else {})
            answer = connection.getresponse()
            text = answer.read()
        except OSError as error:
            raise NoEngine(f"the container engine does not answer on {self.socket} ({error}): start it there") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise NoEngine(f"the container engine did not do {method} {path}: {text.decode(errors='replace')}")
        return text
