// What each event makes of the tables, as the product's domain/projection says it.
import { ponder } from "ponder:registry";
import { attestations, campaigns, consents, recordedUses } from "ponder:schema";

const MASK_160 = (1n << 160n) - 1n;

ponder.on("ConsentRegistry:Granted", async ({ event, context }) => {
  const { subject, lane, consent } = event.args;
  const row = { word: consent, block: event.block.number };
  await context.db.insert(consents).values({ lane, subject, ...row }).onConflictDoUpdate(row);
});

ponder.on("ProfileRegistry:Attested", async ({ event, context }) => {
  const { subject, operator, digest } = event.args;
  const row = { digest, block: event.block.number };
  await context.db.insert(attestations).values({ operator, subject, ...row }).onConflictDoUpdate(row);
});

ponder.on("SignalMarket:CampaignOpened", async ({ event, context }) => {
  const { id, advertiser, target, bid, amount } = event.args;
  await context.db
    .insert(campaigns)
    .values({ id, advertiser, target, bid, funded: amount, uses: 0n, block: event.block.number });
});

ponder.on("SignalMarket:UseRecorded", async ({ event, context }) => {
  const { campaign, use } = event.args;
  const useIndex = use >> 168n;
  await context.db.insert(recordedUses).values({
    campaign,
    useIndex,
    subject: `0x${(use & MASK_160).toString(16).padStart(40, "0")}`,
    category: Number((use >> 160n) & 0xffn),
    block: event.block.number,
    timestamp: event.block.timestamp,
    txHash: event.transaction.hash,
  });
  await context.db.update(campaigns, { id: campaign }).set({ uses: useIndex + 1n, block: event.block.number });
});
