import type { ReactNode } from 'react'
import { amountOf } from '@/components/credits/live-days'
import { aboutInWords, receiptInWords } from '@/components/studio/price-words'
import { lostInWords, type RefusedRun, refusalInWords } from '@/components/studio/refusal-words'
import type { Runner, RunState } from '@/components/studio/use-run'
import { Button, buttonClass } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import type { OptionJson } from '@/lib/contract/problems'
import { formatCredits } from '@/lib/format'

/** What a run has cost so far. Said once it is there, not with every word. */
export function RunningLine({ state, busy }: { state: RunState; busy: string }) {
  if (state.status !== 'running') return null
  const reserved = state.reserved === null ? '' : ` · ${formatCredits(amountOf(state.reserved))} reserved`
  const cost = state.cost === null ? '' : ` · ${aboutInWords(state.cost)} so far`
  return (
    <p className="text-label text-muted tabular-nums">
      {busy}
      {cost === '' ? reserved : cost}
    </p>
  )
}

/** What was charged, with the way to its receipt. */
export function ReceiptLine({ state }: { state: RunState }) {
  if (state.receipt === null) return null
  const { charge, interrupted } = state.receipt
  return (
    <p className="text-label tabular-nums">
      {interrupted && 'Stopped: only what was used is charged. '}
      {receiptInWords(charge)} <ReceiptLink charge={charge.id} />
    </p>
  )
}

export function ReceiptLink({ charge }: { charge: string }) {
  return (
    <a
      href={`/settings/usage?receipt=${encodeURIComponent(charge)}`}
      className="text-accent underline underline-offset-4"
    >
      See the receipt
    </a>
  )
}

/** That the connection was lost, what that means for the charge, and the way to go on. */
export function LostConnection({ runner: { state, retry } }: { runner: Runner }) {
  if (state.lost === null) return null
  const { title, text } = lostInWords(state.lost)
  return (
    <Notice
      tone="warn"
      role="alert"
      title={title}
      action={
        <Button size="sm" onClick={retry}>
          Try again
        </Button>
      }
    >
      {text}
    </Notice>
  )
}

type RefusalProps = {
  state: RunState
  /** Where to come back to, to go on with the action. */
  returnTo: string
  /** Where the budget of this app is chosen; null outside of apps. */
  budgetHref: string | null
  /** Lets a paused app spend again and goes on with the action; null outside of apps. */
  resumeButton: ReactNode
  /** Does the same with an operation that costs less; false where this page has no button for it. */
  canUse: (operation: string) => boolean
  onUse: (operation: string) => void
}

/** Why nothing was done, and the ways out that would make this very action succeed. */
export function Refusal({ state, returnTo, budgetHref, resumeButton, canUse, onUse }: RefusalProps) {
  const { problem } = state
  if (problem === null) return null
  const { title, text } = refusalInWords(problem, outcomeOf(state))
  const ways = ('options' in problem ? problem.options : []).filter(
    ({ kind, operation }) => kind !== 'cheaper_operation' || (operation !== undefined && canUse(operation)),
  )
  return (
    <Notice
      tone="warn"
      role="alert"
      title={title}
      action={
        <>
          {ways.map((option) => (
            <WayOut
              key={option.kind}
              option={option}
              href={hrefOf(option, returnTo, budgetHref)}
              onUse={onUse}
            />
          ))}
          {problem.code === 'consent_required' && budgetHref !== null && (
            <a href={budgetHref} className={buttonClass('primary', 'sm')}>
              Allow it to spend
            </a>
          )}
          {problem.code === 'app_paused' && resumeButton}
        </>
      }
    >
      {text}
    </Notice>
  )
}

/** A receipt follows a refusal half-way, if there was anything to charge and that could be confirmed. */
function outcomeOf({ receipt, reserved }: RunState): RefusedRun {
  if (receipt !== null) return 'charged'
  return reserved === null ? 'nothing' : 'unknown'
}

type WayOutProps = { option: OptionJson; href: string | null; onUse: (operation: string) => void }

function WayOut({ option, href, onUse }: WayOutProps) {
  if (option.kind === 'cheaper_operation')
    return (
      <Button size="sm" onClick={() => onUse(option.operation ?? '')}>
        {option.label}
      </Button>
    )
  if (href === null) return <span className="self-center text-label text-muted">{option.label}</span>
  return (
    <a href={href} className={buttonClass('secondary', 'sm')}>
      {option.label}
    </a>
  )
}

/** Where a way out leads, and back from there. */
function hrefOf({ kind, href }: OptionJson, returnTo: string, budgetHref: string | null): string | null {
  switch (kind) {
    case 'upgrade':
    case 'pack': {
      if (href === undefined) return null
      const { pathname, searchParams } = new URL(href)
      searchParams.set('returnTo', returnTo)
      return `${pathname}?${searchParams}`
    }
    case 'budget':
      return budgetHref ?? '/settings/apps'
    case 'wait':
    case 'cheaper_operation':
      return null
    default:
      return kind satisfies never
  }
}
