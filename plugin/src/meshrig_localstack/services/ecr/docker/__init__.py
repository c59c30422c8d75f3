"""The endpoint that Docker, containerd and other clients of the Registry v2 protocol talk to.

Users log in with GetAuthorizationToken's password and push to ``<MESHRIG_ECR_HOST>/<repository>``. A cluster's nodes
pull by the names images have on AWS; their containerd has in
``/etc/containerd/certs.d/<account>.dkr.ecr.<region>.amazonaws.com/hosts.toml`` (containerd's docs/hosts.md)::

    server = "https://<account>.dkr.ecr.<region>.amazonaws.com"
    [host."http://localstack:4510"]
      capabilities = ["pull", "resolve"]
      [host."http://localstack:4510".header]
        Authorization = "Basic <base64 of AWS:MESHRIG_ECR_NODE_PASSWORD>"

and for names of MESHRIG_ECR_HOST, in ``certs.d/<MESHRIG_ECR_HOST>/hosts.toml``, the same with the host
``http://localstack:4510/v2/<account>/<region>`` and ``override_path = true``. ``endpoint`` says how a request's account
and region are found.
"""
