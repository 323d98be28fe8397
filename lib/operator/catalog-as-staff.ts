import { type Difference, differencesOf } from '@/lib/catalog/differences'
import type { CatalogDocument } from '@/lib/catalog/document'
import { withUsual } from '@/lib/catalog/usual-fields'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { DomainError, EditConflict, InvalidRequest } from '@/lib/errors'
import type { Progress } from '@/lib/simulation/simulate'
import type { Simulation } from '@/lib/simulation/tally'
import { scheduleDraft, withdraw } from '@/lib/versions/schedule-version'
import { rangeOf, simulateVersion } from '@/lib/versions/simulate-version'
import {
  checkDocument,
  createDraft,
  deleteDraft,
  type FullVersion,
  getVersion,
  listVersions,
  requireDraft,
  type StoredVersion,
  updateDraft,
} from '@/lib/versions/stored-versions'
import {
  type ActionForm,
  actionsOn,
  type CatalogActionKind,
  checkForm,
  type OperatorAction,
  runRecorded,
} from './action-log'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

/* The staff's verbs for the catalogue. Each throws `NotFound` unless the caller is staff; changes are recorded. */

async function staffed(ctx: Context): Promise<Context> {
  return supportContext(ctx, await requireStaff(ctx))
}

export async function readVersions(ctx: Context): Promise<StoredVersion[]> {
  return listVersions(await staffed(ctx))
}

export type VersionView = {
  found: FullVersion
  versions: StoredVersion[]
  /** The version with which this one is compared; the next field says what differs. */
  against: number
  differences: Difference[]
  actions: OperatorAction[]
}

/** A version compared with another one: by default the one in effect or, for that version itself, its predecessor. */
export async function readVersion(
  ctx: Context,
  { version, against }: { version: number; against: number | null },
): Promise<VersionView> {
  const as = await staffed(ctx)
  const [found, versions] = await Promise.all([getVersion(as, version), listVersions(as)])
  const inEffect = versions.find(({ state }) => state === 'effective')?.version
  const before = versions.find((one) => one.version < version && one.state !== 'draft')?.version
  const other = against ?? (inEffect === version ? (before ?? version) : (inEffect ?? version))
  const [{ document }, all] = await Promise.all([getVersion(as, other), actionsOn(as, subjectOf(version))])
  // The next draft reuses the number of a deleted one.
  const deleted = all.findIndex(({ kind, outcome }) => kind === 'delete_draft' && outcome === 'done')
  const actions = deleted === -1 ? all : all.slice(0, deleted)
  return { found, versions, against: other, differences: differencesOf(document, found.document), actions }
}

const subjectOf = (version: number) => `catalogue version ${version}`

type Change = ActionForm & { version: number }

/**
 * Runs a change once per form, with its reason on record. A refusal is recorded too. Returns the reason for a refusal, or
 * null.
 */
async function recorded(
  ctx: Context,
  kind: CatalogActionKind,
  input: Change,
  work: (as: Context) => Promise<unknown>,
): Promise<string | null> {
  const staff = await requireStaff(ctx)
  const subject = subjectOf(input.version)
  const action = { staff, accountId: null, kind, subject, ...checkForm(input), amount: null }
  const { detail } = await runRecorded(ctx, action, async () => {
    try {
      await work(supportContext(ctx, staff))
      return { outcome: 'done', detail: null }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return { outcome: 'refused', detail: error.message }
    }
  })
  return detail
}

/** Adds a draft that starts as a copy of a version. Returns the draft's number. */
export async function addDraft(ctx: Context, input: Change): Promise<number> {
  const as = await staffed(ctx)
  const { document } = await getVersion(as, input.version)
  let made = input.version
  const refusal = await recorded(ctx, 'add_draft', input, async () => {
    made = (await createDraft(as, document)).version
  })
  if (refusal !== null) throw InvalidRequest.at('document', refusal)
  return made
}

/**
 * Saves a draft's document, given as JSON, unless somebody has saved it since `revision`. Throws if the document is
 * refused, and saves nothing.
 */
export async function saveDraft(
  ctx: Context,
  { json, revision, ...input }: Change & { revision: number; json: string },
): Promise<void> {
  const as = await staffed(ctx)
  await saveAs(ctx, as, { ...input, revision, document: parsed(json) })
}

/** Like `saveDraft`, but replaces only the given values, at the places of `usualFields`. */
export async function saveUsual(
  ctx: Context,
  { values, revision, ...input }: Change & { revision: number; values: ReadonlyMap<string, number> },
): Promise<void> {
  const as = await staffed(ctx)
  const { document } = await getVersion(as, input.version)
  await saveAs(ctx, as, { ...input, revision, document: withUsual(document as CatalogDocument, values) })
}

async function saveAs(
  ctx: Context,
  as: Context,
  { document, revision, ...input }: Change & { revision: number; document: object },
): Promise<void> {
  const { version } = input
  const before = await getVersion(as, version)
  requireDraft(before)
  await checkDocument(document, version)
  if (before.revision !== revision) throw new EditConflict(before.revision)
  const refusal = await recorded(ctx, 'save_draft', input, () =>
    updateDraft(as, { version, document, revision }),
  )
  if (refusal !== null) throw InvalidRequest.at('document', refusal)
}

function parsed(json: string): object {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    if (error instanceof SyntaxError)
      throw InvalidRequest.at('document', `This is not JSON: ${error.message}`)
    throw error
  }
  throw InvalidRequest.at('document', 'A document is an object in braces.')
}

export function removeDraft(ctx: Context, input: Change): Promise<string | null> {
  return recorded(ctx, 'delete_draft', input, (as) => deleteDraft(as, input.version))
}

/** Returns the reason for a refusal, or null. */
export function scheduleAsStaff(
  ctx: Context,
  { from, ...input }: Change & { from: Date },
): Promise<string | null> {
  const { version } = input
  return recorded(ctx, 'schedule_version', input, (as) => scheduleDraft(as, { version, from }))
}

export function withdrawAsStaff(ctx: Context, input: Change): Promise<string | null> {
  return recorded(ctx, 'withdraw_version', input, (as) => withdraw(as, input.version))
}

/**
 * Simulates a version over the days from `from` to `to` (`2026-11-01`), both included. Throws `InvalidRequest` for anything that
 * is not a day; the simulation throws like `simulateVersion`.
 */
export async function simulateAsStaff(
  ctx: Context,
  { version, from, to }: { version: number; from: string | null; to: string | null },
): Promise<AsyncGenerator<Progress, Simulation>> {
  const staff = await staffed(ctx)
  const [first, last] = [dayIn('from', from), dayIn('to', to)]
  const next = new Date(last.getTime() + DAY_MS)
  const now = ctx.clock.now()
  const range = rangeOf(now, { from: first, ...(next < now ? { to: next } : {}) })
  return simulateVersion(staff, { version, ...range })
}

function dayIn(name: string, text: string | null): Date {
  const day = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text ?? '') ? `${text}T00:00:00Z` : '')
  if (Number.isNaN(day.getTime())) throw InvalidRequest.at(name, 'Choose a day.')
  return day
}
