// Answers: what does this version change, what would it have done, and when does it begin?

import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { DateTime } from '@/components/format/date-time'
import { ActionLog } from '@/components/operator/action-log'
import { STATE_WORDS, USUAL, valueInWords } from '@/components/operator/catalog-words'
import { SimulationRunner } from '@/components/operator/simulation-runner'
import { SIMULATION_COLUMNS } from '@/components/operator/simulation-view'
import { StaffForm } from '@/components/operator/staff-form'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Field, Input, Select } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import type { Difference } from '@/lib/catalog/differences'
import type { CatalogDocument } from '@/lib/catalog/document'
import { usualFields } from '@/lib/catalog/usual-fields'
import { DAY_MS } from '@/lib/clock'
import { getEnv } from '@/lib/env'
import { utcDay } from '@/lib/instant'
import { readVersion } from '@/lib/operator/catalog-as-staff'
import type { FullVersion, StoredVersion } from '@/lib/versions/stored-versions'
import { dropDraft, saveDocument, savePrices, schedule, takeOffSchedule } from '../../actions'
import { orNotFound, staffContext } from '../../staff-context'

export const metadata: Metadata = { title: 'Catalogue version' }

const DAYS = 30

type VersionPageProps = {
  params: Promise<{ version: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

const numberIn = (text: unknown) =>
  typeof text === 'string' && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null

export default async function VersionPage({ params, searchParams }: VersionPageProps) {
  const { ctx } = await staffContext()
  const [{ version: named }, { against }] = await Promise.all([params, searchParams])
  const version = numberIn(named)
  if (version === null) notFound()
  const view = await orNotFound(readVersion(ctx, { version, against: numberIn(against) }))
  const { found, versions, differences, actions } = view
  const { tone, words } = STATE_WORDS[found.state]
  const now = ctx.clock.now()
  return (
    <>
      <p className="mb-4 text-sm">
        <Link href="/operator/catalog" className="text-accent underline-offset-4 hover:underline">
          All versions
        </Link>
      </p>
      <PageHeader
        title={`Version ${version}`}
        description={
          found.effectiveFrom && (
            <>
              From <DateTime value={found.effectiveFrom} />
            </>
          )
        }
        actions={<Badge tone={tone}>{words}</Badge>}
      />
      <div className="space-y-6">
        <Differences version={version} against={view.against} versions={versions} differences={differences} />
        <Panel
          title="Simulate"
          description="What this version would have done to the charges of past days, given the balances at that time. The result is exact for the charges that were made. Requests that were refused or never made are unknown, and limits and budgets are not replayed."
        >
          <SimulationRunner
            href={`/operator/catalog/${version}/simulation`}
            from={utcDay(new Date(now.getTime() - DAYS * DAY_MS))}
            to={utcDay(now)}
            columns={SIMULATION_COLUMNS}
          />
        </Panel>
        {found.state === 'draft' && <Draft found={found} now={now} />}
        {found.state === 'scheduled' && (
          <Panel
            title="Withdraw"
            description="The version becomes a draft again. Its announcement on all pages ends."
          >
            <div className="max-w-xl">
              <StaffForm
                action={takeOffSchedule}
                fields={{ version: String(version) }}
                label="Withdraw"
                busyLabel="Withdrawing…"
                variant="danger"
              />
            </div>
          </Panel>
        )}
        {found.state !== 'draft' && (
          <Panel title="Document">
            <details className="text-sm">
              <summary className="cursor-pointer font-medium">Show the JSON</summary>
              <pre className="mt-3 overflow-x-auto whitespace-pre-wrap break-words rounded-md bg-sunken p-3 font-mono text-label">
                {JSON.stringify(found.document, null, 2)}
              </pre>
            </details>
          </Panel>
        )}
        <ActionLog actions={actions} again={{}} />
      </div>
    </>
  )
}

type DifferencesProps = {
  version: number
  against: number
  versions: StoredVersion[]
  differences: Difference[]
}

function Differences({ version, against, versions, differences }: DifferencesProps) {
  return (
    <Panel
      title="What it changes"
      flush
      actions={
        <form className="flex items-end gap-2">
          <Select
            label="Compared with"
            hideLabel
            name="against"
            defaultValue={String(against)}
            options={versions
              .filter((one) => one.version !== version)
              .map((one) => ({ value: String(one.version), label: `Version ${one.version}` }))}
          />
          <Button type="submit">Compare</Button>
        </form>
      }
    >
      {differences.length === 0 ? (
        <p className="border-t border-line px-5 py-4 text-sm text-muted sm:px-6">
          Nothing, compared with version {against}.
        </p>
      ) : (
        <Table caption={`What differs from version ${against}`} className="border-t border-line">
          <TableHead>
            <tr>
              <Th>Place</Th>
              <Th>Version {against}</Th>
              <Th>Version {version}</Th>
            </tr>
          </TableHead>
          <TableBody>
            {differences.map(({ place, before, after }) => (
              <tr key={place}>
                <Td className="wrap-anywhere min-w-40 align-top font-mono text-label">{place}</Td>
                <Td className="wrap-anywhere min-w-24 align-top">{valueInWords(before)}</Td>
                <Td className="wrap-anywhere min-w-24 align-top">{valueInWords(after)}</Td>
              </tr>
            ))}
          </TableBody>
        </Table>
      )}
    </Panel>
  )
}

function Draft({ found, now }: { found: FullVersion; now: Date }) {
  const fields = { version: String(found.version), revision: String(found.revision) }
  return (
    <>
      <Prices found={found} fields={fields} />
      <Panel
        title="Everything, as JSON"
        description="A document that is refused is not saved, and stays here as you wrote it. GET /api/catalog.schema.json describes it for an editor."
      >
        <StaffForm action={saveDocument} fields={fields} label="Check and save" busyLabel="Saving…">
          <Field label="Document">
            {(ids) => (
              <textarea
                {...ids}
                key={found.revision}
                name="document"
                required
                rows={18}
                spellCheck={false}
                defaultValue={JSON.stringify(found.document, null, 2)}
                className="w-full rounded-md border border-line-strong bg-surface p-3 font-mono text-label text-ink"
              />
            )}
          </Field>
        </StaffForm>
      </Panel>
      <Panel
        title="Schedule"
        description={`At least ten minutes ahead. ${getEnv().hasBilling ? 'Its products and prices are created in Stripe first; if they cannot be, it stays a draft. ' : ''}Then every page announces the change.`}
      >
        <div className="max-w-xl">
          <StaffForm action={schedule} fields={fields} label="Schedule" busyLabel="Scheduling…">
            <Input
              label="In effect from (UTC)"
              name="from"
              type="datetime-local"
              required
              defaultValue={`${utcDay(new Date(now.getTime() + 14 * DAY_MS))}T00:00`}
            />
          </StaffForm>
        </div>
      </Panel>
      <Panel title="Delete">
        <div className="max-w-xl">
          <StaffForm
            action={dropDraft}
            fields={fields}
            label="Delete the draft"
            busyLabel="Deleting…"
            variant="danger"
          />
        </div>
      </Panel>
    </>
  )
}

function Prices({ found, fields }: { found: FullVersion; fields: Record<string, string> }) {
  const all = usualFields(found.document as CatalogDocument)
  const groups = [...new Set(all.map(({ group }) => group))]
  return (
    <Panel
      title="Prices, plans and packs"
      description="Credits have at most three decimals; money is in minor units."
    >
      <StaffForm action={savePrices} fields={fields} label="Check and save" busyLabel="Saving…">
        <div key={found.revision} className="grid gap-6 sm:grid-cols-2">
          {groups.map((group) => (
            <fieldset key={group} className="min-w-0 space-y-3">
              <legend className="mb-2 text-sm font-medium">{group}</legend>
              {all.map((field) =>
                field.group === group ? (
                  <Input
                    key={field.place}
                    label={field.label}
                    name={`${USUAL}${field.place}`}
                    inputMode="decimal"
                    required
                    autoComplete="off"
                    defaultValue={field.value}
                  />
                ) : null,
              )}
            </fieldset>
          ))}
        </div>
      </StaffForm>
    </Panel>
  )
}
