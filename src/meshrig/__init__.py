"""meshrig: run one CloudFormation template and one set of Kubernetes manifests on a laptop, then deploy them to AWS."""

__version__ = "0.1.0"
