import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { formatReport } from '@/lib/audit/format-report'
import { createScenario, type Scenario } from '@/lib/testing/scenario'
import { playGroup, type Result } from './histories.test-support'
import { type Group, groupsOf } from './histories-actions.test-support'

/** More of them, or others: `HISTORIES=20000 HISTORIES_SEED=7 npx vitest run lib/billing/histories`. */
const HISTORIES = Number(process.env.HISTORIES ?? 2_000)
const SEED = Number(process.env.HISTORIES_SEED ?? 20_260_310)
const GROUP = 25
const HISTORIES_PER_SECOND_MIN = 2

let scenario: Scenario
let latest = new Date(0)
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

async function play(group: Group): Promise<Result[]> {
  const { results, end } = await playGroup(scenario.ctx, group)
  if (end > latest) latest = end
  return results
}

function differs({ orderly, disturbed }: Result): boolean {
  return JSON.stringify(orderly) !== JSON.stringify(disturbed)
}

/** Leaves out what the difference does not need, for whoever has to understand it. */
async function smallest(group: Group): Promise<{ group: Group; result: Result } | null> {
  const result = (await play(group)).find(differs)
  if (!result) return null
  let found = { group, result }
  for (const step of group.moves.keys()) {
    const [history] = found.group.histories
    if (!history) break
    const actions = history.actions.with(step, { do: 'nothing' })
    const tried = { ...found.group, histories: [{ ...history, actions }] }
    const again = (await play(tried)).find(differs)
    if (again) found = { group: tried, result: again }
  }
  return found
}

test(
  `${HISTORIES} histories, seed ${SEED}: whatever happens to the events, the ledger ends as if they had come in order`,
  async () => {
    let histories = 0
    const property = fc.asyncProperty(groupsOf(GROUP), async (group) => {
      const results = await play(group)
      histories += results.length
      const wrong = results.find(differs)
      if (!wrong) return
      const small = await smallest({ ...group, histories: [wrong.history] })
      const { result } = small ?? { result: wrong }
      console.error(JSON.stringify(small?.group ?? { ...group, histories: [wrong.history] }))
      expect(result.disturbed).toEqual(result.orderly)
    })
    await fc.assert(property, { seed: SEED, numRuns: Math.ceil(HISTORIES / GROUP), endOnFailure: true })
    expect(histories).toBeGreaterThanOrEqual(HISTORIES)
  },
  (HISTORIES / HISTORIES_PER_SECOND_MIN) * 1_000,
)

test('every event was applied, and the audit of all those accounts is clean', async () => {
  const { rows } = await scenario.ctx.pool.query(
    'select * from webhook_events where applied_at is null limit 3',
  )
  expect(rows).toEqual([])
  const report = await auditLedger(scenario.ctx.pool, { now: latest })
  expect(report.clean, formatReport(report)).toBe(true)
})
