import { useEffect, useId, useRef, useState } from 'react'
import { AtMost, useAtMost } from '@/components/studio/at-most'
import type { ChatPrices, SaidJson } from '@/components/studio/editor-json'
import { obstacleInWords, priceInWords } from '@/components/studio/price-words'
import {
  LostConnection,
  ReceiptLine,
  ReceiptLink,
  Refusal,
  RunningLine,
} from '@/components/studio/run-outcome'
import { usePrice } from '@/components/studio/use-price'
import type { Runner } from '@/components/studio/use-run'
import { Button } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { controlClass, Field } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { Segments } from '@/components/ui/segments'
import { CHAT_MODES, type ChatMode, PROMPT_LENGTH_MAX } from '@/lib/studio/choices'
import type { Obstacle } from '@/lib/studio/price-feature'

const modes: Record<ChatMode, { label: string; operation: string }> = {
  fast: { label: 'Fast', operation: 'editor.chat.fast' },
  expert: { label: 'Expert', operation: 'editor.chat.expert' },
}

/** Names the required plan if the person's plan does not include the mode: "Expert · Super". */
function labelOf(mode: ChatMode, obstacle: Obstacle | null): string {
  return obstacle?.kind === 'plan' ? `${modes[mode].label} · ${obstacle.plan}` : modes[mode].label
}

type EditorChatProps = { base: string; said: SaidJson[]; prices: ChatPrices; runner: Runner }

/** The chat with the price of each past turn and of the next one. */
export function EditorChat({ base, said, prices, runner }: EditorChatProps) {
  const { state, start, stop, waiting } = runner
  const [mode, setMode] = useState<ChatMode>('fast')
  const [prompt, setPrompt] = useState('')
  const price = usePrice(base, mode, prompt, prices?.[mode] ?? null)
  const field = useRef<HTMLTextAreaElement>(null)
  const priceId = useId()
  const atMost = useAtMost(base)
  const isRunning = state.status === 'running'
  useEffect(() => {
    if (waiting === null) return
    setPrompt(waiting.prompt)
    setMode(CHAT_MODES.find((one) => one === waiting.feature) ?? 'fast')
  }, [waiting])
  // The field is cleared after an answer and kept after a refusal.
  const isAnswered = state.status === 'done'
  useEffect(() => {
    if (isAnswered) setPrompt('')
  }, [isAnswered])
  const say = (as: ChatMode) => {
    if (prompt.trim() === '') field.current?.focus()
    else if (!atMost.isWrong) start({ feature: as, prompt: prompt.trim(), atMost: atMost.amount })
  }
  const { current } = state
  const isUnsaid = current !== null && !said.some(({ action }) => action === current.action)
  const returnTo = current === null ? base : `${base}?resume=${current.action}`
  return (
    <Panel title="Chat" description="Describe the app, or the changes you want.">
      {prices === null && (
        <Notice tone="warn" title="AI is not set up on this server.">
          Everything about the app can be changed by hand.
        </Notice>
      )}
      <ol aria-label="Conversation" className="space-y-4 empty:hidden">
        {said.map((message) => (
          <Said key={message.id} {...message} />
        ))}
        {isUnsaid && state.status !== 'refused' && (
          <>
            <Said who="user" body={current.prompt} cost={null} />
            {state.text !== '' && <Said who="assistant" body={state.text} cost={null} />}
          </>
        )}
      </ol>
      <div className="mt-4 space-y-3 empty:hidden" role="status">
        <RunningLine state={state} busy="Working…" />
        {state.message && <p className="text-label text-bad">{state.message}</p>}
        <ReceiptLine state={state} />
      </div>
      {state.lost !== null && (
        <div className="mt-4">
          <LostConnection runner={runner} />
        </div>
      )}
      {state.problem !== null && (
        <div className="mt-4">
          <Refusal
            runner={runner}
            returnTo={returnTo}
            budgetHref={null}
            resumeButton={null}
            canUse={(operation) => CHAT_MODES.some((one) => modes[one].operation === operation)}
            onUse={(operation) => {
              const cheaper = CHAT_MODES.find((one) => modes[one].operation === operation)
              if (cheaper === undefined) return
              setMode(cheaper)
              say(cheaper)
            }}
          />
        </div>
      )}
      {prices !== null && (
        <form
          className="mt-5 border-t border-line pt-5"
          onSubmit={(event) => {
            event.preventDefault()
            say(mode)
          }}
        >
          <Field label="What should it be?">
            {(ids) => (
              <textarea
                {...ids}
                ref={field}
                rows={3}
                maxLength={PROMPT_LENGTH_MAX}
                value={prompt}
                placeholder="A writing app for travel notes called Trip Notes, in green, with three starter notes about Lisbon"
                onChange={(event) => setPrompt(event.target.value)}
                className={classNames(controlClass, 'py-2')}
              />
            )}
          </Field>
          <div className="mt-3 flex flex-wrap items-center gap-3">
            <Segments
              label="Mode"
              value={mode}
              onChange={setMode}
              options={CHAT_MODES.map((value) => ({
                value,
                label: labelOf(value, prices?.[value]?.obstacle ?? null),
              }))}
            />
            <Button type="submit" variant="primary" busy={isRunning} aria-describedby={priceId}>
              {isRunning ? 'Working…' : 'Send'}
            </Button>
            {isRunning && <Button onClick={stop}>Stop</Button>}
            <AtMost {...atMost} />
          </div>
          <p id={priceId} className="mt-3 text-label text-muted tabular-nums">
            {priceInWords(price, null)} {state.problem === null && obstacleInWords(price)}
          </p>
        </form>
      )}
    </Panel>
  )
}

function Said({ who, body, cost }: Pick<SaidJson, 'who' | 'body' | 'cost'>) {
  return (
    <li>
      <p className="text-label font-medium text-muted">{who === 'user' ? 'You' : 'Editor'}</p>
      <p className="mt-0.5 whitespace-pre-wrap break-words text-sm leading-6">{body}</p>
      {cost && (
        <p className="mt-1 text-label text-muted tabular-nums">
          {cost.words} · <ReceiptLink charge={cost.charge} />
        </p>
      )}
    </li>
  )
}
