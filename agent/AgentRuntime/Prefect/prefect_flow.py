"""Executes one run of a Prefect flow, as `python -m prefect.engine` does.

    prefect_flow.py           executes the run that the environment names
    prefect_flow.py zygote    imports Prefect, and then becomes the process of a run, by forking, as often as it is asked to

A zygote is asked over the socket that is its standard input: a packet with four descriptors, which are what the run
writes its output and its errors to, a gate that opens when the run may begin, and a file with its working directory and
its environment, each ended by a NUL. The answer is `forked PID`. `ready KIBIBYTES` says that it can be asked, `stale`
that it cannot any more.
"""

import os
import sys

STALE = 75
UNSAFE = 76
NOT_BEGUN = 127

# What a run imports sooner or later, of whatever version of Prefect; what is not there is left out.
MODULES = """
    prefect.engine prefect.flow_engine prefect.task_engine prefect.tasks prefect.task_runners prefect.results
    prefect.transactions prefect.locking.memory prefect.locking._filelock prefect.concurrency.sync
    prefect.concurrency.asyncio prefect.deployments.steps prefect.deployments.steps.core prefect.deployments.steps.pull
    prefect.deployments.steps.utility prefect.runner prefect.runner.storage prefect.events.clients prefect.events.worker
    prefect.events.utilities prefect.logging.handlers prefect.client.subscriptions prefect.filesystems
    prefect._internal.observers prefect._internal.integrations prefect._internal.installation prefect._internal.metrics
    prefect._flow_run_suspension prefect.server.schemas.states prefect.client.orchestration
    anyio._backends._asyncio anyio.streams.tls anyio.streams.memory packaging.requirements rich._emoji_codes
    websockets.asyncio.client asyncio.sslproto httpcore._sync.http11 httpcore._async.http11 concurrent.futures.thread
    pydantic.v1 encodings.idna runpy
""".split()


def tell_cancellations():
    """Lets Prefect know that a SIGTERM comes from somebody who cancelled the run: Sluice leaves a file where it does.

    Prefect's own runners say so over a connection. Clients that know no such difference need to be told nothing.
    """
    try:
        from prefect._internal import control_listener

        told_by_runner = control_listener.get_intent
    except (ImportError, AttributeError):
        return

    def get_intent():
        if intent := told_by_runner():
            return intent
        return "cancel" if os.path.exists(os.environ.get("SLUICE_STOP_FILE", "")) else None

    control_listener.get_intent = get_intent


def print_only_what_is_not_sent():
    """Keeps off the console what Prefect sends to the API: what is printed is taken for the run's log, too."""
    try:
        import logging

        from prefect.logging.handlers import APILogHandler, PrefectConsoleHandler
        from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED

        emit = PrefectConsoleHandler.emit
    except (ImportError, AttributeError):
        return

    def is_sent(record):
        if not (getattr(record, "flow_run_id", None) or getattr(record, "task_run_id", None)):
            return False
        if not PREFECT_LOGGING_TO_API_ENABLED.value():
            return False
        # What is not to be sent, of all that could be, is for people at a terminal: where to look at the run.
        logger = logging.getLogger(record.name)
        while logger:
            if any(isinstance(handler, APILogHandler) for handler in logger.handlers):
                return True
            logger = logger.parent if logger.propagate else None
        return False

    def emit_rest(self, record):
        if not is_sent(record):
            emit(self, record)

    PrefectConsoleHandler.emit = emit_rest


def read_certificates_once():
    """Has the clients that Prefect makes for one run, some eight of them, share a context of TLS: one takes 20 ms to make.

    Only those that speak HTTP, and are made from a file of certificates and nothing else. A context that is asked for in
    any other way, or by anybody else, is a new one.
    """
    import ssl

    users = {"prefect.client.orchestration", "prefect._internal.version_checking"}
    create = ssl.create_default_context
    contexts = {}

    def create_once(*arguments, **options):
        file = options.get("cafile")
        if arguments or list(options) != ["cafile"] or sys._getframe(1).f_globals.get("__name__") not in users:
            return create(*arguments, **options)
        key = file, last_change(file)
        if key not in contexts:
            contexts[key] = create(cafile=file)
        return contexts[key]

    ssl.create_default_context = create_once


def adjust():
    tell_cancellations()
    print_only_what_is_not_sent()
    read_certificates_once()


def execute():
    """Executes the run that the environment names, and ends the process as Prefect's engine ends it."""
    import runpy
    import warnings

    sys.argv = ["prefect.engine"]
    # That the module has been imported before is as it should be.
    warnings.filterwarnings("ignore", message="'prefect.engine' found in sys.modules", category=RuntimeWarning)
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


# ---------------------------------------------------------------------------------------------------------- the zygote


