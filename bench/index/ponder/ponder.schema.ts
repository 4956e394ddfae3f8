// The tables that the bench's events go to: columns as in the product's adapters/db/tables/projection.py.
import { onchainTable, primaryKey } from "ponder";

export const consents = onchainTable(
  "consents",
  (t) => ({ lane: t.bigint().notNull(), subject: t.hex().notNull(), word: t.bigint().notNull(), block: t.bigint().notNull() }),
  (table) => ({ pk: primaryKey({ columns: [table.lane, table.subject] }) }),
);

export const campaigns = onchainTable("campaigns", (t) => ({
  id: t.hex().primaryKey(),
  advertiser: t.hex().notNull(),
  target: t.bigint().notNull(),
  bid: t.bigint().notNull(),
  funded: t.bigint().notNull(),
  uses: t.bigint().notNull(),
  block: t.bigint().notNull(),
}));

export const recordedUses = onchainTable(
  "recorded_uses",
  (t) => ({
    campaign: t.hex().notNull(),
    useIndex: t.bigint().notNull(),
    subject: t.hex().notNull(),
    category: t.integer().notNull(),
    block: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    txHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.campaign, table.useIndex] }) }),
);

export const attestations = onchainTable(
  "attestations",
  (t) => ({ operator: t.hex().notNull(), subject: t.hex().notNull(), digest: t.hex().notNull(), block: t.bigint().notNull() }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.subject] }) }),
);
