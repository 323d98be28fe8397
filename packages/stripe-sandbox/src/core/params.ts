import type Stripe from 'stripe'
import { invalid } from './errors'

type Node = string | Map<string, Node>
type MetadataChange = Map<string, string> | 'clear'

const DEPTH_MAX = 8
const METADATA_KEYS_MAX = 50
const METADATA_KEY_LENGTH_MAX = 40
const METADATA_VALUE_LENGTH_MAX = 500

/** Reads Stripe's form encoding, `a[b][0][c]=d`, into maps, because a key in a plain object could be `__proto__`. */
function decode(text: string): Map<string, Node> {
  const root = new Map<string, Node>()
  for (const [key, value] of new URLSearchParams(text)) {
    const head = key.split('[', 1)[0] ?? ''
    const rest = [...key.slice(head.length).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')
    const path = [head, ...rest]
    if (path.length > DEPTH_MAX) throw invalid(`Parameter nested too deeply: ${key}`, key)
    let at = root
    path.forEach((part, depth) => {
      const name = part === '' && depth > 0 ? String(at.size) : part
      if (depth === path.length - 1) {
        at.set(name, value)
        return
      }
      const next = at.get(name)
      if (next instanceof Map) at = next
      else {
        const made = new Map<string, Node>()
        at.set(name, made)
        at = made
      }
    })
  }
  return root
}

/**
 * The parameters of one call. A handler reads every parameter it supports; `finish()` then refuses all others with Stripe's
 * `parameter_unknown`, so that none is silently ignored.
 */
export class Params {
  readonly #values: Map<string, Node>
  readonly #path: string
  readonly #seen = new Set<string>(['expand'])
  readonly #children: Params[] = []

  private constructor(values: Map<string, Node>, path: string) {
    this.#values = values
    this.#path = path
  }

  static parse(text: string): Params {
    return new Params(decode(text), '')
  }

  /** This parameter's name in Stripe's errors: `line_items[0][price]`. */
  name(key: string): string {
    return this.#path === '' ? key : `${this.#path}[${key}]`
  }

  #get(key: string): Node | undefined {
    this.#seen.add(key)
    return this.#values.get(key)
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined
  }

  /** The names of the parameters sent. */
  keys(): string[] {
    return [...this.#values.keys()]
  }

  isObject(key: string): boolean {
    return this.#get(key) instanceof Map
  }

  /** Undefined if absent; null if sent empty, which unsets a value in Stripe. */
  nullable(key: string): string | null | undefined {
    const value = this.#get(key)
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw invalid(`Invalid string: ${this.name(key)}`, this.name(key))
    return value === '' ? null : value
  }

  text(key: string): string | undefined {
    return this.nullable(key) ?? undefined
  }

  required(key: string): string {
    const value = this.text(key)
    if (value === undefined) {
      throw invalid(`Missing required param: ${this.name(key)}.`, this.name(key), 'parameter_missing')
    }
    return value
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    const found = allowed.find((candidate) => candidate === value)
    if (found === undefined) {
      throw invalid(
        `Invalid ${this.name(key)}: must be one of ${allowed.join(', ')} (the sandbox supports no other value)`,
        this.name(key),
      )
    }
    return found
  }

  integer(key: string): number | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    if (!/^-?\d{1,15}$/.test(value)) {
      throw invalid(`Invalid integer: ${value}`, this.name(key), 'parameter_invalid_integer')
    }
    return Number(value)
  }

  boolean(key: string): boolean | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    if (value !== 'true' && value !== 'false') throw invalid(`Invalid boolean: ${value}`, this.name(key))
    return value === 'true'
  }

  url(key: string): string | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
      throw invalid('Not a valid URL', this.name(key), 'url_invalid')
    }
    return value
  }

  object(key: string): Params | undefined {
    const value = this.#get(key)
    if (value === undefined || value === '') return undefined
    if (typeof value === 'string') throw invalid(`Invalid object: ${this.name(key)}`, this.name(key))
    const child = new Params(value, this.name(key))
    this.#children.push(child)
    return child
  }

  /** A list of objects, in the order of their indexes. */
  objects(key: string): Params[] {
    return this.#list(key).map(([index, value]) => {
      const path = `${this.name(key)}[${index}]`
      if (typeof value === 'string') throw invalid(`Invalid object: ${path}`, path)
      const child = new Params(value, path)
      this.#children.push(child)
      return child
    })
  }

  strings(key: string): string[] {
    return this.#list(key).map(([index, value]) => {
      const path = `${this.name(key)}[${index}]`
      if (typeof value !== 'string') throw invalid(`Invalid string: ${path}`, path)
      return value
    })
  }

  #list(key: string): Array<[string, Node]> {
    const value = this.#get(key)
    if (value === undefined || value === '') return []
    if (typeof value === 'string') throw invalid('Invalid array', this.name(key))
    return [...value].sort(([a], [b]) => Number(a) - Number(b))
  }

  metadata(key = 'metadata'): MetadataChange | undefined {
    const value = this.#get(key)
    if (value === undefined) return undefined
    if (value === '') return 'clear'
    if (typeof value === 'string') throw invalid('Invalid object', this.name(key))
    const change = new Map<string, string>()
    for (const [name, text] of value) {
      const path = `${this.name(key)}[${name}]`
      if (typeof text !== 'string') throw invalid('Metadata values must be strings', path)
      if (name.length > METADATA_KEY_LENGTH_MAX) throw invalid('Metadata keys: at most 40 characters', path)
      if (text.length > METADATA_VALUE_LENGTH_MAX) {
        throw invalid('Metadata values can have up to 500 characters', path)
      }
      change.set(name, text)
    }
    if (change.size > METADATA_KEYS_MAX) throw invalid('Metadata: at most 50 keys', this.name(key))
    return change
  }

  /** Refuses unread parameters. Must be called before anything changes. */
  finish(): void {
    for (const key of this.#values.keys()) {
      if (!this.#seen.has(key)) {
        throw invalid(`Received unknown parameter: ${this.name(key)}`, this.name(key), 'parameter_unknown')
      }
    }
    for (const child of this.#children) child.finish()
  }
}

/** Merges metadata key by key, as Stripe does. An empty value deletes its key; an empty parameter deletes all keys. */
export function mergeMetadata(current: Stripe.Metadata, change: MetadataChange | undefined): Stripe.Metadata {
  if (change === undefined) return current
  if (change === 'clear') return {}
  const merged = new Map(Object.entries(current))
  for (const [key, value] of change) {
    if (value === '') merged.delete(key)
    else merged.set(key, value)
  }
  return Object.fromEntries(merged)
}
