/** An engine host for tests: it has operators that end or block their process. */

import { runEngineHost } from '../run-engine-host.ts'
import { createTestRegistry } from './test-registry.ts'

runEngineHost(createTestRegistry(), undefined)
