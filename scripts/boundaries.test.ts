import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LEVELS } from '../.dependency-cruiser.mjs'

/** A small project that keeps every rule, with a file in each folder that has a rule. */
const CLEAN: Record<string, string> = {
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }',
  'lib/millicredits.ts': 'export const zero = 0',
  'lib/db/pool.ts': "import { zero } from '@/lib/millicredits'\nexport const pool = zero",
  'lib/catalog/index.ts': "import { zero } from '@/lib/millicredits'\nexport const catalog = zero",
  'lib/pricing/index.ts': "import { catalog } from '@/lib/catalog'\nexport const price = catalog",
  'lib/audit/audit.ts':
    "import { price } from '@/lib/pricing'\nimport { pool } from '@/lib/db/pool'\nexport const audit = [price, pool]",
  'lib/credits/book/book.ts':
    "import type { price } from '@/lib/pricing'\nimport { zero } from '@/lib/millicredits'\nexport const book: typeof price = zero",
  'lib/credits/store/load.ts':
    "import { book } from '@/lib/credits/book/book'\nimport { pool } from '@/lib/db/pool'\nexport const load = [book, pool]",
  'lib/credits/batch/batch.ts': "import { load } from '@/lib/credits/store/load'\nexport const batch = load",
  'lib/credits/verbs/charge.ts':
    "import { batch } from '@/lib/credits/batch/batch'\nexport const charge = batch",
  'lib/metering/meter.ts': "import { charge } from '@/lib/credits/verbs/charge'\nexport const meter = charge",
  'lib/contract/hold.ts':
    "import { catalog } from '@/lib/catalog'\nexport const hold = catalog\nexport type Hold = typeof hold",
  'lib/api/app.ts': "import { meter } from '@/lib/metering/meter'\nexport const app = meter",
  'lib/billing/apply/sync.ts': 'export const sync = 1',
  'lib/billing/checkout/start.ts':
    "import { sync } from '@/lib/billing/apply/sync'\nexport const start = sync",
  'lib/billing/repair/mend.ts':
    "import { start } from '@/lib/billing/checkout/start'\nexport const mend = start",
  'components/ui/button.tsx': 'export const Button = () => <button type="button" />',
  'components/usage/list.tsx':
    "import { Button } from '@/components/ui/button'\nimport type { Hold } from '@/lib/contract/hold'\nexport type Row = Hold\nimport { meter } from '@/lib/metering/meter'\nexport const List = () => <Button>{meter}</Button>",
  'components/credits/view.tsx':
    "import { List } from '@/components/usage/list'\nexport const View = () => <List />",
  'app/page.tsx': "import { List } from '@/components/usage/list'\nexport default () => <List />",
  'packages/stripe-sandbox/src/app.ts': 'export const sandbox = 1',
  'server.ts':
    "import { app } from '@/lib/api/app'\nimport { sandbox } from '@/packages/stripe-sandbox/src/app'\nexport const parts = [app, sandbox]",
}

/** Folders that contain only SQL or only test support. */
const WITHOUT_IMPORTS = ['^lib/credits/sql/', '^lib/credits/model/']

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ai-credits-boundaries-'))
  for (const [file, text] of Object.entries(CLEAN)) write(file, text)
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
  writeFileSync(path.join(folder, file), text)
}

function check(): { status: number | null; output: string } {
  const result = spawnSync(process.execPath, ['scripts/boundaries.mjs', folder], { encoding: 'utf8' })
  return { status: result.status, output: result.stdout + result.stderr }
}

