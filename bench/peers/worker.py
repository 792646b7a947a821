"""One engine in a process of its own: what its threads do between turns, and a crash of it, meet nobody else. The
process is stopped while it is not its turn, so that threads which spin for work do not take a core from the others."""
import multiprocessing
import os
import pathlib
import signal
import statistics
import time

from engines.engine import Refused

# Settings of the user's shell that would hold an engine back.
LIMITS = ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "OPENCV_CPU_DISABLE", "OMP_WAIT_POLICY",
          "KMP_BLOCKTIME", "KMP_AFFINITY", "GOMP_CPU_AFFINITY", "OMP_PROC_BIND", "OMP_PLACES"]
WARM_UPS = 3
LONGEST_ANSWER = 600  # seconds; converting and compiling a network included


class WorkerFailed(Exception):
    pass


class Worker:
    def __init__(self, engine, path, threads, folder):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, engine, path, threads, folder), daemon=True)
        self.process.start()
        theirs.close()
        try:
            self.reply()  # to loading
        except WorkerFailed:
            self.close()
            raise
        self.halt()

    def answer(self, x):
        return self.ask("answer", x)

    def slice(self, x, seconds):
        return self.ask("slice", x, seconds)

    def ask(self, *request):
        os.kill(self.process.pid, signal.SIGCONT)
        try:
            self.pipe.send(request)
            return self.reply()
        except BrokenPipeError as error:
            raise WorkerFailed("its process is gone") from error
        finally:
            self.halt()

    def reply(self):
        try:
            if not self.pipe.poll(LONGEST_ANSWER):
                raise WorkerFailed(f"no answer within {LONGEST_ANSWER} s")
            kind, value = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.process.join(10)
            raise WorkerFailed(f"its process ended with exit code {self.process.exitcode}") from None
        if kind == "error":
            raise WorkerFailed(value)
        return value

    def halt(self):
        if self.process.is_alive():
            os.kill(self.process.pid, signal.SIGSTOP)

    def close(self):
        if self.process.is_alive():
            self.process.kill()
        self.process.join(10)
        self.pipe.close()


def serve(pipe, engine_class, path, threads, folder):
    try:
        silence(pathlib.Path(folder) / "log.txt")
        for name in LIMITS:
            os.environ.pop(name, None)
        os.environ["OMP_NUM_THREADS"] = str(threads)
        engine = engine_class()
        engine.load(path, threads, folder)
        pipe.send(("loaded", None))
        while True:
            what, *arguments = pipe.recv()
            pipe.send(("done", time_runs(engine, *arguments) if what == "slice" else copies(engine.run(*arguments))))
    except EOFError:
        pass
    except Refused as reason:
        pipe.send(("error", str(reason)))
    except BaseException as error:  # whatever a library raises
        pipe.send(("error", " ".join(f"{type(error).__name__}: {error}".split())[:300]))


def silence(log):
    """The libraries' chatter goes to a file."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def copies(outputs):
    return [output.copy() for output in outputs]


def time_runs(engine, x, seconds):
    for _ in range(WARM_UPS):
        engine.run(x)
    times, start, cpu = [], time.perf_counter(), time.process_time()
    while not times or time.perf_counter() < start + seconds:
        begin = time.perf_counter()
        engine.run(x)
        times.append(1e3 * (time.perf_counter() - begin))
    return {"median_ms": statistics.median(times), "min_ms": min(times), "runs": len(times),
            "cores": (time.process_time() - cpu) / (time.perf_counter() - start)}
