// Answers: which prices, plans and packs are in effect, and which come next?

import type { Metadata } from 'next'
import Link from 'next/link'
import { DateTime } from '@/components/format/date-time'
import { STATE_WORDS } from '@/components/operator/catalog-words'
import { versionPath } from '@/components/operator/paths'
import { StaffForm } from '@/components/operator/staff-form'
import { Badge } from '@/components/ui/badge'
import { Select } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import { PageHeader } from '@/components/ui/shell'
import { readVersions } from '@/lib/operator/catalog-as-staff'
import { newDraft } from '../actions'
import { orNotFound, staffContext } from '../staff-context'

export const metadata: Metadata = { title: 'Catalogue' }

export default async function CatalogPage() {
  const { ctx } = await staffContext()
  const versions = await orNotFound(readVersions(ctx))
  const inEffect = versions.find(({ state }) => state === 'effective')
  return (
    <>
      <PageHeader
        title="Catalogue"
        description="Operations, prices, plans, packs and the brand. A change is a draft that is simulated, then scheduled; a version in effect never changes, because receipts are computed from it."
      />
      <Panel title="Versions" flush>
        <ul className="divide-y divide-line border-t border-line">
          {versions.map(({ version, state, effectiveFrom }) => (
            <li key={version}>
              <Link
                href={versionPath(version)}
                className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-5 py-3 text-sm hover:bg-sunken focus-visible:-outline-offset-2 sm:px-6"
              >
                <span className="min-w-0">
                  <span className="block font-medium">Version {version}</span>
                  <span className="block text-label text-muted">
                    {effectiveFrom !== null ? (
                      <>
                        From <DateTime value={effectiveFrom} />
                      </>
                    ) : state === 'draft' ? (
                      'Not scheduled'
                    ) : (
                      'From the beginning'
                    )}
                  </span>
                </span>
                <Badge tone={STATE_WORDS[state].tone}>{STATE_WORDS[state].words}</Badge>
              </Link>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title="Add a draft" className="mt-6">
        <div className="max-w-xl">
          <StaffForm action={newDraft} fields={{}} label="Add" busyLabel="Adding…">
            <Select
              label="Begins as"
              name="version"
              defaultValue={inEffect?.version}
              options={versions.map(({ version, state }) => ({
                value: String(version),
                label: `Version ${version}, ${STATE_WORDS[state].words.toLowerCase()}`,
              }))}
            />
          </StaffForm>
        </div>
      </Panel>
    </>
  )
}
