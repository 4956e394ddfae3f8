import { useState } from 'react';
import { Link } from 'wouter';

import { useSite } from '../app/context.ts';
import { revokeAll } from '../chain/actions/revokeAll.ts';
import type { Address } from '../chain/consent.ts';
import { problemOf } from '../chain/problems.ts';
import type { Statement } from '../chain/statement.ts';
import { useI18n } from '../i18n/index.tsx';
import type { Action } from '../tx/action.ts';
import { Ask } from '../tx/Ask.tsx';
import { Guilloche } from '../ui/Guilloche.tsx';
import { Notice, ProblemNotice } from '../ui/Notice.tsx';
import { ConsentCard } from './ConsentCard.tsx';
import { MoneySection } from './MoneySection.tsx';
import { RevokeDialog } from './RevokeDialog.tsx';
import { useStatement } from './useStatement.ts';

export function StatementPage({ subject }: { subject: Address }) {
  const { t } = useI18n();
  const { data, error } = useStatement(subject);
  if (data) return <StatementView statement={data} />;
  if (error) return <ProblemNotice problem={problemOf(error)} />;
  return (
    <p className="waiting" role="status">
      {t('app.loading')}
    </p>
  );
}

function StatementView({ statement }: { statement: Statement }) {
  const site = useSite();
  const i18n = useI18n();
  const { t } = i18n;
  const [action, setAction] = useState<Action>();
  // Here and not in the card: the card goes to another list while the dialog still tells what happened.
  const [revoking, setRevoking] = useState<bigint>();
  const { subject, consents, head } = statement;
  const live = consents.filter(({ state }) => ['counts', 'waiting', 'not-for-minors'].includes(state));
  const ended = consents.filter((row) => !live.includes(row));
  return (
    <article className="sheet" aria-labelledby="statement">
      <Guilloche />
      <StatementHead statement={statement} />
      <div className="acts">
        <Link href="/allow" className="button main">
          {t('statement.allow')}
        </Link>
        <button
          type="button"
          className="stop"
          disabled={live.length === 0}
          onClick={() => {
            setAction(revokeAll(site, i18n));
          }}
        >
          {t('statement.revoke-all')}
        </button>
      </div>
      {statement.minor && (
        <Notice tone="plain">
          <p>{t('statement.minor', { guardian: statement.guardian })}</p>
        </Notice>
      )}
      {statement.onlyHere && (
        <Notice tone="plain">
          <p>{t('statement.only-here')}</p>
        </Notice>
      )}
      <section aria-labelledby="current">
        <h2 id="current">{t('statement.current')}</h2>
        {live.length === 0 && <p className="empty">{t('statement.empty')}</p>}
        <ul className="consents">
          {live.map((row) => (
            <ConsentCard
              key={String(row.lane)}
              row={row}
              statement={statement}
              now={head.time}
              onRevoke={setRevoking}
            />
          ))}
        </ul>
      </section>
      <MoneySection statement={statement} />
      {ended.length > 0 && (
        <section aria-labelledby="ended">
          <h2 id="ended">{t('statement.ended')}</h2>
          <ul className="consents ended">
            {ended.map((row) => (
              <ConsentCard
                key={String(row.lane)}
                row={row}
                statement={statement}
                now={head.time}
                onRevoke={setRevoking}
              />
            ))}
          </ul>
        </section>
      )}
      {revoking !== undefined && (
        <RevokeDialog
          lane={revoking}
          subject={subject}
          onClose={() => {
            setRevoking(undefined);
          }}
        />
      )}
      {action && (
        <Ask
          action={action}
          account={subject}
          onClose={() => {
            setAction(undefined);
          }}
        />
      )}
    </article>
  );
}

function StatementHead({ statement }: { statement: Statement }) {
  const { t, count, money, dateTime } = useI18n();
  const { subject, head, consents, credits } = statement;
  const counting = consents.filter(({ state }) => state === 'counts').length;
  const earned = credits.reduce((sum, credit) => sum + credit.earned, 0n);
  const open = credits.reduce((sum, credit) => sum + credit.earned - credit.claimed, 0n);
  return (
    <header className="statement-head">
      <h1 id="statement">{t('statement.title')}</h1>
      <p className="summary">{counting === 0 ? t('statement.summary.none') : count('statement.summary', counting)}</p>
      <dl className="facts">
        <div className="wide">
          <dt>{t('statement.account')}</dt>
          <dd>
            <code className="address">{subject}</code>
          </dd>
        </div>
        <div>
          <dt>{t('statement.as-of')}</dt>
          <dd>
            {dateTime(head.time)} <span className="small">{t('statement.block', { block: head.number })}</span>
          </dd>
        </div>
        <div className="sum">
          <dt>{t('statement.earned')}</dt>
          <dd className="figure">{money(earned)}</dd>
        </div>
        <div className="sum">
          <dt>{t('statement.balance')}</dt>
          <dd className="figure">{money(open)}</dd>
        </div>
      </dl>
    </header>
  );
}
