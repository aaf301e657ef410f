"""Jobs that start warm: one process imports what they need, once, and forks a child for every command.

`snakemake` starts that process (`start`); a job's command asks it (`call`); it ends with `snakemake`, however
that ends. Where there is none (a cluster's job, a shell, a system that is not Linux, `GRADTS_WARM=0`) the
command does the work itself. It runs the code that `snakemake` has digested: see `code.hold`.

`multiprocessing.forkserver` is not used: it serves only the process that started it, since who asks must
inherit its pipes, and its children have neither the streams nor the folder, environment and signals of who
asks. What it is made of is: socketserver forks for every request, `multiprocessing.Process` for its job.
"""

import atexit
import contextlib
import ctypes
import gc
import json
import multiprocessing
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib import import_module
from multiprocessing.connection import wait
from pkgutil import resolve_name
from typing import Any, NoReturn
from zlib import crc32

from gradts import code

VARIABLE = "GRADTS_WARM"  # the folder of the warm process's socket, or 0
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# A process may be forked while it is one thread: libraries start no pool, and each job sets its own number.
ONE_THREAD = {**dict.fromkeys(THREADS, "1"), "JE_ARROW_MALLOC_CONF": "background_thread:false"}
FORWARDED = (signal.SIGINT, signal.SIGTERM)
PR_SET_PDEATHSIG = 1  # prctl(2)


def _address(folder: str) -> str:
    """The socket of this Python and this library: a job in another environment finds none."""
    return os.path.join(folder, f"{crc32(f'{sys.executable} {__file__}'.encode()):08x}")


# ------------------------------------------------------------------------------------- who starts it


def start() -> None:
    """Start the warm process of this `snakemake` call; the jobs it starts find it by their environment."""
    if os.environ.get(VARIABLE) == "0" or sys.platform != "linux":
        return
    try:
        folder = tempfile.mkdtemp(prefix="gradts-")  # of mode 0700
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(_address(folder))
            listener.listen(socket.SOMAXCONN)
            server = _spawn(folder, listener.fileno())
        with server.stdin as pipe:
            pipe.write(json.dumps(code.sources()).encode())
    except OSError as error:
        print(f"jobs start cold: {error}", file=sys.stderr)
        os.environ[VARIABLE] = "0"  # not what this `snakemake` is itself a job of
    else:
        os.environ[VARIABLE] = folder


