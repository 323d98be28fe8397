import type { ReactNode } from 'react'
import { amountOf } from '@/components/format/amount-of'
import { aboutInWords, receiptInWords } from '@/components/studio/price-words'
import { capInWords, lostInWords, type RefusedRun, refusalInWords } from '@/components/studio/refusal-words'
import type { Runner, RunState } from '@/components/studio/use-run'
import { Button, buttonClass } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import type { OptionJson, ProblemJson } from '@/lib/contract/problems'
import { formatCredits } from '@/lib/format'

/** The cost of a run so far. Screen readers hear it once, not with every update. */
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

/** The charged amount, with a link to the receipt. */
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

/** Explains what a lost connection means for the charge, with a retry button. */
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
  runner: Runner
  /** The page to return to in order to resume the action. */
  returnTo: string
  /** The page where this app's budget is set; null outside apps. */
  budgetHref: string | null
  /** Resumes a paused app and then the action; null outside apps. */
  resumeButton: ReactNode
  /** Returns false if the page has no button for the cheaper operation. */
  canUse: (operation: string) => boolean
  onUse: (operation: string) => void
}

/** The reason for a refusal, and the options that would make this action succeed. */
export function Refusal({ runner, returnTo, budgetHref, resumeButton, canUse, onUse }: RefusalProps) {
  const { state } = runner
  const { problem } = state
  if (problem === null) return null
  if (problem.code === 'limit_reached' && problem.scope === 'run')
    return <Capped problem={problem} runner={runner} />
  const { title, text } = refusalInWords(problem, outcomeOf(state))
  const ways = ('options' in problem ? problem.options : []).filter(
    ({ kind, operation }) =>
      (kind !== 'cheaper_operation' || (operation !== undefined && canUse(operation))) &&
      (kind !== 'resume' || resumeButton === null),
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

type Cap = Extract<ProblemJson, { code: 'limit_reached' }>

/** Shown when an action has reached its maximum cost: the credits used, and ways to continue or end it. */
function Capped({ problem, runner }: { problem: Cap; runner: Runner }) {
  const { receipt } = runner.state
  const { used, more, title } = capInWords(problem, receipt?.charge ?? null)
  return (
    <Notice
      tone="warn"
      role="alert"
      title={title}
      action={
        <>
          <Button size="sm" variant="primary" onClick={() => runner.goOn(problem.limit + more)}>
            Continue with {formatCredits(amountOf(more))} more
          </Button>
          <Button size="sm" onClick={runner.giveUp}>
            Stop
          </Button>
        </>
      }
    >
      {used === 0 ? 'Nothing was charged.' : 'It stopped after a step. What it made is kept and charged.'}
    </Notice>
  )
}

/** If there was a confirmed charge, a refusal during a run is followed by a receipt. */
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

/** The target of an option, including the way back. */
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
    case 'resume':
      return budgetHref ?? '/settings/apps'
    case 'raise':
      return href ?? '/settings/limits'
    case 'wait':
    case 'cheaper_operation':
      return null
    default:
      return kind satisfies never
  }
}
