import { z } from 'zod'
import { APP_NAME_LENGTH_MAX } from '@/lib/apps/app'
import { InvalidRequest } from '@/lib/errors'
import { problemWithName, shownAppName } from '@/lib/names'
import {
  APP_COLORS,
  APP_KINDS,
  type AppKind,
  BODY_LENGTH_MAX,
  SENTENCE_LENGTH_MAX,
  STARTERS_MAX,
  TITLE_LENGTH_MAX,
} from './choices'

/** PostgreSQL cannot store a NUL character. */
const line = (max: number) =>
  z
    .string()
    .transform((text) => text.replace(/\p{Cc}+/gu, ' ').trim())
    .pipe(z.string().min(1).max(max))
const text = z
  .string()
  .max(BODY_LENGTH_MAX)
  .transform((value) => value.replaceAll('\0', ''))

const starter = z.strictObject({ title: line(TITLE_LENGTH_MAX), body: text })
/** An example item in a person's list when they first open an app. */
export type Starter = z.output<typeof starter>

/** Starters with the same text count as one. */
function withoutRepeats(starters: Starter[]): Starter[] {
  return [...new Map(starters.map((one) => [JSON.stringify(one), one])).values()]
}

const texts = {
  /** The app's purpose in one sentence. */
  tagline: line(SENTENCE_LENGTH_MAX),
  /** The placeholder of the empty input field. */
  placeholder: line(SENTENCE_LENGTH_MAX),
  color: z.enum(APP_COLORS),
  starters: z.array(starter).max(STARTERS_MAX).transform(withoutRepeats),
}

/** Names stored before `newName` was this strict are cleaned. */
const storedName = line(APP_NAME_LENGTH_MAX).transform(shownAppName)
const newName = z
  .string()
  .trim()
  .min(1, { abort: true })
  .max(APP_NAME_LENGTH_MAX, { abort: true })
  .superRefine((name, context) => {
    const message = problemWithName(name)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })

const design = z.strictObject({ kind: z.enum(APP_KINDS), name: storedName, ...texts })
/** Every part of an app that its creator can choose. */
export type Design = z.output<typeof design>

const changes = z.strictObject({ name: newName, ...texts }).partial()
/** Omitted fields do not change. An app's kind never changes, because its saved items depend on it. */
export type DesignChanges = z.input<typeof changes>

const FIRST: Record<AppKind, Design> = {
  text: {
    kind: 'text',
    name: 'Untitled writing app',
    tagline: 'Says it well, and keeps what you wrote.',
    placeholder: 'What should be written?',
    color: 'teal',
    starters: [
      { title: 'A note to begin with', body: 'Change this note, or have a new one written for you.' },
    ],
  },
  media: {
    kind: 'media',
    name: 'Untitled picture app',
    tagline: 'Pictures, voices and clips from a few words.',
    placeholder: 'What should be seen or heard?',
    color: 'rose',
    starters: [
      { title: 'An idea to begin with', body: 'A lighthouse on a cliff at dusk, seen from the sea.' },
    ],
  },
}

/** Makes a first version to start from. Throws `InvalidRequest` naming the field. */
export function newDesign(kind: AppKind, chosen: DesignChanges = {}): Design {
  return changeDesign(FIRST[kind], chosen)
}

/** Throws `InvalidRequest` naming each invalid field. */
export function changeDesign(before: Design, chosen: DesignChanges): Design {
  const checked = changes.safeParse(chosen)
  if (checked.success) return { ...before, ...present(checked.data) }
  throw new InvalidRequest(
    checked.error.issues.map(({ path, message }) => ({ path: path.join('.'), message: lowerFirst(message) })),
  )
}

/** A design as stored in the database. */
export function designOf(value: unknown): Design {
  return design.parse(value)
}

/** Returns true if the published version differs from the draft. */
export function isSameDesign(one: Design, other: Design): boolean {
  return JSON.stringify(design.parse(one)) === JSON.stringify(design.parse(other))
}

function present(chosen: z.output<typeof changes>): Partial<Design> {
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
