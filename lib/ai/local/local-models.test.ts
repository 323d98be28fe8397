import { generateText, stepCountIs, streamText, tool } from 'ai'
import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { editorSystem, editorTools } from '../editor-tools'
import type { TextOperation } from '../text-usage'
import { localModels } from './local-models'
import { drawPicture, drawVideo } from './picture'
import { topicOf } from './topic'
import { speak } from './voice'

const models = localModels({ paceMs: 0 })
const never = new AbortController().signal

async function write(prompt: string, operation: TextOperation = 'ai.standard', webSearch = false) {
  return generateText({ ...models.text(operation, { webSearch }), prompt })
}

const PROMPTS = [
  'Write a text about slow trains',
  'Five ideas for a garden on a balcony',
  'Suggest a title for a story about a lighthouse',
  'Write an email about the new timetable',
  'Summarize: The train was late. It had waited for the connection from the north, which had snow. All was well.',
  'x',
  '',
]

test.each(PROMPTS)('a local model gives the same text and usage for the same prompt: %s', async (prompt) => {
  const asked = prompt === '' ? ' ' : prompt
  const [one, other] = [await write(asked), await write(asked)]
  expect(one.text).toBe(other.text)
  expect(one.text.length).toBeGreaterThan(10)
  expect(one.totalUsage).toEqual(other.totalUsage)
  expect(one.totalUsage.outputTokens).toBe(Math.ceil(one.text.length / 4))
})

test('the local advanced model writes more, and the request decides the form', async () => {
  const [standard, advanced] = [
    await write('Write about slow trains'),
    await write('Write about slow trains', 'ai.advanced'),
  ]
  expect(advanced.text.length).toBeGreaterThan(standard.text.length)
  expect((await write('Five ideas for slow trains')).text).toMatch(/^1\. /m)
  expect((await write('Write an email about slow trains')).text).toMatch(/^Hello,/)
})

test.each([
  ['Write a text about slow trains in Portugal.', 'slow trains in Portugal'],
  ['Make an app for travel notes called "Trip Notes", in green', 'travel notes'],
  ['A lighthouse on a cliff; at dusk', 'a cliff'],
  ['?', 'this'],
])('topicOf finds the topic of a request: %s', (said, topic) => {
  expect(topicOf(said)).toBe(topic)
})

test('a local stream arrives in small chunks and ends immediately when aborted', async () => {
  const controller = new AbortController()
  const { model } = localModels({ paceMs: 1 }).text('ai.standard', { webSearch: false })
  const pieces: string[] = []
  const { textStream } = streamText({
    model,
    prompt: 'Write about slow trains',
    abortSignal: controller.signal,
  })
  for await (const piece of textStream) {
    pieces.push(piece)
    if (pieces.length === 4) controller.abort()
  }
  expect(pieces.length).toBe(4)
  for (const piece of pieces) expect(piece.length).toBeLessThan(25)
})

test('a local answer is never longer than its token limit', async () => {
  const { text, totalUsage, finishReason } = await generateText({
    ...models.text('ai.advanced', { webSearch: false }),
    prompt: 'Write about slow trains',
    maxOutputTokens: 12,
  })
  expect([text.length, totalUsage.outputTokens, finishReason]).toEqual([48, 12, 'length'])
})

test('the local model calls a tool that the request mentions and reports the result', async () => {
  const asked: unknown[] = []
  const get_weather = tool({
    inputSchema: z.object({ city: z.string(), days: z.number(), unit: z.enum(['celsius', 'fahrenheit']) }),
    execute: async (input) => {
      asked.push(input)
      return { degrees: 21 }
    },
  })
  const { text, steps } = await generateText({
    ...models.text('ai.standard', { webSearch: false }),
    prompt: 'What is the weather in Porto for 3 days, in celsius?',
    tools: { get_weather },
    stopWhen: stepCountIs(3),
  })
  expect(asked).toEqual([{ city: 'Porto', days: 3, unit: 'celsius' }])
  expect(steps.length).toBe(2)
  expect(text).toContain('degrees 21')
})

test('a local web search cites its sources', async () => {
  const { sources, text } = await write('What is new about slow trains?', 'ai.standard', true)
  expect(sources.length).toBe(2)
  expect(text).toContain('https://news.example/')
})

