import { readFileSync, writeFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import type { CatalogDocument } from '@/lib/catalog/document'
import { onCheckout, pay } from './fixtures/checkout'
import { expect, test } from './fixtures/own-server'
import { availableOf, newPerson, signIn, useUpFree } from './fixtures/people'

type Case = {
  title: string
  currency: string
  /** Amounts in minor units and as pages show them. */
  small: [number, string]
  perThousand: string
  plan: [number, string]
  /** The price share of 1,496 of the small pack's 2,000 credits, rounded to a chargeable amount. */
  unspent: [number, string]
  /** The money figures on the page and in the CSV: sold, used, revoked and unused. */
  pack: { shown: string[]; csv: string[] }
  total: { shown: string[]; csv: string[] }
}

const CASES: Case[] = [
  {
    title: 'yen, which have no decimals',
    currency: 'jpy',
    small: [900, '¥900'],
    perThousand: '¥450',
    plan: [2_900, '¥2,900'],
    unspent: [673, '¥673'],
    pack: { shown: ['¥0', '¥900', '¥227', '¥0', '¥673', '¥0'], csv: ['0', '900', '227', '0', '673', '0'] },
    total: {
      shown: ['¥0', '¥3,800', '¥227', '¥0', '¥673', '¥2,900'],
      csv: ['0', '3800', '227', '0', '673', '2900'],
    },
  },
  {
    title: 'Kuwaiti dinars, which have three decimals',
    currency: 'kwd',
    small: [1_850, 'KWD 1.850'],
    perThousand: 'KWD 0.925',
    plan: [6_150, 'KWD 6.150'],
    // 1,383.8 fils, in steps of ten.
    unspent: [1_380, 'KWD 1.380'],
    pack: {
      shown: ['KWD 0.000', 'KWD 1.850', 'KWD 0.466', 'KWD 0.000', 'KWD 1.380', 'KWD 0.004'],
      csv: ['0.000', '1.850', '0.466', '0.000', '1.380', '0.004'],
    },
    total: {
      shown: ['KWD 0.000', 'KWD 8.000', 'KWD 0.466', 'KWD 0.000', 'KWD 1.380', 'KWD 6.154'],
      csv: ['0.000', '8.000', '0.466', '0.000', '1.380', '6.154'],
    },
  },
]

/** Writes the test catalogue with the prices of a case. */
function writeCatalog(file: string, { currency, small, plan }: Case): void {
  const document: CatalogDocument = JSON.parse(readFileSync('lib/testing/catalog.json', 'utf8'))
  for (const one of document.plans) if (one.prices) one.prices = { [currency]: plan[0] }
  for (const [place, one] of document.packs.entries()) one.prices = { [currency]: small[0] * (place + 1) }
  writeFileSync(file, JSON.stringify(document))
}

/** Pages show no-break spaces. */
const words = (text: string | null) => (text ?? '').replace(/\s+/g, ' ')

async function expectNoDollars(page: Page): Promise<void> {
  await expect(page.getByRole('main')).not.toContainText('$', { useInnerText: true })
}

for (const one of CASES) {
  const { currency, small, plan, unspent } = one
  test.describe(`prices in ${one.title}`, () => {
    test.use({
      serverEnv: ({ browserName: _ }, use, testInfo) => {
        const file = testInfo.outputPath('catalog.json')
        writeCatalog(file, one)
        return use({ TEST_CATALOG: file })
      },
    })

    test('are shown, charged, invoiced, refunded and reported exactly', async ({
      server,
      operator,
      page,
    }) => {
      for (const address of ['/', '/guide', '/pricing']) {
        await page.goto(address)
        await expectNoDollars(page)
      }
      await expect(page.getByRole('main')).toContainText(`${plan[1]} a month`)
      await expect(page.getByRole('main')).toContainText(`${small[1]}`)
      await expect(page.getByRole('main')).toContainText(`${one.perThousand} per 1,000 credits`)

      const user = await newPerson(operator)
      await useUpFree(operator, user)
      const extract = (pages: number) =>
        server.post('/charges', { user, operation: 'web.extract', usage: { pages } })
      const { body: refusal } = await extract(1)
      expect(words(JSON.stringify(refusal))).toContain(`Buy 2,000 credits for ${small[1]}`)

      // A pack on Stripe's page, completed by the success page.
      await signIn(page, operator, { user, to: 'billing' })
      await expectNoDollars(page)
      await page.getByRole('button', { name: `Buy 2,000 credits for ${small[1]}` }).click()
      await onCheckout(page)
      await expect(page.getByRole('button', { name: `Pay ${small[1]}` })).toBeVisible()
      await pay(page)
      await expect(page.getByRole('heading', { name: '2,000 credits added.' })).toBeVisible()
      expect((await extract(63)).status).toBe(201)

      // The plan, with only the webhook.
      await page.goto('/settings/billing')
      await page.getByRole('button', { name: `Upgrade to Super for ${plan[1]} a month` }).click()
      await onCheckout(page)
      await expect(page.getByText(plan[1]).first()).toBeVisible()
      await server.stripe.set('pay', { session: /cs_\w+/.exec(page.url())?.[0] })
      await expect.poll(() => availableOf(operator, user)).toBe(11_496)
      const charges = (await server.stripe.api.charges.list()).data
      expect(charges.map((charge) => [charge.amount, charge.currency])).toEqual([
        [plan[0], currency],
        [small[0], currency],
      ])

      const { body: invoices } = await server.get(`/invoices?user=${user}`)
      expect(invoices.data).toMatchObject([
        { amount: plan[0], tax: 0, currency, status: 'paid' },
        { amount: small[0], tax: 0, currency, status: 'paid' },
      ])
      await page.goto('/settings/billing')
      await expectNoDollars(page)
      await expect(page.getByText(`10,000 credits a month for ${plan[1]}`)).toBeVisible()
      await expect(page.getByRole('row', { name: /Super/ }).first()).toContainText(plan[1])
      const invoice = page.getByRole('row', { name: /Small pack/ })
      await expect(invoice).toContainText(small[1])
      const pdf = (await invoice.getByRole('link', { name: /^PDF/ }).getAttribute('href')) ?? ''
      const receipt = await (await fetch(pdf)).text()
      // "¥" as encoded in a PDF string.
      expect(receipt).toContain(`Total   ${small[1].replace('¥', '\\245')}`)
      await invoice.getByRole('link', { name: /^View invoice/ }).click()
      await expect(page.getByRole('row', { name: /^Total/ })).toContainText(small[1])

      // Staff refund the unspent share of the pack.
      await server.signInStaff(page)
      await page.goto('/operator')
      await page.getByLabel('Search', { exact: true }).fill(user)
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'Packs' }).first().click()
      await expect(page.getByText('Paid for it').locator('..')).toContainText(small[1])
      await page.getByRole('link', { name: 'see the payment' }).click()
      await page.getByRole('link', { name: `Only the unspent share: ${unspent[1]}` }).click()
      await page.getByLabel('Reason').fill('Bought by mistake')
      await page.getByRole('button', { name: `Refund ${unspent[1]}` }).click()
      await expect(page.getByText(`Refunded ${unspent[1]} of a payment`)).toBeVisible()
      await expectNoDollars(page)
      const refunds = (await server.stripe.api.refunds.list()).data
      expect(refunds.map((refund) => [refund.amount, refund.currency])).toEqual([[unspent[0], currency]])

      await page.goto('/operator/report')
      await expect(page.getByText(/adds up, to the thousandth of a credit\.$/)).toBeVisible()
      await expectNoDollars(page)
      const money = page.getByRole('region', { name: 'Money by source and currency' })
      const cellsOf = async (name: string) =>
        (await money.getByRole('row', { name }).getByRole('cell').allTextContents()).map(words)
      expect(await cellsOf('Packs')).toEqual(one.pack.shown)
      expect(await cellsOf(`Total ${currency.toUpperCase()}`)).toEqual(one.total.shown)
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download CSV' }).click(),
      ])
      const lines = readFileSync(await download.path(), 'utf8')
        .trim()
        .split('\r\n')
        .map((line) => line.split(','))
      const [columns = []] = lines
      const figures = (item: string) => {
        const line = lines.find((cells) => cells[1] === 'money' && cells[2] === item) ?? []
        expect([line[3], line[4]]).toEqual([currency, currency])
        return ['opening', 'issued', 'used', 'expired', 'revoked', 'closing'].map(
          (column) => line[columns.indexOf(column)],
        )
      }
      expect(figures('pack')).toEqual(one.pack.csv)
      expect(figures('total')).toEqual(one.total.csv)
    })
  })
}
