import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useRef, useState, useTransition } from 'react'
import type { ChargeJson } from '@/lib/contract/metering'
import type { ProblemJson } from '@/lib/contract/problems'
import type { Design } from '@/lib/studio/design'
import type { StudioEvent } from '@/lib/studio/relay'

/** One press of a button. Pressing again after a refusal is the same action, so nothing is charged twice. */
export type Action = { action: string; feature: string; prompt: string }

export type RunState = {
  status: 'idle' | 'running' | 'done' | 'refused' | 'failed'
  current: Action | null
  text: string
  /** Credits set aside, and used so far as far as is known. */
  reserved: number | null
  cost: number | null
  receipt: { charge: ChargeJson; interrupted: boolean } | null
  problem: ProblemJson | null
  message: string | null
  /** The item that holds what was made, by public id. */
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
  kept: null,
  design: null,
}

export type Runner = {
  state: RunState
  start(action: Action): void
  stop(): void
  /** A run is over and the page does not show what it left yet: what the run told is ahead of it. */
  isRefreshing: boolean
  /** What is done with an action that waited for something and was not charged yet. */
  waiting: Action | null
}

/**
 * Runs what the buttons of one page are for. An action that was refused waits in this tab: whoever bought what was missing
 * comes back to `?resume=ID` (`resume`), and it goes on by itself.
 */
export function useRun(base: string, resume: string | null): Runner {
  const [state, setState] = useState(IDLE)
  const [waiting, setWaiting] = useState<Action | null>(null)
  const router = useRouter()
  const [isRefreshing, startRefresh] = useTransition()
  const abort = useRef<AbortController | null>(null)

  const start = useCallback(
    (action: Action) => {
      if (abort.current !== null) return
      const controller = new AbortController()
      abort.current = controller
      remember(base, action)
      setState({ ...IDLE, status: 'running', current: action })
      follow(base, action, controller.signal, (event) => setState((before) => after(before, event)))
        .catch(() => setState((before) => ({ ...before, status: 'failed', message: BROKEN })))
        .finally(() => {
          abort.current = null
          setState((before) => {
            const ended = before.status === 'running' ? { ...before, status: 'done' as const } : before
            if (ended.status !== 'refused' || ended.receipt !== null) remember(base, null)
            return ended
          })
          // What was made is among the saved items now.
          startRefresh(() => router.refresh())
        })
    },
    [base, router],
  )

  const stop = useCallback(() => {
    const action = state.current?.action
    if (action === undefined) return
    post(`${base}/stop`, { action })
      .then((answer) => {
        // It runs in another process: leaving ends it there, too.
        if (!answer.ok) abort.current?.abort()
      })
      .catch(() => abort.current?.abort())
  }, [base, state.current])

  useEffect(() => {
    const pending = recall(base)
    setWaiting(pending)
    if (resume === null) return
    // Loading the page again must not do it again.
    window.history.replaceState(null, '', window.location.pathname)
    if (pending?.action === resume) start(pending)
  }, [base, resume, start])

  return { state, start, stop, isRefreshing, waiting }
}

const BROKEN =
  'The connection broke off. What was used until then is charged, and what came of it is kept below.'

function post(url: string, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })
}

async function follow(
  base: string,
  action: Action,
  signal: AbortSignal,
  tell: (event: StudioEvent) => void,
): Promise<void> {
  const answer = await post(`${base}/run`, action, signal)
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
  return text === null ? null : JSON.parse(text)
}
