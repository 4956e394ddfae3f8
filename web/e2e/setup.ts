/** Starts one stack for all browser tests and stops it at the end; its addresses come through the environment. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE = 180_000;

export default async function setup(): Promise<() => Promise<void>> {
  const child = spawn(`${ROOT}/.venv/bin/python`, [`${ROOT}/web/e2e/stack.py`], {
    cwd: ROOT,
    env: { ...process.env, PYTHONPATH: `${ROOT}/backend` },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const line = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('the local stack did not start'));
    }, PATIENCE);
    // Log lines come first.
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!text.startsWith('{"url"')) return;
      clearTimeout(timer);
      resolve(text);
    });
    child.once('exit', (code) => {
      reject(new Error(`the local stack ended with exit code ${code ?? 'none'}`));
    });
  });
  process.env['FAIRSIGNAL_WEB_STACK'] = line;
  return async () => {
    child.stdin.end();
    await ended;
  };
}
