// Generated from deployments/*.json by `make generate` (scripts/export_abi.py); do not edit.

/** Chain id -> contract -> address; local chains are not among them, each has addresses of its own. */
export const KNOWN_DEPLOYMENTS: Readonly<Record<string, Readonly<Record<string, `0x${string}`>>>> = {};
