"""SignalMarket.setRecipientKey: the key that an advertiser's shares are sealed to."""

import pytest

from tests.contracts.support import assert_event, assert_reverts, error

pytestmark = pytest.mark.parametrize("token", ["6 decimals"], indirect=True)


KEY = "0x" + "5e" * 32
NONE = "0x" + "00" * 32


def test_advertiser_names_its_own_key_and_changes_it(market, advertiser, stranger):
    assert market.recipientKeyOf(advertiser) == NONE
    transaction = market.setRecipientKey(KEY, {"from": advertiser})
    assert_event(transaction, "RecipientKeySet", advertiser=advertiser, key=KEY)
    assert market.recipientKeyOf(advertiser) == KEY
    assert market.recipientKeyOf(stranger) == NONE
    market.setRecipientKey("0x" + "5f" * 32, {"from": advertiser})
    market.setRecipientKey(KEY, {"from": stranger})
    assert market.recipientKeyOf(advertiser) == "0x" + "5f" * 32


def test_zero_key_is_refused(market, advertiser):
    assert_reverts(error("EmptyRecipientKey"), market.setRecipientKey, NONE, sender=advertiser)
