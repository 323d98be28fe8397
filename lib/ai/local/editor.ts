import { hasNoApp, EDITOR_TOOL_NAMES as TOOLS } from '../editor-tools'
import type { Reply, Turn } from './language-model'
import { topicOf } from './topic'

type Call = { name: string; input: object }

const MEDIA =
  /\b(image|picture|photo|illustration|poster|art|draw|video|clip|voice|speech|audio|narrat\w+|media)/i
/** A quoted name, or the words after "called" or "to" up to punctuation. */
const NAMED =
  /(?:called|named|name it|rename (?:it|the app) to|name(?: it)? to)\s+(?:["“']([^"”'\n]+)["”']|([^"”'.,;\n]+?)(?=$|[.,;\n]| and | with ))/i
const QUOTED = /["“]([^"”\n]{1,200})["”]/
const TAGLINE = /\b(tagline|subtitle|slogan|description|headline|intro\w*|says?|text)\b/i
const PLACEHOLDER = /\b(placeholder|empty field|hint|input)\b/i
const STARTERS =
  /\b(starter|starting|example|sample|first)\b.*\b(content|items?|notes?|ideas?|texts?|prompts?)?/i
const EXPLAIN = /\bexplain\b/i
const COUNT = /\b(one|two|three|four|five|six|\d)\b/i
const COUNTS: Record<string, number> = { one: 1, two: 2, three: 3, four: 4, five: 5, six: 6 }

/** Builds an app as an editor's model would: turns the request into tool calls, and their results into a sentence. */
export function editorReply(turn: Turn, isExpert: boolean): Reply {
  if (turn.results.length > 0) return { text: summary(turn, isExpert) }
  const calls = hasNoApp(turn.system) ? firstCalls(turn, isExpert) : changes(turn)
  if (calls.length === 0) return { text: HELP }
  return { text: '', toolCalls: calls }
}

const HELP =
  'I can change this app’s name, what it says about itself, its colour and what people find in it first. For example: ' +
  '“Rename it to Trip Notes”, “Make it green”, “Set the tagline to "Pack less, see more"” or “Add three starter notes about Lisbon”.'

function firstCalls(turn: Turn, isExpert: boolean): Call[] {
  const { said } = turn
  const topic = topicOf(said)
  const kind = MEDIA.test(said) ? 'media' : 'text'
  const name = nameIn(said) ?? title(topic, kind === 'media' ? 'Studio' : 'Notes')
  const color = colorIn(turn)
  const create: Call = {
    name: TOOLS.createApp,
    input: {
      kind,
      name,
      tagline: kind === 'media' ? `Pictures, voices and clips: ${topic}.` : `Ideas and texts: ${topic}.`,
      placeholder: kind === 'media' ? `What should be seen or heard about ${topic}?` : `What about ${topic}?`,
      ...(color === null ? {} : { color }),
    },
  }
  const wantsStarters = isExpert || STARTERS.test(said)
  return wantsStarters ? [create, startersAbout(topic, isExpert ? 4 : countIn(said))] : [create]
}

function changes(turn: Turn): Call[] {
  const { said } = turn
  const calls: Call[] = []
  const name = nameIn(said)
  if (name !== null) calls.push({ name: TOOLS.renameApp, input: { name } })
  const color = colorIn(turn)
  if (color !== null) calls.push({ name: TOOLS.setColor, input: { color } })
  const words = QUOTED.exec(said)?.[1] ?? afterTo(said)
  if (name === null && words !== null) {
    if (PLACEHOLDER.test(said)) calls.push({ name: TOOLS.setText, input: { placeholder: words } })
    else if (TAGLINE.test(said)) calls.push({ name: TOOLS.setText, input: { tagline: words } })
  }
  if (calls.length === 0 && STARTERS.test(said)) calls.push(startersAbout(topicOf(said), countIn(said)))
  return calls
}

function nameIn(said: string): string | null {
  const [, quoted, plain] = NAMED.exec(said) ?? []
  return (quoted ?? plain)?.trim().slice(0, 60) ?? null
}

function afterTo(said: string): string | null {
  return / to:? ([^"“\n]{3,200}?)\.?$/i.exec(said)?.[1]?.trim() ?? null
}

/** The first colour in the request that the tool allows. */
function colorIn({ said, tools }: Turn): string | null {
  const schema = tools.find(({ name }) => name === TOOLS.setColor)?.inputSchema
  const color = schema?.properties?.color
  const allowed = typeof color === 'object' && color.enum ? color.enum.map(String) : []
  return allowed.find((word: string) => new RegExp(`\\b${word}\\b`, 'i').test(said)) ?? null
}

function countIn(said: string): number {
  const word = COUNT.exec(said)?.[1]?.toLowerCase() ?? 'three'
  return Math.min(COUNTS[word] ?? (Number(word) || 3), 6)
}

const STARTER_KINDS = [
  ['A first idea', 'Begin with what you already know about'],
  ['A short list', 'Three things that matter about'],
  ['A question', 'What would you most like to find out about'],
  ['A plan', 'What to do first, next and last about'],
  ['For later', 'What can wait, and should not be forgotten, about'],
  ['In one sentence', 'The essence of it in one sentence:'],
] as const

function startersAbout(topic: string, count: number): Call {
  const starters = STARTER_KINDS.slice(0, count).map(([about, body]) => ({
    title: `${about}: ${topic}`.slice(0, 120),
    body: `${body} ${topic}.`,
  }))
  return { name: TOOLS.setStarters, input: { starters } }
}

function title(topic: string, ending: string): string {
  const words = topic
    .split(' ')
    .slice(0, 3)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${words.join(' ')} ${ending}`.slice(0, 60)
}

const DONE: Record<string, string> = {
  [TOOLS.createApp]: 'created the app',
  [TOOLS.renameApp]: 'gave it its new name',
  [TOOLS.setText]: 'changed what it says about itself',
  [TOOLS.setColor]: 'changed its colour',
  [TOOLS.setStarters]: 'filled in what people find first',
}

/** If it was asked to explain, the answer repeats the request, which can be long. */
function summary({ said, results }: Turn, isExpert: boolean): string {
  const done = results.map(({ name }) => DONE[name] ?? `ran ${name}`)
  const last = done.pop()
  const list = done.length === 0 ? last : `${done.join(', ')} and ${last}`
  const next = isExpert
    ? ' Everything else is as it was. Look at the preview, and say what you would like to be different; when it is right, publish it and share its link.'
    : ' Look at the preview; publish it when you like it.'
  return `I ${list}.${next}${EXPLAIN.test(said) ? ` You asked for this: ${said}` : ''}`
}
