/** Secrets that pipelines name: the server has them in its environment, and says them to nobody. */

const REFERENCE = /^secret:\/\/([a-z][a-z0-9-]*)$/

/** The variable in which the secret is; undefined where it is no reference. */
export function secretVariable(reference: string): string | undefined {
  const name = REFERENCE.exec(reference)?.[1]
  return name && `MILLRACE_SECRET_${name.replaceAll('-', '_').toUpperCase()}`
}

/** Undefined where it is not there, or empty. */
export function findSecret(
  reference: string,
  variables: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const variable = secretVariable(reference)
  return (variable && variables[variable]) || undefined
}
