/** Where an engine host starts. */

import { createRegistry } from '../registry.ts'
import { ofArgument } from '../supervision/host-settings.ts'
import { runEngineHost } from './run-engine-host.ts'

runEngineHost(createRegistry(), ofArgument(process.argv[2]))
