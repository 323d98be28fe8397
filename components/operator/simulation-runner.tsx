'use client'

import { useEffect, useRef, useState } from 'react'
import { DateTime } from '@/components/format/date-time'
import type { SimulationLine, SimulationRow, SimulationView } from '@/components/operator/simulation-view'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'

type Progress = { charges: number; of: number }
type State =
  | { kind: 'idle' }
  | { kind: 'running'; progress: Progress | null }
  | { kind: 'done'; view: SimulationView }
  | { kind: 'failed'; message: string }

type SimulationRunnerProps = {
  /** Streams the lines of a simulation of `?from=` to `?to=`. */
  href: string
  /** The first and the last day, `YYYY-MM-DD`; both belong to the range. */
  from: string
  to: string
  columns: readonly string[]
}

const STOPPED = 'Stopped. Nothing was changed.'

/** Runs a simulation, shows its progress, and stops it on request or when the reader leaves the page. */
export function SimulationRunner({ href, from, to, columns }: SimulationRunnerProps) {
  const [state, setState] = useState<State>({ kind: 'idle' })
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])

  async function run(form: FormData) {
    const controller = new AbortController()
    stop.current = controller
    setState({ kind: 'running', progress: null })
    const range = new URLSearchParams({ from: String(form.get('from')), to: String(form.get('to')) })
    try {
      const response = await fetch(`${href}?${range}`, { signal: controller.signal })
      if (!response.ok || response.body === null)
        return setState({ kind: 'failed', message: await response.text() })
      for await (const line of linesOf(response.body)) {
        if ('progress' in line) setState({ kind: 'running', progress: line.progress })
        else if ('view' in line) setState({ kind: 'done', view: line.view })
        else setState({ kind: 'failed', message: line.problem })
      }
    } catch {
      const message = controller.signal.aborted ? STOPPED : 'The connection was lost. Nothing was changed.'
      setState({ kind: 'failed', message })
    }
  }

  const isRunning = state.kind === 'running'
  return (
    <>
      <form
        className="flex max-w-xl flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          void run(new FormData(event.currentTarget))
        }}
      >
        <Input label="From" name="from" type="date" required defaultValue={from} max={to} />
        <Input label="To" name="to" type="date" required defaultValue={to} max={to} />
        <Button type="submit" variant="primary" busy={isRunning}>
          {isRunning ? 'Simulating…' : 'Simulate'}
        </Button>
        {isRunning && <Button onClick={() => stop.current?.abort()}>Stop</Button>}
      </form>
      <div aria-live="polite" className="mt-4 text-sm">
        {isRunning && state.progress && (
          <p className="text-muted">
            <progress
              aria-label="Charges priced again"
              value={state.progress.charges}
              max={state.progress.of}
              className="mr-3 w-40 accent-accent"
            />
            {state.progress.charges} of {state.progress.of} charges
          </p>
        )}
        {state.kind === 'failed' && <p className="text-bad">{state.message}</p>}
        {state.kind === 'done' && <Found view={state.view} columns={columns} />}
      </div>
    </>
  )
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<SimulationLine> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}

function Found({ view, columns }: { view: SimulationView; columns: readonly string[] }) {
  return (
    <div className="space-y-6">
      {view.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      <Figures
        title="In all"
        columns={['Before', 'After']}
        rows={view.facts.map(({ label, before, after }) => ({ name: label, cells: [before, after] }))}
      />
      {view.tables.map(({ title, rows }) => (
        <Figures key={title} title={title} columns={columns} rows={rows} />
      ))}
      <p>{view.ranOut.words}</p>
      {view.ranOut.accounts.length > 0 && (
        <ul className="space-y-1 text-label text-muted">
          {view.ranOut.accounts.map(({ user, at }) => (
            <li key={user}>
              <a
                href={`/operator/accounts/${user}`}
                className="wrap-anywhere font-mono underline underline-offset-4"
              >
                {user}
              </a>{' '}
              · <DateTime value={at} />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

type FiguresProps = { title: string; columns: readonly string[]; rows: SimulationRow[] }

function Figures({ title, columns, rows }: FiguresProps) {
  return (
    <Table caption={title}>
      <TableHead>
        <tr>
          <Th>{title}</Th>
          {columns.map((column) => (
            <Th key={column} numeric>
              {column}
            </Th>
          ))}
        </tr>
      </TableHead>
      <TableBody>
        {rows.map(({ name, cells }) => (
          <tr key={name}>
            <Td className="wrap-anywhere min-w-32">{name}</Td>
            {cells.map((text, index) => (
              <Td key={columns[index]} numeric>
                {text}
              </Td>
            ))}
          </tr>
        ))}
      </TableBody>
    </Table>
  )
}
