/**
 * Functions that look at what a text is made of, and write it in other forms: hexadecimal,
 * base64, URLs.
 */

import type { Value } from '../../value.ts'
import { parseDouble } from '../cast.ts'
import { EvaluationError } from '../errors.ts'
import { checkStringLength } from '../limits.ts'
import { decodeUtf8, encodeUtf8, fromBase64, hexText, toBase64 } from '../utf8.ts'
import type { FunctionDefinition } from './definition.ts'

export const ENCODING_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'ASCII',
    signatures: ['ASCII(text: string): integer'],
    description: 'The code point of the first character; 0 where the text is empty.',
    examples: [
      ["ASCII('abc')", '97'],
      ["ASCII('')", '0'],
    ],
    apply: (text: string) => text.codePointAt(0) ?? 0,
  },
  {
    name: 'CHR',
    signatures: ['CHR(code: integer): string'],
    description:
      'The character of a code from 0 to 255; larger codes count modulo 256, and there is none below 0.',
    examples: [
      ['CHR(97)', "'a'"],
      ['CHR(353)', "'a'"],
      ['CHR(-1)', "''"],
    ],
    apply: (code: number) => (code < 0 ? '' : String.fromCharCode(code % 256)),
  },
  {
    name: 'HEX',
    signatures: ['HEX(value: integer): string', 'HEX(text: string): string'],
    description: 'An integer, or the UTF-8 bytes of a text, in hexadecimal capitals.',
    examples: [
      ['HEX(100)', "'64'"],
      ["HEX('hello')", "'68656C6C6F'"],
      ['HEX(-1)', "'FFFFFFFFFFFFFFFF'"],
    ],
    weight: 2,
    apply: (value: number | string) => {
      if (typeof value === 'number')
        return BigInt.asUintN(64, BigInt(value)).toString(16).toUpperCase()
      return limited(hexText(encodeUtf8(value)).toUpperCase())
    },
  },
  {
    name: 'BIN',
    signatures: ['BIN(value: integer): string'],
    description: 'An integer in binary digits.',
    examples: [
      ['BIN(4)', "'100'"],
      ['BIN(12)', "'1100'"],
    ],
    apply: (value: number) => BigInt.asUintN(64, BigInt(value)).toString(2),
  },
  {
    name: 'TO_BASE64',
    signatures: ['TO_BASE64(text: string): string'],
    description: 'The UTF-8 bytes of a text in base64.',
    examples: [
      ["TO_BASE64('hello world')", "'aGVsbG8gd29ybGQ='"],
      ["TO_BASE64('')", "''"],
    ],
    weight: 4,
    apply: (text: string) => limited(toBase64(encodeUtf8(text))),
  },
  {
    name: 'FROM_BASE64',
    signatures: ['FROM_BASE64(text: string): string'],
    description: 'The text whose UTF-8 bytes are given in base64.',
    examples: [["FROM_BASE64('aGVsbG8gd29ybGQ=')", "'hello world'"]],
    weight: 4,
    apply: (text: string) => decodeUtf8(fromBase64(text)),
  },
  {
    name: 'URL_ENCODE',
    signatures: ['URL_ENCODE(text: string): string'],
    description: 'The text as a part of a URL query (`application/x-www-form-urlencoded`).',
    examples: [["URL_ENCODE('a b&c=ä*')", "'a+b%26c%3D%C3%A4*'"]],
    weight: 4,
    apply: urlEncode,
  },
  {
    name: 'URL_DECODE',
    signatures: ['URL_DECODE(text: string): string'],
    description: 'The text that was written as a part of a URL query; NULL where it is none.',
    examples: [
      ["URL_DECODE('a+b%26c%3D%C3%A4')", "'a b&c=ä'"],
      ["URL_DECODE('%zz')", 'NULL'],
    ],
    weight: 4,
    apply: urlDecode,
  },
  {
    name: 'PARSE_URL',
    signatures: ['PARSE_URL(url: string, part: string, key?: string): string'],
    description:
      'A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO; with QUERY and a key, the value of that key. NULL where there is none.',
    examples: [
      [
        "PARSE_URL('http://ada@facebook.com:80/path1/p.php?k1=v1&k2=v2#Ref1', 'HOST')",
        "'facebook.com'",
      ],
      ["PARSE_URL('http://facebook.com/p.php?k1=v1&k2=v2#Ref1', 'QUERY', 'k2')", "'v2'"],
      ["PARSE_URL('http://facebook.com/p.php?k1=v1#Ref1', 'REF')", "'Ref1'"],
      ["PARSE_URL('http://facebook.com/p.php?k1=v1', 'FILE')", "'/p.php?k1=v1'"],
      ["PARSE_URL('not a url', 'HOST')", 'NULL'],
    ],
    weight: 2,
    apply: parseUrl,
  },
  {
    name: 'IS_ALPHA',
    signatures: ['IS_ALPHA(text: string): boolean'],
    description: 'Whether all characters are letters, and there is one.',
    examples: [
      ["IS_ALPHA('abc')", 'TRUE'],
      ["IS_ALPHA('a1')", 'FALSE'],
    ],
    weight: 1,
    apply: (text: string) => /^\p{L}+$/u.test(text),
  },
  {
    name: 'IS_DIGIT',
    signatures: ['IS_DIGIT(text: string): boolean'],
    description: 'Whether all characters are digits, and there is one.',
    examples: [
      ["IS_DIGIT('123')", 'TRUE'],
      ["IS_DIGIT('')", 'FALSE'],
    ],
    weight: 1,
    apply: (text: string) => /^\p{Nd}+$/u.test(text),
  },
  {
    name: 'IS_DECIMAL',
    signatures: ['IS_DECIMAL(text: string): boolean'],
    description: 'Whether the text can be read as a number.',
    examples: [
      ["IS_DECIMAL('1.5e3')", 'TRUE'],
      ["IS_DECIMAL('1.5x')", 'FALSE'],
    ],
    weight: 1,
    apply: isDecimal,
  },
]

