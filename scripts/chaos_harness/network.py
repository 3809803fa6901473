"""Several hosts on one machine: network namespaces, joined by a bridge, whose links can be cut and slowed down.

Needs root and `ip`. Without them everything lives on the loopback, and links cannot be cut.
"""

import ctypes
import os
import shutil
import subprocess

CLONE_NEWNET = 0x40000000


def can_make_hosts() -> bool:
    """Whether this process may make network namespaces: it tries."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"sx{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode == 0
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return made


class Loopback:
    """No hosts: everything on 127.0.0.1."""

    server_address = "127.0.0.1"
    can_cut = can_slow = False

    def __enter__(self) -> "Loopback":
        return self

    def __exit__(self, *_) -> None:
        pass

    def command_on(self, host: int) -> list[str]:
        return []


class Network:
    """A namespace for the server, which this process enters, and one for each host, joined by a bridge.

    It must be entered before any thread is started: a thread's namespace is that of the thread which made it.
    """

    server_address = "10.98.0.1"
    can_cut = True

    def __init__(self, hosts: int):
        self.hosts = hosts
        self.prefix = f"sc{os.getpid()}"
        self.can_slow = False

    def __enter__(self) -> "Network":
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for name in [self.prefix, *(self._namespace(host) for host in range(self.hosts))]:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def _make(self) -> None:
        ip("netns", "add", self.prefix)
        enter_network(self.prefix)
        ip("link", "set", "lo", "up")
        ip("link", "add", "br0", "type", "bridge")
        ip("addr", "add", f"{self.server_address}/24", "dev", "br0")
        ip("link", "set", "br0", "up")
        for host in range(self.hosts):
            namespace = self._namespace(host)
            ip("netns", "add", namespace)
            ip("link", "add", f"v{host}", "type", "veth", "peer", "name", "eth0", "netns", namespace)
            ip("link", "set", f"v{host}", "master", "br0", "up")
            ip("-n", namespace, "link", "set", "lo", "up")
            ip("-n", namespace, "addr", "add", f"10.98.0.{10 + host}/24", "dev", "eth0")
            ip("-n", namespace, "link", "set", "eth0", "up")
        self.can_slow = self._try_slowing()

    def command_on(self, host: int) -> list[str]:
        """What comes before a command that is to run on the host."""
        return ["ip", "netns", "exec", self._namespace(host)]

    def cut(self, host: int) -> None:
        ip("link", "set", f"v{host}", "down")

    def mend(self, host: int) -> None:
        ip("link", "set", f"v{host}", "up")

    def slow(self, host: int, milliseconds: int, loss: int) -> None:
        """Packets to the host take longer, and some are lost."""
        tc("add", f"v{host}", "netem", "delay", f"{milliseconds}ms", f"{milliseconds // 2}ms", "loss", f"{loss}%")

    def unslow(self, host: int) -> None:
        subprocess.run(["tc", "qdisc", "del", "dev", f"v{host}", "root"], capture_output=True)

    def _try_slowing(self) -> bool:
        if shutil.which("tc") is None:
            return False
        try:
            self.slow(0, 1, 0)
        except NetworkFailed:  # the kernel has no netem
            return False
        self.unslow(0)
        return True

    def _namespace(self, host: int) -> str:
        return f"{self.prefix}h{host}"


class NetworkFailed(Exception):
    """A command of `ip` or `tc` failed."""


def ip(*arguments: str) -> None:
    _do("ip", *arguments)


def tc(verb: str, link: str, *arguments: str) -> None:
    _do("tc", "qdisc", verb, "dev", link, "root", *arguments)


def _do(*command: str) -> None:
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode != 0:
        raise NetworkFailed(f"{' '.join(command)}: {outcome.stderr.strip()}")


def enter_network(name: str) -> None:
    """Moves this thread, and what it starts from now on, into a namespace."""
    with open(f"/run/netns/{name}") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise NetworkFailed(f"cannot enter {name}: {os.strerror(ctypes.get_errno())}")
