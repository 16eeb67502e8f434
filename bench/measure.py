"""One window: a workload on a subject, so many at once, for so long."""

import time
from dataclasses import asdict, dataclass

from bench.figures import percentile
from bench.load.loop import closed_loop
from bench.load.workload import Workload
from bench.subjects.subject import Subject


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen. Times in milliseconds; processor time for each message."""

    messages: int
    rate: float
    p50: float
    p99: float
    service: float
    database: float
    load: float
    """The load generator's own, fakes included; not part of the cost."""
    load_share: float
    """Of one processor, while the load ran."""

    @property
    def cost(self) -> float:
        """Processor time of service and database for one message."""
        return self.service + self.database

    def as_json(self) -> dict[str, float]:
        return {**asdict(self), "cost": self.cost}


async def measure(subject: Subject, workload: Workload, at_once: int, seconds: float) -> Window:
    """Processor time counts until everything that follows has left and is settled."""
    await workload.prepare(subject, at_once)
    meter, began = subject.meter(), time.process_time()
    served = await closed_loop(subject.port, workload.act, at_once, seconds)
    loaded = time.process_time() - began
    await workload.settle()
    cost, load = meter.read(), time.process_time() - began
    many = len(served.latencies)
    if not many:
        raise RuntimeError(f"{workload.name} on {subject.name}: nothing was done within {seconds} s")
    return Window(
        messages=many,
        rate=served.rate,
        p50=percentile(served.latencies, 0.50) * 1e3,
        p99=percentile(served.latencies, 0.99) * 1e3,
        service=cost.service / many * 1e3,
        database=cost.database / many * 1e3,
        load=load / many * 1e3,
        load_share=loaded / served.seconds,
    )
