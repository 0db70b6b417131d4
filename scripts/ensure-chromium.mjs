/**
 * Finds a Chromium for the end-to-end tests; as root on Debian it installs the distribution's own
 * where there is none. Playwright's downloads are not used, so that nothing but packages is needed.
 */

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const APT = '/usr/bin/apt-get'
const PACKAGES = ['chromium', 'fonts-dejavu-core']

export class NoBrowser extends Error {}

/** @returns {string} The program's path. */
export function ensureChromium() {
  const found = findChromium()
  if (found !== undefined) return found
  if (process.getuid?.() !== 0 || !isProgram(APT)) {
    throw new NoBrowser(
      `There is no Chromium in ${PLACES.join(', ')}. Install one (Debian: apt-get install ` +
        'chromium), or set CHROMIUM_PATH to the program.',
    )
  }
  process.stderr.write('Installing Chromium from the packages of this system...\n')
  apt('update')
  apt('install', '--yes', '--no-install-recommends', ...PACKAGES)
  const installed = findChromium()
  if (installed !== undefined) return installed
  throw new NoBrowser(
    `The packages ${PACKAGES.join(' and ')} put no program in ${PLACES.join(', ')}. Set ` +
      'CHROMIUM_PATH to where Chromium is.',
  )
}

function findChromium() {
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && !isProgram(named)) {
    throw new NoBrowser(
      `CHROMIUM_PATH is "${named}", and no program is there. Correct it, or leave it out.`,
    )
  }
  return named ?? PLACES.find(isProgram)
}

/** @param {string} file */
function isProgram(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Another apt may be at work: it is waited for.
 *
 * @param {readonly string[]} words
 */
function apt(...words) {
  const { status } = spawnSync(APT, ['-q', '-o', 'DPkg::Lock::Timeout=300', ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    // What a caller reads from our standard output is the path alone.
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
  })
  if (status === 0) return
  throw new NoBrowser(
    `apt-get ${words[0]} ended with ${status}; its own message stands above. Install Chromium by ` +
      'hand, or set CHROMIUM_PATH to the program.',
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${ensureChromium()}\n`)
  } catch (error) {
    if (!(error instanceof NoBrowser)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
