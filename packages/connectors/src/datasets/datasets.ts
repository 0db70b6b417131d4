/**
 * The bundled data sets: what is in them and which times they have. Their origin is in
 * data/README.md.
 */

import { type Column, DOUBLE, INTEGER, STRING, TIMESTAMP, type Type } from '@millrace/pipeline'

export interface Dataset {
  readonly title: string
  readonly columns: readonly Column[]
  /** The column of the event time; absent where records have no times. */
  readonly eventTime?: string
  /** One sentence for docs. */
  readonly summary: string
}

export type DatasetName = 'airports' | 'earthquakes' | 'flights'

function columns(types: { readonly [name: string]: Type }): readonly Column[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }))
}

export const DATASETS: { readonly [name in DatasetName]: Dataset } = {
  airports: {
    title: 'Airports of the USA',
    summary: '3,376 airports of the USA with city, state and place; without times.',
    columns: columns({
      iata: STRING,
      name: STRING,
      city: STRING,
      state: STRING,
      country: STRING,
      latitude: DOUBLE,
      longitude: DOUBLE,
    }),
  },
  earthquakes: {
    title: 'Earthquakes of a week',
    summary:
      '1,707 seismic events that USGS reported for the week up to 2018-02-07. `at` is when the earth shook, ' +
      '`updated` when the report was last revised, which is later than it was first reported.',
    eventTime: 'at',
    columns: columns({
      id: STRING,
      at: TIMESTAMP,
      updated: TIMESTAMP,
      magnitude: DOUBLE,
      magnitude_type: STRING,
      place: STRING,
      region: STRING,
      type: STRING,
      status: STRING,
      significance: INTEGER,
      longitude: DOUBLE,
      latitude: DOUBLE,
      depth_km: DOUBLE,
    }),
  },
  flights: {
    title: 'Flights in the USA',
    summary:
      '20,000 flights within the USA, January to March 2001. `at` is the departure in local time, read as if ' +
      'it were UTC; `delay` is that of the arrival in minutes, `distance` is in miles.',
    eventTime: 'at',
    columns: columns({
      at: TIMESTAMP,
      origin: STRING,
      destination: STRING,
      delay: INTEGER,
      distance: INTEGER,
    }),
  },
}

export const DATASET_NAMES: readonly DatasetName[] = ['airports', 'earthquakes', 'flights']