function limited(text: string): string {
  checkStringLength(text.length)
  return text
}

function urlEncode(text: string): string {
  let result = ''
  for (const byte of encodeUtf8(text)) {
    const character = String.fromCharCode(byte)
    if (/[A-Za-z0-9*._-]/.test(character)) result += character
    else result += byte === 0x20 ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  checkStringLength(result.length)
  return result
}

function urlDecode(text: string): Value {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return null
  const bytes: number[] = []
  const pieces = text.replaceAll('+', ' ').split(/%([0-9A-Fa-f]{2})/)
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 1) bytes.push(Number.parseInt(piece, 16))
    else for (const byte of encodeUtf8(piece)) bytes.push(byte)
  }
  return decodeUtf8(bytes)
}

const URL_PARTS =
  /^([A-Za-z][A-Za-z0-9+.-]*):\/\/((?:([^/?#@]*)@)?(\[[^\]/?#]*\]|[^:/?#]*)(?::[0-9]*)?)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

function parseUrl(url: string, part: string, key?: string): Value {
  const match = URL_PARTS.exec(url)
  if (match === null) return null
  const [, protocol, authority, userInfo, host, path = '', query, ref] = match
  if (key !== undefined) {
    if (part !== 'QUERY' || query === undefined) return null
    const pair = query.split('&').find((one) => one.startsWith(`${key}=`))
    return pair === undefined ? null : pair.slice(key.length + 1)
  }
  const parts = new Map([
    ['HOST', host],
    ['PATH', path],
    ['QUERY', query],
    ['REF', ref],
    ['PROTOCOL', protocol],
    ['AUTHORITY', authority],
    ['FILE', query === undefined ? path : `${path}?${query}`],
    ['USERINFO', userInfo],
  ])
  return parts.get(part) ?? null
}

function isDecimal(text: string): boolean {
  try {
    return Number.isFinite(parseDouble(text))
  } catch (error) {
    if (error instanceof EvaluationError) return false
    throw error
  }
}
