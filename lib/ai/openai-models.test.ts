import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, openApi } from '@/lib/api/contract.test-support'
import { localModels } from './local/local-models'
import { openaiModels } from './openai-models'
import { runText } from './run-text'
import { runUnits } from './run-units'
import { of, platform, press, receiptOf, textOf } from './runs.test-support'

type Asked = { path: string; body: Record<string, unknown> }

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Answers in the shape of OpenAI's API. The usage is deliberately odd, so that it differs from any estimate. */
const RESPONSE = { id: 'resp_1', created_at: 1_764_000_000, model: 'gpt-test' }
const SEARCH = {
  type: 'web_search_call',
  id: 'ws_1',
  status: 'completed',
  action: { type: 'search', query: 'trains' },
}
const STREAM = [
  { type: 'response.created', response: RESPONSE },
  { type: 'response.output_item.added', output_index: 0, item: { ...SEARCH, status: 'in_progress' } },
  { type: 'response.output_item.done', output_index: 0, item: SEARCH },
  { type: 'response.output_item.added', output_index: 1, item: { type: 'message', id: 'msg_1' } },
  { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Trains are ' },
  { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'slow.' },
  { type: 'response.output_item.done', output_index: 1, item: { type: 'message', id: 'msg_1' } },
  {
    type: 'response.completed',
    response: {
      ...RESPONSE,
      usage: {
        input_tokens: 9_001,
        input_tokens_details: { cached_tokens: 4_000 },
        output_tokens: 1_777,
        output_tokens_details: { reasoning_tokens: 1_700 },
      },
    },
  },
]

let api: Api
let openai: { url: string; asked: Asked[]; close(): void }
beforeAll(async () => {
  api = await openApi('node server')
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const at = request.url ?? ''
    asked.push({ path: at, body: JSON.parse(Buffer.concat(chunks).toString()) })
    if (at.endsWith('/responses')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(STREAM.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
    } else if (at.endsWith('/images/generations')) {
      response.writeHead(200, { 'content-type': 'application/json' })
      const usage = { input_tokens: 3_000, output_tokens: 100, total_tokens: 3_100 }
      response.end(JSON.stringify({ created: 1, data: [{ b64_json: PNG }], usage }))
    } else {
      response.writeHead(200, { 'content-type': 'audio/mpeg' })
      response.end(Buffer.from([0xff, 0xfb, 0x90, 0x00]))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  openai = { url: `http://127.0.0.1:${port}/v1`, asked, close: () => server.close() }
})
afterAll(async () => {
  openai.close()
  await api.close()
})

function deps() {
  const settings = {
    apiKey: 'sk-test',
    baseUrl: openai.url,
    model: 'gpt-small',
    modelAdvanced: 'gpt-large',
    imageModel: 'gpt-image-1',
    speechModel: 'tts-1',
  }
  return platform(api, openaiModels(settings, localModels({ paceMs: 0 })))
}

test('text is charged by the usage that OpenAI reports, including cached input, reasoning and web search', async () => {
  const user = await api.newUser()
  const events = await runText(deps(), {
    payer: { user: user.id },
    action: press(),
    operation: 'ai.standard',
    messages: [{ role: 'user', content: 'What is new about trains?' }],
    webSearch: true,
  }).done
  expect(textOf(events)).toBe('Trains are slow.')
  const charge = receiptOf(events)
  expect(charge.usage).toEqual({
    inputTokens: 9_001,
    cachedInputTokens: 4_000,
    outputTokens: 1_777,
    webSearch: true,
  })
  // (5,001 × 0.5 + 4,000 × 0.05 + 1,777 × 2) ÷ 1,000, and 15 for the search.
  expect(charge.total).toBe(21.255)
  expect(openai.asked.at(-1)).toMatchObject({
    path: '/v1/responses',
    body: { model: 'gpt-small', tools: [{ type: 'web_search' }] },
  })
})

test('an image is charged for the input tokens that OpenAI counted', async () => {
  const user = await api.newUser()
  const events = await runUnits(deps(), {
    payer: { user: user.id },
    action: press(),
    operation: 'image.standard',
    prompt: 'A train',
  }).done
  expect(of(events, 'media')).toMatchObject([{ mediaType: 'image/png', base64: PNG }])
  expect(receiptOf(events)).toMatchObject({ total: 51, usage: { images: 1, inputTokens: 3_000 } })
  expect(openai.asked.at(-1)?.body).toMatchObject({ model: 'gpt-image-1', quality: 'medium' })
})

test('OpenAI provides speech, and local models provide the operations that OpenAI does not offer', async () => {
  const user = await api.newUser()
  const payer = { user: user.id }
  const spoken = await runUnits(deps(), { payer, action: press(), operation: 'speech.tts', text: 'Hello.' })
    .done
  expect(of(spoken, 'media')[0]?.mediaType).toBe('audio/mpeg')
  expect(receiptOf(spoken).total).toBe(10)
  const filmed = await runUnits(deps(), {
    payer,
    action: press(),
    operation: 'video.standard',
    prompt: 'A train',
    seconds: 1,
  }).done
  expect(of(filmed, 'media')[0]?.mediaType).toBe('image/svg+xml')
})
