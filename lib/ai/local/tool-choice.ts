import type { JSONSchema7Definition, LanguageModelV3FunctionTool } from '@ai-sdk/provider'
import type { Turn } from './language-model'
import { topicOf } from './topic'

const COMMON = new Set([
  'get',
  'set',
  'find',
  'look',
  'search',
  'list',
  'read',
  'the',
  'up',
  'for',
  'current',
])

/** Returns the tool whose name the request mentions. */
export function callsFor({ said, tools }: Turn): { name: string; input: object }[] {
  const spoken = said.toLowerCase()
  return tools
    .filter(({ name }) => namedAfter(name).some((word) => spoken.includes(word)))
    .map((tool) => ({ name: tool.name, input: inputFor(tool, said) }))
}

function namedAfter(name: string): string[] {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
  return words.filter((word) => word.length > 2 && !COMMON.has(word))
}

function inputFor({ inputSchema }: LanguageModelV3FunctionTool, said: string): object {
  const required = new Set(inputSchema.required ?? [])
  const fields = Object.entries(inputSchema.properties ?? {}).filter(([name]) => required.has(name))
  return Object.fromEntries(fields.map(([name, schema]) => [name, valueFor(schema, said)]))
}

/** The last capitalised words that do not start a sentence, such as a place or a name. */
const PROPER = /(?<=[a-z,] )\p{Lu}[\p{L}-]+(?: \p{Lu}[\p{L}-]+)*/gu

function valueFor(schema: JSONSchema7Definition, said: string): unknown {
  if (typeof schema !== 'object') return said
  if (schema.enum) return schema.enum.find((value: unknown) => said.includes(String(value))) ?? schema.enum[0]
  switch (schema.type) {
    case 'number':
    case 'integer':
      return Number(/\d+/.exec(said)?.[0] ?? 1)
    case 'boolean':
      return true
    case 'array':
      return []
    case 'object':
      return {}
    default:
      return [...said.matchAll(PROPER)].at(-1)?.[0] ?? topicOf(said)
  }
}