def _spawn(folder: str, listener: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -P: a file of the working directory is no module
        [sys.executable, "-P", "-m", "gradts.warm", folder, str(listener), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=[listener],
        start_new_session=True,  # what is typed at a terminal reaches the jobs' commands, which pass it on
        env={**os.environ, **ONE_THREAD},
    )


# ------------------------------------------------------------------------------------------ who asks


def call(module: str, function: str, arguments: Sequence[str]) -> int | None:
    """Exit status of `function` ("package.module:name") with these arguments, in a child of the warm process.

    `module` is what it will import. None where there is no warm process: nothing has been done. A child that
    a signal has killed kills this process alike.
    """
    folder = os.environ.get(VARIABLE, "0")
    if folder == "0":
        return None
    wanted = {
        "module": module,
        "function": function,
        "arguments": list(arguments),
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "umask": os.umask(0),
    }
    os.umask(wanted["umask"])
    message, before = json.dumps(wanted).encode(), {}
    with socket.socket(socket.AF_UNIX) as connection:

        def forward(number: int, _: Any) -> None:
            with contextlib.suppress(OSError):  # the job may just have ended
                connection.send(bytes([number]))

        try:
            connection.connect(_address(folder))
            socket.send_fds(connection, [len(message).to_bytes(8)], [0, 1, 2])
            connection.sendall(message)
            for number in FORWARDED:
                before[number] = signal.signal(number, forward)
            answer = connection.recv(2)
        except OSError:
            answer = b""
    for number, handler in before.items():
        signal.signal(number, handler)
    if before and not answer and not os.path.exists(folder):  # it went with `snakemake`, and so does this
        sys.exit("snakemake has ended")
    status = int.from_bytes(answer, signed=True)
    if status < 0:
        with contextlib.suppress(OSError):  # SIGKILL has no handler to take away
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status if answer else None


# ---------------------------------------------------------------------------------------- who serves


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Imports what a command needs, and forks who watches over it."""

    max_children = sys.maxsize  # Snakemake counts its jobs
    request_queue_size = socket.SOMAXCONN

    def __init__(self, listener: socket.socket, controller: int) -> None:
        super().__init__(listener.getsockname(), Watcher, bind_and_activate=False)
        self.socket.close()
        self.socket, self.controller = listener, os.pidfd_open(controller)

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection with what it asks for, in place of an address, which local clients have none of."""
        connection, _ = super().get_request()
        size, streams, *_ = socket.recv_fds(connection, 8, 3)
        message = connection.recv(int.from_bytes(size), socket.MSG_WAITALL)
        try:
            return connection, (json.loads(message), streams)
        except ValueError as error:
            _close(streams)
            connection.close()
            raise OSError("who asked is gone") from error

    def process_request(self, request: socket.socket, wanted: Any) -> None:
        """Import once, for all that come after; then fork."""
        try:
            import_module(wanted[0]["module"])
            resolve_name(wanted[0]["function"])
            if wanted[0]["module"] in code.sources():
                code.code_digest(wanted[0]["module"])  # for the job's record
            gc.freeze()  # so that no child copies these pages only to look for garbage
            super().process_request(request, wanted)
        finally:
            _close(wanted[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what failed without what was asked for, which holds an environment."""
        traceback.print_exc()


class Watcher(socketserver.BaseRequestHandler):
    """Starts a job and waits for its end, or that of who asked for it, or that of `snakemake`."""

    def handle(self) -> None:
        """Run in a process of its own."""
        self.server.socket.close()  # or clients would wait at it for a server that is gone
        # Not ignored: the job's part in it waits until the job may die of it.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        job = multiprocessing.get_context("fork").Process(
            target=_work, args=(*self.client_address, self.request)
        )
        job.start()
        os.setpgid(job.pid, job.pid)  # as the job does itself: whoever is first
        end = os.pidfd_open(job.pid)  # what the job has forked may outlive it, and its sentinel with it
        _close(self.client_address[1])
        while end not in (ready := wait([end, self.request, self.server.controller])):
            asked = self.request.recv(1) if self.request in ready else b""
            with contextlib.suppress(ProcessLookupError):
                os.killpg(job.pid, asked[0] if asked else signal.SIGKILL)
            if not asked:
                break
        job.join()
        with contextlib.suppress(OSError):  # nobody may be left to tell
            self.request.sendall(job.exitcode.to_bytes(2, signed=True))


def _work(wanted: dict[str, Any], streams: list[int], connection: socket.socket) -> NoReturn:
    """Be the process that the command would have been."""
    os.setpgid(0, 0)
    connection.close()
    _at_parents_end(signal.SIGKILL)  # or the command would do the same beside it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    _close(streams)
    sys.stdin = os.fdopen(0, closefd=False)  # multiprocessing has put /dev/null there
    os.chdir(wanted["folder"])
    os.umask(wanted["umask"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.exit(resolve_name(wanted["function"])(wanted["arguments"]))


def _close(streams: Sequence[int]) -> None:
    for stream in streams:
        os.close(stream)


def set_threads(number: int) -> None:
    """Tell libraries that a warm process has imported how many threads to use: they asked its environment."""
    import threadpoolctl

    threadpoolctl.threadpool_limits(number)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(number)


def serve(folder: str, listener: str, controller: str) -> None:
    """Serve until the controller ends."""
    signal.signal(signal.SIGTERM, lambda *_: _end(folder))
    _at_parents_end(signal.SIGTERM)
    if os.getppid() != int(controller):  # it has ended before
        _end(folder)
    code.hold(json.load(sys.stdin))
    code.git_commit()  # for the records of all jobs
    Server(socket.socket(fileno=int(listener)), int(controller)).serve_forever()


def _at_parents_end(number: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def _end(folder: str) -> NoReturn:
    """Leave nothing behind, in the middle of an import too."""
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    serve(*sys.argv[1:])
