/** Where this browser keeps which pipeline it had open last. */

export const LAST_OPENED = 'millrace.last-opened'
