import { expect, test } from '@playwright/test';

import { connect, look, open } from './page.ts';
import { allow, node, somebody, stack } from './stack.ts';
import { giveWallet } from './wallet.ts';

test('a signature that is declined changes nothing and can be tried again', async ({ page }, info) => {
  const person = await somebody();
  await allow(person);
  const wallet = await giveWallet(page, person.key);
  await open(page);
  await connect(page);
  await page.getByRole('button', { name: /^Revoke: Advertising/ }).click();
  wallet.reject = true;
  await page.getByRole('button', { name: 'Sign in the wallet' }).click();
  await expect(page.getByRole('alert')).toContainText(
    'You declined in your wallet. Nothing was sent and nothing changed.',
  );
  await look(page, info, 'declined');
  wallet.reject = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Sign in the wallet' }).click();
  await expect(page.getByText('Revoked. From that block on')).toBeVisible();
});

test('a locked wallet is told as what it is', async ({ page }) => {
  const person = await somebody();
  await allow(person);
  const wallet = await giveWallet(page, person.key);
  await open(page);
  await connect(page);
  await page.getByRole('button', { name: /^Revoke: Advertising/ }).click();
  wallet.locked = true;
  await page.getByRole('button', { name: 'Sign in the wallet' }).click();
  await expect(page.getByRole('alert')).toContainText('Your wallet is locked');
});

test('a wallet on another network is offered to change', async ({ page }, info) => {
  const person = await somebody();
  await giveWallet(page, person.key, { chainId: 1 });
  await open(page);
  await connect(page);
  await expect(page.getByRole('alert')).toContainText('Your wallet is on another network');
  await look(page, info, 'wrong-network');
  await page.getByRole('button', { name: 'Change to Local test chain' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a chain that stops answering is told, with how old what is shown is', async ({ page }) => {
  const person = await somebody();
  await giveWallet(page, person.key);
  await open(page);
  await connect(page);
  await expect(page.getByText('Nobody may use anything now.')).toBeVisible();
  await page.route(`${stack.rpc}/**`, (route) => route.abort('connectionrefused'));
  await expect(page.getByRole('alert')).toContainText('The chain does not answer');
  await expect(page.getByText('Nobody may use anything now.')).toBeVisible();
  await page.unroute(`${stack.rpc}/**`);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a service that does not answer says so, and comes back', async ({ page }, info) => {
  await page.route('**/v1/operator', (route) => route.abort('connectionrefused'));
  await open(page);
  await expect(page.getByRole('heading', { name: 'The service does not answer' })).toBeVisible();
  await look(page, info, 'unreachable');
  await page.unroute('**/v1/operator');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: /^Your chats say what you like/ })).toBeVisible();
});

test('somebody without ether is told before the wallet is asked', async ({ page }) => {
  const person = await somebody();
  await allow(person);
  await node.setBalance({ address: person.address, value: 1n });
  await giveWallet(page, person.key);
  await open(page);
  await connect(page);
  await page.getByRole('button', { name: 'Revoke everything' }).click();
  await expect(page.getByRole('alert')).toContainText('has not enough ether for the network fee');
});

test('a block that the chain takes back is told', async ({ page }, info) => {
  const person = await somebody();
  await allow(person);
  await giveWallet(page, person.key);
  await open(page);
  await connect(page);
  await page.getByRole('button', { name: 'Revoke everything' }).click();
  await page.getByRole('button', { name: 'Continue in the wallet' }).click();
  await expect(page.getByText('Everything is revoked.')).toBeVisible();
  await node.request({ method: 'anvil_reorg', params: [1, []] } as never);
  await expect(page.getByRole('alert')).toContainText('The chain took that block back.');
  await look(page, info, 'taken-back');
});

test('an address that leads nowhere says so', async ({ page }) => {
  await open(page, '/nowhere');
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
});