class Zygote:
    """A process that has imported what runs need, and runs nothing itself."""

    def __init__(self):
        import ctypes
        import signal
        import socket

        self.supervisor = os.getppid()
        # Nothing is imported from beside this file.
        if not getattr(sys.flags, "safe_path", False):
            sys.path.pop(0)
        self.control = socket.socket(fileno=os.dup(0))
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        library = ctypes.CDLL(None)
        self.die_with_parent = lambda: library.prctl(1, int(signal.SIGKILL), 0, 0, 0)

    def load(self):
        """Imports everything, and sees to it that what has been imported may be forked."""
        import gc
        import importlib

        for name in MODULES:
            try:
                importlib.import_module(name)
            except ImportError:
                pass
        if "prefect.engine" not in sys.modules:
            give_up(UNSAFE, "Prefect cannot be imported")
        adjust()
        complete_models()
        make_clients()
        self.require_one_thread()
        self.files = {path: last_change(path) for path in imported_files()}
        gc.collect()
        gc.freeze()

    def require_one_thread(self):
        """A thread would not be there after a fork, but its locks would."""
        if len(os.listdir("/proc/self/task")) != 1:
            give_up(UNSAFE, "importing Prefect has started threads in this environment")

    def serve(self):
        """Answers until nobody asks any more; returns in the process of a run, with its four descriptors."""
        import socket

        self.control.send(b"ready %d" % resident_kibibytes())
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.control, 64, 4)
            if not message:
                os._exit(0)
            if any(last_change(path) != time for path, time in self.files.items()):
                self.control.send(b"stale")
                give_up(STALE, "files that it has imported have changed")
            self.require_one_thread()
            process = self.fork()
            if process == 0:
                return descriptors
            for descriptor in descriptors:
                os.close(descriptor)
            self.control.send(b"forked %d" % process)

    def fork(self):
        """Forks by way of a process that ends at once, so that the supervisor becomes the parent."""
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            try:
                process = os.fork()
                if process == 0:
                    os.close(reading)
                    os.close(writing)
                    return 0
                os.write(writing, b"%d" % process)
                os._exit(0)
            except BaseException:
                os._exit(1)
        os.close(writing)
        answer = os.read(reading, 20)
        os.close(reading)
        os.waitpid(between, 0)
        return int(answer)

    def become_run(self, descriptors):
        """Takes on a run's session, output, environment and directory, when the supervisor knows of the process."""
        output, error, gate, environment = descriptors
        self.control.close()
        os.setsid()
        os.dup2(output, 1)
        os.dup2(error, 2)
        if os.read(gate, 1) != b"g":
            os._exit(NOT_BEGUN)
        self.die_with_parent()
        if os.getppid() != self.supervisor:
            os._exit(NOT_BEGUN)
        directory, *variables = os.pread(environment, os.fstat(environment).st_size, 0).split(b"\0")[:-1]
        for descriptor in descriptors:
            os.close(descriptor)
        os.environb.clear()
        for variable in variables:
            name, _, value = variable.partition(b"=")
            os.environb[name] = value
        os.chdir(directory)
        if not getattr(sys.flags, "safe_path", False):
            sys.path.insert(0, os.getcwd())
        renew()


def give_up(code, reason):
    os.write(2, f"zygote {os.getpid()}: {reason}\n".encode())
    os._exit(code)


def imported_files():
    """The files that have been imported, and the folders that modules are looked for in."""
    paths = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return (paths | {*sys.path, sys.executable}) - {None, ""}


def last_change(path):
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


def resident_kibibytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * (os.sysconf("SC_PAGE_SIZE") // 1024)


def complete_models():
    """Builds what pydantic would otherwise build when it is used first, in every run anew."""
    try:
        from pydantic import BaseModel
    except ImportError:
        return
    pending = [BaseModel]
    while pending:
        model = pending.pop()
        pending.extend(model.__subclasses__())
        if model.__module__.startswith("prefect.") and not getattr(model, "__pydantic_complete__", True):
            try:
                model.model_rebuild(raise_errors=False)
            except Exception:
                pass  # It is built when it is wanted, or never.


def make_clients():
    """Makes clients that speak to nobody, so that the certificates have been read, and all else is ready that they need."""
    try:
        from prefect.client.orchestration import get_client

        get_client()
        get_client(sync_client=True)
    except Exception:
        pass  # A run says what is wrong when it makes its own.


def renew():
    """Makes fresh what must not be that of the zygote: settings, logging, and chance where a fork does not do so."""
    import importlib

    importlib.invalidate_caches()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    from prefect import context
    from prefect.logging import configuration

    before = context.GLOBAL_SETTINGS_CONTEXT
    context.GLOBAL_SETTINGS_CONTEXT = context.root_settings_context()
    if logging_settings(before) != logging_settings(context.GLOBAL_SETTINGS_CONTEXT):
        configuration.PROCESS_LOGGING_CONFIG.clear()
        configuration.setup_logging()


def logging_settings(settings_context):
    settings = settings_context.settings
    if hasattr(settings, "logging"):
        return settings.logging, settings.internal.logging_level
    return {name: value for name, value in vars(settings).items() if "LOGGING" in name}  # Prefect 2


def main():
    if sys.argv[1:] == ["zygote"]:
        zygote = Zygote()
        zygote.load()
        descriptors = zygote.serve()
        zygote.become_run(descriptors)
    else:
        if not getattr(sys.flags, "safe_path", False):
            sys.path[0] = os.getcwd()
        adjust()
    execute()


if __name__ == "__main__":
    main()
