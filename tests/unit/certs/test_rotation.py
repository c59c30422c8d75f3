from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meshrig.certs.rotation import IssuedCertificate, plan_rotation, rotation_due

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = st.sampled_from("abcde")


def certificate(begins_hour: int = 0, hours: int = 24) -> IssuedCertificate:
    begin = START + timedelta(hours=begins_hour)
    return IssuedCertificate("chain", "key", begin, begin + timedelta(hours=hours), 1)


def test_it_is_due_at_two_thirds_of_the_lifetime() -> None:
    assert not rotation_due(certificate(), START + timedelta(hours=15, minutes=59))
    assert rotation_due(certificate(), START + timedelta(hours=16))


def test_a_plan_names_the_new_the_due_the_unneeded_and_the_next_time() -> None:
    now = START + timedelta(hours=17)
    current = {"due": certificate(), "fresh": certificate(12), "gone": certificate(12)}
    plan = plan_rotation(["new", "due", "fresh"], current, now)
    assert plan.renew == ("new", "due")
    assert plan.drop == ("gone",)
    assert plan.next_check == START + timedelta(hours=28)


@given(st.lists(NAMES), st.dictionaries(NAMES, st.integers(-48, 0)), st.integers(0, 24))
def test_nothing_is_due_after_a_plan_was_carried_out(names: list[str], ages: dict[str, int], hour: int) -> None:
    now = START + timedelta(hours=hour)
    current = {name: certificate(begins) for name, begins in ages.items()}
    plan = plan_rotation(names, current, now)
    kept = {name: found for name, found in current.items() if name not in plan.drop}
    after = kept | {name: certificate(hour) for name in plan.renew}
    again = plan_rotation(names, after, now)
    assert (again.renew, again.drop) == ((), ())
    assert after.keys() == set(names)
    assert again.next_check is None or again.next_check > now
