import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useConfig } from 'wagmi';

import type { Address } from '../chain/consent.ts';
import { problemOf } from '../chain/problems.ts';
import type { Action } from './action.ts';
import { mined, prepare, send, watch, type Progress } from './run.ts';

/** Prepares at once; `go` is what the person's click does, `retry` starts over. */
export function useAction(action: Action, account: Address) {
  const config = useConfig();
  const queries = useQueryClient();
  const [progress, setProgress] = useState<Progress>({ at: 'preparing' });
  const [attempt, setAttempt] = useState(0);
  // One object per attempt and action: what an earlier one still tells is not listened to.
  const turn = useRef({});

  useEffect(() => {
    const mine = (turn.current = {});
    const tell = (next: Progress) => {
      if (turn.current === mine) setProgress(next);
    };
    tell({ at: 'preparing' });
    prepare(config, action, account).then(
      (cost) => {
        tell({ at: 'ready', cost });
      },
      (error: unknown) => {
        tell({ at: 'failed', problem: problemOf(error) });
      },
    );
    return () => {
      turn.current = {};
    };
  }, [config, action, account, attempt]);

  const go = useCallback(async () => {
    const mine = turn.current;
    const stopped = () => turn.current !== mine;
    const tell = (next: Progress) => {
      if (!stopped()) setProgress(next);
    };
    try {
      const hash = await send(config, action, account, tell);
      tell({ at: 'sent', hash });
      const receipt = await mined(config, hash);
      tell({ at: 'mined', receipt, final: false });
      void queries.invalidateQueries();
      await watch(config, receipt, tell, stopped);
      void queries.invalidateQueries();
    } catch (error) {
      tell({ at: 'failed', problem: problemOf(error) });
    }
  }, [config, action, account, queries]);

  const retry = useCallback(() => {
    setAttempt((count) => count + 1);
  }, []);
  return { progress, go, retry };
}
