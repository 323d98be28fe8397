import { isIP } from 'node:net'

/** Set by `server.ts` on requests passed to Next; it overwrites a client's own header of this name. */
export const CLIENT_ADDRESS_HEADER = 'x-client-address'

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
/** Some proxies append the port: `203.0.113.7:4711`, `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/
/** A household or server usually owns a whole /64 and can freely change addresses within it. */
const IPV6_GROUPS_COUNTED = 4
const IPV6_GROUPS = 8

/**
 * The client's address for rate limits, from the socket's address and the X-Forwarded-For header. Each of the
 * `trustedProxies` appends the address it sees, so the client's address is that many entries from the right; anything
 * further left comes from the client. Null if it cannot be determined.
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | string[] | null | undefined,
  trustedProxies: number,
): string | null {
  if (trustedProxies === 0) return counted(socketAddress)
  const seen = [forwardedFor ?? []].flat().join(',').split(',')
  return counted(seen.at(-trustedProxies)?.trim()) ?? counted(socketAddress)
}

/** An IPv4 address unchanged, an IPv6 address as its /64; null for anything else. */
function counted(address: string | undefined): string | null {
  if (address === undefined) return null
  const [, bracketed, dotted] = WITH_PORT.exec(address) ?? []
  const alone = bracketed ?? dotted ?? address
  const plain = MAPPED_IPV4.exec(alone)?.[1] ?? alone.replace(/%.*$/, '')
  switch (isIP(plain)) {
    case 4:
      return plain
    case 6:
      return `${groupsOf(plain).slice(0, IPV6_GROUPS_COUNTED).join(':')}::/64`
    default:
      return null
  }
}

function groupsOf(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, IPV6_GROUPS - left.length - right.length)
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''))
}
