/** Where the thread starts that checks large documents. */

import { parentPort } from 'node:worker_threads'
import { createRegistry } from '../registry.ts'
import { runCheckThread } from './check-thread.ts'

runCheckThread(parentPort, createRegistry())
