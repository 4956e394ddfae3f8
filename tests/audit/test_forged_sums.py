"""Epochs whose uses are right and whose sums, totals, root or log are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from fairsignal.audit.report import Verdict
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.log_parts import read_directory
from fairsignal.domain.merkle import MerkleTree, pack_leaf
from tests.audit.scene import PRICE, Draft, Epoch, Scene, rules, use

SHARE = 35_001


@dataclass
class Epochs:
    """Two people with one use each in a first, honest epoch, and one each in a second."""

    scene: Scene
    terms: CampaignTerms
    anna: bytes
    ben: bytes
    first: Epoch
    draft: Draft
    said: list[Any] = field(default_factory=list)

    async def found(self, epoch: int | None = 2) -> list[str]:
        report = await self.scene.audit(epoch)
        self.said = [finding for section in report.sections for finding in section.findings]
        return rules(report)


@pytest.fixture
async def epochs(scene: Scene) -> Epochs:
    anna, ben = sorted([await scene.person(), await scene.person()])
    terms = await scene.campaign()
    block = await scene.node.mine()
    uses = {anna: [use(block)], ben: [use(block)]}
    first = await scene.settle(scene.draft([terms], uses, await scene.node.mine()))
    block = await scene.node.mine()
    draft = scene.draft([terms], {anna: [use(block)], ben: [use(block)]}, await scene.node.mine(), first)
    return Epochs(scene, terms, anna, ben, first, draft)


async def test_untouched_it_is_honest(epochs: Epochs) -> None:
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == []


async def test_a_share_given_to_somebody_else_is_named_for_both(epochs: Epochs) -> None:
    epochs.draft.totals[epochs.anna] -= 1_000
    epochs.draft.totals[epochs.ben] += 1_000
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["wrong-share", "wrong-share"]
    assert [finding.subject for finding in epochs.said] == [epochs.anna, epochs.ben]
    assert f"{2 * SHARE - 1_000} base units; earlier totals and this epoch's uses come to {2 * SHARE}" in (
        epochs.said[0].evidence
    )


async def test_more_than_the_share_for_people_is_still_not_the_rule(epochs: Epochs) -> None:
    """The contract lets any split pass that gives people at least 70 %."""
    epochs.draft.totals[epochs.anna] += 500
    await epochs.scene.settle(epochs.draft)
    assert sorted(await epochs.found()) == ["wrong-share", "wrong-total"]


async def test_a_person_who_is_left_out_is_named(epochs: Epochs) -> None:
    """Somebody of the first epoch, without uses in the second: the operator gives its total to another."""
    chloe = epochs.ben
    del epochs.draft.uses[chloe]
    epochs.draft.debits = [PRICE]
    gone = epochs.draft.totals.pop(chloe) - SHARE
    epochs.draft.totals[epochs.anna] += gone
    epochs.draft.days[chloe, 1] -= 1
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["wrong-share", "wrong-share"]
    assert {finding.subject for finding in epochs.said} == {epochs.anna, chloe}


async def test_previous_totals_that_were_altered_are_named(epochs: Epochs) -> None:
    """The second epoch hands over books that are not those of the first: their root is on chain."""
    leaves = [(epochs.anna, SHARE - 9), (epochs.ben, SHARE + 9)]
    forged = Draft(**{**vars(epochs.first.draft), "totals": dict(leaves)})
    other = await epochs.scene.publish(forged)
    # The directories of the first epoch, as its digest names them, now lead to other parts.
    for real, false in zip(epochs.first.index.total_directories, other.index.total_directories, strict=True):
        held = epochs.scene.blobs.held
        held[cid_of_digest(real)] = held[cid_of_digest(false)]
    await epochs.scene.settle(epochs.draft)
    found = await epochs.found()
    assert found == ["log-altered"], epochs.said
    assert "the totals that epoch 1 ended with" in epochs.said[0].evidence


async def test_a_previous_log_that_was_settled_with_another_root_is_named(scene: Scene) -> None:
    """Keepers signed a root that is not that of the log's totals: the epoch after it finds out, too."""
    anna, ben = sorted([await scene.person(), await scene.person()])
    terms = await scene.campaign()
    draft = scene.draft([terms], {anna: [use(await scene.node.mine())]}, await scene.node.mine())
    false = MerkleTree.build(pack_leaf(ben, SHARE)).root
    draft.settled = {"root": false}
    first = await scene.settle(draft)
    assert rules(await scene.audit(1)) == ["not-as-settled"]
    second = scene.draft([terms], {anna: [use(await scene.node.mine())]}, await scene.node.mine(), first)
    await scene.settle(second)
    assert rules(await scene.audit(2)) == ["wrong-root"]


async def test_a_root_that_is_not_that_of_the_totals_is_named(epochs: Epochs) -> None:
    epochs.draft.root = b"\x11" * 32
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["wrong-root"]


async def test_a_total_that_does_not_add_up_is_named(epochs: Epochs) -> None:
    """The operator claims a larger sum for people than the leaves have: money that nobody can ever claim."""
    epochs.draft.total = 4 * SHARE + 7
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["wrong-total", "wrong-total"]
    assert [
        f"the new total is {4 * SHARE + 7}" in f.evidence or f"{4 * SHARE + 7} was settled" in f.evidence
        for f in epochs.said
    ] == [True, True]


