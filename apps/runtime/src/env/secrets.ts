/** Secrets that pipelines name: the server has them in its environment, and says them to nobody. */

const PREFIX = 'MILLRACE_SECRET_'
const REFERENCE = /^secret:\/\/([a-z][a-z0-9-]*)$/

/** The variable in which the secret is; undefined where it is no reference. */
export function secretVariable(reference: string): string | undefined {
  const name = REFERENCE.exec(reference)?.[1]
  return name && `${PREFIX}${name.replaceAll('-', '_').toUpperCase()}`
}

/** Undefined where it is not there, or empty. */
export function findSecret(
  reference: string,
  variables: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const variable = secretVariable(reference)
  return (variable && variables[variable]) || undefined
}

/** For engine hosts, in which pipelines run and which check no signature. */
export function withoutSecrets(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(variables).filter((name) => !name.toUpperCase().startsWith(PREFIX))
  return Object.fromEntries(names.map((name) => [name, variables[name]]))
}
