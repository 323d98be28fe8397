import Link from 'next/link'
import { Fragment } from 'react'
import type { GuideFacts } from '@/app/guide/facts'
import { Topic } from '@/app/guide/topic'

/** Topics from the unit of credits to the price of one operation. */
export function SpendingTopics({ facts }: { facts: GuideFacts }) {
  const { samples } = facts
  return (
    <>
      <Topic id="credits">
        <p>
          Credits pay for AI. They are used in two places: in the <strong>editor</strong>, when you build an
          app by chatting, and inside <strong>apps</strong>, when you use an AI feature that an app offers.
          Nothing else takes credits: opening, using and sharing apps is free.
        </p>
        <p>
          Amounts are exact to a thousandth of a credit. Your balance is shown in whole credits, rounded down,
          so that it never shows more than you have. Receipts show the exact amount.
        </p>
      </Topic>

      <Topic id="costs">
        <p>
          Operations cost different amounts, because they take different amounts of work. What is counted
          depends on the kind:
        </p>
        <ul>
          {samples.map(({ counts, operation, rates }) => (
            <li key={operation.key}>
              <strong>{operation.name}</strong> counts {counts}: {rates}. Typically {operation.shownAs}.
            </li>
          ))}
        </ul>
        {facts.surcharges.map(({ key, name, credits }) => (
          <p key={key}>
            <strong>{name}</strong>: {credits} credits on top of the request.
          </p>
        ))}
        <p>
          “~” marks a typical price. It is not a limit: a long request costs more than a short one. The{' '}
          <Link href="/pricing#operations">price table</Link> lists every operation with its exact rate, and
          charges are computed from that same table. When prices change, an operation that has already begun
          keeps the price it began with.
        </p>
      </Topic>

      <Topic id="holds">
        <p>An operation goes through three steps, so that a balance can never be overspent:</p>
        <ol>
          <li>
            <strong>Before,</strong> its expected price is calculated and that many credits are <em>held</em>.
            Held credits are still yours, but nothing else can spend them. They are shown separately from what
            is available.
          </li>
          <li>
            <strong>After,</strong> you are charged for what it actually used. Held credits that were not
            needed are available again immediately. If it used more than was held, the rest comes from your
            available credits, and anything beyond those is not charged. You never owe credits.
          </li>
          <li>
            <strong>Then</strong> the charge has a receipt: what was counted, at which rate, and which credits
            paid for it.
          </li>
        </ol>
        <p>
          If an operation stops halfway and never reports back, its hold expires, after {facts.holdMinutes}{' '}
          minutes unless it asked for longer, and after {facts.holdHoursMax} hours at the latest.
        </p>
      </Topic>

      <Topic id="reset">
        <p>
          {facts.hasBilling && `On ${facts.free}, new`}
          {!facts.hasBilling && 'New'} credits come every month on the day of the month you signed up, at
          00:00 UTC. If you signed up on the 31st, that is the last day of shorter months.
          {facts.hasBilling && (
            <>
              {' '}
              On {facts.paid}, they come when the month is paid, on the day you upgraded
              {facts.isYearly && '; if the year is paid in advance, they come each month on that day'}.
            </>
          )}
        </p>
        <p>
          The monthly allowance does not roll over: what is left of it expires at the reset.{' '}
          {facts.hasBilling ? 'Packs, promotional' : 'Promotional'} credits and rewards you moved to your
          balance remain.
        </p>
      </Topic>

      <Topic id="plans">
        <p>
          <strong>{facts.free}</strong> brings {facts.freeCredits} credits a month and all{' '}
          {facts.freeOperations}.
          {facts.paidPlans.map(({ key, name, price, credits, ratio, operations, names }) => (
            <Fragment key={key}>
              {' '}
              <strong>{name}</strong> {facts.hasBilling && `costs ${price}, `}brings {credits} credits a
              month, {ratio} times as many
              {operations && `, and opens the ${operations}: ${names}`}.
            </Fragment>
          ))}
        </p>
        {facts.hasBilling ? (
          <p>
            When you upgrade, the {facts.paid} allowance starts immediately, in full; what was left of that
            month’s {facts.free} allowance ends. When you cancel, {facts.paid} stays until the end of the time
            you paid for, and then {facts.free} begins again. Changing the plan never touches packs,
            promotional credits or moved rewards.
          </p>
        ) : (
          <p>
            A higher plan starts immediately, with its whole allowance; what was left of the month’s allowance
            before ends. A lower plan starts with the next month. Changing the plan never touches promotional
            credits or moved rewards.
          </p>
        )}
      </Topic>

      <Topic id="packs">
        {facts.hasBilling && (
          <p>
            A pack adds credits at any time, on any plan: {facts.packs}. {facts.packExpiry}
            {facts.openings.map(
              ({ plan, operations }) =>
                ` A pack does not open the ${operations}; those operations need ${plan}, whichever credits pay for them.`,
            )}
          </p>
        )}
        <p>
          Credits that expire soonest are spent first: the monthly allowance comes first, and credits that
          never expire come last, oldest first.
        </p>
      </Topic>
    </>
  )
}
