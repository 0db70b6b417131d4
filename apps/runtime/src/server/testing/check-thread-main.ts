/** The thread that checks large documents, with the operators of tests. */

import { parentPort } from 'node:worker_threads'
import { createTestRegistry } from '../../hosting/testing/test-registry.ts'
import { runCheckThread } from '../check-thread.ts'

runCheckThread(parentPort, createTestRegistry())
