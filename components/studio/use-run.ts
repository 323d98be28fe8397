import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useRef, useState, useTransition } from 'react'
import { refreshBalance } from '@/components/balance/balance-store'
import type { ChargeJson } from '@/lib/contract/metering'
import type { ProblemJson } from '@/lib/contract/problems'
import type { Design } from '@/lib/studio/design'
import type { StudioEvent } from '@/lib/studio/relay'

/** One press of a button. Pressing again after a refusal repeats the same action, so nothing is charged twice. */
export type Action = {
  action: string
  feature: string
  prompt: string
  /** The most that the action may cost, in credits; null without a limit. */
  atMost: number | null
  /** The public id of the run that enforces `atMost`; null until it is started. */
  run: string | null
}

/**
 * How the connection was lost. `unsent`: the browser was offline and sent nothing. `unanswered`: the request may or may not
 * have arrived. `broken`: the answer was interrupted, which ends the run and charges its usage.
 */
export type Lost = { when: 'unsent' | 'unanswered' | 'broken'; isOffline: boolean }

export type RunState = {
  status: 'idle' | 'running' | 'done' | 'refused' | 'failed' | 'lost'
  current: Action | null
  text: string
  /** The held credits; `cost` is the price of the usage known so far. */
  reserved: number | null
  cost: number | null
  receipt: { charge: ChargeJson; interrupted: boolean } | null
  problem: ProblemJson | null
  message: string | null
  lost: Lost | null
  /** The public id of the saved result. */
  kept: string | null
  design: Design | null
}

const IDLE: RunState = {
  status: 'idle',
  current: null,
  text: '',
  reserved: null,
  cost: null,
  receipt: null,
  problem: null,
  message: null,
  lost: null,
  kept: null,
  design: null,
}

export type Runner = {
  state: RunState
  start(wanted: Wanted): void
  /** Repeats the lost or refused action, which is charged at most once. */
  retry(): void
  stop(): void
  /**
   * Raises the cap that stopped the action to `cap` credits and continues: with the same action or, if it produced
   * something, the next one.
   */
  goOn(cap: number): void
  /** Ends an action that its cap stopped: closes its run and keeps what it made. */
  giveUp(): void
  /** True if a run is over but the page does not show its result yet. */
  isRefreshing: boolean
  /** An earlier action that was refused or lost and may not have been charged. */
  waiting: Action | null
}

type Wanted = Pick<Action, 'feature' | 'prompt' | 'atMost'>

/**
 * Runs the actions of one page. A refused or lost action stays in this tab with its id, so repeating it continues the same
 * action. People who bought what was missing return to `?resume=ID` (`resume`), which resumes it. `consentHref` is the page
 * that asks for consent before the first action; null once consent is given. `app`: the public id of the page's app.
 */
