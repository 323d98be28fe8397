import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { everyObject, resourceOf } from '../../packages/stripe-sandbox/src/every-object.test-support'

const ROOT = path.join(import.meta.dirname, '../..')
const TYPES = path.join(ROOT, 'node_modules/stripe/esm')
const TSC_TIMEOUT_MS = 120_000

/** Resources whose fields the product reads, with the file and interface of the library that declare them. */
const DECLARED: Record<string, [file: string, name: string]> = {
  account: ['Accounts', 'Account'],
  charge: ['Charges', 'Charge'],
  'checkout.session': ['Checkout/Sessions', 'Session'],
  coupon: ['Coupons', 'Coupon'],
  credit_note: ['CreditNotes', 'CreditNote'],
  customer: ['Customers', 'Customer'],
  dispute: ['Disputes', 'Dispute'],
  invoice: ['Invoices', 'Invoice'],
  invoice_payment: ['InvoicePayments', 'InvoicePayment'],
  item: ['LineItems', 'LineItem'],
  line_item: ['InvoiceLineItems', 'InvoiceLineItem'],
  payment_intent: ['PaymentIntents', 'PaymentIntent'],
  payment_method: ['PaymentMethods', 'PaymentMethod'],
  price: ['Prices', 'Price'],
  product: ['Products', 'Product'],
  promotion_code: ['PromotionCodes', 'PromotionCode'],
  refund: ['Refunds', 'Refund'],
  setup_intent: ['SetupIntents', 'SetupIntent'],
  subscription: ['Subscriptions', 'Subscription'],
  subscription_item: ['SubscriptionItems', 'SubscriptionItem'],
}
/** Fields that Stripe and the sandbox return only on request, and the one that marks deleted objects. */
const ON_REQUEST = new Set([
  'amount_paid_off_stripe',
  'currency_options',
  'deleted',
  'line_items',
  'payments',
  'refunds',
  'subscriptions',
])

/** The library's declarations without the optional fields that none of our objects have. */
function without(text: string, name: string, present: Set<string>): string {
  const start = new RegExp(`^( *)(?:export )?interface ${name} \\{$`, 'm').exec(text)
  if (start === null) throw new Error(`the library declares no ${name}`)
  const indent = start[1] ?? ''
  const end = text.indexOf(`\n${indent}}`, start.index)
  const field = new RegExp(`^${indent}    (\\w+)\\?:(?:[^;{]|\\{[^}]*\\})*;$`, 'gm')
  const body = text
    .slice(start.index, end)
    .replace(field, (line, key: string) => (present.has(key) || ON_REQUEST.has(key) ? line : ''))
  return text.slice(0, start.index) + body + text.slice(end)
}

/** Inside the project, so that imports of packages resolve. */
const folder = mkdtempSync(path.join(ROOT, 'node_modules/.stripe-fields-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function compile(): Promise<string> {
  const objects = await everyObject()
  cpSync(TYPES, folder, { recursive: true, filter: (from) => !/\.(js|map)$/.test(from) })
  for (const [resource, [file, name]] of Object.entries(DECLARED)) {
    const mine = objects.filter((object) => resourceOf(object) === resource)
    if (mine.length === 0) throw new Error(`the sandbox has no ${resource}`)
    const target = path.join(folder, `resources/${file}.d.ts`)
    const text = readFileSync(target, 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '')
    writeFileSync(target, without(text, name, new Set(mine.flatMap((object) => Object.keys(object)))))
  }
  writeFileSync(
    path.join(folder, 'planted.ts'),
    "import type Stripe from 'stripe'\nexport const read = (invoice: Stripe.Invoice) => invoice.confirmation_secret\n",
  )
  const paths = {
    '@/*': ['../../*'],
    '@ai-credits/stripe-sandbox': ['../../packages/stripe-sandbox/src/index.ts'],
    stripe: ['./stripe.esm.node.d.ts'],
  }
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { incremental: false, paths, plugins: [] },
      include: ['../../lib/billing/**/*.ts', './planted.ts'],
      exclude: ['../../**/*.test.ts', '../../**/*.test-support.ts'],
    }),
  )
  const tsc = path.join(ROOT, 'node_modules/.bin/tsc')
  const run = promisify(execFile)
  return run(tsc, ['--noEmit', '-p', folder], { cwd: ROOT, timeout: TSC_TIMEOUT_MS }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? String(error),
  )
}

describe('fields that the product reads from Stripe’s objects', () => {
  it(
    'exist in the sandbox: the code compiles against types without the fields that no sandbox object has',
    async () => {
      const errors = (await compile()).split('\n').filter((line) => line.includes('error TS'))
      // A planted error proves that a missing field is detected.
      expect(errors).toEqual([expect.stringMatching(/planted\.ts.*'confirmation_secret' does not exist/)])
    },
    TSC_TIMEOUT_MS,
  )
})
