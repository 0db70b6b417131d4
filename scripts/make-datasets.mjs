/**
 * Makes the bundled data sets again: `node scripts/make-datasets.mjs FOLDER`.
 *
 * FOLDER is an unpacked vega-datasets 3.2.1 (`npm pack vega-datasets@3.2.1`, then `tar xf` the file
 * that it leaves; FOLDER is `package`). It is not a dependency: 38 MB for three files that do not
 * change. The same input gives the same bytes.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT } from './run-tool.mjs'

const VERSION = '3.2.1'
const TARGET = path.join(ROOT, 'packages/connectors/data')

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Name the folder of an unpacked vega-datasets 3.2.1.\n')
  process.exit(2)
}
const { version } = JSON.parse(read('package.json'))
if (version !== VERSION) {
  process.stderr.write(`${folder} holds vega-datasets ${version}; ${VERSION} is needed.\n`)
  process.exit(2)
}
write('earthquakes', earthquakes())
write('flights', flights())
write('airports', airports())

/** In the order of the last revision, which is when USGS last told the world about each. */
function earthquakes() {
  const { features } = JSON.parse(read('data/earthquakes.json'))
  return features
    .map((/** @type {any} */ { id, properties, geometry }) => {
      const [longitude, latitude, depth] = geometry.coordinates
      return {
        id,
        at: iso(properties.time),
        updated: iso(properties.updated),
        magnitude: properties.mag,
        magnitude_type: properties.magType,
        place: properties.place,
        region: properties.place.split(',').at(-1).trim(),
        type: properties.type,
        status: properties.status,
        significance: properties.sig,
        longitude,
        latitude,
        depth_km: depth,
      }
    })
    .sort((/** @type {any} */ a, /** @type {any} */ b) => compare(a.updated, b.updated))
}

function flights() {
  return JSON.parse(read('data/flights-20k.json')).map((/** @type {any} */ flight) => {
    const { date, origin, destination, delay, distance } = flight
    const at = `${date.replaceAll('/', '-').replace(' ', 'T')}:00.000Z`
    return { at, origin, destination, delay, distance }
  })
}

function airports() {
  const [header = '', ...lines] = read('data/airports.csv').trimEnd().split(/\r?\n/)
  const names = csvFields(header)
  return lines.map((line) => {
    const fields = csvFields(line)
    if (fields.length !== names.length) throw new Error(`Not ${names.length} fields: ${line}`)
    const airport = Object.fromEntries(names.map((name, index) => [name, fields[index]]))
    const { latitude, longitude } = airport
    return { ...airport, latitude: Number(latitude), longitude: Number(longitude) }
  })
}

/**
 * Some names have a comma in them and stand in quotes; none has a quote.
 *
 * @param {string} line
 */
function csvFields(line) {
  return [...line.matchAll(/(?<=^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, plain]) => {
    return quoted ?? plain ?? ''
  })
}

/**
 * @param {string} name
 * @param {readonly object[]} records
 */
function write(name, records) {
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('')
  const packed = gzipSync(text, { level: 9 })
  // The operating system that packed it is of no interest, and would differ.
  packed[9] = 255
  writeFileSync(path.join(TARGET, `${name}.jsonl.gz`), packed)
  process.stdout.write(`${name}: ${records.length} records, ${packed.length} bytes\n`)
}

/** @param {string} file */
function read(file) {
  return readFileSync(path.join(folder ?? '', file), 'utf8')
}

/** @param {number} ms */
function iso(ms) {
  return new Date(ms).toISOString()
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0
}
