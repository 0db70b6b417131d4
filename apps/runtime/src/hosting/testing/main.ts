/** An engine host for tests: it has operators that end or block their process. */

import { ofArgument } from '../../supervision/host-settings.ts'
import { runEngineHost } from '../run-engine-host.ts'
import { createTestRegistry } from './test-registry.ts'

runEngineHost(createTestRegistry(), ofArgument(process.argv[2]))
