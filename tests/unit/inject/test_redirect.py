"""Rules in the order in which the kernel takes them; what they do is proven in tests/integration/inject."""

from meshrig.inject.options import SidecarOptions
from meshrig.inject.redirect import build_redirect_container, build_rules, plan_redirection


def _rules(options: SidecarOptions | None = None, version: int = 4) -> list[str]:
    return build_rules(plan_redirection(options or SidecarOptions(), (4566,), ("172.18.0.0/16",)), version).splitlines()


def test_all_inbound_ports_but_the_probe_port() -> None:
    assert [rule for rule in _rules() if rule.startswith("-A MESHRIG_INBOUND")] == [
        "-A MESHRIG_INBOUND -p tcp --dport 15020 -j RETURN",
        "-A MESHRIG_INBOUND -p tcp -j REDIRECT --to-ports 15000",
    ]


def test_named_inbound_ports_only_and_never_the_egress_port() -> None:
    assert [rule for rule in _rules(SidecarOptions(inbound_ports=(80,))) if rule.startswith("-A MESHRIG_INBOUND")] == [
        "-A MESHRIG_INBOUND -p tcp --dport 15001 -j REDIRECT --to-ports 15000",
        "-A MESHRIG_INBOUND -p tcp --dport 80 -j REDIRECT --to-ports 15000",
    ]


def test_outbound_ends_with_redirection_after_all_exemptions() -> None:
    rules = _rules(SidecarOptions(egress_ignored_ports=(5432,), ignored_uid=2000, ignored_gid=3000))
    outbound = [rule.removeprefix("-A MESHRIG_OUTBOUND ") for rule in rules if "-A MESHRIG_OUTBOUND" in rule]
    assert outbound[-1] == "-p tcp -j REDIRECT --to-ports 15001"
    exempt = {rule.removesuffix(" -j RETURN") for rule in outbound if rule.endswith("RETURN")}
    assert exempt >= {"-o lo", "-m owner --uid-owner 1337", "-m owner --uid-owner 2000", "-m owner --gid-owner 3000"}
    assert exempt >= {"-p tcp --dport 22", "-p tcp --dport 4566", "-p tcp --dport 5432"}
    assert exempt >= {"-d 172.18.0.0/16", "-d 169.254.169.254/32", "-d 169.254.170.23/32"}


def test_each_family_has_its_own_addresses() -> None:
    four, six = _rules(), _rules(version=6)
    assert not [rule for rule in four if "fd00" in rule]
    assert not [rule for rule in six if "169.254" in rule or "127.0.0.0" in rule]
    assert any("-d fd00:ec2::23/128 -j RETURN" in rule for rule in six)


def test_the_container_may_change_the_network_and_nothing_else() -> None:
    security = build_redirect_container(plan_redirection(SidecarOptions(), (), ()), "image")["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]}
    assert (security["runAsUser"], security["readOnlyRootFilesystem"]) == (0, True)
