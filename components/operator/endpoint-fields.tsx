import { Input } from '@/components/ui/field'
import type { EventType } from '@/lib/event-types'

/** A type of event and its description. */
export type EventChoice = { type: EventType; tells: string }

type EndpointFieldsProps = {
  choices: readonly EventChoice[]
  url?: string
  /** The types chosen earlier; null for all. */
  types?: readonly EventType[] | null
}

/** The fields of a webhook endpoint: its URL and the event types it receives. */
export function EndpointFields({ choices, url, types = null }: EndpointFieldsProps) {
  return (
    <>
      <Input
        label="Address"
        name="url"
        type="url"
        required
        maxLength={2000}
        autoComplete="off"
        defaultValue={url}
        placeholder="https://platform.example/webhooks/credits"
        hint="Must be reachable from the internet by https, without redirects."
      />
      <details open={types !== null}>
        <summary className="cursor-pointer text-label font-medium">Types of events</summary>
        <fieldset className="mt-3">
          <legend className="text-label text-muted">If none is chosen, it receives every type.</legend>
          <div className="mt-2 grid gap-x-6 gap-y-1 sm:grid-cols-2">
            {choices.map(({ type, tells }) => (
              <label
                key={type}
                title={tells}
                className="flex min-h-8 cursor-pointer items-center gap-2.5 text-sm"
              >
                <input
                  type="checkbox"
                  name="types"
                  value={type}
                  defaultChecked={types?.includes(type) ?? false}
                  className="size-4 shrink-0 cursor-pointer accent-accent"
                />
                <code className="min-w-0 break-words font-mono text-label">{type}</code>
              </label>
            ))}
          </div>
        </fieldset>
      </details>
    </>
  )
}
