import { isAddressEqual } from 'viem';
import { Link } from 'wouter';

import { useSite } from '../app/context.ts';
import { interestsOf } from '../chain/consent.ts';
import type { ConsentRow, Statement } from '../chain/statement.ts';
import { shortAddress } from '../i18n/format.ts';
import { useI18n } from '../i18n/index.tsx';

const DAY = 86_400;

interface Props {
  readonly row: ConsentRow;
  readonly statement: Statement;
  /** Unix seconds, by the chain. */
  readonly now: number;
  readonly onRevoke: (lane: bigint) => void;
}

/** One consent as a paragraph of the statement. */
export function ConsentCard({ row, statement, now, onRevoke }: Props) {
  const { t, count, category, floor, day, money } = useI18n();
  const site = useSite();
  const { consent, operator, purpose, lane } = row;
  const here = isAddressEqual(operator, site.operator);
  const live = row.state === 'counts' || row.state === 'waiting' || row.state === 'not-for-minors';
  const earned = statement.credits.find((credit) => credit.lane === lane)?.earned ?? 0n;
  const label = { purpose: t(`purpose.${purpose}`), operator: shortAddress(operator) };
  return (
    <li className={`consent ${row.state}`}>
      <header>
        <h3>{t(`purpose.${purpose}`)}</h3>
        <p className="state">
          <State row={row} statement={statement} />
        </p>
      </header>
      <p className="chips" aria-label={t('consent.interests')} role="group">
        {interestsOf(consent.categories).map((item) => (
          <span key={item.slug} className="chip">
            {category(item)}
          </span>
        ))}
      </p>
      <dl className="facts">
        <div>
          <dt>{t('consent.who')}</dt>
          <dd>
            <code title={operator}>{shortAddress(operator)}</code>
            {here && <span className="small"> {t('consent.this-service')}</span>}
          </dd>
        </div>
        <div>
          <dt>{t('consent.until')}</dt>
          <dd>
            {day(consent.endsAt)}
            {live && (
              <span className="small">
                {' '}
                {count('consent.days', Math.max(0, Math.ceil((consent.endsAt - now) / DAY)))}
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('consent.floor')}</dt>
          <dd>
            {floor(consent.floor)} <span className="small">{t('consent.per-use')}</span>
          </dd>
        </div>
        <div>
          <dt>{t('consent.cap')}</dt>
          <dd>{count('consent.cap', consent.cap)}</dd>
        </div>
        <div>
          <dt>{t('consent.earned')}</dt>
          <dd>{money(earned)}</dd>
        </div>
      </dl>
      {live && (
        <div className="acts">
          <Link className="button" href={`/allow/${operator}/${purpose}`} aria-label={t('consent.change.label', label)}>
            {t('consent.change')}
          </Link>
          <button
            type="button"
            className="stop"
            aria-label={t('consent.revoke.label', label)}
            onClick={() => {
              onRevoke(lane);
            }}
          >
            {t('consent.revoke')}
          </button>
        </div>
      )}
    </li>
  );
}

function State({ row, statement }: { row: ConsentRow; statement: Statement }) {
  const { t, day } = useI18n();
  const { consent, state } = row;
  switch (state) {
    case 'counts':
      return (
        <>
          {t('consent.since')} {day(consent.grantedAt)}
          {row.grantedIn !== undefined && `, ${t('consent.block', { block: row.grantedIn })}`}
        </>
      );
    case 'revoked':
      return row.revokedIn === undefined
        ? t('consent.state.expired', { at: consent.endsAt })
        : t('consent.state.revoked', { block: row.revokedIn });
    case 'revoked-all':
      return t('consent.state.revoked-all', { at: statement.revokedAllAt });
    case 'expired':
      return t('consent.state.expired', { at: consent.endsAt });
    case 'waiting':
      return t('consent.state.waiting');
    case 'not-for-minors':
      return t('consent.state.not-for-minors');
  }
}
