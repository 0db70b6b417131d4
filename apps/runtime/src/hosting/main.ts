/** Where an engine host starts. */

import { createRegistry } from '../registry.ts'
import { runEngineHost } from './run-engine-host.ts'

runEngineHost(createRegistry(), process.argv[2])
