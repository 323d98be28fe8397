import { readdirSync, readFileSync } from 'node:fs'
import { expect, it, test } from 'vitest'

/** Folders whose files refer to documents. */
const FOLDERS = ['app', 'components', 'docs', 'e2e', 'lib', 'packages', 'prisma', 'scripts', 'tools']
const FILES = ['server.ts', 'proxy.ts', 'instrumentation.ts', 'compose.yaml', 'Dockerfile', 'README.md']
const TEXTS = /\.(ts|tsx|mjs|sql|md|prisma|py)$/
const NOT_OURS = /(^|\/)(generated|node_modules)\//

const sources = [
  ...FILES,
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => TEXTS.test(file))
      .map((file) => `${folder}/${file}`),
  ),
].filter((file) => !NOT_OURS.test(file) && file !== 'scripts/references.test.ts')

/** A reference may continue on the next line of a comment. */
const read = (file: string) => readFileSync(file, 'utf8').replaceAll(/\n\s*(\*|\/\/|--|#)? ?/g, ' ')

type Reference = { file: string; document: string; place: string }

const REFERENCE = /docs\/([\w/-]+\.md)(?:,? \(?"([^"]+)"|, (rows? \d+|ledger rules? [\d, and]*\d))?/g

function referencesIn(file: string): Reference[] {
  return [...read(file).matchAll(REFERENCE)].map(([, document = '', heading, item]) => ({
    file,
    document,
    place: heading === undefined ? (item ?? '') : `"${heading}"`,
  }))
}

const references = sources.flatMap(referencesIn)

/** The problem with a reference; null if it resolves. */
function problemOf(document: string, place: string): string | null {
  let text: string
  try {
    text = readFileSync(`docs/${document}`, 'utf8')
  } catch {
    return `there is no docs/${document}`
  }
  if (place === '') return null
  if (place.startsWith('"')) {
    const heading = place.slice(1, -1)
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, one]) => one)
    return headings.includes(heading) ? null : `docs/${document} has no heading ${place}`
  }
  const section = place.startsWith('ledger')
    ? (text.split('\n## Ledger\n')[1]?.split('\n## ')[0] ?? '')
    : text
  const missing = (place.match(/\d+/g) ?? []).filter((number) => !section.includes(`\n${number}. `))
  return missing.length === 0 ? null : `docs/${document} has no ${place}`
}

test('every referenced document, heading, row and ledger rule exists', () => {
  expect(references.length).toBeGreaterThan(50)
  const broken = references.flatMap(({ file, document, place }) => {
    const problem = problemOf(document, place)
    return problem === null ? [] : [`${file}: ${problem}`]
  })
  expect(broken).toEqual([])
})

it.each([
  ['nowhere.md', '', 'there is no docs/nowhere.md'],
  ['architecture.md', '"Unicorns"', 'docs/architecture.md has no heading "Unicorns"'],
  ['architecture.md', 'ledger rules 1 and 99', 'docs/architecture.md has no ledger rules 1 and 99'],
  ['product.md', 'row 99', 'docs/product.md has no row 99'],
])('a reference to %s %s is reported as broken', (document, place, problem) => {
  expect(problemOf(document, place)).toBe(problem)
})

test('documents are referenced by their path', () => {
  const bare = sources
    .filter((file) => !file.startsWith('docs/'))
    .flatMap((file) => {
      const found =
        readFileSync(file, 'utf8').match(/(?<![\w/.-])(architecture|product|api|glossary)\.md/g) ?? []
      return found.map((name) => `${file}: ${name}`)
    })
  expect(bare).toEqual([])
})

test('every decision record referenced by its number exists', () => {
  const decisions = readdirSync('docs/adr').map((name) => name.slice(0, 4))
  const broken = sources.flatMap((file) =>
    [...read(file).matchAll(/(?:docs\/adr\/|\bADR )(\d{1,4})\b/g)]
      .map(([, number = '']) => number.padStart(4, '0'))
      .filter((number) => !decisions.includes(number))
      .map((number) => `${file}: ADR ${number}`),
  )
  expect(broken).toEqual([])
})
