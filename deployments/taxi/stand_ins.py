"""What the sample speaks to, on this machine and for as long as it runs: a web server with trips, an object store
(moto's), a warehouse (PostgreSQL) and a channel that takes messages as Slack does. Each on a free port of the loopback.
"""

import csv
import gzip
import http.server
import io
import json
import os
import pwd
import queue
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

TRIPS_A_MONTH = 5000
LAST_YEAR = 2021
FIELDS = [
    "VendorID", "tpep_pickup_datetime", "tpep_dropoff_datetime", "passenger_count", "trip_distance", "fare_amount",
    "tip_amount", "total_amount",
]


class CannotStart(Exception):
    """A stand-in cannot be started; the message says what to do."""


def trips(color: str, year: int, month: int) -> list[dict[str, str]]:
    """Trips as New York's Taxi and Limousine Commission lists them, made up: the same for a month always."""
    chance = random.Random(f"{color} {year} {month}")
    first = datetime(year, month, 1)
    found = []
    for _ in range(TRIPS_A_MONTH):
        start = first + timedelta(minutes=chance.randrange(28 * 24 * 60))
        miles = round(chance.lognormvariate(0.7, 0.8), 2)
        fare, tip = round(2.5 + 2.7 * miles, 2), round(chance.choice([0, 1, 2, 3.5]), 2)
        found.append({
            "VendorID": str(chance.randint(1, 2)), "tpep_pickup_datetime": str(start),
            "tpep_dropoff_datetime": str(start + timedelta(minutes=int(4 * miles) + 3)),
            "passenger_count": chance.choices(["0", "1", "2", "3", ""], [3, 80, 10, 5, 2])[0],
            "trip_distance": f"{miles:.2f}", "fare_amount": f"{fare:.2f}", "tip_amount": f"{tip:.2f}",
            "total_amount": f"{fare + tip:.2f}",
        })
    return found


class Trips(http.server.BaseHTTPRequestHandler):
    """Answers `/yellow_tripdata_2021-01.csv.gz`, of months until 2021."""

    def do_GET(self) -> None:
        try:
            color, _, date = self.path.lstrip("/").removesuffix(".csv.gz").split("_")
            year, month = map(int, date.split("-"))
            if year > LAST_YEAR:
                raise ValueError(date)
            rows = trips(color, year, month)
        except (ValueError, TypeError):
            self.send_error(404)
            return
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
        content = gzip.compress(text.getvalue().encode(), mtime=0)
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        pass


class LoopbackServer:
    """Answers HTTP requests on the loopback, as long as the `with` block lasts."""

    def __init__(self, handler: type, path: str = ""):
        self._handler, self._path = handler, path

    def __enter__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}{self._path}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()


class WebServer(LoopbackServer):
    def __init__(self):
        super().__init__(Trips)


class Channel(LoopbackServer):
    """Takes messages as Slack's incoming webhooks do."""

    def __init__(self):
        self.messages = messages = queue.Queue()

        class Messages(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.end_headers()
                messages.put(json.loads(content)["text"])

            def log_message(self, *_) -> None:
                pass

        super().__init__(Messages, "/services/T0/B0/sample")


class ObjectStore:
    """Moto's server, which answers as S3 does; its objects are in memory."""

    def __init__(self, python: Path, folder: Path):
        self._python, self._log = python, folder / "objects.log"

    def __enter__(self) -> "ObjectStore":
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        command = [self._python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_for(port, self._process, self._log)
        return self

    def __exit__(self, *_) -> None:
        end(self._process)


class Warehouse:
    """A PostgreSQL of its own. It refuses to be root's, so where we are root it is the user `postgres`'s."""

    def __init__(self, folder: Path):
        self._log = folder / "warehouse.log"
        self._as_user = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            self._as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def __enter__(self) -> "Warehouse":
        # In /tmp, and not below a folder that the other user may not go through.
        self._folder = Path(tempfile.mkdtemp(prefix="sluice-warehouse-", dir="/tmp"))
        if self._as_user:
            shutil.chown(self._folder, "postgres", "postgres")
        port = free_port()
        self.address = f"postgresql://warehouse@127.0.0.1:{port}/postgres"
        with self._log.open("wb") as log:
            made = subprocess.run(
                [*self._as_user, program("initdb"), "-D", self._folder / "data", "-U", "warehouse", "--auth=trust",
                 "--no-sync"], cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if made.returncode != 0:
                shutil.rmtree(self._folder)
                raise CannotStart(f"initdb failed:\n{self._log.read_text(errors='replace')[-2000:]}")
            self._process = subprocess.Popen(
                [*self._as_user, program("postgres"), "-D", self._folder / "data", "-p", str(port), "-h", "127.0.0.1",
                 "-k", ""], cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_for(port, self._process, self._log)
        return self

    def __exit__(self, *_) -> None:
        end(self._process)
        shutil.rmtree(self._folder)


def program(name: str) -> str:
    """One of PostgreSQL's, which Debian keeps off the PATH."""
    places = [str(folder) for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which(name) or shutil.which(name, path=":".join(places))
    if found is None:
        raise CannotStart(f"there is no {name}: 'scripts/setup samples' installs PostgreSQL")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as some:
        return some.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    """Waits until something listens on the port."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    end(process)
    raise CannotStart(f"nothing listens on port {port}:\n{log.read_text(errors='replace')[-2000:]}")


def end(process: subprocess.Popen) -> None:
    """Ends a program; PostgreSQL takes an interruption for 'at once, and properly'."""
    if process.poll() is None:
        process.send_signal(2)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