async def test_a_campaign_that_was_charged_too_much_is_named(epochs: Epochs) -> None:
    epochs.draft.debits = [3 * PRICE]
    epochs.draft.totals[epochs.anna] += SHARE  # or the contract would refuse the split
    await epochs.scene.settle(epochs.draft)
    found = await epochs.found()
    assert sorted(found) == ["wrong-debit", "wrong-gross", "wrong-share", "wrong-total"]
    assert next(f.campaign for f in epochs.said if f.rule == "wrong-debit") == epochs.terms.id


async def test_debits_on_chain_that_are_not_those_of_the_log_are_named(epochs: Epochs) -> None:
    other = await epochs.scene.campaign()
    debits = other.id[:20] + (2 * PRICE).to_bytes(12)
    epochs.draft.settled = {"debits": debits}
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["not-as-settled"]
    assert "debits that the settling transaction named" in epochs.said[0].evidence


async def test_a_count_of_the_day_that_hides_uses_is_named(epochs: Epochs) -> None:
    epochs.draft.days[epochs.anna, 1] = 1
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["wrong-day-count"]


async def test_a_log_that_names_another_one_before_it_is_named(epochs: Epochs) -> None:
    epochs.draft.previous_digest = b"\x22" * 32
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["wrong-previous-log"]


async def test_a_gap_between_epochs_is_named(epochs: Epochs) -> None:
    epochs.draft.from_block += 1
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["wrong-block-range"]


async def test_a_digest_on_chain_of_no_log_is_named(epochs: Epochs) -> None:
    epochs.draft.settled = {"log_digest": b"\x33" * 32}
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["log-missing"]
    assert cid_of_digest(b"\x33" * 32) in epochs.said[0].evidence


def use_part(scene: Scene, epoch: Epoch) -> tuple[str, bytes]:
    """(CID, bytes) of the only part with uses."""
    directory = scene.blobs.held[cid_of_digest(epoch.index.use_directories[0])]
    cid = cid_of_digest(read_directory(directory)[0].digest)
    return cid, scene.blobs.held[cid]


async def test_changed_bytes_of_a_part_are_named(epochs: Epochs) -> None:
    second = await epochs.scene.settle(epochs.draft)
    cid, data = use_part(epochs.scene, second)
    epochs.scene.blobs.held[cid] = data[:-1] + bytes((data[-1] ^ 1,))
    assert await epochs.found() == ["log-altered"]
    assert "part 0 of the uses" in epochs.said[0].evidence
    assert cid in epochs.said[0].evidence


async def test_a_part_of_another_epoch_in_its_place_is_named(epochs: Epochs) -> None:
    second = await epochs.scene.settle(epochs.draft)
    cid, _ = use_part(epochs.scene, second)
    _, of_first = use_part(epochs.scene, epochs.first)
    epochs.scene.blobs.held[cid] = of_first
    assert await epochs.found() == ["log-altered"]


async def test_a_missing_part_is_named(epochs: Epochs) -> None:
    second = await epochs.scene.settle(epochs.draft)
    cid, _ = use_part(epochs.scene, second)
    del epochs.scene.blobs.held[cid]
    assert await epochs.found() == ["log-missing"]
    assert cid in epochs.said[0].evidence


async def test_a_changed_index_is_named(epochs: Epochs) -> None:
    second = await epochs.scene.settle(epochs.draft)
    epochs.scene.blobs.held[cid_of_digest(second.digest)] = second.index.encode() + b" "
    assert await epochs.found() == ["log-altered"]


async def test_another_log_key_than_the_keepers_is_named(epochs: Epochs) -> None:
    """With it, an operator could show auditors another log than keepers: the index commits to one."""
    epochs.draft.sealed_key = b"\x44" * 32
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["log-key-does-not-open"]
    assert "not the one that the log's index commits to" in epochs.said[0].evidence


async def test_another_key_of_the_last_epochs_books_is_named(epochs: Epochs) -> None:
    epochs.draft.handed_on = b"\x44" * 32
    await epochs.scene.settle(epochs.draft)
    assert await epochs.found() == ["wrong-previous-log"]
    assert "not the one that its own log commits to" in epochs.said[0].evidence


async def test_without_a_key_all_that_is_public_is_checked_and_the_rest_is_said(epochs: Epochs) -> None:
    await epochs.scene.settle(epochs.draft)
    report = await epochs.scene.audit(key=None)
    assert report.verdict is Verdict.HONEST
    (gap,) = report.epochs[1].not_checked
    assert (gap.what.split(",")[0], gap.asked) == ("the 2 uses themselves", False)
    assert not report.epochs[1].opened
    assert "root, total and gross of the log as settled" in report.epochs[1].checked


async def test_without_a_key_debits_beside_the_log_are_named_all_the_same(epochs: Epochs) -> None:
    epochs.draft.settled = {"total": 4 * SHARE + 1}
    await epochs.scene.settle(epochs.draft)
    assert rules(await epochs.scene.audit(2, key=None)) == ["not-as-settled"]


async def test_a_log_that_is_not_sealed_to_the_auditor_cannot_be_checked(epochs: Epochs) -> None:
    await epochs.scene.settle(epochs.draft)
    report = await epochs.scene.audit(2, key=b"\x07" * 32)
    assert report.verdict is Verdict.INCOMPLETE
    assert "not sealed to this auditor's key" in report.epochs[0].not_checked[0].why
