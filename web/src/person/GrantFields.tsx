import { useId } from 'react';

import { useSite } from '../app/context.ts';
import { shareOf } from '../chain/campaign.ts';
import { FLOOR_DECIMALS, MAX_DURATION, PURPOSES } from '../chain/consent.ts';
import { INTERESTS, PROHIBITED } from '../generated/categories.ts';
import { useI18n } from '../i18n/index.tsx';
import { DURATIONS, floorOf, localDay, type Draft } from './grantDraft.ts';

interface Props {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

export function PurposeChoice({ draft, change, fixed }: Props & { fixed: boolean }) {
  const { t } = useI18n();
  return (
    <fieldset className="choices">
      <legend>{t('grant.purpose')}</legend>
      {PURPOSES.map((purpose) => (
        <label key={purpose}>
          <input
            type="radio"
            name="purpose"
            checked={draft.purpose === purpose}
            disabled={fixed && draft.purpose !== purpose}
            onChange={() => {
              change({ purpose });
            }}
          />
          <span>
            <strong>{t(`purpose.${purpose}`)}</strong>
            <span className="about">{t(`purpose.${purpose}.about`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

export function Interests({ draft, change }: Props) {
  const { t, category, list } = useI18n();
  const toggle = (bit: number) => {
    const interests = new Set(draft.interests);
    if (!interests.delete(bit)) interests.add(bit);
    change({ interests });
  };
  return (
    <fieldset>
      <legend>{t('grant.interests')}</legend>
      <p className="about">{t('grant.interests.about')}</p>
      <div className="chips">
        {INTERESTS.map((item) => (
          <label key={item.slug} className="chip choice">
            <input
              type="checkbox"
              checked={draft.interests.has(item.bit)}
              onChange={() => {
                toggle(item.bit);
              }}
            />
            <span>{category(item)}</span>
          </label>
        ))}
      </div>
      <p className="about never">
        {t('grant.never')} {list(PROHIBITED.map(category))}.
      </p>
    </fieldset>
  );
}

export function Duration({ draft, change, now }: Props & { now: number }) {
  const { t } = useI18n();
  const own = typeof draft.duration === 'string';
  return (
    <fieldset>
      <legend>{t('grant.duration')}</legend>
      <div className="chips">
        {DURATIONS.map((days) => (
          <label key={days} className="chip choice">
            <input
              type="radio"
              name="duration"
              checked={draft.duration === days}
              onChange={() => {
                change({ duration: days });
              }}
            />
            <span>{t(`grant.duration.${days}`)}</span>
          </label>
        ))}
        <label className="chip choice">
          <input
            type="radio"
            name="duration"
            checked={own}
            onChange={() => {
              change({ duration: '' });
            }}
          />
          <span>{t('grant.duration.own')}</span>
        </label>
        {own && (
          <input
            type="date"
            aria-label={t('grant.duration.date')}
            value={draft.duration}
            min={localDay(now)}
            max={localDay(now + MAX_DURATION - 86_400)}
            onChange={(event) => {
              change({ duration: event.target.value });
            }}
          />
        )}
      </div>
      <p className="about">{t('grant.duration.about')}</p>
    </fieldset>
  );
}

/** Both are typed or slid; a slider that nobody has touched stands for nothing. */
export function Amounts({ draft, change }: Props) {
  const site = useSite();
  const { t, money } = useI18n();
  const millionths = floorOf(draft.floor);
  const scale = site.token.decimals - FLOOR_DECIMALS;
  const share =
    millionths === undefined
      ? ''
      : ` ${t('grant.floor.share', { share: money(shareOf(BigInt(millionths) * 10n ** BigInt(scale))) })}`;
  return (
    <>
      <Amount
        legend={t('grant.floor')}
        unit={t('grant.floor.unit', { symbol: site.token.symbol })}
        about={t('grant.floor.about') + share}
        value={draft.floor}
        range={{ min: 0, max: 1, step: 0.01 }}
        onChange={(floor) => {
          change({ floor });
        }}
      />
      <Amount
        legend={t('grant.cap')}
        unit={t('grant.cap.unit')}
        about={t('grant.cap.about')}
        value={draft.cap}
        range={{ min: 1, max: 50, step: 1 }}
        onChange={(cap) => {
          change({ cap });
        }}
      />
    </>
  );
}

interface AmountProps {
  readonly legend: string;
  readonly unit: string;
  readonly about: string;
  readonly value: string;
  readonly range: { readonly min: number; readonly max: number; readonly step: number };
  readonly onChange: (value: string) => void;
}

function Amount({ legend, unit, about, value, range, onChange }: AmountProps) {
  const { t } = useI18n();
  const id = useId();
  const number = Number(value.replace(',', '.'));
  return (
    <fieldset className="amount">
      <legend>{legend}</legend>
      <div className="amount-row">
        <input
          type="range"
          aria-label={legend}
          aria-valuetext={value === '' ? t('grant.not-chosen') : `${value} ${unit}`}
          className={value === '' ? 'unset' : ''}
          {...range}
          value={value === '' ? range.min : Math.min(range.max, number || range.min)}
          onChange={(event) => {
            onChange(event.target.value);
          }}
          onClick={(event) => {
            onChange(event.currentTarget.value);
          }}
        />
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          aria-label={`${legend} (${unit})`}
          placeholder="–"
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
        <label htmlFor={id}>{unit}</label>
      </div>
      <p className="about">{about}</p>
    </fieldset>
  );
}
