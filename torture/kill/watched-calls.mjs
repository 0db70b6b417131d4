/** Notices each operation on files that Node's promises make, before it is made. */

import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** Where each open file lies. */
const places = new WeakMap()

/**
 * `called` is told of each, by the name of its system call; where it throws, the operation fails.
 *
 * @param {(name: string, place: string) => void} called
 */
export async function watchCalls(called) {
  /**
   * @param {any} owner
   * @param {string} method
   * @param {string} name
   * @param {(self: any, first: any) => string} placeOf
   */
  const watch = (owner, method, name, placeOf) => {
    const original = owner[method]
    owner[method] = function (/** @type {any[]} */ ...given) {
      try {
        called(name, placeOf(this, given[0]))
      } catch (error) {
        return Promise.reject(error)
      }
      return original.apply(this, given)
    }
  }
  const open = promises.open
  promises.open = async (place, ...rest) => {
    const handle = await open(place, ...rest)
    places.set(handle, String(place))
    return handle
  }
  const handle = await open(process.execPath, 'r')
  const handles = Object.getPrototypeOf(handle)
  await handle.close()
  const placeOfHandle = (/** @type {any} */ self) => places.get(self) ?? ''
  watch(handles, 'sync', 'fsync', placeOfHandle)
  watch(handles, 'datasync', 'fdatasync', placeOfHandle)
  watch(handles, 'write', 'write', placeOfHandle)
  watch(handles, 'truncate', 'ftruncate', placeOfHandle)
  const placeItself = (/** @type {any} */ _self, /** @type {any} */ first) => String(first)
  watch(promises, 'rename', 'rename', placeItself)
  watch(promises, 'unlink', 'unlink', placeItself)
  watch(promises, 'rm', 'unlink', placeItself)
  syncBuiltinESMExports()
}
