'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useRef } from 'react'
import { useAppSpending } from '@/components/balance/app-spending'
import { useBalance } from '@/components/balance/balance-store'
import { amountOf } from '@/components/format/amount-of'
import { LinkButton } from '@/components/ui/link-button'
import type { BalanceJson } from '@/lib/contract/account'
import { creditsInWords, formatWholeCredits, wholeUnitOf } from '@/lib/format'
import { millicredits } from '@/lib/millicredits'
import { type UsageLevel, usageLevel } from '@/lib/usage/forecast'

export type BalanceChipProps = {
  balance: BalanceJson
  renderedAt: string
  /** "resets 14 December (UTC)"; null if no reset is known. */
  reset: string | null
  /** Offers of more credits: each a label and the query of the billing page that shows the offer. */
  ways: { label: string; query: string }[]
}

const POPOVER_ID = 'balance-details'

/**
 * The balance in the header of every page; pressing it shows details. It uses a native popover, so it works without scripts.
 */
export function BalanceChip({ balance: initial, renderedAt, reset, ways }: BalanceChipProps) {
  const balance = useBalance(initial, renderedAt, 'loosely')
  const app = useAppSpending()
  const pathname = usePathname()
  const popover = useRef<HTMLDivElement>(null)
  const available = amountOf(balance.available)
  const unit = wholeUnitOf(available)
  const close = () => popover.current?.hidePopover()
  return (
    <>
      <button
        type="button"
        popoverTarget={POPOVER_ID}
        className="inline-flex min-h-8 items-center gap-2 rounded-full border border-line-strong bg-surface pr-3 pl-2 text-label font-medium tabular-nums hover:bg-sunken"
      >
        <Ring balance={balance} />
        <span>
          <span className="sr-only">Balance: </span>
          {formatWholeCredits(available)} <span className="max-sm:sr-only">{unit}</span>
        </span>
      </button>
      <div
        ref={popover}
        id={POPOVER_ID}
        popover="auto"
        className="fixed top-16 right-4 bottom-auto left-auto m-0 w-80 max-w-[calc(100vw-2rem)] rounded-lg border border-line bg-surface p-5 text-left text-sm text-ink sm:right-6"
      >
        <p className="text-lg font-medium tracking-tight tabular-nums" title={creditsInWords(available)}>
          You have {formatWholeCredits(available)} {unit}.
        </p>
        {reset && <p className="mt-1 text-muted first-letter:uppercase">{reset}</p>}
        {balance.held > 0 && (
          <p className="mt-1 text-muted tabular-nums">
            {formatWholeCredits(amountOf(balance.held))} held for running work
          </p>
        )}
        {app && (
          <div className="mt-4 border-t border-line pt-4">
            <p className="font-medium">
              <bdi>{app.name}</bdi>
            </p>
            <p className="mt-0.5 text-muted tabular-nums">{app.words}</p>
            <p className="mt-1">
              <Link
                href="/settings/apps"
                onClick={close}
                className="text-accent underline underline-offset-4"
              >
                Change its budget
              </Link>
            </p>
          </div>
        )}
        <div className="mt-4 grid gap-2 border-t border-line pt-4">
          {ways.map(({ label, query }) => (
            <LinkButton
              key={query}
              href={`/settings/billing?${query}&returnTo=${encodeURIComponent(pathname)}`}
              prefetch={false}
              onClick={close}
            >
              {label}
            </LinkButton>
          ))}
          <LinkButton href="/settings/credits" variant="ghost" onClick={close}>
            See where credits go
          </LinkButton>
        </div>
      </div>
    </>
  )
}

const tones = { ok: '--accent', near: '--warn-fill', out: '--bad' } satisfies Record<UsageLevel, string>

/** The circumference of a circle with radius 6. */
const CIRCUMFERENCE = 2 * Math.PI * 6

/** A ring that shows the remaining part of the month's credits. */
function Ring({ balance: { available, allowance } }: { balance: BalanceJson }) {
  const taken = millicredits(amountOf(allowance.used) + amountOf(allowance.held))
  const limit = amountOf(allowance.limit)
  const level = available > 0 && limit === 0 ? 'ok' : usageLevel(taken, limit)
  const left = limit === 0 ? 0 : Math.max(0, 1 - taken / limit)
  return (
    <svg aria-hidden="true" viewBox="0 0 16 16" className="size-4 -rotate-90">
      <circle cx="8" cy="8" r="6" fill="none" strokeWidth="3" stroke="var(--line)" />
      <circle
        cx="8"
        cy="8"
        r="6"
        fill="none"
        strokeWidth="3"
        stroke={`var(${tones[level]})`}
        strokeDasharray={`${left * CIRCUMFERENCE} ${CIRCUMFERENCE}`}
      />
    </svg>
  )
}
