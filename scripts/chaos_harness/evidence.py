"""What the children wrote of themselves, outside of Sluice."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass
class Life:
    """One child's life, as far as it could tell: a killed one lived at most a moment longer than its last word."""

    run: str
    attempt: int
    host: str
    pid: int
    start: int
    """Nanoseconds of the monotonic clock, which all hosts of one machine share."""
    last: int
    last_wall: int
    exit_code: int | None = None
    last_descendant: int = 0


@dataclass
class Testimony:
    lives: dict[str, list[Life]] = field(default_factory=dict)
    """By run, in the order of their attempts."""
    damaged: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(map(len, self.lives.values()))


def build_child(folder: Path) -> Path:
    """Compiles the program that the runs execute."""
    program = folder / "child"
    subprocess.run(
        ["gcc", "-O2", "-static", "-Wall", "-Wextra", "-Werror", "-o", program, HERE / "child.c"], check=True)
    return program


def read_evidence(folder: Path) -> Testimony:
    testimony = Testimony()
    for path in sorted(folder.iterdir()):
        _read_host(path, testimony)
    for lives in testimony.lives.values():
        lives.sort(key=lambda life: (life.attempt, life.start))
    return testimony


def _read_host(path: Path, testimony: Testimony) -> None:
    current: dict[tuple[str, str], Life] = {}
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) != 6:
            testimony.damaged.append(f"{path.name}: {line}")
            continue
        kind, run, attempt = words[:3]
        pid, mono, wall = map(int, words[3:])
        if kind == "S":
            life = Life(run, int(attempt), path.name, pid, mono, mono, wall)
            testimony.lives.setdefault(run, []).append(life)
            current[run, attempt] = life
            continue
        life = current[run, attempt]
        if kind == "D":
            life.last_descendant = max(life.last_descendant, mono)
            continue
        life.last, life.last_wall = mono, wall
        if kind[0] == "E":
            life.exit_code = int(kind[1:])
