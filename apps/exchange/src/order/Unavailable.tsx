import { Empty } from './Grid.tsx'

/** What stands where the past would: it is on its way, or nobody here keeps it. */
export function Unavailable({ problem, what }: { problem: 'none' | 'silent' | undefined; what: string }) {
  if (problem === 'none')
    return <Empty>This network has no indexer, so there is no history of your {what}.</Empty>
  if (problem === 'silent')
    return <Empty>The indexer does not answer. It is asked again with the next block.</Empty>
  return <Empty>Looking up your {what}…</Empty>
}
