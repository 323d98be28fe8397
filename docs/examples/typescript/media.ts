import { generateImage, experimental_generateSpeech as generateSpeech } from 'ai'
import { type Charge, credits, type Hold, type Usage } from './credits'
import { imageModel, speechModel } from './model'

type Request = { appToken: string; action: string; operation: string; usage: Usage }

/** Work that either succeeds or fails as a whole: reserve its price, do it, charge it; if it fails, free the credits. */
async function metered<T>({ action, ...use }: Request, work: () => Promise<T>): Promise<[T, Charge]> {
  const hold = await credits<Hold>('POST', '/holds', {
    key: `${action} hold`,
    body: { ...use, reference: action },
  })
  let made: T
  try {
    made = await work()
  } catch (error) {
    await credits('POST', `/holds/${hold.id}/release`, { key: `${action} release`, body: {} })
    throw error
  }
  const charge = await credits<Charge>('POST', `/holds/${hold.id}/capture`, {
    key: `${action} capture`,
    body: { usage: use.usage },
  })
  return [made, charge]
}

export function makeImage(appToken: string, action: string, prompt: string) {
  const inputTokens = Math.ceil(prompt.length / 4)
  const use = { appToken, action, operation: 'image.standard', usage: { images: 1, inputTokens } }
  return metered(use, async () => (await generateImage({ model: imageModel(), prompt })).image.uint8Array)
}

export function speak(appToken: string, action: string, text: string) {
  const use = { appToken, action, operation: 'speech.tts', usage: { characters: [...text].length } }
  return metered(use, async () => (await generateSpeech({ model: speechModel(), text })).audio.uint8Array)
}
