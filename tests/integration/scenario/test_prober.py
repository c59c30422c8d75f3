"""``meshrig probe`` as its own process, and the way to it through a kubectl that stands in for a cluster's."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.errors import MeshrigError
from meshrig.scenario.attempt import Attempt
from meshrig.scenario.cluster import ClusterAccess
from meshrig.scenario.kubectl import KubectlCommand
from meshrig.scenario.probe_messages import Fetch, PemCertificate, decode_answers, decode_outcomes, encode_probes
from tests.integration.scenario.local_servers import Api, answer, listening, listening_for_one, server_tls

pytestmark = pytest.mark.integration
# Passes everything after -- on to the prober, as kubectl exec does, and notes its arguments.
KUBECTL = """#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
case "$*" in
  *"get pods"*) echo "Unable to connect to the server" >&2; exit 1 ;;
  *" exec "*) exec {python} -m meshrig probe ;;
esac
"""


def probe(text: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "meshrig", "probe"]
    return subprocess.run(argv, input=text, text=True, capture_output=True, timeout=60, check=False)


async def probe_off_loop(text: str) -> str:
    return (await asyncio.to_thread(probe, text)).stdout


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KubectlCommand:
    command = tmp_path / "bin" / "kubectl"
    command.parent.mkdir()
    command.write_text(KUBECTL.format(python=sys.executable))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    return KubectlCommand(tmp_path / "kubeconfig", "kind-shop")


async def test_dials_with_and_without_a_certificate(tmp_path: Path) -> None:
    authority = CertificateAuthority.create()
    tls = server_tls(authority, tmp_path)
    with listening_for_one(tls) as first, listening_for_one(tls) as second:
        attempts = [Attempt(*first, certificate=authority.issue("orders", ("orders.test",))), Attempt(*second)]
        printed = await probe_off_loop(encode_probes(attempts))
    assert [outcome.kind for outcome in decode_outcomes(printed, 2)] == ["answered", "refused"]
    assert "PRIVATE KEY" not in printed


async def test_fetches_statistics_and_says_who_does_not_answer() -> None:
    api = Api(answers={"GET /stats?filter=x": answer(200, b"listener.a.ssl.handshake: 3\n")})
    async with listening(api.handle) as (host, port):
        probes = [Fetch(f"http://{host}:{port}/stats?filter=x"), Fetch("http://127.0.0.1:1/stats")]
        there, absent = decode_answers(await probe_off_loop(encode_probes(probes)), 2)
    assert (there.status, there.body) == (200, b"listener.a.ssl.handshake: 3\n")
    assert absent.status == 0
    assert b"Connect call failed" in absent.body


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no JSON", "standard input is not JSON"),
        ('[{"id": "0"}]', "attempt 0: port"),
        (encode_probes([Attempt("127.0.0.1", 1, certificate=PemCertificate("SECRET", "SECRET"))]), "with its key"),
        (encode_probes([Fetch("file:///etc/passwd")]), "is not an http or https URL"),
    ],
)
def test_wrong_input_is_a_message_that_repeats_no_secret(text: str, message: str) -> None:
    done = probe(text)
    assert done.returncode in {1, 2}
    assert message in done.stderr
    assert "SECRET" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


async def test_a_cluster_is_dialled_through_kubectl_without_a_secret_in_its_arguments(
    tmp_path: Path, kubectl: KubectlCommand
) -> None:
    authority = CertificateAuthority.create()
    with listening_for_one(server_tls(authority, tmp_path)) as address:
        attempt = Attempt(*address, certificate=authority.issue("orders", ("orders.test",)))
        (outcome,) = await ClusterAccess(kubectl).dial([attempt])
    assert outcome.kind == "answered"
    assert (tmp_path / "bin" / "calls").read_text() == (
        f"--kubeconfig {tmp_path}/kubeconfig --context kind-shop "
        "exec -i -n meshrig-system deploy/meshrig -- meshrig probe\n"
    )


async def test_what_kubectl_says_is_passed_on(kubectl: KubectlCommand) -> None:
    with pytest.raises(MeshrigError, match="Unable to connect to the server"):
        await ClusterAccess(kubectl).counter("users", "ssl.handshake")


def test_replies_are_a_json_list() -> None:
    assert json.loads(probe("[]").stdout) == []
