import { OmgError } from '@omg/protocol'
import { Loading, Notice } from '@omg/ui'
import type { ReactNode } from 'react'
import type { Answer } from '../chain/ask.ts'

interface AnsweredProps<T> {
  readonly answer: Answer<T>
  readonly what: string
  readonly rows: number
  readonly children: (data: T) => ReactNode
}

/** Content, its skeleton, or what went wrong and what to do. */
export function Answered<T>({ answer: { data, error }, what, rows, children }: AnsweredProps<T>) {
  if (data !== undefined) return children(data)
  if (!error) return <Loading rows={rows} />
  const unreachable = error instanceof OmgError && error.code === 'node.unreachable'
  const notFound = error instanceof OmgError && error.code === 'request.not_found'
  const noIndexer = error instanceof OmgError && error.code === 'indexer.unreachable'
  if (noIndexer) return <Notice title="The indexer does not answer">It is asked again until it does.</Notice>
  if (unreachable) return <Notice title="The node does not answer">It is asked again until it does.</Notice>
  return (
    <Notice title={notFound ? `This ${what} is not known` : `This ${what} cannot be shown`}>
      {error.message}
    </Notice>
  )
}
