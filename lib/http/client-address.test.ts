import { expect, test } from 'vitest'
import { clientAddress } from './client-address'

test.each([
  ['without proxies the socket alone counts', '192.0.2.1', '203.0.113.9', 0, '192.0.2.1'],
  ['an IPv4 address in IPv6 clothes is the same client', '::ffff:192.0.2.1', null, 0, '192.0.2.1'],
  ['behind one proxy the last entry is the client', '10.0.0.1', '6.6.6.6, 203.0.113.9', 1, '203.0.113.9'],
  ['behind two the last but one', '10.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.2', 2, '203.0.113.9'],
  ['a proxy that says nothing leaves the socket', '10.0.0.1', null, 1, '10.0.0.1'],
  ['what is no address leaves the socket', '10.0.0.1', 'unknown', 1, '10.0.0.1'],
  ['a proxy that names the port as well', '10.0.0.1', '203.0.113.9:4711', 1, '203.0.113.9'],
  ['the port of an IPv6 address', '10.0.0.1', '[2001:db8:1:2::7]:4711', 1, '2001:db8:1:2::/64'],
  ['an IPv6 address in brackets', '10.0.0.1', '[2001:db8:1:2::7]', 1, '2001:db8:1:2::/64'],
  ['one IPv6 household is one client', '2001:db8:1:2:aaaa::1', null, 0, '2001:db8:1:2::/64'],
  ['however it is written', '2001:0DB8:0001:0002::7', null, 0, '2001:db8:1:2::/64'],
  ['a short one too', '2001:db8::1', null, 0, '2001:db8:0:0::/64'],
  ['a link with its interface too', 'fe80::1%eth0', null, 0, 'fe80:0:0:0::/64'],
  ['nobody can tell without a socket', undefined, '203.0.113.9', 0, null],
])('%s', (_, socket, forwarded, proxies, expected) => {
  expect(clientAddress(socket, forwarded, proxies)).toBe(expected)
})

test('a header sent several times is read as one list', () => {
  expect(clientAddress('10.0.0.1', ['6.6.6.6', '203.0.113.9'], 1)).toBe('203.0.113.9')
})
