import type { ReactNode } from 'react';

import type { Problem } from '../chain/problems.ts';
import { useI18n } from '../i18n/index.tsx';

interface Props {
  readonly tone: 'good' | 'bad' | 'plain';
  readonly title?: string;
  readonly children: ReactNode;
}

/** Something the page says by itself: screen readers speak it. */
export function Notice({ tone, title, children }: Props) {
  return (
    <div className={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {title !== undefined && <p className="notice-title">{title}</p>}
      {children}
    </div>
  );
}

/** A problem in a sentence; the machine's own words only for those who open them. */
export function ProblemNotice({ problem, children }: { problem: Problem; children?: ReactNode }) {
  const { t, problem: say } = useI18n();
  return (
    <Notice tone="bad" title={t('problem.title')}>
      <p>{say(problem)}</p>
      {problem.detail !== '' && (
        <details>
          <summary>{t('app.details')}</summary>
          <code className="machine">{problem.detail}</code>
        </details>
      )}
      {children}
    </Notice>
  );
}
