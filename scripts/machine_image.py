"""Writes a tar archive to its output: the files of an image, made of this machine's own, as no registry is at hand.

    machine_image.py shell                a busybox
    machine_image.py python [PACKAGE...]  the same, and the Python that executes this, at the same path, with what it links;
                                          and these of its packages, with all that they need

`machine_image.py shell | podman import - NAME` makes the image, and so does `docker import`.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from importlib import metadata

APPLETS = "sh ls cat echo sleep id env head tail yes true false kill dd pwd touch tee printenv wget".split()


def add_text(archive, path, text):
    entry = tarfile.TarInfo(path)
    entry.size = len(text)
    archive.addfile(entry, io.BytesIO(text.encode()))


def add_folder(archive, path, mode):
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def add_link(archive, path, target):
    entry = tarfile.TarInfo(path)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)


def add_shell(archive):
    busybox = shutil.which("busybox") or sys.exit("busybox is missing: scripts/setup containers installs it")
    add_folder(archive, "bin", 0o755)
    for folder in ("tmp", "home"):
        add_folder(archive, folder, 0o1777)
    archive.add(os.path.realpath(busybox), "bin/busybox")
    for applet in APPLETS:
        add_link(archive, f"bin/{applet}", "busybox")
    add_text(archive, "etc/passwd", "root:x:0:0::/:/bin/sh\nguest:x:1000:1000::/tmp:/bin/sh\n")
    add_text(archive, "etc/hosts", "127.0.0.1 localhost\n")
    # Without it names are not looked for in the hosts file, where engines put theirs.
    add_text(archive, "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    add_text(archive, "etc/timezone", "UTC\n")


def libraries(files):
    found = set()
    for file in files:
        told = subprocess.run(["ldd", file], capture_output=True, text=True).stdout
        found.update(re.findall(r"(?:=> |^\t)(/\S+) \(", told, re.MULTILINE))
    return found


def add_python(archive):
    # Not a shim, and not that of a virtual environment: the files themselves.
    base = sys.base_prefix
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = next(path for path in (f"{base}/bin/{version}", sys.executable) if os.path.exists(path))
    program, library = os.path.realpath(program), sysconfig.get_path("stdlib")
    unwanted = {"test", "tests", "idlelib", "__pycache__", "site-packages", "dist-packages", "ensurepip", "tkinter"}

    def wanted(entry):
        return None if unwanted & set(entry.name.split("/")) or entry.name.endswith(".a") else entry

    archive.add(program, program.lstrip("/"))
    archive.add(library, library.lstrip("/"), filter=wanted)
    for name in {f"{base}/bin/python3", "/bin/python3", "/bin/python"} - {program}:
        add_link(archive, name.lstrip("/"), program)
    extensions = [f"{library}/lib-dynload/{name}" for name in os.listdir(f"{library}/lib-dynload")]
    paths = libraries([program] + extensions)
    # What extensions of packages link that are mounted into a container.
    libc = next(path for path in paths if "libc.so" in path)
    names = ("libgcc_s.so.1", "libstdc++.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1")
    paths |= {f"{os.path.dirname(libc)}/{name}" for name in names}
    for path in sorted(path for path in paths if os.path.exists(path)):
        archive.add(os.path.realpath(path), path.lstrip("/"))


def needed(names):
    """The packages with all that they need, as far as it is installed: what is not was not wanted here, either."""
    found, wanted = {}, list(names)
    while wanted:
        name = re.split(r"[^\w.-]", wanted.pop().strip(), maxsplit=1)[0].lower().replace("_", "-")
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if name in names:
                sys.exit(f"the package {name} is not installed in {sys.prefix}")
            continue
        wanted += [text for text in found[name].requires or [] if "extra ==" not in text]
    return found.values()


def add_packages(archive, names):
    place = sysconfig.get_path("purelib", vars={"base": sys.base_prefix, "platbase": sys.base_prefix})
    for package in needed(names):
        for file in package.files or []:
            source = file.locate()
            # Not the programs of the virtual environment, which are outside of its packages.
            if ".." not in file.parts and file.suffix != ".pyc" and os.path.exists(source):
                archive.add(source, f"{place.lstrip('/')}/{file}")


def write(kind, packages, output):
    with tarfile.open(fileobj=output, mode="w|") as archive:
        add_shell(archive)
        if kind == "python":
            add_python(archive)
            add_packages(archive, packages)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2:], sys.stdout.buffer)
