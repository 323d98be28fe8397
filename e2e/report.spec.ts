import { readFileSync } from 'node:fs'
import { Operator } from './fixtures/operator'
import { newPerson, signIn, signInSupport } from './fixtures/people'
import { expect, test } from './fixtures/test'

test('finance can read a month that adds up and the month before, and download the report', async ({
  page,
}) => {
  await signInSupport(page)
  await page.getByRole('link', { name: 'Report' }).click()
  await expect(page.getByRole('heading', { name: 'Monthly report' })).toBeVisible()
  await expect(page.getByText(/^\d{4}-\d{2} adds up, to the thousandth of a credit\.$/)).toBeVisible()
  const total = page.getByRole('region', { name: 'Credits by source' }).getByRole('row', { name: /^Total/ })
  const opening = await total.getByRole('cell').first().textContent()

  await page.getByRole('link', { name: 'Earlier' }).click()
  await expect(page.getByText('The month is over: its figures no longer change.')).toBeVisible()
  await expect(total.getByRole('cell').last()).toContainText(opening ?? 'nothing')
  const shown = new URL(page.url()).searchParams.get('month')

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download CSV' }).click(),
  ])
  expect(download.suggestedFilename()).toBe(`credits-${shown}.csv`)
  const lines = readFileSync(await download.path(), 'utf8').split('\r\n')
  expect(lines[0]).toContain('opening,issued,charged,refunded,used,expired,revoked')
  expect(lines.some((line) => line.startsWith(`${shown},credits,total,`))).toBe(true)

  await page.goto('/operator/report?month=2999-01')
  await expect(page.getByText('There is no report for this month.')).toBeVisible()
})

test('the report does not exist for anyone but staff', async ({ page, request }) => {
  const operator = new Operator(request)
  await signIn(page, operator, { user: await newPerson(operator), to: 'billing' })
  for (const path of [
    '/operator/report',
    '/operator/report?month=2026-11',
    '/operator/report/export.csv?month=2026-11',
  ])
    expect((await page.context().request.get(path)).status(), path).toBe(404)
})

test('the billing page lists every movement of a user’s credits, page by page and as a file', async ({
  page,
  request,
}) => {
  const operator = new Operator(request)
  const user = await newPerson(operator)
  for (let made = 0; made < 20; made += 1) {
    const charge = await operator.post('/charges', { user, operation: 'web.extract', usage: { pages: 1 } })
    expect(charge.status()).toBe(201)
  }
  const gift = await operator.post('/grants', { user, amount: 50, reason: 'Sorry for the wait' })
  await signIn(page, operator, { user, to: 'billing' })
  const statement = page.getByRole('region', { name: /^Movements of your credits/ })
  const rows = statement.getByRole('row')
  await expect(rows).toHaveCount(21)
  await expect(rows.nth(1)).toContainText('Sorry for the wait')
  await expect(rows.nth(1)).toContainText('+50')
  // The file is compared with the API, movement by movement.
  const said = await (await operator.get(`/statement?user=${user}&limit=20`)).json()
  const balance = new Intl.NumberFormat('en')
  for (const [place, { balanceAfter }] of said.data.entries())
    await expect(
      rows
        .nth(place + 1)
        .getByRole('cell')
        .last(),
    ).toHaveText(balance.format(balanceAfter))

  await page.getByRole('navigation', { name: 'Statement pages' }).getByRole('link', { name: 'Older' }).click()
  await expect(rows.last()).toContainText('Monthly allowance')
  await expect(rows.last()).toContainText('+1,000')

  const file = await page.context().request.get('/settings/statement.csv')
  expect((await file.text()).trim().split('\r\n')).toHaveLength(23)

  const revoked = await operator.post(`/grants/${(await gift.json()).id}/revoke`, { reason: 'Given twice' })
  expect(await revoked.json()).toMatchObject({ amount: 50, remaining: 0 })
  await page.goto('/settings/billing')
  await expect(rows.nth(1)).toContainText('Taken back: promotional credits')
  await expect(rows.nth(1)).toContainText('Given twice')
  await rows.nth(3).getByRole('link', { name: 'Web Content Extraction' }).click()
  await expect(page).toHaveURL(/\/settings\/usage\?receipt=chg_/)
})
