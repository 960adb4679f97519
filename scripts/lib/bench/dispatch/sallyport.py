"""Sallyport's side: the operator's API, by grpcio, over one connection.

    python -m bench.dispatch.sallyport PROTOS OPERATOR ENDPOINT POOL
"""

from __future__ import annotations

import struct
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import grpc_tools
from grpc_tools import protoc

from .client import COMMAND, serve

STDOUT = 1
SUBMITTERS = 8


def import_protos(protos: Path) -> None:
    """Generates the modules and puts them on the path."""
    folder = tempfile.mkdtemp(prefix="sallyport-bench-protos.")
    files = [str(path.relative_to(protos)) for path in protos.rglob("*.proto")]
    known = Path(grpc_tools.__file__).parent / "_proto"
    if protoc.main(["protoc", f"-I{protos}", f"-I{known}", f"--python_out={folder}",
                    f"--grpc_python_out={folder}", *files]):
        raise SystemExit("the protos cannot be generated")
    sys.path.insert(0, folder)


class Sallyport:
    def __init__(self, operator: Path, endpoint: str, pool: str) -> None:
        from sallyport.operator.v1 import operator_pb2, operator_pb2_grpc
        from sallyport.worker.v1 import worker_pb2

        self._api, self._worker_api = operator_pb2, worker_pb2
        self._pool = pool
        self._spec = worker_pb2.JobSpec(command=COMMAND)
        names = ("ca.pem", "key.pem", "certificate.pem")
        credentials = grpc.ssl_channel_credentials(
            *[(operator / name).read_bytes() for name in names])
        self._service = operator_pb2_grpc.OperatorServiceStub(
            grpc.secure_channel(endpoint, credentials))
        self._open = [operator_pb2.JobState.Value(f"JOB_STATE_{state}")
                      for state in ("QUEUED", "OFFERED", "RUNNING")]
        self._submitters = ThreadPoolExecutor(SUBMITTERS)

    def stages(self) -> dict[str, float]:
        times: dict[str, float] = {}
        begin = time.monotonic()
        job = self._submit()
        times["accepted"] = time.monotonic() - begin
        log = threading.Thread(target=self._read_log, args=(job.id, begin, times))
        log.start()
        last = job
        for last in self._service.WatchJob(self._api.WatchJobRequest(job_id=job.id)):
            now = time.monotonic() - begin
            if last.state not in self._open:
                times["final"] = now
        log.join()
        self._expect_success(last)
        return times

    def burst(self, jobs: int) -> float:
        begin = time.monotonic()
        last = list(self._submitters.map(lambda _: self._submit(), range(jobs)))[-1]
        for last in self._service.WatchJob(self._api.WatchJobRequest(job_id=last.id)):
            pass
        while self._service.ListJobs(self._api.ListJobsRequest(
                pool=self._pool, states=self._open, page_size=1)).jobs:
            time.sleep(0.002)
        seconds = time.monotonic() - begin
        self._expect_success(last)
        return seconds

    def lists(self, count: int) -> list[list[float]]:
        """Seconds for a page of the newest jobs, and for one of a state that no job has; each of
        both this often."""
        def seconds(states: list[int]) -> float:
            begin = time.monotonic()
            self._service.ListJobs(self._api.ListJobsRequest(states=states, page_size=50))
            return time.monotonic() - begin

        lost = [self._api.JOB_STATE_LOST]
        return [[seconds([]) for _ in range(count)], [seconds(lost) for _ in range(count)]]

    def accepts(self, request: dict) -> list[float]:
        """Seconds of each of `jobs` submissions to `pool`, one after the other."""
        def seconds() -> float:
            begin = time.monotonic()
            self._submit(request["pool"])
            return time.monotonic() - begin

        return [seconds() for _ in range(request["jobs"])]

    def submits(self, request: dict) -> float:
        """Seconds for `jobs` submissions to `pool`, by `submitters` at the same time."""
        with ThreadPoolExecutor(request["submitters"]) as submitters:
            begin = time.monotonic()
            list(submitters.map(lambda _: self._submit(request["pool"]), range(request["jobs"])))
            return time.monotonic() - begin

    def checkouts(self, request: dict) -> float:
        """Seconds until `jobs` jobs that were submitted at once have checked `repository` out of
        `vcs_pool`, and ended."""
        checkout = self._worker_api.Checkout(
            vcs_pool=request["vcs_pool"], repository=request["repository"], ref=request["ref"])
        spec = self._worker_api.JobSpec(command=["true"], checkout=checkout)
        begin = time.monotonic()
        jobs = [self._service.SubmitJob(self._api.SubmitJobRequest(pool=self._pool, spec=spec))
                for _ in range(request["jobs"])]
        for job in jobs:
            for job in self._service.WatchJob(self._api.WatchJobRequest(job_id=job.id)):
                pass
            self._expect_success(job)
        return time.monotonic() - begin

    def _submit(self, pool: str = ""):
        return self._service.SubmitJob(
            self._api.SubmitJobRequest(pool=pool or self._pool, spec=self._spec))

    def _read_log(self, job: str, begin: float, times: dict[str, float]) -> None:
        """Notes the job's own first byte; docs/protocol.md, "Log format". To the end: who goes on
        breaking off more than 27 calls a second is taken for a flood of resets."""
        data = b""
        for part in self._service.ReadLog(self._api.ReadLogRequest(job_id=job, follow=True)):
            data += part.data
            while len(data) >= 16:
                stream, length = data[0], struct.unpack_from("<I", data, 4)[0]
                if stream == STDOUT:
                    times.setdefault("first", time.monotonic() - begin)
                data = data[16 + length:]

    def _expect_success(self, job) -> None:
        if job.state != self._api.JOB_STATE_SUCCEEDED:
            raise SystemExit(f"job {job.id} did not succeed: {job.reason}")


if __name__ == "__main__":
    import_protos(Path(sys.argv[1]))
    serve(Sallyport(Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
