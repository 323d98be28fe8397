import { tool } from 'ai'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type Api, listOf, openApi } from '@/lib/api/contract.test-support'
import { createCreditsClient } from './credits-client'
import { localModels } from './local/local-models'
import type { Models } from './models'
import { runText, type TextRequest } from './run-text'
import { runUnits } from './run-units'
import { newGuest, of, openGateway, platform, press, receiptOf, stopAt, textOf } from './runs.test-support'

let api: Api
beforeAll(async () => {
  api = await openApi('node server')
})
afterAll(() => api.close())
beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue(undefined)
})

const LONG: TextRequest['messages'] = [{ role: 'user', content: 'Write a list of ideas about slow trains.' }]
const text = (payer: TextRequest['payer'], action = press()) =>
  ({ payer, action, operation: 'ai.standard', messages: LONG }) as const

/** A text model that fails before its first word, or after a few. */
function breaking(afterParts: number, times = Number.POSITIVE_INFINITY): Models {
  const local = localModels({ paceMs: 0 })
  let broken = 0
  return {
    ...local,
    text(operation, options) {
      const made = local.text(operation, options)
      const doStream: typeof made.model.doStream = async (call) => {
        const result = await made.model.doStream(call)
        if (++broken > times) return result
        let seen = 0
        const cut = new TransformStream({
          transform(part, controller) {
            if (seen++ >= afterParts) controller.error(new Error('the provider broke'))
            else controller.enqueue(part)
          },
        })
        return { ...result, stream: result.stream.pipeThrough(cut) }
      }
      return { ...made, model: { ...made.model, doStream } }
    },
  }
}

async function holdStatuses(user: string) {
  return listOf((await api.get(`/holds?user=${user}`)).body.data).map(({ status }) => status)
}

test('a failure before the first output releases the hold and charges nothing, and a retry works', async () => {
  const user = await api.newUser()
  const action = press()
  const deps = platform(api, breaking(1, 1))
  const failed = await runText(deps, text({ user: user.id }, action)).done
  expect(failed.at(-1)).toMatchObject({ type: 'failed', reason: 'model', charged: false })
  expect(await holdStatuses(user.id)).toEqual(['released'])
  expect(await api.available(user.id)).toBe(1_000)
  const retried = await runText(deps, text({ user: user.id }, action)).done
  expect(receiptOf(retried).total).toBe(2)
})

test('a failure during the output charges the usage so far and reports an incomplete result', async () => {
  const user = await api.newUser()
  const events = await runText(platform(api, breaking(6)), text({ user: user.id })).done
  expect(of(events, 'receipt')[0]).toMatchObject({ interrupted: true, charge: { total: 2 } })
  expect(textOf(events)).not.toBe('')
  expect(events.at(-1)).toMatchObject({ type: 'failed', reason: 'model', charged: true })
})

test('stopping a run before the first output charges nothing', async () => {
  const user = await api.newUser()
  const run = runText(platform(api, localModels({ paceMs: 60_000 })), text({ user: user.id }))
  const events = await stopAt(run, 'started')
  expect(events.at(-1)).toMatchObject({ type: 'failed', reason: 'stopped', charged: false })
  expect(await api.available(user.id)).toBe(1_000)
})

test('repeating an action, immediately or later, returns its result and charges once', async () => {
  const { payer, asGuest } = await newGuest(api)
  const action = press()
  const deps = platform(api, localModels({ paceMs: 1 }))
  const runs = [runText(deps, text(asGuest, action)), runText(deps, text(asGuest, action))]
  const [first = [], second = []] = await Promise.all(runs.map((run) => run.done))
  const later = await runText(deps, text(asGuest, action)).done
  for (const events of [second, later]) {
    expect(textOf(events)).toBe(textOf(first))
    expect(receiptOf(events)).toEqual(receiptOf(first))
  }
  expect(await api.available(payer.id)).toBe(1_000 - receiptOf(first).total)
})

test('a charge that could not be confirmed stays due and is made when the action is repeated', async () => {
  const { payer, asGuest } = await newGuest(api)
  const action = press()
  const gateway = await openGateway(api)
  gateway.isOut = true
  const given = await runText(gateway.deps, text(asGuest, action)).done
  expect(textOf(given)).not.toBe('')
  expect(given.at(-1)).toMatchObject({
    type: 'failed',
    reason: 'unconfirmed',
    due: { hold: expect.any(String) },
  })
  gateway.isOut = false
  const again = await runText(gateway.deps, text(asGuest, action)).done
  expect(textOf(again)).toBe(textOf(given))
  expect(of(again, 'failed')).toEqual([])
  expect(await api.available(payer.id)).toBe(1_000 - receiptOf(again).total)
  gateway.close()
})

test('an action cannot be reused for another request', async () => {
  const user = await api.newUser()
  const action = press()
  const deps = platform(api)
  await runText(deps, text({ user: user.id }, action)).done
  const other = {
    ...text({ user: user.id }, action),
    messages: [{ role: 'user', content: 'More!' }],
  } as const
  const events = await runText(deps, { ...other, messages: [...other.messages] }).done
  expect(events).toMatchObject([{ type: 'refused', problem: { code: 'idempotency_conflict' } }])
})