export function useRun(
  base: string,
  resume: string | null,
  { consentHref, app }: { consentHref: string | null; app: string | null },
): Runner {
  const [state, setState] = useState(IDLE)
  const [waiting, setWaiting] = useState<Action | null>(null)
  const router = useRouter()
  const [isRefreshing, startRefresh] = useTransition()
  const abort = useRef<AbortController | null>(null)

  const run = useCallback(
    async (given: Action) => {
      if (abort.current !== null) return
      let action = given
      remember(base, action)
      if (!navigator.onLine) {
        setState(lostState({ ...IDLE, current: action }, 'unsent'))
        return
      }
      const controller = new AbortController()
      abort.current = controller
      let now: RunState = { ...IDLE, status: 'running', current: action }
      const show = (next: RunState) => {
        if (next.receipt !== now.receipt) void refreshBalance()
        now = next
        setState(next)
      }
      show(now)
      let isAnswered = false
      try {
        if (action.atMost !== null && action.run === null) {
          const started = await post('/api/v1/runs', {
            cap: action.atMost,
            label: labelOf(action.prompt),
            ...(app !== null && { app }),
          })
          if (!started.ok) {
            show({ ...now, status: 'refused', problem: await started.json() })
            return
          }
          action = { ...action, run: (await started.json()).id }
          remember(base, action)
          show({ ...now, current: action })
        }
        const { atMost: _, ...asked } = action
        const answer = await post(`${base}/run`, asked, controller.signal)
        isAnswered = true
        await follow(answer, (event) => show(after(now, event)))
        if (now.status === 'running') show({ ...now, status: 'done' })
      } catch {
        if (controller.signal.aborted) show({ ...now, status: 'failed', message: STOPPED })
        else show(lostState(now, isAnswered ? 'broken' : 'unanswered'))
      } finally {
        abort.current = null
      }
      // A refused action without a receipt was not charged, and a lost one may not have been, so both are kept.
      const isOver = now.status !== 'lost' && (now.status !== 'refused' || now.receipt !== null)
      if (!isOver) return
      remember(base, null)
      if (!isCapped(now)) endRun(action)
      // The result is among the saved items. Refreshing while offline would show the browser's error page.
      whenOnline(() => startRefresh(() => router.refresh()))
    },
    [app, base, router],
  )

  const start = useCallback(
    (wanted: Wanted) => {
      const pending = recall(base)
      const isSame =
        pending?.feature === wanted.feature &&
        pending.prompt === wanted.prompt &&
        pending.atMost === wanted.atMost
      if (!isSame) endRun(pending)
      const action = isSame ? pending : { action: crypto.randomUUID(), ...wanted, run: null }
      if (consentHref === null) {
        void run(action)
        return
      }
      remember(base, action)
      window.location.assign(`${consentHref}?resume=${action.action}`)
    },
    [base, consentHref, run],
  )

  const retry = useCallback(() => {
    if (state.current !== null) void run(state.current)
  }, [run, state.current])

  const { current, receipt } = state
  const goOn = useCallback(
    (cap: number) => {
      if (current?.run == null) return
      const raise = async () => {
        const raised = await post(`/api/v1/runs/${current.run}/raise`, { cap })
        if (!raised.ok) {
          const problem: ProblemJson = await raised.json()
          setState((before) => ({ ...before, problem }))
          return
        }
        const next = { ...current, atMost: cap }
        // The finished work is charged and kept, so a new action continues it in the same run.
        await run(receipt === null ? next : { ...next, action: crypto.randomUUID(), prompt: CONTINUE })
      }
      raise().catch(() => setState((before) => lostState(before, 'unanswered')))
    },
    [current, receipt, run],
  )

  const giveUp = useCallback(() => {
    endRun(current)
    remember(base, null)
    setState((before) => ({ ...before, status: 'done', problem: null }))
  }, [base, current])

  const stop = useCallback(() => {
    const action = state.current?.action
    if (action === undefined) return
    post(`${base}/stop`, { action })
      .then((answer) => {
        // If another process runs the action, aborting the request ends the run there.
        if (!answer.ok) abort.current?.abort()
      })
      .catch(() => abort.current?.abort())
  }, [base, state.current])

  useEffect(() => {
    const pending = recall(base)
    setWaiting(pending)
    if (resume === null) return
    // Reloading the page must not repeat the action.
    window.history.replaceState(null, '', window.location.pathname)
    if (pending?.action === resume) void run(pending)
  }, [base, resume, run])

  return { state, start, retry, stop, goOn, giveUp, isRefreshing, waiting }
}

/** True if the cap of its run stopped the action; the person may raise it. */
function isCapped({ problem }: RunState): boolean {
  return problem?.code === 'limit_reached' && problem.scope === 'run'
}

/** Closes the run of a finished action, which would otherwise be listed as running for a day. */
function endRun(action: Action | null): void {
  if (action === null || action.run === null) return
  post(`/api/v1/runs/${action.run}/close`, {}).catch(() => undefined)
}

/** Calls `act` now, or as soon as the browser is online again. */
function whenOnline(act: () => void): void {
  if (navigator.onLine) act()
  else window.addEventListener('online', act, { once: true })
}

/** The prompt of an action that continues after its cap was raised. */
const CONTINUE = 'Continue.'

/** The first words of a prompt, as the label of its run. */
function labelOf(prompt: string): string {
  const [...characters] = prompt
  return characters.slice(0, LABEL_LENGTH_MAX).join('')
}
const LABEL_LENGTH_MAX = 80

const STOPPED = 'Stopped. The usage until then is charged, and its result is kept below.'

function lostState(state: RunState, when: Lost['when']): RunState {
  return { ...state, status: 'lost', lost: { when, isOffline: !navigator.onLine } }
}

function post(url: string, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })
}

/** Passes on each event of a response. Throws if the response is interrupted. */
async function follow(answer: Response, tell: (event: StudioEvent) => void): Promise<void> {
  if (!answer.ok || answer.body === null) {
    tell({ type: 'refused', problem: await answer.json() })
    return
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) tell(JSON.parse(line))
  }
}

function after(before: RunState, event: StudioEvent): RunState {
  switch (event.type) {
    case 'started':
      return { ...before, reserved: event.reserved }
    case 'text':
      return { ...before, text: before.text + event.text }
    case 'cost':
      return { ...before, cost: event.credits }
    case 'receipt':
      return { ...before, receipt: { charge: event.charge, interrupted: event.interrupted } }
    case 'refused':
      return { ...before, status: 'refused', problem: event.problem }
    case 'failed':
      return { ...before, status: 'failed', message: event.message }
    case 'kept':
      return { ...before, kept: event.item }
    case 'design':
      return { ...before, design: event.design }
    case 'source':
    case 'tool':
      return before
    default:
      return event satisfies never
  }
}

const keyOf = (base: string) => `studio-pending ${base}`

function remember(base: string, action: Action | null): void {
  if (action === null) window.sessionStorage.removeItem(keyOf(base))
  else window.sessionStorage.setItem(keyOf(base), JSON.stringify(action))
}

function recall(base: string): Action | null {
  const text = window.sessionStorage.getItem(keyOf(base))
  return text === null ? null : { atMost: null, run: null, ...JSON.parse(text) }
}
