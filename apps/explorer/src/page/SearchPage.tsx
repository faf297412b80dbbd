import { type Hash as HashValue, OmgError } from '@omg/protocol'
import { Hash, Loading, Notice } from '@omg/ui'
import { useEffect } from 'react'
import { useAnswer } from '../chain/ask.ts'
import { useChain } from '../chain/context.ts'
import { type Node, readOrigin, readSpend, readTransaction, readUnspent } from '../chain/read.ts'
import { explorerError } from '../error.ts'

/** Finds out what a hash is, and goes there. */
export function SearchPage({ id }: { id: string }) {
  const { node } = useChain()
  const { data, error } = useAnswer(
    `search ${id}`,
    () => find(node, id as HashValue),
    page => page !== undefined,
  )
  useEffect(() => {
    if (data) location.replace(`#/${data}/${id}`)
  }, [data, id])
  if (error instanceof OmgError && error.code === 'request.not_found') {
    return (
      <Notice title="Nothing has this hash">
        <Hash value={id} whole />
        <p>
          It is neither a transaction nor an output that this node knows. It is looked for again and again.
        </p>
      </Notice>
    )
  }
  return error ? <Notice title="The search failed">{error.message}</Notice> : <Loading rows={6} />
}

async function find(node: Node, id: HashValue): Promise<'tx' | 'output'> {
  if (await exists(readTransaction(node, id))) return 'tx'
  const found = await Promise.all(
    [readUnspent(node, id), readOrigin(node, id), readSpend(node, id)].map(exists),
  )
  if (found.includes(true)) return 'output'
  throw explorerError('request.not_found', `Nothing has the hash ${id}.`)
}

async function exists(question: Promise<unknown>): Promise<boolean> {
  try {
    return (await question) !== undefined
  } catch (error) {
    if (error instanceof OmgError && error.code === 'request.not_found') return false
    throw error
  }
}