describe('the local editor', () => {
  type Called = [string, unknown]

  async function say(said: string, app: object | null, operation: TextOperation = 'editor.chat.fast') {
    const called: Called[] = []
    const note = (name: string) => async (input: unknown) => {
      called.push([name, input])
      return { done: true }
    }
    const tools = editorTools(
      { kinds: ['text', 'media'], colors: ['blue', 'green', 'rose'] },
      {
        createApp: note('create'),
        renameApp: note('rename'),
        setText: note('text'),
        setColor: note('color'),
        setStarters: note('starters'),
      },
    )
    const { text } = await generateText({
      ...models.text(operation, { webSearch: false }),
      system: editorSystem(app),
      prompt: said,
      tools,
      stopWhen: stepCountIs(4),
    })
    return { called, text }
  }

  it.each([
    ['Make an app for travel notes called "Trip Notes", in green', 'text', 'Trip Notes', 'green'],
    ['A writing app called "Slow Mornings" in rose, for me', 'text', 'Slow Mornings', 'rose'],
    ['Build me a poster maker for concerts', 'media', 'Concerts Studio', undefined],
    ['I want an app that writes recipes', 'text', 'Writes Recipes Notes', undefined],
  ])('creates an app from a request: %s', async (said, kind, name, color) => {
    const { called, text } = await say(said, null)
    const [[tool, input] = []] = called
    expect(tool).toBe('create')
    expect(input).toMatchObject({ kind, name, ...(color ? { color } : {}) })
    expect(input).not.toMatchObject({ tagline: expect.stringMatching(/called|green/) })
    expect(text).toContain('I created the app')
  })

  it.each<[string, Called[]]>([
    [
      'Rename it to Slow Trains and make it rose',
      [
        ['rename', { name: 'Slow Trains' }],
        ['color', { color: 'rose' }],
      ],
    ],
    ['Make it blue', [['color', { color: 'blue' }]]],
    ['Set the tagline to "Pack less, see more"', [['text', { tagline: 'Pack less, see more' }]]],
    [
      'Change the placeholder to Where do you want to go?',
      [['text', { placeholder: 'Where do you want to go?' }]],
    ],
  ])('changes only what the request names: %s', async (said, calls) => {
    expect((await say(said, { name: 'Trip Notes' })).called).toEqual(calls)
  })

  it('writes as many starter prompts as the request asks for', async () => {
    const { called } = await say('Add two starter notes about Lisbon', { name: 'Trip Notes' })
    const [[, input] = []] = called
    expect(input).toMatchObject({
      starters: [{ title: 'A first idea: Lisbon' }, { title: 'A short list: Lisbon' }],
    })
  })

  it('makes more changes in Expert mode', async () => {
    const names = (await say('Make an app for travel notes', null, 'editor.chat.expert')).called
    expect(names.map(([name]) => name)).toEqual(['create', 'starters'])
  })

  it('explains its abilities when it does not understand a request', async () => {
    const { called, text } = await say('Hm.', { name: 'Trip Notes' })
    expect(called).toEqual([])
    expect(text).toContain('I can change')
  })
})

test('generated images and videos are well-formed, depend on the prompt and contain none of its markup', () => {
  const prompt = 'A <script>alert(1)</script> & a lighthouse\u0000'
  const options = { prompt, isAdvanced: true, index: 0 }
  const picture = drawPicture(options)
  expect(picture).toBe(drawPicture(options))
  expect(picture).not.toBe(drawPicture({ ...options, prompt: 'A forest' }))
  expect(picture).not.toBe(drawPicture({ ...options, index: 1 }))
  expect(picture).not.toMatch(/<script/)
  expect(picture).toContain('A &lt;script&gt;alert(1)&lt;/script&gt; &amp; a lighthouse')
  expect(drawVideo({ ...options, seconds: 1.5 })).toContain('dur="1.5s"')
})

test('generated speech is a WAV file of the stated length', () => {
  const wav = Buffer.from(speak('The train is on time.'))
  expect(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 12)).toBe('RIFFWAVE')
  expect(wav.readUInt32LE(4)).toBe(wav.length - 8)
  expect(wav.readUInt32LE(40)).toBe(wav.length - 44)
  expect(wav.length).toBeGreaterThan(5_000)
})

test('a page is extracted without network access, and an invalid URL is refused', async () => {
  const page = await models.readPage('https://example.com/slow-trains', never)
  expect(page).toEqual(await models.readPage('https://example.com/slow-trains', never))
  expect(page.text).toContain('slow trains')
  await expect(models.readPage('file:///etc/passwd', never)).rejects.toThrow()
})
