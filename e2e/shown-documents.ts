/** Pipelines that pictures show: a pattern, a join of tables, and windows that fire again. */

function generator(title: string, columns: object, rate: number) {
  const config = { columns, rate, seed: 7, watermark: { maxOutOfOrderness: '1s' } }
  return { operator: 'generator-source', title, config }
}

/** Users who fail several times, do not ask for a new password, and are in from elsewhere. */
export function breakIns() {
  const users = ['ada', 'bob', 'cleo', 'dan']
  return {
    format: 'millrace/1',
    name: 'Suspicious logins',
    nodes: {
      logins: generator(
        'Logins',
        {
          user: { type: 'choice', values: users },
          event: { type: 'choice', values: ['failed', 'ok', 'reset'] },
          ip: { type: 'choice', values: ['10.0.0.1', '10.0.0.2', '10.0.0.9'] },
        },
        40,
      ),
      'break-ins': {
        operator: 'pattern',
        title: 'Break-ins',
        config: {
          partitionBy: ['user'],
          pattern: [
            { name: 'failed', where: "event = 'failed'", times: { min: 2, max: 4 } },
            { name: 'reset', where: "event = 'reset'", not: true },
            {
              name: 'entered',
              where: "event = 'ok' AND ip <> failed.ip",
              contiguity: 'followed-by',
            },
          ],
          within: '1m',
          afterMatch: 'skip-past-last',
          columns: { user: 'user', tries: 'COUNT(failed.*)', ip: 'entered.ip' },
        },
      },
      found: { operator: 'view-sink', title: 'Found', config: {} },
      open: { operator: 'view-sink', title: 'Not in within a minute', config: {} },
    },
    edges: [
      { from: 'logins', to: 'break-ins' },
      { from: 'break-ins', to: 'found' },
      { from: 'break-ins.timeout', to: 'open' },
    ],
    layout: { logins: [0, 0], 'break-ins': [288, 0], found: [600, -32], open: [600, 128] },
  }
}

/** What each customer has spent, joined with where the customer lives now. */
export function spentPerCity() {
  const ids = ['c1', 'c2', 'c3', 'c4', 'c5']
  return {
    format: 'millrace/1',
    name: 'Spent by customers and cities',
    nodes: {
      orders: generator(
        'Orders',
        {
          customer: { type: 'choice', values: ids },
          amount: { type: 'uniform', min: 1, max: 90, decimals: 0 },
        },
        20,
      ),
      moves: generator(
        'Addresses',
        {
          id: { type: 'choice', values: ids },
          city: { type: 'choice', values: ['Rome', 'Oslo', 'Lima'] },
        },
        2,
      ),
      spent: {
        operator: 'group-aggregate',
        title: 'Spent per customer',
        config: { groupBy: ['customer'], aggregates: { spent: 'SUM(amount)' } },
      },
      homes: { operator: 'to-table', title: 'Where they live', config: { key: ['id'] } },
      joined: {
        operator: 'table-join',
        title: 'Spent, with the city',
        config: {
          on: [['customer', 'id']],
          columns: { customer: 'left.customer', city: 'right.city', spent: 'left.spent' },
        },
      },
      results: { operator: 'view-sink', title: 'Customers now', config: {} },
    },
    edges: [
      { from: 'orders', to: 'spent' },
      { from: 'moves', to: 'homes' },
      { from: 'spent', to: 'joined.left' },
      { from: 'homes', to: 'joined.right' },
      { from: 'joined', to: 'results' },
    ],
    layout: {
      orders: [0, 0],
      moves: [0, 160],
      spent: [288, 0],
      homes: [288, 160],
      joined: [608, 72],
      results: [912, 72],
    },
  }
}

/** Days of earthquakes that give another result for each report that is up to a week late. */
export function daysThatFireAgain() {
  return {
    format: 'millrace/1',
    name: 'Earthquakes per day, corrected',
    nodes: {
      reports: {
        operator: 'dataset-source',
        title: 'USGS reports',
        config: { name: 'earthquakes', rate: 100, watermark: { maxOutOfOrderness: '6h' } },
      },
      days: {
        operator: 'tumbling-window',
        title: 'Per region and day',
        config: {
          size: '1d',
          groupBy: ['region'],
          aggregates: { reports: 'COUNT(*)', strongest: 'MAX(magnitude)' },
          allowedLateness: '36h',
        },
      },
      results: { operator: 'view-sink', title: 'Days, corrected', config: {} },
      late: { operator: 'view-sink', title: 'Too late', config: {} },
    },
    edges: [
      { from: 'reports', to: 'days' },
      { from: 'days', to: 'results' },
      { from: 'days.late', to: 'late' },
    ],
    layout: { reports: [0, 0], days: [296, 0], results: [600, -48], late: [600, 104] },
  }
}

const PAYERS = ['Ada Byron', 'Bo Lindqvist', 'Cem Arslan', 'Dee Okafor', 'Eva Brandt', 'Fay Moreau']

/** Payments of which most cannot be processed, each for a reason that people meet. */
export function refusedPayments(): readonly (object | string | Uint8Array)[] {
  const payment = (index: number, amount: unknown, rate: number) => {
    const seconds = `${index % 60}`.padStart(2, '0')
    const payer = PAYERS[(index * 5) % PAYERS.length]
    return { at: `2026-03-01T12:04:${seconds}Z`, payer, amount, rate }
  }
  const good = Array.from({ length: 40 }, (_, index) => payment(index, 12.5 + index, 1.0842))
  const texts = Array.from({ length: 24 }, (_, index) => {
    const cents = `${(index * 37) % 100}`.padStart(2, '0')
    return payment(
      index,
      `${(index * 53) % 190},${cents} ${index % 3 === 0 ? 'USD' : 'EUR'}`,
      1.0842,
    )
  })
  const zeros = Array.from({ length: 5 }, (_, index) => payment(index, 30 + index, 0))
  const broken = [
    '{"at":"2026-03-01T12:04:51Z","payer":"Eva Brandt","amount":18.20,,"rate":1.0842}',
    '{"at":"2026-03-01T12:04:52Z","payer":"Fay Moreau","amount":',
  ]
  const latin1 = Uint8Array.from('{"payer":"J\u00f6rg Maier","amount":12}', (c) => c.charCodeAt(0))
  return [...good, latin1, ...broken, ...zeros, ...texts]
}
