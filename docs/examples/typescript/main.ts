/*
 * The whole integration, once through:  CREDITS_URL=http://127.0.0.1:3000 CREDITS_KEY=sk_… npx tsx main.ts
 */
import { randomUUID } from 'node:crypto'
import { tool } from 'ai'
import { z } from 'zod'
import { chat, quote } from './chat'
import { connectAddress, exchange, openCallback, putApp, putUser } from './connect'
import { type Charge, credits, Refused } from './credits'
import { makeImage, speak } from './media'
import { noticeOf, refund } from './refusals'

function say(what: string, detail: unknown): void {
  process.stdout.write(`${what}: ${JSON.stringify(detail)}\n`)
}

// People and an app.
await putUser('example-creator', 'creator@example.com')
await putUser('example-person', 'person@example.com')
const { returnTo, answer } = await openCallback()
const app = await putApp('example-creator', 'example-trips', new URL(returnTo).origin)

// Consent: the person opens this URL, signed in, and allows the app to spend.
const { url, verifier, state } = connectAddress(app.id, returnTo)
say('open', url)
const came = await answer
if (came.get('state') !== state) throw new Error('this answer belongs to another request')
const code = came.get('code')
if (code === null) throw new Error('the person declined')
const appToken = await exchange(code, verifier, returnTo)

// A chat with a tool: the price before, the text as it arrives, the receipt after.
const messages = [{ role: 'user' as const, content: 'What is the weather in Porto?' }]
const weather = tool({
  description: 'The weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, degrees: 21 }),
})
const turn = { appToken, action: randomUUID(), messages, tools: { weather } }
say('quote', (await quote(turn)).total)
const first = await chat({ ...turn, write: (piece) => process.stderr.write(piece) })
say('chat', { text: first.text, ...receipt(first.charge) })

// The same button press repeated: the same receipt, and nothing is charged twice.
say('again', receipt((await chat({ ...turn, write: () => undefined })).charge))

// Stopped midway: the usage so far is charged.
const leaving = new AbortController()
const long = {
  appToken,
  action: randomUUID(),
  messages: [{ role: 'user' as const, content: 'Write about trains' }],
}
const stopped = await chat({ ...long, signal: leaving.signal, write: () => leaving.abort() })
say('stopped', { text: stopped.text, ...receipt(stopped.charge) })

// A web search, an image, speech.
const searched = await chat({
  ...long,
  action: randomUUID(),
  search: true,
  write: () => undefined,
})
say('search', receipt(searched.charge))
const [image, imageCharge] = await makeImage(appToken, randomUUID(), 'A lighthouse at dusk')
say('image', { bytes: image.length, ...receipt(imageCharge) })
const [audio, speechCharge] = await speak(appToken, randomUUID(), 'The train is on time.')
say('speech', { bytes: audio.length, ...receipt(speechCharge) })

// A budget that is used up: the message and the buttons to show.
await credits('PUT', `/apps/${app.id}/budget`, { body: { user: 'example-person', monthlyLimit: 1 } })
try {
  await makeImage(appToken, randomUUID(), 'Another lighthouse')
} catch (error) {
  if (!(error instanceof Refused)) throw error
  say('refused', { code: error.problem.code, ...noticeOf(error.problem) })
}

// The image was unusable: refund it, which also reverses the reward.
say('refund', await refund(imageCharge.id, 'The picture was empty.'))

/** Store and log the ids and amounts of a charge, never keys, tokens or prompts. */
function receipt({ id, base, premium, total }: Charge) {
  return { charge: id, base, premium, total }
}
