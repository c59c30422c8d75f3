"""Calls that go on while something else happens."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import requests

_PAUSE_SECONDS = 0.02


@contextmanager
def orders_under_way(url: str, callers: int = 3) -> Iterator[Counter[str]]:
    """Create orders one after the other with each of ``callers``; counts answers by status, or the error's name."""
    seen: Counter[str] = Counter()
    ended = threading.Event()
    user = requests.post(f"{url}/users", json={"username": "load", "password": "correct horse"}, timeout=10).json()
    order = {"user_id": user["id"], "items": [{"product_id": "espresso-cup", "quantity": 1}]}

    def call() -> None:
        with requests.Session() as session:
            while not ended.is_set():
                try:
                    seen[str(session.post(f"{url}/orders", json=order, timeout=10).status_code)] += 1
                except requests.RequestException as error:
                    seen[type(error).__name__] += 1
                time.sleep(_PAUSE_SECONDS)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join()
