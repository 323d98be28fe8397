import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { VARIABLES } from '@/lib/env'

const inDocs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
const documents = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...inDocs
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
    .map((file) => `docs/${file}`),
]
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))
const read = (file: string) => readFileSync(file, 'utf8')

/** The prose of a document, because brackets in code are not links and comments are not headings. */
const prose = (file: string) => read(file).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')

/** The headings, as links name them. */
const anchorsIn = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, head = '']) =>
    head
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

test.each(documents)('every link of %s resolves', (document) => {
  const links = [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  for (const link of links.filter((one) => !/^https?:/.test(one))) {
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? document : path.join(path.dirname(document), file)
    expect(existsSync(target), link).toBe(true)
    if (anchor !== undefined) expect(anchorsIn(prose(target)), link).toContain(anchor)
  }
})

test.each(documents)('every command of %s exists', (document) => {
  const named = [...read(document).matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name = '']) => name)
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
})

const namedIn = (document: string) =>
  [...read(document).matchAll(/`([\w./()[\]-]+)`/g)].map(([, name = '']) => name)

test.each([
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'docs/architecture.md',
  'docs/product.md',
  'docs/api.md',
  'docs/operations.md',
  'docs/going-live.md',
])('every file named by %s exists', (document) => {
  const files = namedIn(document).filter((name) =>
    /^(lib|components|scripts|tools|e2e|docs|prisma|app|packages)\/.+\.\w+$/.test(name),
  )
  expect(files.filter((file) => !existsSync(file))).toEqual([])
})

test.each(['README.md', 'SECURITY.md', 'docs/api.md', 'docs/operations.md', 'docs/going-live.md'])(
  'every variable named by %s exists',
  (document) => {
    const variables = namedIn(document).filter((name) => /^[A-Z]+(_[A-Z]+)+$/.test(name))
    const known = [...VARIABLES, 'NODE_ENV', 'POSTGRES_PASSWORD']
    expect(variables.filter((name) => !known.includes(name))).toEqual([])
  },
)

test('docs/operations.md lists exactly the product’s own metrics', () => {
  const ours = [...read('lib/http/metrics.ts').matchAll(/^\s+name: '(\w+)',$/gm)].map(([, name = '']) => name)
  expect(ours.length).toBeGreaterThan(5)
  const named = [
    ...read('docs/operations.md').matchAll(/`((?:billing|credits|events|http|db)_[a-z_]+)(?:\{[a-z,]+\})?`/g),
  ].map(([, name = '']) => name)
  expect(new Set(named.filter((name) => !/^credits_[ab]$/.test(name)))).toEqual(new Set(ours))
})

test('the README explains every environment variable', () => {
  // `A_{B,C}` stands for `A_B` and `A_C`.
  const text = read('README.md').replaceAll(/(\w+)\{([A-Z_,]+)\}/g, (_, prefix: string, names: string) =>
    names
      .split(',')
      .map((name) => prefix + name)
      .join(' '),
  )
  expect(VARIABLES.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([])
})
