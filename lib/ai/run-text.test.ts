import { tool } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Api, listOf, openApi } from '@/lib/api/contract.test-support'
import { localModels } from './local/local-models'
import { quoteText, runText, type TextRequest } from './run-text'
import { newGuest, of, platform, press, receiptOf, stopAt, textOf } from './runs.test-support'

let api: Api
beforeAll(async () => {
  api = await openApi('node server')
})
afterAll(() => api.close())

const MESSAGES: TextRequest['messages'] = [{ role: 'user', content: 'Write a text about slow trains.' }]
const weather = tool({
  description: 'The weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, degrees: 21 }),
})

async function holdsOf(user: string) {
  return listOf((await api.get(`/holds?user=${user}`)).body.data)
}

test('text in another creator’s app is held first, then charged for the reported usage plus the premium', async () => {
  const { payer, app, asGuest } = await newGuest(api)
  const deps = platform(api)
  const request = { payer: asGuest, operation: 'ai.standard', messages: MESSAGES } as const
  const { usual, most } = await quoteText(deps, request)
  const events = await runText(deps, { ...request, action: press() }).done
  const [started] = of(events, 'started')
  expect(events[0]).toBe(started)
  expect(started?.reserved).toBe(most.total)
  const charge = receiptOf(events)
  expect(events.at(-1)?.type).toBe('receipt')
  expect(charge).toMatchObject({ app: app.id, operation: 'ai.standard', base: 2, premium: 0.2, total: 2.2 })
  expect(charge.usage.outputTokens).toBe(Math.ceil(textOf(events).length / 4))
  expect(usual.total).toBeLessThanOrEqual(most.total)
  expect(await api.available(payer.id)).toBe(1_000 - charge.total)
})

test('a text run reports its running cost', async () => {
  const { asGuest } = await newGuest(api)
  const deps = platform(api, localModels({ paceMs: 2 }))
  const run = runText(deps, {
    payer: asGuest,
    action: press(),
    operation: 'ai.standard',
    messages: [{ role: 'user', content: `Write a list of ideas about ${'very long '.repeat(800)} roads` }],
  })
  const events = await run.done
  const costs = of(events, 'cost').map(({ credits }) => credits)
  expect(costs.length).toBeGreaterThan(0)
  expect(costs).toEqual([...costs].sort((left, right) => left - right))
  expect(costs.at(-1)).toBeLessThanOrEqual(receiptOf(events).total)
})

test('an action that calls tools makes one charge for all its steps', async () => {
  const user = await api.newUser()
  const deps = platform(api)
  const events = await runText(deps, {
    payer: { user: user.id },
    action: press(),
    operation: 'editor.chat.fast',
    messages: [{ role: 'user', content: 'Call it "Train Notes" and make it a place for notes about trains' }],
    system: 'There is no app yet.',
    tools: { create_app: weather, set_color: weather },
  }).done
  const charge = receiptOf(events)
  expect(of(events, 'tool').length).toBe(charge.usage.toolCalls)
  expect(charge.usage.toolCalls).toBeGreaterThan(0)
  expect((await holdsOf(user.id)).map(({ status }) => status)).toEqual(['captured'])
})

test('a web search adds its surcharge once, and only if the web was searched', async () => {
  const user = await api.newUser()
  const request = { payer: { user: user.id }, operation: 'ai.standard', messages: MESSAGES } as const
  const searched = await runText(platform(api), { ...request, action: press(), webSearch: true }).done
  expect(of(searched, 'source').length).toBeGreaterThan(0)
  expect(receiptOf(searched)).toMatchObject({ base: 17, usage: { webSearch: true } })
  const plain = await runText(platform(api), { ...request, action: press() }).done
  expect(receiptOf(plain)).toMatchObject({ base: 2, usage: { webSearch: false } })
})

test('leaving a text run early charges the usage so far and releases the rest', async () => {
  const { payer, asGuest } = await newGuest(api)
  const messages: TextRequest['messages'] = [
    { role: 'user', content: `Write a list of ideas about ${'long '.repeat(20_000)}` },
  ]
  const request = { payer: asGuest, operation: 'ai.standard', messages } as const
  const whole = receiptOf(await runText(platform(api), { ...request, action: press() }).done)
  const before = await api.available(payer.id)
  const run = runText(platform(api, localModels({ paceMs: 3 })), { ...request, action: press() })
  const events = await stopAt(run, 'text', 3)
  const charge = receiptOf(events)
  expect(of(events, 'receipt')[0]?.interrupted).toBe(true)
  expect(charge.usage.outputTokens).toBeGreaterThan(0)
  expect(Number(charge.usage.outputTokens)).toBeLessThan(Number(whole.usage.outputTokens))
  expect(await api.available(payer.id)).toBeCloseTo(before - charge.total, 3)
})
