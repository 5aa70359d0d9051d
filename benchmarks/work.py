"""The child that does one job of one client, and says what it found, how long it took and how much memory.

``python -P work.py SCRIPT JOB OPTIONS``: runs in the client's own environment, so it needs nothing but Python.
"""

import asyncio
import importlib.util
import inspect
import json
import sys
import time
from pathlib import Path
from types import ModuleType


def load(path: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    script, job, options = sys.argv[1:]
    # Behind what is installed: a script's neighbours are there to be imported, not to be mistaken for a package.
    sys.path += [str(Path(script).parent), str(Path(__file__).parent)]
    from memory import peak

    work = getattr(load(script, "client"), job)
    started = time.perf_counter()
    result = work(**json.loads(options))
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    seconds = time.perf_counter() - started
    sys.stdout.write("\n" + json.dumps({"result": result, "seconds": seconds, "peak": peak()}) + "\n")


if __name__ == "__main__":
    main()
