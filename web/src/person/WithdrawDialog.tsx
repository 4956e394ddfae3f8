import { useMemo, useState, type SubmitEvent } from 'react';
import { isAddress } from 'viem';

import { useSite } from '../app/context.ts';
import { withdraw } from '../chain/actions/withdraw.ts';
import type { Address } from '../chain/consent.ts';
import { useI18n } from '../i18n/index.tsx';
import { Ask } from '../tx/Ask.tsx';
import { Dialog } from '../ui/Dialog.tsx';

interface Props {
  readonly lanes: readonly bigint[];
  readonly amount: bigint;
  readonly subject: Address;
  readonly onClose: () => void;
}

/** First where to, then what it does and costs. */
export function WithdrawDialog(props: Props) {
  // What was open when the dialog opened: the list behind it goes on being read.
  const [{ lanes, amount, subject, onClose }] = useState(props);
  const [to, setTo] = useState<Address>();
  const site = useSite();
  const i18n = useI18n();
  const action = useMemo(() => to && withdraw(site, i18n, { lanes, amount, to }), [site, i18n, lanes, amount, to]);
  if (action) return <Ask action={action} account={subject} onClose={onClose} />;
  return <WhereTo amount={amount} subject={subject} onClose={onClose} onChosen={setTo} />;
}

interface WhereToProps extends Pick<Props, 'amount' | 'subject' | 'onClose'> {
  readonly onChosen: (to: Address) => void;
}

function WhereTo({ amount, subject, onClose, onChosen }: WhereToProps) {
  const { t } = useI18n();
  const [other, setOther] = useState<string>();
  const [bad, setBad] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const to = other === undefined ? subject : other.trim();
    if (isAddress(to, { strict: false })) onChosen(to);
    else setBad(true);
  };
  return (
    <Dialog title={t('money.withdraw.title', { amount })} onClose={onClose}>
      <form onSubmit={submit}>
        <fieldset className="choices">
          <legend>{t('money.withdraw.to')}</legend>
          <label>
            <input
              type="radio"
              name="to"
              checked={other === undefined}
              onChange={() => {
                setOther(undefined);
              }}
            />
            <span>
              {t('money.withdraw.to.mine')} <code className="address small">{subject}</code>
            </span>
          </label>
          <label>
            <input
              type="radio"
              name="to"
              checked={other !== undefined}
              onChange={() => {
                setOther('');
              }}
            />
            <span>{t('money.withdraw.to.other')}</span>
          </label>
          {other !== undefined && (
            <input
              type="text"
              className="address"
              aria-label={t('money.withdraw.to.other')}
              aria-invalid={bad}
              aria-describedby={bad ? 'bad-address' : undefined}
              value={other}
              spellCheck={false}
              autoComplete="off"
              placeholder="0x"
              onChange={(event) => {
                setOther(event.target.value);
                setBad(false);
              }}
            />
          )}
          {bad && (
            <p id="bad-address" className="error" role="alert">
              {t('money.withdraw.to.bad')}
            </p>
          )}
        </fieldset>
        <footer className="dialog-foot">
          <button type="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
          <button type="submit" className="main">
            {t('money.withdraw')}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
