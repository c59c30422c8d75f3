"""A small asynchronous client of the Kubernetes API: get, list, watch, write, review tokens, elect a leader.

Our own, since it has to be light: the generated client `kubernetes_asyncio` 36 takes 90 MB once imported, `lightkube` 1
18 MB, this nothing beyond aiohttp, and a control plane replica should idle below 90 MB in all.
"""
