import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { getEnv } from '@/lib/env'

export type Address = { address: string; family: number }

/** The way in which endpoints are reached. Tests resolve names themselves. */
export type Network = {
  /** True in the demo and in tests: `http`, private addresses and this machine itself are allowed. */
  allowsPrivate: boolean
  resolve: (hostname: string) => Promise<Address[]>
}

export function currentNetwork(): Network {
  return {
    allowsPrivate: getEnv().webhooksToPrivate,
    resolve: (hostname) => lookup(hostname, { all: true }),
  }
}

/** Thrown for an address that may not be called. `reason` completes "It …". */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress'
  readonly code = 'REFUSED_ADDRESS'
  constructor(readonly reason: string) {
    super(`The address of the endpoint ${reason}.`)
  }
}

const IS_PRIVATE = 'must not be private, local or reserved'

/** Global unicast: everything that is assigned to the public internet. */
const PUBLIC_V6 = ipaddr.parseCIDR('2000::/3')
/** The address at which Azure's machines reach their host. It looks public, but is not. */
const PLATFORM_V4 = '168.63.129.16'

/** Returns true if an address is public. An IPv4 address within an IPv6 one is judged on its own. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast' || parsed.toString() === PLATFORM_V4) return false
  return parsed instanceof ipaddr.IPv6 ? parsed.match(PUBLIC_V6) : true
}

/** Parses an endpoint's address. Throws `RefusedAddress` for one that is never called, whatever its name resolves to. */
export function parseAddress(text: string, { allowsPrivate }: Network): URL {
  if (!URL.canParse(text)) throw new RefusedAddress('must be a complete URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(allowsPrivate && url.protocol === 'http:'))
    throw new RefusedAddress('must begin with https://')
  if (url.username !== '' || url.password !== '')
    throw new RefusedAddress('must not contain a user or password')
  const host = hostOf(url)
  if (!allowsPrivate && isIP(host) !== 0 && !isPublic(host)) throw new RefusedAddress(IS_PRIVATE)
  return url
}

/** The host without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** Resolves a name for one connection. Throws `RefusedAddress` if it has no address, or any that is not public. */
export async function resolveAddress(
  hostname: string,
  { allowsPrivate, resolve }: Network,
): Promise<Address[]> {
  const found = await resolve(hostname)
  if (found.length === 0) throw new RefusedAddress('has a name without an address')
  if (!allowsPrivate && !found.every(({ address }) => isPublic(address))) throw new RefusedAddress(IS_PRIVATE)
  return found
}

/** Checks an address before it is stored. Throws `RefusedAddress`; in production also for a name that cannot be resolved. */
export async function checkAddress(text: string, network: Network): Promise<URL> {
  const url = parseAddress(text, network)
  const host = hostOf(url)
  if (!network.allowsPrivate && isIP(host) === 0) {
    const resolved = await resolveAddress(host, network).catch((error: unknown) => error)
    if (resolved instanceof RefusedAddress) throw resolved
    if (resolved instanceof Error) throw new RefusedAddress('has a name that cannot be resolved')
  }
  return url
}
