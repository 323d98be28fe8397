import { Panel } from '@/components/ui/panel'

const WORDS: { word: string; means: string }[] = [
  {
    word: 'Month',
    means:
      'Every movement belongs to the month in which it was booked (UTC), so a past month never changes, and each month opens with the closing amount of the month before. Credits expire at a set time, but their expiry is only booked with the next movement of the account. Until then they are shown next to the closing amount as “ended”.',
  },
  {
    word: 'Opening and closing',
    means:
      'The credits in all accounts, both available and held. A hold changes nothing here until it is captured. For the current month, the closing amount is the current total, the same that npm run audit reports as available and held.',
  },
  {
    word: 'Used',
    means:
      'Charges minus refunds of charges, each counted in the month in which it was made. A month with many refunds can therefore be negative. Refunded credits go back to the grants they came from. If such a grant has expired, they expire immediately, and the customer receives promotional credits instead, which count as unpaid.',
  },
  {
    word: 'Expired, revoked',
    means:
      'Expired credits were not used in time. Revoked credits were taken back, either by staff or because their payment was returned. Credits restored after a won dispute are subtracted.',
  },
  {
    word: 'Money',
    means:
      'The value of a credit is the price paid for its grant, excluding tax, divided by the number of credits granted. For a pack this is the price of the pack, and for a paid allowance the amount of its invoice or, if that pays for a year, the share of its month. Free allowances, trials, promotional credits and moved rewards have no value here. Currencies are never added together. The opening and closing amounts are each rounded to the cent, and the rounding difference is included in used.',
  },
  {
    word: 'Deferred revenue',
    means:
      'The closing amount: credits that were sold but not yet used. Used and expired credits are the revenue earned in the month. Revoked credits are not revenue, because their payment was usually refunded. Revenue is recognised as credits are used, not day by day; to spread a subscription evenly over its period, you also need the dates of the periods. Money returned for credits that were already used is not subtracted from used. It is shown below the table, minus any of it recovered later, and as the shortfall of the grant.',
  },
  {
    word: 'Rewards',
    means:
      'Rewards that creators have earned but not yet moved. The part funded by paid credits is shown separately, so that payouts can be limited to it. A move takes the part funded by free credits first. Moved rewards appear in the table above as credits with their own source. Rewards on hold are those that exceed the daily limits.',
  },
  {
    word: 'Absorbed',
    means:
      'The part of a captured price that exceeded its hold and that the balance could not cover. Nobody is charged for it.',
  },
]

/** The exact meanings of the report's terms. */
export function Glossary() {
  return (
    <Panel title="Glossary" className="mt-6">
      <dl className="max-w-prose space-y-4 text-sm">
        {WORDS.map(({ word, means }) => (
          <div key={word}>
            <dt className="font-medium">{word}</dt>
            <dd className="mt-1 text-muted">{means}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
