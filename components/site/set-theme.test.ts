import { afterEach, expect, test, vi } from 'vitest'

const set = vi.fn()
vi.mock('next/headers', () => ({ cookies: async () => ({ set, delete: () => undefined }) }))

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

test.each([
  ['http://127.0.0.1:3000', false],
  ['https://credits.example', true],
])('at %s scripts and other sites cannot read the theme cookie, and Secure is %s', async (appUrl, secure) => {
  vi.stubEnv('APP_URL', appUrl)
  vi.resetModules()
  const { setTheme } = await import('./set-theme')
  const form = new FormData()
  form.set('theme', 'dark')
  await setTheme(form)
  expect(set).toHaveBeenLastCalledWith(
    'theme',
    'dark',
    expect.objectContaining({ httpOnly: true, sameSite: 'lax', secure }),
  )
})