describe('import rules', () => {
  it('accept a project that keeps them', () => {
    expect(check()).toEqual({ status: 0, output: expect.stringContaining('no violation') })
  })

  it('find every kind of planted violation', () => {
    const planted: [file: string, text: string, rule: string][] = [
      ['lib/millicredits.ts', "import '@/lib/catalog'", 'leaf-imports-down'],
      ['lib/catalog/index.ts', "import '@/lib/pricing'", 'catalog-imports-down'],
      ['lib/pricing/index.ts', "import type { X } from '@/lib/credits/book/book'", 'pricing-imports-down'],
      ['lib/pricing/pure.ts', "import { pool } from '@/lib/db/pool'", 'catalog-and-pricing-are-pure'],
      ['lib/catalogs/planted.ts', "import '@/lib/credits/book/book'", 'catalogs-imports-down'],
      ['lib/audit/planted.ts', "import '@/lib/credits/store/load'", 'audit-imports-down'],
      ['lib/audit/rewards.ts', "import type { X } from '@/lib/metering/meter'", 'audit-imports-down'],
      ['lib/credits/verbs/audited.ts', "import '@/lib/audit/audit'", 'credits-know-no-audit'],
      ['lib/credits/verbs/planted.ts', "import '@/lib/metering/meter'", 'credits-verbs-imports-down'],
      [
        'lib/credits/batch/planted.ts',
        "import type { X } from '@/lib/credits/verbs/charge'",
        'credits-batch-imports-down',
      ],
      ['lib/credits/store/planted.ts', "import '@/lib/credits/batch/batch'", 'credits-store-imports-down'],
      [
        'lib/credits/book/planted.ts',
        "import type { X } from '@/lib/credits/store/load'",
        'credits-book-imports-down',
      ],
      ['lib/credits/book/stored.ts', "import { pool } from '@/lib/db/pool'", 'book-is-pure'],
      ['lib/credits/book/file.ts', "import { readFileSync } from 'node:fs'", 'book-is-pure'],
      ['lib/metering/planted.ts', "import '@/lib/api/app'", 'domain-imports-down'],
      ['lib/metering/ui.ts', "import '@/components/usage/list'", 'lib-knows-no-ui'],
      ['lib/billing/read/planted.ts', "import '@/lib/billing/apply/sync'", 'billing-read-changes-nothing'],
      ['lib/billing/events/planted.ts', "import '@/lib/billing/repair/mend'", 'billing-rooms-import-down'],
      [
        'lib/billing/apply/planted.ts',
        "import '@/lib/billing/checkout/start'",
        'billing-apply-is-below-its-callers',
      ],
      ['lib/credits/verbs/stripe.ts', "import '@/packages/stripe-sandbox/src/app'", 'sandbox-stays-outside'],
      ['lib/api/planted.ts', "export * from '@/app/page'", 'presentation-imports-down'],
      [
        'components/ui/planted.tsx',
        "import '@/lib/millicredits'\nexport const A = () => <b />",
        'ui-knows-no-domain',
      ],
      ['components/usage/circle.tsx', "import '@/components/credits/view'", 'usage-knows-no-credits'],
      [
        'components/usage/planted.tsx',
        "export const load = () => import('@/lib/api/app')",
        'components-know-no-api',
      ],
      [
        'lib/contract/planted.ts',
        "import type { X } from '@/lib/credits/verbs/charge'",
        'contract-knows-no-domain',
      ],
      ['lib/credits/verbs/planted-too.ts', "import '@/lib/contract/hold'", 'credits-verbs-imports-down'],
      [
        'components/usage/schema.tsx',
        "import { hold } from '@/lib/contract/hold'\nexport const fields = hold",
        'components-know-no-contract-at-run-time',
      ],
      ['lib/usage/one.ts', "import { two } from './two'\nexport const one = () => two", 'no-circles'],
      ['lib/usage/left.ts', "import type { Right } from './right'\nexport type Left = Right[]", 'no-circles'],
      ['lib/ai/planted.ts', "import '@/lib/metering/meter'", 'ai-runtime-stands-outside'],
      ['docs/examples/planted.ts', "import '@/lib/metering/meter'", 'examples-stand-outside'],
      ['lib/usage/lost.ts', "import '@/lib/nowhere'", 'nothing-unresolved'],
    ]
    for (const [file, text] of planted) write(file, text)
    write('lib/usage/two.ts', "import { one } from './one'\nexport const two = () => one")
    write('lib/usage/right.ts', "import type { Left } from './left'\nexport type Right = { left: Left }")
    const { status, output } = check()
    expect(status).toBe(1)
    for (const [file, , rule] of planted) expect(output).toContain(`${rule}: ${file} →`)
  })

  it('give every folder of lib a level', () => {
    const folders = readdirSync('lib', { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const credits = readdirSync('lib/credits').map((name) => `credits/${name}`)
    const names = [...folders.map(({ name }) => name).filter((name) => name !== 'credits'), ...credits]
    const known = [...LEVELS.map(({ path: level }) => level), '^lib/db/', '^lib/testing/', ...WITHOUT_IMPORTS]
    const isKnown = (name: string) => known.some((level) => new RegExp(level).test(`lib/${name}/`))
    expect(names.filter((name) => !isKnown(name))).toEqual([])
  })

  it('do not accept a project that could not be read', () => {
    for (const name of ['app', 'components', 'lib', 'packages'])
      rmSync(path.join(folder, name), { recursive: true })
    expect(check().status).toBe(1)
  })
})
