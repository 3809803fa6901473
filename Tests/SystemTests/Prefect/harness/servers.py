"""The servers that journeys run against: Sluice as built, Prefect's own as installed, or one that runs already."""

import os
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

from .api import API, until

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "scripts"))

from sluice_processes import LocalSluice, StartFailed, free_ports  # noqa: E402

START_SECONDS = 120
START_ATTEMPTS = 3


class SluiceServer(AbstractContextManager):
    """A server of ours, with data of its own."""

    def __init__(self, programs: Path, folder: Path):
        self._sluice = LocalSluice(programs, folder)
        self.api = API("127.0.0.1", self._sluice.http_port)

    def __enter__(self) -> "SluiceServer":
        self._sluice.__enter__()
        return self

    def __exit__(self, *_) -> None:
        self._sluice.stop()

    def kill(self) -> None:
        """Kills it; `start` starts it again on the same data and ports."""
        self._sluice.kill_server()

    def start(self) -> None:
        self._sluice.start_server()

    def trouble(self) -> str:
        """What there is to say of a server that ended although nobody stopped it."""
        return "\n".join(self._sluice.failures())


class ReferenceServer(AbstractContextManager):
    """Prefect's own server of one series, on SQLite, with data of its own.

    Its tables take seconds to make: they are made once, and copied.
    """

    def __init__(self, environment: Path, folder: Path):
        self.environment = environment.resolve()
        self.folder = folder
        self.api = API("127.0.0.1", 0)
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "ReferenceServer":
        self.folder.mkdir(parents=True)
        shutil.copy(self._empty_database(), self.folder / "prefect.db")
        for _ in range(START_ATTEMPTS):
            self._start()
            try:
                until("the reference server", lambda: self.trouble() or self.api.ready(), START_SECONDS)
            except BaseException:
                self.__exit__()
                raise
            if not self.trouble():
                return self
        raise StartFailed(self.trouble())

    def _start(self) -> None:
        """Starts it on a port that is free now, and may be taken before the server listens, seconds later."""
        (self.api.port,) = free_ports(1)
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.environment / "bin/prefect", "server", "start", "--port", str(self.api.port), "--analytics-off"],
                env=reference_variables(self.folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def __exit__(self, *_) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def trouble(self) -> str:
        if self._process.poll() is None:
            return ""
        return f"the reference server ended with {self._process.returncode}"

    def _empty_database(self) -> Path:
        database = self.environment / "reference/prefect.db"
        if not database.exists():
            home = self.environment / f"reference-{os.getpid()}"
            home.mkdir()
            subprocess.run(
                [self.environment / "bin/prefect", "server", "database", "upgrade", "-y"],
                env=reference_variables(home), check=True, capture_output=True)
            database.parent.mkdir(exist_ok=True)
            (home / "prefect.db").replace(database)
        return database


def reference_variables(home: Path) -> dict[str, str]:
    return {**plain_environment(), "PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


class RunningServer(AbstractContextManager):
    """Somebody else's server, which is to be empty; it is left running."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self.api = API(parts.hostname or "127.0.0.1", parts.port or 80)

    def __exit__(self, *_) -> None:
        pass

    def trouble(self) -> str:
        return "" if self.api.ready() else f"nothing answers at {self.api.url}"


def plain_environment() -> dict[str, str]:
    """This process's environment without what would lead a client or a server elsewhere."""
    foreign = ("PREFECT_", "SLUICE_", "PYTHONPATH")
    return {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
