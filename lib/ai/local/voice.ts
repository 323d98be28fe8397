import { numbersFrom } from './seed'

const RATE = 8_000
/** One soft tone per word: the rhythm of speech without its sounds. */
const TONE_SECONDS = 0.16
const WORDS_MAX = 60
const HEADER_BYTES = 44

/** A WAV file (8-bit, mono) that hums a text: one tone per word, higher at the end of a sentence. */
export function speak(text: string): Uint8Array {
  const words = text.split(/\s+/).filter(Boolean).slice(0, WORDS_MAX)
  const perTone = Math.round(RATE * TONE_SECONDS)
  const samples = Buffer.alloc(Math.max(words.length, 1) * perTone, 128)
  words.forEach((word, index) => {
    const next = numbersFrom(word)
    const pitch = 130 + next() * 90 + (/[.!?]$/.test(word) ? 60 : 0)
    for (let at = 0; at < perTone; at++) {
      const swell = Math.sin((Math.PI * at) / perTone)
      samples[index * perTone + at] = Math.round(
        128 + 60 * swell * Math.sin((2 * Math.PI * pitch * at) / RATE),
      )
    }
  })
  return Buffer.concat([header(samples.length), samples])
}

/** RIFF/WAVE, PCM. */
function header(bytes: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(HEADER_BYTES - 8 + bytes, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(RATE, 24)
  head.writeUInt32LE(RATE, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(bytes, 40)
  return head
}
