import type { reverts as english } from '../en/reverts.ts';

export const reverts: Record<keyof typeof english, string> = {
  'revert.AmountTooLarge': 'Der Betrag ist zu groß für die Bücher. Wählen Sie einen kleineren.',
  'revert.CampaignEnded': 'Die Kampagne endete am {endedAt:time}; sie nimmt weder Nutzungen noch Geld mehr an.',
  'revert.CampaignExists': 'Eine Kampagne mit genau diesen Bedingungen läuft bereits.',
  'revert.CampaignStillOpen':
    'Der Rest kommt ab {refundableAt:time} zurück: Bis dahin werden noch Nutzungen abgerechnet.',
  'revert.CategoryNotInCampaign': 'Die Kampagne hat für dieses Interesse nicht geboten.',
  'revert.DailyCapReached': 'Die Person erlaubt {cap} Nutzungen am Tag, und die gab es heute schon.',
  'revert.ECDSAInvalidSignature': 'Die Unterschrift ist beschädigt. Unterschreiben Sie noch einmal.',
  'revert.ECDSAInvalidSignatureLength': 'Die Unterschrift hat die falsche Länge. Unterschreiben Sie noch einmal.',
  'revert.ECDSAInvalidSignatureS': 'Die Unterschrift ist beschädigt. Unterschreiben Sie noch einmal.',
  'revert.ERC20InsufficientAllowance':
    'Der Markt darf {allowance:money} aus Ihrer Wallet nehmen, nötig sind {needed:money}.',
  'revert.ERC20InsufficientBalance': 'In der Wallet sind {balance:money}, nötig sind {needed:money}.',
  'revert.ERC20InvalidApprover': 'Das Token lehnt diesen Auftraggeber ab.',
  'revert.ERC20InvalidReceiver': 'Das Token sendet nicht an {receiver:address}.',
  'revert.ERC20InvalidSender': 'Das Token sendet nicht von {sender:address}.',
  'revert.ERC20InvalidSpender': 'Das Token lehnt diesen Empfänger der Erlaubnis ab.',
  'revert.ERC2612ExpiredSignature': 'Die Erlaubnis galt bis {deadline:time}. Unterschreiben Sie noch einmal.',
  'revert.ERC2612InvalidSigner':
    'Die Erlaubnis hat ein anderes Konto unterschrieben, oder seither hat sich etwas geändert. Unterschreiben Sie noch einmal.',
  'revert.ERC3009InvalidAuthorizationTime': 'Die Ermächtigung gilt jetzt nicht. Unterschreiben Sie noch einmal.',
  'revert.ERC3009InvalidSignature':
    'Die Ermächtigung hat ein anderes Konto unterschrieben. Unterschreiben Sie noch einmal.',
  'revert.ERC3009UsedAuthorization': 'Diese Ermächtigung ist verbraucht. Unterschreiben Sie eine neue.',
  'revert.EmptyDigest': 'Ein Profil ohne Inhalt kann nicht bezeugt werden.',
  'revert.EmptyRecipientKey': 'Ein leerer Schlüssel würde Signale für alle öffnen.',
  'revert.EscrowExhausted': 'Die Kampagne hat noch {escrow:money}, nötig sind {needed:money}. Zahlen Sie nach.',
  'revert.FeeOnTransferToken': 'Das Token behält unterwegs etwas ein; so etwas lässt sich nicht verbuchen.',
  'revert.InvalidAccountNonce': 'Dazwischen wurde eine andere Erlaubnis benutzt. Unterschreiben Sie noch einmal.',
  'revert.InvalidEnd':
    'Eine Einwilligung endet in der Zukunft und spätestens am {latest:time}. Wählen Sie ein früheres Ende.',
  'revert.InvalidKeepers': 'Die Treuhänder müssen verschieden sein, und so viele wie nötig.',
  'revert.InvalidLane': 'Diesen Dienst und Zweck gibt es nicht.',
  'revert.InvalidPayout': 'Die Auszahlungsadresse ist leer.',
  'revert.InvalidProof': 'Dieser Nachweis gehört nicht zur neuesten Abrechnung. Laden Sie ihn neu.',
  'revert.InvalidPurpose': 'Diesen Zweck gibt es nicht.',
  'revert.InvalidRecipient': 'Geld geht weder an niemanden noch an den Markt selbst. Wählen Sie eine andere Adresse.',
  'revert.InvalidRecords': 'Der Stapel ist beschädigt.',
  'revert.InvalidShortString': 'Ein Text ist beschädigt.',
  'revert.InvalidSignature':
    'Das ist nicht die Unterschrift von {signer:address}. Unterschreiben Sie mit diesem Konto.',
  'revert.MeteredCampaign': 'Diese Kampagne wird durch Abrechnungen bezahlt, nicht je Nutzung.',
  'revert.MinorCannotChoose':
    'Den Vormund eines minderjährigen Kontos ändert der Vormund oder eine Stelle, die das Alter bezeugt.',
  'revert.NoCategories': 'Wählen Sie mindestens ein Interesse.',
  'revert.NoErasureRequest': 'Die Person hat keine Löschung verlangt.',
  'revert.NotAKeeper': 'Wer hier unterschrieben hat, ist jetzt kein Treuhänder.',
  'revert.NotAMinor': 'Dieses Konto ist nicht als minderjährig gekennzeichnet; niemand muss zustimmen.',
  'revert.NotAnOperator': 'Dieses Konto ist nicht als Chatdienst eingetragen.',
  'revert.NotApprovable':
    'Was Sie gesehen haben, hat sich geändert oder ist beendet. Laden Sie neu und sehen Sie noch einmal hin.',
  'revert.NotConsented': 'Die Person erlaubt das jetzt nicht.',
  'revert.NotEarnedYet': 'Die Unterschrift nennt {named:money}, verdient sind bisher {earned:money}.',
  'revert.NotForMinors': 'Dieser Zweck steht Minderjährigen nie offen, wer auch zustimmt.',
  'revert.NotGuardian': 'Sie sind nicht der Vormund dieses Kontos.',
  'revert.NotOperator': 'Das können nur der Chatdienst und seine Server.',
  'revert.NotYet': 'Das geht ab {from:time}.',
  'revert.NothingToClaim': 'Es ist schon alles ausgezahlt.',
  'revert.OwnGuardian': 'Niemand ist sein eigener Vormund.',
  'revert.OwnableInvalidOwner': 'Dieser Eigentümer ist nicht möglich.',
  'revert.OwnableUnauthorizedAccount': 'Das kann nur der Eigentümer.',
  'revert.PoolExhausted':
    'Die Abrechnungen des Dienstes enthalten {pool:money}, diese Auszahlung braucht {amount:money}. Der Dienst hat zu viel versprochen.',
  'revert.PriceBelowFloor': 'Die Person verlangt mindestens {floor:money}, geboten sind {price:money}.',
  'revert.ProhibitedCategories':
    'Religion, Orientierung, Politik, Gesundheit, Herkunft, Gewerkschaft und Kinder kann niemand erlauben, wer auch unterschreibt.',
  'revert.ReservedBits': 'Die Anfrage ist beschädigt.',
  'revert.SafeCastOverflowedUintDowncast': 'Eine Zahl ist zu groß.',
  'revert.SignatureExpired':
    'Die Unterschrift ist zu alt; sie musste binnen eines Tages benutzt werden. Unterschreiben Sie noch einmal.',
  'revert.SignatureOutdated':
    'Seit der Unterschrift hat sich etwas geändert. Sehen Sie noch einmal hin und unterschreiben Sie neu.',
  'revert.SignedInTheFuture':
    'Die Uhr Ihres Geräts geht gegenüber der Kette vor. Versuchen Sie es in einer Minute noch einmal.',
  'revert.StringTooLong': 'Ein Text ist zu lang.',
  'revert.UnfairSplit': 'Menschen bekommen mindestens 70 % jeder Nutzung; diese Abrechnung gibt einen anderen Anteil.',
  'revert.UnknownCampaign': 'Dieses Konto hat keine solche Kampagne eröffnet.',
  'revert.UnknownOperator': 'Dieser Chatdienst ist nicht eingetragen.',
  'revert.UnsortedQuorum': 'Die Unterschriften der Treuhänder stehen in der falschen Reihenfolge.',
  'revert.UnsupportedDecimals': 'Die Nachkommastellen des Tokens werden nicht unterstützt.',
  'revert.VersionsExhausted':
    'Diese Einwilligung wurde mehr als eine halbe Million Mal geändert; sie lässt sich nur noch widerrufen.',
  'revert.VoucherExhausted': 'Der Gutschein deckt {ceiling} Nutzungen; das wäre Nutzung {uses}.',
  'revert.WrongEpoch': 'Die nächste Abrechnung hat die Nummer {expected}.',
  'revert.WrongQuorum': 'Es müssen anders viele Treuhänder unterschreiben.',
  'revert.WrongUseIndex': 'Diese Nutzung ist schon verbucht und bezahlt.',
  'revert.WrongVersion':
    'Diese Einwilligung hat sich seit Ihrer Unterschrift geändert. Sehen Sie noch einmal hin und unterschreiben Sie neu.',
  'revert.ZeroAmount': 'Es gibt nichts zu bewegen.',
  'revert.ZeroCap': 'Erlauben Sie mindestens eine Nutzung am Tag, oder lehnen Sie ganz ab.',
  'revert.ZeroPrice': 'Eine Nutzung hat einen Preis.',
};
