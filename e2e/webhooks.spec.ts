import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signInSupport } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** A server of the platform that accepts everything, or answers 500. */
async function openReceiver() {
  const state = { status: 204, ids: [] as string[] }
  const server = createServer((request, response) => {
    state.ids.push(String(request.headers['webhook-id']))
    request.resume().once('end', () => response.writeHead(state.status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/hooks`
  return {
    state,
    url,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

test('staff add a webhook endpoint, test it, resend, rotate its secret, switch it off and delete it', async ({
  page,
}) => {
  const receiver = await openReceiver()
  await signInSupport(page)
  await page.goto('/operator')
  await page.getByRole('link', { name: 'Webhooks' }).click()
  await page.getByLabel('Address').fill('not an address')
  await page.getByLabel('Address').evaluate((field) => field.removeAttribute('type'))
  await page.getByLabel('Reason').fill('The editor asked for it')
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'must be a complete URL' })).toBeVisible()
  await page.getByLabel('Address').fill(receiver.url)
  await page.getByText('Types of events').click()
  // A type that nothing else causes here, so that only its own tests arrive.
  await page.getByLabel('topup.failed').check()
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('heading', { level: 1, name: receiver.url })).toBeVisible()
  await expect(page.getByLabel('topup.failed')).toBeChecked()

  await page.getByText('Show the secret').click()
  const secret = page.getByText(/^whsec_/)
  await expect(secret).toBeVisible()
  const before = await secret.textContent()

  const log = page.getByRole('list', { name: 'Deliveries' })
  await page.getByRole('button', { name: 'Send a test event' }).click()
  await expect(async () => {
    await page.reload()
    await expect(log.getByRole('listitem')).toContainText(['webhook.test'], { timeout: 1_000 })
    await expect(log.getByText('Delivered')).toHaveCount(1, { timeout: 1_000 })
  }).toPass()
  await expect(log).toContainText(/answered 204 after \d+ ms/)
  receiver.state.status = 500
  await log.getByRole('button', { name: 'Resend' }).click()
  await expect(async () => {
    await page.reload()
    await expect(log).toContainText(/answered 500 after \d+ ms/, { timeout: 1_000 })
  }).toPass()
  await expect(page.getByText(/^Failing since/)).toBeVisible()
  expect(new Set(receiver.state.ids).size).toBe(1)

  const because = (panel: string, place = 0) =>
    page.getByRole('region', { name: panel }).getByLabel('Reason').nth(place).fill('Because of a test')
  await because('Signing secret')
  await page.getByRole('button', { name: 'Rotate' }).click()
  await expect(page.getByText(/also signed with the old secret until/)).toBeVisible()
  await page.getByText('Show the secret').click()
  await expect(secret).not.toHaveText(before ?? '')

  await because('Switch off or delete')
  await page.getByRole('button', { name: 'Switch off' }).click()
  await expect(page.getByRole('button', { name: 'Switch on' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Send a test event' })).toHaveCount(0)
  await page.getByRole('link', { name: 'All endpoints' }).click()
  const row = page.getByRole('link', { name: receiver.url })
  await expect(row).toContainText('1 type')
  await expect(row).toContainText('Off')
  await row.click()
  const done = page.getByRole('region', { name: 'What staff did' })
  await expect(done.getByRole('listitem')).toContainText([
    'Switched the endpoint off',
    'Rotated the signing secret',
    'Added the endpoint',
  ])
  await expect(done).toContainText('“The editor asked for it” — olga@demo.example')
  await because('Switch on or delete', 1)
  await page.getByRole('button', { name: 'Delete' }).click()
  await expect(page).toHaveURL(/\/operator\/webhooks$/)
  await expect(page.getByRole('link', { name: receiver.url })).toHaveCount(0)
  await receiver.close()
})