test('a run with an empty balance is refused with the missing credits and the options, and does nothing', async () => {
  const { payer, asGuest } = await newGuest(api)
  await api.post('/charges', { user: payer.id, operation: 'web.extract', usage: { pages: 125 } })
  const events = await runText(platform(api), text(asGuest)).done
  const [refused] = of(events, 'refused')
  expect(events).toEqual([refused])
  expect(refused?.problem).toMatchObject({
    code: 'insufficient_credits',
    available: 0,
    options: [{ kind: 'upgrade' }, { kind: 'pack' }, { kind: 'wait' }],
  })
})

test('a run refused for its plan, budget, pause or missing consent names the reason', async () => {
  const { payer, app, asGuest } = await newGuest(api)
  const code = async (operation: 'ai.standard' | 'ai.advanced') => {
    const events = await runText(platform(api), { ...text(asGuest), operation }).done
    return of(events, 'refused')[0]?.problem.code
  }
  expect(await code('ai.advanced')).toBe('plan_required')
  await api.put(`/apps/${app.id}/budget`, { user: payer.id, monthlyLimit: 1 })
  expect(await code('ai.standard')).toBe('budget_exceeded')
  await api.put(`/apps/${app.id}/budget`, { user: payer.id, monthlyLimit: null, paused: true })
  expect(await code('ai.standard')).toBe('app_paused')
  await api.request('DELETE', `/apps/${app.id}/tokens?user=${payer.id}`, undefined)
  expect(await code('ai.standard')).toBe('consent_required')
})

test('a step that cannot be paid is not run, and the earlier steps are charged', async () => {
  const user = await api.newUser()
  // 8 credits are left: enough for the first step, but not for a second one that reads the tool's answer.
  await api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 124 } })
  const lookUp = tool({ inputSchema: z.object({}), execute: async () => 'word '.repeat(40_000) })
  const events = await runText(platform(api), {
    payer: { user: user.id },
    action: press(),
    operation: 'ai.standard',
    messages: [{ role: 'user', content: 'Look into the timetable for me' }],
    tools: { timetable: lookUp },
    maxOutputTokens: 2_000,
  }).done
  expect(of(events, 'tool').length).toBe(1)
  expect(of(events, 'refused')[0]?.problem.code).toBe('insufficient_credits')
  expect(receiptOf(events)).toMatchObject({ total: 2, absorbed: 0 })
})

test('an agent stops after the last step its cap covers, keeps the result, and continues the same run once the cap is raised', async () => {
  const user = await api.newUser()
  const { body: started } = await api.post('/runs', { user: user.id, cap: 8 })
  const run = String(started.id)
  const lookUp = tool({ inputSchema: z.object({}), execute: async () => 'word '.repeat(40_000) })
  const turn = (): TextRequest => ({
    payer: { user: user.id, run },
    action: press(),
    operation: 'ai.standard',
    messages: [{ role: 'user', content: 'Look into the timetable for me' }],
    tools: { timetable: lookUp },
    maxOutputTokens: 2_000,
  })
  const stopped = await runText(platform(api), turn()).done
  expect(of(stopped, 'tool').length).toBe(1)
  expect(of(stopped, 'refused')[0]?.problem).toMatchObject({
    code: 'limit_reached',
    scope: 'run',
    run,
    limit: 8,
  })
  expect(receiptOf(stopped)).toMatchObject({ run, total: 2, absorbed: 0 })
  expect((await api.post(`/runs/${run}/raise`, { cap: 100 })).status).toBe(200)
  const done = await runText(platform(api), turn()).done
  expect(of(done, 'refused')).toEqual([])
  const spent = receiptOf(stopped).total + receiptOf(done).total
  expect((await api.get(`/runs/${run}`)).body).toMatchObject({ spent, charges: 2, held: 0 })
})

test('an action never costs more than its limit', async () => {
  const user = await api.newUser()
  const messages = [{ role: 'user' as const, content: `Say something about ${'trains '.repeat(9_000)}` }]
  const events = await runText(platform(api), { ...text({ user: user.id }), messages, limit: 3 }).done
  const { total, absorbed } = receiptOf(events)
  expect(total).toBeGreaterThan(3)
  expect(total - absorbed).toBeCloseTo(3, 3)
  expect(await api.available(user.id)).toBe(997)
})

test('no AI feature runs without the credits system', async () => {
  const credits = createCreditsClient({ baseUrl: 'http://127.0.0.1:1', key: api.secret, waitsMs: [0, 0] })
  const dead = { ...platform(api), credits }
  const run = runUnits(dead, {
    payer: { user: 'usr_x' },
    action: press(),
    operation: 'speech.tts',
    text: 'Hello',
  })
  expect(await run.done).toMatchObject([{ type: 'refused', problem: { code: 'unavailable' } }])
})
