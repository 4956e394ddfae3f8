/** The backend's API, typed from its OpenAPI document; what it refuses is thrown as `ServiceProblem`. */
import createClient, { type Client } from 'openapi-fetch';

import type { paths } from '../generated/api.ts';
import { ServiceProblem } from '../chain/problems.ts';

const PATIENCE = 60_000;

export type Api = Client<paths>;

export function apiOf(backend: string): Api {
  return createClient<paths>({
    baseUrl: backend || location.origin,
    fetch: (request) => fetch(request, { signal: AbortSignal.timeout(PATIENCE) }),
  });
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** What it answered, or `ServiceProblem` with its code. */
export async function answered<T>(request: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await request;
  if (response.ok && data !== undefined) return data;
  const problem = (error ?? {}) as { code?: string; detail?: string; remedy?: string };
  const detail = typeof problem.detail === 'string' ? problem.detail : response.statusText;
  throw new ServiceProblem(response.status, problem.code ?? `http-${response.status}`, detail, problem.remedy ?? '');
}
