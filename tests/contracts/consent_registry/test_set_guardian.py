"""ConsentRegistry.setGuardian: who would approve, if the sender were a minor."""

from tests.contracts.support import ZERO, assert_event, assert_reverts, error, plain


def test_anyone_names_its_own_guardian_and_nobody_again(consents, alice, bob, guardian):
    transaction = consents.setGuardian(guardian, {"from": alice})
    assert_event(transaction, "GuardianSet", subject=alice, minor=False, guardian=guardian, by=alice)
    assert plain(consents.subjectState(alice)) == plain((0, False, guardian))
    assert plain(consents.subjectState(bob)) == plain((0, False, ZERO))
    consents.setGuardian(ZERO, {"from": alice})
    assert plain(consents.subjectState(alice)) == plain((0, False, ZERO))


def test_naming_one_ends_no_consent(consents, alice, guardian, lane, granted):
    consents.setGuardian(guardian, {"from": alice})
    assert consents.inForce(alice, lane) == granted.word


def test_nobody_is_their_own_guardian(consents, alice):
    assert_reverts(error("OwnGuardian", alice), consents.setGuardian, alice, sender=alice)


def test_minor_does_not_choose(consents, minor, guardian, bob):
    assert_reverts(error("MinorCannotChoose", minor), consents.setGuardian, bob, sender=minor)
    assert_reverts(error("MinorCannotChoose", minor), consents.setGuardian, ZERO, sender=minor)
    assert consents.subjectState(minor)[2] == guardian
