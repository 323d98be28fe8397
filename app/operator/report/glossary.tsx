import { Panel } from '@/components/ui/panel'

const WORDS: { word: string; means: string }[] = [
  {
    word: 'Month',
    means:
      'A movement belongs to the month in which it was booked, in UTC. A past month therefore never changes, and each month opens with the closing of the month before. Credits expire at a set time, but the expiry is booked by the next movement of their account; expired credits that are not yet booked are shown beside the closing as “ended”.',
  },
  {
    word: 'Opening and closing',
    means:
      'The credits of all accounts, available and held. A hold moves nothing until it is captured. The closing of the current month is the present total, which npm run audit reports as available and held.',
  },
  {
    word: 'Used',
    means:
      'Charges less refunds of charges, each in the month it was made, so a month with many refunds can be below zero. Refunded credits return to their grants; those of an expired grant expire at once, and the customer receives unpaid promotional credits instead.',
  },
  {
    word: 'Expired, revoked',
    means:
      'Expired credits ended unspent. Revoked credits were taken back by staff or because their money was returned, less any that were restored (after a won dispute).',
  },
  {
    word: 'Money',
    means:
      'A credit is worth the price paid for its grant, without tax, divided by the granted credits: a pack by its price, the allowance of Super by its invoice. Free allowances, promotional credits and moved rewards are worth nothing here. Currencies are never added. Opening and closing are each rounded to the cent; the rounding difference is part of used.',
  },
  {
    word: 'Deferred revenue',
    means:
      'The closing: sold and not yet used. Used and expired credits are the revenue earned in the month. Revoked is neither, because as a rule its money was refunded. Revenue follows credits, not days: to recognise a subscription evenly over its period, the periods are needed too. Money returned for credits already used is not subtracted from used; it is shown below the table, less later recoveries, and as the shortfall of the grant.',
  },
  {
    word: 'Rewards',
    means:
      'Rewards that creators earned and have not moved. The part funded by paid credits is shown separately, so that payouts can be limited to it; a move takes the part funded by free credits first. Moved rewards appear above as credits with their own source. Rewards on hold are those above the daily limits.',
  },
  {
    word: 'Absorbed',
    means:
      'The part of a captured price beyond its hold that the balance could not cover. It is charged to no one.',
  },
]

/** The exact meaning of the report's terms. */
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
