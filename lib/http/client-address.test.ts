import { expect, test } from 'vitest'
import { clientAddress } from './client-address'

test.each([
  ['the client address is the socket’s without proxies', '192.0.2.1', '203.0.113.9', 0, '192.0.2.1'],
  ['an IPv4 address mapped to IPv6 is the same client', '::ffff:192.0.2.1', null, 0, '192.0.2.1'],
  ['behind one proxy, the client is the last entry', '10.0.0.1', '6.6.6.6, 203.0.113.9', 1, '203.0.113.9'],
  [
    'behind two proxies, the client is the last entry but one',
    '10.0.0.1',
    '6.6.6.6, 203.0.113.9, 10.0.0.2',
    2,
    '203.0.113.9',
  ],
  ['without an entry from the proxy, the client is the socket’s address', '10.0.0.1', null, 1, '10.0.0.1'],
  [
    'an invalid entry is ignored and the client is the socket’s address',
    '10.0.0.1',
    'unknown',
    1,
    '10.0.0.1',
  ],
  ['an entry may include a port', '10.0.0.1', '203.0.113.9:4711', 1, '203.0.113.9'],
  ['an IPv6 entry may include a port', '10.0.0.1', '[2001:db8:1:2::7]:4711', 1, '2001:db8:1:2::/64'],
  ['an IPv6 entry may be in brackets', '10.0.0.1', '[2001:db8:1:2::7]', 1, '2001:db8:1:2::/64'],
  ['an IPv6 /64 is one client', '2001:db8:1:2:aaaa::1', null, 0, '2001:db8:1:2::/64'],
  ['an IPv6 /64 is one client in any notation', '2001:0DB8:0001:0002::7', null, 0, '2001:db8:1:2::/64'],
  ['a shortened IPv6 address is reduced to its /64', '2001:db8::1', null, 0, '2001:db8:0:0::/64'],
  ['a link-local address with a zone is reduced to its /64', 'fe80::1%eth0', null, 0, 'fe80:0:0:0::/64'],
  ['the client address is unknown without a socket', undefined, '203.0.113.9', 0, null],
])('%s', (_, socket, forwarded, proxies, expected) => {
  expect(clientAddress(socket, forwarded, proxies)).toBe(expected)
})

test('a repeated X-Forwarded-For header is read as one list', () => {
  expect(clientAddress('10.0.0.1', ['6.6.6.6', '203.0.113.9'], 1)).toBe('203.0.113.9')
})
