/**
 * Which addresses pipelines may reach. Whoever draws a pipeline must not reach what only this
 * machine reaches: other programs on it, the private network, the metadata of a cloud. So these are
 * refused unless whoever starts Millrace names them.
 */

import { BlockList, isIP } from 'node:net'

/** Private, local, special or not to be reached from everywhere, by the registries of IANA. */
const REFUSED_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/**
 * All that is not in 2000::/3, of which alone addresses of the internet are given, and what is
 * special in there: among both, those in which an address of version 4 is hidden.
 */
const REFUSED_6 = [
  '::/3',
  '4000::/2',
  '8000::/1',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]

/** Apart, since a range of version 6 takes in addresses of version 4 as well. */
const REFUSED = { 4: blockList(REFUSED_4), 6: blockList(REFUSED_6) } as const

export interface NetRule {
  /** A name as it stands in a url, or addresses. */
  readonly host: string | BlockList
  readonly port: number | undefined
}

/** A range of version 6 may stand without brackets, for it has no port. */
const HOST_AND_PORT = /^(\[[^\]]+\](?:\/\d+)?|[^:]+|[0-9a-f:.]+\/\d+)(?::(\d{1,5}))?$/i

/** `localhost`, `localhost:3000`, `10.0.0.5:80`, `10.0.0.0/8` or `[::1]:3000`; else why not. */
export function parseNetRule(text: string): NetRule | { readonly message: string } {
  const [, host = '', port] = isIP(text) === 6 ? [text, text] : (HOST_AND_PORT.exec(text) ?? [])
  const bare = host.replace(/^\[([^\]]*)\]/, '$1').toLowerCase()
  const [address = '', prefix] = bare.split('/')
  const version = isIP(address)
  const bits = version === 6 ? 128 : 32
  const fits = version === 0 ? prefix === undefined : Number(prefix ?? bits) <= bits
  const named = version !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(address)
  if (bare === '' || !fits || !named || Number(port ?? 1) > 65_535 || Number(port ?? 1) < 1) {
    const message =
      `"${text}" names nothing that could be allowed. Write a host, an address or a range, with or without ` +
      'a port: localhost:3000, 10.0.0.0/8, [::1]:3000.'
    return { message }
  }
  const range = version === 0 ? address : blockList([`${address}/${prefix ?? bits}`])
  return { host: range, port: port === undefined ? undefined : Number(port) }
}

/** Why the address must not be reached; undefined where it may. `host` is that of the url. */
export function refuseAddress(
  address: string,
  { host, port }: { readonly host: string; readonly port: number },
  rules: readonly NetRule[],
): string | undefined {
  const allowed = rules.some((rule) => {
    if (rule.port !== undefined && rule.port !== port) return false
    return typeof rule.host === 'string' ? rule.host === host : contains(rule.host, address)
  })
  if (allowed || !isRefused(address)) return undefined
  const shown = host === address ? host : `${host} (${address})`
  const rule = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return (
    `${shown} is on this machine, in a private network or not on the internet, and pipelines do not reach such ` +
    `addresses. Start Millrace with --allow-net ${rule} to let them.`
  )
}

function isRefused(address: string): boolean {
  return contains(REFUSED[isIP(withoutMapping(address)) === 6 ? 6 : 4], address)
}

function contains(list: BlockList, address: string): boolean {
  const plain = withoutMapping(address)
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
}

/** `::ffff:127.0.0.1` is the address of version 4 in it, however it is written. */
function withoutMapping(address: string): string {
  const [, dotted] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (dotted !== undefined) return dotted
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const bits = [high, low].map((part) => Number.parseInt(part, 16))
  return bits.flatMap((part) => [part >> 8, part & 255]).join('.')
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
