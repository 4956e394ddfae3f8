import { useMemo, useState } from 'react';
import { getAddress, isAddress, isAddressEqual } from 'viem';
import { useConfig, useConnection } from 'wagmi';
import { Link, useParams } from 'wouter';

import { apiOf } from '../api/client.ts';
import { useSite } from '../app/context.ts';
import { grant, sentenceOf } from '../chain/actions/grant.ts';
import { grantSigned } from '../chain/actions/grantSigned.ts';
import { PURPOSES, type Address, type Purpose } from '../chain/consent.ts';
import { clientOf } from '../chain/head.ts';
import { problemOf } from '../chain/problems.ts';
import type { Statement } from '../chain/statement.ts';
import { useI18n } from '../i18n/index.tsx';
import type { Action } from '../tx/action.ts';
import { Ask } from '../tx/Ask.tsx';
import { ProblemNotice } from '../ui/Notice.tsx';
import { draftOf, EMPTY, termsOf, type Draft } from './grantDraft.ts';
import { Amounts, Duration, Interests, PurposeChoice } from './GrantFields.tsx';
import { Hello } from './Hello.tsx';
import { useStatement } from './useStatement.ts';

/** `/allow` starts empty; `/allow/<operator>/<purpose>` starts with what is allowed there now. */
export default function GrantPage() {
  const { address } = useConnection();
  return address ? <Loaded subject={address} /> : <Hello />;
}

function Loaded({ subject }: { subject: Address }) {
  const { t } = useI18n();
  const { data, error } = useStatement(subject);
  if (data) return <GrantForm statement={data} />;
  if (error) return <ProblemNotice problem={problemOf(error)} />;
  return (
    <p className="waiting" role="status">
      {t('app.loading')}
    </p>
  );
}

function GrantForm({ statement }: { statement: Statement }) {
  const site = useSite();
  const i18n = useI18n();
  const { t, list } = i18n;
  const client = clientOf(useConfig());
  const params = useParams<{ operator?: string; purpose?: string }>();
  const operator =
    params.operator && isAddress(params.operator, { strict: false }) ? getAddress(params.operator) : site.operator;
  const here = isAddressEqual(operator, site.operator);
  const [initial] = useState(() => existing(statement, operator, Number(params.purpose)));
  const [draft, setDraft] = useState<Draft>(initial ?? EMPTY);
  const [action, setAction] = useState<Action>();
  const change = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const terms = useMemo(() => termsOf(draft, operator, statement.head.time), [draft, operator, statement.head.time]);
  const open = 'operator' in terms ? undefined : terms;
  const ask = (way: 'own' | 'signed') => {
    if (!('operator' in terms)) return;
    const { subject } = statement;
    setAction(
      way === 'own' ? grant(site, i18n, terms) : grantSigned(site, i18n, client, apiOf(site.backend), subject, terms),
    );
  };
  return (
    <article className="sheet form" aria-labelledby="allow">
      <p className="back">
        <Link href="/">← {t('app.home')}</Link>
      </p>
      <h1 id="allow">{t(initial ? 'grant.title.change' : 'grant.title')}</h1>
      <p className="lead">{t('grant.lead', { operator, role: t('consent.this-service') })}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        <PurposeChoice draft={draft} change={change} fixed={initial !== undefined} />
        <Interests draft={draft} change={change} />
        <Duration draft={draft} change={change} now={statement.head.time} />
        <Amounts draft={draft} change={change} />
        <section className="summary-box" aria-labelledby="summary">
          <h2 id="summary">{t('grant.summary')}</h2>
          <p aria-live="polite" className="sentence">
            {'operator' in terms
              ? sentenceOf(i18n, terms)
              : t('grant.missing', { missing: list(terms.map((field) => t(`grant.missing.${field}`))) })}
          </p>
        </section>
        <section aria-labelledby="ways">
          <h2 id="ways">{t('grant.way')}</h2>
          <div className="ways">
            <div>
              <h3>{t('grant.way.signed.title')}</h3>
              <p>{t(here ? 'grant.way.signed.body' : 'grant.way.elsewhere')}</p>
              <button
                type="button"
                className="main"
                disabled={open !== undefined || !here}
                onClick={() => {
                  ask('signed');
                }}
              >
                {t('grant.way.signed.go')}
              </button>
            </div>
            <div>
              <h3>{t('grant.way.own.title')}</h3>
              <p>{t('grant.way.own.body')}</p>
              <button
                type="button"
                disabled={open !== undefined}
                onClick={() => {
                  ask('own');
                }}
              >
                {t('grant.way.own.go')}
              </button>
            </div>
          </div>
        </section>
      </form>
      {action && (
        <Ask
          action={action}
          account={statement.subject}
          onClose={() => {
            setAction(undefined);
          }}
        />
      )}
    </article>
  );
}

function existing(statement: Statement, operator: Address, purpose: number): Draft | undefined {
  const known = PURPOSES.find((item): item is Purpose => item === purpose);
  const row = statement.consents.find((item) => isAddressEqual(item.operator, operator) && item.purpose === known);
  return row && known ? draftOf(row.word, known) : undefined;
}
