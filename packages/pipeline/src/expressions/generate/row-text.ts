/**
 * How generated code makes a row. V8 keeps a list of nothing but numbers in another form than one
 * with a text among them, and where code reads rows of both forms it turns each of the former into
 * the latter, with a box for each number. So rows say from the start that they hold anything.
 */

/**
 * The assignments, in their order, by which the variable comes to hold a row of these values. They
 * are computed in the order in which they stand.
 */
export function rowStatements(variable: string, values: readonly string[]): readonly string[] {
  const last = values.at(-1)
  if (last === undefined) return [`${variable} = []`]
  const others = values.slice(0, -1)
  return [
    `${variable} = [${[...others, 'null'].join(', ')}]`,
    `${variable}[${others.length}] = ${last}`,
  ]
}
