import { afterAll, beforeAll, expect, it } from 'vitest'
import { testDocument } from '@/lib/catalog/two-versions.test-support'
import { openCatalogs } from '@/lib/catalogs/follow'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { EditConflict, InvalidRequest } from '@/lib/errors'
import { createScenario, newKey, type Scenario } from '@/lib/testing/scenario'
import { addDraft, readVersion, removeDraft, saveDraft, saveUsual, scheduleAsStaff } from './catalog-as-staff'
import { signInStaff } from './staff.test-support'

let scenario: Scenario
let staff: Context
beforeAll(async () => {
  scenario = await createScenario('2026-11-20T09:00:00Z')
  await openCatalogs(scenario.database.pool)
  staff = await signInStaff(scenario)
})
afterAll(async () => {
  knowDefault()
  await scenario.close()
})

const form = () => ({ reason: 'Agreed with finance', key: newKey() })
const draft = () => addDraft(staff, { ...form(), version: 1 })
const read = (version: number) => readVersion(staff, { version, against: null })

it('a draft starts as a copy of the version it was made from, once per form', async () => {
  const input = { ...form(), version: 1 }
  const version = await addDraft(staff, input)
  const { found, against, differences } = await read(version)
  expect([found.state, against, differences]).toEqual(['draft', 1, []])
  await removeDraft(staff, { ...form(), version })
})

it('a save that is refused, for an invalid field or because somebody else has saved, changes and records nothing', async () => {
  const version = await draft()
  const json = (premium: number) => JSON.stringify({ ...testDocument(), premium })
  const save = (revision: number, text: string) =>
    saveDraft(staff, { ...form(), version, revision, json: text })
  const refused = await save(1, json(7)).catch((error: unknown) => error)
  expect((refused as InvalidRequest).errors).toMatchObject([{ path: 'document.premium' }])
  await expect(save(1, '{"brand":')).rejects.toBeInstanceOf(InvalidRequest)
  await save(1, json(0.2))
  await expect(save(1, json(0.3))).rejects.toBeInstanceOf(EditConflict)
  const { found, differences, actions } = await read(version)
  expect(found.revision).toBe(2)
  expect(differences).toEqual([{ place: 'premium', before: 0.1, after: 0.2 }])
  expect(actions.map(({ kind, outcome }) => [kind, outcome])).toEqual([['save_draft', 'done']])
  await saveUsual(staff, { ...form(), version, revision: 2, values: new Map([['premium', 0.1]]) })
  expect((await read(version)).differences).toEqual([])
  await removeDraft(staff, { ...form(), version })
})

it('a draft that cannot be scheduled stays a draft, and the record says why', async () => {
  const version = await draft()
  const from = new Date(scenario.clock.now().getTime() - DAY_MS)
  const why = await scheduleAsStaff(staff, { ...form(), version, from })
  expect(why).toContain('at least 10 minutes ahead')
  const { found, actions } = await read(version)
  expect(found).toMatchObject({ state: 'draft', effectiveFrom: null, revision: 1 })
  expect(actions).toMatchObject([{ kind: 'schedule_version', outcome: 'refused', detail: why }])
  await removeDraft(staff, { ...form(), version })
})
