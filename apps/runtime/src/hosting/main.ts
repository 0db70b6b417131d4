/** Where an engine host starts. */

import { optimizeLater } from '../env/patient-compiler.ts'
import { createRegistry } from '../registry.ts'
import { ofArgument } from '../supervision/host-settings.ts'
import { runEngineHost } from './run-engine-host.ts'

optimizeLater()
runEngineHost(createRegistry(), ofArgument(process.argv[2]))
