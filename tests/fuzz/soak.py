"""Coverage-guided search: ``python -m tests.fuzz.soak --seconds N``; needs atheris."""

import argparse
import importlib
import sys
import tempfile
from pathlib import Path


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz.soak", description=__doc__)
    options.add_argument("--seconds", type=int, default=120)
    seconds = options.parse_args().seconds
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["fedqi.wire", "fedqi.secagg", "tests.fuzz.targets"]):
        targets = importlib.import_module("tests.fuzz.targets").Targets()
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(targets.seeds):
            Path(corpus, str(number)).write_bytes(seed)
        limits = [f"-max_total_time={seconds}", "-max_len=8192", "-rss_limit_mb=1024"]
        atheris.Setup([sys.argv[0], *limits, "-print_final_stats=1", corpus], targets.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
