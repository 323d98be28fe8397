import type { Reply, Turn } from './language-model'
import { numbersFrom, pick, pickSome } from './seed'
import { callsFor } from './tool-choice'
import { topicOf } from './topic'

/** Imitates a text model with a stock of sentences: the request decides the form, and its words the content. */
export function writerReply(turn: Turn, isAdvanced: boolean): Reply {
  if (turn.results.length > 0) return { text: fromResults(turn) }
  const toolCalls = callsFor(turn)
  if (toolCalls.length > 0) return { text: '', toolCalls }
  const topic = topicOf(turn.said)
  const next = numbersFrom(`${isAdvanced ? 'advanced' : 'standard'} ${turn.said}`)
  const text = formOf(turn.said)(topic, next, isAdvanced)
  if (!turn.searchesWeb) return { text }
  const sources = sourcesAbout(topic)
  const cited = sources.map(({ title, url }, index) => `[${index + 1}] ${title}, ${url}`)
  return { text: `${text}\n\nFound on the web:\n${cited.join('\n')}`, sources }
}

type Form = (topic: string, next: () => number, isAdvanced: boolean) => string

const LIST = /\b(list|ideas?|steps?|tips?|suggest\w*|names?|questions|options|checklist|pack)\b/i
const TITLE = /\b(titles?|headlines?|slogans?|taglines?)\b/i
const LETTER = /\b(e-?mail|letter|message|invit\w+|note to)\b/i
const SHORTER = /\b(summar\w+|shorten|in short|tl;?dr)\b/i

function formOf(said: string): Form {
  if (SHORTER.test(said)) return () => summaryOf(said)
  if (TITLE.test(said)) return titles
  if (LETTER.test(said)) return letter
  if (LIST.test(said)) return list
  return paragraphs
}

const OPENINGS = [
  'There is more to {topic} than a first look shows.',
  'Good work on {topic} starts small and stays honest.',
  'Most people meet {topic} by chance, and keep it by habit.',
  'The simplest way into {topic} is to begin with one clear example.',
  'What makes {topic} worth the time is what it changes afterwards.',
] as const
const MIDDLES = [
  'Begin with what is already there, and write down what you notice.',
  'Leave room for a second attempt; it is usually the better one.',
  'Ask somebody who has done it before what they would skip.',
  'One afternoon is enough to find out whether it suits you.',
  'Keep the parts that worked and let go of the rest without regret.',
  'A plan of three lines is more useful than one of three pages.',
  'Small, regular steps beat the grand plan that waits for a free week.',
  'Compare two versions side by side, and the difference teaches you the rule.',
] as const
const CLOSINGS = [
  'After a week you will know what to do next.',
  'The rest follows from there.',
  'That is usually enough to see whether it holds.',
  'Come back to it in a month and see what has lasted.',
] as const
const ITEMS = [
  'Decide what a good result for {topic} looks like',
  'Collect three examples you admire',
  'Set a limit of time and of money',
  'Try the smallest version first',
  'Ask one person for an honest opinion',
  'Write down what surprised you',
  'Remove one thing that is not needed',
  'Choose a day to look back on it',
  'Tell somebody about {topic} in two sentences',
] as const

function about(sentence: string, topic: string): string {
  return sentence.replaceAll('{topic}', topic)
}

const paragraphs: Form = (topic, next, isAdvanced) => {
  const count = isAdvanced ? 3 : 1
  const openings = pickSome(next, OPENINGS, count)
  const middles = pickSome(next, MIDDLES, count * 2)
  const written = openings.map((opening, index) =>
    [opening, ...middles.slice(index * 2, index * 2 + 2)].map((sentence) => about(sentence, topic)).join(' '),
  )
  return `${written.join('\n\n')} ${pick(next, CLOSINGS)}`
}

const list: Form = (topic, next, isAdvanced) => {
  const items = pickSome(next, ITEMS, isAdvanced ? 8 : 5)
  const lines = items.map((item, index) => `${index + 1}. ${about(item, topic)}.`)
  return `For ${topic}:\n\n${lines.join('\n')}`
}

const titles: Form = (topic, next) => {
  const name = topic.charAt(0).toUpperCase() + topic.slice(1)
  const made = [
    `${name}, step by step`,
    `The quiet side of ${topic}`,
    `${name}: begin here`,
    `A week with ${topic}`,
  ]
  return pickSome(next, made, 3).join('\n')
}

const letter: Form = (topic, next, isAdvanced) =>
  `Hello,\n\nI am writing about ${topic}. ${paragraphs(topic, next, isAdvanced)}\n\nPlease tell me what you think; a short answer is enough.\n\nKind regards`

/** The first and the longest sentence of the given text. */
function summaryOf(said: string): string {
  const given = said.replace(/^[^:\n]{0,80}[:\n]/, '').trim()
  const sentences = given.match(/[^.!?\n]+[.!?]?/g)?.map((sentence) => sentence.trim()) ?? []
  const [first = given] = sentences
  const longest = sentences.slice(1).sort((left, right) => right.length - left.length)[0]
  return longest === undefined ? `In short: ${first}` : `In short: ${first} ${longest}`
}

function sourcesAbout(topic: string): { url: string; title: string }[] {
  const path =
    topic
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'today'
  return [
    { url: `https://news.example/${path}`, title: `What is new: ${topic}` },
    { url: `https://reference.example/${path}`, title: `Background: ${topic}` },
  ]
}

function fromResults({ results, said }: Turn): string {
  const lines = results.map(({ name, output }) => `- ${name}: ${wordsOf(output)}`)
  return `About ${topicOf(said)}, this is what I found:\n${lines.join('\n')}`
}

function wordsOf(output: unknown): string {
  if (typeof output !== 'object' || output === null) return String(output)
  return Object.entries(output)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ')
}
