/** Digests of the UTF-8 bytes of a text, in hexadecimal. */

import type { Value } from '../../value.ts'
import { md5, sha1, sha2Long, sha2Short } from '../digest.ts'
import { encodeUtf8, hexText } from '../utf8.ts'
import type { FunctionDefinition } from './definition.ts'

type Digest = (bytes: readonly number[]) => number[]

function digest(
  name: string,
  title: string,
  weight: number,
  compute: Digest,
  example: string,
): FunctionDefinition {
  return {
    name,
    signatures: [`${name}(text: string): string`],
    description: `The ${title} digest in hexadecimal.`,
    examples: [[`${name}('abc')`, `'${example}'`]],
    weight,
    apply: (text: string) => hexText(compute(encodeUtf8(text))),
  }
}

const SHA2: ReadonlyMap<number, Digest> = new Map<number, Digest>([
  [224, (bytes) => sha2Short(bytes, 224)],
  [256, (bytes) => sha2Short(bytes, 256)],
  [384, (bytes) => sha2Long(bytes, 384)],
  [512, (bytes) => sha2Long(bytes, 512)],
])

export const HASH_FUNCTIONS: readonly FunctionDefinition[] = [
  digest('MD5', 'MD5', 16, md5, '900150983cd24fb0d6963f7d28e17f72'),
  digest('SHA1', 'SHA-1', 16, sha1, 'a9993e364706816aba3e25717850c26c9cd0d89d'),
  digest(
    'SHA224',
    'SHA-224',
    32,
    (bytes) => sha2Short(bytes, 224),
    '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7',
  ),
  digest(
    'SHA256',
    'SHA-256',
    32,
    (bytes) => sha2Short(bytes, 256),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  ),
  digest(
    'SHA384',
    'SHA-384',
    256,
    (bytes) => sha2Long(bytes, 384),
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  ),
  digest(
    'SHA512',
    'SHA-512',
    256,
    (bytes) => sha2Long(bytes, 512),
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ),
  {
    name: 'SHA2',
    signatures: ['SHA2(text: string, bits: integer): string'],
    description:
      'The SHA-2 digest of 224, 256, 384 or 512 bits, in hexadecimal; NULL for another number of bits.',
    examples: [
      ["SHA2('abc', 224)", "'23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'"],
      ["SHA2('abc', 100)", 'NULL'],
    ],
    weight: 256,
    apply: (text: string, bits: number): Value => {
      const compute = SHA2.get(bits)
      return compute === undefined ? null : hexText(compute(encodeUtf8(text)))
    },
  },
]
