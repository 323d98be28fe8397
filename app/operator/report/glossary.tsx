import { Panel } from '@/components/ui/panel'

const WORDS: { word: string; means: string }[] = [
  {
    word: 'Month',
    means:
      'A movement belongs to the month it was booked in, in UTC. So a month that is over never changes, and each month begins with exactly what the one before ended with. Credits end by time, but that is booked by the next movement of their account: what had ended and still waits for it is shown beside the closing as “ended”.',
  },
  {
    word: 'Opening and closing',
    means:
      'What accounts own: available and held. A hold moves nothing until it is captured. The closing of the running month is what all accounts hold at this moment, the figure that npm run audit gives as available and held.',
  },
  {
    word: 'Used',
    means:
      'Charges less refunds of charges, each in the month it was made, so that a month of many refunds may be below zero. Credits of a refund go back to where they came from; those of a grant that has ended expire at once, and the customer gets promotional credits for them, which nobody paid for.',
  },
  {
    word: 'Expired, revoked',
    means:
      'Expired credits ended unspent. Revoked ones were taken back, because money went back or by staff, less what was given back of them (a dispute that was won).',
  },
  {
    word: 'Money',
    means:
      'A credit is worth what was paid for its grant, without tax, divided by the credits it brought: a pack by its price, the allowance of Super by its invoice. Free allowances, promotional credits and moved rewards are worth nothing here. Currencies are never added. Opening and closing are rounded to the cent by themselves; what rounding leaves over lies in used.',
  },
  {
    word: 'Deferred revenue',
    means:
      'The closing: sold, and not yet used. Used and expired are what was earned of it in the month. Revoked is neither: as a rule it was paid back. Credits decide here, not days: whoever books a subscription evenly over its period needs the periods too. Money that went back for credits already used is not taken off used; it stands below the table, less what came back later and paid it, and as shortfall on the grant.',
  },
  {
    word: 'Rewards',
    means:
      'What creators earned and have not moved. The part that paid credits funded is kept apart, so that payouts can be limited to it; a move takes what free credits funded first. Moved rewards come in above as credits of their own source. On hold is what lies above the limits of a day.',
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
    <Panel title="What these words mean" className="mt-6">
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
