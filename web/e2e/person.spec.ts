import { expect, test, type Page } from '@playwright/test';

import { consentRegistryAbi } from '../src/generated/abi.ts';
import { laneOf } from '../src/chain/consent.ts';
import { connect, fits, look, open, type Language } from './page.ts';
import { allow, contract, node, pay, revokeFor, somebody, stack, tokenAddress } from './stack.ts';
import { giveWallet } from './wallet.ts';

/** What is in force on the chain, whatever the page says. */
async function inForce(subject: `0x${string}`, purpose: number): Promise<boolean> {
  const args = [subject, laneOf(stack.operator, purpose)] as const;
  return (
    (await node.readContract({
      address: contract('ConsentRegistry'),
      abi: consentRegistryAbi,
      functionName: 'inForce',
      args,
    })) !== 0n
  );
}

async function fillGrant(page: Page, words: { purpose: string; interests: string[]; duration: string }): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(`^${words.purpose}`) }).check();
  for (const name of words.interests) await page.getByRole('checkbox', { name, exact: true }).check();
  await page.getByRole('radio', { name: words.duration }).check();
  const [floor, cap] = [page.getByRole('textbox').nth(0), page.getByRole('textbox').nth(1)];
  await floor.fill('0.08');
  await cap.fill('4');
}

test('a person allows something by a free signature and ends it in one click @fast', async ({ page }, info) => {
  const person = await somebody();
  await giveWallet(page, person.key);
  await open(page);
  await look(page, info, 'hello');
  await connect(page);
  await expect(page.getByText('Nobody may use anything now.')).toBeVisible();
  await page.getByRole('link', { name: 'Allow something' }).click();
  await expect(page.getByRole('button', { name: 'Sign for free' })).toBeDisabled();
  await expect(
    page.getByText('Still open: what for, which interests, how long, the least price, and the daily limit.'),
  ).toBeVisible();
  await fillGrant(page, { purpose: 'Advertising', interests: ['Travel', 'Cooking'], duration: '30 days' });
  await expect(page.getByText(/may use my signals about Travel and Cooking for this: Advertising\./)).toBeVisible();
  await look(page, info, 'grant');
  await page.getByRole('button', { name: 'Sign for free' }).click();
  await expect(page.getByText('Nothing. The service sends it for you and pays the network fee.')).toBeVisible();
  await look(page, info, 'grant-dialog');
  await page.getByRole('button', { name: 'Sign in the wallet' }).click();
  await expect(page.getByText(/^In effect since block \d+\.$/)).toBeVisible();
  expect(await inForce(person.address, 1)).toBe(true);
  await page.getByRole('button', { name: 'Done' }).click();

  await page.getByRole('link', { name: 'To your statement' }).click();
  await expect(page.getByText('One consent counts now.')).toBeVisible();
  await page.getByRole('button', { name: /^Revoke: Advertising/ }).click();
  await page.getByRole('button', { name: 'Sign in the wallet' }).click();
  await expect(page.getByText('Revoked. From that block on nothing may be used for this.')).toBeVisible();
  expect(await inForce(person.address, 1)).toBe(false);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText(/^Revoked in block \d+$/)).toBeVisible();
  await expect(page.getByText('Nobody may use anything now.')).toBeVisible();
});

for (const language of ['en', 'de'] as const satisfies Language[]) {
  test(`a statement says everything on one screen, in ${language}`, async ({ page }, info) => {
    const person = await somebody();
    await allow(person);
    await allow(person, { purpose: 4, bits: [1, 15], cap: 1, days: 30 });
    await allow(person, { purpose: 2, bits: [5, 6, 7] });
    await revokeFor(person, 2);
    await pay(person);
    await giveWallet(page, person.key);
    await open(page, '/', language);
    await look(page, info, 'hello');
    await connect(page);
    // Three uses at 0.12, of which 70 % are the person's.
    const sum = language === 'en' ? '0.252' : '0,252';
    await expect(page.locator('.statement-head .figure').first()).toHaveText(`${sum}\u00a0tUSD`);
    await expect(page.locator('.consents:not(.ended) > li')).toHaveCount(2);
    await expect(page.locator('.consents.ended > li')).toHaveCount(1);
    await fits(page);
    await look(page, info, 'statement');
    await page.emulateMedia({ colorScheme: 'dark' });
    await look(page, info, 'statement-dark');
    await page.getByRole('link', { name: language === 'en' ? 'Allow something' : 'Etwas erlauben' }).click();
    await expect(page.locator('#allow')).toBeVisible();
    await fits(page);
    await look(page, info, 'grant-empty');
  });
}

test('an own transaction tells its fee before, and revoking everything ends all consents', async ({ page }, info) => {
  const person = await somebody();
  await allow(person, { purpose: 2 });
  await giveWallet(page, person.key);
  await open(page, '/allow', 'de');
  await connect(page);
  await fillGrant(page, { purpose: 'Werbung', interests: ['Reisen'], duration: '1 Jahr' });
  await page.getByRole('button', { name: 'Selbst senden' }).click();
  await expect(page.getByText(/^Eine Netzgebühr von etwa .*ETH, die Ihre Wallet zahlt/)).toBeVisible();
  await page.getByRole('button', { name: 'Weiter in der Wallet' }).click();
  await expect(page.getByText(/^Gilt seit Block/)).toBeVisible();
  expect(await inForce(person.address, 1)).toBe(true);
  await page.getByRole('button', { name: 'Fertig' }).click();
  await page.getByRole('link', { name: 'Zu Ihrem Auszug' }).click();
  await page.getByRole('button', { name: 'Alles widerrufen' }).click();
  await look(page, info, 'revoke-all');
  await page.getByRole('button', { name: 'Weiter in der Wallet' }).click();
  await expect(page.getByText('Alles ist widerrufen.')).toBeVisible();
  expect([await inForce(person.address, 1), await inForce(person.address, 2)]).toEqual([false, false]);
  await page.getByRole('button', { name: 'Fertig' }).click();
  await expect(page.getByText(/^Mit allem anderen beendet am/)).toHaveCount(2);
});

test('what was earned is paid out to an address of the person’s choosing', async ({ page }, info) => {
  const [person, other] = [await somebody(), await somebody()];
  await allow(person);
  await pay(person);
  await giveWallet(page, person.key);
  await open(page);
  await connect(page);
  await page.getByRole('button', { name: 'Pay out' }).click();
  await page.getByRole('radio', { name: 'To another address' }).check();
  await page.getByRole('textbox', { name: 'To another address' }).fill('0x12');
  await page.getByRole('dialog').getByRole('button', { name: 'Pay out' }).click();
  await expect(page.getByText('This is not an address: 0x and 40 digits.')).toBeVisible();
  await look(page, info, 'withdraw');
  const token = {
    address: await tokenAddress(),
    abi: [
      {
        type: 'function',
        name: 'balanceOf',
        stateMutability: 'view',
        inputs: [{ type: 'address' }],
        outputs: [{ type: 'uint256' }],
      },
    ],
    functionName: 'balanceOf',
    args: [other.address],
  } as const;
  const before = await node.readContract(token);
  await page.getByRole('textbox', { name: 'To another address' }).fill(other.address);
  await page.getByRole('dialog').getByRole('button', { name: 'Pay out' }).click();
  await page.getByRole('button', { name: 'Continue in the wallet' }).click();
  await expect(page.getByText(/^0\.252\stUSD were paid to/)).toBeVisible();
  expect((await node.readContract(token)) - before).toBe(252_000n);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('button', { name: 'Nothing to pay out now' })).toBeDisabled();
});
