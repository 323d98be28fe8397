'use client'

import { useEffect, useId, useRef, useState } from 'react'
import { ActionButton } from '@/components/apps/action-button'
import type { AppAction } from '@/components/apps/app-json'
import { AtMost, useAtMost } from '@/components/studio/at-most'
import { aboutInWords, obstacleInWords, priceInWords } from '@/components/studio/price-words'
import { LostConnection, ReceiptLine, Refusal, RunningLine } from '@/components/studio/run-outcome'
import { usePrice } from '@/components/studio/use-price'
import { useRun } from '@/components/studio/use-run'
import { Button } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'
import { controlClass, Field } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { PROMPT_LENGTH_MAX } from '@/lib/studio/choices'
import { type Feature, refusePrompt } from '@/lib/studio/features'
import type { Price } from '@/lib/studio/price-feature'

export type PricedFeature = Feature & { price: Price | null }

type AppAiProps = {
  /** The path of the app's page. */
  base: string
  features: PricedFeature[]
  placeholder: string
  /** The creator's premium in words; null in one's own app. */
  premium: string | null
  /** The action to resume once nothing prevents it any longer. */
  resume: string | null
  /** The app's public id and its name. */
  app: { id: string; name: string }
  /** True if consent is missing; the first action then asks for it. */
  mustAsk: boolean
  /** True if the person paused the app. */
  isPaused: boolean
  setPaused: AppAction
}

/** An app's AI features, with the price before a use, the running cost during it, and the receipt after it. */
export function AppAi({
  base,
  features,
  placeholder,
  premium,
  resume,
  app,
  mustAsk,
  isPaused,
  setPaused,
}: AppAiProps) {
  const [key, setKey] = useState(features[0]?.key ?? '')
  const chosen = features.find((feature) => feature.key === key) ?? features[0]
  const [prompt, setPrompt] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const atMost = useAtMost(base)
  const runner = useRun(base, resume, {
    consentHref: mustAsk ? `${base}/connect` : null,
    app: app.id,
  })
  const { state, start, stop, waiting } = runner
  const price = usePrice(base, chosen?.key ?? '', prompt, chosen?.price ?? null)
  const field = useRef<HTMLTextAreaElement>(null)
  const priceId = useId()
  // Returning people find their prompt again, whether or not they bought something.
  useEffect(() => {
    if (waiting === null) return
    setPrompt(waiting.prompt)
    setKey(waiting.feature)
  }, [waiting])
  if (chosen === undefined) return null
  const isRunning = state.status === 'running'
  const run = (feature: PricedFeature) => {
    const refusal = refusePrompt(feature, prompt.trim())
    setProblem(refusal)
    if (refusal !== null) field.current?.focus()
    else if (!atMost.isWrong) start({ feature: feature.key, prompt, atMost: atMost.amount })
  }
  const used = features.find((feature) => feature.key === state.current?.feature) ?? chosen
  const resumeQuery = state.current === null ? '' : `?resume=${state.current.action}`
  return (
    <Panel title="Make something" description="Each button says what it costs before you press it.">
      {isPaused && state.problem === null && (
        <div className="mb-4">
          <Notice
            tone="warn"
            title="You paused this app’s spending."
            action={<ResumeButton app={app} setPaused={setPaused} />}
          >
            Its AI features wait until you resume it; everything else here works.
          </Notice>
        </div>
      )}
      <fieldset className="grid grid-cols-[repeat(auto-fit,minmax(9.25rem,1fr))] gap-2" disabled={isRunning}>
        <legend className="sr-only">What to make</legend>
        {features.map((feature) => (
          <button
            key={feature.key}
            type="button"
            aria-pressed={feature.key === chosen.key}
            onClick={() => {
              setKey(feature.key)
              setProblem(null)
            }}
            className={classNames(
              'rounded-md border px-3 py-2 text-left text-sm',
              feature.key === chosen.key
                ? 'border-accent bg-accent-soft'
                : 'border-line bg-surface hover:bg-sunken',
            )}
          >
            <span className="block font-medium">{feature.label}</span>
            <span className="block text-label text-muted tabular-nums">
              {feature.price === null ? 'price unknown' : aboutInWords(feature.price.usual)}
              {feature.price?.obstacle?.kind === 'plan' && ` · ${feature.price.obstacle.plan}`}
            </span>
          </button>
        ))}
      </fieldset>
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault()
          run(chosen)
        }}
      >
        <Field
          label={chosen.operation === 'web.extract' ? 'Page address' : 'What do you want?'}
          error={problem}
        >
          {(ids) => (
            <textarea
              {...ids}
              ref={field}
              rows={chosen.operation === 'web.extract' ? 1 : 3}
              maxLength={PROMPT_LENGTH_MAX}
              value={prompt}
              placeholder={chosen.asks ?? placeholder}
              onChange={(event) => setPrompt(event.target.value)}
              className={classNames(controlClass, 'py-2')}
            />
          )}
        </Field>
        <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button type="submit" variant="primary" busy={isRunning} aria-describedby={priceId}>
            {isRunning ? used.busy : chosen.verb}
          </Button>
          {isRunning && <Button onClick={stop}>Stop</Button>}
          <AtMost {...atMost} />
          <p id={priceId} className="min-w-0 flex-1 basis-60 text-label text-muted tabular-nums">
            {priceInWords(price, premium)} {state.problem === null && obstacleInWords(price)}
          </p>
        </div>
      </form>
      <div className="mt-4 space-y-3 empty:hidden" role="status">
        <RunningLine state={state} busy={used.busy} />
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
            returnTo={`${base}${resumeQuery}`}
            budgetHref={`${base}/connect${resumeQuery}`}
            resumeButton={<ResumeButton app={app} setPaused={setPaused} onDone={runner.retry} />}
            canUse={(operation) => features.some((feature) => feature.operation === operation)}
            onUse={(operation) => {
              const cheaper = features.find((feature) => feature.operation === operation)
              if (cheaper === undefined) return
              setKey(cheaper.key)
              run(cheaper)
            }}
          />
        </div>
      )}
      {state.text !== '' && (
        <section
          aria-label="Result"
          className="mt-4 whitespace-pre-wrap break-words rounded-md bg-sunken px-4 py-3 text-sm leading-6"
        >
          {state.text}
        </section>
      )}
      {state.kept !== null && <p className="mt-3 text-label text-muted">Kept below.</p>}
    </Panel>
  )
}

type ResumeButtonProps = Pick<AppAiProps, 'app' | 'setPaused'> & { onDone?: () => void }

/** Resumes a paused app. */
function ResumeButton({ app: { id, name }, setPaused, onDone }: ResumeButtonProps) {
  return (
    <ActionButton
      action={setPaused}
      fields={{ app: id, paused: 'no' }}
      label="Resume"
      busyLabel="Resuming…"
      name={`Resume ${name}`}
      {...(onDone && { onDone })}
    />
  )
}
