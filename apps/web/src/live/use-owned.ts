/** Holds something that must be closed for as long as a component shows it. */

import { useEffect, useState } from 'react'

/** `create` is called again when it is another function: wrap it in `useCallback`. */
export function useOwned<T extends { close(): void }>(create: () => T): T | undefined {
  const [owned, setOwned] = useState<T>()
  useEffect(() => {
    const made = create()
    setOwned(made)
    return () => {
      setOwned(undefined)
      made.close()
    }
  }, [create])
  return owned
}
