import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { loadEnv } from '@/lib/env'
import { checkAddress, type Network } from './addresses'
import { post } from './post'

const PRODUCTION = {
  DATABASE_URL: 'postgresql://db.internal/credits',
  AUTH_SECRET: 'x'.repeat(32),
  APP_URL: 'https://credits.example',
  STRIPE_SECRET_KEY: 'sk_live_x',
  STRIPE_WEBHOOK_SECRET: 'whsec_x',
}
const { webhooksToPrivate: allowsPrivate } = loadEnv(PRODUCTION)

/** Production, where every name resolves to `addresses`. */
const resolvingTo = (...addresses: string[]): Network => ({
  allowsPrivate,
  resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
})

const PUBLIC = '93.184.215.14'
const MESSAGE = { headers: {}, body: '{}' }

test('production refuses private addresses unless WEBHOOKS_TO_PRIVATE says otherwise', () => {
  expect(allowsPrivate).toBe(false)
  expect(loadEnv({ ...PRODUCTION, WEBHOOKS_TO_PRIVATE: 'on' }).webhooksToPrivate).toBe(true)
  expect(loadEnv({}).webhooksToPrivate).toBe(true)
  expect(loadEnv({ WEBHOOKS_TO_PRIVATE: 'off' }).webhooksToPrivate).toBe(false)
})

/** Addresses, in various notations, that are not on the public internet. */
const WRITTEN = [
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.255.255.254/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0x7f.0.0.0x1/',
  'https://１２７.0.0.1/',
  'https://0.0.0.0/',
  'https://0/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://2852039166/',
  'https://100.64.0.1/',
  'https://100.100.100.200/',
  'https://168.63.129.16/',
  'https://192.0.0.192/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:169.254.169.254]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[64:ff9b:1::a00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001:0:7f00:1::]/',
  'https://[fe80::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'http://platform.example/',
  'https://user@platform.example/',
  'https://93.184.215.14@127.0.0.1/',
  'ftp://platform.example/',
  'file:///etc/passwd',
  'gopher://platform.example/',
  'platform.example',
]

test.each(WRITTEN)('an endpoint at %s is refused in production, when added and when called', async (url) => {
  await expect(checkAddress(url, resolvingTo(PUBLIC))).rejects.toThrow('The address of the endpoint')
  expect(await post(url, MESSAGE, resolvingTo(PUBLIC))).toEqual({ status: null, problem: 'REFUSED_ADDRESS' })
})

/** The addresses that a name may resolve to: one private address among public ones is enough. */
const RESOLVED = [
  ['127.0.0.1'],
  ['10.1.2.3'],
  ['169.254.169.254'],
  ['::1'],
  ['fd00::1'],
  ['::ffff:10.0.0.1'],
  ['64:ff9b::a9fe:a9fe'],
  [PUBLIC, '192.168.1.1'],
  [],
]

test.each(RESOLVED)('a name that resolves to %s %s is refused in production', async (...addresses) => {
  const network = resolvingTo(...addresses.filter((one) => typeof one === 'string'))
  const url = 'https://platform.example/'
  await expect(checkAddress(url, network)).rejects.toThrow('The address of the endpoint')
  expect(await post(url, MESSAGE, network)).toEqual({ status: null, problem: 'REFUSED_ADDRESS' })
})

test('a name that resolves to a private address only the second time is refused then', async () => {
  let asked = 0
  const network: Network = {
    allowsPrivate,
    resolve: async () => {
      asked += 1
      return [{ address: asked === 1 ? PUBLIC : '127.0.0.1', family: 4 }]
    },
  }
  const url = 'https://platform.example/'
  expect((await checkAddress(url, network)).href).toBe(url)
  expect(await post(url, MESSAGE, network)).toEqual({ status: null, problem: 'REFUSED_ADDRESS' })
  expect(asked).toBe(2)
})

test('a name that cannot be resolved is refused when added in production', async () => {
  const resolve = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
  await expect(checkAddress('https://platform.example/', { allowsPrivate, resolve })).rejects.toThrow(
    'cannot be resolved',
  )
})

test.each([
  'https://93.184.215.14/',
  'https://[2606:2800:21f:cb07::1]/',
  'https://platform.example:8443/x?y=1',
])('an endpoint at %s is accepted in production', async (url) => {
  expect((await checkAddress(url, resolvingTo(PUBLIC, '2606:2800:21f:cb07::1'))).href).toBe(url)
})

test('no request reaches a private server that a name resolves to', async () => {
  let requests = 0
  const server = createServer((_request, response) => {
    requests += 1
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `https://platform.example:${port}/`
  expect(await post(url, MESSAGE, resolvingTo('127.0.0.1'))).toMatchObject({ problem: 'REFUSED_ADDRESS' })
  expect(requests).toBe(0)
  server.close()
})
