/** DuckDB, a second opinion: it computes over whole tables what a pipeline computes as it goes. */

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type Column, createRowText, type Row } from '../packages/pipeline/src/index.ts'

export interface SqlTable {
  readonly name: string
  readonly columns: readonly Column[]
  /** In the order in which they arrived, which DuckDB sees as the column `arrival`, from 1. */
  readonly rows: Iterable<Row>
}

export interface SqlResult {
  readonly columns: readonly string[]
  /** As `JSON.stringify` takes them: integers beyond 32 bits and times are texts. */
  readonly rows: readonly { readonly [column: string]: unknown }[]
}

export interface Batch {
  load(table: SqlTable, folder: string): Promise<void>
  query(sql: string): Promise<SqlResult>
  close(): void
}

type DuckDb = typeof import('@duckdb/node-api')

/** DuckDB, or why it is not there: its native part is not made for every machine. */
export async function openDuckDb(
  read: () => Promise<DuckDb> = () => import('@duckdb/node-api'),
): Promise<Batch | { readonly missing: string }> {
  let api: DuckDb
  try {
    api = await read()
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
  const instance = await api.DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  return {
    load: (table, folder) => load(connection, table, folder),
    query: async (sql) => {
      const reader = await connection.runAndReadAll(sql)
      return { columns: reader.columnNames(), rows: reader.getRowObjectsJson() }
    },
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

const SQL_TYPES: ReadonlyMap<string, string> = new Map([
  ['boolean', 'BOOLEAN'],
  ['integer', 'BIGINT'],
  ['double', 'DOUBLE'],
  ['string', 'VARCHAR'],
  ['timestamp', 'TIMESTAMP'],
])

/** By way of a file of JSON lines, which DuckDB reads by itself. */
async function load(
  connection: DuckDBConnection,
  { name, columns, rows }: SqlTable,
  folder: string,
): Promise<void> {
  const text = createRowText(columns)
  const lines: string[] = []
  for (const row of rows) lines.push(`${text(row)}\n`)
  const file = path.join(folder, `${name}.jsonl`)
  writeFileSync(file, lines.join(''))
  const types = columns.map(({ name: column, type }) => {
    const sqlType = SQL_TYPES.get(type.kind)
    if (sqlType === undefined) throw new Error(`DuckDB has no type for ${type.kind} here.`)
    return `${quoted(column)}: '${sqlType}'`
  })
  await connection.run(
    `CREATE OR REPLACE TABLE ${name} AS SELECT *, row_number() OVER () AS arrival ` +
      `FROM read_json(${quoted(file)}, format = 'newline_delimited', columns = {${types.join(', ')}})`,
  )
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
